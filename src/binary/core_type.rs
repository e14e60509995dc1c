//! Types (core spec, Types in the Binary Format).

use super::reader::{Read, Reader};
use crate::error::{Malformed, Result};
use crate::support::index::Index;
use crate::syntax::{
    AbstractHeapType, AddrType, BlockType, CompositeType, DataIdx, ElemIdx, Encoded, ExternKind, ExternType, Features,
    FieldIdx, FieldType, FuncIdx, FuncType, GlobalIdx, GlobalType, HeapType, LabelIdx, LocalIdx, MemIdx, MemoryType,
    RecType, RefType, StorageType, SubType, TableIdx, TableType, TagIdx, TypeIdx, ValType,
};

macro_rules! indices {
    ($($name:ident)*) => { $(
        impl<'a> Read<'a> for $name {
            #[inline]
            fn read(reader: &mut Reader<'a>) -> Result<Self> {
                reader.u32().map(<$name as Index>::new)
            }
        }
    )* };
}
indices! { TypeIdx FuncIdx TableIdx MemIdx GlobalIdx TagIdx ElemIdx DataIdx LocalIdx LabelIdx FieldIdx }
#[cfg(feature = "component")]
pub(super) use indices;

/// Whether `byte` begins a negative number: codes of types have one byte, indices are positive.
pub(super) const fn is_code(byte: u8) -> bool {
    byte & 0xC0 == 0x40
}

impl<'a> Read<'a> for ValType {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.byte()? {
            0x7F => ValType::I32,
            0x7E => ValType::I64,
            0x7D => ValType::F32,
            0x7C => ValType::F64,
            0x7B => {
                reader.judges_byte(Features::SIMD)?;
                ValType::V128
            }
            byte if is_code(byte) => ValType::Ref(ref_type(byte, reader, Malformed::ValueType)?),
            _ => return Err(reader.bad_byte(Malformed::ValueType)),
        })
    }
}

impl<'a> Read<'a> for RefType {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let byte = reader.byte()?;
        ref_type(byte, reader, Malformed::ReferenceType)
    }
}

/// What `byte`, just read, begins; `why` it is no reference type.
fn ref_type(byte: u8, reader: &mut Reader<'_>, why: Malformed) -> Result<RefType> {
    Ok(match byte {
        0x63 => RefType::of(true, reader.read()?),
        0x64 => RefType::of(false, reader.read()?),
        byte => match AbstractHeapType::from_byte(byte) {
            Some(heap) => RefType::of(true, HeapType::Abstract(heap)),
            None => return Err(reader.bad_byte(why)),
        },
    })
}

/// Begins an exact heap type (custom descriptors).
pub(crate) const EXACT: u8 = 0x62;

impl<'a> Read<'a> for HeapType {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if let Some(byte) = reader.peek()
            && is_code(byte)
        {
            reader.byte()?;
            if byte == EXACT {
                reader.judges_byte(Features::CUSTOM_DESCRIPTORS)?;
                return heap_type_index(reader).map(HeapType::Exact);
            }
            return match AbstractHeapType::from_byte(byte) {
                Some(heap) => Ok(HeapType::Abstract(heap)),
                None => Err(reader.bad_byte(Malformed::HeapType)),
            };
        }
        reader.judges(Features::FUNCTION_REFERENCES)?;
        heap_type_index(reader).map(HeapType::Concrete)
    }
}

/// A type index among heap types: negative numbers are codes.
fn heap_type_index(reader: &mut Reader<'_>) -> Result<TypeIdx> {
    reader.positive(Malformed::HeapType).map(TypeIdx::new)
}

impl<'a> Read<'a> for BlockType {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        match reader.peek() {
            Some(0x40) => reader.byte().map(|_| BlockType::Empty),
            Some(byte) if is_code(byte) => reader.read().map(BlockType::Result),
            _ => reader.positive(Malformed::TypeForm).map(|index| BlockType::Func(TypeIdx::new(index))),
        }
    }
}

impl<'a> Read<'a> for RecType<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if reader.peek() == Some(0x4E) {
            reader.judges(Features::GC)?;
            reader.byte()?;
            return Ok(RecType { is_explicit: true, types: Encoded::scan(reader)? });
        }
        let before = reader.clone();
        reader.read::<SubType<'a>>()?;
        let types = Encoded::new(1, reader.since(&before), before.position());
        Ok(RecType { is_explicit: false, types })
    }
}

impl<'a> Read<'a> for SubType<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let (is_explicit, is_final, supertypes) = match reader.peek() {
            Some(byte @ (0x50 | 0x4F)) => {
                reader.judges(Features::GC)?;
                reader.byte()?;
                (true, byte == 0x4F, Encoded::scan(reader)?)
            }
            _ => (false, true, Encoded::new(0, &[], reader.position())),
        };
        let describes = clause(reader, 0x4C)?;
        let descriptor = clause(reader, 0x4D)?;
        Ok(SubType { is_explicit, is_final, supertypes, describes, descriptor, composite: reader.read()? })
    }
}

/// A type index after `byte`, where that is there.
fn clause(reader: &mut Reader<'_>, byte: u8) -> Result<Option<TypeIdx>> {
    if reader.peek() != Some(byte) {
        return Ok(None);
    }
    reader.judges(Features::CUSTOM_DESCRIPTORS)?;
    reader.byte()?;
    reader.read().map(Some)
}

impl<'a> Read<'a> for CompositeType<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        match reader.byte()? {
            0x60 => reader.read().map(CompositeType::Func),
            0x5F => {
                reader.judges_byte(Features::GC)?;
                Encoded::scan(reader).map(CompositeType::Struct)
            }
            0x5E => {
                reader.judges_byte(Features::GC)?;
                reader.read().map(CompositeType::Array)
            }
            // Longer than one byte where one byte says it all: the suite's words.
            byte if byte & 0x80 != 0 => Err(reader.bad_byte(Malformed::IntegerTooLong)),
            _ => Err(reader.bad_byte(Malformed::TypeForm)),
        }
    }
}

impl<'a> Read<'a> for FuncType<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(FuncType { params: Encoded::scan(reader)?, results: Encoded::scan(reader)? })
    }
}

impl<'a> Read<'a> for FieldType {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let storage = match reader.peek() {
            Some(0x78) => reader.byte().map(|_| StorageType::I8)?,
            Some(0x77) => reader.byte().map(|_| StorageType::I16)?,
            _ => StorageType::Val(reader.read()?),
        };
        Ok(FieldType { storage, mutable: mutability(reader)? })
    }
}

fn mutability(reader: &mut Reader<'_>) -> Result<bool> {
    reader.byte_up_to(1, Malformed::Mutability).map(|byte| byte != 0)
}

/// What limits begin with (core spec, Limits).
struct LimitsFlags {
    has_max: bool,
    shared: bool,
    addr: AddrType,
    has_page_size: bool,
}

impl LimitsFlags {
    fn read(reader: &mut Reader<'_>, allowed: u8) -> Result<Self> {
        let flags = reader.byte()?;
        if flags & !allowed != 0 {
            return Err(reader.bad_byte(Malformed::LimitsFlags));
        }
        let mut limits =
            LimitsFlags { has_max: flags & 1 != 0, shared: false, addr: AddrType::I32, has_page_size: false };
        if flags & 2 != 0 {
            reader.judges_byte(Features::THREADS)?;
            limits.shared = true;
        }
        if flags & 4 != 0 {
            reader.judges_byte(Features::MEMORY64)?;
            limits.addr = AddrType::I64;
        }
        if flags & 8 != 0 {
            reader.judges_byte(Features::CUSTOM_PAGE_SIZES)?;
            limits.has_page_size = true;
        }
        Ok(limits)
    }

    /// Minimum and maximum.
    fn bounds(&self, reader: &mut Reader<'_>) -> Result<(u64, Option<u64>)> {
        Ok((reader.u64()?, if self.has_max { Some(reader.u64()?) } else { None }))
    }
}

impl<'a> Read<'a> for MemoryType {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let flags = LimitsFlags::read(reader, 0b1111)?;
        let (min, max) = flags.bounds(reader)?;
        let custom_page_size = if flags.has_page_size { Some(page_size(reader)?) } else { None };
        Ok(MemoryType { addr: flags.addr, shared: flags.shared, min, max, custom_page_size })
    }
}

/// log₂ of a page size (custom-page-sizes proposal). One that no address could hold is malformed.
fn page_size(reader: &mut Reader<'_>) -> Result<u32> {
    reader.u32_up_to(64, Malformed::PageSize)
}

impl<'a> Read<'a> for TableType {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let element = reader.read()?;
        let flags = LimitsFlags::read(reader, 0b0101)?;
        let (min, max) = flags.bounds(reader)?;
        Ok(TableType { element, addr: flags.addr, min, max })
    }
}

impl<'a> Read<'a> for GlobalType {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(GlobalType { content: reader.read()?, mutable: mutability(reader)? })
    }
}

/// A tag's attribute and type (core spec, Tag Types).
pub(super) fn tag_type(reader: &mut Reader<'_>) -> Result<TypeIdx> {
    reader.judges(Features::EXCEPTIONS)?;
    reader.zero(Malformed::TagAttribute)?;
    reader.read()
}

impl ExternKind {
    /// The kind that `byte` stands for in imports, exports and sorts.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => ExternKind::Func,
            1 => ExternKind::Table,
            2 => ExternKind::Memory,
            3 => ExternKind::Global,
            4 => ExternKind::Tag,
            _ => return None,
        })
    }
}

impl<'a> Read<'a> for ExternType {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        /// An exact function (custom descriptors): a kind of imports only.
        const EXACT_FUNC: u8 = 0x20;
        let byte = reader.byte()?;
        if byte == EXACT_FUNC {
            reader.judges_byte(Features::CUSTOM_DESCRIPTORS)?;
            return Ok(ExternType::Func { ty: reader.read()?, is_exact: true });
        }
        let Some(kind) = ExternKind::from_byte(byte) else {
            return Err(reader.bad_byte(Malformed::ImportKind));
        };
        Ok(match kind {
            ExternKind::Func => ExternType::Func { ty: reader.read()?, is_exact: false },
            ExternKind::Table => ExternType::Table(reader.read()?),
            ExternKind::Memory => ExternType::Memory(reader.read()?),
            ExternKind::Global => ExternType::Global(reader.read()?),
            ExternKind::Tag => ExternType::Tag(tag_type(reader)?),
        })
    }
}
