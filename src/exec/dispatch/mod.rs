//! How code is run: what a dispatcher needs is brought together here, lent to it, and put back.

mod portable;

use super::activation::{Activation, Context, Exit};
use super::frame::Frame;
use super::halt::Halt;
use super::machine::{Machine, finish_instruction};
use super::ops::bulk;
use super::stop::Stop;
#[cfg(feature = "exceptions")]
use super::throw;
use crate::error::{Bug, Result};
use crate::store::{State, Store, known};
use portable::Stopped;

/// Runs the topmost frame and what it calls within its instance. `None` where the machine
/// should look at its topmost frame again.
pub(super) fn run(machine: &mut Machine, store: &mut Store) -> Result<Option<Stop>> {
    let frame = *known(machine.frames.last())?;
    let Stopped { exit, ip, stp, top } = execute(machine, store, frame)?;
    machine.top = top;
    // A frame that has returned is gone; the one below says itself where it goes on.
    if !matches!(exit, Exit::Returned | Exit::ReturnedWide(_))
        && let Some(frame) = machine.frames.last_mut()
    {
        (frame.ip, frame.stp) = (ip, stp);
    }
    match exit {
        Exit::Returned => Ok(None),
        Exit::ReturnedWide(func) => machine.convey_results(store, frame.instance, func).map(|()| None),
        Exit::Enter(instance, func) => machine.push_frame(store, instance, func).map(|()| None),
        #[cfg(feature = "tail-call")]
        Exit::Replace(instance, func) => machine.replace_frame(store, instance, func).map(|()| None),
        Exit::Slow(opcode) => run_slow(machine, store, opcode),
        Exit::Call(func) => machine.convey_to_host(store, func).map(|()| Some(Stop::Call(func))),
        Exit::OutOfFuel => Ok(Some(Stop::OutOfFuel)),
        Exit::Trap(trap) => {
            finish_instruction(machine, store);
            Err(trap.into())
        }
        Exit::Bug(why) => Err(Bug(why).into()),
    }
}

/// Runs the instruction with that opcode, behind which the topmost frame stands, when everything
/// is in its place in the store.
pub(super) fn run_slow(machine: &mut Machine, store: &mut Store, opcode: u32) -> Result<Option<Stop>> {
    match slow(machine, store, opcode) {
        Ok(()) => Ok(None),
        #[cfg(feature = "heap")]
        Err(Halt::Collect(bytes)) => Ok(Some(machine.collect_before(opcode, bytes))),
        Err(Halt::Failed(error)) => {
            finish_instruction(machine, store);
            Err(error)
        }
    }
}

/// The same; where a collection is needed first, nothing has changed.
fn slow(machine: &mut Machine, store: &mut Store, opcode: u32) -> Result<(), Halt> {
    #[cfg(feature = "exceptions")]
    if throw::throws(opcode) {
        return throw::run(machine, store, opcode);
    }
    bulk::run(machine, store, opcode)
}

/// Lends the store's parts to the dispatcher.
fn execute(machine: &mut Machine, store: &mut Store, frame: Frame) -> Result<Stopped> {
    let (images, state) = store.split();
    #[cfg(feature = "gc")]
    let heap = &mut state.heap;
    let State { types, funcs, tables, memories, globals, instances, fuel, quota, .. } = state;
    let instance = known(instances.get(frame.instance))?;
    let image = known(images.get(instance.image))?;
    let module = known(image.module(instance.module))?;
    let end = known(frame.func().and_then(|func| module.funcs.get(func as usize)))?.end;
    let memory_id = instance.memories.first().copied();
    let mut memory = match memory_id {
        Some(id) => known(memories.get_mut(id))?.take_bytes(),
        None => crate::support::Vec::new(),
    };
    let mut cx = Context {
        bytes: &image.bytes,
        module,
        code_end: end,
        instance,
        id: frame.instance,
        memory: memory_id,
        types,
        funcs,
        tables,
        memories,
        globals,
        #[cfg(feature = "gc")]
        heap,
        frames: &mut machine.frames,
        call_depth: quota.limits.call_depth as usize,
        fuel: fuel.balance(),
    };
    let (slots, top) = (&mut *machine.slots, machine.top);
    #[cfg(feature = "simd")]
    let stopped = if frame.is_wide() {
        portable::execute(Activation::<true>::resume(frame, end, slots, top, &mut memory, &mut cx))
    } else {
        portable::execute(Activation::<false>::resume(frame, end, slots, top, &mut memory, &mut cx))
    };
    #[cfg(not(feature = "simd"))]
    let stopped = portable::execute(Activation::<false>::resume(frame, end, slots, top, &mut memory, &mut cx));
    fuel.set_balance(cx.fuel);
    if let Some(place) = memory_id.and_then(|id| cx.memories.get_mut(id)) {
        place.put_bytes(memory);
    }
    Ok(stopped)
}
