//! The positions of handlers without unsafe code: slices, and indices into them.
//!
//! The slots are cells, so that both the whole stack and a *window* on it, from the running frame's first local on, are
//! at hand. A window has as many slots as an array type says, so an index needs no comparison: it is cut to them.
//! Frames with more slots run in the loop. Nothing here panics: what is not within its slice would be a bug of ours,
//! and reads as zero. Lookups are written as matches, not by closures: see ADR 0014.

mod bank;

use super::Regs;
use crate::error::bug;
use crate::exec::activation::{Context, Exit, Step};
use crate::exec::dispatch::{Lease, Stopped};
use crate::exec::frame::Frame;
use crate::image::Module;
use crate::image::module::Func;
use crate::image::side_table::Prologue;
use crate::support::Vec;
use core::cell::Cell;

/// The input from the next instruction or immediate on: what is behind the function can be looked at as well, so that a
/// handler need ask only once whether there is as much as it may look at.
pub(super) type Code<'a> = &'a [u8];
/// The first slot that no value was stored in, counted from the first local.
pub(super) type Sp = usize;
/// The locals are found through what all handlers share.
pub(super) type Locals = ();
/// What all handlers share.
pub(super) type Lent<'s, 'a> = &'s mut Room<'a>;

/// How many slots handlers see of a frame. Few functions that a compiler has optimized have as many values.
const WINDOW: usize = 1 << 10;

/// What a window on the topmost frame needs behind it.
pub(in crate::exec) const SPARE_SLOTS: usize = WINDOW;

/// How many frames calls may add before the machine is asked for more.
const SPARE_FRAMES: usize = 16;

/// What does not fit into registers.
pub(super) struct Room<'a> {
    /// The slots from the running frame's first local on.
    window: &'a [Cell<u64>; WINDOW],
    /// The next side-table entry.
    stp: u32,
    /// The word of the running function's prologue.
    word: u32,
    /// The memory with index 0; empty where there is none.
    memory: &'a mut [u8],
    /// The module's side table.
    words: &'a [u32],
    /// How many bytes of the input are behind the running function.
    behind: usize,
    /// The module's functions.
    funcs: &'a [Func],
    /// All frames, and some that calls may take.
    frames: &'a mut [Frame],
    /// Which of them runs.
    running: usize,
    /// Where its first local is among the slots.
    base: usize,
    /// All slots of the machine, and the spare ones.
    slots: &'a [Cell<u64>],
    /// Where frames end at most.
    slots_end: usize,
    context: Context<'a>,
    /// Positions that were laid down.
    mark: Mark<'a>,
}

/// Where a handler is.
pub(super) struct Positions<'s, 'a> {
    code: &'a [u8],
    sp: usize,
    room: &'s mut Room<'a>,
}

/// Code and stack, as they were somewhere.
#[derive(Clone, Copy)]
pub(super) struct Mark<'a> {
    code: &'a [u8],
    sp: usize,
}

/// Whether a function's frame fits into a window.
#[inline]
pub(in crate::exec::dispatch) fn suits(module: &Module, func: &Func) -> bool {
    let prologue = module.side_table.prologue(func.side);
    prologue.is_some_and(|prologue| prologue.frame_slots() as usize <= WINDOW)
}

/// Runs what the lease is for until it stops.
#[inline]
pub(in crate::exec::dispatch) fn execute(lease: Lease<'_>) -> Stopped {
    let Lease { func, ip, stp, base, top, fuel, slots, memory, mut context } = lease;
    *memory = context.take_memory();
    context.limit = fuel.wrapping_add(i64::from(ip));
    let module = context.here.module;
    let words = module.side_table.words();
    let slots = Cell::from_mut(slots).as_slice_of_cells();
    let Some(window) = slots.get(base..).and_then(|slots| slots.first_chunk()) else {
        let (exit, memory) = (bug!("a frame without a window").into(), context.here.memory);
        return Stopped { exit, ip, fuel, stp, top, memory };
    };
    // While handlers run, calls are numbers and writes; the vector is told afterwards.
    let (all_frames, mut none) = (context.frames, Vec::new());
    let mut frames = core::mem::take(all_frames);
    let running = frames.len().wrapping_sub(1);
    let most = frames.capacity().min(context.call_depth).min(frames.len() + SPARE_FRAMES);
    while frames.len() < most && frames.push_within_capacity(Frame::boundary(0, 0)) {}
    let mark = Mark { code: context.here.bytes.get(ip as usize..).unwrap_or_default(), sp: top.wrapping_sub(base) };
    let mut room = Room {
        window,
        stp,
        word: words.get(func.side as usize).copied().unwrap_or_default(),
        memory,
        words,
        behind: context.here.bytes.len().wrapping_sub(func.end as usize),
        funcs: &module.funcs,
        frames: &mut frames,
        running,
        base,
        slots,
        slots_end: slots.len().saturating_sub(SPARE_SLOTS),
        context: Context { frames: &mut none, ..context },
        mark,
    };
    Regs::begin(Positions::laid_down(&mut room)).next();
    let (stopped, running) = (room.stopped(), room.running);
    frames.truncate(running.wrapping_add(1));
    *all_frames = frames;
    stopped
}

impl<'s, 'a> Positions<'s, 'a> {
    #[inline(always)]
    pub(super) fn new(code: Code<'a>, sp: Sp, (): Locals, room: Lent<'s, 'a>) -> Self {
        Self { code, sp, room }
    }

    /// What a handler gets of it.
    #[inline(always)]
    pub(super) fn parts(self) -> (Code<'a>, Sp, Locals, Lent<'s, 'a>) {
        (self.code, self.sp, (), self.room)
    }

    /// What all handlers share, for as long as these positions are not used.
    #[inline(always)]
    pub(super) fn lend(&mut self) -> Lent<'_, 'a> {
        self.room
    }

    /// The positions that were laid down.
    pub(super) fn laid_down(room: Lent<'s, 'a>) -> Self {
        let Mark { code, sp } = room.mark;
        Self { code, sp, room }
    }

    /// A slot of the frame.
    #[inline(always)]
    fn slot(&self, at: usize) -> &Cell<u64> {
        debug_assert!(at < WINDOW, "a slot past the frame");
        &self.room.window[at % WINDOW]
    }

    /// Moves `count` slots from `from` down to `to`.
    #[inline(always)]
    fn move_down(&mut self, from: usize, to: usize, count: u32) {
        for at in 0..count as usize {
            let slot = self.slot(from.wrapping_add(at)).get();
            self.slot(to.wrapping_add(at)).set(slot);
        }
    }

    /// Where the next instruction or immediate lies in the input.
    #[inline(always)]
    fn ip(&self) -> u32 {
        // The input is shorter than 2³² bytes.
        self.room.context.here.bytes.len().wrapping_sub(self.code.len()) as u32
    }

    #[inline(always)]
    fn fuel(&self) -> i64 {
        self.room.context.limit.wrapping_sub(i64::from(self.ip()))
    }

    /// Goes on at `ip` in the running function with that much fuel: a check point.
    #[inline(always)]
    fn leap(&mut self, ip: u32, fuel: i64) -> Step {
        let room = &mut *self.room;
        room.context.limit = fuel.wrapping_add(i64::from(ip));
        let Some(code) = room.context.here.bytes.get(ip as usize..) else {
            return Err(room.context.halt(bug!("a branch out of the input")));
        };
        self.code = code;
        if fuel < 0 { Err(room.context.halt(Exit::OutOfFuel)) } else { Ok(()) }
    }

    /// A function of the module, the word of its prologue and what that says; none of those that run in the loop.
    #[inline(always)]
    fn func(&self, index: u32) -> Option<(Func, u32, Prologue)> {
        let Some(func) = self.room.funcs.get(index as usize) else { return None };
        let Some(word) = self.room.words.get(func.side as usize) else { return None };
        match Prologue::narrow(*word) {
            Some(prologue) if prologue.frame_slots() as usize <= WINDOW => Some((*func, *word, prologue)),
            _ => None,
        }
    }

    /// Begins the code of a function whose frame is the topmost one, with its parameters on top.
    #[inline(always)]
    fn begin(&mut self, func: Func, word: u32, prologue: Prologue) -> Step {
        let fuel = self.fuel();
        for _ in 0..prologue.locals {
            self.slot(self.sp).set(0);
            self.sp = self.sp.wrapping_add(1);
        }
        self.run(func, word, func.side.wrapping_add(1), func.code, fuel)
    }

    /// Goes on in that function with that much fuel.
    #[inline(always)]
    fn run(&mut self, func: Func, word: u32, stp: u32, ip: u32, fuel: i64) -> Step {
        let room = &mut *self.room;
        (room.stp, room.word) = (stp, word);
        room.behind = room.context.here.bytes.len().wrapping_sub(func.end as usize);
        self.leap(ip, fuel)
    }

    /// Makes the frame that begins at that slot the running one; whether it has a window.
    #[inline(always)]
    fn set_base(&mut self, base: usize) -> bool {
        let room = &mut *self.room;
        let Some(slots) = room.slots.get(base..) else { return false };
        let Some(window) = slots.first_chunk() else { return false };
        (room.base, room.window) = (base, window);
        true
    }
}

impl Room<'_> {
    /// Where handlers stopped.
    fn stopped(&self) -> Stopped {
        // The input is shorter than 2³² bytes.
        let ip = self.context.here.bytes.len().wrapping_sub(self.mark.code.len()) as u32;
        let fuel = self.context.limit.wrapping_sub(i64::from(ip));
        let (top, memory) = (self.base.wrapping_add(self.mark.sp), self.context.here.memory);
        Stopped { exit: self.context.exit, ip, fuel, stp: self.stp, top, memory }
    }

    /// How many results the running function has, whatever its prologue is.
    #[cold]
    #[inline(never)]
    fn results(&self) -> u32 {
        let func = self.frames.get(self.running).map(|frame| frame.func_if(false));
        let func = func.and_then(|func| self.funcs.get(func as usize));
        let prologue = func.and_then(|func| self.context.here.module.side_table.prologue(func.side));
        prologue.map_or(0, |prologue| prologue.results)
    }
}
