//! The side table: what in-place execution cannot read from the code, one word a branch.
//!
//! This file alone knows the bits. After Titzer, "A fast in-place interpreter for WebAssembly"
//! (OOPSLA 2022): each branch has an entry that says how far the instruction and side-table
//! positions move and which values survive. A function's words are its [`Prologue`] and then
//! its branches in the order of their instructions.
//!
//! # Who has entries
//!
//! `br`, `br_if`, `br_on_*`: one. `br_table`: one a label, the default last. `if`: one, taken
//! when the condition is zero, to after `else` or after `end`. `else`: one, taken when reached
//! from above, to after `end`. `try_table`: one to after its `end`, which says how far its
//! clauses reach and is never taken, then one a catch clause. `block`, `loop`, `end` and
//! `return` have none. Code that cannot be reached has its entries as well.
//!
//! # Where entries lead
//!
//! A branch to a `loop` leads to the first instruction of its body; to any other block, to
//! after its `end`; to the function itself, to its last `end`. Δip counts from the opcode of
//! the branching instruction, that of `br_on_cast*` from its last byte; Δstp from the entry itself. A branch not taken moves on by one
//! entry (`br_table` always branches).
//!
//! # What they do to the stack
//!
//! `keep` and `drop` hold once the branching instruction's own operands (condition, index,
//! null) are off the stack; a reference that the branch takes along is among `keep`. Where
//! nothing is dropped, nothing moves: then `keep` is 0 whatever the label takes. So it always
//! is for `if` and `else`.
//!
//! The entries of `try_table` are other: in the place of `drop` they have a height, counted
//! above the locals. The first one has that of the operands below the block's parameters; a
//! clause's has what is left under the `keep` values that the exception brings.
//!
//! # What is counted
//!
//! All counts are of values. In most functions a value takes a slot of the machine's stack; in
//! those with vectors each takes two, of which all but vectors use the first one only. So the
//! machine knows where a value lies without knowing its type.

use crate::error::Error;
use crate::support::{Limit, OutOfMemory, Vec};
use crate::syntax::Instr;

/// Where a branch leads and what it does to the value stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Branch {
    /// From the opcode of the branching instruction to the target, in bytes.
    pub delta_ip: i32,
    /// From this entry to the first one after the target.
    pub delta_stp: i32,
    /// How many values are kept.
    pub keep: u32,
    /// How many values below them go.
    pub drop: u32,
}

impl Branch {
    /// What a narrow word says.
    #[inline(always)]
    const fn of(word: u32) -> Self {
        Branch {
            delta_ip: word as i32 >> 16,
            delta_stp: ((word << 16) as i32) >> 21,
            keep: word & 1,
            drop: word >> 1 & 0xF,
        }
    }

    /// What a word says, unless it says that the branch is wide or values are dropped.
    #[inline(always)]
    pub const fn plain(word: u32) -> Option<Self> {
        if word & SHIFT == 0 { Some(Self::of(word)) } else { None }
    }
}

/// What a call needs to know of its callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Prologue {
    /// Parameters.
    pub params: u32,
    /// The other locals, zero at first.
    pub locals: u32,
    /// Operands at most.
    pub height: u32,
    /// Results.
    pub results: u32,
    /// Whether the function has vectors: then each of its values takes two slots.
    pub vectors: bool,
}

impl Prologue {
    /// Slots that each value takes.
    #[inline]
    pub const fn stride(&self) -> u32 {
        1 << self.vectors as u32
    }

    /// Slots of a frame in all.
    #[inline]
    pub const fn frame_slots(&self) -> u32 {
        // `Limits` bounds the sum.
        (self.params + self.locals + self.height) << self.vectors as u32
    }
}

impl Prologue {
    /// What a narrow word says.
    #[inline(always)]
    const fn of(word: u32) -> Self {
        Prologue {
            params: word >> 24 & 0x3F,
            results: word >> 20 & 0xF,
            locals: word >> 10 & 0x3FF,
            height: word & 0x3FF,
            vectors: word & VECTORS != 0,
        }
    }

    /// What a word says, unless it says that the prologue is wide or has vectors.
    #[inline(always)]
    pub const fn narrow(word: u32) -> Option<Self> {
        if word & (WIDE_PROLOGUE | VECTORS) == 0 { Some(Self::of(word)) } else { None }
    }
}

/// Branches and prologues of a module's functions.
#[derive(Debug, Default)]
pub struct SideTable {
    words: Vec<u32>,
    wide_branches: Vec<Branch>,
    wide_prologues: Vec<Prologue>,
    /// The prologues of functions with a `try_table`, in ascending order.
    catching: Vec<u32>,
}

// A branch:   Δip 16 (signed) | Δstp 11 (signed) | drop 4 | keep 1
// or:         index into `wide_branches` 27 | WIDE 5
// WIDE would be to keep a value and drop none: a branch says that nothing is kept then.
const SHIFT: u32 = 0x1F;
const WIDE: u32 = 1;
const WIDE_INDEX_MAX: u32 = (1 << 27) - 1;

// A prologue: 0 | vectors 1 | params 6 | results 4 | locals 10 | height 10
// or:         1 | vectors 1 | index into `wide_prologues` 30
const WIDE_PROLOGUE: u32 = 1 << 31;
const VECTORS: u32 = 1 << 30;

/// How many entries an instruction has.
pub fn entries(instr: &Instr<'_>) -> u32 {
    match instr {
        Instr::br { .. }
        | Instr::br_if { .. }
        | Instr::br_on_null { .. }
        | Instr::br_on_non_null { .. }
        | Instr::if_ { .. }
        | Instr::else_ { .. } => 1,
        Instr::br_table { labels } => labels.labels.count.saturating_add(1),
        #[cfg(any(feature = "gc", test))]
        Instr::br_on_cast { .. } | Instr::br_on_cast_fail { .. } => 1,
        #[cfg(any(feature = "custom-descriptors", test))]
        Instr::br_on_cast_desc_eq { .. } | Instr::br_on_cast_desc_eq_fail { .. } => 1,
        #[cfg(any(feature = "exceptions", test))]
        Instr::try_table { catches, .. } => catches.0.count.saturating_add(1),
        _ => 0,
    }
}

impl SideTable {
    /// A table without entries; allocates nothing.
    pub const fn new() -> Self {
        Self { words: Vec::new(), wide_branches: Vec::new(), wide_prologues: Vec::new(), catching: Vec::new() }
    }

    /// The bytes of RAM that it takes.
    pub fn size(&self) -> usize {
        size_of_val(&*self.words)
            + size_of_val(&*self.wide_branches)
            + size_of_val(&*self.wide_prologues)
            + size_of_val(&*self.catching)
    }

    /// The index that the next word will have.
    pub fn next(&self) -> u32 {
        // Each word stands for at least one byte of an input shorter than 2³².
        self.words.len() as u32
    }

    /// The branch at `stp`.
    #[inline]
    pub fn branch(&self, stp: u32) -> Option<Branch> {
        self.branch_of(*self.words.get(stp as usize)?)
    }

    /// The branch that a word says.
    #[inline(always)]
    pub fn branch_of(&self, word: u32) -> Option<Branch> {
        if word & SHIFT == WIDE {
            return self.wide_branches.get((word >> 5) as usize).copied();
        }
        Some(Branch::of(word))
    }

    /// The prologue at `stp`.
    #[inline]
    pub fn prologue(&self, stp: u32) -> Option<Prologue> {
        let word = *self.words.get(stp as usize)?;
        if word & WIDE_PROLOGUE != 0 {
            return self.wide_prologues.get((word & !(WIDE_PROLOGUE | VECTORS)) as usize).copied();
        }
        Some(Prologue::of(word))
    }

    /// All words, for those who keep a pointer to the next one.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Appends a word to be filled in later; returns its index.
    pub fn reserve(&mut self) -> Result<u32, OutOfMemory> {
        let stp = self.next();
        self.words.push(0)?;
        Ok(stp)
    }

    /// Fills in the branch at `stp`.
    pub fn set_branch(&mut self, stp: u32, branch: Branch) -> Result<(), Error> {
        let Branch { delta_ip, delta_stp, keep, drop } = branch;
        let narrow = i16::try_from(delta_ip).is_ok()
            && (-1024..=1023).contains(&delta_stp)
            && keep <= 1
            && drop <= 15
            && (keep, drop) != (1, 0);
        let word = if narrow {
            (delta_ip as u32) << 16 | (delta_stp as u32 & 0x7FF) << 5 | drop << 1 | keep
        } else {
            let index = self.wide_branches.len() as u32;
            if index > WIDE_INDEX_MAX {
                return Err(Limit::FunctionSize.into());
            }
            self.wide_branches.push(branch)?;
            index << 5 | WIDE
        };
        if let Some(place) = self.words.get_mut(stp as usize) {
            *place = word;
        }
        Ok(())
    }

    /// Fills in the prologue at `stp`.
    pub fn set_prologue(&mut self, stp: u32, prologue: Prologue) -> Result<(), OutOfMemory> {
        let Prologue { params, locals, height, results, vectors } = prologue;
        let word = if params <= 0x3F && results <= 0xF && locals <= 0x3FF && height <= 0x3FF {
            params << 24 | results << 20 | locals << 10 | height
        } else {
            let index = self.wide_prologues.len() as u32;
            self.wide_prologues.push(prologue)?;
            WIDE_PROLOGUE | index
        };
        if let Some(place) = self.words.get_mut(stp as usize) {
            *place = if vectors { word | VECTORS } else { word };
        }
        Ok(())
    }

    /// Notes that the function with this prologue, the last one so far, has a `try_table`.
    pub fn add_catching(&mut self, prologue: u32) -> Result<(), OutOfMemory> {
        if self.catching.last() == Some(&prologue) { Ok(()) } else { self.catching.push(prologue) }
    }

    /// Whether the function with this prologue has a `try_table`.
    pub fn is_catching(&self, prologue: u32) -> bool {
        self.catching.binary_search(&prologue).is_ok()
    }

    /// Gives back memory that growing left over.
    pub fn shrink_to_fit(&mut self) {
        self.words.shrink_to_fit();
        self.wide_branches.shrink_to_fit();
        self.wide_prologues.shrink_to_fit();
        self.catching.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_read_back_as_written_at_every_boundary() {
        let mut table = SideTable::default();
        let mut expected = std::vec::Vec::new();
        for delta_ip in [0, 1, -1, -32_512, -32_513, -32_768, -32_769, 32_767, 32_768, i32::MIN, i32::MAX] {
            for delta_stp in [0, 1, -1, 1023, 1024, -1024, -1025, i32::MAX, i32::MIN] {
                for (keep, drop) in [(0, 0), (1, 0), (1, 15), (2, 0), (0, 16), (u32::MAX, u32::MAX)] {
                    let branch = Branch { delta_ip, delta_stp, keep, drop };
                    let stp = table.reserve().unwrap();
                    table.set_branch(stp, branch).unwrap();
                    expected.push((stp, branch));
                }
            }
        }
        for (stp, branch) in expected {
            assert_eq!(table.branch(stp), Some(branch));
        }
        assert_eq!(table.branch(table.next()), None);
    }

    #[test]
    fn prologues_read_back_as_written_at_every_boundary() {
        let mut table = SideTable::default();
        for params in [0, 63, 64, 1000] {
            for locals in [0, 1023, 1024, 100_000] {
                for height in [0, 1023, 1024, 7_000_000] {
                    for (results, vectors) in [(0, true), (15, false), (16, true), (1000, false)] {
                        let prologue = Prologue { params, locals, height, results, vectors };
                        let stp = table.reserve().unwrap();
                        table.set_prologue(stp, prologue).unwrap();
                        assert_eq!(table.prologue(stp), Some(prologue));
                    }
                }
            }
        }
    }
}
