//! The tail-calling dispatcher: each handler ends with a jump to the next, through a table.
//!
//! What every instruction changes is passed from handler to handler in registers of the processor,
//! the top of the stack among it: there is a table for each number of cached values. Where these
//! tail calls hold, `build.rs` knows; elsewhere each would take native stack.
//!
//! No slow path may rejoin a fast one: a single call in a handler would make it save registers
//! in all cases. So a handler looks first whether the numbers in its code have one byte; where
//! they do not, a twin takes over, which is the same function compiled with another [`reader`].
//!
//! What the positions in code and slots lead to is a [`Bank`]: raw pointers with the feature `fast`, slices without.
#![allow(
    clippy::manual_map,
    clippy::question_mark,
    reason = "where little is inlined, closures and `?` are calls, and calls are no jumps"
)]

mod bank;
#[cfg(not(feature = "fast"))]
mod checked;
mod code;
mod look_ahead;
#[cfg(feature = "fast")]
#[allow(unsafe_code)]
mod raw;
mod regs;

use super::{PREFIXED, compares, handler, is_in};
use crate::error::bug::why;
use crate::exec::activation::Exit;
use crate::exec::registers::{Access, Registers};
use crate::exec::{ops, ops as shape};
use crate::syntax::instr::{for_each_instruction, opcode, opcode_of};
use bank::Bank;
#[cfg(not(feature = "fast"))]
use checked as positions;
pub(in crate::exec) use positions::SPARE_SLOTS;
use positions::{Code, Lent, Locals, Mark, Positions, Sp};
pub(super) use positions::{execute, suits};
#[cfg(feature = "fast")]
use raw as positions;
use regs::{MOST_CACHED, Regs, Start};

/// What instructions compute; with unsafe code roots are the processor's.
mod num {
    #[cfg(feature = "fast")]
    pub(super) use super::raw::{f32_sqrt, f64_sqrt};
    pub(super) use crate::exec::num::*;
}

/// The value below the one on top, where that is cached.
type Below = u64;

/// The signature of a handler. All arguments fit into registers, and nothing comes back.
type Handler = for<'s, 'a> fn(Code<'a>, Sp, u64, Below, Locals, Lent<'s, 'a>);

/// Which numbers in the code a handler reads.
mod reader {
    /// Those of one byte. The handler does what is most common, and leaves all else to a twin.
    pub const ONE_BYTE: u8 = 0;
    // Constants of so many bytes; besides that the same. Where their length is known when the handler is compiled,
    // so is the way to what follows.
    pub const TWO: u8 = 1;
    pub const THREE: u8 = 2;
    /// What linkers fill in.
    pub const FIVE: u8 = 3;
    /// What hashes and random numbers are made with.
    pub const NINE: u8 = 4;
    pub const TEN: u8 = 5;
    /// Those of at most five, so all of 32 bits; besides that the same.
    pub const SHORT: u8 = 6;
    /// All.
    pub const ANY: u8 = 7;
}

/// How many numbers at the start of an instruction's immediates decide whether its handler can
/// run, or only its twin; none where the handler reads numbers of any length.
const fn numbers(opcode: u32) -> usize {
    match opcode {
        opcode::local_get | opcode::local_set | opcode::local_tee | opcode::global_get | opcode::global_set => 1,
        opcode::i32_const | opcode::i64_const | opcode::call | opcode::br_table => 1,
        opcode::call_indirect => 2,
        opcode::i32_load..=opcode::i64_store32 => 2,
        _ => 0,
    }
}

/// Whether one of these numbers may have 64 bits.
const fn may_be_long(opcode: u32) -> bool {
    matches!(opcode, opcode::i64_const | opcode::i32_load..=opcode::i64_store32)
}

/// The bit of a number's byte that says that another follows.
const MORE: u8 = 0x80;

/// Bits in the first two bytes that make an instruction its twin's.
const fn twin_bits(opcode: u32) -> [u8; 2] {
    match opcode {
        // The flag of a memory index, too.
        opcode::i32_load..=opcode::i64_store32 => [MORE | Access::HAS_MEMORY as u8, MORE],
        _ => [MORE; 2],
    }
}

/// Whether an instruction has a handler for the common case and a general twin.
const fn has_twin(opcode: u32) -> bool {
    let branches = matches!(opcode, opcode::br | opcode::br_if | opcode::if_ | opcode::else_ | opcode::return_);
    branches || compares(opcode) || opcode == opcode::local_tee || numbers(opcode) != 0
}

/// How many bytes a handler may look at for sure: a number of ten, or an instruction of two numbers, what follows it
/// and what follows that; and the next opcode.
const AHEAD: usize = 12;

/// How many sub-opcodes a prefix may have.
const SUB_OPCODES: usize = 0x80;

type Table = [Handler; 256];

/// From here on there are no opcodes. So many places in the tables have handlers that only others jump to: were no address
/// of them taken, LLVM would not hand them the registers that they do not read, and move all others.
const NO_OPCODE: usize = 0xF0;
const LONGER: usize = 8;

/// The handlers by the number of cached values and opcode.
static TABLES: [Table; MOST_CACHED + 1] = {
    let mut tables = [entry::table::<0>(); MOST_CACHED + 1];
    let mut cached = 1;
    while cached <= MOST_CACHED {
        tables[cached] = match cached {
            1 => entry::table::<1>(),
            _ => entry::table::<2>(),
        };
        cached += 1;
    }
    tables
};

/// The prefixes; that of vectors is not in narrow frames.
const PREFIXES: [u32; 3] = [0xFB, 0xFC, 0xFE];

/// The handlers of opcodes with a prefix, for no cached value.
static PREFIX_TABLES: [[Handler; SUB_OPCODES]; PREFIXES.len()] =
    [entry::prefix_table(PREFIXES[0]), entry::prefix_table(PREFIXES[1]), entry::prefix_table(PREFIXES[2])];

/// What writes down where it stopped, and goes on where that is elsewhere, by the number of cached values.
static STOPS: [Handler; MOST_CACHED + 1] = {
    let mut stops: [Handler; MOST_CACHED + 1] = [stop::<0>; MOST_CACHED + 1];
    let mut cached = 1;
    while cached <= MOST_CACHED {
        stops[cached] = if cached == 1 { stop::<1> } else { stop::<2> };
        cached += 1;
    }
    stops
};

/// What runs where the code goes on after its end, by the number of cached values.
static ASTRAY: [Handler; MOST_CACHED + 1] = [no_handler::<0>, no_handler::<1>, no_handler::<2>];

#[inline(never)]
fn stop<'a, const CACHED: usize>(code: Code<'a>, sp: Sp, top: u64, below: Below, locals: Locals, lent: Lent<'_, 'a>) {
    let mut regs = Regs::<{ reader::ANY }>::new(code, sp, top, below, locals, lent, CACHED);
    regs.stop();
    if regs.at.goes_elsewhere() {
        regs.at.take_up();
        regs.next();
    }
}

/// `call` of a function that the module imports, whose number has one byte: where it is one that was made before, of
/// integers, without a call that returns.
#[cfg(crossings)]
#[inline(never)]
fn imported<'a, const CACHED: usize>(
    code: Code<'a>,
    sp: Sp,
    top: u64,
    below: Below,
    locals: Locals,
    lent: Lent<'_, 'a>,
) {
    let mut regs = Regs::<{ reader::ONE_BYTE }>::new(code, sp, top, below, locals, lent, CACHED);
    let start = regs.start();
    regs.skip_byte();
    regs.flush();
    regs.forget();
    match regs.at.crosses() {
        Some(Ok(())) => regs.next(),
        Some(Err(_)) => regs.leave(),
        None => regs.restart(start).hand_over(task_return::<CACHED>),
    }
}

/// The same where it is `canon task.return`, and how that is done is noted.
#[cfg(crossings)]
#[inline(never)]
fn task_return<'a, const CACHED: usize>(
    code: Code<'a>,
    sp: Sp,
    top: u64,
    below: Below,
    locals: Locals,
    lent: Lent<'_, 'a>,
) {
    let mut regs = Regs::<{ reader::ONE_BYTE }>::new(code, sp, top, below, locals, lent, CACHED);
    let start = regs.start();
    match regs.task_return() {
        Some(Ok(())) => regs.next(),
        Some(Err(_)) => regs.leave(),
        None => regs.restart(start).hand_over(imported_at_all::<CACHED>),
    }
}

/// `return` to another instance, or with more results than one: where it is from such a call, without a call that
/// returns as well.
#[cfg(crossings)]
#[inline(never)]
fn returned<'a, const CACHED: usize>(
    code: Code<'a>,
    sp: Sp,
    top: u64,
    below: Below,
    locals: Locals,
    lent: Lent<'_, 'a>,
) {
    let mut regs = Regs::<{ reader::ANY }>::new(code, sp, top, below, locals, lent, CACHED);
    match regs.return_across() {
        Some(Ok(())) => regs.next(),
        Some(Err(_)) => regs.leave(),
        None => regs.hand_over(returned_at_all::<CACHED>),
    }
}

/// `return` to wherever that is, if it is not in the same instance.
#[cfg(crossings)]
#[inline(never)]
fn returned_at_all<'a, const CACHED: usize>(
    code: Code<'a>,
    sp: Sp,
    top: u64,
    below: Below,
    locals: Locals,
    lent: Lent<'_, 'a>,
) {
    let mut regs = Regs::<{ reader::ANY }>::new(code, sp, top, below, locals, lent, CACHED);
    // With more than one, it may be in the same instance after all.
    let Some(results @ ..=1) = regs.at.narrow_results() else {
        return regs.hand_over(entry::return_::<CACHED, { reader::ANY }>);
    };
    regs.settle(results);
    regs.at.leave_frame();
    regs.stop();
    if regs.at.returns() {
        regs.at.take_up();
        regs.next();
    }
}

/// `call` of any function that the module imports.
#[cfg(crossings)]
#[inline(never)]
fn imported_at_all<'a, const CACHED: usize>(
    code: Code<'a>,
    sp: Sp,
    top: u64,
    below: Below,
    locals: Locals,
    lent: Lent<'_, 'a>,
) {
    let mut regs = Regs::<{ reader::ONE_BYTE }>::new(code, sp, top, below, locals, lent, CACHED);
    let number = regs.index();
    regs.stop();
    if regs.at.calls_import(number) {
        regs.at.take_up();
        regs.next();
    }
}

/// Stores the cached values and then runs the handler for none: for what is rare, so that it is
/// compiled once.
fn spill<'a, const CACHED: usize, const OPCODE: u32>(
    code: Code<'a>,
    sp: Sp,
    top: u64,
    below: Below,
    locals: Locals,
    lent: Lent<'_, 'a>,
) {
    let mut regs = Regs::<{ reader::ANY }>::new(code, sp, top, below, locals, lent, CACHED);
    regs.flush();
    regs.hand_over(TABLES[0][OPCODE as usize & 0xFF]);
}

/// Whether an instruction has handlers for every number of cached values.
const fn is_frequent(opcode: u32) -> bool {
    matches!(
        opcode,
        opcode::unreachable..=opcode::call_indirect
            | opcode::drop..=opcode::select
            | opcode::local_get..=opcode::global_set
            | opcode::i32_load..=opcode::i64_store32
            | opcode::i32_const..=opcode::i64_extend32_s
    )
}

/// Opcodes that validation lets nobody have, or no opcode.
#[cold]
#[inline(never)]
fn no_handler<'a, const CACHED: usize>(
    code: Code<'a>,
    sp: Sp,
    top: u64,
    below: Below,
    locals: Locals,
    lent: Lent<'_, 'a>,
) {
    let mut regs = Regs::<{ reader::ANY }>::new(code, sp, top, below, locals, lent, CACHED);
    regs.halt(Exit::Bug(why!("no handler for a validated instruction")));
    regs.leave();
}

/// The opcodes with the prefix `PREFIXES[AT]`.
fn prefixed<'a, const CACHED: usize, const AT: usize>(
    code: Code<'a>,
    sp: Sp,
    top: u64,
    below: Below,
    locals: Locals,
    lent: Lent<'_, 'a>,
) {
    let mut regs = Regs::<{ reader::ANY }>::new(code, sp, top, below, locals, lent, CACHED);
    let sub = regs.index();
    regs.flush();
    match PREFIX_TABLES[AT].get(sub as usize) {
        Some(handler) => regs.hand_over(*handler),
        None => {
            regs.halt(Exit::Bug(why!("no handler for a validated instruction")));
            regs.leave();
        }
    }
}

/// Whether an instruction is rare enough for a function of its own, and needs more than registers.
const fn is_apart(opcode: u32) -> bool {
    opcode >> 16 == PREFIXES[0]
}

#[cfg(feature = "gc")]
const _: () = assert!(is_apart(opcode::struct_get) && !is_apart(opcode::i32_trunc_sat_f32_s) && !is_apart(opcode::end));

/// The handlers of an instruction with that reader.
macro_rules! twins {
    ($name:ident $reader:ident) => {
        [$name::<0, { reader::$reader }>, $name::<1, { reader::$reader }>, $name::<2, { reader::$reader }>]
    };
}

macro_rules! entries {
    ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        /// The handlers, as they stand in the tables.
        mod entry {
            use super::*;

            $($(
                // A twin within a handler would make it save registers.
                #[inline(never)]
                #[cfg($gate)]
                pub(super) fn $name<'a, const CACHED: usize, const READER: u8>(
                    code: Code<'a>,
                    sp: Sp,
                    top: u64,
                    below: Below,
                    locals: Locals,
                    lent: Lent<'_, 'a>,
                ) {
                    let mut regs = Regs::<READER>::new(code, sp, top, below, locals, lent, CACHED);
                    if READER != reader::ANY && !regs.at.has(AHEAD) {
                        return regs.hand_over($name::<CACHED, { reader::ANY }>);
                    }
                    if READER == reader::ONE_BYTE {
                        let common = match const { numbers(opcode::$name) } {
                            0 => true,
                            1 => regs.lacks(0, MORE),
                            _ => regs.both_lack(0, const { twin_bits(opcode::$name) }),
                        };
                        if !common {
                            if const { opcode::$name == opcode::i32_const } {
                                return longer_i32_const(regs);
                            }
                            if const { opcode::$name == opcode::i64_const } {
                                return longer_i64_const(regs);
                            }
                            return regs.hand_over($name::<CACHED, { reader::SHORT }>);
                        }
                    }
                    if READER == reader::SHORT && const { may_be_long(opcode::$name) } {
                        let short = match const { numbers(opcode::$name) } {
                            1 => regs.is_short(0),
                            _ => regs.lacks(0, const { twin_bits(opcode::$name)[0] }) && regs.is_short(1),
                        };
                        if !short {
                            return regs.hand_over($name::<CACHED, { reader::ANY }>);
                        }
                    }
                    if const { opcode::$name == opcode::end } && regs.at_end() {
                        return regs.hand_over(return_::<CACHED, { reader::ONE_BYTE }>);
                    }
                    if const { is_apart(opcode::$name) } {
                        #[allow(unused_variables)]
                        return regs.apart(|r| handler!(r $name ($($imm)*) $sig));
                    }
                    let start = regs.start();
                    // What the machine does as a whole looks at no register.
                    #[allow(unused_variables)]
                    let r = &mut regs;
                    let step = handler!(r $name ($($imm)*) $sig);
                    let twin: Handler = const {
                        match opcode::$name {
                            #[cfg(crossings)]
                            opcode::call if READER == reader::ONE_BYTE => imported::<CACHED>,
                            #[cfg(crossings)]
                            opcode::return_ if READER == reader::ONE_BYTE => returned::<CACHED>,
                            _ => $name::<CACHED, { reader::ANY }>,
                        }
                    };
                    look_ahead::after(const { opcode::$name }, regs, step, start, twin);
                }
            )*)*

            /// What takes over from these.
            pub(super) const GENERAL_BR: [Handler; MOST_CACHED + 1] = twins!(br ANY);
            pub(super) const GENERAL_BR_IF: [Handler; MOST_CACHED + 1] = twins!(br_if ANY);
            const I32_TWO: [Handler; MOST_CACHED + 1] = twins!(i32_const TWO);
            const I32_THREE: [Handler; MOST_CACHED + 1] = twins!(i32_const THREE);
            const I32_FIVE: [Handler; MOST_CACHED + 1] = twins!(i32_const FIVE);
            const I32_SHORT: [Handler; MOST_CACHED + 1] = twins!(i32_const SHORT);
            const I64_TWO: [Handler; MOST_CACHED + 1] = twins!(i64_const TWO);
            const I64_NINE: [Handler; MOST_CACHED + 1] = twins!(i64_const NINE);
            const I64_TEN: [Handler; MOST_CACHED + 1] = twins!(i64_const TEN);
            const I64_SHORT: [Handler; MOST_CACHED + 1] = twins!(i64_const SHORT);
            /// The handlers of constants of more than one byte.
            const LONGER_CONSTS: [[Handler; MOST_CACHED + 1]; LONGER] =
                [I32_TWO, I32_THREE, I32_FIVE, I32_SHORT, I64_TWO, I64_NINE, I64_TEN, I64_SHORT];

            /// Runs `i32.const` with a number of more than one byte.
            #[inline(always)]
            pub(super) fn longer_i32_const<const READER: u8>(regs: Regs<'_, '_, READER>) {
                let cached = regs.start().cached;
                if regs.lacks(1, MORE) {
                    return regs.hand_over(I32_TWO[cached]);
                }
                if regs.lacks(2, MORE) {
                    return regs.hand_over(I32_THREE[cached]);
                }
                if !regs.lacks(3, MORE) {
                    return regs.hand_over(I32_FIVE[cached]);
                }
                regs.hand_over(I32_SHORT[cached]);
            }

            /// The same for `i64.const`.
            #[inline(always)]
            fn longer_i64_const<const READER: u8>(regs: Regs<'_, '_, READER>) {
                let cached = regs.start().cached;
                if regs.lacks(1, MORE) {
                    return regs.hand_over(I64_TWO[cached]);
                }
                if !regs.is_long() {
                    return regs.hand_over(I64_SHORT[cached]);
                }
                if regs.lacks(8, MORE) {
                    return regs.hand_over(I64_NINE[cached]);
                }
                regs.hand_over(I64_TEN[cached]);
            }

            pub(super) const fn table<const CACHED: usize>() -> Table {
                let mut table: Table = [no_handler::<CACHED>; 256];
                let mut at = 0;
                while at < LONGER {
                    table[NO_OPCODE + at] = LONGER_CONSTS[at][CACHED];
                    at += 1;
                }
                $($(
                    #[cfg($gate)]
                    {
                        const READER: u8 = if has_twin(opcode::$name) || look_ahead::is_done_after(opcode::$name) { reader::ONE_BYTE } else { reader::ANY };
                        if opcode::$name < PREFIXED {
                            table[opcode::$name as usize] = match CACHED == 0 || is_frequent(opcode::$name) {
                                true => $name::<CACHED, READER>,
                                false => spill::<CACHED, { opcode::$name }>,
                            };
                        }
                    }
                )*)*
                table[PREFIXES[0] as usize] = prefixed::<CACHED, 0>;
                table[PREFIXES[1] as usize] = prefixed::<CACHED, 1>;
                table[PREFIXES[2] as usize] = prefixed::<CACHED, 2>;
                table
            }

            $($(
                #[cfg($gate)]
                const _: () = assert!(opcode::$name < NO_OPCODE as u32 || opcode::$name & 0xFFFF < SUB_OPCODES as u32 || !is_in(opcode::$name, false));
            )*)*

            pub(super) const fn prefix_table(prefix: u32) -> [Handler; SUB_OPCODES] {
                let first = opcode_of(&[prefix, 0]);
                let mut table: [Handler; SUB_OPCODES] = [no_handler::<0>; SUB_OPCODES];
                $($(
                    #[cfg($gate)]
                    if opcode::$name >= first && opcode::$name < first + SUB_OPCODES as u32 {
                        table[(opcode::$name - first) as usize] = $name::<0, { reader::ANY }>;
                    }
                )*)*
                table
            }
        }
    };
}
for_each_instruction!(entries);
