//! Instructions with their immediates (core spec, Instructions in the Binary Format), expanded
//! from the table.

use super::reader::{Read, Reader};
use crate::error::{Error, ErrorKind, Malformed, Result};
use crate::syntax::instr::{
    AtomicArg, BrOnCast, BrTable, Catch, Catches, F32, F64, Lane, MemArg, Shuffle, V128, ValTypes, ZeroByte,
    feature_of, for_each_instruction, opcode,
};
#[allow(unused_imports)]
use crate::syntax::{
    BlockType, DataIdx, ElemIdx, Encoded, FieldIdx, FuncIdx, GlobalIdx, HeapType, Instr, LabelIdx, LocalIdx, MemIdx,
    RefType, TableIdx, TagIdx, TypeIdx,
};

macro_rules! read_instructions {
    ($(($gate:meta) $group:ident { $([$($byte:literal)+] $text:literal $name:ident ($($imm:ident : $Imm:ty),*) : $sig:tt $feature:ident;)* })*) => {
        impl<'a> Read<'a> for Instr<'a> {
            fn read(reader: &mut Reader<'a>) -> Result<Self> {
                let at = reader.position();
                Ok(match read_opcode(reader)? {
                    $($( #[cfg(any($gate, test))] opcode::$name => Instr::$name { $($imm: reader.read()?),* }, )*)*
                    unknown => return Err(illegal(at, unknown)),
                })
            }
        }

        /// Passes over an instruction; returns its opcode.
        pub fn skip_instruction<'a>(reader: &mut Reader<'a>) -> Result<u32> {
            let at = reader.position();
            let opcode = read_opcode(reader)?;
            match opcode {
                $($( #[cfg(any($gate, test))] opcode::$name => { $( reader.read::<$Imm>()?; )* } )*)*
                unknown => return Err(illegal(at, unknown)),
            }
            Ok(opcode)
        }
    };
}
for_each_instruction!(read_instructions);

/// Reads an opcode; one with a prefix has a second number, which may be written in more bytes
/// than it needs.
#[inline]
pub fn read_opcode(reader: &mut Reader<'_>) -> Result<u32> {
    let byte = reader.byte()?;
    if byte < 0xFB {
        return Ok(u32::from(byte));
    }
    read_prefixed(reader, byte)
}

fn read_prefixed(reader: &mut Reader<'_>, prefix: u8) -> Result<u32> {
    let sub = if prefix == 0xFF { u32::MAX } else { reader.u32()? };
    // Numbers above 16 bits would run into the prefix; no instruction has them.
    Ok(u32::from(prefix) << 16 | sub.min(0xFFFF))
}

/// Why an opcode does not read.
#[cold]
#[inline(never)]
pub fn illegal(at: u32, opcode: u32) -> Error {
    if let Some(feature) = feature_of(opcode) {
        return Error::new(ErrorKind::Unsupported(feature)).at(at);
    }
    let refuse = |message| Error::malformed(Malformed::IllegalOpcode, at).with_message(message);
    // Exception handling as it was before `try_table`: old compilers still write it.
    let old = match opcode {
        0x06 => "try",
        0x07 => "catch",
        0x09 => "rethrow",
        0x18 => "delegate",
        0x19 => "catch_all",
        _ if opcode > 0xFF => {
            return refuse(format_args!("0x{:x} {}", opcode >> 16, opcode & 0xFFFF));
        }
        _ => return refuse(format_args!("0x{opcode:02x}")),
    };
    refuse(format_args!("`{old}` is legacy exception handling, which the standard replaced by `try_table`"))
}

impl<'a> Read<'a> for i32 {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.s32()
    }
}

impl<'a> Read<'a> for i64 {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.s64()
    }
}

impl<'a> Read<'a> for F32 {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.array().map(|bytes| F32(u32::from_le_bytes(bytes)))
    }
}

impl<'a> Read<'a> for F64 {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.array().map(|bytes| F64(u64::from_le_bytes(bytes)))
    }
}

impl<'a> Read<'a> for V128 {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.array().map(V128)
    }
}

impl<'a> Read<'a> for Shuffle {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.array().map(Shuffle)
    }
}

impl<'a, const N: u8> Read<'a> for Lane<N> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.byte().map(Lane)
    }
}

impl<'a, const N: u32> Read<'a> for MemArg<N> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let flags = reader.u32_up_to(0x7F, Malformed::MemopFlags)?;
        let memory = if flags & 0x40 != 0 { reader.read()? } else { MemIdx::new(0) };
        Ok(MemArg { align: flags & 0x3F, memory, offset: reader.u64()? })
    }
}

impl<'a, const N: u32> Read<'a> for AtomicArg<N> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.read().map(AtomicArg)
    }
}

impl<'a> Read<'a> for ZeroByte {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.zero(Malformed::ZeroByte).map(|()| ZeroByte)
    }
}

impl<'a> Read<'a> for BrTable<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(BrTable { labels: Encoded::scan(reader)?, default: reader.read::<LabelIdx>()? })
    }
}

impl<'a> Read<'a> for ValTypes<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Encoded::scan(reader).map(ValTypes)
    }
}

impl<'a> Read<'a> for BrOnCast {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let flags = reader.byte_up_to(3, Malformed::CastFlags)?;
        let label = reader.read()?;
        let from = RefType::of(flags & 1 != 0, reader.read()?);
        let to = RefType::of(flags & 2 != 0, reader.read()?);
        Ok(BrOnCast { label, from, to })
    }
}

impl<'a> Read<'a> for Catches<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Encoded::scan(reader).map(Catches)
    }
}

impl<'a> Read<'a> for Catch {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let kind = reader.byte_up_to(3, Malformed::CatchKind)?;
        let tag = if kind < 2 { Some(reader.read()?) } else { None };
        Ok(Catch { tag, by_ref: kind & 1 != 0, label: reader.read()? })
    }
}

#[cfg(test)]
mod tests;
