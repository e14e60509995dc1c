//! What value and function types are made of.

use super::component::{NameId, ResourceId, ValType};
use core::cmp::Ordering;

/// A field of a record, or a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// Its label.
    pub name: NameId,
    /// Its type.
    pub ty: ValType,
}

/// A case of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// Its label.
    pub name: NameId,
    /// The type of its payload.
    pub ty: Option<ValType>,
}

/// What a defined value type is made of.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Defined<'t> {
    Record(&'t [Field]),
    Variant(&'t [Case]),
    List(ValType),
    FixedLengthList(ValType, u32),
    Tuple(&'t [ValType]),
    Flags(&'t [NameId]),
    Enum(&'t [NameId]),
    Option(ValType),
    Result { ok: Option<ValType>, err: Option<ValType> },
    Own(ResourceId),
    Borrow(ResourceId),
    Stream(Option<ValType>),
    Future(Option<ValType>),
    Map(ValType, ValType),
}

/// What a defined value type has in a row: fields, cases, items, labels, or the types between its brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Its label, where it has one.
    pub name: Option<NameId>,
    /// Its type or that of its payload, where it has one.
    pub ty: Option<ValType>,
}

impl<'t> Defined<'t> {
    /// The member at `at`. Those of an option and a result are its cases.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub fn member(self, at: usize) -> Option<Member> {
        let of = |types: &[Option<ValType>]| types.get(at).map(|ty| Member { name: None, ty: *ty });
        match self {
            Defined::Record(fields) => {
                fields.get(at).map(|field| Member { name: Some(field.name), ty: Some(field.ty) })
            }
            Defined::Variant(cases) => cases.get(at).map(|case| Member { name: Some(case.name), ty: case.ty }),
            Defined::Tuple(types) => types.get(at).map(|ty| Member { name: None, ty: Some(*ty) }),
            Defined::Flags(labels) | Defined::Enum(labels) => {
                labels.get(at).map(|label| Member { name: Some(*label), ty: None })
            }
            Defined::List(ty) | Defined::FixedLengthList(ty, _) => of(&[Some(ty)]),
            Defined::Stream(ty) | Defined::Future(ty) => of(&[ty]),
            Defined::Option(ty) => of(&[None, Some(ty)]),
            Defined::Result { ok, err } => of(&[ok, err]),
            Defined::Map(key, value) => of(&[Some(key), Some(value)]),
            Defined::Own(_) | Defined::Borrow(_) => None,
        }
    }

    /// How it stands to another in the order in which equal types are found.
    pub(super) fn compare(self, other: Defined<'_>) -> Ordering {
        let mut order = self.form().cmp(&other.form());
        let mut at = 0;
        while order.is_eq() {
            let members = (self.member(at), other.member(at));
            if let (None, None) = members {
                break;
            }
            order = members.0.cmp(&members.1);
            at += 1;
        }
        order
    }

    /// What it is apart from its members.
    const fn form(self) -> (u8, u32) {
        match self {
            Defined::Record(_) => (0, 0),
            Defined::Variant(_) => (1, 0),
            Defined::List(_) => (2, 0),
            Defined::FixedLengthList(_, len) => (3, len),
            Defined::Tuple(_) => (4, 0),
            Defined::Flags(_) => (5, 0),
            Defined::Enum(_) => (6, 0),
            Defined::Option(_) => (7, 0),
            Defined::Result { .. } => (8, 0),
            Defined::Own(id) => (9, id.raw()),
            Defined::Borrow(id) => (10, id.raw()),
            Defined::Stream(_) => (11, 0),
            Defined::Future(_) => (12, 0),
            Defined::Map(..) => (13, 0),
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
    pub params: &'t [Field],
    /// The result.
    pub result: Option<ValType>,
}

impl FuncType<'_> {
    /// How it stands to another in the order in which equal types are found.
    pub(super) fn compare(self, other: FuncType<'_>) -> Ordering {
        let order = (self.is_async, self.result).cmp(&(other.is_async, other.result));
        order.then_with(|| Defined::Record(self.params).compare(Defined::Record(other.params)))
    }
}
