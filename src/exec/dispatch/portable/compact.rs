//! The loop where processors are small and boards count bytes of flash.
//!
//! The class of an opcode says what the loop does with it. What is frequent it does itself, on a position in the code and a
//! height of the stack that lie in registers of the processor; everything else of an [`Activation`] is in memory, and
//! what is rare, or an unusual form of what is frequent, works on all of it there. Instructions of one shape share one
//! piece of code; what each of them computes is a function, found in a table.

use super::rare;
use super::tables::{Class, LOADS, NUMERIC, STORES, class_of, try_compute};
use crate::binary::leb128;
use crate::error::{Trap, bug};
use crate::exec::activation::{Activation, Context, Exit, Halted, Step};
use crate::exec::num;
use crate::exec::registers::{Access, Registers};
use crate::exec::slot::Slot;
use crate::syntax::GlobalIdx;
#[cfg(feature = "multi-memory")]
use crate::syntax::MemIdx;
use crate::syntax::instr::opcode;
use core::slice;

/// Runs until the instance's code cannot go on by itself.
#[inline(always)]
pub(super) fn run<const WIDE: bool>(a: &mut Activation<'_, '_, WIDE>) {
    if WIDE {
        // Frames with vectors are rare.
        while let Some(byte) = a.code.next() {
            if rare(a, u32::from(*byte)).is_err() {
                return;
            }
        }
        a.halt(bug!("code goes on after its end"));
        return;
    }
    let mut at = Position { code: [].iter(), last: 0 };
    at.take(a);
    while at.step(a).is_ok() {}
    at.give_back(a);
}

/// What changes with nearly every instruction. While the loop runs it is here, not in the activation.
struct Position<'a> {
    /// The code from the next instruction on.
    code: slice::Iter<'a, u8>,
    /// The slot of the value on top.
    last: usize,
}

impl<'a> Position<'a> {
    /// Runs an instruction.
    #[inline(always)]
    fn step<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>) -> Step {
        // Only the `end` of the function has nothing behind it.
        let [byte, next, ..] = *self.code.as_slice() else { return self.aside(a, |a| a.return_()) };
        // Below zero where a number goes on.
        let next = next as i8;
        // There is one place where a value is dropped: what several have in common the compiler, optimizing for size, computes
        // before the jump, at every turn.
        'dropped: {
            let value = match class_of(byte) {
                Class::LocalGet => return self.local_get(a, next),
                Class::LocalSet => {
                    self.local_set(a, next)?;
                    break 'dropped;
                }
                Class::LocalTee => return self.local_set(a, next),
                Class::GlobalGet => self.global_get(a, next)?,
                Class::GlobalSet => {
                    self.global_set(a, next)?;
                    break 'dropped;
                }
                Class::Const32 => {
                    let value = self.signed_number(next);
                    // What is most often done with it is done without a turn and a slot of its own.
                    if self.code.as_slice().first() == Some(&(opcode::i32_add as u8)) {
                        let Some(slot) = a.slots.get_mut(self.last) else { return Err(lost(a.cx)) };
                        *slot = num::i32_add(*slot as i32, value).into_slot();
                        return self.go_on(1);
                    }
                    value.into_slot()
                }
                Class::Const64 if next >= 0 => i64::from(self.signed_number(next)).cast_unsigned(),
                Class::Block if is_short_type(next) => return self.go_on(2),
                Class::If if is_short_type(next) => match self.top(a)? {
                    0 => return self.branch_on(a),
                    _ => break 'dropped self.branch_not(a),
                },
                Class::BrIf if next >= 0 => match self.top(a)? {
                    0 => break 'dropped self.branch_not(a),
                    _ => return self.branch_on(a),
                },
                // What is compared with zero is most often branched on, and is no value of its own then.
                Class::Eqz if self.reaches_short_br_if(next) => match self.top(a)? as u32 {
                    0 => return self.branch_on(a),
                    _ => break 'dropped self.branch_not(a),
                },
                Class::Branch => return self.aside(a, |a| a.branch()),
                Class::Call => return self.call(a, next),
                Class::Return => return self.aside(a, |a| a.return_()),
                Class::End => return self.go_on(1),
                Class::Drop => break 'dropped self.pass(1),
                Class::Load => return self.load(a, byte, next),
                Class::Store => return self.store(a, byte, next),
                Class::Eqz | Class::Unary => return self.unary(a, byte),
                Class::Binary => {
                    self.binary(a, byte)?;
                    break 'dropped;
                }
                Class::UnaryOrTrap => return self.unary_or_trap(a, byte),
                Class::BinaryOrTrap => {
                    self.binary_or_trap(a, byte)?;
                    break 'dropped;
                }
                _ => return self.aside(a, |a| rare(a, byte.into())),
            };
            return self.push(a, value);
        }
        self.last = self.last.wrapping_sub(1);
        Ok(())
    }

    /// Takes what is kept here out of the activation.
    #[inline(always)]
    fn take<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>) {
        self.code = a.code.clone();
        self.last = a.top.wrapping_sub(1);
    }

    /// Puts it back.
    #[inline(always)]
    fn give_back<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>) {
        a.code = self.code.clone();
        a.top = self.last.wrapping_add(1);
    }

    /// Does something that needs all of the activation.
    #[inline(always)]
    fn with<const WIDE: bool>(
        &mut self,
        a: &mut Activation<'_, 'a, WIDE>,
        run: impl FnOnce(&mut Activation<'_, 'a, WIDE>) -> Step,
    ) -> Step {
        self.give_back(a);
        let step = run(a);
        self.take(a);
        step
    }

    /// The same right behind the opcode.
    #[inline(always)]
    fn aside<const WIDE: bool>(
        &mut self,
        a: &mut Activation<'_, 'a, WIDE>,
        run: impl FnOnce(&mut Activation<'_, 'a, WIDE>) -> Step,
    ) -> Step {
        self.pass(1);
        self.with(a, run)
    }

    /// Passes over so many bytes, at least one.
    #[inline(always)]
    fn pass(&mut self, len: usize) {
        self.code.nth(len.wrapping_sub(1));
    }

    /// Passes over a number that was read.
    #[inline(always)]
    fn pass_number(&mut self, len: u32) {
        if let Some(code) = self.code.as_slice().get(len as usize..) {
            self.code = code.iter();
        }
    }

    /// The instruction is done: the next one is behind so many bytes.
    #[inline(always)]
    fn go_on(&mut self, len: usize) -> Step {
        self.pass(len);
        Ok(())
    }

    /// Reads the number behind the opcode, whose first byte is known.
    #[inline(always)]
    fn number(&mut self, next: i8) -> u32 {
        if next >= 0 {
            self.pass(2);
            return u32::from(next.cast_unsigned());
        }
        self.long_number().0
    }

    /// Reads the signed number behind the opcode, whose first byte is known.
    #[inline(always)]
    fn signed_number(&mut self, next: i8) -> i32 {
        if next >= 0 {
            self.pass(2);
            return i32::from(next << 1 >> 1);
        }
        let (value, len) = self.long_number();
        leb128::extend_32(value, len)
    }

    /// Reads the number behind the opcode: the value and how many bytes it takes.
    #[inline(always)]
    fn long_number(&mut self) -> (u32, u32) {
        self.pass(1);
        let (value, len) = leb128::judged_32(self.code.as_slice());
        self.pass_number(len);
        (value, len)
    }

    /// Pushes a value.
    #[inline(always)]
    fn push<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, value: u64) -> Step {
        let top = self.last.wrapping_add(1);
        self.last = top;
        match a.slots.get_mut(top) {
            Some(place) => *place = value,
            None => return Err(lost(a.cx)),
        }
        Ok(())
    }

    /// The value on top.
    #[inline(always)]
    fn top<const WIDE: bool>(&self, a: &mut Activation<'_, 'a, WIDE>) -> Step<u64> {
        match a.slots.get(self.last) {
            Some(value) => Ok(*value),
            None => Err(lost(a.cx)),
        }
    }

    /// Branches by the condition on top, which is dropped.
    #[inline(always)]
    fn branch_on<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>) -> Step {
        self.last = self.last.wrapping_sub(1);
        self.aside(a, |a| a.branch())
    }

    /// Does not; the immediate takes one byte.
    #[inline(always)]
    fn branch_not<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>) {
        a.skip_entries(1);
        self.pass(2);
    }

    /// Passes over the instruction, of one byte, if a `br_if` whose immediate takes one byte is next; says whether.
    #[inline(always)]
    fn reaches_short_br_if(&mut self, next: i8) -> bool {
        let reached = next == opcode::br_if as i8 && matches!(self.code.as_slice(), [_, _, label, ..] if *label < 0x80);
        if reached {
            self.pass(1);
        }
        reached
    }

    /// One operand, one result.
    #[inline(always)]
    fn unary<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, byte: u8) -> Step {
        let Some(slot) = a.slots.get_mut(self.last) else { return Err(lost(a.cx)) };
        *slot = NUMERIC[usize::from(byte) % NUMERIC.len()](*slot, 0);
        self.go_on(1)
    }

    /// Two operands; the result is in the place of the left one.
    #[inline(always)]
    fn binary<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, byte: u8) -> Step {
        let Some([.., left, right]) = a.slots.get_mut(..=self.last) else { return Err(lost(a.cx)) };
        *left = NUMERIC[usize::from(byte) % NUMERIC.len()](*left, *right);
        self.go_on(1)
    }

    /// One operand, and it can trap.
    #[inline(always)]
    fn unary_or_trap<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, byte: u8) -> Step {
        let Some(slot) = a.slots.get_mut(self.last) else { return Err(lost(a.cx)) };
        *slot = try_compute(*slot, 0, byte, a.cx);
        self.pass(1);
        unless_trapped(a.cx)
    }

    /// Two operands, and it can trap.
    #[inline(always)]
    fn binary_or_trap<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, byte: u8) -> Step {
        let Some([.., left, right]) = a.slots.get_mut(..=self.last) else { return Err(lost(a.cx)) };
        *left = try_compute(*left, *right, byte, a.cx);
        self.pass(1);
        unless_trapped(a.cx)
    }

    /// `local.get`
    #[inline(always)]
    fn local_get<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, next: i8) -> Step {
        let local = a.base.wrapping_add(self.number(next) as usize);
        let top = self.last.wrapping_add(1);
        if let Some([below @ .., place]) = a.slots.get_mut(..=top)
            && let Some(value) = below.get(local)
        {
            *place = *value;
            self.last = top;
            return Ok(());
        }
        Err(lost(a.cx))
    }

    /// The value of a global.
    #[inline(always)]
    fn global_get<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, next: i8) -> Step<u64> {
        let index = GlobalIdx::new(self.number(next));
        match a.cx.global(index) {
            Some(global) => Ok(global.value[0]),
            None => Err(lost(a.cx)),
        }
    }

    /// Changes a local to the value on top.
    #[inline(always)]
    fn local_set<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, next: i8) -> Step {
        let local = a.base.wrapping_add(self.number(next) as usize);
        let value = self.top(a)?;
        match a.slots.get_mut(local) {
            Some(place) => *place = value,
            None => return Err(lost(a.cx)),
        }
        Ok(())
    }

    /// Changes a global to the value on top.
    #[inline(always)]
    fn global_set<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, next: i8) -> Step {
        let index = GlobalIdx::new(self.number(next));
        let value = self.top(a)?;
        match a.cx.global(index) {
            Some(global) => global.value = [value, 0],
            None => return Err(lost(a.cx)),
        }
        Ok(())
    }

    /// `call`
    #[inline(always)]
    fn call<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, next: i8) -> Step {
        let start = self.code.clone();
        let func = self.number(next);
        match func.checked_sub(a.cx.here.module.imported_funcs) {
            Some(defined) => self.with(a, |a| a.call(defined)),
            None => {
                self.code = start;
                self.aside(a, |a| rare(a, opcode::call))
            }
        }
    }

    /// Any load.
    #[inline(always)]
    fn load<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, byte: u8, next: i8) -> Step {
        let immediates = self.immediates(next);
        let Some(slot) = a.slots.get_mut(self.last) else { return Err(lost(a.cx)) };
        let memory = memory(a.cx, a.memory, &immediates);
        if let Some(start) = immediates.start(*slot)
            && let Some(bytes) = memory.get(start..)
            && LOADS[usize::from(byte) % LOADS.len()](bytes, slot)
        {
            return Ok(());
        }
        Err(a.halt(Trap::OutOfBoundsMemoryAccess))
    }

    /// Any store.
    #[inline(always)]
    fn store<const WIDE: bool>(&mut self, a: &mut Activation<'_, 'a, WIDE>, byte: u8, next: i8) -> Step {
        let immediates = self.immediates(next);
        let Some([.., address, value]) = a.slots.get(..=self.last) else { return Err(lost(a.cx)) };
        self.last = self.last.wrapping_sub(2);
        let memory = memory(a.cx, a.memory, &immediates);
        if let Some(start) = immediates.start(*address)
            && let Some(bytes) = memory.get_mut(start..)
            && STORES[usize::from(byte) % STORES.len()](bytes, value)
        {
            return Ok(());
        }
        Err(a.halt(Trap::OutOfBoundsMemoryAccess))
    }

    /// Reads the immediates of a load or store.
    #[inline(always)]
    fn immediates(&mut self, flags: i8) -> Immediates {
        if (0..Access::HAS_MEMORY as i8).contains(&flags) {
            self.pass(2);
            return Immediates { offset: self.offset(), other: NO_OTHER };
        }
        let (offset, len) = long_immediates(self.code.as_slice());
        #[cfg(feature = "multi-memory")]
        let other = other_memory(self.code.as_slice());
        self.pass(len as usize);
        Immediates {
            offset,
            #[cfg(feature = "multi-memory")]
            other,
            #[cfg(not(feature = "multi-memory"))]
            other: NO_OTHER,
        }
    }

    /// Reads an offset.
    #[inline(always)]
    fn offset(&mut self) -> Offset {
        let code = self.code.as_slice();
        if let Some(&offset) = code.first()
            && offset < 0x80
        {
            self.pass(1);
            return offset.into();
        }
        let (offset, len) = judged_offset(code);
        self.pass_number(len);
        offset
    }
}

/// Stops where the instruction trapped: that it did is all that is written down as long as the loop goes on.
#[inline(always)]
fn unless_trapped(cx: &Context<'_>) -> Step {
    if let Exit::Trap(_) = cx.exit { Err(Halted::Exit) } else { Ok(()) }
}

/// Whether a block type takes the one byte that begins it; see [`Registers::skip_block_type`].
#[inline(always)]
const fn is_short_type(byte: i8) -> bool {
    byte >= 0 && !(cfg!(feature = "function-references") && matches!(byte, 0x63 | 0x64))
}

#[cold]
#[inline(never)]
fn lost(cx: &mut Context<'_>) -> Halted {
    cx.halt(bug!("a slot or an index leads nowhere"))
}

#[cfg(feature = "memory64")]
type Offset = u64;
/// A memory of 32 bits has offsets of as many.
#[cfg(not(feature = "memory64"))]
type Offset = u32;

/// The memory that is not the one at hand: without several memories an index is the first one's.
#[cfg(feature = "multi-memory")]
type Other = Option<MemIdx>;
#[cfg(not(feature = "multi-memory"))]
type Other = ();
#[cfg(feature = "multi-memory")]
const NO_OTHER: Other = None;
#[cfg(not(feature = "multi-memory"))]
const NO_OTHER: Other = ();

/// The immediates of a load or store.
struct Immediates {
    /// What is added to the address.
    offset: Offset,
    /// Which memory it is for.
    #[cfg_attr(not(feature = "multi-memory"), expect(dead_code))]
    other: Other,
}

impl Immediates {
    /// Where the access at `address` begins, if that is not past any memory.
    #[inline(always)]
    fn start(&self, address: u64) -> Option<usize> {
        #[cfg(not(feature = "memory64"))]
        let address = address as u32;
        usize::try_from(address.checked_add(self.offset)?).ok()
    }
}

/// The offset of the access at the start of `code`, and how many bytes the instruction takes.
#[inline(never)]
fn long_immediates(code: &[u8]) -> (Offset, u32) {
    let behind = |len: u32| code.get(len as usize..).unwrap_or_default();
    let (flags, more) = leb128::judged_32(behind(1));
    let mut len = 1 + more;
    if flags & Access::HAS_MEMORY != 0 {
        len += leb128::judged_32(behind(len)).1;
    }
    let (offset, more) = judged_offset(behind(len));
    (offset, len + more)
}

/// Reads an offset, and says how many bytes it takes.
#[inline(always)]
fn judged_offset(code: &[u8]) -> (Offset, u32) {
    #[cfg(feature = "memory64")]
    return long_offset(code);
    #[cfg(not(feature = "memory64"))]
    leb128::judged_32(code)
}

#[cfg(feature = "memory64")]
#[inline(never)]
fn long_offset(code: &[u8]) -> (Offset, u32) {
    let (offset, len) = leb128::judged(code);
    // A number has ten bytes at most.
    (offset, len as u32)
}

/// The memory that the access at the start of `code` names.
#[cfg(feature = "multi-memory")]
#[inline(never)]
fn other_memory(code: &[u8]) -> Other {
    let behind = |len: u32| code.get(len as usize..).unwrap_or_default();
    let (flags, len) = leb128::judged_32(behind(1));
    (flags & Access::HAS_MEMORY != 0).then(|| MemIdx::new(leb128::judged_32(behind(1 + len)).0))
}

/// The memory that an access is for.
#[cfg(not(feature = "multi-memory"))]
#[inline(always)]
fn memory<'m>(_: &'m mut Context<'_>, at_hand: &'m mut [u8], _: &Immediates) -> &'m mut [u8] {
    at_hand
}

/// The memory that an access is for.
#[cfg(feature = "multi-memory")]
#[inline(always)]
fn memory<'m>(cx: &'m mut Context<'_>, at_hand: &'m mut [u8], immediates: &Immediates) -> &'m mut [u8] {
    let Some(other) = immediates.other else { return at_hand };
    let id = cx.here.instance.memory(other);
    // Two indices may stand for one memory.
    if id == cx.here.memory {
        return at_hand;
    }
    let memory = id.and_then(|id| cx.memories.get_mut(id));
    debug_assert!(memory.is_some(), "a memory is missing");
    memory.map(|memory| memory.bytes_mut()).unwrap_or_default()
}
