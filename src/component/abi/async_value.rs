//! Streams, futures and error contexts that cross (`CanonicalABI.md`, Loading: `lift_stream`,
//! `lift_future`, `lift_error_context`; Storing: their counterparts).

use super::context::{Cx, Side};
use crate::component::canon::stream::trap_unless_idle;
use crate::component::state::end::EndKind;
use crate::component::state::{EndId, ErrorContextId, Handle};
use crate::error::{Result, Trap};
use crate::types::component::ValType;

/// `lift_stream`
pub fn lift_stream(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, ty: Option<ValType>) -> Result<EndId> {
    lift_async_value(cx, side, index, EndKind::ReadableStream, ty)
}

/// `lift_future`
pub fn lift_future(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, ty: Option<ValType>) -> Result<EndId> {
    lift_async_value(cx, side, index, EndKind::ReadableFuture, ty)
}

/// `lift_async_value`
fn lift_async_value(cx: &mut Cx<'_>, side: &Side<'_>, index: u32, kind: EndKind, ty: Option<ValType>) -> Result<EndId> {
    let id = cx.live.instance_mut(side.inst)?.handles.remove(index)?.end(index)?;
    let end = cx.live.end_mut(id)?;
    let plain = |ty: Option<ValType>| ty.map(|ty| side.types().plain(ty));
    if end.kind != kind || plain(end.ty) != plain(ty) {
        return Err(Trap::HandleType { index }.into());
    }
    trap_unless_idle(end)?;
    if end.waitable.set.is_some() {
        return Err(Trap::WaitableInSet.into());
    }
    (end.owner, end.index) = (None, None);
    Ok(id)
}

/// `lower_stream` and `lower_future`: `lower_async_value`. The type of the values is from now on
/// as the new owner's image has it.
pub fn lower_async_value(cx: &mut Cx<'_>, side: &Side<'_>, id: EndId, ty: Option<ValType>) -> Result<u32> {
    let index = cx.live.instance_mut(side.inst)?.handles.add(Handle::End(id))?;
    let end = cx.live.end_mut(id)?;
    (end.owner, end.index, end.ty, end.scope, end.serial) = (Some(side.inst), Some(index), ty, Some(side.inst), 0);
    Ok(index)
}

/// `lift_error_context`
pub fn lift_error_context(cx: &mut Cx<'_>, side: &Side<'_>, index: u32) -> Result<ErrorContextId> {
    cx.live.instance(side.inst)?.handles.get(index)?.error_context(index)
}

/// `lower_error_context`: one handle more stands for it.
pub fn lower_error_context(cx: &mut Cx<'_>, side: &Side<'_>, id: ErrorContextId) -> Result<u32> {
    let index = cx.live.instance_mut(side.inst)?.handles.add(Handle::ErrorContext(id))?;
    cx.live.error_context_mut(id)?.handles += 1;
    Ok(index)
}
