//! The registers of a handler: up to two values on top of the stack, and positions.
//!
//! Everything is inlined into handlers, and none of it gives the address of a local away: see ADR 0014.

use super::bank::Bank;
use super::code::EMPTY_TYPE;
#[cfg(crossings)]
use super::raw::Returns;
use super::{Below, Code, Handler, Lent, Locals, Mark, Positions, Sp, reader};
use crate::error::{Trap, bug};
use crate::exec::activation::{Context, Exit, Halted, Step};
use crate::exec::registers::{Access, Registers};
use crate::image::side_table::{Branch, by_depth};
use core::hint::cold_path;

/// How many values on top of the stack may be in registers.
pub(super) const MOST_CACHED: usize = 2;

/// The registers, taken together for a handler. `READER`: which numbers in the code it reads, of those in
/// [`reader`]; the table's own handlers look first whether theirs does.
pub(super) struct Regs<'s, 'a, const READER: u8> {
    pub(super) at: Positions<'s, 'a>,
    top: u64,
    below: u64,
    /// How many values are in `top` and `below`, known when the handler is compiled.
    cached: usize,
}

/// The registers as they were where an instruction began, right behind its opcode.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    mark: Mark<'a>,
    top: u64,
    below: u64,
    pub(super) cached: usize,
}

impl<'s, 'a> Regs<'s, 'a, { reader::ANY }> {
    /// Registers at those positions, without a cached value.
    #[inline(always)]
    pub(super) fn begin(at: Positions<'s, 'a>) -> Self {
        Self { at, top: 0, below: 0, cached: 0 }
    }
}

impl<'s, 'a, const READER: u8> Regs<'s, 'a, READER> {
    #[inline(always)]
    pub(super) fn new(
        code: Code<'a>,
        sp: Sp,
        top: u64,
        below: Below,
        locals: Locals,
        lent: Lent<'s, 'a>,
        cached: usize,
    ) -> Self {
        Self { at: Positions::new(code, sp, locals, lent), top, below, cached }
    }

    /// The registers as they are now.
    #[inline(always)]
    pub(super) fn start(&self) -> Start<'a> {
        Start { mark: self.at.mark(), top: self.top, below: self.below, cached: self.cached }
    }

    /// Begins again what began there: nothing that all handlers share has changed since.
    #[inline(always)]
    pub(super) fn restart(mut self, Start { mark, top, below, cached }: Start<'a>) -> Self {
        self.at.back_to(mark);
        Self { top, below, cached, ..self }
    }

    /// The same registers for what reads other numbers.
    #[inline(always)]
    pub(super) fn with_reader<const OTHER: u8>(self) -> Regs<'s, 'a, OTHER> {
        let Self { at, top, below, cached } = self;
        Regs { at, top, below, cached }
    }

    /// Runs one instruction as a function that returns, on positions that lie in memory. It may take what
    /// native stack it needs, and give addresses away: no local of the handler has one.
    #[inline(always)]
    pub(super) fn apart(mut self, run: fn(&mut Regs<'_, 'a, { reader::ANY }>) -> Step) {
        self.flush();
        self.at.lay_down();
        let goes_on = run_apart(self.at.lend(), run);
        self.at.take_up();
        if goes_on { self.next() } else { self.hand_over(super::STOPS[0]) }
    }

    /// Runs the instruction that begins here, and all that follow.
    #[inline(always)]
    pub(super) fn next(mut self) {
        let Some([opcode]) = self.at.look(0) else {
            // Code ends with the `end` that returns, so there always is an opcode.
            let handler = super::ASTRAY[self.cached];
            return self.hand_over(handler);
        };
        self.at.skip(1);
        let handler = super::TABLES[self.cached][opcode as usize];
        self.hand_over(handler);
    }

    /// Runs `handler` instead of the one that these registers were made for.
    #[inline(always)]
    pub(super) fn hand_over(self, handler: Handler) {
        let (code, sp, locals, lent) = self.at.parts();
        handler(code, sp, self.top, self.below, locals, lent);
    }

    /// The same with the one of these for as many cached values as there are.
    #[inline(always)]
    pub(super) fn go_on_with(self, handlers: [Handler; MOST_CACHED + 1]) {
        let handler = handlers[self.cached];
        self.hand_over(handler);
    }

    /// Stops, or goes on elsewhere; why is in the context.
    #[inline(always)]
    pub(super) fn leave(self) {
        let handler = super::STOPS[self.cached];
        self.hand_over(handler);
    }

    /// Says where it stopped.
    #[inline(always)]
    pub(super) fn stop(&mut self) {
        self.flush();
        self.forget();
        self.at.lay_down();
    }

    /// What is no value need not be kept in a register where it goes on.
    #[inline(always)]
    pub(super) fn forget(&mut self) {
        (self.top, self.below) = (0, 0);
    }

    /// Returns from a call that was made by [`imported`](super::imported), if it is such a call: else nothing has changed.
    #[cfg(crossings)]
    #[inline(always)]
    pub(super) fn return_across(&mut self) -> Option<Step> {
        let Some(site) = self.at.site() else { return None };
        match site.returns {
            Returns::Nothing => self.cached = 0,
            Returns::Integer(mask) => {
                self.top = self.pop() & mask;
                self.cached = 1;
            }
            Returns::State(inst) => {
                let Some(state) = self.at.exit(inst, self.top()) else { return None };
                (self.top, self.cached) = (state, 1);
            }
        }
        self.below = 0;
        Some(self.at.return_to(site))
    }

    /// Runs `canon task.return`, the import whose number comes next, where that is noted:
    /// else nothing has changed but the position.
    #[cfg(crossings)]
    #[inline(always)]
    pub(super) fn task_return(&mut self) -> Option<Step> {
        let number = self.index();
        let Some(call) = self.at.returning(number) else { return None };
        if let Some(result) = call.result {
            let slot = self.top();
            if self.at.put_result(&call, result, slot).is_none() {
                return None;
            }
            self.pop();
        }
        Some(self.at.has_returned(&call))
    }

    /// Leaves of the frame's slots and values what the running function returns.
    #[inline(always)]
    pub(super) fn settle(&mut self, results: u32) {
        match results {
            0 => {
                self.cached = 0;
                self.at.settle(0);
            }
            1 => {
                self.top = self.pop();
                self.cached = 1;
                self.at.settle(0);
            }
            _ => {
                self.flush();
                self.at.settle(results);
            }
        }
        self.below = 0;
    }

    /// Where no value is cached, no register need hold the last one until it is handed on.
    #[inline(always)]
    pub(super) fn forget_top(&mut self) {
        if self.cached == 0 {
            self.top = 0;
        }
    }

    /// Stores the cached values where they belong.
    #[inline(always)]
    pub(super) fn flush(&mut self) {
        match self.cached {
            0 => {}
            1 => self.at.store_up(self.top),
            _ => {
                self.at.store_up(self.below);
                self.at.store_up(self.top);
            }
        }
        self.cached = 0;
    }
}

/// Whether it goes on; why not is in the context.
#[inline(never)]
fn run_apart<'a>(lent: Lent<'_, 'a>, run: fn(&mut Regs<'_, 'a, { reader::ANY }>) -> Step) -> bool {
    let mut regs = Regs::begin(Positions::laid_down(lent));
    let step = run(&mut regs);
    regs.stop();
    step.is_ok()
}

impl<'a, const READER: u8> Registers<'a> for Regs<'_, 'a, READER> {
    #[inline(always)]
    fn push(&mut self, slot: u64) {
        match self.cached {
            0 => self.cached = 1,
            1 => (self.below, self.cached) = (self.top, 2),
            _ => {
                self.at.store_up(self.below);
                self.below = self.top;
            }
        }
        self.top = slot;
    }

    #[inline(always)]
    fn pop(&mut self) -> u64 {
        let top = self.top();
        match self.cached {
            0 => self.at.free(),
            1 => self.cached = 0,
            _ => (self.top, self.cached) = (self.below, 1),
        }
        top
    }

    #[inline(always)]
    fn top(&self) -> u64 {
        if self.cached == 0 { self.at.highest() } else { self.top }
    }

    #[inline(always)]
    fn set_top(&mut self, slot: u64) {
        if self.cached == 0 {
            // The value in the slot is out of date from here on, and above the height.
            self.at.free();
            self.cached = 1;
        }
        self.top = slot;
    }

    #[inline(always)]
    fn local(&self, index: u32) -> u64 {
        self.at.local(index)
    }

    #[inline(always)]
    fn set_local(&mut self, index: u32, slot: u64) {
        self.at.set_local(index, slot);
    }

    #[inline(always)]
    fn at_end(&self) -> bool {
        self.at.at_end()
    }

    #[inline(always)]
    fn unsigned(&mut self) -> u64 {
        let (value, len) = self.peek_number();
        self.at.skip(len);
        value
    }

    #[inline(always)]
    fn signed(&mut self) -> i64 {
        let (value, len) = self.peek_signed();
        self.at.skip(len);
        value
    }

    #[inline(always)]
    fn skip_block_type(&mut self) {
        // Most have none.
        if self.next_byte() == EMPTY_TYPE { self.skip_byte() } else { self.skip_other_block_type() }
    }

    #[inline(always)]
    fn signed_word(&mut self) -> i32 {
        if READER != reader::ONE_BYTE {
            return self.signed() as i32;
        }
        let [byte] = self.array();
        i32::from(byte) << 25 >> 25
    }

    #[inline(always)]
    fn peek_unsigned(&self) -> u64 {
        self.peek_number().0
    }

    #[inline(always)]
    fn peek_label(&self, at: u32) -> [u32; 2] {
        let (_, len) = self.peek_number();
        match self.at.look(len + at as usize) {
            Some([low, high]) => [u32::from(low), u32::from(high)],
            None => [0; 2],
        }
    }

    #[inline(always)]
    fn peek_array<const N: usize>(&self) -> [u8; N] {
        match self.at.look(0) {
            Some(bytes) => bytes,
            None => [0; N],
        }
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let bytes = self.peek_array();
        self.at.skip(N);
        bytes
    }

    #[inline(always)]
    fn access(&mut self) -> Access {
        if READER == reader::ANY {
            return Access::read(self);
        }
        let [flags] = self.array();
        debug_assert!(u32::from(flags) < Access::HAS_MEMORY);
        Access { other: None, offset: self.unsigned() }
    }

    #[inline(always)]
    fn memory(&mut self) -> &mut [u8] {
        self.at.memory()
    }

    #[inline(always)]
    fn bytes<const N: usize>(&mut self, address: u64, offset: u64) -> Option<&mut [u8; N]> {
        if READER == reader::ONE_BYTE { self.at.near_bytes(address, offset) } else { self.at.bytes(address, offset) }
    }

    #[inline(always)]
    fn out_of_bounds(&mut self) -> Halted {
        // The twin looks closely.
        if READER == reader::ONE_BYTE { Halted::General } else { self.halt(Trap::OutOfBoundsMemoryAccess) }
    }

    #[inline(always)]
    fn cx(&mut self) -> &mut Context<'a> {
        self.at.cx()
    }

    #[inline(always)]
    fn by_depth(&self) -> Option<u32> {
        match self.at.entry(0) {
            Some(word) => by_depth(word),
            None => None,
        }
    }

    #[inline(always)]
    fn skip_entries(&mut self, count: u32) {
        self.at.skip_entries(count);
    }

    #[inline(always)]
    fn branch(&mut self) -> Step {
        self.branch_past(0)
    }

    #[inline(always)]
    fn branch_past(&mut self, count: u32) -> Step {
        // Nothing is moved before it is known that the general twin need not begin again.
        let Some(word) = self.at.entry(count) else { return Err(self.halt(bug!("a branch has no entry"))) };
        let branch = if READER == reader::ANY {
            let Some(branch) = self.cx().here.module.side_table.branch_of(word) else {
                return Err(self.halt(bug!("a branch has no entry")));
            };
            if branch.drop != 0 {
                self.flush();
                self.at.drop_below(branch.keep, branch.drop);
            }
            branch
        } else {
            let Some(branch) = Branch::plain(word) else {
                cold_path();
                return Err(Halted::General);
            };
            branch
        };
        self.at.branch(count, branch)
    }

    #[inline(always)]
    fn elsewhere(&self) -> Option<Halted> {
        // The twin does.
        if READER == reader::ANY { None } else { Some(Halted::General) }
    }

    #[inline(always)]
    fn call(&mut self, func: u32) -> Step {
        self.flush();
        self.forget();
        self.at.call(func)
    }

    #[cfg(feature = "tail-call")]
    #[inline(always)]
    fn tail_call(&mut self, func: u32) -> Step {
        self.flush();
        self.at.tail_call(func)
    }

    #[cfg(feature = "tail-call")]
    #[inline(always)]
    fn skip_to_end(&mut self) {
        self.at.skip_to_end();
    }

    #[inline(always)]
    fn return_(&mut self) -> Step {
        let results = match self.at.narrow_results() {
            Some(results) if READER == reader::ANY || results <= 1 => results,
            None if READER == reader::ANY => self.at.results(),
            _ => {
                cold_path();
                return Err(Halted::General);
            }
        };
        self.settle(results);
        match self.at.return_() {
            Err(Halted::General) if READER == reader::ANY => {
                self.at.leave_frame();
                Err(self.halt(Exit::Returned))
            }
            step => step,
        }
    }
}
