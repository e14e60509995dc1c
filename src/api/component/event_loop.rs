//! The loop around the machine for components: calls of the host's functions happen here.

#[cfg(not(feature = "component-async"))]
mod alone;
#[cfg(feature = "component-async")]
mod threads;

#[cfg(not(feature = "component-async"))]
pub(super) use self::alone::{call, finish, go_on};
#[cfg(feature = "component-async")]
pub(super) use self::threads::{call, everything, finish, go_on};
use super::call::CallBody;
use super::host::{Called, HostFunc, HostItem, no_such_item};
use super::run::cx;
use crate::api::run::parked;
use crate::api::store::{AsContextMut, StoreContextMut};
use crate::component::abi::context::Cx;
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::canon::handed;
use crate::component::flow::Flow;
#[cfg(feature = "component-async")]
use crate::component::host_call;
use crate::component::state::{FuncId, FuncKind, HostFuncId, TaskId};
use crate::error::Result;
use crate::exec::Machine;
use crate::types::flatten::MAX_FLAT_RESULTS;

/// Whether a component has only handed on the function, which is the host's.
pub(super) fn is_handed_on(cx: &Cx<'_>, id: FuncId) -> Result<bool> {
    Ok(matches!(cx.linked.func(id)?.kind, FuncKind::Host(_)))
}

/// Calls a function of the host that a component has handed on. Where it is not ready there is a task.
pub(super) fn call_handed<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    id: FuncId,
    body: &mut dyn CallBody,
) -> Result<Option<TaskId>> {
    let FuncKind::Host(host) = store.state().component.state.linked.func(id)?.kind else { return Err(no_such_item()) };
    let Some(HostItem::Func(closure)) = store.hosts.component.get(host.raw()) else { return Err(no_such_item()) };
    closure.call_handed(store, machine, id, body)
}

/// The same, once the function is found. It is called by functions of the host, so that programs without such have no
/// code for it.
pub(super) fn run_handed<T>(
    closure: &dyn HostFunc<T>,
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    id: FuncId,
    body: &mut dyn CallBody,
) -> Result<Option<TaskId>> {
    let depth = machine.depth();
    let task = handed::begin(&mut cx(store.state(), machine), id)?;
    let begun = start_handed(store, machine, task, body).and_then(|()| run_host(closure, store, machine, task));
    match begun {
        Ok(Flow::Run) => end_handed(store, machine, task, body).map(|()| None),
        Ok(_) => Ok(Some(task)),
        Err(error) => {
            machine.unwind_to(depth);
            handed::give_up(&mut store.state().component.state.live, task)?;
            Err(error)
        }
    }
}

fn start_handed<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    body: &mut dyn CallBody,
) -> Result<()> {
    let mut cx = cx(store.state(), machine);
    let side = handed::side(&mut cx, task)?;
    let ty = side.types().func(handed::callee(&mut cx, task)?.ty)?;
    let mut flat = FlatOut::new();
    body.lower(&mut cx, &side, &ty, &mut flat)?;
    handed::start(&mut cx, &side, &flat)
}

/// Lifts the result of a function of the host that a component has handed on, which is ready: the call ends.
pub(super) fn end_handed<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    body: &mut dyn CallBody,
) -> Result<()> {
    let mut cx = cx(store.state(), machine);
    let (side, slot) = handed::result(&mut cx, task)?;
    let ty = side.types().func(handed::callee(&mut cx, task)?.ty)?;
    match body.lift(&mut cx, &side, &ty, MAX_FLAT_RESULTS, &mut FlatIn::new(slot.as_slice())) {
        Ok(()) => handed::end(&mut cx, &side),
        Err(error) => {
            handed::give_up(cx.live, task)?;
            Err(error)
        }
    }
}

fn call_host<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    func: HostFuncId,
) -> Result<Flow> {
    let Some(HostItem::Func(closure)) = store.hosts.component.get(func.raw()) else { return Err(no_such_item()) };
    run_host(&**closure, store, machine, task)
}

fn run_host<T>(
    closure: &dyn HostFunc<T>,
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
) -> Result<Flow> {
    match closure.call(store.as_context_mut(), machine, task) {
        Ok(Called::Returned) => Ok(Flow::Run),
        #[cfg(feature = "component-async")]
        Ok(Called::Waits(future)) => host_call::wait(&mut cx(store.state(), machine), task, future),
        Err(error) => {
            #[cfg(feature = "component-async")]
            host_call::abandon_host(&mut cx(store.state(), machine), task);
            Err(error)
        }
    }
}

/// Calls a destructor of the host with the number on top of the stack.
pub(super) fn call_dtor<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    func: HostFuncId,
) -> Result<Flow> {
    let rep = machine.args(1).first().map_or(0, |slot| *slot as u32);
    machine.pop(1);
    parked(store, machine, |store| match store.hosts.component.get(func.raw()) {
        Some(HostItem::Dtor(closure)) => closure.call(store.as_context_mut(), rep),
        _ => Err(no_such_item()),
    })?;
    Ok(Flow::Run)
}
