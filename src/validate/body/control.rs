//! Blocks and branches (core spec, Control Instructions), and their side-table entries.

use super::branch::{self, Shift, Target};
use super::{Body, Operand, Types};
use crate::error::{Invalid, Result};
use crate::image::side_table::TableForm;
use crate::support::Limit;
use crate::syntax::instr::BrTable;
use crate::syntax::{BlockType, Features, LabelIdx, ValType};
use crate::types::TypeId;

/// What a block takes and leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// `[] -> []`
    Empty,
    /// `[] -> [t]`
    One(Operand),
    /// As the function type. The code of a function finds its parameters in locals instead.
    Type(TypeId),
}

/// Which instruction opened a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// None: it is the whole code of a function or of a constant expression.
    Code,
    Block,
    Loop,
    If,
    Else,
    #[cfg(any(feature = "exceptions", test))]
    TryTable,
}

/// A block that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// Whether the rest of the block cannot be reached.
    unreachable: bool,
    signature: Signature,
    /// The operands below the block's own.
    pub(super) height: u32,
    /// Locals that were initialized before it began.
    pub(super) initialized: u32,
    /// Of a loop: where its body begins. Of an `if` or `try_table`: its opcode and first entry.
    origin: Target,
    /// Branches to its end.
    pending: u32,
}

impl core::fmt::Debug for Operand {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        super::Shown(&[], *self).fmt(f)
    }
}

use core::fmt::Display as _;

impl<'m> Body<'m> {
    /// The parameters of a block.
    fn params(&self, frame: &Frame) -> Types<'m> {
        match frame.signature {
            Signature::Type(id) if frame.kind != Kind::Code => Types::Many(self.types().func(id).unwrap_or_default().0),
            _ => Types::NONE,
        }
    }

    /// The results of a block.
    fn results(&self, frame: &Frame) -> Types<'m> {
        match frame.signature {
            Signature::Empty => Types::NONE,
            Signature::One(ty) => Types::One(ty),
            Signature::Type(id) => Types::Many(self.types().func(id).unwrap_or_default().1),
        }
    }

    /// The results of the function.
    pub(super) fn function_results(&self) -> Types<'m> {
        self.frames.first().map_or(Types::NONE, |frame| self.results(frame))
    }

    #[inline]
    pub(super) fn is_unreachable(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.unreachable)
    }

    /// The rest of the block cannot be reached: the stack holds whatever is asked for.
    pub(super) fn set_unreachable(&mut self) {
        self.operands.truncate(self.floor);
        if let Some(frame) = self.frames.last_mut() {
            frame.unreachable = true;
        }
    }

    /// Takes the parameters of a block and opens it.
    pub(super) fn enter(&mut self, kind: Kind, signature: Signature) -> Result<()> {
        if let Signature::Type(id) = signature {
            self.pop_types(Types::Many(self.types().func(id).unwrap_or_default().0))?;
        }
        self.open(kind, signature)
    }

    /// Opens a block whose parameters have been taken; gives them back inside.
    pub(super) fn open(&mut self, kind: Kind, signature: Signature) -> Result<()> {
        self.cx.limit_len_at(Limit::BlockDepth, self.frames.len(), self.at)?;
        let frame = Frame {
            kind,
            unreachable: false,
            signature,
            height: self.operands.len() as u32,
            initialized: self.locals.initialized(),
            origin: match kind {
                Kind::Loop => Target { ip: self.next, stp: self.branches.next() },
                _ => Target { ip: self.at, stp: self.branches.next() },
            },
            pending: branch::NONE,
        };
        self.floor = self.operands.len();
        self.frames.push(frame)?;
        self.push_types(self.params(&frame))
    }

    /// Ends the innermost block: its results, and nothing else, are on the stack; takes them.
    fn close(&mut self) -> Result<Frame> {
        let Some(&frame) = self.frames.last() else {
            return Err(self.invalid(Invalid::TypeMismatch, format_args!("nothing is open")));
        };
        self.pop_types(self.results(&frame))?;
        if self.operands.len() != self.floor {
            let extra = self.operands.len() - self.floor;
            let message = format_args!("{extra} more on the stack than the block's results");
            return Err(self.invalid(Invalid::TypeMismatch, message));
        }
        self.locals.forget_since(frame.initialized);
        self.frames.pop();
        self.floor = self.frames.last().map_or(0, |frame| frame.height as usize);
        Ok(frame)
    }

    /// What a block takes and leaves (core spec, Block Types).
    pub(super) fn block_type(&self, ty: BlockType) -> Result<Signature> {
        Ok(match ty {
            BlockType::Empty => Signature::Empty,
            BlockType::Result(ty) => Signature::One(self.resolve(ty)?),
            BlockType::Func(index) => {
                self.cx.require(Features::MULTI_VALUE, "a block type", self.at)?;
                Signature::Type(self.cx.func_type(index, self.at)?.0)
            }
        })
    }

    /// The type with canonical heap types.
    pub(super) fn resolve(&self, ty: ValType) -> Result<Operand> {
        self.cx.val_type(ty, self.at).map(Operand::from)
    }

    /// The types of the values that a branch to `label` takes along.
    pub(super) fn label(&self, label: LabelIdx) -> Result<Types<'m>> {
        let frame = self.target(label)?;
        Ok(if frame.kind == Kind::Loop { self.params(frame) } else { self.results(frame) })
    }

    fn target(&self, label: LabelIdx) -> Result<&Frame> {
        let frame = self.depth(label).and_then(|at| self.frames.get(at));
        frame.ok_or_else(|| self.invalid(Invalid::UnknownLabel, format_args!("{label}")))
    }

    /// Where the block of a label stands, counted from the outermost one.
    #[inline]
    fn depth(&self, label: LabelIdx) -> Option<usize> {
        self.frames.len().checked_sub(1)?.checked_sub(label.index())
    }

    /// Adds the entry of a branch to `label` that is taken at that height, the operands that it
    /// takes along included.
    pub(super) fn branch(&mut self, label: LabelIdx, keep: usize, height: usize) -> Result<()> {
        let Some(at) = self.depth(label) else { return Ok(()) };
        let Some(frame) = self.frames.get_mut(at) else { return Ok(()) };
        // In code that cannot be reached the numbers mean nothing, and nobody reads them.
        let drop = height.saturating_sub(keep).saturating_sub(frame.height as usize);
        // Heights are limited, and results are fewer than the bytes that say them.
        let shift = Shift::of(keep as u32, drop as u32);
        match frame.kind {
            Kind::Loop => self.branches.backward(self.at, frame.origin, shift),
            _ => self.branches.forward(self.at, &mut frame.pending, shift),
        }
    }

    /// Adds the entry of a catch clause, which has the height that is left in place of `drop`.
    #[cfg(any(feature = "exceptions", test))]
    pub(super) fn catch(&mut self, label: LabelIdx, keep: usize) -> Result<()> {
        let Some(at) = self.depth(label) else { return Ok(()) };
        let Some(frame) = self.frames.get_mut(at) else { return Ok(()) };
        let shift = Shift { keep: keep as u32, drop: frame.height };
        match frame.kind {
            Kind::Loop => self.branches.backward(self.at, frame.origin, shift),
            _ => self.branches.forward(self.at, &mut frame.pending, shift),
        }
    }

    /// Adds the entry of a `try_table` that says where it ends and what height it began at.
    #[cfg(any(feature = "exceptions", test))]
    pub(super) fn lead_to_end(&mut self) -> Result<()> {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        self.branches.forward(self.at, &mut frame.pending, Shift { keep: 0, drop: frame.height })
    }

    pub(super) fn unreachable(&mut self) -> Result<()> {
        self.set_unreachable();
        Ok(())
    }

    pub(super) fn block(&mut self, ty: BlockType) -> Result<()> {
        let signature = self.block_type(ty)?;
        self.enter(Kind::Block, signature)
    }

    pub(super) fn loop_(&mut self, ty: BlockType) -> Result<()> {
        let signature = self.block_type(ty)?;
        self.enter(Kind::Loop, signature)
    }

    pub(super) fn if_(&mut self, ty: BlockType) -> Result<()> {
        let signature = self.block_type(ty)?;
        self.pop(Operand::I32)?;
        self.enter(Kind::If, signature)?;
        self.branches.table.reserve()?;
        Ok(())
    }

    pub(super) fn else_(&mut self) -> Result<()> {
        if self.frames.last().is_none_or(|frame| frame.kind != Kind::If) {
            let why = crate::error::Malformed::EndExpected;
            return Err(crate::error::Error::malformed(why, self.at).with_message(format_args!("else without if")));
        }
        let condition = self.close()?;
        // The `if` before, when its condition is zero, goes on after the entry of this `else`.
        self.open(Kind::Else, condition.signature)?;
        if let Some(frame) = self.frames.last_mut() {
            frame.pending = condition.pending;
            self.branches.forward(self.at, &mut frame.pending, Shift::NONE)?;
        }
        let to = Target { ip: self.next, stp: self.branches.next() };
        self.branches.fill(condition.origin.ip, condition.origin.stp, to, Shift::NONE)
    }

    pub(super) fn end(&mut self) -> Result<()> {
        let mut frame = self.close()?;
        let ip = if frame.kind == Kind::Code { self.at } else { self.next };
        let to = Target { ip, stp: self.branches.next() };
        self.branches.resolve(&mut frame.pending, to)?;
        if frame.kind == Kind::If {
            // As if there were an empty `else`: the parameters are the results.
            let (params, results) = (self.params(&frame), self.results(&frame));
            let same = params.len() == results.len()
                && (0..params.len()).all(|at| params.get(at).matches(results.get(at), self.types()));
            if !same {
                let message = format_args!("an if without else leaves its parameters");
                return Err(self.invalid(Invalid::TypeMismatch, message));
            }
            self.branches.fill(frame.origin.ip, frame.origin.stp, to, Shift::NONE)?;
        }
        if frame.kind == Kind::Code {
            return Ok(());
        }
        self.push_types(self.results(&frame))
    }

    pub(super) fn br(&mut self, label: LabelIdx) -> Result<()> {
        let types = self.label(label)?;
        let height = self.operands.len();
        self.pop_types(types)?;
        self.branch(label, types.len(), height)?;
        self.set_unreachable();
        Ok(())
    }

    pub(super) fn br_if(&mut self, label: LabelIdx) -> Result<()> {
        self.pop(Operand::I32)?;
        self.br_conditional(label)
    }

    /// A branch that may be taken, what decides it being off the stack.
    pub(super) fn br_conditional(&mut self, label: LabelIdx) -> Result<()> {
        let (types, height) = (self.label(label)?, self.operands.len());
        self.pop_types(types)?;
        self.push_types(types)?;
        self.branch(label, types.len(), height)
    }

    /// A branch that takes along a reference, which is off the stack, and `rest` below it. With
    /// both the operands have that height.
    #[cfg(any(feature = "function-references", test))]
    pub(super) fn br_with(&mut self, label: LabelIdx, rest: Types<'m>, height: usize) -> Result<()> {
        self.pop_types(rest)?;
        self.push_types(rest)?;
        self.branch(label, rest.len() + 1, height)
    }

    pub(super) fn br_table(&mut self, labels: BrTable<'_>) -> Result<()> {
        self.pop(Operand::I32)?;
        self.cx.limit_at(Limit::BrTableTargets, labels.labels.count, self.at)?;
        let default = self.label(labels.default)?;
        let (arity, height) = (default.len(), self.operands.len());
        for label in labels.labels.items() {
            let (_, label) = label?;
            let types = self.label(label)?;
            if types.len() != arity {
                let message = format_args!("the labels of br_table take {arity} and {} values", types.len());
                return Err(self.invalid(Invalid::TypeMismatch, message));
            }
            if !types.is_same_list(default) {
                self.check_top(types)?;
            }
        }
        self.pop_types(default)?;
        self.table_entries(&labels, arity, height)?;
        self.set_unreachable();
        Ok(())
    }

    /// Adds the entries of a `br_table` whose labels are known.
    fn table_entries(&mut self, labels: &BrTable<'_>, arity: usize, height: usize) -> Result<()> {
        match TableForm::of(labels) {
            TableForm::ByIndex => {
                for label in labels.labels.items() {
                    self.branch(label?.1, arity, height)?;
                }
                self.branch(labels.default, arity, height)
            }
            TableForm::ByDepth { one_byte, depths } => {
                self.branches.table.push_by_depth(one_byte)?;
                (0..depths).try_for_each(|depth| self.branch(LabelIdx::new(depth), arity, height))
            }
        }
    }

    pub(super) fn return_(&mut self) -> Result<()> {
        self.pop_types(self.function_results())?;
        self.set_unreachable();
        Ok(())
    }
}
