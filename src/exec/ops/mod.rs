//! What instructions do, each once, for every dispatcher: a function is named as its row of
//! the instruction table, and rows with a signature of numbers share one by their shape.
//!
//! All are inlined into a dispatcher; see [`Registers`](super::registers::Registers).

/// Declares handlers that leave their instruction to [`bulk`].
macro_rules! slow {
    ($($name:ident)*) => { $(
        #[inline(always)]
        pub(in crate::exec) fn $name<'a>(a: &mut impl crate::exec::registers::Registers<'a>) -> crate::exec::activation::Step {
            Err(a.halt(crate::exec::activation::Exit::Slow(crate::syntax::instr::opcode::$name)))
        }
    )* };
}

/// Leaves the instruction with that opcode to [`bulk`].
#[cfg(feature = "threads")]
#[inline(always)]
pub(super) fn slow<'a>(a: &mut impl super::registers::Registers<'a>, opcode: u32) -> super::activation::Step {
    Err(a.halt(super::activation::Exit::Slow(opcode)))
}

#[cfg(feature = "gc")]
mod aggregate;
#[cfg(feature = "threads")]
mod atomic;
pub(super) mod bulk;
mod call;
#[cfg(feature = "gc")]
mod cast;
mod control;
#[cfg(feature = "custom-descriptors")]
mod descriptor;
#[cfg(feature = "exceptions")]
mod exception;
mod memory;
mod numeric;
#[cfg(feature = "gc")]
mod object;
mod parametric;
mod reference;
mod table;
#[cfg(feature = "tail-call")]
mod tail_call;
mod variable;
#[cfg(feature = "simd")]
mod vector;

#[cfg(feature = "gc")]
pub(super) use aggregate::*;
#[cfg(feature = "threads")]
pub(super) use atomic::*;
pub(super) use call::*;
#[cfg(feature = "gc")]
pub(super) use cast::*;
pub(super) use control::*;
#[cfg(feature = "custom-descriptors")]
pub(super) use descriptor::*;
#[cfg(feature = "exceptions")]
pub(super) use exception::*;
pub(super) use memory::*;
pub(super) use numeric::*;
pub(super) use parametric::*;
pub(super) use reference::*;
pub(super) use table::*;
#[cfg(feature = "tail-call")]
pub(super) use tail_call::*;
pub(super) use variable::*;
#[cfg(feature = "simd")]
pub(super) use vector::*;
