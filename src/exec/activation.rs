//! What the machine has at hand while code of one instance runs.
//!
//! An [`Activation`] is the safe form of [`Registers`]. A handler that takes one is always inlined and hands
//! it to no function that is not: so a dispatcher can keep the fields in registers of the processor. What is
//! too large to be inlined gets a copy that lies in memory: see [`Activation::aside`]. What is rarely needed is
//! behind one pointer, [`Context`]; what is rare altogether is left to the machine by an [`Exit`].

mod here;
mod leap;
mod stack;

#[cfg(crossings)]
use super::crossing::Owner;
use super::frame::Frame;
use super::registers::{Registers, place};
#[cfg(compact)]
use crate::binary::core_type::EXACT;
use crate::binary::leb128;
use crate::error::bug::Why;
use crate::error::{Bug, Trap};
#[cfg(crossings)]
use crate::image::ImageRef;
use crate::store::bytes::Bytes;
#[cfg(crossings)]
use crate::store::{CrossedCalls, Crossing, CrossingId, Fuel, ImageId, Instance};
use crate::store::{FuncId, FuncInst, Global, GlobalId, InstanceId, Memory, MemoryId, Table, TableId};
use crate::support::{Arena, Vec};
use crate::syntax::{GlobalIdx, TableIdx};
use crate::types::TypeTable;
use core::slice;
pub(super) use here::Here;

/// The state of the running function; of one with vectors where it is `WIDE`: see [`Frame`].
pub(super) struct Activation<'r, 'a, const WIDE: bool> {
    /// The code from the next instruction or immediate on; ends with the function.
    pub code: slice::Iter<'a, u8>,
    /// All slots of the machine.
    pub slots: &'r mut [u64],
    /// The first slot that is free.
    pub top: usize,
    /// The value of the slot below, which may itself be older: see [`Activation::HOLDS`].
    pub held: u64,
    /// The slot of the first local.
    pub base: usize,
    /// The next side-table entry.
    pub stp: u32,
    /// The memory with index 0; empty where there is none.
    pub memory: &'r mut [u8],
    /// All that is rarely needed.
    pub cx: &'r mut Context<'a>,
}

/// Whose calls cross, if they do.
#[cfg(crossings)]
pub(super) type ForOwner<'o> = Option<&'o mut (dyn Owner + 'o)>;
/// No calls cross.
#[cfg(not(crossings))]
pub(super) type ForOwner<'o> = Option<&'o mut core::convert::Infallible>;

/// The same for a shorter while.
#[inline]
pub(super) fn lend<'s>(owner: &'s mut ForOwner<'_>) -> ForOwner<'s> {
    match owner {
        Some(owner) => Some(&mut **owner),
        None => None,
    }
}

/// What stays the same while one instance runs, and what few instructions need.
pub(super) struct Context<'a> {
    /// The instance.
    pub here: Here<'a>,
    /// Where the code of the running function ends in the input.
    pub code_end: u32,
    pub types: &'a TypeTable,
    pub funcs: &'a Arena<FuncId, FuncInst>,
    pub tables: &'a mut Arena<TableId, Table>,
    /// All memories; one whose bytes were taken out is empty here.
    pub memories: &'a mut Arena<MemoryId, Memory>,
    pub globals: &'a mut Arena<GlobalId, Global>,
    #[cfg(crossings)]
    pub images: &'a Arena<ImageId, ImageRef>,
    #[cfg(crossings)]
    pub instances: &'a Arena<InstanceId, Instance>,
    #[cfg(crossings)]
    pub crossings: &'a Arena<CrossingId, Crossing>,
    #[cfg(crossings)]
    pub crossed: &'a mut CrossedCalls,
    #[cfg(crossings)]
    pub owner: ForOwner<'a>,
    /// The store's; what is left of it is written when code stops.
    #[cfg(crossings)]
    pub fuel: &'a mut Fuel,
    #[cfg(feature = "gc")]
    pub heap: &'a mut crate::store::Heap,
    /// All frames; the topmost is the running one.
    pub frames: &'a mut Vec<Frame>,
    /// How many frames there may be.
    pub call_depth: usize,
    /// Where fuel runs out: what is left is the way from the position in the code to here. A
    /// dispatcher counts both in its own way; they wrap around, their difference is right.
    pub limit: i64,
    /// Why the code stopped, once it did.
    pub exit: Exit,
}

/// Why the code of an instance cannot simply go on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Exit {
    /// The instruction traps.
    Trap(Trap),
    /// The function returned, and its caller is not of the same instance, or not as wide.
    Returned,
    /// The same for the wide function of that number, whose results are not packed yet.
    #[cfg(feature = "simd")]
    ReturnedWide(u32),
    /// The frame of this function of that instance is to be pushed.
    Enter(InstanceId, u32),
    /// The same, in the place of the running frame.
    #[cfg(feature = "tail-call")]
    Replace(InstanceId, u32),
    /// A function outside of WebAssembly is called.
    Call(FuncId),
    /// The instruction with this opcode needs more than is at hand; its immediates are not
    /// read and its operands not popped yet.
    Slow(u32),
    /// Fuel is used up.
    OutOfFuel,
    /// What cannot happen.
    Bug(Why),
}

impl Exit {
    /// Whether the frame is gone.
    #[inline(always)]
    pub(super) const fn has_returned(&self) -> bool {
        match self {
            Exit::Returned => true,
            #[cfg(feature = "simd")]
            Exit::ReturnedWide(_) => true,
            _ => false,
        }
    }
}

impl From<Trap> for Exit {
    #[inline(always)]
    fn from(trap: Trap) -> Self {
        Exit::Trap(trap)
    }
}

impl From<Bug> for Exit {
    // A function would hand it back through a local of the handler's, whose tail call then is none.
    #[inline(always)]
    fn from(bug: Bug) -> Self {
        Exit::Bug(bug.0)
    }
}

/// Says that the code of an instance cannot simply go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halted {
    /// Why not is in [`Context::exit`]: so what a handler says fits a register of any processor.
    Exit,
    /// This handler cannot do what its general twin can; nothing is done yet that the twin would
    /// not do again. Only tail-calling dispatchers say so, to themselves.
    #[cfg(tail_calls)]
    General,
}

/// What a handler says: go on, or not.
pub(super) type Step<T = ()> = Result<T, Halted>;

impl Context<'_> {
    /// Takes the bytes of the memory with index 0 out of the store, so that they are at hand while all else is, too.
    pub(super) fn take_memory(&mut self) -> Bytes {
        let memory = self.here.memory.and_then(|id| self.memories.get_mut(id));
        memory.map(Memory::take_bytes).unwrap_or_default()
    }

    /// Writes down why the code cannot simply go on.
    #[inline(always)]
    pub(super) fn halt(&mut self, exit: impl Into<Exit>) -> Halted {
        self.exit = exit.into();
        Halted::Exit
    }

    /// The global that an index stands for.
    #[inline(always)]
    pub(super) fn global(&mut self, index: GlobalIdx) -> Option<&mut Global> {
        self.globals.get_mut(self.here.instance.global(index)?)
    }

    /// The table that an index stands for.
    #[inline(always)]
    pub(super) fn table(&mut self, index: TableIdx) -> Option<&mut Table> {
        self.tables.get_mut(self.here.instance.table(index)?)
    }
}

impl<'a, const WIDE: bool> Activation<'_, 'a, WIDE> {
    /// Does what is rare on a copy that has an address: the fields of this one stay in registers.
    #[cfg(not(compact))]
    #[inline(always)]
    pub(super) fn aside(&mut self, run: impl FnOnce(&mut Activation<'_, 'a, WIDE>) -> Step) -> Step {
        let Activation { ref code, ref mut slots, top, held, base, stp, ref mut memory, ref mut cx } = *self;
        let mut copy = Activation { code: code.clone(), slots, top, held, base, stp, memory, cx };
        let step = run(&mut copy);
        let Activation { code, top, held, base, stp, .. } = copy;
        (self.code, self.top, self.held, self.base, self.stp) = (code, top, held, base, stp);
        step
    }

    /// Where the next instruction or immediate lies in the input.
    #[inline(always)]
    pub(super) fn ip(&self) -> u32 {
        // The rest is shorter than the input, so below 2³².
        self.cx.code_end.wrapping_sub(self.code.len() as u32)
    }

    /// Goes on at `ip` in a function that ends at `end`.
    #[inline(always)]
    fn go_to(&mut self, ip: u32, end: u32) {
        let code = self.cx.here.bytes.get(ip as usize..end as usize);
        self.code = if cfg!(compact) {
            // Fewer instructions; on hosts it takes the loop registers, and an eighth of the time.
            match code {
                Some(code) => code.iter(),
                None => [].iter(),
            }
        } else {
            code.unwrap_or_default().iter()
        };
    }

    /// What is left of the fuel.
    #[inline(always)]
    pub(super) fn fuel(&self) -> i64 {
        self.cx.limit.wrapping_sub(i64::from(self.ip()))
    }

    /// Goes on at `ip` in a function that ends at `end` with that much fuel: nothing is charged
    /// for the way there.
    #[inline(always)]
    pub(super) fn set_out(&mut self, ip: u32, end: u32, fuel: i64) {
        self.cx.limit = fuel.wrapping_add(i64::from(ip));
        self.go_to(ip, end);
    }

    /// The same with what is left, and a check point: whether there is fuel to go on.
    #[inline(always)]
    fn leap(&mut self, ip: u32, end: u32) -> Step {
        let fuel = self.fuel();
        self.cx.code_end = end;
        self.set_out(ip, end, fuel);
        if fuel < 0 { Err(self.cx.halt(Exit::OutOfFuel)) } else { Ok(()) }
    }

    /// Passes over bytes of code.
    #[cfg(not(target_pointer_width = "64"))]
    #[inline(always)]
    pub(super) fn skip_bytes(&mut self, len: usize) {
        // Where there are none, it goes on to the end.
        self.code.nth(len.wrapping_sub(1));
    }
}

/// [`Registers::skip_block_type`], once for all blocks.
#[cfg(compact)]
#[inline(never)]
fn skip_block_type(code: &mut slice::Iter<'_, u8>) {
    let mut byte = code.next();
    if let Some(0x63 | 0x64) = byte {
        byte = code.next();
        if byte == Some(&EXACT) {
            byte = code.next();
        }
    }
    while byte.is_some_and(|byte| *byte >= 0x80) {
        byte = code.next();
    }
}

/// Reads a `u64` of any length.
#[inline(never)]
fn long_unsigned(code: slice::Iter<'_, u8>) -> (u64, slice::Iter<'_, u8>) {
    let (value, len) = leb128::judged(code.as_slice());
    (value, code.as_slice().get(len..).unwrap_or_default().iter())
}

/// Reads an `s64` of any length.
#[inline(never)]
fn long_signed(code: slice::Iter<'_, u8>) -> (i64, slice::Iter<'_, u8>) {
    let (value, len) = leb128::judged_signed(code.as_slice());
    (value, code.as_slice().get(len..).unwrap_or_default().iter())
}

impl<'a, const WIDE: bool> Registers<'a> for Activation<'_, 'a, WIDE> {
    #[inline(always)]
    fn push(&mut self, slot: u64) {
        self.push_value([slot, 0]);
    }

    #[inline(always)]
    fn pop(&mut self) -> u64 {
        let [slot, _] = self.pop_value();
        slot
    }

    #[inline(always)]
    fn top(&self) -> u64 {
        let [slot, _] = self.top_value();
        slot
    }

    #[inline(always)]
    fn set_top(&mut self, slot: u64) {
        self.set_top_value([slot, 0]);
    }

    #[inline(always)]
    fn local(&self, index: u32) -> u64 {
        self.get(self.base.wrapping_add(Self::slots_of(index as usize)))
    }

    #[inline(always)]
    fn set_local(&mut self, index: u32, slot: u64) {
        self.set_local_value(index, [slot, 0]);
    }

    #[inline(always)]
    fn push_value(&mut self, value: [u64; 2]) {
        if Self::HOLDS {
            self.put_held();
            self.top = self.top.wrapping_add(1);
            [self.held, _] = value;
            return;
        }
        self.set_value(self.top, value);
        self.top = self.top.wrapping_add(Self::slots_of(1));
    }

    #[inline(always)]
    fn pop_value(&mut self) -> [u64; 2] {
        if Self::HOLDS {
            let value = [self.held, 0];
            self.top = self.top.wrapping_sub(1);
            self.hold();
            return value;
        }
        self.top = self.top.wrapping_sub(Self::slots_of(1));
        self.get_value(self.top)
    }

    #[inline(always)]
    fn top_value(&self) -> [u64; 2] {
        if Self::HOLDS {
            return [self.held, 0];
        }
        self.get_value(self.top.wrapping_sub(Self::slots_of(1)))
    }

    #[inline(always)]
    fn set_top_value(&mut self, value: [u64; 2]) {
        if Self::HOLDS {
            [self.held, _] = value;
            return;
        }
        self.set_value(self.top.wrapping_sub(Self::slots_of(1)), value);
    }

    #[inline(always)]
    fn local_value(&self, index: u32) -> [u64; 2] {
        self.get_value(self.base.wrapping_add(Self::slots_of(index as usize)))
    }

    #[inline(always)]
    fn set_local_value(&mut self, index: u32, value: [u64; 2]) {
        self.set_value(self.base.wrapping_add(Self::slots_of(index as usize)), value);
    }

    #[inline(always)]
    fn at_end(&self) -> bool {
        self.code.as_slice().is_empty()
    }

    #[inline(always)]
    fn next_byte(&self) -> u8 {
        self.code.as_slice().first().copied().unwrap_or(0)
    }

    #[inline(always)]
    fn skip_byte(&mut self) {
        self.code.next();
    }

    // One and two bytes are decoded in line; longer numbers are rare enough for a call.
    #[inline(always)]
    fn unsigned(&mut self) -> u64 {
        match *self.code.as_slice() {
            [a, ..] if a < 0x80 => {
                self.code.next();
                u64::from(a)
            }
            [a, b, ..] if b < 0x80 => {
                self.code.nth(1);
                u64::from(a & 0x7F) | u64::from(b) << 7
            }
            _ => {
                let (value, code) = long_unsigned(self.code.clone());
                self.code = code;
                value
            }
        }
    }

    #[inline(always)]
    fn signed(&mut self) -> i64 {
        match *self.code.as_slice() {
            [a, ..] if a < 0x80 => {
                self.code.next();
                i64::from((a << 1) as i8 >> 1)
            }
            [a, b, ..] if b < 0x80 => {
                self.code.nth(1);
                i64::from(((u16::from(a & 0x7F) | u16::from(b) << 7) << 2) as i16 >> 2)
            }
            _ => {
                let (value, code) = long_signed(self.code.clone());
                self.code = code;
                value
            }
        }
    }

    // Small processors have no words of 64 bits, and a call for each number would cost them more than
    // the rest of the instruction: most indices, offsets and constants take one byte.

    #[cfg(not(target_pointer_width = "64"))]
    #[inline(always)]
    fn index(&mut self) -> u32 {
        match *self.code.as_slice() {
            [a, ..] if a < 0x80 => {
                self.code.next();
                u32::from(a)
            }
            _ => {
                let (value, len) = leb128::judged_32(self.code.as_slice());
                self.skip_bytes(len as usize);
                value
            }
        }
    }

    #[cfg(not(target_pointer_width = "64"))]
    #[inline(always)]
    fn signed_word(&mut self) -> i32 {
        match *self.code.as_slice() {
            [a, ..] if a < 0x80 => {
                self.code.next();
                i32::from((a << 1) as i8 >> 1)
            }
            _ => {
                let (value, len) = leb128::judged_32(self.code.as_slice());
                self.skip_bytes(len as usize);
                leb128::extend_32(value, len)
            }
        }
    }

    #[inline(always)]
    fn peek_array<const N: usize>(&self) -> [u8; N] {
        self.code.as_slice().first_chunk().copied().unwrap_or([0; N])
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let (bytes, rest) = self.code.as_slice().split_first_chunk().unwrap_or((&[0; N], &[]));
        self.code = rest.iter();
        *bytes
    }

    #[inline(always)]
    fn peek_unsigned(&self) -> u64 {
        match *self.code.as_slice() {
            [a, ..] if a < 0x80 => u64::from(a),
            _ => long_unsigned(self.code.clone()).0,
        }
    }

    #[inline(always)]
    fn peek_label(&self, at: u32) -> [u32; 2] {
        let code = self.code.as_slice();
        let number = code.iter().take_while(|byte| **byte >= 0x80).count();
        let label = code.get(number + 1 + at as usize..).unwrap_or_default();
        label.first_chunk().unwrap_or(&[0; 2]).map(u32::from)
    }

    #[cfg(compact)]
    #[inline(always)]
    fn skip_block_type(&mut self) {
        skip_block_type(&mut self.code);
    }

    #[inline(always)]
    fn memory(&mut self) -> &mut [u8] {
        self.memory
    }

    #[inline(always)]
    fn bytes<const N: usize>(&mut self, address: u64, offset: u64) -> Option<&mut [u8; N]> {
        place(self.memory, address, offset)
    }

    #[inline(always)]
    fn cx(&mut self) -> &mut Context<'a> {
        self.cx
    }

    #[inline(always)]
    fn by_depth(&self) -> Option<u32> {
        self.cx.here.module.side_table.by_depth(self.stp)
    }

    #[inline(always)]
    fn skip_entries(&mut self, count: u32) {
        self.stp = self.stp.wrapping_add(count);
    }

    #[inline(always)]
    fn branch(&mut self) -> Step {
        self.take_branch()
    }

    #[inline(always)]
    fn call(&mut self, index: u32) -> Step {
        self.enter(index)
    }

    #[cfg(feature = "tail-call")]
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn tail_call(&mut self, index: u32) -> Step {
        let (func, prologue) = self.callee(index)?;
        // The machine grows its stack, or traps where it may not; it lays the arguments out for a
        // frame of the other kind.
        let slots_fit = self.base.wrapping_add(prologue.frame_slots() as usize) <= self.slots.len();
        if !slots_fit || prologue.is_wide() != WIDE {
            return Err(self.cx.halt(Exit::Replace(self.cx.here.id, index)));
        }
        self.drop_below(self.base, prologue.params);
        let frame = self.frame_of(index, func, self.base);
        if let Some(running) = self.cx.frames.last_mut() {
            *running = frame;
        }
        self.begin(func, prologue)
    }

    #[cfg(feature = "tail-call")]
    #[inline(always)]
    fn skip_to_end(&mut self) {
        let end = self.cx.code_end;
        self.set_out(end.wrapping_sub(1), end, self.fuel());
    }

    #[inline(always)]
    fn return_(&mut self) -> Step {
        self.leave()
    }
}
