//! Core types as written (core spec, Types).

use super::{Encoded, Features};
use crate::support::index::index_type;

index_type! {
    /// A type of a module.
    TypeIdx;
    /// A function of a module, imported ones first.
    FuncIdx;
    /// A table of a module.
    TableIdx;
    /// A memory of a module.
    MemIdx;
    /// A global of a module.
    GlobalIdx;
    /// A tag of a module.
    TagIdx;
    /// An element segment of a module.
    ElemIdx;
    /// A data segment of a module.
    DataIdx;
    /// A local of a function, parameters first.
    LocalIdx;
    /// A label, counted outward from the innermost block.
    LabelIdx;
    /// A field of a structure type.
    FieldIdx;
}

/// Value types (core spec, Value Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValType {
    /// 32-bit integers.
    I32,
    /// 64-bit integers.
    I64,
    /// Single-precision floats.
    F32,
    /// Double-precision floats.
    F64,
    /// 128-bit vectors.
    V128,
    /// References.
    Ref(RefType),
}

impl ValType {
    /// How many 64-bit slots of the value stack a value takes.
    pub const fn slots(self) -> u32 {
        match self {
            ValType::V128 => 2,
            _ => 1,
        }
    }

    /// Whether the type has a default value (core spec, Defaultable Types).
    pub const fn is_defaultable(self) -> bool {
        match self {
            ValType::Ref(ty) => ty.is_nullable(),
            _ => true,
        }
    }
}

/// Abstract heap types, in the order of their codes in [`RefType`]. On small processors in as many bytes as an index, so that a heap
/// type stays in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(target_pointer_width = "32", repr(u32))]
#[allow(missing_docs)]
pub enum AbstractHeapType {
    Func,
    Extern,
    Any,
    Eq,
    I31,
    Struct,
    Array,
    Exn,
    None,
    NoFunc,
    NoExtern,
    NoExn,
}

impl AbstractHeapType {
    /// Every abstract heap type with its byte in the binary format and its names in the text
    /// format: as a heap type, and as a nullable reference.
    pub const TABLE: [(AbstractHeapType, u8, &'static str, &'static str); 12] = [
        (AbstractHeapType::Func, 0x70, "func", "funcref"),
        (AbstractHeapType::Extern, 0x6F, "extern", "externref"),
        (AbstractHeapType::Any, 0x6E, "any", "anyref"),
        (AbstractHeapType::Eq, 0x6D, "eq", "eqref"),
        (AbstractHeapType::I31, 0x6C, "i31", "i31ref"),
        (AbstractHeapType::Struct, 0x6B, "struct", "structref"),
        (AbstractHeapType::Array, 0x6A, "array", "arrayref"),
        (AbstractHeapType::Exn, 0x69, "exn", "exnref"),
        (AbstractHeapType::None, 0x71, "none", "nullref"),
        (AbstractHeapType::NoFunc, 0x73, "nofunc", "nullfuncref"),
        (AbstractHeapType::NoExtern, 0x72, "noextern", "nullexternref"),
        (AbstractHeapType::NoExn, 0x74, "noexn", "nullexnref"),
    ];

    /// The name as a heap type.
    pub const fn text(self) -> &'static str {
        Self::TABLE[self as usize].2
    }

    /// The name as a nullable reference.
    pub const fn ref_text(self) -> &'static str {
        Self::TABLE[self as usize].3
    }

    /// The table without the names: who only needs this does not bring them along.
    const CODES: [(AbstractHeapType, u8); Self::TABLE.len()] = {
        let mut codes = [(AbstractHeapType::Func, 0); Self::TABLE.len()];
        let mut at = 0;
        while at < codes.len() {
            codes[at] = (Self::TABLE[at].0, Self::TABLE[at].1);
            at += 1;
        }
        codes
    };

    /// The heap type that `byte` stands for.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::CODES.iter().find(|row| row.1 == byte).map(|row| row.0)
    }
}

/// Heap types (core spec, Heap Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeapType {
    /// One of the predefined ones.
    Abstract(AbstractHeapType),
    /// A type of the module. What the index counts depends on who says it: as written it is a
    /// type index; once validated, the number of a canonical type.
    Concrete(TypeIdx),
    /// The same without its subtypes (custom descriptors).
    Exact(TypeIdx),
}

/// Reference types (core spec, Reference Types), in four bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefType(u32);

impl RefType {
    const NULLABLE: u32 = 1;
    /// Set where the heap type is concrete; the index then stands above it.
    pub(crate) const CONCRETE: u32 = 2;
    /// Set besides where the heap type is exact.
    const EXACT: u32 = 4;
    const SHIFT: u32 = 3;
    /// Words below it that are not concrete may be references; from it on none is one.
    pub(crate) const CODES: u32 = 16 << Self::SHIFT;
    /// The largest type index that fits. Larger ones are unknown types in any module, as
    /// `Limits::types` cannot be raised to it.
    pub const MAX_INDEX: u32 = (1 << 29) - 1;

    /// `funcref`
    pub const FUNCREF: RefType = RefType::of(true, HeapType::Abstract(AbstractHeapType::Func));
    /// `externref`
    pub const EXTERNREF: RefType = RefType::of(true, HeapType::Abstract(AbstractHeapType::Extern));
    /// `exnref`
    pub const EXNREF: RefType = RefType::of(true, HeapType::Abstract(AbstractHeapType::Exn));

    /// `(ref null? heap)`; an index above [`Self::MAX_INDEX`] is cut to it.
    pub const fn of(nullable: bool, heap: HeapType) -> Self {
        let heap = match heap {
            HeapType::Abstract(heap) => (heap as u32) << Self::SHIFT,
            HeapType::Concrete(index) => Self::index_bits(index) | Self::CONCRETE,
            HeapType::Exact(index) => Self::index_bits(index) | Self::CONCRETE | Self::EXACT,
        };
        RefType(heap | (nullable as u32 * Self::NULLABLE))
    }

    const fn index_bits(index: TypeIdx) -> u32 {
        let raw = if index.raw() > Self::MAX_INDEX { Self::MAX_INDEX } else { index.raw() };
        raw << Self::SHIFT
    }

    /// The word it is packed into.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// The type packed into `bits`, which [`Self::bits`] returned.
    pub(crate) const fn from_bits(bits: u32) -> Self {
        RefType(bits)
    }

    /// Whether null is among its values.
    pub const fn is_nullable(self) -> bool {
        self.0 & Self::NULLABLE != 0
    }

    /// The same references without null.
    pub const fn as_non_null(self) -> Self {
        RefType(self.0 & !Self::NULLABLE)
    }

    /// The same references and null.
    pub const fn as_nullable(self) -> Self {
        RefType(self.0 | Self::NULLABLE)
    }

    /// What it refers to.
    #[inline]
    pub const fn heap(self) -> HeapType {
        let code = self.0 >> Self::SHIFT;
        // Builds that do not judge references to types leave out what is done with them.
        if Features::JUDGED.contains(Features::FUNCTION_REFERENCES) {
            match self.0 & (Self::CONCRETE | Self::EXACT) {
                0 | Self::EXACT => {}
                Self::CONCRETE => return HeapType::Concrete(TypeIdx::new(code)),
                _ => return HeapType::Exact(TypeIdx::new(code)),
            }
        }
        // Only `of` makes codes, from the enumeration itself, whose order the table keeps.
        HeapType::Abstract(AbstractHeapType::CODES[code as usize % AbstractHeapType::CODES.len()].0)
    }
}

impl core::fmt::Debug for RefType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "(ref {}{:?})", if self.is_nullable() { "null " } else { "" }, self.heap())
    }
}

/// Types of the fields of structures and arrays (core spec, Aggregate Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StorageType {
    /// 8-bit integers.
    I8,
    /// 16-bit integers.
    I16,
    /// Whole values.
    Val(ValType),
}

impl StorageType {
    /// What it is once on the stack (core spec, Field Types: unpacking).
    pub const fn unpacked(self) -> ValType {
        match self {
            StorageType::I8 | StorageType::I16 => ValType::I32,
            StorageType::Val(ty) => ty,
        }
    }
}

/// A field of a structure or the elements of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldType {
    /// What it holds.
    pub storage: StorageType,
    /// Whether it can change.
    pub mutable: bool,
}

/// A recursive group of types (core spec, Recursive Types).
#[derive(Clone, Copy, Debug)]
pub struct RecType<'a> {
    /// Whether it is written as a group, even if of one type.
    pub is_explicit: bool,
    /// The types that may refer to one another.
    pub types: Encoded<'a, SubType<'a>>,
}

/// A type with its declared supertype.
#[derive(Clone, Copy, Debug)]
pub struct SubType<'a> {
    /// Whether it is written with `sub`, even if it says nothing else than the short form.
    pub is_explicit: bool,
    /// Whether it may have no subtypes.
    pub is_final: bool,
    /// Declared supertypes; at most one is valid.
    pub supertypes: Encoded<'a, TypeIdx>,
    /// The type whose values' descriptors are of this one (custom descriptors).
    pub describes: Option<TypeIdx>,
    /// The type of its values' descriptors.
    pub descriptor: Option<TypeIdx>,
    /// What it is made of.
    pub composite: CompositeType<'a>,
}

/// Composite types (core spec, Composite Types).
#[derive(Clone, Copy, Debug)]
pub enum CompositeType<'a> {
    /// A function.
    Func(FuncType<'a>),
    /// A structure.
    Struct(Encoded<'a, FieldType>),
    /// An array.
    Array(FieldType),
}

/// Function types (core spec, Function Types).
#[derive(Clone, Copy, Debug)]
pub struct FuncType<'a> {
    /// Parameters.
    pub params: Encoded<'a, ValType>,
    /// Results.
    pub results: Encoded<'a, ValType>,
}

/// The type of the addresses of a memory or table (core spec, Address Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum AddrType {
    I32,
    I64,
}

impl AddrType {
    /// The same. Builds that do not judge memories of 64 bits have none of them, and leave out what is done with their addresses.
    #[inline(always)]
    pub const fn built(self) -> Self {
        if Features::JUDGED.contains(Features::MEMORY64) { self } else { AddrType::I32 }
    }

    /// The value type of an address.
    pub const fn val_type(self) -> ValType {
        match self {
            AddrType::I32 => ValType::I32,
            AddrType::I64 => ValType::I64,
        }
    }
}

/// Memory types (core spec, Memory Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryType {
    /// 32-bit or 64-bit addresses.
    pub addr: AddrType,
    /// Whether threads may share it.
    pub shared: bool,
    /// Pages at the beginning.
    pub min: u64,
    /// Pages at most.
    pub max: Option<u64>,
    /// log₂ of the bytes of a page, where it is written down (custom page sizes): 0 or 16. As
    /// written it may be anything.
    pub custom_page_size: Option<u32>,
}

impl MemoryType {
    /// log₂ of the bytes of a page.
    pub const fn page_size_log2(&self) -> u32 {
        match self.custom_page_size {
            Some(log2) => log2,
            None => 16,
        }
    }

    /// Whether a module may have such a memory (core spec, Memory Types; custom page sizes;
    /// threads). Validation says what is wrong where it is not so.
    pub fn is_valid(&self) -> bool {
        let sizes =
            self.min <= self.max.unwrap_or(u64::MAX) && self.min.max(self.max.unwrap_or(0)) <= self.greatest_size();
        matches!(self.page_size_log2(), 0 | 16) && sizes && (!self.shared || self.max.is_some())
    }

    /// The most pages that a memory of such addresses can have: what its addresses reach, as far
    /// as `memory.size` can say it (core spec, Memory Types).
    pub const fn greatest_size(&self) -> u64 {
        let greatest_address = match self.addr.built() {
            AddrType::I32 => u32::MAX as u64,
            AddrType::I64 => u64::MAX,
        };
        match self.page_size_log2() {
            0 => greatest_address,
            log2 if log2 < 64 => (greatest_address >> log2) + 1,
            _ => 1,
        }
    }
}

/// Table types (core spec, Table Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableType {
    /// What it holds.
    pub element: RefType,
    /// 32-bit or 64-bit indices.
    pub addr: AddrType,
    /// Elements at the beginning.
    pub min: u64,
    /// Elements at most.
    pub max: Option<u64>,
}

/// Global types (core spec, Global Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalType {
    /// What it holds.
    pub content: ValType,
    /// Whether it can change.
    pub mutable: bool,
}

/// External types (core spec, External Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternType {
    /// A function.
    Func {
        /// Its type.
        ty: TypeIdx,
        /// Whether it is of that type itself and none of its subtypes (custom descriptors).
        is_exact: bool,
    },
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
    /// A tag of that function type.
    Tag(TypeIdx),
}

impl ExternType {
    /// What kind of thing it is of.
    pub const fn kind(&self) -> ExternKind {
        match self {
            ExternType::Func { .. } => ExternKind::Func,
            ExternType::Table(_) => ExternKind::Table,
            ExternType::Memory(_) => ExternKind::Memory,
            ExternType::Global(_) => ExternKind::Global,
            ExternType::Tag(_) => ExternKind::Tag,
        }
    }
}

/// The kinds of [`ExternType`], in the order of their bytes in the binary format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum ExternKind {
    Func,
    Table,
    Memory,
    Global,
    Tag,
}

/// The type of a block (core spec, Block Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockType {
    /// No parameters, no results.
    Empty,
    /// No parameters, one result.
    Result(ValType),
    /// A function type of the module.
    Func(TypeIdx),
}
