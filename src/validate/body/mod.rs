//! The code of a function: one pass that types it and writes its side table.
//!
//! Core spec, Validation Algorithm: a stack of operand types and a stack of blocks. The
//! instruction table is expanded here: a row with a signature is its own rule, every other row
//! has a method of its name in one of the files of this folder.

#[cfg(any(feature = "gc", test))]
mod aggregate;
mod branch;
mod call;
#[cfg(any(feature = "gc", test))]
mod cast;
mod control;
#[cfg(any(feature = "custom-descriptors", test))]
mod descriptor;
#[cfg(any(feature = "exceptions", test))]
mod exception;
mod immediate;
mod local;
mod memory;
mod operand;
mod reference;
#[cfg(compact)]
mod row;
mod table;
#[cfg(any(feature = "tail-call", test))]
mod tail_call;
mod variable;

pub(super) use operand::{Operand, Shown, Types};

use super::context::{Context, Options};
use super::index_set::IndexSet;
use crate::binary::Reader;
use crate::binary::instr::{illegal, read_opcode};
use crate::error::{Error, Invalid, Malformed, Result};
use crate::image::module::Func;
use crate::image::side_table::{Prologue, SideTable};
use crate::support::{Limit, Vec};
// Which of the immediates are named depends on the rows that are built.
#[allow(unused_imports)]
use crate::syntax::instr::{
    AtomicArg, BrOnCast, BrTable, Catches, F32, F64, Lane, MemArg, Shuffle, V128, ValTypes, ZeroByte,
};
#[cfg(compact)]
use crate::syntax::instr::{describe, feature_of_built};
use crate::syntax::instr::{feature_of, for_each_instruction, opcode};
use crate::syntax::module::{Body as Code, ConstExpr};
#[allow(unused_imports)]
use crate::syntax::{
    BlockType, DataIdx, ElemIdx, FieldIdx, FuncIdx, GlobalIdx, HeapType, LabelIdx, LocalIdx, MemIdx, TableIdx, TagIdx,
    TypeIdx,
};
use crate::syntax::{Features, ValType};
use crate::types::{TypeId, TypeTable};
use branch::Branches;
use control::{Frame, Kind, Signature};
use core::fmt;
use immediate::Immediate;
use local::Locals;
#[cfg(compact)]
use row::Row;

/// What outlives one function: memory that is used again, and what the module needs at the end.
#[derive(Default)]
pub(super) struct Work {
    operands: Vec<Operand>,
    frames: Vec<Frame>,
    locals: Locals,
    branches: Branches,
    /// The functions that are referred to outside of code.
    declared: IndexSet,
    /// Structure types known to have a default value.
    defaultable: IndexSet,
}

impl Work {
    /// Notes that `func` is referred to outside of code (core spec, Modules: the set `refs`).
    pub(super) fn declare(&mut self, func: FuncIdx) -> Result<()> {
        Ok(self.declared.insert(func.raw())?)
    }

    /// The side table of all functions so far.
    pub(super) fn take_side_table(&mut self) -> SideTable {
        let mut table = core::mem::take(&mut self.branches.table);
        table.shrink_to_fit();
        table
    }
}

/// Types one piece of code after the other.
pub(super) struct Body<'m> {
    cx: Context<'m>,
    /// The prologue of the function being judged.
    side: u32,
    /// The opcode of the instruction being judged.
    at: u32,
    /// The byte after that instruction, where its rule may ask for it: see [`asks_for_next`].
    next: u32,
    operands: Vec<Operand>,
    /// The first operand of the innermost block.
    floor: usize,
    /// How many operands there are at most.
    max_height: usize,
    /// Whether the function has vectors: see [`Prologue::vectors`].
    vectors: bool,
    frames: Vec<Frame>,
    locals: Locals,
    branches: Branches,
    declared: IndexSet,
    defaultable: IndexSet,
    /// Whether the code is a constant expression.
    is_constant: bool,
}

impl<'m> Body<'m> {
    pub(super) fn new(cx: Context<'m>, work: Work) -> Self {
        let Work { operands, frames, locals, branches, declared, defaultable } = work;
        Body {
            cx,
            side: 0,
            at: 0,
            next: 0,
            operands,
            floor: 0,
            max_height: 0,
            vectors: false,
            frames,
            locals,
            branches,
            declared,
            defaultable,
            is_constant: false,
        }
    }

    pub(super) fn into_work(self) -> Work {
        let Body { operands, frames, locals, branches, declared, defaultable, .. } = self;
        Work { operands, frames, locals, branches, declared, defaultable }
    }

    /// Judges a function of type `ty` (core spec, Functions).
    pub(super) fn function(&mut self, ty: TypeId, code: &Code<'_>) -> Result<Func> {
        self.at = code.start;
        let (params, results) = self.types().func(ty).unwrap_or_default();
        let size = (code.offset - code.start).saturating_add(u32::try_from(code.code.len()).unwrap_or(u32::MAX));
        self.cx.limit_at(Limit::FunctionSize, size, code.start)?;
        let side = self.branches.table.reserve_prologue()?;
        self.side = side;
        let locals = self.begin_locals(params, code.locals)?;
        self.begin(Signature::Type(ty))?;
        self.is_constant = false;
        let mut reader = Reader::new(code.code, code.offset);
        self.run(&mut reader)?;
        if !reader.is_empty() {
            return Err(Error::malformed(Malformed::EndExpected, reader.position()));
        }
        // Each was read from at least one byte of the input, or is limited by now.
        let prologue = Prologue {
            params: params.len() as u32,
            locals,
            height: self.max_height as u32,
            results: results.len() as u32,
            vectors: self.vectors || results.contains(&ValType::V128),
        };
        let frame = prologue.params.saturating_add(prologue.locals).saturating_add(prologue.height);
        let slots = frame.max(prologue.results).saturating_mul(prologue.stride());
        self.cx.limit_at(Limit::StackSlots, slots, code.start)?;
        self.branches.table.set_prologue(side, prologue)?;
        Ok(Func { code: code.offset, end: reader.position(), side })
    }

    /// Judges a constant expression that leaves one value of type `ty` (core spec, Constant
    /// Expressions).
    pub(super) fn constant(&mut self, expr: &ConstExpr<'_>, ty: Operand) -> Result<()> {
        self.begin(Signature::One(ty))?;
        self.is_constant = true;
        let mut reader = Reader::new(expr.bytes, expr.offset);
        let mut constant = reader.clone();
        while !constant.is_empty() {
            super::const_expr::check(&self.cx, &mut constant)?;
        }
        self.run(&mut reader)
    }

    /// Begins code that leaves what `signature` says.
    fn begin(&mut self, signature: Signature) -> Result<()> {
        self.operands.clear();
        self.frames.clear();
        (self.floor, self.max_height) = (0, 0);
        self.open(Kind::Code, signature)
    }

    /// The type of the function number `at`.
    pub(super) fn type_of(&self, at: usize) -> TypeId {
        // The decoder saw to it that each body has a function.
        self.cx.module.func_types.get(at).copied().unwrap_or(TypeId::new(u32::MAX))
    }

    #[inline]
    fn types(&self) -> &'m TypeTable {
        &self.cx.module.types
    }

    /// Notes a new greatest height.
    #[cold]
    fn raise_height(&mut self) -> Result<()> {
        self.max_height = self.operands.len();
        // Limited to 32 bits one by one.
        self.cx.limit_at(Limit::StackSlots, self.max_height as u32, self.at)
    }

    #[cold]
    #[inline(never)]
    fn invalid(&self, why: Invalid, message: fmt::Arguments<'_>) -> Error {
        Error::invalid(why, self.at).with_message(message)
    }

    #[cold]
    #[inline(never)]
    fn mismatch(&self, expected: Operand, found: Operand) -> Error {
        self.invalid(
            Invalid::TypeMismatch,
            format_args!("expected {}, found {}", self.show(expected), self.show(found)),
        )
    }

    #[cold]
    #[inline(never)]
    fn mismatch_with(&self, expected: &str, found: Operand) -> Error {
        self.invalid(Invalid::TypeMismatch, format_args!("expected {expected}, found {}", self.show(found)))
    }

    #[cold]
    #[inline(never)]
    fn missing(&self, expected: Operand) -> Error {
        let message = format_args!("instruction requires [{}] but stack has []", self.show(expected));
        self.invalid(Invalid::TypeMismatch, message)
    }

    /// That the feature of an instruction that was built is on.
    #[cfg(compact)]
    fn check_feature(&self, opcode: u32) -> Result<()> {
        // Only messages say which instruction it is.
        let text = describe(opcode).map_or("", |(text, _)| text);
        feature_of_built(opcode).map_or(Ok(()), |feature| self.cx.require(feature, text, self.at))
    }

    /// Why an opcode has no rule: its feature is off or was not built, or there is no such instruction.
    #[cold]
    #[inline(never)]
    fn no_rule(&self, opcode: u32, before: &Reader<'_>) -> Error {
        let runnable = self.cx.runnable.intersection(Features::IMPLEMENTED);
        match feature_of(opcode) {
            Some(feature) => Options { runnable, ..self.cx.options }.refuse(feature, "an instruction", self.at),
            None => illegal(before.position(), opcode),
        }
    }

    fn show(&self, ty: Operand) -> Shown<'m> {
        Shown(&self.cx.module.type_ids, ty)
    }
}

/// The type that a name in a signature stands for.
macro_rules! operand {
    (i32 $address:ident) => {
        Operand::I32
    };
    (i64 $address:ident) => {
        Operand::I64
    };
    (f32 $address:ident) => {
        Operand::F32
    };
    (f64 $address:ident) => {
        Operand::F64
    };
    (v128 $address:ident) => {
        Operand::V128
    };
    (addr $address:ident) => {
        $address
    };
    (atomic $address:ident) => {
        $address
    };
}

#[cfg(compact)]
const fn is_row(opcode: u32) -> bool {
    Row::find(opcode).is_some()
}

/// Whether an instruction is judged by data.
#[cfg(not(compact))]
const fn is_row(_: u32) -> bool {
    false
}

/// Whether the rule of an instruction may ask where the next one begins: those of blocks do, and casts that branch.
const fn asks_for_next(opcode: u32) -> bool {
    const OBJECTS: u32 = 0xFB;
    matches!(opcode, opcode::block..=opcode::end | opcode::try_table) || opcode >> 16 == OBJECTS
}

/// The rule of a row.
macro_rules! rule {
    ($body:ident $name:ident [rule] ($($imm:ident)*)) => { $body.$name($($imm),*) };
    ($body:ident $name:ident [$($param:ident)* -> $($result:ident)*] ($($imm:ident)*)) => {{
        #[allow(unused_mut)]
        let mut address = Operand::I32;
        $( $imm.check($body, &mut address)?; )*
        let _ = address;
        $body.apply([$( operand!($param address) ),*], [$( operand!($result address) ),*])
    }};
}

macro_rules! rules {
    ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident
        ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        impl Body<'_> {
            /// Reads and judges instructions to the end of the code (core spec, Instructions).
            /// Opcode and immediates go to the rule as they are read: an [`Instr`] in between
            /// would cost a third of the time.
            fn run<'a>(&mut self, reader: &mut Reader<'a>) -> Result<()> {
                while !self.frames.is_empty() {
                    let before = reader.clone();
                    self.at = reader.position();
                    let opcode = read_opcode(reader)?;
                    #[cfg(compact)]
                    {
                        let row = Row::find(opcode);
                        if row.is_none_or(Row::is_optional) {
                            self.check_feature(opcode)?;
                        }
                        if let Some(row) = row {
                            self.apply_row(row, reader)?;
                            continue;
                        }
                    }
                    match opcode {
                        $($( #[cfg(any($gate, test))] opcode::$name if const { !is_row(opcode::$name) } => {
                            $( let $imm = reader.read::<$Imm>()?; )*
                            if const { asks_for_next(opcode::$name) } {
                                self.next = reader.position();
                            }
                            if const { cfg!(not(compact)) && Features::$feature.bits() != Features::MVP.bits() } {
                                self.cx.require(Features::$feature, $text, self.at)?;
                            }
                            rule!(self $name $sig ($($imm)*))?;
                        } )*)*
                        other => return Err(self.no_rule(other, &before)),
                    }
                }
                Ok(())
            }
        }
    };
}
for_each_instruction!(rules);
