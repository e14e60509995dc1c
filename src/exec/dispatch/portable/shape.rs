//! Instructions of one shape where processors are small: what an instruction computes is handed to one
//! function for all, which works on the slots themselves. In wide frames, which are rare, it is handed a copy
//! of the activation instead. There are no closures: optimizing for size, the compiler calls them.

use crate::binary::leb128;
use crate::error::{Trap, bug};
use crate::exec::activation::{Activation, Context, Halted, Step};
use crate::exec::ops;
use crate::exec::ops::Outcome;
use crate::exec::registers::{Access, Registers};
use crate::exec::slot::Value;
use crate::syntax::MemIdx;

/// One operand, one result.
#[inline(always)]
pub(super) fn unary<T: Value, U: Outcome, const WIDE: bool>(
    a: &mut Activation<'_, '_, WIDE>,
    compute: fn(T) -> U,
) -> Step {
    if WIDE {
        return a.aside(|a| wide::unary(a, compute));
    }
    match a.slots.get_mut(a.top.wrapping_sub(1)) {
        Some(slot) => narrow::unary(slot, a.cx, compute),
        None => Err(no_operand(a.cx)),
    }
}

/// Two operands, one result.
#[inline(always)]
pub(super) fn binary<T: Value, S: Value, U: Outcome, const WIDE: bool>(
    a: &mut Activation<'_, '_, WIDE>,
    compute: fn(T, S) -> U,
) -> Step {
    if WIDE {
        return a.aside(|a| wide::binary(a, compute));
    }
    let under = a.top.wrapping_sub(1);
    a.top = under;
    match a.slots.get_mut(under.wrapping_sub(1)..) {
        Some([left, right, ..]) => narrow::binary(left, right, a.cx, compute),
        _ => Err(no_operand(a.cx)),
    }
}

/// Any load.
#[inline(always)]
pub(super) fn load<const N: usize, T: Value, const WIDE: bool>(
    a: &mut Activation<'_, '_, WIDE>,
    decode: fn([u8; N]) -> T,
) -> Step {
    if WIDE {
        return a.aside(|a| wide::load(a, decode));
    }
    let Some(slot) = a.slots.get_mut(a.top.wrapping_sub(1)) else { return Err(no_operand(a.cx)) };
    let (start, immediates) = narrow::locate(a.code.as_slice(), slot);
    let memory = narrow::memory(a.cx, a.memory, a.code.as_slice(), immediates);
    if let Some(bytes) = memory.get(start..)
        && let Some(bytes) = bytes.first_chunk()
    {
        [*slot, _] = decode(*bytes).into_slots();
        a.skip_bytes(narrow::len(immediates));
        return Ok(());
    }
    Err(a.halt(Trap::OutOfBoundsMemoryAccess))
}

/// Any store.
#[inline(always)]
pub(super) fn store<const N: usize, T: Value, const WIDE: bool>(
    a: &mut Activation<'_, '_, WIDE>,
    encode: fn(T) -> [u8; N],
) -> Step {
    if WIDE {
        return a.aside(|a| wide::store(a, encode));
    }
    a.top = a.top.wrapping_sub(2);
    let Some([address, value, ..]) = a.slots.get(a.top..) else { return Err(no_operand(a.cx)) };
    let (start, immediates) = narrow::locate(a.code.as_slice(), address);
    let memory = narrow::memory(a.cx, a.memory, a.code.as_slice(), immediates);
    if let Some(bytes) = memory.get_mut(start..)
        && let Some(bytes) = bytes.first_chunk_mut()
    {
        *bytes = encode(T::from_slots([*value, 0]));
        a.skip_bytes(narrow::len(immediates));
        return Ok(());
    }
    Err(a.halt(Trap::OutOfBoundsMemoryAccess))
}

#[cold]
#[inline(never)]
fn no_operand(cx: &mut Context<'_>) -> Halted {
    cx.halt(bug!("fewer values than operands"))
}

/// On the slots of a narrow frame.
mod narrow {
    use super::*;

    #[inline(never)]
    pub fn unary<T: Value, U: Outcome>(slot: &mut u64, cx: &mut Context<'_>, compute: fn(T) -> U) -> Step {
        match compute(T::from_slots([*slot, 0])).slots() {
            Ok([result, _]) => *slot = result,
            Err(trap) => return Err(cx.halt(trap)),
        }
        Ok(())
    }

    #[inline(never)]
    pub fn binary<T: Value, S: Value, U: Outcome>(
        left: &mut u64,
        right: &u64,
        cx: &mut Context<'_>,
        compute: fn(T, S) -> U,
    ) -> Step {
        match compute(T::from_slots([*left, 0]), S::from_slots([*right, 0])).slots() {
            Ok([result, _]) => *left = result,
            Err(trap) => return Err(cx.halt(trap)),
        }
        Ok(())
    }

    /// Says, along with the length of the immediates, that there is a memory index among them.
    const OTHER: u32 = 1 << 31;

    /// How many bytes the immediates of an access take.
    #[inline(always)]
    pub fn len(immediates: u32) -> usize {
        (immediates & !OTHER) as usize
    }

    /// Where the access at `address` goes whose immediates are at the start of `code`, and what these are. What
    /// is past any memory is past the last byte.
    #[inline(never)]
    pub fn locate(code: &[u8], address: &u64) -> (usize, u32) {
        let (offset, immediates) = match *code {
            [flags, offset, ..] if u32::from(flags) < Access::HAS_MEMORY && offset < 0x80 => (offset.into(), 2),
            _ => long_immediates(code),
        };
        let (start, is_past) = address.overflowing_add(offset);
        match usize::try_from(start) {
            Ok(start) if !is_past => (start, immediates),
            _ => (usize::MAX, immediates),
        }
    }

    /// The offset of an access, and what the immediates are.
    #[inline(never)]
    fn long_immediates(code: &[u8]) -> (u64, u32) {
        let (flags, mut len) = number(code);
        let mut immediates = 0;
        if flags & Access::HAS_MEMORY != 0 {
            immediates = OTHER;
            len += number(code.get(len as usize..).unwrap_or_default()).1;
        }
        let rest = code.get(len as usize..).unwrap_or_default();
        #[cfg(feature = "memory64")]
        let (offset, more) = leb128::judged(rest);
        #[cfg(not(feature = "memory64"))]
        let (offset, more) = number(rest);
        // The immediates of an instruction have far fewer bytes than that.
        (u64::from(offset), immediates | (len + more as u32))
    }

    /// A number of 32 bits, and how many bytes it takes.
    #[inline(always)]
    fn number(code: &[u8]) -> (u32, u32) {
        match *code {
            [a, ..] if a < 0x80 => (a.into(), 1),
            _ => leb128::judged_32(code),
        }
    }

    /// The memory that an access is for, by its immediates, which are at the start of `code`.
    #[inline(always)]
    pub fn memory<'m>(cx: &'m mut Context<'_>, at_hand: &'m mut [u8], code: &[u8], immediates: u32) -> &'m mut [u8] {
        // Without several memories an index is the first one's.
        if cfg!(not(feature = "multi-memory")) || immediates & OTHER == 0 {
            at_hand
        } else {
            other_memory(cx, at_hand, code)
        }
    }

    #[cold]
    #[inline(never)]
    fn other_memory<'m>(cx: &'m mut Context<'_>, at_hand: &'m mut [u8], code: &[u8]) -> &'m mut [u8] {
        let (_, flags) = number(code);
        let (index, _) = number(code.get(flags as usize..).unwrap_or_default());
        let id = cx.instance.memory(MemIdx::new(index));
        // Two indices may stand for one memory.
        if id == cx.memory {
            return at_hand;
        }
        let memory = id.and_then(|id| cx.memories.get_mut(id));
        debug_assert!(memory.is_some(), "a memory is missing");
        memory.map(|memory| memory.bytes_mut()).unwrap_or_default()
    }
}

/// On a copy of the activation of a wide frame.
mod wide {
    use super::*;

    #[inline(never)]
    pub fn unary<T: Value, U: Outcome, const WIDE: bool>(
        a: &mut Activation<'_, '_, WIDE>,
        compute: fn(T) -> U,
    ) -> Step {
        ops::unary(a, compute)
    }

    #[inline(never)]
    pub fn binary<T: Value, S: Value, U: Outcome, const WIDE: bool>(
        a: &mut Activation<'_, '_, WIDE>,
        compute: fn(T, S) -> U,
    ) -> Step {
        ops::binary(a, compute)
    }

    #[inline(never)]
    pub fn load<const N: usize, T: Value, const WIDE: bool>(
        a: &mut Activation<'_, '_, WIDE>,
        decode: fn([u8; N]) -> T,
    ) -> Step {
        ops::load(a, decode)
    }

    #[inline(never)]
    pub fn store<const N: usize, T: Value, const WIDE: bool>(
        a: &mut Activation<'_, '_, WIDE>,
        encode: fn(T) -> [u8; N],
    ) -> Step {
        ops::store(a, encode)
    }
}
