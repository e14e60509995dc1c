//! What value and function types are made of: a form, and members in a row.

use super::component::{NameId, PrimValType, ResourceId, ValType};
use core::marker::PhantomData;

/// What a type has in a row: fields, cases, items, labels, parameters, or the types between its brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Its label; [`NameId::NONE`] where it has none.
    pub name: NameId,
    /// Its type or that of its payload, where it has one.
    pub ty: Option<ValType>,
}

impl Member {
    /// One without a label.
    pub const fn of(ty: Option<ValType>) -> Self {
        Member { name: NameId::NONE, ty }
    }
}

/// What a value or function type is apart from its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Record,
    Variant,
    List,
    FixedLengthList(u32),
    Tuple,
    Flags,
    Enum,
    /// Its members are its cases, as those of a result are.
    Option,
    Result,
    Own(ResourceId),
    Borrow(ResourceId),
    Stream,
    Future,
    Map,
    /// Its last member is what it returns.
    Func {
        is_async: bool,
    },
}

impl Form {
    /// Whether source languages name such types.
    pub(crate) const fn is_nominal(self) -> bool {
        matches!(self, Form::Record | Form::Variant | Form::Flags | Form::Enum)
    }
}

/// A value or function type, as it is built and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Made<'t> {
    pub form: Form,
    pub members: &'t [Member],
}

impl<'t> Made<'t> {
    /// The types of all members that have one.
    pub(crate) fn types(self) -> impl Iterator<Item = ValType> + use<'t> {
        self.members.iter().filter_map(|member| member.ty)
    }
}

/// A field of a record, or a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its label.
    pub name: NameId,
    /// Its type.
    pub ty: ValType,
}

/// A case of a variant: its label, and the type of its payload.
pub type Case = Member;

/// What a member is to whoever knows the type.
pub trait OfMember {
    /// The member as that.
    fn of_member(member: Member) -> Self;
}

impl OfMember for Case {
    #[inline]
    fn of_member(member: Member) -> Self {
        member
    }
}

impl OfMember for Field {
    #[inline]
    fn of_member(member: Member) -> Self {
        Field { name: member.name, ty: ValType::of_member(member) }
    }
}

impl OfMember for NameId {
    #[inline]
    fn of_member(member: Member) -> Self {
        member.name
    }
}

impl OfMember for ValType {
    #[inline]
    fn of_member(member: Member) -> Self {
        // Who reads members so knows that they have types: the type was built of such.
        member.ty.unwrap_or(ValType::Primitive(PrimValType::Bool))
    }
}

/// Members of a type, each as a `T`.
#[derive(Debug)]
pub struct Members<'t, T> {
    list: &'t [Member],
    item: PhantomData<fn() -> T>,
}

impl<T> Clone for Members<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Members<'_, T> {}

impl<'t, T: OfMember> Members<'t, T> {
    /// No members.
    pub const NONE: Self = Members::new(&[]);

    pub(super) const fn new(list: &'t [Member]) -> Self {
        Members { list, item: PhantomData }
    }

    /// How many there are.
    pub const fn len(self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.list.is_empty()
    }

    /// The one at `at`.
    #[inline]
    pub fn get(self, at: usize) -> Option<T> {
        self.list.get(at).map(|member| T::of_member(*member))
    }

    /// All of them.
    #[inline]
    pub fn iter(self) -> core::iter::Map<core::slice::Iter<'t, Member>, fn(&'t Member) -> T> {
        self.list.iter().map(|member| T::of_member(*member))
    }
}

impl<'t, T: OfMember> IntoIterator for Members<'t, T> {
    type Item = T;
    type IntoIter = core::iter::Map<core::slice::Iter<'t, Member>, fn(&'t Member) -> T>;
    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What a defined value type is made of.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Defined<'t> {
    Record(Members<'t, Field>),
    Variant(Members<'t, Case>),
    List(ValType),
    FixedLengthList(ValType, u32),
    Tuple(Members<'t, ValType>),
    Flags(Members<'t, NameId>),
    Enum(Members<'t, NameId>),
    Option(ValType),
    Result { ok: Option<ValType>, err: Option<ValType> },
    Own(ResourceId),
    Borrow(ResourceId),
    Stream(Option<ValType>),
    Future(Option<ValType>),
    Map(ValType, ValType),
}

impl<'t> Defined<'t> {
    /// The member at `at`. Those of an option and a result are its cases.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn member(self, at: usize) -> Option<Member> {
        let of = |types: &[Option<ValType>]| types.get(at).map(|ty| Member::of(*ty));
        match self {
            Defined::Record(Members { list, .. })
            | Defined::Variant(Members { list, .. })
            | Defined::Tuple(Members { list, .. })
            | Defined::Flags(Members { list, .. })
            | Defined::Enum(Members { list, .. }) => list.get(at).copied(),
            Defined::List(ty) | Defined::FixedLengthList(ty, _) => of(&[Some(ty)]),
            Defined::Stream(ty) | Defined::Future(ty) => of(&[ty]),
            Defined::Option(ty) => of(&[None, Some(ty)]),
            Defined::Result { ok, err } => of(&[ok, err]),
            Defined::Map(key, value) => of(&[Some(key), Some(value)]),
            Defined::Own(_) | Defined::Borrow(_) => None,
        }
    }

    /// The types of all members that have one.
    pub fn types(self) -> impl Iterator<Item = ValType> + use<'t> {
        (0..).map_while(move |at| self.member(at)).filter_map(|member| member.ty)
    }
}

/// A function type.
#[derive(Clone, Copy, Debug)]
pub struct FuncType<'t> {
    /// Whether it is declared `async`.
    pub is_async: bool,
    /// Parameters with their labels.
    pub params: Members<'t, Field>,
    /// The result.
    pub result: Option<ValType>,
}
