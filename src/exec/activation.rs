//! What the machine has at hand while code of one instance runs.
//!
//! A handler of an instruction takes an [`Activation`] and leaves it behind the instruction. It
//! is always inlined and hands the activation to no function that is not: so a dispatcher can
//! keep the fields in registers, whether it loops or calls the next handler at the end of this
//! one. What is rarely needed is behind one pointer, [`Context`]; what is rare altogether is
//! left to the machine by an [`Exit`].

use super::frame::Frame;
use crate::error::{Bug, Trap};
use crate::image::Module;
use crate::store::{FuncId, FuncInst, Global, GlobalId, Instance, InstanceId, Memory, MemoryId, Table, TableId};
use crate::support::{Arena, Vec};
use crate::types::TypeTable;

/// The state of the running function.
pub(super) struct Activation<'r, 'a> {
    /// The code from the next instruction or immediate on; ends with the function.
    pub rest: &'a [u8],
    /// All slots of the machine.
    pub slots: &'r mut [u64],
    /// The first slot that is free.
    pub top: usize,
    /// The slot of the first local.
    pub base: usize,
    /// The next side-table entry.
    pub stp: u32,
    /// How long `rest` was when fuel was charged last.
    pub charged: usize,
    /// The memory with index 0; empty where there is none.
    pub memory: &'r mut [u8],
    /// All that is rarely needed.
    pub cx: &'r mut Context<'a>,
}

/// What stays the same while one instance runs, and what few instructions need.
pub(super) struct Context<'a> {
    /// The input.
    pub bytes: &'a [u8],
    /// The instance's module.
    pub module: &'a Module,
    /// Where the code of the running function ends in the input.
    pub code_end: u32,
    /// The instance.
    pub instance: &'a Instance,
    /// Its id.
    pub id: InstanceId,
    /// Which memory [`Activation::memory`] is.
    pub memory: Option<MemoryId>,
    pub types: &'a TypeTable,
    pub funcs: &'a Arena<FuncId, FuncInst>,
    pub tables: &'a mut Arena<TableId, Table>,
    /// All memories; that of [`Activation::memory`] is empty here.
    pub memories: &'a mut Arena<MemoryId, Memory>,
    pub globals: &'a mut Arena<GlobalId, Global>,
    /// All frames; the topmost is the running one.
    pub frames: &'a mut Vec<Frame>,
    /// How many frames there may be.
    pub call_depth: usize,
    /// What is left of the fuel.
    pub fuel: i64,
}

/// Why the code of an instance cannot simply go on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Exit {
    /// The instruction traps.
    Trap(Trap),
    /// The function returned, and its caller is not of the same instance.
    Returned,
    /// The frame of this function of that instance is to be pushed.
    Enter(InstanceId, u32),
    /// A function outside of WebAssembly is called.
    Call(FuncId),
    /// The instruction with this opcode needs more than is at hand; its immediates are not
    /// read and its operands not popped yet.
    Slow(u32),
    /// Fuel is used up.
    OutOfFuel,
    /// What cannot happen.
    Bug(&'static str),
}

impl From<Trap> for Exit {
    #[inline(always)]
    fn from(trap: Trap) -> Self {
        Exit::Trap(trap)
    }
}

impl From<Bug> for Exit {
    #[cold]
    fn from(bug: Bug) -> Self {
        Exit::Bug(bug.0)
    }
}

/// What a handler says: go on, or not.
pub(super) type Step<T = ()> = Result<T, Exit>;

impl<'a> Activation<'_, 'a> {
    /// Pushes a slot. Validation knows every height and the frame was made for the greatest, so
    /// there is always room.
    #[inline(always)]
    pub(super) fn push(&mut self, slot: u64) {
        self.set(self.top, slot);
        self.top = self.top.wrapping_add(1);
    }

    /// Pops a slot.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> u64 {
        self.top = self.top.wrapping_sub(1);
        self.get(self.top)
    }

    /// The slot at `at`, which is one of the frame's.
    #[inline(always)]
    pub(super) fn get(&self, at: usize) -> u64 {
        match self.slots.get(at) {
            Some(slot) => *slot,
            None => {
                debug_assert!(false, "a slot past the stack");
                0
            }
        }
    }

    /// Changes the slot at `at`, which is one of the frame's.
    #[inline(always)]
    pub(super) fn set(&mut self, at: usize, value: u64) {
        match self.slots.get_mut(at) {
            Some(slot) => *slot = value,
            None => debug_assert!(false, "a slot past the stack"),
        }
    }

    /// Where the next instruction or immediate lies in the input.
    #[inline(always)]
    pub(super) fn ip(&self) -> u32 {
        // The rest is shorter than the input, so below 2³².
        self.cx.code_end.wrapping_sub(self.rest.len() as u32)
    }

    /// Goes on at `ip` in a function that ends at `end`. Nothing is charged for the way there.
    #[inline(always)]
    pub(super) fn go_to(&mut self, ip: u32, end: u32) {
        self.rest = self.cx.bytes.get(ip as usize..end as usize).unwrap_or_default();
        self.charged = self.rest.len();
    }

    /// Copies `count` slots from `from` down to `to`.
    #[inline(always)]
    pub(super) fn move_down(&mut self, from: usize, to: usize, count: u32) {
        for at in 0..count as usize {
            let slot = self.get(from.wrapping_add(at));
            self.set(to.wrapping_add(at), slot);
        }
    }

    /// Charges for the code that was run since the last time, up to here.
    #[inline(always)]
    pub(super) fn charge(&mut self) {
        let run = self.charged.wrapping_sub(self.rest.len());
        // A run is shorter than the input, so below 2³².
        self.cx.fuel = self.cx.fuel.wrapping_sub(run as i64);
        self.charged = self.rest.len();
    }

    /// A check point: whether there is fuel to go on.
    #[inline(always)]
    pub(super) fn check_point(&self) -> Step {
        if self.cx.fuel < 0 { Err(Exit::OutOfFuel) } else { Ok(()) }
    }
}
