//! Who wants to see what crosses: each lift and lower, with its values.
//!
//! Nothing of this runs unless a store has an observer: values are then lifted once more, for it
//! alone, and handles stay where they are.

use super::abi::context::{Cx, Side};
use super::abi::lift_flat::{FlatIn, lift_flat_values};
use super::abi::step::Parts;
use super::abi::val::Val;
use super::state::{ComponentInstanceId, Func, Live};
use crate::error::Result;
use crate::support::{Box, DynBox, OutOfMemory, Vec};
use crate::types::component::FuncTypeId;

/// What crossing cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes of strings and lists that were copied.
    pub bytes: u64,
    /// Calls of `realloc`.
    pub reallocs: u32,
    /// Handles that were lifted and lowered.
    pub handles: u32,
}

/// What crosses.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// The parameters of a call that begins: names and values.
    Params(&'a [(&'a str, Val)]),
    /// The result of a call that ends, if it has one.
    Result(Option<&'a Val>),
}

/// Values that have crossed.
#[derive(Clone, Copy, Debug)]
pub struct Crossing<'a> {
    /// Where a component instance is: the number of its outermost one in the store, then the
    /// number of the instance in each component on the way in. Empty for the host.
    pub from: &'a [u32],
    /// The same for the other side.
    pub to: &'a [u32],
    /// The name of the function, if it has one.
    pub func: &'a str,
    /// What crosses.
    pub values: Values<'a>,
    /// What it cost.
    pub counts: Counts,
}

/// Sees what crosses.
pub trait Observer: Send + Sync {
    /// Values have crossed.
    fn crossed(&mut self, crossing: Crossing<'_>);
}

/// A box of one whose making can fail; see [`DynBox`].
impl<O: Observer> Observer for [O; 1] {
    fn crossed(&mut self, crossing: Crossing<'_>) {
        let [observer] = self;
        observer.crossed(crossing);
    }
}

/// An observer for a store.
pub fn boxed<O: Observer + 'static>(observer: O) -> Result<DynBox<dyn Observer>, OutOfMemory> {
    Ok(Box::new(observer)?.into_array())
}

/// What observing needs of a store.
#[derive(Default)]
pub struct Observed {
    /// Who observes.
    pub observer: Option<DynBox<dyn Observer>>,
    /// What crossing has cost since it was last told.
    pub counts: Counts,
}

/// Values that lie on a side, as core values and what those point to.
pub(super) struct OnSide<'a, 't> {
    pub side: &'a Side<'t>,
    /// The function's type as that side sees it.
    pub ty: FuncTypeId,
    pub which: Which,
    pub max_flat: u32,
    pub slots: &'a [u64],
}

/// Which values cross.
#[derive(Clone, Copy)]
pub(super) enum Which {
    Params,
    Result,
}

/// Tells the observer, if there is one, of values that cross from one instance to another; `None`
/// is the host.
pub(super) fn crossed(
    cx: &mut Cx<'_>,
    ends: [Option<ComponentInstanceId>; 2],
    func: &Func,
    values: &OnSide<'_, '_>,
) -> Result<()> {
    let Some(mut observer) = cx.live.observed.observer.take() else { return Ok(()) };
    let told = tell(cx, &mut *observer, ends, func, values);
    cx.live.observed.observer = Some(observer);
    told
}

fn tell(
    cx: &mut Cx<'_>,
    observer: &mut dyn Observer,
    [from, to]: [Option<ComponentInstanceId>; 2],
    func: &Func,
    values: &OnSide<'_, '_>,
) -> Result<()> {
    let counts = core::mem::take(&mut cx.live.observed.counts);
    let image = cx.live.instance(func.inst)?.image;
    let name = cx.linked.images.get(image).and_then(|image| func.name.map(|name| image.name(name)));
    let side = values.side;
    let ty = side.types().func(values.ty)?;
    let (from, to) = (path(cx.live, from)?, path(cx.live, to)?);
    let (from, to, func) = (&*from, &*to, name.unwrap_or("_"));
    match values.which {
        Which::Params => {
            let found = peek(cx, values, Parts::Params(ty.params))?;
            let named = Vec::collect(ty.params.iter().map(|param| side.label(param.name)).zip(found))?;
            observer.crossed(Crossing { from, to, func, values: Values::Params(&named), counts });
        }
        Which::Result => {
            let found = peek(cx, values, Parts::Result(ty.result))?;
            observer.crossed(Crossing { from, to, func, values: Values::Result(found.first()), counts });
        }
    }
    Ok(())
}

/// Lifts values and leaves everything as it is.
fn peek(cx: &mut Cx<'_>, values: &OnSide<'_, '_>, parts: Parts<'_>) -> Result<Vec<Val>> {
    let (nodes, fuel, counts) = (cx.nodes, cx.core.state.fuel, cx.live.observed.counts);
    cx.peeking = true;
    let found = lift_flat_values(cx, values.side, values.max_flat, FlatIn::new(values.slots), parts);
    cx.peeking = false;
    (cx.nodes, cx.core.state.fuel, cx.live.observed.counts) = (nodes, fuel, counts);
    found
}

/// Where an instance is; see [`Crossing::from`].
fn path(live: &Live, inst: Option<ComponentInstanceId>) -> Result<Vec<u32>> {
    let mut path = Vec::new();
    let mut at = inst;
    while let Some(inst) = at {
        let instance = live.instance(inst)?;
        match instance.made_by {
            Some((_, index)) => path.push(index)?,
            None => {
                let roots = live.instances.iter().take_while(|(id, _)| *id != inst);
                path.push(roots.filter(|(_, other)| other.made_by.is_none()).count() as u32)?;
            }
        }
        at = instance.made_by.map(|(parent, _)| parent);
    }
    path.reverse();
    Ok(path)
}
