//! The side table: what in-place execution cannot read from the code, one word a branch.
//!
//! This file alone knows the bits. After Titzer, "A fast in-place interpreter for WebAssembly"
//! (OOPSLA 2022): each branch has an entry that says how far the instruction and side-table
//! positions move and which values survive. A function's words are its [`Prologue`] and then
//! its branches in the order of their instructions.
//!
//! # Who has entries
//!
//! `br`, `br_if`, `br_on_*`: one. `br_table`: one a label, the default last, or one a depth, behind
//! a word that says so ([`TableForm`]). `if`: one, taken when the condition is zero, to after
//! `else` or after `end`. `else`: one, taken when reached from above, to after `end`. `try_table`:
//! one to after its `end`, which says how far its clauses reach and is never taken, then one a
//! catch clause. `block`, `loop`, `end` and `return` have none. Code that cannot be reached has
//! its entries as well.
//!
//! # Where entries lead
//!
//! A branch to a `loop` leads to the first instruction of its body; to any other block, to
//! after its `end`; to the function itself, to its last `end`. Δip counts from behind the opcode of
//! the branching instruction, that of `br_on_cast*` from behind its last byte; Δstp from the entry
//! itself. A branch not taken moves on by one entry (`br_table` always branches).
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
use crate::syntax::instr::BrTable;

/// Where a branch leads and what it does to the value stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Branch {
    /// From behind the opcode of the branching instruction to the target, in bytes.
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
            // Extended before it is shifted: who adds it to an address need not extend it again.
            delta_stp: (word as i16 as i64 >> 5) as i32,
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
    /// Whether each value takes two slots: never in a build that runs no vectors.
    #[inline(always)]
    pub const fn is_wide(&self) -> bool {
        cfg!(feature = "simd") && self.vectors
    }

    /// Slots that each value takes.
    #[inline]
    pub const fn stride(&self) -> u32 {
        1 << self.is_wide() as u32
    }

    /// Slots of a frame in all.
    #[inline]
    pub const fn frame_slots(&self) -> u32 {
        // `Limits` bounds the sum.
        (self.params + self.locals + self.height) << self.is_wide() as u32
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
    /// How many of them are prologues.
    prologues: u32,
    wide_branches: Vec<Branch>,
    wide_prologues: Vec<Prologue>,
    /// The prologues of functions with a `try_table`, in ascending order.
    catching: Vec<u32>,
}

// A branch:   Δip 16 (signed) | Δstp 11 (signed) | drop 4 | keep 1
// or:         0 | index into `wide_branches` 26 | WIDE 5
// Before the entries of a `br_table` by depth:
//             1 | how many labels take one byte 26 | WIDE 5
// WIDE would be to keep a value and drop none: a branch says that nothing is kept then.
const SHIFT: u32 = 0x1F;
const WIDE: u32 = 1;
const BY_DEPTH: u32 = 1 << 31;
const WIDE_MAX: u32 = (1 << 26) - 1;

// A prologue: 0 | vectors 1 | params 6 | results 4 | locals 10 | height 10
// or:         1 | vectors 1 | index into `wide_prologues` 30
const WIDE_PROLOGUE: u32 = 1 << 31;
const VECTORS: u32 = 1 << 30;

/// How many words an instruction has.
pub fn entries(instr: &Instr<'_>) -> u32 {
    match instr {
        Instr::br { .. } | Instr::br_if { .. } | Instr::if_ { .. } | Instr::else_ { .. } => 1,
        #[cfg(any(feature = "function-references", test))]
        Instr::br_on_null { .. } | Instr::br_on_non_null { .. } => 1,
        Instr::br_table { labels } => TableForm::of(labels).words(labels.labels.count),
        #[cfg(any(feature = "gc", test))]
        Instr::br_on_cast { .. } | Instr::br_on_cast_fail { .. } => 1,
        #[cfg(any(feature = "custom-descriptors", test))]
        Instr::br_on_cast_desc_eq { .. } | Instr::br_on_cast_desc_eq_fail { .. } => 1,
        #[cfg(any(feature = "exceptions", test))]
        Instr::try_table { catches, .. } => catches.0.count.saturating_add(1),
        _ => 0,
    }
}

/// How the entries of a `br_table` are ordered. Compilers repeat labels: those of Go have two for
/// each block. Then an entry a label, found by the operand, takes more than one a depth, found
/// by the label that the operand finds in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableForm {
    /// One for each label, the default last.
    ByIndex,
    /// One for each depth from 0 to that of the outermost label; nobody reads those of depths that no label has.
    ByDepth {
        /// So many labels from the first one on, the default among them, take one byte; the rest take two.
        one_byte: u32,
        /// How many depths.
        depths: u32,
    },
}

impl TableForm {
    /// What suits these labels; that there are such blocks is not yet known.
    pub fn of(table: &BrTable<'_>) -> Self {
        let BrTable { labels, default } = table;
        let (mut one_byte, mut deepest, mut is_in_order) = (0, default.raw(), true);
        for (at, label) in (0..).zip(labels.judged().flatten()) {
            deepest = deepest.max(label.raw());
            match label.raw() {
                // Those of two bytes come last.
                ..0x80 if one_byte == at => one_byte += 1,
                0x80..0x4000 => {}
                _ => is_in_order = false,
            }
        }
        // None takes more bytes than it needs; the default label may, as only what it needs is read.
        let bytes = one_byte as usize + 2 * (labels.count - one_byte) as usize;
        is_in_order &= labels.bytes.len() == bytes && deepest < 0x4000;
        if one_byte == labels.count && default.raw() < 0x80 {
            one_byte += 1;
        }
        is_in_order &= one_byte > labels.count || default.raw() >= 0x80;
        let depths = deepest.saturating_add(1);
        match is_in_order && depths < labels.count && one_byte <= WIDE_MAX {
            true => TableForm::ByDepth { one_byte, depths },
            false => TableForm::ByIndex,
        }
    }

    /// How many words these labels have then.
    fn words(self, labels: u32) -> u32 {
        match self {
            TableForm::ByIndex => labels.saturating_add(1),
            TableForm::ByDepth { depths, .. } => depths + 1,
        }
    }
}

/// Whether a word says that the entries behind it are by depth: then how many labels take one byte.
#[inline(always)]
pub fn by_depth(word: u32) -> Option<u32> {
    (word & (BY_DEPTH | SHIFT) == BY_DEPTH | WIDE).then_some(word >> 5 & WIDE_MAX)
}

impl SideTable {
    /// A table without entries; allocates nothing.
    pub const fn new() -> Self {
        Self {
            words: Vec::new(),
            prologues: 0,
            wide_branches: Vec::new(),
            wide_prologues: Vec::new(),
            catching: Vec::new(),
        }
    }

    /// The bytes of RAM that branches take.
    pub fn size(&self) -> usize {
        let words = self.words.len().saturating_sub(self.prologues as usize) * size_of::<u32>();
        words + size_of_val(&*self.wide_branches) + size_of_val(&*self.catching)
    }

    /// The bytes of RAM that prologues take: what a function costs without any branch.
    pub fn prologues_size(&self) -> usize {
        self.prologues as usize * size_of::<u32>() + size_of_val(&*self.wide_prologues)
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

    /// Where the entries of a `br_table` at `stp` are by depth: how many of its labels take one byte.
    #[inline]
    pub fn by_depth(&self, stp: u32) -> Option<u32> {
        by_depth(*self.words.get(stp as usize)?)
    }

    /// The prologue at `stp`.
    #[inline(always)]
    pub fn prologue(&self, stp: u32) -> Option<Prologue> {
        let word = *self.words.get(stp as usize)?;
        if word & WIDE_PROLOGUE == 0 { Some(Prologue::of(word)) } else { self.wide_prologue(word) }
    }

    #[cold]
    #[inline(never)]
    fn wide_prologue(&self, word: u32) -> Option<Prologue> {
        self.wide_prologues.get((word & !(WIDE_PROLOGUE | VECTORS)) as usize).copied()
    }

    /// All words, for those who keep a pointer to the next one.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Appends the word of a function's prologue, to be filled in later; returns its index.
    pub fn reserve_prologue(&mut self) -> Result<u32, OutOfMemory> {
        self.prologues += 1;
        self.reserve()
    }

    /// Appends the word before the entries of a `br_table` by depth.
    pub fn push_by_depth(&mut self, one_byte: u32) -> Result<(), OutOfMemory> {
        self.words.push(BY_DEPTH | one_byte << 5 | WIDE)
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
            if index > WIDE_MAX {
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
        for delta_ip in [0, 1, -1, -32_768, -32_769, 32_767, 32_768, i32::MIN, i32::MAX] {
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
    fn tables_are_by_depth_where_that_is_smaller_and_labels_can_be_found() {
        use crate::syntax::{Encoded, LabelIdx};
        let by_depth = |one_byte, depths| TableForm::ByDepth { one_byte, depths };
        let many = |label: &[u8], count| label.repeat(count);
        // Encoded labels, how many, the default label.
        for (bytes, count, default, form) in [
            (std::vec![], 0, 0, TableForm::ByIndex),
            (std::vec![0], 1, 0, TableForm::ByIndex),
            (std::vec![0, 0], 2, 0, by_depth(3, 1)),
            (std::vec![0, 1, 0, 1], 4, 1, by_depth(5, 2)),
            (std::vec![0, 1, 2, 3], 4, 3, TableForm::ByIndex),
            (std::vec![0, 0, 0, 0], 4, 3, TableForm::ByIndex),
            // The default is the only one of two bytes, or all that come late are.
            (many(&[0], 200), 200, 128, by_depth(200, 129)),
            ([many(&[0], 200), many(&[0x80, 1], 2)].concat(), 202, 129, by_depth(200, 130)),
            // One of one byte after those of two, the default as well.
            ([many(&[0], 200), many(&[0x80, 1], 2), many(&[0], 1)].concat(), 203, 129, TableForm::ByIndex),
            ([many(&[0], 200), many(&[0x80, 1], 2)].concat(), 202, 0, TableForm::ByIndex),
            // Encoded longer than needed, and deeper than two bytes say.
            (many(&[0x80, 0], 4), 4, 0, TableForm::ByIndex),
            ([many(&[0], 200), many(&[0x80, 0x81, 0], 1)].concat(), 201, 128, TableForm::ByIndex),
            (many(&[0], 20_000), 20_000, 0x4000, TableForm::ByIndex),
            (many(&[0xff, 0xff, 0xff, 0xff, 0xf], 2), 2, u32::MAX, TableForm::ByIndex),
        ] {
            let table = BrTable { labels: Encoded::new(count, &bytes, 0), default: LabelIdx::new(default) };
            assert_eq!(TableForm::of(&table), form, "{count} labels in {} bytes, {default}", bytes.len());
        }
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
