//! Values from an instance to itself, which calls its own function through the Canonical ABI: everything is lifted before
//! anything is lowered, as that could change what is still to be lifted. Meanwhile values lie in the engine's own memory,
//! as they lay in the instance's.

use super::{Both, MaxFlat, Transfer, unequal};
#[cfg(feature = "component-async")]
use crate::component::abi::async_value;
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::handle;
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::step::Parts;
use crate::component::canon::Options;
use crate::component::scratch;
#[cfg(feature = "component-async")]
use crate::component::state::{EndId, ErrorContextId};
use crate::error::Result;
use crate::support::Vec;
use crate::types::component::Defined;

/// How much of the way from one side to the other a transfer is. Where both are one instance it takes two, with the
/// engine's own memory in between.
pub enum Leg<'c> {
    /// All of it.
    Whole,
    /// Lifting alone. Handles are kept here, and their places are passed on.
    Lifting(&'c mut Vec<Lifted>),
    /// Lowering alone, of handles that were kept here.
    Lowering(&'c [Lifted]),
}

/// What a handle stands for, on its way.
#[derive(Clone, Copy, Debug)]
pub enum Lifted {
    /// A resource.
    Resource(handle::Lifted),
    /// The end of a stream or future.
    #[cfg(feature = "component-async")]
    End(EndId),
    /// An error context.
    #[cfg(feature = "component-async")]
    ErrorContext(ErrorContextId),
}

/// `lift_flat_values`, and then `lower_flat_values`; see [`Transfer::values`].
pub fn aside(
    cx: &mut Cx<'_>,
    (from, to): (Side<'_>, Side<'_>),
    max: MaxFlat,
    flat: FlatIn<'_>,
    parts: Both<Parts<'_>>,
    wanted: Option<u64>,
    out: &mut FlatOut,
) -> Result<()> {
    let opts = Options { string_encoding: from.encoding(), pointer: from.opts.pointer, ..scratch::begin(cx)? };
    let aside = Side { opts: &opts, ..from };
    let (mut kept, mut lifted) = (Vec::new(), FlatOut::new());
    let (same, as_many) = (Both { from: parts.from, to: parts.from }, MaxFlat { to: max.from, ..max });
    let leg = Leg::Lifting(&mut kept);
    let mut crossed = Transfer { cx, from, to: aside, leg }.values(as_many, flat, same, None, &mut lifted);
    if crossed.is_ok() {
        let (flat, leg) = (FlatIn::new(lifted.slots()), Leg::Lowering(&kept));
        crossed = Transfer { cx, from: aside, to, leg }.values(max, flat, parts, wanted, out);
    }
    scratch::end(cx.live);
    crossed
}

impl Transfer<'_, '_, '_> {
    /// A string as it is: it is loaded again.
    pub(super) fn string_aside(&mut self, (ptr, tagged): (u64, u64), byte_length: u32) -> Result<(u64, u64)> {
        let to = self.cx.allocate(&self.to, 2, byte_length)?;
        let (source, target) = self.slices(ptr, to, u64::from(byte_length))?;
        target.copy_from_slice(source);
        Ok((to, tagged))
    }

    /// A handle is lifted and kept, or lowered.
    pub(super) fn handle_aside(&mut self, index: u32, ty: Both<Option<Defined<'_>>>) -> Result<u32> {
        if let Leg::Lowering(kept) = &self.leg {
            let lifted = *kept.get(index as usize).ok_or_else(unequal)?;
            return self.lower_handle(lifted, ty.to);
        }
        let lifted = self.lift_handle(index, ty.from)?;
        let Leg::Lifting(kept) = &mut self.leg else { return Err(unequal().into()) };
        kept.push(lifted)?;
        Ok(kept.len() as u32 - 1)
    }

    pub(super) fn lift_handle(&mut self, index: u32, ty: Option<Defined<'_>>) -> Result<Lifted> {
        let (cx, side) = (&mut *self.cx, &self.from);
        Ok(match ty {
            Some(Defined::Own(ty)) => Lifted::Resource(handle::lift_own(cx, side, index, ty)?),
            Some(Defined::Borrow(ty)) => Lifted::Resource(handle::lift_borrow(cx, side, index, ty)?),
            #[cfg(feature = "component-async")]
            Some(Defined::Stream(ty)) => Lifted::End(async_value::lift_stream(cx, side, index, ty)?),
            #[cfg(feature = "component-async")]
            Some(Defined::Future(ty)) => Lifted::End(async_value::lift_future(cx, side, index, ty)?),
            #[cfg(feature = "component-async")]
            _ => Lifted::ErrorContext(async_value::lift_error_context(cx, side, index)?),
            #[cfg(not(feature = "component-async"))]
            _ => return Err(crate::component::abi::load::unsupported(crate::syntax::Features::CM_ASYNC)),
        })
    }

    pub(super) fn lower_handle(&mut self, lifted: Lifted, ty: Option<Defined<'_>>) -> Result<u32> {
        let (cx, side) = (&mut *self.cx, &self.to);
        match (lifted, ty) {
            (Lifted::Resource(lifted), Some(Defined::Own(_))) => handle::lower_own(cx, side, lifted),
            (Lifted::Resource(lifted), Some(Defined::Borrow(_))) => handle::lower_borrow(cx, side, lifted),
            #[cfg(feature = "component-async")]
            (Lifted::End(end), Some(Defined::Stream(ty) | Defined::Future(ty))) => {
                async_value::lower_async_value(cx, side, end, ty)
            }
            #[cfg(feature = "component-async")]
            (Lifted::ErrorContext(context), None) => async_value::lower_error_context(cx, side, context),
            _ => Err(unequal().into()),
        }
    }
}
