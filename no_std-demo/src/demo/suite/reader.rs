//! Reads a converted suite.

use super::tags;
use windlass::component::Val;
use windlass::support::{Box, String, Vec};
use windlass::{Error, Result};

/// Reads from the front.
pub struct Reader {
    pub rest: &'static [u8],
}

/// The suite was converted by the same source, so what does not fit is a mistake of this demo.
fn wrong(what: &str) -> Error {
    Error::host(format_args!("the suite's bytes: {what}"))
}

impl Reader {
    pub fn byte(&mut self) -> Result<u8> {
        let (byte, rest) = self.rest.split_first().ok_or_else(|| wrong("end"))?;
        self.rest = rest;
        Ok(*byte)
    }

    pub fn number(&mut self) -> Result<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 127).checked_shl(shift).ok_or_else(|| wrong("number"))?;
            if byte < 128 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    fn count(&mut self) -> Result<usize> {
        usize::try_from(self.number()?).map_err(|_| wrong("count"))
    }

    pub fn take(&mut self, count: usize) -> Result<&'static [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| wrong("end"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub fn bytes(&mut self) -> Result<&'static [u8]> {
        let count = self.count()?;
        self.take(count)
    }

    pub fn text(&mut self) -> Result<&'static str> {
        core::str::from_utf8(self.bytes()?).map_err(|_| wrong("text"))
    }

    /// As many as the count says that comes first.
    pub fn all<T>(&mut self, one: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.count()?;
        let mut all = Vec::with_capacity(count)?;
        for _ in 0..count {
            all.push(one(self)?)?;
        }
        Ok(all)
    }

    fn string(&mut self) -> Result<String> {
        Ok(String::from_text(self.text()?)?)
    }

    fn maybe(&mut self) -> Result<Option<Box<Val>>> {
        Ok(if self.byte()? == 1 { Some(Box::new(self.value()?)?) } else { None })
    }

    /// A value.
    pub fn value(&mut self) -> Result<Val> {
        // Each number was written as the unsigned one of its width.
        Ok(match self.byte()? {
            tags::BOOL => Val::Bool(self.number()? != 0),
            tags::U8 => Val::U8(self.number()? as u8),
            tags::S8 => Val::S8(self.number()? as i8),
            tags::U16 => Val::U16(self.number()? as u16),
            tags::S16 => Val::S16(self.number()? as i16),
            tags::U32 => Val::U32(self.number()? as u32),
            tags::S32 => Val::S32(self.number()? as i32),
            tags::U64 => Val::U64(self.number()?),
            tags::S64 => Val::S64(self.number()? as i64),
            tags::F32 => Val::Float32(f32::from_bits(self.number()? as u32)),
            tags::F64 => Val::Float64(f64::from_bits(self.number()?)),
            tags::CHAR => Val::Char(char::from_u32(self.number()? as u32).ok_or_else(|| wrong("char"))?),
            tags::STRING => Val::String(self.string()?),
            tags::LIST => Val::List(self.all(Self::value)?),
            tags::TUPLE => Val::Tuple(self.all(Self::value)?),
            tags::MAP => Val::Map(self.all(|reader| Ok((reader.value()?, reader.value()?)))?),
            tags::RECORD => Val::Record(self.all(|reader| Ok((reader.string()?, reader.value()?)))?),
            tags::VARIANT => Val::Variant(self.string()?, self.maybe()?),
            tags::ENUM => Val::Enum(self.string()?),
            tags::OPTION => Val::Option(self.maybe()?),
            tags::OK => Val::Result(Ok(self.maybe()?)),
            tags::ERR => Val::Result(Err(self.maybe()?)),
            tags::FLAGS => Val::Flags(self.all(Self::string)?),
            _ => return Err(wrong("value")),
        })
    }
}
