//! Built-ins of resources (`CanonicalABI.md`, `canon resource.new`, `.drop`, `.rep`).

use super::direct::{self, Way};
use super::{CanonFunc, lift};
use crate::component::abi::context::Cx;
use crate::component::boundary;
use crate::component::run::Flow;
use crate::component::state::{Caller, Dtor, Handle, ResourceHandle, ResourceTypeId, Task, Work};
use crate::error::{Result, bug};

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
        cx.live.task(task)?.num_borrows -= 1;
        return canon.done(cx, &[]);
    }
    canon.done(cx, &[])?;
    drop_owned(cx, Caller::Engine(canon.inst), handle)
}

/// Calls the destructor of an owned handle that is gone from its table already.
pub fn drop_owned(cx: &mut Cx<'_>, caller: Caller, handle: ResourceHandle) -> Result<Flow> {
    let resource = *cx.live.resource_type(handle.rt)?;
    match resource.dtor {
        Dtor::None => Ok(Flow::Run),
        Dtor::Host(func) => {
            cx.live.identify()?;
            cx.machine.push(&cx.core.state.quota.limits, &[u64::from(handle.rep)])?;
            Ok(Flow::HostDtor(func))
        }
        Dtor::Core(func) => {
            let inst = resource.inst.ok_or_else(|| bug!("a core destructor of the host's"))?;
            boundary::check_entry(cx, inst)?;
            if let Caller::Engine(by) = caller
                && direct::is_open(cx, &Way::Direct)
            {
                return direct::call_dtor(cx, (inst, func), by, handle.rep);
            }
            let task = cx.live.add_task(Task::new(Some(inst), caller, Work::Dtor))?;
            let thread = lift::begin_unnoticed(cx, task)?;
            boundary::push_call(cx, thread, func, &[u64::from(handle.rep)])?;
            Ok(Flow::Run)
        }
    }
}

/// `canon resource.rep`
pub fn resource_rep(cx: &mut Cx<'_>, canon: &CanonFunc, rt: ResourceTypeId) -> Result<Flow> {
    let index = canon.argument(cx);
    let rep = cx.live.instance_mut(canon.inst)?.handles.rep(index, rt)?;
    canon.done(cx, &[u64::from(rep)])
}
