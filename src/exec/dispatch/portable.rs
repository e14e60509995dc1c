//! A safe loop over a match: compact, for boards and debug builds.
//!
//! The match is expanded from the instruction table. A row with a signature of numbers needs no
//! handler: operands are popped, the function of that name in `exec::num` is called, its result
//! pushed, all by the types of the signature. A row with a rule calls the handler of that name.

use crate::exec::num::{self, Outcome};
use crate::exec::ops::{handlers, memory};
use crate::exec::vm::{Exit, Step, Vm};
use crate::syntax::instr::{for_each_instruction, opcode, opcode_of};

/// Runs until something else must happen.
pub(in crate::exec) fn run(mut vm: Vm<'_>) -> Exit<'_> {
    loop {
        match step(vm) {
            Ok(next) => vm = next,
            Err(exit) => return exit,
        }
    }
}

/// One instruction.
#[inline(always)]
fn step(mut vm: Vm<'_>) -> Step<'_> {
    vm.op = vm.ip;
    match vm.byte() {
        Some(byte) if byte < 0xFB => execute(vm, u32::from(byte)),
        Some(prefix) => prefixed(vm, prefix),
        None => vm.bug("code without end"),
    }
}

/// An instruction with a prefix byte.
#[inline(never)]
fn prefixed(mut vm: Vm<'_>, prefix: u8) -> Step<'_> {
    let sub = vm.u32();
    execute(vm, opcode_of(&[u32::from(prefix), sub & 0xFFFF]))
}

macro_rules! execute {
    (core { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* } $($later:ident $rows:tt)*) => {
        #[inline(always)]
        fn execute(vm: Vm<'_>, instruction: u32) -> Step<'_> {
            match instruction {
                $( opcode::$name => row!(vm, $name ($($Imm)*) $sig), )*
                _ => vm.bug("an instruction that validation refuses"),
            }
        }
    };
}

/// What a row does, by its immediates and signature.
macro_rules! row {
    ($vm:ident, $name:ident $imms:tt [rule]) => {
        handlers::$name($vm)
    };
    ($vm:ident, $name:ident () [->]) => {
        Ok($vm)
    };
    ($vm:ident, $name:ident ($Const:ty) [-> $r:ident]) => {
        constant::$name($vm)
    };
    ($vm:ident, $name:ident ($MemArg:ty) [addr -> $r:ident]) => {
        memory::load($vm, num::$name)
    };
    ($vm:ident, $name:ident ($MemArg:ty) [addr $a:ident ->]) => {
        memory::store($vm, num::$name)
    };
    ($vm:ident, $name:ident () [$a:ident -> $r:ident]) => {
        unary::<$a, _>($vm, num::$name)
    };
    ($vm:ident, $name:ident () [$a:ident $b:ident -> $r:ident]) => {
        binary::<$a, $b, _>($vm, num::$name)
    };
}
for_each_instruction!(execute);

#[inline(always)]
fn unary<A: crate::exec::Slot, R: Outcome>(mut vm: Vm<'_>, compute: impl Fn(A) -> R) -> Step<'_> {
    let a = vm.pop::<A>();
    match compute(a).outcome() {
        Ok(value) => {
            vm.push(value);
            Ok(vm)
        }
        Err(trap) => vm.trap(trap),
    }
}

#[inline(always)]
fn binary<A: crate::exec::Slot, B: crate::exec::Slot, R: Outcome>(
    mut vm: Vm<'_>,
    compute: impl Fn(A, B) -> R,
) -> Step<'_> {
    let b = vm.pop::<B>();
    let a = vm.pop::<A>();
    match compute(a, b).outcome() {
        Ok(value) => {
            vm.push(value);
            Ok(vm)
        }
        Err(trap) => vm.trap(trap),
    }
}

/// Constants: the immediate is the value.
mod constant {
    use crate::exec::vm::{Step, Vm};

    #[inline(always)]
    pub fn i32_const(mut vm: Vm<'_>) -> Step<'_> {
        let value = vm.s32();
        vm.push(value);
        Ok(vm)
    }

    #[inline(always)]
    pub fn i64_const(mut vm: Vm<'_>) -> Step<'_> {
        let value = vm.s64();
        vm.push(value);
        Ok(vm)
    }

    #[inline(always)]
    pub fn f32_const(mut vm: Vm<'_>) -> Step<'_> {
        let bits = u32::from_le_bytes(vm.immediate());
        vm.push(bits);
        Ok(vm)
    }

    #[inline(always)]
    pub fn f64_const(mut vm: Vm<'_>) -> Step<'_> {
        let bits = u64::from_le_bytes(vm.immediate());
        vm.push(bits);
        Ok(vm)
    }
}
