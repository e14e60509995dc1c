//! How values lie in linear memory (`CanonicalABI.md`, Alignment; Element Size), computed once
//! when a type is built.

use super::component::{ComponentTypes, PrimValType, ValType};
use super::defined::{Form, Made};
use super::flatten::Flat;
use crate::syntax::{AddrType, Features, ValType as CoreValType};

/// Sizes stop growing here. Types that reach 2²⁸ are invalid, so nothing real is cut.
const TOO_LARGE: u32 = 1 << 30;

/// Bytes, alignment and flat form of a value type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// `elem_size`
    pub size: u32,
    /// `alignment`
    pub align: u32,
    /// `flatten_type`
    pub flat: Flat,
}

impl Layout {
    const fn scalar(size: u32, flat: CoreValType) -> Layout {
        Layout { size, align: size, flat: Flat::one(flat) }
    }

    /// A primitive value, no string.
    pub const fn primitive(ty: PrimValType) -> Layout {
        Layout::scalar(ty.size(), ty.flat())
    }

    /// Values one after the other: a record, a tuple, parameters in memory.
    pub const fn tuple(parts: &[Layout]) -> Layout {
        let (mut offsets, mut flat, mut at) = (RecordOffsets::new(), Flat::NONE, 0);
        while at < parts.len() {
            let part = parts[at];
            offsets.next(part);
            flat = flat.then(part.flat);
            at += 1;
        }
        Layout { size: offsets.size(), align: offsets.align(), flat }
    }

    /// A variant of `count` cases with these payloads.
    pub const fn variant(count: usize, payloads: &[Layout]) -> VariantLayout {
        let (mut all, mut at) = (Payloads::NONE, 0);
        while at < payloads.len() {
            all = all.and(payloads[at]);
            at += 1;
        }
        all.layout(count)
    }

    /// How a variant of `count` cases lies whose layout this is. Its payload lies at its alignment:
    /// that is the greater one of the discriminant's and the payload's, and both are powers of two.
    pub const fn of_variant(self, count: usize) -> VariantLayout {
        VariantLayout { discriminant_size: discriminant_size(count), payload: self.align, whole: self }
    }

    /// A pointer and a length.
    pub const fn pair(pointer: AddrType) -> Layout {
        let size = pointer_size(pointer);
        let one = Flat::one(pointer.val_type());
        Layout { size: 2 * size, align: size, flat: one.then(one) }
    }

    /// The index of a handle.
    pub const HANDLE: Layout = Layout::scalar(4, CoreValType::I32);
}

/// `ptr_size`
pub const fn pointer_size(pointer: AddrType) -> u32 {
    match pointer {
        AddrType::I32 => 4,
        AddrType::I64 => 8,
    }
}

const fn max(a: u32, b: u32) -> u32 {
    if a > b { a } else { b }
}

/// `align_to`; alignments are powers of two.
pub const fn align_to(at: u32, align: u32) -> u32 {
    let mask = align - 1;
    match at.checked_add(mask) {
        Some(end) if end & !mask <= TOO_LARGE => end & !mask,
        _ => TOO_LARGE,
    }
}

/// `discriminant_type`: how many bytes number `cases` cases.
pub const fn discriminant_size(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// `elem_size_flags`
pub const fn flags_size(labels: usize) -> u32 {
    match labels {
        0..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}

/// Walks over the fields of a record, the items of a tuple, parameters in memory.
#[derive(Clone, Copy, Debug)]
pub struct RecordOffsets {
    end: u32,
    align: u32,
}

impl RecordOffsets {
    /// Before the first field.
    pub const fn new() -> Self {
        Self { end: 0, align: 1 }
    }

    /// Where the next field lies, counted from the record's first byte.
    pub const fn next(&mut self, field: Layout) -> u32 {
        let at = align_to(self.end, field.align);
        let end = at.saturating_add(field.size);
        self.end = if end < TOO_LARGE { end } else { TOO_LARGE };
        self.align = max(self.align, field.align);
        at
    }

    /// `elem_size_record` of the fields so far.
    pub const fn size(self) -> u32 {
        align_to(self.end, self.align)
    }

    /// `alignment_record` of the fields so far.
    pub const fn align(self) -> u32 {
        self.align
    }
}

impl Default for RecordOffsets {
    fn default() -> Self {
        Self::new()
    }
}

/// How a variant, enum, option or result lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariantLayout {
    /// Bytes of the discriminant, which comes first.
    pub discriminant_size: u32,
    /// Where the payload lies.
    pub payload: u32,
    /// The whole.
    pub whole: Layout,
}

/// What the payloads of a variant need, whichever it is.
#[derive(Clone, Copy)]
struct Payloads {
    size: u32,
    align: u32,
    flat: Flat,
}

impl Payloads {
    const NONE: Payloads = Payloads { size: 0, align: 1, flat: Flat::NONE };

    const fn and(self, payload: Layout) -> Payloads {
        Payloads {
            size: max(self.size, payload.size),
            align: max(self.align, payload.align),
            flat: self.flat.join(payload.flat),
        }
    }

    /// The variant, if it has `count` cases.
    const fn layout(self, count: usize) -> VariantLayout {
        let discriminant_size = discriminant_size(count);
        let payload = align_to(discriminant_size, self.align);
        let align = max(self.align, discriminant_size);
        let size = align_to(payload.saturating_add(self.size), align);
        let flat = Flat::one(CoreValType::I32).then(self.flat);
        VariantLayout { discriminant_size, payload, whole: Layout { size, align, flat } }
    }
}

impl VariantLayout {
    /// From the layouts of the payloads of `count` cases, of which some have none.
    pub fn of(count: usize, payloads: impl IntoIterator<Item = Layout>) -> Self {
        payloads.into_iter().fold(Payloads::NONE, Payloads::and).layout(count)
    }
}

impl ComponentTypes {
    /// The layout of a value type with such pointers.
    pub fn layout(&self, ty: ValType, pointer: AddrType) -> Layout {
        match ty {
            ValType::Primitive(PrimValType::String) => Layout::pair(pointer),
            ValType::Primitive(primitive) => Layout::primitive(primitive),
            ValType::Defined(id) => match (self.defined.get(id.index()), pointer) {
                (Some(entry), AddrType::I32) => entry.layouts[0],
                (Some(entry), AddrType::I64) => entry.layouts[1],
                (None, _) => Layout::HANDLE,
            },
        }
    }

    /// The layout of values one after the other: a tuple, or parameters in memory.
    pub fn tuple_layout(&self, types: impl IntoIterator<Item = ValType>, pointer: AddrType) -> Layout {
        let (mut offsets, mut flat) = (RecordOffsets::new(), Flat::NONE);
        for ty in types {
            let layout = self.layout(ty, pointer);
            offsets.next(layout);
            flat = flat.then(layout.flat);
        }
        Layout { size: offsets.size(), align: offsets.align(), flat }
    }

    /// The layout of a type that is being built; its parts are built already. That of a function is of no use.
    pub(super) fn layout_of(&self, made: Made<'_>, pointer: AddrType) -> Layout {
        match made.form {
            Form::Record | Form::Tuple => self.tuple_layout(made.types(), pointer),
            Form::FixedLengthList(len) if Features::JUDGED.contains(Features::CM_FIXED_LENGTH_LISTS) => {
                let Layout { size, align, flat } = self.tuple_layout(made.types(), pointer);
                Layout { size: size.saturating_mul(len).min(TOO_LARGE), align, flat: flat.repeated(len) }
            }
            // Builds that do not judge those of fixed length have none.
            Form::List | Form::Map | Form::FixedLengthList(_) => Layout::pair(pointer),
            Form::Flags => Layout::scalar(flags_size(made.members.len()), CoreValType::I32),
            Form::Own(_) | Form::Borrow(_) | Form::Stream | Form::Future | Form::Func { .. } => Layout::HANDLE,
            Form::Variant | Form::Enum | Form::Option | Form::Result => {
                VariantLayout::of(made.members.len(), made.types().map(|ty| self.layout(ty, pointer))).whole
            }
        }
    }
}
