//! Error contexts (`CanonicalABI.md`, `canon error-context.*`).

use super::{CanonFunc, Options};
use crate::component::abi::context::{Cx, check_alignment};
use crate::component::abi::lower_flat::Sink;
use crate::component::boundary;
use crate::component::flow::Flow;
use crate::component::state::{Handle, TaskId};
use crate::error::Result;
use crate::support::String;

/// `canon error-context.new`. The specification lets an engine keep nothing of the message, and
/// asks for that where runs have to be equal.
pub fn error_context_new(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    cx.live.instance(canon.inst)?.trap_unless_may_leave()?;
    let context = cx.live.add_error_context(String::new())?;
    let index = cx.live.instance_mut(canon.inst)?.handles.add(Handle::ErrorContext(context))?;
    canon.done(cx, &[u64::from(index)])
}

/// `canon error-context.debug-message`
pub fn error_context_debug_message(cx: &mut Cx<'_>, canon: &CanonFunc, opts: &Options) -> Result<Flow> {
    let [index, ptr] = canon.arguments(cx)?;
    let inst = cx.live.instance(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let context = inst.handles.get(index as u32)?.error_context(index as u32)?;
    let side = boundary::side(cx, canon.inst, opts, TaskId::new(0))?;
    let ptr = boundary::pointer(opts, ptr);
    let message =
        crate::component::abi::val::Val::String(cx.live.error_context_mut(context)?.debug_message.try_clone()?);
    check_alignment(ptr, side.pointer_size())?;
    let pair = crate::component::abi::store::store_string(cx, &side, &message)?;
    Sink::Memory(ptr).put_pair(cx, &side, pair)?;
    canon.done(cx, &[])
}

/// `canon error-context.drop`
pub fn error_context_drop(cx: &mut Cx<'_>, canon: &CanonFunc) -> Result<Flow> {
    let [index] = canon.arguments(cx)?;
    let inst = cx.live.instance_mut(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let context = inst.handles.remove(index as u32)?.error_context(index as u32)?;
    cx.live.drop_error_context(context)?;
    canon.done(cx, &[])
}
