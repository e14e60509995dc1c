//! How code is run: what a dispatcher needs is brought together here, lent to it, and put back.

mod portable;
#[cfg(tail_calls)]
mod tail;

use super::activation::{Context, Exit};
use super::frame::Frame;
use super::halt::Halt;
use super::machine::{Machine, finish_instruction};
use super::ops::bulk;
use super::stop::Stop;
#[cfg(feature = "exceptions")]
use super::throw;
use crate::error::{Bug, Result};
use crate::image::module::Func;
#[cfg(tail_calls)]
use crate::store::Dispatch;
use crate::store::bytes::Bytes;
use crate::store::{MemoryId, State, Store, known};
#[cfg(target_pointer_width = "64")]
use crate::syntax::instr::opcode;

/// What a dispatcher needs to run the topmost frame.
struct Lease<'a> {
    /// The next instruction, counted from the start of the input.
    ip: u32,
    /// The next side-table entry.
    stp: u32,
    /// The running function.
    func: Func,
    /// The slot of the first local.
    base: usize,
    /// The first slot that is free.
    top: usize,
    /// What is left of the fuel.
    fuel: i64,
    /// All slots of the machine.
    slots: &'a mut [u64],
    /// The memory with index 0; empty where there is none.
    memory: &'a mut Bytes,
    /// All that is rarely needed.
    context: Context<'a>,
}

/// Where the code of an instance stopped.
struct Stopped {
    exit: Exit,
    /// The position in the input.
    ip: u32,
    /// What is left of the fuel.
    fuel: i64,
    /// The next side-table entry.
    stp: u32,
    /// The first slot that is free.
    top: usize,
    /// The memory with index 0 of the instance that stopped.
    memory: Option<MemoryId>,
}

/// How many slots a machine has behind those that its frames may use: a dispatcher may look there, and finds nothing.
#[cfg(tail_calls)]
pub(super) use tail::SPARE_SLOTS;
#[cfg(not(tail_calls))]
pub(super) const SPARE_SLOTS: usize = 0;

/// Opcodes from here on have a prefix byte.
const PREFIXED: u32 = 0x100;

/// Whether frames of that width have the instruction: those on vectors are in wide ones only.
const fn is_in(opcode: u32, wide: bool) -> bool {
    const VECTOR: u32 = 0xFD;
    wide || opcode >> 16 != VECTOR
}

/// Whether an instruction leaves a truth value: dispatchers look ahead for a branch.
#[cfg(target_pointer_width = "64")]
const fn compares(opcode: u32) -> bool {
    matches!(opcode, opcode::i32_eqz..=opcode::i64_ge_u)
}

/// The handler of a row: by its name, or by the shape of its immediates and its signature. The dispatcher
/// says with `shape` where the handlers of the most common shapes are.
macro_rules! handler {
    ($a:ident $name:ident ($($imm:ident)*) [rule]) => {
        ops::$name($a)
    };
    ($a:ident $name:ident ($($imm:ident)?) [ -> ]) => {
        ops::$name($a)
    };
    ($a:ident $name:ident (value) [ -> $result:ident]) => {
        ops::$name($a)
    };
    ($a:ident $name:ident (at) [atomic $($operand:ident)* -> $($result:ident)?]) => {
        ops::slow($a, opcode::$name)
    };
    ($a:ident $name:ident (at) [addr -> $result:ident]) => {
        shape::load($a, num::$name)
    };
    ($a:ident $name:ident (at) [addr $value:ident -> ]) => {
        shape::store($a, num::$name)
    };
    ($a:ident $name:ident () [$operand:ident -> $result:ident]) => {
        shape::unary($a, num::$name)
    };
    ($a:ident $name:ident () [$left:ident $right:ident -> $result:ident]) => {
        shape::binary($a, num::$name)
    };
    ($a:ident $name:ident () [i64 i64 -> i64 i64]) => {
        ops::widening($a, num::$name)
    };
    ($a:ident $name:ident () [i64 i64 i64 i64 -> i64 i64]) => {
        ops::wide($a, num::$name)
    };
    ($a:ident $name:ident () [$first:ident $second:ident $third:ident -> $result:ident]) => {
        ops::ternary($a, num::$name)
    };
    ($a:ident $name:ident (lanes) [$left:ident $right:ident -> $result:ident]) => {
        ops::$name($a)
    };
    ($a:ident $name:ident (lane) [v128 -> $result:ident]) => {
        ops::extract_lane($a, num::$name)
    };
    ($a:ident $name:ident (lane) [v128 $value:ident -> v128]) => {
        ops::replace_lane($a, num::$name)
    };
    ($a:ident $name:ident (at lane) [addr v128 -> v128]) => {
        ops::load_lane($a, num::$name)
    };
    ($a:ident $name:ident (at lane) [addr v128 -> ]) => {
        ops::store_lane($a, num::$name)
    };
}

use handler;

/// Runs the topmost frame and what it calls within its instance. `None` where the machine
/// should look at its topmost frame again.
pub(super) fn run(machine: &mut Machine, store: &mut Store) -> Result<Option<Stop>> {
    let frame = *known(machine.frames.last())?;
    let Stopped { exit, ip, stp, top, .. } = execute(machine, store, frame)?;
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
        Err(Halt::Collect) => Ok(Some(machine.collect_before(opcode))),
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
    #[cfg(crossings)]
    let crossings = &mut state.crossings;
    let State { types, funcs, tables, memories, globals, instances, fuel, quota, dispatch, .. } = state;
    let instances = &*instances;
    let instance = known(instances.get(frame.instance))?;
    let image = known(images.get(instance.image))?;
    let module = known(image.module(instance.module))?;
    let func = *known(frame.func().and_then(|func| module.funcs.get(func as usize)))?;
    let memory_id = instance.memories.first().copied();
    let mut memory = match memory_id {
        Some(id) => known(memories.get_mut(id))?.take_bytes(),
        None => Default::default(),
    };
    // Made where it is used, not here to be moved there: that is a third of what it costs to begin.
    macro_rules! lease {
        ($slots:expr) => {
            Lease {
                ip: frame.ip,
                stp: frame.stp,
                func,
                base: frame.base as usize,
                top: machine.top,
                fuel: fuel.balance(),
                slots: $slots,
                memory: &mut memory,
                context: Context {
                    bytes: &image.bytes,
                    module,
                    code_end: func.end,
                    instance,
                    id: frame.instance,
                    memory: memory_id,
                    types,
                    funcs,
                    tables,
                    memories,
                    globals,
                    #[cfg(crossings)]
                    images,
                    #[cfg(crossings)]
                    instances,
                    #[cfg(crossings)]
                    crossings,
                    #[cfg(feature = "gc")]
                    heap,
                    frames: &mut machine.frames,
                    call_depth: quota.limits.call_depth as usize,
                    limit: 0,
                    exit: Exit::Bug("nothing ran"),
                },
            }
        };
    }
    let end = machine.slots.len().saturating_sub(SPARE_SLOTS);
    macro_rules! slots {
        () => {
            machine.slots.get_mut(..end).unwrap_or_default()
        };
    }
    let stopped = match *dispatch {
        #[cfg(feature = "simd")]
        _ if frame.is_wide() => portable::execute::<true>(lease!(slots!())),
        #[cfg(tail_calls)]
        Dispatch::Tail if tail::suits(module, &func) => tail::execute(lease!(&mut machine.slots)),
        _ => portable::execute::<false>(lease!(slots!())),
    };
    fuel.set_balance(stopped.fuel);
    if let Some(place) = stopped.memory.and_then(|id| memories.get_mut(id)) {
        place.put_bytes(memory);
    }
    Ok(stopped)
}
