//! A safe loop over a match: compact, for boards and debug builds.
//!
//! The match is expanded from the instruction table. A row with a signature of numbers needs no
//! handler: operands are popped, the function of that name in `exec::num` is called, its result
//! pushed, all by the types of the signature. A row with a rule calls the handler of that name.

use crate::exec::num::{self, Outcome};
use crate::exec::ops::{handlers, memory};
use crate::exec::vm::{Regs, Vm};
use crate::syntax::instr::{for_each_instruction, opcode, opcode_of};

/// Runs until something else must happen.
pub(in crate::exec) fn run(vm: &mut Vm<'_>, mut r: Regs) {
    // A handler that ends the loop leaves a position that no code has.
    while let Some(byte) = vm.code.get(r.ip).copied() {
        vm.op = r.ip;
        r.ip += 1;
        r = if byte < 0xFB { execute(vm, r, u32::from(byte)) } else { prefixed(vm, r, byte) };
    }
}

/// An instruction with a prefix byte.
#[inline(never)]
fn prefixed(vm: &mut Vm<'_>, mut r: Regs, prefix: u8) -> Regs {
    let sub = vm.u32(&mut r);
    execute(vm, r, opcode_of(&[u32::from(prefix), sub & 0xFFFF]))
}

macro_rules! execute {
    (core { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* } $($later:ident $rows:tt)*) => {
        #[inline(always)]
        fn execute(vm: &mut Vm<'_>, r: Regs, instruction: u32) -> Regs {
            match instruction {
                $( opcode::$name => row!(vm, r, $name ($($Imm)*) $sig), )*
                _ => vm.bug(r, "an instruction that validation refuses"),
            }
        }
    };
}

/// What a row does, by its immediates and signature.
macro_rules! row {
    ($vm:ident, $r:ident, $name:ident $imms:tt [rule]) => {
        handlers::$name($vm, $r)
    };
    ($vm:ident, $r:ident, $name:ident () [->]) => {
        $r
    };
    ($vm:ident, $r:ident, $name:ident ($Const:ty) [-> $t:ident]) => {
        constant::$name($vm, $r)
    };
    ($vm:ident, $r:ident, $name:ident ($MemArg:ty) [addr -> $t:ident]) => {
        memory::load($vm, $r, num::$name)
    };
    ($vm:ident, $r:ident, $name:ident ($MemArg:ty) [addr $a:ident ->]) => {
        memory::store($vm, $r, num::$name)
    };
    ($vm:ident, $r:ident, $name:ident () [$a:ident -> $t:ident]) => {
        unary::<$a, _>($vm, $r, num::$name)
    };
    ($vm:ident, $r:ident, $name:ident () [$a:ident $b:ident -> $t:ident]) => {
        binary::<$a, $b, _>($vm, $r, num::$name)
    };
}
for_each_instruction!(execute);

#[inline(always)]
fn unary<A: crate::exec::Slot, R: Outcome>(vm: &mut Vm<'_>, mut r: Regs, compute: impl Fn(A) -> R) -> Regs {
    let a = vm.pop::<A>(&mut r);
    match compute(a).outcome() {
        Ok(value) => {
            vm.push(&mut r, value);
            r
        }
        Err(trap) => vm.trap(r, trap),
    }
}

#[inline(always)]
fn binary<A: crate::exec::Slot, B: crate::exec::Slot, R: Outcome>(
    vm: &mut Vm<'_>,
    mut r: Regs,
    compute: impl Fn(A, B) -> R,
) -> Regs {
    let b = vm.pop::<B>(&mut r);
    let a = vm.pop::<A>(&mut r);
    match compute(a, b).outcome() {
        Ok(value) => {
            vm.push(&mut r, value);
            r
        }
        Err(trap) => vm.trap(r, trap),
    }
}

/// Constants: the immediate is the value.
mod constant {
    use crate::exec::vm::{Regs, Vm};

    #[inline(always)]
    pub fn i32_const(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
        let value = vm.s32(&mut r);
        vm.push(&mut r, value);
        r
    }

    #[inline(always)]
    pub fn i64_const(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
        let value = vm.s64(&mut r);
        vm.push(&mut r, value);
        r
    }

    #[inline(always)]
    pub fn f32_const(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
        let bits = u32::from_le_bytes(vm.immediate(&mut r));
        vm.push(&mut r, bits);
        r
    }

    #[inline(always)]
    pub fn f64_const(vm: &mut Vm<'_>, mut r: Regs) -> Regs {
        let bits = u64::from_le_bytes(vm.immediate(&mut r));
        vm.push(&mut r, bits);
        r
    }
}
