//! Rust types as component values: lifted and lowered with no [`Val`](super::val::Val) on the way.
//!
//! A Rust type says once how it lies in memory ([`ComponentType::LAYOUTS`]), and is checked once
//! against the type of the component that it is to stand for. Calls then trust both.

#[cfg(feature = "component-async")]
mod end;
#[cfg(feature = "component-async")]
mod error_context;
mod handle;
mod list;
mod scalar;
mod text;
mod tuple;
mod variant;

#[cfg(feature = "component-async")]
pub use end::{FutureReader, StreamReader};
pub use tuple::ComponentNamedList;

use super::context::{Cx, Side};
use super::lift_flat::FlatIn;
use super::lower_flat::FlatOut;
use super::step::Step;
use crate::component::state::{ComponentInstanceId, HostType, Live};
use crate::error::{Bug, Error, Misuse, Result, bug};
use crate::image::Image;
use crate::support::Vec;
use crate::syntax::AddrType;
use crate::types::component::{Defined, Field, Members, ResourceId, ValType};
use crate::types::layout::Layout;

/// What a Rust type stands for.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Ty<'t> {
    /// No value: the payload of a case that has none, the result of a function without.
    None,
    /// A value of this type.
    Value(ValType),
    /// The parameters of a function, which are passed as a tuple is.
    Params(Members<'t, Field>),
    /// The result of a function, as a tuple of one.
    Result(ValType),
}

impl Ty<'_> {
    /// Of a payload or result.
    pub fn of(ty: Option<ValType>) -> Self {
        ty.map_or(Ty::None, Ty::Value)
    }
}

/// A Rust type that stands for a component value type.
///
/// | in WIT | in Rust |
/// |---|---|
/// | `bool`, `u8` … `s64`, `f32`, `f64`, `char` | `bool`, `u8` … `i64`, `f32`, `f64`, `char` |
/// | `string` | `String`, [`support::String`](crate::support::String); to give only: `str` |
/// | `list<T>` | `Vec<T>`, [`support::Vec<T>`](crate::support::Vec); to give only: `[T]` |
/// | `list<T, N>` | `[T; N]` |
/// | `tuple<A, B>` | `(A, B)` |
/// | `option<T>`, `result<T, E>` | `Option<T>`, `Result<T, E>` with `()` for `_` |
/// | `stream<T>`, `future<T>` | `StreamReader<T>`, `FutureReader<T>` |
/// | `error-context` | `ErrorContextAny` |
/// | `own<R>`, `borrow<R>` | [`Resource<R>`](crate::component::Resource) of the host's own, [`ResourceAny`](crate::component::ResourceAny) |
///
/// What is given may be borrowed: `&T` stands for what `T` does.
pub trait ComponentType {
    /// How values lie in memory and in core parameters, with pointers of 32 and of 64 bits.
    #[doc(hidden)]
    const LAYOUTS: [Layout; 2];

    /// An error unless this type stands for `ty`. Types are nested no deeper than
    /// `Limits::nesting_depth`, and so is this recursion.
    #[doc(hidden)]
    fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()>;
}

/// A Rust type whose values can be given to components.
pub trait Lower: ComponentType {
    /// How many strings values have that are made of these and of numbers, one after the other; others have more than one.
    #[doc(hidden)]
    #[cfg(crossings)]
    const TEXTS: u32 = 2;

    /// The only string of such a value.
    #[doc(hidden)]
    #[cfg(crossings)]
    fn text(&self) -> &str {
        ""
    }

    /// `lower_flat`
    #[doc(hidden)]
    fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, out: &mut FlatOut) -> Result<()>;

    /// `store`
    #[doc(hidden)]
    fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<()>;

    /// `store_list_into_valid_range`
    #[doc(hidden)]
    fn store_all(items: &[Self], cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<()>
    where
        Self: Sized,
    {
        let size = u64::from(layout::<Self>(side).size);
        (0..).zip(items).try_for_each(|(at, item)| item.store(cx, side, ty, ptr + at * size))
    }
}

/// A Rust type whose values can be taken from components.
pub trait Lift: ComponentType + Sized {
    /// `lift_flat`
    #[doc(hidden)]
    fn lift_flat(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, flat: &mut FlatIn<'_>) -> Result<Self>;

    /// `load`
    #[doc(hidden)]
    fn load(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<Self>;

    /// `load_list_from_valid_range`
    #[doc(hidden)]
    fn load_all(cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64, length: u64) -> Result<Vec<Self>> {
        let size = u64::from(layout::<Self>(side).size);
        let mut items = Vec::with_capacity(length as usize)?;
        for at in 0..length {
            let item = Self::load(cx, side, ty, ptr + at * size);
            items.push(item.map_err(|error| Step::Element(at).of(error, side))?)?;
        }
        Ok(items)
    }
}

/// The layout of a Rust type with a side's pointers.
#[inline]
pub(super) fn layout<T: ComponentType + ?Sized>(side: &Side<'_>) -> Layout {
    let [narrow, wide] = T::LAYOUTS;
    match side.opts.pointer() {
        AddrType::I32 => narrow,
        AddrType::I64 => wide,
    }
}

/// What a type that is not primitive is made of.
pub(super) fn defined<'t>(side: &Side<'t>, ty: Ty<'_>) -> Result<Defined<'t>, Bug> {
    match ty {
        Ty::Value(ValType::Defined(id)) => side.types().defined(id),
        _ => Err(unchecked()),
    }
}

/// A type or a range that is not what was checked.
#[cold]
pub(super) fn unchecked() -> Bug {
    bug!("a Rust type or a range that is not what was checked")
}

/// `lower_flat_values`; `out_param` is where the caller of a lowered function wants results.
#[inline]
pub fn lower_values<L: Lower>(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    (max_flat, ty): (u32, Ty<'_>),
    values: &L,
    out_param: Option<u64>,
    out: &mut FlatOut,
) -> Result<()> {
    let layout = layout::<L>(side);
    if !layout.flat.exceeds(max_flat) {
        return values.lower_flat(cx, side, ty, out);
    }
    let ptr = cx.target(side, layout, out_param, out)?;
    values.store(cx, side, ty, ptr)
}

/// `lift_flat_values`
#[inline]
pub fn lift_values<L: Lift>(
    cx: &mut Cx<'_>,
    side: &Side<'_>,
    (max_flat, ty): (u32, Ty<'_>),
    flat: &mut FlatIn<'_>,
) -> Result<L> {
    let layout = layout::<L>(side);
    if !layout.flat.exceeds(max_flat) {
        return L::lift_flat(cx, side, ty, flat);
    }
    let ptr = flat.take_pointer(side)?;
    cx.check_pointer(side, ptr, layout)?;
    L::load(cx, side, ty, ptr)
}

/// The types that Rust's are checked against.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Types<'t> {
    pub(crate) image: &'t Image,
    pub(crate) live: &'t Live,
    pub(crate) inst: ComponentInstanceId,
}

impl<'t> Types<'t> {
    /// What a type is made of; `None` where it is primitive or no value.
    pub fn defined(&self, ty: Ty<'_>) -> Result<Option<Defined<'t>>> {
        Ok(match ty {
            Ty::Value(ValType::Defined(id)) => Some(self.image.types.defined(id)?),
            _ => None,
        })
    }

    /// Whether a resource variable stands for the host's type `of`.
    pub fn is_host_resource(&self, id: ResourceId, of: HostType) -> Result<bool> {
        let rt = self.live.instance(self.inst)?.resource(self.image.types.root(id))?;
        Ok(self.live.host_types.get(&of) == Some(&rt))
    }

    /// The error of a Rust type, called `rust` here, that does not stand for `ty`.
    #[cold]
    pub fn mismatch(&self, ty: Ty<'_>, rust: &str) -> Error {
        let error = Error::from(Misuse::ArgumentTypes);
        match ty {
            Ty::None => error.with_message(format_args!("expected no value, found {rust}")),
            Ty::Value(ty) | Ty::Result(ty) => {
                error.with_message(format_args!("expected {}, found {rust}", self.image.written(ty)))
            }
            Ty::Params(params) => {
                error.with_message(format_args!("expected {} parameters, found {rust}", params.len()))
            }
        }
    }
}

/// The layouts of a pointer and a length.
pub(super) const PAIR: [Layout; 2] = [Layout::pair(AddrType::I32), Layout::pair(AddrType::I64)];

/// What is given may be borrowed.
impl<T: ComponentType + ?Sized> ComponentType for &T {
    const LAYOUTS: [Layout; 2] = T::LAYOUTS;

    fn typecheck(ty: Ty<'_>, types: &Types<'_>) -> Result<()> {
        T::typecheck(ty, types)
    }
}

impl<T: Lower + ?Sized> Lower for &T {
    #[cfg(crossings)]
    const TEXTS: u32 = T::TEXTS;

    #[cfg(crossings)]
    #[inline]
    fn text(&self) -> &str {
        (**self).text()
    }

    #[inline]
    fn lower_flat(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, out: &mut FlatOut) -> Result<()> {
        (**self).lower_flat(cx, side, ty, out)
    }

    fn store(&self, cx: &mut Cx<'_>, side: &Side<'_>, ty: Ty<'_>, ptr: u64) -> Result<()> {
        (**self).store(cx, side, ty, ptr)
    }
}

/// Lowers what lies behind a pointer: both go into the flat form.
pub(super) fn push_pair(out: &mut FlatOut, (ptr, length): (u64, u64)) -> Result<()> {
    out.push(ptr)?;
    out.push(length)
}

/// Takes a pointer and a length out of the flat form.
pub(super) fn take_pair(side: &Side<'_>, flat: &mut FlatIn<'_>) -> Result<(u64, u64)> {
    let ptr = flat.take_pointer(side)?;
    Ok((ptr, flat.take_pointer(side)?))
}
