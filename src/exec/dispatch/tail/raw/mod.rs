//! The registers of the tail-calling dispatcher with the feature `fast`: raw pointers.
//!
//! This is the room where unsafe code is allowed. What makes it sound is that code was validated:
//! its heights, indices and immediates are what they should be. Each pointer is a type whose
//! invariant is written once, where it is declared; each block says which of them it leans on,
//! and with debug assertions each access is checked against the bounds that [`Room`] knows.

#[cfg(crossings)]
mod across;
mod bank;
mod root;
mod stack;

use super::Regs;
use crate::exec::activation::{Context, Exit, Here, Step};
use crate::exec::dispatch::{Lease, Stopped};
use crate::exec::frame::Frame;
use crate::image::Module;
use crate::image::module::Func;
use crate::image::side_table::Prologue;
use crate::store::{Memory, MemoryId};
use crate::support::Arena;
#[cfg(crossings)]
pub(super) use across::Returns;
use core::hint::cold_path;
use core::marker::PhantomData;
use core::ptr::NonNull;
pub(super) use root::{f32_sqrt, f64_sqrt};

/// The next byte of code.
///
/// Invariant: it lies in the code of the running function, which is in the input, or just behind
/// that code. An instruction's bytes lie in the code as a whole, and an `end` follows each but the
/// last. Kept by validation, and by `branch`, `call` and `return_`, whose targets it made.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Code<'a>(*const u8, PhantomData<&'a [u8]>);

/// The first slot that no value was stored in.
///
/// Invariant: together with the cached values it stands for the height that validation computed
/// at this instruction; the frame was made for the greatest height, so reading below it and
/// storing up to that height stays within the slots. Kept by `push`, `pop` and the branches.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Sp(*mut u64);

/// The slot of the first local.
///
/// Invariant: it is the running frame's, and the frame has all of its locals. Kept by `call` and
/// `return_`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Locals(*mut u64);

/// What all handlers share.
///
/// Invariant: it points to a [`Room`] that nobody else uses while handlers run; [`execute`]
/// makes it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Lent<'s, 'a>(*mut Room<'a>, PhantomData<&'s mut ()>);

/// The bytes of a memory, which stay where they are: whatever moves them, or changes them in another way, runs when
/// handlers have stopped.
#[derive(Clone, Copy)]
struct Span {
    start: NonNull<u8>,
    len: usize,
    /// Accesses with an offset of one byte that begin below are within: most need one comparison.
    near_end: usize,
}

/// What handlers reach of the instance that runs besides its memory, in one piece as [`Here`] is.
#[derive(Clone, Copy)]
struct Reach {
    /// The module's functions.
    funcs: *const Func,
    funcs_len: usize,
    /// The module's side table.
    words: *const u32,
    input: *const u8,
    input_end: *const u8,
}

/// What does not fit into registers.
pub(super) struct Room<'a> {
    /// The next side-table entry.
    stp: *const u32,
    /// Where the code of the running function ends.
    code_end: *const u8,
    /// The memory with index 0.
    memory: Span,
    /// What else there is of the instance that runs.
    reach: Reach,
    /// The word of the running function's prologue.
    word: u32,
    /// The running frame.
    frame: *mut Frame,
    /// The first one, and the last that fits; there is room for all between them.
    first_frame: *mut Frame,
    last_frame: *mut Frame,
    slots: *mut u64,
    slots_end: *mut u64,
    /// Behind the slots of the running frame; only with debug assertions, which compare each access with it.
    frame_end: *mut u64,
    context: Context<'a>,
    /// What calls that cross have looked up, in a place of its own: it is read while all else is written. Nobody else
    /// uses it while handlers run.
    #[cfg(crossings)]
    notes: *mut across::Notes<'a>,
    /// Positions that were laid down.
    mark: Mark<'static>,
}

/// Where a handler is.
pub(super) struct Positions<'s, 'a> {
    code: *const u8,
    sp: *mut u64,
    locals: *mut u64,
    room: *mut Room<'a>,
    lent: PhantomData<&'s mut ()>,
}

/// Code, stack and locals, as they were somewhere.
#[derive(Clone, Copy)]
pub(super) struct Mark<'a> {
    code: *const u8,
    sp: *mut u64,
    locals: *mut u64,
    input: PhantomData<&'a [u8]>,
}

/// All slots may be used by frames.
pub(in crate::exec) const SPARE_SLOTS: usize = 0;

/// Whether a function can be run: every one that is not wide.
#[inline]
pub(in crate::exec::dispatch) fn suits(_: &Module, _: &Func) -> bool {
    true
}

/// Runs what the lease is for until it stops. Inlined: what is lent would be moved as a whole.
#[inline(always)]
pub(in crate::exec::dispatch) fn execute(lease: Lease<'_>) -> Stopped {
    let Lease { func, ip, stp, base, top, fuel, slots, mut context, .. } = lease;
    let (memory, reach) = (Span::lent(context.here.memory, context.memories), Reach::of(&context.here));
    let code = reach.input.wrapping_add(ip as usize);
    context.limit = fuel.wrapping_add(code.addr() as i64);
    let slots = slots.as_mut_ptr_range();
    let (frames, fit) = (context.frames.len(), context.frames.capacity().min(context.call_depth));
    let first_frame = context.frames.as_mut_ptr();
    let (frame, last_frame) = (first_frame.wrapping_add(frames - 1), first_frame.wrapping_add(fit.max(frames) - 1));
    #[cfg(crossings)]
    let mut notes = across::Notes::default();
    let mut room = Room {
        stp: reach.words.wrapping_add(stp as usize),
        code_end: reach.input.wrapping_add(func.end as usize),
        memory,
        reach,
        word: context.here.module.side_table.words().get(func.side as usize).copied().unwrap_or_default(),
        frame,
        first_frame,
        last_frame,
        slots: slots.start,
        slots_end: slots.end,
        frame_end: slots.end,
        context,
        #[cfg(crossings)]
        notes: &raw mut notes,
        mark: Mark { code, sp: slots.start, locals: slots.start, input: PhantomData },
    };
    let locals = slots.start.wrapping_add(base);
    if cfg!(debug_assertions) {
        room.bound_frame(locals);
    }
    let sp = slots.start.wrapping_add(top);
    Regs::begin(Positions { code, sp, locals, room: &raw mut room, lent: PhantomData }).next();
    room.put_frames_back();
    room.stopped()
}

impl Reach {
    #[inline(always)]
    fn of(here: &Here<'_>) -> Self {
        let Here { module, bytes, .. } = *here;
        let input = bytes.as_ptr_range();
        Reach {
            funcs: module.funcs.as_ptr(),
            funcs_len: module.funcs.len(),
            words: module.side_table.words().as_ptr(),
            input: input.start,
            input_end: input.end,
        }
    }
}

impl Span {
    /// The bytes of a memory of the store, or none.
    #[inline(always)]
    fn lent(memory: Option<MemoryId>, memories: &mut Arena<MemoryId, Memory>) -> Self {
        Self::of(memory.and_then(|id| memories.get_mut(id)).map(Memory::bytes_mut).unwrap_or_default())
    }

    /// The longest access, and the greatest offset of one byte.
    const NEAR: usize = size_of::<u64>() + 0x7F;

    #[inline(always)]
    fn of(bytes: &mut [u8]) -> Self {
        let len = bytes.len();
        Span { start: NonNull::from(bytes).cast(), len, near_end: (len + 1).saturating_sub(Self::NEAR) }
    }
}

impl<'s, 'a> Positions<'s, 'a> {
    #[inline(always)]
    pub(super) fn new(
        Code(code, _): Code<'a>,
        Sp(sp): Sp,
        Locals(locals): Locals,
        Lent(room, lent): Lent<'s, 'a>,
    ) -> Self {
        Self { code, sp, locals, room, lent }
    }

    /// What a handler gets of it.
    #[inline(always)]
    pub(super) fn parts(self) -> (Code<'a>, Sp, Locals, Lent<'s, 'a>) {
        (Code(self.code, PhantomData), Sp(self.sp), Locals(self.locals), Lent(self.room, PhantomData))
    }

    /// What all handlers share, for as long as these positions are not used.
    #[inline(always)]
    pub(super) fn lend(&mut self) -> Lent<'_, 'a> {
        Lent(self.room, PhantomData)
    }

    /// The positions that were laid down.
    pub(super) fn laid_down(Lent(room, lent): Lent<'s, 'a>) -> Self {
        // SAFETY: `Lent`.
        let Mark { code, sp, locals, .. } = unsafe { (*room).mark };
        Self { code, sp, locals, room, lent }
    }

    #[inline(always)]
    fn room(&mut self) -> &mut Room<'a> {
        // SAFETY: `Lent`; the borrow of `self` keeps it the only one.
        unsafe { &mut *self.room }
    }

    #[inline(always)]
    fn shared_room(&self) -> &Room<'a> {
        // SAFETY: `Lent`.
        unsafe { &*self.room }
    }

    #[inline(always)]
    fn fuel(&self) -> i64 {
        self.shared_room().context.limit.wrapping_sub(self.code.addr() as i64)
    }

    /// Goes on at `code` with the fuel that is left: a check point.
    #[inline(always)]
    fn leap(&mut self, code: *const u8) -> Step {
        let fuel = self.fuel();
        self.room().context.limit = fuel.wrapping_add(code.addr() as i64);
        self.go_on(code, fuel)
    }

    /// The same so many bytes from here.
    #[inline(always)]
    fn leap_by(&mut self, bytes: isize) -> Step {
        let limit = self.shared_room().context.limit.wrapping_add(bytes as i64);
        self.room().context.limit = limit;
        let code = self.code.wrapping_offset(bytes);
        // As much as before, but no register has to hold where that was.
        self.go_on(code, limit.wrapping_sub(code.addr() as i64))
    }

    /// The same, where the fuel is accounted for.
    #[inline(always)]
    fn go_on(&mut self, code: *const u8, fuel: i64) -> Step {
        self.code = code;
        debug_assert!(self.shared_room().reach.input <= code && code <= self.shared_room().code_end);
        if fuel < 0 {
            cold_path();
            return Err(self.room().context.halt(Exit::OutOfFuel));
        }
        Ok(())
    }

    /// Begins the code of a function whose frame is the topmost one, with its parameters on top.
    #[inline(always)]
    fn begin(&mut self, func: &Func, word: u32, prologue: Prologue) -> Step {
        self.bound_frame();
        for _ in 0..prologue.locals {
            debug_assert!(self.is_slot(self.sp));
            // SAFETY: the caller saw that there is room for the whole frame. Volatile as above.
            unsafe { self.sp.write_volatile(0) }
            self.sp = self.sp.wrapping_add(1);
        }
        let room = self.room();
        room.stp = room.reach.words.wrapping_add(func.side as usize).wrapping_add(1);
        room.code_end = room.reach.input.wrapping_add(func.end as usize);
        room.word = word;
        let target = room.reach.input.wrapping_add(func.code as usize);
        self.leap(target)
    }

    /// A function of the module: whoever needs a part of it reads that then, and no register holds it before.
    #[inline(always)]
    fn func(&self, func: u32) -> &'a Func {
        debug_assert!((func as usize) < self.shared_room().context.here.module.funcs.len());
        // SAFETY: validation saw to it that callees are in the module; frames have no others.
        unsafe { &*self.shared_room().reach.funcs.add(func as usize) }
    }

    /// The word at an index of the side table.
    #[inline(always)]
    fn word(&self, stp: u32) -> u32 {
        debug_assert!(stp < self.shared_room().context.here.module.side_table.next());
        // SAFETY: validation made the index when it made the word.
        unsafe { self.shared_room().reach.words.add(stp as usize).read() }
    }

    /// The word of an entry: the next one, or another of the same instruction.
    #[inline(always)]
    fn word_at(&self, entry: *const u32) -> u32 {
        let room = self.shared_room();
        debug_assert!(
            room.reach.words <= entry && entry < room.context.here.module.side_table.words().as_ptr_range().end
        );
        // SAFETY: validation wrote an entry for each instruction that asks for one, in their
        // order, and `branch_by` and `skip_entries` follow them.
        unsafe { entry.read() }
    }
}

impl Room<'_> {
    /// Where handlers stopped.
    fn stopped(&self) -> Stopped {
        let Mark { code, sp, .. } = self.mark;
        // The input is shorter than 2³² bytes, and so are the side table and the stack.
        Stopped {
            // As a whole it could not be read before all of its parts, just written, were in the cache.
            exit: match &self.context.exit {
                Exit::Returned => Exit::Returned,
                Exit::Call(func) => Exit::Call(*func),
                exit => *exit,
            },
            ip: code.addr().wrapping_sub(self.reach.input.addr()) as u32,
            fuel: self.context.limit.wrapping_sub(code.addr() as i64),
            stp: (self.stp.addr().wrapping_sub(self.reach.words.addr()) / size_of::<u32>()) as u32,
            top: sp.addr().wrapping_sub(self.slots.addr()) / size_of::<u64>(),
            memory: None,
        }
    }

    /// Tells the vector how many frames there are.
    fn put_frames_back(&mut self) {
        let frames = &mut *self.context.frames;
        let end = self.frame.wrapping_add(1).addr();
        let len = end.wrapping_sub(self.first_frame.addr()) / size_of::<Frame>();
        frames.truncate(len);
        while frames.len() < len {
            // SAFETY: `frame`: all frames up to it were written, within the capacity.
            let frame = unsafe { self.first_frame.add(frames.len()).read() };
            frames.push_within_capacity(frame);
        }
    }

    /// The frame of a function of the instance; its positions are written when it stops.
    #[inline(always)]
    fn frame_of(&self, index: u32, base: *mut u64) -> Frame {
        // Slots are fewer than 2³², as their limit is.
        let base = (base.addr().wrapping_sub(self.slots.addr()) / size_of::<u64>()) as u32;
        Frame::new(self.context.here.id, index, false, 0, 0, base)
    }
}
