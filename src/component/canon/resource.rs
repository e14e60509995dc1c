//! Built-ins of resources (`CanonicalABI.md`, `canon resource.new`, `.drop`, `.rep`).

use super::{CanonFunc, direct};
use crate::component::abi::context::Cx;
use crate::component::boundary;
use crate::component::flow::Flow;
use crate::component::state::direct::DirectCaller;
use crate::component::state::{Dtor, Handle, ResourceHandle, ResourceTypeId};
use crate::error::{Result, bug};
#[cfg(feature = "component-async")]
use crate::{
    component::canon::lift,
    component::state::{Caller, ComponentInstanceId, Task, Work},
    store,
};

/// `canon resource.new`
pub fn resource_new(cx: &mut Cx<'_>, canon: &CanonFunc, rt: ResourceTypeId) -> Result<Flow> {
    let rep = canon.argument(cx);
    let inst = cx.live.instance_mut(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let index = inst.handles.add(Handle::Resource(ResourceHandle::own(rt, rep)))?;
    canon.done(cx, &[u64::from(index)])
}

/// `canon resource.drop`
pub fn resource_drop(cx: &mut Cx<'_>, canon: &CanonFunc, rt: ResourceTypeId) -> Result<Flow> {
    let index = canon.argument(cx);
    let inst = cx.live.instance_mut(canon.inst)?;
    inst.trap_unless_may_leave()?;
    let handle = inst.handles.take_dropped(index, rt)?;
    if let Some(task) = handle.borrow_scope {
        cx.live.drop_borrow(task)?;
        return canon.done(cx, &[]);
    }
    canon.done(cx, &[])?;
    drop_owned(cx, DirectCaller::Engine(canon.inst), handle)
}

/// Calls the destructor of an owned handle that is gone from its table already: that of a component or of the host.
pub fn drop_owned(cx: &mut Cx<'_>, by: DirectCaller, handle: ResourceHandle) -> Result<Flow> {
    let resource = *cx.live.resource_type(handle.rt)?;
    match resource.dtor {
        Dtor::None => Ok(Flow::Run),
        Dtor::Host(func) => {
            #[cfg(feature = "component-async")]
            cx.live.identify()?;
            cx.machine.push(&cx.core.state.quota.limits, &[u64::from(handle.rep)])?;
            Ok(Flow::HostDtor(func))
        }
        Dtor::Core(func) => {
            let inst = resource.inst.ok_or_else(|| bug!("a core destructor of the host's"))?;
            boundary::check_entry(cx, inst)?;
            #[cfg(feature = "component-async")]
            if matches!(by, DirectCaller::Host) || !direct::is_open(cx, &direct::Way::Direct) {
                let caller = by.instance().map_or(Caller::Host, Caller::Engine);
                return call_dtor(cx, (inst, func), caller, handle.rep);
            }
            direct::call_dtor(cx, (inst, func), by, handle.rep)
        }
    }
}

/// The same by an ordinary call.
#[cfg(feature = "component-async")]
fn call_dtor(
    cx: &mut Cx<'_>,
    (inst, func): (ComponentInstanceId, store::FuncId),
    caller: Caller,
    rep: u32,
) -> Result<Flow> {
    let task = cx.live.add_task(Task::new(Some(inst), caller, Work::Dtor))?;
    let thread = lift::begin_unnoticed(cx, task)?;
    boundary::push_call(cx, thread, func, &[u64::from(rep)])?;
    Ok(Flow::Run)
}

/// `canon resource.rep`
pub fn resource_rep(cx: &mut Cx<'_>, canon: &CanonFunc, rt: ResourceTypeId) -> Result<Flow> {
    let index = canon.argument(cx);
    let rep = cx.live.instance_mut(canon.inst)?.handles.rep(index, rt)?;
    canon.done(cx, &[u64::from(rep)])
}
