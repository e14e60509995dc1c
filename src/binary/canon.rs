//! Canonical definitions (`Binary.md`, Canonical Definitions), expanded from the table.

use super::reader::{Read, Reader};
use crate::error::{Malformed, Result};
use crate::syntax::canon::{Canon, CanonOpt, Reserved, StringEncoding, for_each_canon};
use crate::syntax::{Encoded, Features};

macro_rules! read_canons {
    ($($byte:literal $text:literal $name:ident ($($imm:ident : $Imm:ty),*) $feature:ident;)*) => {
        impl<'a> Read<'a> for Canon<'a> {
            fn read(reader: &mut Reader<'a>) -> Result<Self> {
                Ok(match reader.byte()? {
                    $( $byte => {
                        reader.judges_byte(Features::$feature)?;
                        if $byte <= 0x01 {
                            // `lift` and `lower` have the sort `func` before their function.
                            reader.zero(Malformed::CanonKind)?;
                        }
                        Canon::$name { $($imm: reader.read()?),* }
                    } )*
                    _ => return Err(reader.bad_byte(Malformed::CanonKind)),
                })
            }
        }
    };
}
for_each_canon!(read_canons);

impl<'a> Read<'a> for Encoded<'a, CanonOpt> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Encoded::scan(reader)
    }
}

impl<'a> Read<'a> for CanonOpt {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Ok(match reader.byte()? {
            0x00 => CanonOpt::StringEncoding(StringEncoding::Utf8),
            0x01 => CanonOpt::StringEncoding(StringEncoding::Utf16),
            0x02 => CanonOpt::StringEncoding(StringEncoding::Latin1Utf16),
            0x03 => CanonOpt::Memory(reader.read()?),
            0x04 => CanonOpt::Realloc(reader.read()?),
            0x05 => CanonOpt::PostReturn(reader.read()?),
            0x06 => {
                reader.judges_byte(Features::CM_ASYNC)?;
                CanonOpt::Async
            }
            0x07 => {
                reader.judges_byte(Features::CM_ASYNC)?;
                CanonOpt::Callback(reader.read()?)
            }
            _ => return Err(reader.bad_byte(Malformed::CanonKind)),
        })
    }
}

impl<'a> Read<'a> for Reserved {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.byte_up_to(0, Malformed::ZeroByte).map(Reserved)
    }
}
