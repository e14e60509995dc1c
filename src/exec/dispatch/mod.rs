//! How code is run: what a dispatcher needs is brought together here, lent to it, and put back.

mod portable;
#[cfg(tail_calls)]
mod tail;

#[cfg(crossings)]
use super::activation::lend;
use super::activation::{Context, Exit, ForOwner, Here};
use super::frame::Frame;
use super::halt::Halt;
use super::machine::{Machine, finish_instruction};
use super::ops::bulk;
use super::stop::Stop;
#[cfg(feature = "exceptions")]
use super::throw;
use crate::error::{Bug, Error, Result};
use crate::image::Module;
use crate::image::module::Func;
#[cfg(crossings)]
use crate::store::Crossings;
#[cfg(tail_calls)]
use crate::store::Dispatch;
use crate::store::bytes::Bytes;
use crate::store::{InstanceId, MemoryId, State, Store, known};
use crate::support::Limits;
#[cfg(any(not(compact), tail_calls))]
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
    /// Where the bytes of the memory with index 0 are put that a dispatcher takes out of the store: see
    /// [`Context::take_memory`]. Empty so far.
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
    /// The memory whose bytes it has taken out.
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
#[cfg(any(not(compact), tail_calls))]
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
pub(super) fn run(machine: &mut Machine, store: &mut Store, owner: ForOwner<'_>) -> Result<Option<Stop>> {
    let frame = *known(machine.frames.last())?;
    // Each in a way of its own: where they meet, all that a dispatcher leaves behind would have to be in memory.
    #[cfg(tail_calls)]
    if matches!(store.state.dispatch, Dispatch::Tail) && !frame.is_wide() {
        let exit = execute(machine, store, (frame.instance, going_on(frame)), owner, |lease| {
            match tail::suits(lease.context.here.module, &lease.func) {
                true => tail::execute(lease),
                false => portably::<false>(lease),
            }
        })?;
        return after(machine, store, frame.instance, exit);
    }
    let exit = execute(machine, store, (frame.instance, going_on(frame)), owner, |lease| match frame.is_wide() {
        #[cfg(feature = "simd")]
        true => portably::<true>(lease),
        _ => portably::<false>(lease),
    })?;
    after(machine, store, frame.instance, exit)
}

/// A frame that goes on, and its function.
fn going_on(frame: Frame) -> impl FnOnce(&mut Machine, &Module, &Limits) -> Result<(Frame, Func)> {
    move |_, module, _| Ok((frame, *known(frame.func().and_then(|func| module.funcs.get(func as usize)))?))
}

/// Why a run from the beginning of a function has come to no exit.
#[cfg(crossings)]
enum Unbegun {
    /// Its frame is to be pushed first.
    NoFrame,
    Failed(Error),
}

#[cfg(crossings)]
impl From<Error> for Unbegun {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// [`run`] from the beginning of a function, whose arguments are on top. `None` if its frame is to be pushed first.
#[cfg(crossings)]
pub(super) fn begin(
    machine: &mut Machine,
    store: &mut Store,
    owner: ForOwner<'_>,
    func: (InstanceId, u32),
) -> Result<Option<Option<Stop>>> {
    if !matches!(store.state.dispatch, Dispatch::Tail) {
        return Ok(None);
    }
    let pushed = |machine: &mut Machine, module: &Module, limits: &Limits| {
        machine.push_entry(limits, module, func).ok_or(Unbegun::NoFrame)
    };
    match execute(machine, store, (func.0, pushed), owner, tail::execute) {
        Ok(exit) => after(machine, store, func.0, exit).map(Some),
        Err(Unbegun::NoFrame) => Ok(None),
        Err(Unbegun::Failed(error)) => Err(error),
    }
}

/// Runs what the lease is for by the portable loop, which has no use for the slots that are to spare.
#[inline]
fn portably<const WIDE: bool>(lease: Lease<'_>) -> Stopped {
    let end = lease.slots.len().saturating_sub(SPARE_SLOTS);
    portable::execute::<WIDE>(Lease { slots: lease.slots.get_mut(..end).unwrap_or_default(), ..lease })
}

/// The code of a frame of that instance could not simply go on.
#[inline(always)]
fn after(machine: &mut Machine, store: &mut Store, instance: InstanceId, exit: Exit) -> Result<Option<Stop>> {
    // Only results of wide frames are looked at again.
    let _ = instance;
    match exit {
        Exit::Returned => Ok(None),
        #[cfg(feature = "simd")]
        Exit::ReturnedWide(func) => machine.convey_results(store, instance, func).map(|()| None),
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

/// Lends the store's parts to a dispatcher, and writes down where it stopped: for the topmost frame, which is one of that
/// instance and given by `topmost`.
#[inline(always)]
fn execute<E: From<Error>>(
    machine: &mut Machine,
    store: &mut Store,
    (instance, topmost): (InstanceId, impl FnOnce(&mut Machine, &Module, &Limits) -> Result<(Frame, Func), E>),
    mut owner: ForOwner<'_>,
    run: impl FnOnce(Lease<'_>) -> Stopped,
) -> Result<Exit, E> {
    #[cfg(not(crossings))]
    let _ = &mut owner;
    let (images, state) = store.split();
    #[cfg(feature = "gc")]
    let heap = &mut state.heap;
    #[cfg(crossings)]
    let Crossings { funcs: crossings, calls: crossed } = &mut state.crossings;
    let State { types, funcs, tables, memories, globals, instances, fuel, quota, .. } = state;
    let instances = &*instances;
    let here = known(Here::find(images, instances, instance))?;
    let (frame, func) = topmost(machine, here.module, &quota.limits)?;
    let mut memory = Bytes::default();
    let Stopped { exit, ip, stp, top, fuel: left, memory: held } = run(Lease {
        ip: frame.ip,
        stp: frame.stp,
        func,
        base: frame.base as usize,
        top: machine.top,
        fuel: fuel.balance(),
        slots: &mut machine.slots,
        memory: &mut memory,
        context: Context {
            here,
            code_end: func.end,
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
            #[cfg(crossings)]
            crossed,
            #[cfg(crossings)]
            owner: lend(&mut owner),
            #[cfg(crossings)]
            fuel,
            #[cfg(feature = "gc")]
            heap,
            frames: &mut machine.frames,
            call_depth: quota.limits.call_depth as usize,
            limit: 0,
            exit: Exit::Returned,
        },
    });
    fuel.set_balance(left);
    if let Some(place) = held.and_then(|id| memories.get_mut(id)) {
        place.put_bytes(memory);
    }
    machine.top = top;
    note_position(machine, &exit, (ip, stp));
    Ok(exit)
}

/// Writes down where the topmost frame goes on.
#[inline(always)]
fn note_position(machine: &mut Machine, exit: &Exit, position: (u32, u32)) {
    // A frame that has returned is gone; the one below says itself where it goes on.
    if !exit.has_returned()
        && let Some(frame) = machine.frames.last_mut()
    {
        (frame.ip, frame.stp) = position;
    }
}
