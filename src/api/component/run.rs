//! The loop around the machine for components: calls of the host's functions happen here.

use super::ComponentState;
use super::host::{HostItem, no_such_item};
use super::resource::ResourceType;
use crate::api::run::parked;
use crate::api::store::{AsContextMut, State, StoreContextMut, StoreId};
use crate::component::abi::context::Cx;
use crate::component::boundary::{self, Entered, Left};
use crate::component::canon::lift;
use crate::component::instantiate::{Instantiation, Step};
use crate::component::state::{ComponentInstanceId, HostFuncId, ResourceTypeId, TaskId};
use crate::error::{Error, ErrorKind, Result, bug};
use crate::exec::{Depth, Machine, Stop};
use crate::support::{Limit, Map};

/// What lifting and lowering work on.
pub(super) fn cx<'a>(state: &'a mut State, machine: &'a mut Machine) -> Cx<'a> {
    cx_and_types(state, machine).0
}

/// The same, with the host's own resource types, and which store it is.
pub(super) fn cx_and_types<'a>(
    state: &'a mut State,
    machine: &'a mut Machine,
) -> (Cx<'a>, &'a mut Map<ResourceType, ResourceTypeId>, StoreId) {
    let nodes = state.core.state.quota.limits.value_nodes;
    let ComponentState { state: component, host_types } = &mut state.component;
    let cx = Cx {
        images: &component.images,
        core: &mut state.core,
        live: &mut component.live,
        machine,
        nodes,
        strings: None,
    };
    (cx, host_types, state.id)
}

/// Lifts the result of a call of the host's.
pub(super) type OnResult<'r> = &'r mut dyn FnMut(&mut Cx<'_>, TaskId) -> Result<()>;

/// Does something on a machine; where it fails, every instance that took part is locked down.
pub(super) fn on_machine<T, R>(
    store: &mut StoreContextMut<'_, T>,
    action: impl FnOnce(&mut StoreContextMut<'_, T>, &mut Machine) -> Result<R>,
) -> Result<R> {
    let state = store.state();
    if state.host_depth >= state.core.state.quota.limits.host_depth {
        return Err(Limit::HostDepth.into());
    }
    state.host_depth += 1;
    let floor = state.component.state.live.tasks.len() as u32;
    let mut machine = state.idle.take().unwrap_or_default();
    let done = action(store, &mut machine);
    let state = store.state();
    state.host_depth -= 1;
    if done.is_err() {
        state.component.state.live.poison_from(floor);
    }
    machine.unwind_to(Depth::default());
    state.idle = Some(machine);
    done
}

/// Runs a call of the host's to its end.
pub(super) fn drive<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    on_result: OnResult<'_>,
) -> Result<()> {
    loop {
        let stop = machine.run(&mut store.state().core)?;
        #[cfg(feature = "heap")]
        if let Stop::Collect(_) = stop {
            store.state().collect(Some(machine));
            continue;
        }
        let mut cx = cx(store.state(), machine);
        match stop {
            Stop::Call(func) => {
                let id = boundary::canon_of(cx.core, func)?;
                match boundary::enter(&mut cx, id)? {
                    Entered::Running | Entered::Finished => {}
                    Entered::Host { task, func } => call_host(store, machine, task, func)?,
                    Entered::HostDtor { func, rep } => {
                        parked(store, machine, |store| call_dtor(store, func, rep))?;
                    }
                }
            }
            Stop::ReturnInto(token) => match boundary::leave(&mut cx, token)? {
                Left::Running => {}
                Left::Finished => return Ok(()),
                Left::HostResult(task) => {
                    on_result(&mut cx, task)?;
                    if let Left::Finished = lift::end(&mut cx, task)? {
                        return Ok(());
                    }
                }
            },
            // Nothing else runs core code of a component until the call ends.
            Stop::Wait => machine.stop_waiting(&mut store.state().core)?,
            Stop::OutOfFuel => return Err(Error::new(ErrorKind::OutOfFuel)),
            #[cfg(feature = "heap")]
            Stop::Collect(_) => return Err(bug!("a collection that was not made").into()),
            Stop::Done => return Err(bug!("a call without boundary").into()),
        }
    }
}

fn call_host<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    task: TaskId,
    func: HostFuncId,
) -> Result<()> {
    match store.hosts.component.get(func.raw()) {
        Some(HostItem::Func(closure)) => closure.call(store.as_context_mut(), machine, task),
        _ => Err(no_such_item()),
    }
}

/// Calls a destructor of the host.
pub(super) fn call_dtor<T>(store: &mut StoreContextMut<'_, T>, func: HostFuncId, rep: u32) -> Result<()> {
    match store.hosts.component.get(func.raw()) {
        Some(HostItem::Dtor(closure)) => closure.call(store.as_context_mut(), rep),
        _ => Err(no_such_item()),
    }
}

/// Goes on with an instantiation to its end, start functions included.
pub(super) fn instantiate<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    mut instantiation: Instantiation,
) -> Result<ComponentInstanceId> {
    loop {
        // While an instance is being made there is no collection.
        #[cfg(feature = "heap")]
        if store.state().core.state.heap.is_due() {
            store.state().collect(Some(machine));
        }
        let mut cx = cx(store.state(), machine);
        match instantiation.run(&mut cx)? {
            Step::Done(inst) => return Ok(inst),
            Step::Start { inst, func } => {
                boundary::start_core(&mut cx, inst, func)?;
                drive(store, machine, &mut |_, _| Err(bug!("a start function has no result").into()))?;
            }
        }
    }
}
