//! The registers of the tail-calling dispatcher with the feature `fast`: raw pointers.
//!
//! This is the room where unsafe code is allowed. What makes it sound is that code was validated:
//! its heights, indices and immediates are what they should be. Each pointer is a type whose
//! invariant is written once, where it is declared; each block says which of them it leans on,
//! and with debug assertions each access is checked against the bounds that [`Room`] knows.

mod code;
mod registers;
mod root;
mod stack;

use super::reader;
use crate::error::bug;
use crate::exec::activation::{Context, Exit, Halted, Step};
use crate::exec::dispatch::{Lease, Stopped};
use crate::exec::frame::Frame;
use crate::exec::registers::Registers;
use crate::image::module::Func;
use crate::image::side_table::{Branch, Prologue};
use core::marker::PhantomData;
pub(super) use root::{f32_sqrt, f64_sqrt};

/// How many values on top of the stack may be in registers.
pub(super) const MOST_CACHED: usize = 2;

/// The registers of an instruction that is run as a function of its own.
pub(super) type Apart<'s, 'a> = Regs<'s, 'a, { reader::ANY }>;

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

/// The value below the one on top, where that is cached.
pub(super) type Below = u64;

/// What all handlers share.
///
/// Invariant: it points to a [`Room`] that nobody else uses while handlers run; [`execute`]
/// makes it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Lent<'s, 'a>(*mut Room<'a>, PhantomData<&'s mut ()>);

/// The signature of a handler. All arguments fit into registers, and nothing comes back.
pub(super) type Handler = for<'s, 'a> fn(Code<'a>, Sp, u64, Below, Locals, Lent<'s, 'a>);

/// What does not fit into registers.
pub(super) struct Room<'a> {
    /// The next side-table entry.
    stp: *const u32,
    /// Where the code of the running function ends.
    code_end: *const u8,
    memory: *mut u8,
    memory_len: usize,
    /// The module's functions.
    funcs: *const Func,
    funcs_len: usize,
    /// The module's side table.
    words: *const u32,
    /// The word of the running function's prologue.
    word: u32,
    /// The running frame.
    frame: *mut Frame,
    /// The first one, and the last that fits; there is room for all between them.
    first_frame: *mut Frame,
    last_frame: *mut Frame,
    input: *const u8,
    input_end: *const u8,
    slots: *mut u64,
    slots_end: *mut u64,
    /// Behind the slots of the running frame; only with debug assertions, which compare each access with it.
    frame_end: *mut u64,
    context: Context<'a>,
    /// Code, stack and locals of an instruction that is run as a function of its own, or where handlers stopped.
    apart: (*const u8, *mut u64, *mut u64),
}

/// The registers, taken together for a handler. `READER`: which numbers in the code it reads, of those in
/// [`reader`]; the table's own handlers look first whether theirs does.
pub(super) struct Regs<'s, 'a, const READER: u8> {
    code: *const u8,
    sp: *mut u64,
    top: u64,
    below: u64,
    locals: *mut u64,
    room: *mut Room<'a>,
    lent: PhantomData<&'s mut ()>,
    /// How many values are in `top` and `below`, known when the handler is compiled.
    cached: usize,
}

/// The registers as they were where an instruction began, right behind its opcode.
#[derive(Clone, Copy)]
pub(super) struct Start {
    code: *const u8,
    sp: *mut u64,
    top: u64,
    below: u64,
    locals: *mut u64,
    pub(super) cached: usize,
}

/// Runs what the lease is for until it stops.
#[inline]
pub(in crate::exec::dispatch) fn execute(lease: Lease<'_>) -> Stopped {
    let Lease { func, ip, stp, base, top, fuel, slots, memory, mut context } = lease;
    let side_table = context.module.side_table.words();
    let input = context.bytes.as_ptr_range();
    let code = input.start.wrapping_add(ip as usize);
    context.limit = fuel.wrapping_add(code.addr() as i64);
    let slots = slots.as_mut_ptr_range();
    let (frames, fit) = (context.frames.len(), context.frames.capacity().min(context.call_depth));
    let first_frame = context.frames.as_mut_ptr();
    let (frame, last_frame) = (first_frame.wrapping_add(frames - 1), first_frame.wrapping_add(fit.max(frames) - 1));
    let mut room = Room {
        stp: side_table.as_ptr().wrapping_add(stp as usize),
        code_end: input.start.wrapping_add(func.end as usize),
        memory: memory.as_mut_ptr(),
        memory_len: memory.len(),
        funcs: context.module.funcs.as_ptr(),
        funcs_len: context.module.funcs.len(),
        words: side_table.as_ptr(),
        word: side_table.get(func.side as usize).copied().unwrap_or_default(),
        frame,
        first_frame,
        last_frame,
        input: input.start,
        input_end: input.end,
        slots: slots.start,
        slots_end: slots.end,
        frame_end: slots.end,
        context,
        apart: (code, slots.start, slots.start),
    };
    let locals = slots.start.wrapping_add(base);
    if cfg!(debug_assertions) {
        room.bound_frame(locals);
    }
    let raw = Regs::<{ reader::ANY }> {
        code,
        sp: slots.start.wrapping_add(top),
        top: 0,
        below: 0,
        locals,
        room: &raw mut room,
        lent: PhantomData,
        cached: 0,
    };
    raw.next();
    room.put_frames_back();
    room.stopped()
}

impl<'s, 'a, const READER: u8> Regs<'s, 'a, READER> {
    #[inline(always)]
    pub(super) fn new(
        Code(code, _): Code<'a>,
        Sp(sp): Sp,
        top: u64,
        below: Below,
        Locals(locals): Locals,
        Lent(room, lent): Lent<'s, 'a>,
        cached: usize,
    ) -> Self {
        Self { code, sp, top, below, locals, room, lent, cached }
    }

    /// The registers as they are now.
    #[inline(always)]
    pub(super) fn start(&self) -> Start {
        let Self { code, sp, top, below, locals, cached, .. } = *self;
        Start { code, sp, top, below, locals, cached }
    }

    /// Begins again what began there: nothing that all handlers share has changed since.
    #[inline(always)]
    pub(super) fn restart(self, Start { code, sp, top, below, locals, cached }: Start) -> Self {
        Self { code, sp, top, below, locals, cached, ..self }
    }

    /// The same registers for what reads other numbers.
    #[inline(always)]
    pub(super) fn with_reader<const OTHER: u8>(self) -> Regs<'s, 'a, OTHER> {
        let Self { code, sp, top, below, locals, room, lent, cached } = self;
        Regs { code, sp, top, below, locals, room, lent, cached }
    }

    /// Runs one instruction as a function that returns, on registers that lie in the room. It may take what
    /// native stack it needs, and give addresses away: no local of the handler has one.
    #[inline(always)]
    pub(super) fn apart(mut self, run: fn(&mut Apart<'_, 'a>) -> Step) {
        self.flush();
        let (code, sp, locals) = (self.code, self.sp, self.locals);
        let room = self.room();
        room.apart = (code, sp, locals);
        let goes_on = Self::run_apart(self.room, run);
        (self.code, self.sp, self.locals) = self.shared_room().apart;
        if goes_on { self.next() } else { self.hand_over(super::STOPS[0]) }
    }

    /// Whether it goes on; why not is in the room.
    #[inline(never)]
    fn run_apart(room: *mut Room<'a>, run: fn(&mut Apart<'_, 'a>) -> Step) -> bool {
        // SAFETY: `Lent`; nobody uses it before this function returns.
        let (code, sp, locals) = unsafe { (*room).apart };
        let mut regs = Apart { code, sp, top: 0, below: 0, locals, room, lent: PhantomData, cached: 0 };
        let step = run(&mut regs);
        regs.flush();
        let (code, sp, locals) = (regs.code, regs.sp, regs.locals);
        let room = regs.room();
        room.apart = (code, sp, locals);
        step.is_ok()
    }

    /// Runs the instruction that begins here, and all that follow.
    #[inline(always)]
    pub(super) fn next(self) {
        let opcode = self.next_byte();
        // SAFETY: `Code`: an instruction begins here, so it has a byte.
        let code = unsafe { self.code.add(1) };
        let handler = super::TABLES[self.cached][opcode as usize];
        let code = Code(code, PhantomData);
        handler(code, Sp(self.sp), self.top, self.below, Locals(self.locals), Lent(self.room, PhantomData));
    }

    /// Runs `handler` instead of the one that these registers were made for.
    #[inline(always)]
    pub(super) fn hand_over(self, handler: Handler) {
        let code = Code(self.code, PhantomData);
        handler(code, Sp(self.sp), self.top, self.below, Locals(self.locals), Lent(self.room, PhantomData));
    }

    /// Stops; why is in the context.
    #[inline(always)]
    pub(super) fn leave(self) {
        let handler = super::STOPS[self.cached];
        self.hand_over(handler);
    }

    /// Says where it stopped.
    pub(super) fn stop(mut self) {
        self.flush();
        let apart = (self.code, self.sp, self.locals);
        self.room().apart = apart;
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
        self.code = code;
        debug_assert!(self.shared_room().input <= code && code <= self.shared_room().code_end);
        if fuel < 0 { Err(self.room().context.halt(Exit::OutOfFuel)) } else { Ok(()) }
    }

    /// Takes the branch at that side-table entry, right behind the opcode that branches: so far it costs fuel.
    #[inline(always)]
    fn branch_by(&mut self, entry: *const u32) -> Step {
        let word = self.word_at(entry);
        let Branch { delta_ip, delta_stp, .. } = if READER == reader::ANY {
            let Some(branch) = self.shared_room().context.module.side_table.branch_of(word) else {
                return Err(self.halt(bug!("a branch has no entry")));
            };
            if branch.drop != 0 {
                self.drop_below(branch.keep, branch.drop);
            }
            branch
        } else {
            let Some(branch) = Branch::plain(word) else { return Err(Halted::General) };
            branch
        };
        self.room().stp = entry.wrapping_offset(delta_stp as isize);
        self.leap(self.code.wrapping_sub(1).wrapping_offset(delta_ip as isize))
    }

    /// Begins the code of a function whose frame is the topmost one, with its parameters on top.
    #[inline(always)]
    fn begin(&mut self, func: Func, word: u32, prologue: Prologue) -> Step {
        self.bound_frame();
        for _ in 0..prologue.locals {
            debug_assert!(self.is_slot(self.sp));
            // SAFETY: the caller saw that there is room for the whole frame. Volatile as above.
            unsafe { self.sp.write_volatile(0) }
            self.sp = self.sp.wrapping_add(1);
        }
        let room = self.room();
        room.stp = room.words.wrapping_add(func.side as usize).wrapping_add(1);
        room.code_end = room.input.wrapping_add(func.end as usize);
        room.word = word;
        let target = room.input.wrapping_add(func.code as usize);
        self.leap(target)
    }

    /// A function of the module.
    #[inline(always)]
    fn func(&self, func: u32) -> Func {
        debug_assert!((func as usize) < self.shared_room().context.module.funcs.len());
        // SAFETY: validation saw to it that callees are in the module; frames have no others.
        unsafe { self.shared_room().funcs.add(func as usize).read() }
    }

    /// The word at an index of the side table.
    #[inline(always)]
    fn word(&self, stp: u32) -> u32 {
        debug_assert!(stp < self.shared_room().context.module.side_table.next());
        // SAFETY: validation made the index when it made the word.
        unsafe { self.shared_room().words.add(stp as usize).read() }
    }

    /// The word of an entry: the next one, or another of the same instruction.
    #[inline(always)]
    fn word_at(&self, entry: *const u32) -> u32 {
        let room = self.shared_room();
        debug_assert!(room.words <= entry && entry < room.context.module.side_table.words().as_ptr_range().end);
        // SAFETY: validation wrote an entry for each instruction that asks for one, in their
        // order, and `branch_by` and `skip_entries` follow them.
        unsafe { entry.read() }
    }
}

impl Room<'_> {
    /// Where handlers stopped.
    fn stopped(&self) -> Stopped {
        let (code, sp, _) = self.apart;
        // The input is shorter than 2³² bytes, and so are the side table and the stack.
        Stopped {
            // As a whole it could not be read before all of its parts, just written, were in the cache.
            exit: match &self.context.exit {
                Exit::Returned => Exit::Returned,
                Exit::Call(func) => Exit::Call(*func),
                exit => *exit,
            },
            ip: code.addr().wrapping_sub(self.input.addr()) as u32,
            fuel: self.context.limit.wrapping_sub(code.addr() as i64),
            stp: (self.stp.addr().wrapping_sub(self.words.addr()) / size_of::<u32>()) as u32,
            top: sp.addr().wrapping_sub(self.slots.addr()) / size_of::<u64>(),
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
        Frame::new(self.context.id, index, false, 0, 0, base)
    }
}
