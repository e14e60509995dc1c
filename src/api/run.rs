//! The loop around the machine: what it cannot do itself is done here, for any `T`.

use super::host::Caller;
use super::module::Module;
use super::slots::Slots;
use super::store::{AsContextMut, State, StoreContextMut};
use super::{Instance, func};
use crate::error::{Error, ErrorKind, Result, bug};
use crate::exec::{self, Depth, Machine, Stop};
use crate::image::ModuleId;
use crate::store::{Extern, FuncId, FuncKind, known};
use crate::support::{Box, Limit};

/// How far a call came.
#[derive(Debug)]
pub enum Progress<P, R = ()> {
    /// It ended; results that it does not bring along are in their places.
    Done(R),
    /// It has no fuel left and can go on.
    OutOfFuel(P),
    /// It waits for another call to wake it, with `memory.atomic.wait32` or `wait64`.
    Waiting(P),
}

#[cfg(feature = "component")]
impl<P, R> Progress<P, R> {
    /// The same with what is paused as part of something else.
    pub(crate) fn map_paused<Q>(self, change: impl FnOnce(P) -> Q) -> Progress<Q, R> {
        match self {
            Progress::Done(result) => Progress::Done(result),
            Progress::OutOfFuel(paused) => Progress::OutOfFuel(change(paused)),
            Progress::Waiting(paused) => Progress::Waiting(change(paused)),
        }
    }
}

/// Calls a function and runs it to its end.
pub(crate) fn call<T>(store: &mut StoreContextMut<'_, T>, func: FuncId, slots: &mut Slots) -> Result<()> {
    let mut progress = start(store, func, slots)?;
    loop {
        match progress {
            Progress::Done(()) => return Ok(()),
            Progress::OutOfFuel(machine) => {
                give_back(store.state(), machine);
                return Err(Error::new(ErrorKind::OutOfFuel));
            }
            // Nothing else runs until this call ends.
            Progress::Waiting(machine) => progress = stop_waiting(store, machine, slots)?,
        }
    }
}

/// Calls a function and runs it until it ends, waits, or has no fuel left.
pub(crate) fn start<T>(
    store: &mut StoreContextMut<'_, T>,
    func: FuncId,
    slots: &mut Slots,
) -> Result<Progress<Box<Machine>>> {
    let mut machine = store.state().take_machine()?;
    match machine.call(&mut store.state().core, func, slots.params()) {
        Ok(()) => resume(store, machine, slots),
        Err(error) => {
            give_back(store.state(), machine);
            Err(error)
        }
    }
}

/// Goes on with a call whose wait is over although no other woke it.
pub(crate) fn stop_waiting<T>(
    store: &mut StoreContextMut<'_, T>,
    mut machine: Box<Machine>,
    slots: &mut Slots,
) -> Result<Progress<Box<Machine>>> {
    let state = store.state();
    match machine.stop_waiting(&mut state.core) {
        Ok(()) => resume(store, machine, slots),
        Err(error) => {
            give_back(state, machine);
            Err(error)
        }
    }
}

/// Goes on with a call.
pub(crate) fn resume<T>(
    store: &mut StoreContextMut<'_, T>,
    mut machine: Box<Machine>,
    slots: &mut Slots,
) -> Result<Progress<Box<Machine>>> {
    let state = store.state();
    if state.host_depth >= state.core.state.quota.limits.host_depth {
        give_back(state, machine);
        return Err(Limit::HostDepth.into());
    }
    state.host_depth += 1;
    let done = drive(store, &mut machine);
    let state = store.state();
    state.host_depth -= 1;
    match done {
        Ok(Stop::OutOfFuel) => return Ok(Progress::OutOfFuel(machine)),
        Ok(Stop::Wait) => return Ok(Progress::Waiting(machine)),
        Ok(_) => {
            let results = slots.results_mut();
            let found = machine.args(results.len());
            if found.len() == results.len() {
                results.copy_from_slice(found);
            }
        }
        Err(error) => {
            give_back(state, machine);
            return Err(error);
        }
    }
    give_back(state, machine);
    Ok(Progress::Done(()))
}

/// Keeps a machine for the next call.
fn give_back(state: &mut State, mut machine: Box<Machine>) {
    machine.unwind_to(Depth::default());
    state.idle = Some(machine);
}

/// Runs until the call ends, waits, or has no fuel left.
fn drive<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Result<Stop> {
    loop {
        match machine.run(&mut store.state().core)? {
            Stop::Call(func) => match known(store.state().core.state.funcs.get(func))?.kind {
                FuncKind::Host(number) => {
                    if let Err(error) = host_call(store, machine, func, number) {
                        machine.fail_call(&mut store.state().core, error)?;
                    }
                }
                FuncKind::Wasm { .. } => return Err(bug!("the machine runs WebAssembly functions itself").into()),
                _ => return Err(bug!("a canonical function without a component runtime").into()),
            },
            Stop::ReturnInto(_) => return Err(bug!("a boundary that nobody pushed").into()),
            #[cfg(feature = "heap")]
            Stop::Collect => store.state().collect(Some(machine)),
            stop @ (Stop::Done | Stop::OutOfFuel | Stop::Wait) => return Ok(stop),
        }
    }
}

/// Calls a host function with the arguments on top of the machine's stack.
fn host_call<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine, func: FuncId, number: u32) -> Result<()> {
    let state = store.state();
    let (params, results) = known(state.core.state.func_type(func))?;
    let (params, results) = (func::slot_count(params), func::slot_count(results));
    let mut slots = Slots::new(params, results)?;
    let args = machine.args(params);
    if let Some(place) = slots.from(0).get_mut(..args.len()) {
        place.copy_from_slice(args);
    }
    let hosts = store.hosts;
    let closure = known(hosts.core.get(number))?;
    let instance = machine.instances(Depth::default()).next();
    parked(store, machine, |store| closure.call(Caller { store: store.as_context_mut(), instance }, slots.from(0)))?;
    machine.finish_call(&store.state().core.state.quota.limits, params, slots.results_mut())
}

/// Does something of the host's, which may run other code, while `machine` waits where a
/// collection finds it. References that come to the host meanwhile are held no longer.
pub(crate) fn parked<T, R>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    action: impl FnOnce(&mut StoreContextMut<'_, T>) -> Result<R>,
) -> Result<R> {
    let state = store.state();
    let roots = state.roots.len();
    state.suspended.reserve(1)?;
    state.suspended.push(core::mem::take(machine))?;
    let done = action(store);
    let state = store.state();
    state.roots.truncate(roots);
    *machine = state.suspended.pop().ok_or_else(|| bug!("a machine that waited is gone"))?;
    done
}

/// Instantiates a module with its imports in order, and runs its start function.
pub(crate) fn instantiate<T>(
    store: &mut StoreContextMut<'_, T>,
    module: &Module,
    imports: &[Extern],
) -> Result<Instance> {
    let state = store.state();
    let image = state.core.add_image(module.image())?;
    let module = ModuleId::new(0);
    #[allow(unused_mut)]
    let mut made = exec::instantiate(&mut state.core, image, module, imports);
    // Objects of constant expressions: while an instance is being made there is no collection.
    #[cfg(feature = "heap")]
    if made.as_ref().is_err_and(|error| error.kind() == ErrorKind::Limit(Limit::GcHeap)) {
        state.collect(None);
        made = exec::instantiate(&mut state.core, image, module, imports);
    }
    let made = made?;
    let instance = Instance { store: state.id, id: made.instance };
    if let Some(start) = made.start {
        call(store, start, &mut Slots::new(0, 0)?)?;
    }
    Ok(instance)
}
