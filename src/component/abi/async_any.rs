//! Streams, futures and error contexts of whatever type, as the host has them.

use super::async_value;
use super::context::{Cx, Side};
use super::val::Val;
use crate::component::host_end::{self, HostEnd};
use crate::component::state::ErrorContextId;
use crate::error::{Error, Misuse, Result, bug};
use crate::types::component::{Defined, ValType};

/// The readable end of a stream, of whatever type, held by the host.
///
/// It has to be given to a component, [made a `StreamReader`](Self::try_into_stream_reader), or
/// [closed](Self::close): only the store can do it, so dropping this does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamAny {
    pub(crate) end: HostEnd,
}

/// The readable end of a future, of whatever type, held by the host. See [`StreamAny`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FutureAny {
    pub(crate) end: HostEnd,
}

/// An error context, held by the host until it is [closed](Self::close).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorContextAny {
    pub(crate) id: ErrorContextId,
    /// Tells it from others that had the same place.
    pub(crate) serial: u64,
}

/// `lift_stream` and `lift_future`, for the host. An observer sees the index of the handle.
pub fn lift_end(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, defined: Defined<'_>) -> Result<Val> {
    #[cfg(feature = "text")]
    if cx.peeking {
        return Ok(Val::U32(index));
    }
    Ok(match defined {
        Defined::Stream(ty) => {
            let end = async_value::lift_stream(cx, side, index, ty)?;
            Val::Stream(StreamAny { end: cx.live.name_host_end(end)? })
        }
        Defined::Future(ty) => {
            let end = async_value::lift_future(cx, side, index, ty)?;
            Val::Future(FutureAny { end: cx.live.name_host_end(end)? })
        }
        _ => return Err(bug!("neither a stream nor a future").into()),
    })
}

/// `lower_stream` and `lower_future`, for the host: what the end carries has to be of that type.
pub fn lower_end(cx: &mut Cx<'_>, side: &Side<'_>, value: &Val, ty: Option<ValType>) -> Result<u32> {
    let end = match value {
        Val::Stream(any) => any.end,
        Val::Future(any) => any.end,
        _ => return Err(super::store::mismatch()),
    };
    if !host_end::carries(cx, side, end, ty)? {
        let message = format_args!("a {} of another type", value.kind());
        return Err(Error::from(Misuse::ArgumentTypes).with_message(message));
    }
    host_end::lower(cx, side, end, ty)
}

/// `lift_error_context`, for the host.
pub fn lift_error_context(cx: &mut Cx<'_>, side: &Side<'_>, index: u32) -> Result<Val> {
    cx.take_nodes(1)?;
    #[cfg(feature = "text")]
    if cx.peeking {
        return Ok(Val::U32(index));
    }
    ErrorContextAny::lift(cx, side, index).map(Val::ErrorContext)
}

/// `lower_error_context`, for the host.
pub fn lower_error_context(cx: &mut Cx<'_>, side: &Side<'_>, value: &Val) -> Result<u32> {
    match value {
        Val::ErrorContext(any) => any.lower(cx, side),
        _ => Err(super::store::mismatch()),
    }
}

impl ErrorContextAny {
    pub(crate) fn lift(cx: &mut Cx<'_>, side: &Side<'_>, index: u32) -> Result<Self> {
        let id = async_value::lift_error_context(cx, side, index)?;
        let context = cx.live.error_context_mut(id)?;
        context.held += 1;
        Ok(Self { id, serial: context.serial })
    }

    pub(crate) fn lower(self, cx: &mut Cx<'_>, side: &Side<'_>) -> Result<u32> {
        cx.live.held_error_context(self)?;
        async_value::lower_error_context(cx, side, self.id)
    }
}
