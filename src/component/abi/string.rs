//! Strings in three encodings (`CanonicalABI.md`, Loading: `load_string_from_range`; Storing:
//! `store_string_into_range`).
//!
//! Nothing is kept on the way: code units go from one memory to the other. `realloc` is called
//! with the same arguments in the same order as in the specification, and what it returns is
//! checked as there. Lengths are below 2²⁸, so that the sizes computed here fit 32 bits.

use super::context::{check_alignment, is_aligned};
use crate::error::{Bug, Result, Trap, bug};
use crate::syntax::canon::StringEncoding;

/// `MAX_STRING_BYTE_LENGTH`
const MAX_STRING_BYTE_LENGTH: u64 = (1 << 28) - 1;

/// How the code units of one string lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SimpleEncoding {
    Utf8,
    Utf16,
    Latin1,
}

/// A string that was loaded: in bounds, aligned, well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadedString {
    /// Its first byte.
    pub ptr: u64,
    /// How many bytes.
    pub byte_length: u32,
    /// How many code units.
    pub code_units: u32,
    /// What it is encoded in.
    pub simple: SimpleEncoding,
    /// What the side it comes from says of all its strings.
    pub encoding: StringEncoding,
}

impl LoadedString {
    /// A string of the host, all of its bytes.
    pub fn host(text: &str) -> Result<Self> {
        let byte_length = text.len() as u64;
        if byte_length > MAX_STRING_BYTE_LENGTH {
            return Err(Trap::StringTooLong { bytes: byte_length }.into());
        }
        let len = byte_length as u32;
        let (simple, encoding) = (SimpleEncoding::Utf8, StringEncoding::Utf8);
        Ok(Self { ptr: 0, byte_length: len, code_units: len, simple, encoding })
    }

    /// Its bytes.
    pub fn bytes(self, memory: &[u8]) -> &[u8] {
        range(memory, self.ptr, u64::from(self.byte_length)).unwrap_or_default()
    }

    /// Its code points.
    pub fn chars(self, memory: &[u8]) -> Chars<'_> {
        Chars { bytes: self.bytes(memory), encoding: self.simple }
    }
}

/// Code points of a string.
pub struct Chars<'a> {
    bytes: &'a [u8],
    encoding: SimpleEncoding,
}

impl Chars<'_> {
    /// The rest is no text in its encoding, so it cannot be read on.
    fn end(&mut self) -> Option<u32> {
        self.bytes = &[];
        None
    }
}

impl Iterator for Chars<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match self.encoding {
            SimpleEncoding::Latin1 => {
                let (first, rest) = self.bytes.split_first()?;
                self.bytes = rest;
                Some(u32::from(*first))
            }
            SimpleEncoding::Utf8 => {
                let (first, rest) = self.bytes.split_first()?;
                let more = match first {
                    0..=0x7F => 0,
                    0xC0..=0xDF => 1,
                    0xE0..=0xEF => 2,
                    _ => 3,
                };
                let Some((tail, rest)) = rest.split_at_checked(more) else { return self.end() };
                self.bytes = rest;
                let head = if more == 0 { u32::from(*first) } else { u32::from(*first) & (0x3F >> more) };
                Some(tail.iter().fold(head, |code, byte| code << 6 | u32::from(byte & 0x3F)))
            }
            SimpleEncoding::Utf16 => {
                let (first, rest) = self.bytes.split_first_chunk::<2>()?;
                let unit = u16::from_le_bytes(*first);
                self.bytes = rest;
                if !(0xD800..0xE000).contains(&unit) {
                    return Some(u32::from(unit));
                }
                let Some((second, rest)) = rest.split_first_chunk::<2>() else { return self.end() };
                let low = u16::from_le_bytes(*second);
                if unit >= 0xDC00 || !(0xDC00..0xE000).contains(&low) {
                    return self.end();
                }
                self.bytes = rest;
                Some(0x1_0000 + (u32::from(unit & 0x3FF) << 10 | u32::from(low & 0x3FF)))
            }
        }
    }
}

/// `memory[ptr : ptr + len]`, where all of it exists.
pub fn range(memory: &[u8], ptr: u64, len: u64) -> Option<&[u8]> {
    let start = usize::try_from(ptr).ok()?;
    memory.get(start..start.checked_add(usize::try_from(len).ok()?)?)
}

/// `memory[ptr : ptr + len]`, to change.
pub fn range_mut(memory: &mut [u8], ptr: u64, len: u64) -> Option<&mut [u8]> {
    let start = usize::try_from(ptr).ok()?;
    memory.get_mut(start..start.checked_add(usize::try_from(len).ok()?)?)
}

/// `load_string_from_range`; `tag` is `utf16_tag`.
#[cfg_attr(crossings, inline)]
pub fn load_string_from_range(
    memory: &[u8],
    encoding: StringEncoding,
    tag: u64,
    ptr: u64,
    tagged_code_units: u64,
) -> Result<LoadedString> {
    let loaded = locate_string(memory, encoding, tag, ptr, tagged_code_units)?;
    check_encoding(loaded.bytes(memory), loaded.simple)?;
    Ok(loaded)
}

/// The same; whether it is text is not judged yet.
#[cfg_attr(crossings, inline)]
pub fn locate_string(
    memory: &[u8],
    encoding: StringEncoding,
    tag: u64,
    ptr: u64,
    tagged_code_units: u64,
) -> Result<LoadedString> {
    let utf16 = (2, SimpleEncoding::Utf16);
    let (code_units, align, (unit, simple)) = match encoding {
        StringEncoding::Utf8 => (tagged_code_units, 1, (1, SimpleEncoding::Utf8)),
        StringEncoding::Utf16 => (tagged_code_units, 2, utf16),
        StringEncoding::Latin1Utf16 if tagged_code_units & tag != 0 => (tagged_code_units ^ tag, 2, utf16),
        StringEncoding::Latin1Utf16 => (tagged_code_units, 2, (1, SimpleEncoding::Latin1)),
    };
    let byte_length = code_units.saturating_mul(unit);
    if byte_length > MAX_STRING_BYTE_LENGTH {
        return Err(Trap::StringTooLong { bytes: byte_length }.into());
    }
    check_alignment(ptr, align)?;
    range(memory, ptr, byte_length).ok_or(Trap::StringOutOfBounds { ptr, bytes: byte_length })?;
    Ok(LoadedString { ptr, byte_length: byte_length as u32, code_units: code_units as u32, simple, encoding })
}

/// Whether the bytes are text in that encoding; an error where not.
pub fn check_encoding(bytes: &[u8], simple: SimpleEncoding) -> Result<()> {
    let at = match simple {
        SimpleEncoding::Latin1 => return Ok(()),
        // Most strings are, and are short: so much is found out soon.
        SimpleEncoding::Utf8 if BY_WORDS && bytes.is_ascii() => return Ok(()),
        SimpleEncoding::Utf8 => match core::str::from_utf8(bytes) {
            Ok(_) => return Ok(()),
            Err(error) if error.error_len().is_none() => return Err(Trap::StringIncomplete.into()),
            Err(error) => error.valid_up_to(),
        },
        SimpleEncoding::Utf16 => {
            // Most strings have none.
            if is_low(bytes) {
                return Ok(());
            }
            let (units, _) = bytes.as_chunks::<2>();
            let is_surrogate = |unit: &[u8; 2]| unit[1] & 0xF8 == 0xD8;
            if !units.iter().fold(false, |any, unit| any | is_surrogate(unit)) {
                return Ok(());
            }
            let mut at = 0;
            let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
            let bad = char::decode_utf16(units).any(|unit| match unit {
                Ok(code) => {
                    at += 2 * code.len_utf16();
                    false
                }
                Err(_) => true,
            });
            if !bad {
                return Ok(());
            }
            at
        }
    };
    Err(crate::Error::from(Trap::StringEncoding).with_message(format_args!("at byte {at} of the string")))
}

/// Where a string comes from and where it goes.
pub trait StringPlaces {
    /// `cx.reallocate`: calls the `realloc` of the side that the string goes to.
    fn reallocate(&mut self, old: u64, old_size: u32, align: u32, new_size: u32) -> Result<u64>;

    /// The memory that the string was loaded from, and the memory that it goes to.
    fn memories(&mut self) -> Result<(&[u8], &mut [u8])>;
}

/// Memories never get smaller, and what a string needs at most was reserved.
#[cold]
fn shrunk() -> Bug {
    bug!("a string that is longer than what was checked")
}

/// What `cx.reallocate` is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Request {
    pub old: u64,
    pub old_size: u32,
    /// Not as wide as its neighbours: who passes all of them on would read them together, which takes until all of
    /// them, just written, are in the cache.
    pub align: u8,
    pub new_size: u32,
}

impl Request {
    /// The same as core values.
    #[inline]
    pub fn args(self) -> [u64; 4] {
        [self.old, self.old_size.into(), self.align.into(), self.new_size.into()]
    }
}

/// How a string is stored: the branches of `store_string_into_range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    /// `store_string_copy` where source and destination have the same code units.
    Copy,
    /// All others.
    Transcode(Way),
}

/// Between which encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `store_string_copy` from Latin-1 to UTF-16.
    Latin1ToUtf16,
    /// `store_utf16_to_utf8` and `store_latin1_to_utf8`: so many bytes for each code unit at most.
    ToUtf8 { worst: u32 },
    /// `store_utf8_to_utf16`
    Utf8ToUtf16,
    /// `store_string_to_latin1_or_utf16`
    ToLatin1OrUtf16,
    /// `store_probably_utf16_to_latin1_or_utf16`
    ProbablyUtf16,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing is written: there will be room for the first guess.
    First,
    /// So many code units fitted the first guess: there will be room for the worst case.
    Rest(u32),
    /// All of it is written, so many tagged code units: what was too much is given back.
    Fit(u64),
}

/// A string on its way into memory, between calls of `realloc`, whoever makes them.
#[derive(Clone, Copy, Debug)]
pub struct Lowering {
    source: LoadedString,
    plan: Plan,
    stage: Stage,
    tag: u64,
    /// What `realloc` is to be called with now.
    pub request: Request,
}

impl Lowering {
    /// `store_string_into_range` begins.
    #[inline]
    pub fn new(source: LoadedString, encoding: StringEncoding, tag: u64) -> Self {
        use SimpleEncoding as Simple;
        let (bytes, units) = (source.byte_length, source.code_units);
        let (plan, align, size) = match (encoding, source.simple) {
            (StringEncoding::Utf8, Simple::Utf8) => (Plan::Copy, 1_u8, bytes),
            (StringEncoding::Utf8, Simple::Utf16) => (Plan::Transcode(Way::ToUtf8 { worst: 3 }), 1, units),
            (StringEncoding::Utf8, Simple::Latin1) => (Plan::Transcode(Way::ToUtf8 { worst: 2 }), 1, units),
            (StringEncoding::Utf16, Simple::Utf8) => (Plan::Transcode(Way::Utf8ToUtf16), 2, 2 * units),
            (StringEncoding::Utf16, Simple::Utf16) => (Plan::Copy, 2, bytes),
            (StringEncoding::Utf16, Simple::Latin1) => (Plan::Transcode(Way::Latin1ToUtf16), 2, 2 * units),
            (StringEncoding::Latin1Utf16, Simple::Latin1) => (Plan::Copy, 2, bytes),
            (StringEncoding::Latin1Utf16, Simple::Utf16) if source.encoding == StringEncoding::Latin1Utf16 => {
                (Plan::Transcode(Way::ProbablyUtf16), 2, bytes)
            }
            (StringEncoding::Latin1Utf16, _) => (Plan::Transcode(Way::ToLatin1OrUtf16), 2, units),
        };
        let request = Request { old: 0, old_size: 0, align, new_size: size };
        Self { source, plan, stage: Stage::First, tag, request }
    }

    /// A list whose elements are copied as they are goes the same way: `length` of them, at `ptr`.
    #[cfg(crossings)]
    pub fn list(ptr: u64, length: u32, bytes: u32, align: u32) -> Self {
        let (simple, encoding) = (SimpleEncoding::Latin1, StringEncoding::Latin1Utf16);
        let source = LoadedString { ptr, byte_length: bytes, code_units: length, simple, encoding };
        // Alignments are 8 at most.
        let request = Request { old: 0, old_size: 0, align: align as u8, new_size: bytes };
        Self { source, plan: Plan::Copy, stage: Stage::First, tag: 0, request }
    }

    /// How many bytes are copied.
    #[cfg(crossings)]
    pub const fn bytes(&self) -> u32 {
        self.source.byte_length
    }

    /// `realloc` has returned `ptr`. Where the string lies and its tagged code units, or `None` if it is to be called
    /// again. An error is a trap, and nothing has changed.
    #[cfg_attr(crossings, inline)]
    pub fn allocated(&mut self, ptr: u64, from: &[u8], to: &mut [u8]) -> Result<Option<(u64, u64)>> {
        let Request { align, new_size, .. } = self.request;
        let align = u32::from(align);
        if !is_aligned(ptr, align) {
            return Err(Trap::ReallocNotAligned { ptr, align }.into());
        }
        let to = range_mut(to, ptr, u64::from(new_size));
        let to = to.ok_or(Trap::ReallocOutOfBounds { ptr, bytes: new_size })?;
        let done = match self.stage {
            Stage::Fit(units) => return Ok(Some((ptr, units))),
            Stage::Rest(done) => Some(done),
            Stage::First => None,
        };
        let source = self.source;
        match self.plan {
            Plan::Copy => {
                write(to, source.bytes(from))?;
                Ok(Some((ptr, u64::from(source.code_units))))
            }
            Plan::Transcode(way) => self.transcode(way, done, ptr, from, to),
        }
    }

    #[inline(never)]
    fn transcode(
        &mut self,
        way: Way,
        done: Option<u32>,
        ptr: u64,
        from: &[u8],
        to: &mut [u8],
    ) -> Result<Option<(u64, u64)>> {
        let source = self.source;
        Ok(match (way, done) {
            (Way::Latin1ToUtf16, _) => {
                for (unit, byte) in to.as_chunks_mut::<2>().0.iter_mut().zip(source.bytes(from)) {
                    *unit = [*byte, 0];
                }
                Some((ptr, u64::from(source.code_units)))
            }
            (Way::ToUtf8 { worst }, None) => self.ascii_to_utf8(worst, ptr, from, to),
            (Way::ToUtf8 { .. }, Some(ascii)) => self.rest_to_utf8(ascii, ptr, from, to)?,
            (Way::Utf8ToUtf16, _) => self.utf8_to_utf16(ptr, from, to)?,
            (Way::ToLatin1OrUtf16, None) => self.write_latin1(ptr, from, to)?,
            (Way::ToLatin1OrUtf16, Some(latin1)) => self.rest_to_utf16(latin1, ptr, from, to)?,
            (Way::ProbablyUtf16, _) => self.probably_utf16(ptr, from, to)?,
        })
    }

    /// `realloc` is to be called with these, too; `stage` comes then.
    fn again(&mut self, old: u64, new_size: u32, stage: Stage) -> Option<(u64, u64)> {
        let Request { new_size: old_size, align, .. } = self.request;
        self.request = Request { old, old_size, align, new_size };
        self.stage = stage;
        None
    }

    /// All is written, in `len` bytes: those behind are given back, if there are any.
    fn fit(&mut self, ptr: u64, len: u32, tagged_code_units: u64) -> Option<(u64, u64)> {
        if len < self.request.new_size {
            return self.again(ptr, len, Stage::Fit(tagged_code_units));
        }
        Some((ptr, tagged_code_units))
    }

    /// ASCII fills the first guess exactly; the first other code point needs a larger one.
    fn ascii_to_utf8(&mut self, worst: u32, ptr: u64, from: &[u8], to: &mut [u8]) -> Option<(u64, u64)> {
        let source = self.source;
        let ascii = match source.simple {
            SimpleEncoding::Utf16 => {
                let source = source.bytes(from);
                let done = narrow_ascii(source, to);
                let rest = source.as_chunks::<2>().0.iter().zip(to).skip(done);
                let ascii = rest.take_while(|([low, high], _)| *high == 0 && low.is_ascii());
                done + ascii.map(|([low, _], place)| *place = *low).count()
            }
            SimpleEncoding::Latin1 | SimpleEncoding::Utf8 => {
                let ascii = source.bytes(from).iter().zip(to).take_while(|(byte, _)| byte.is_ascii());
                ascii.map(|(byte, place)| *place = *byte).count()
            }
        } as u32;
        if ascii == source.code_units {
            return Some((ptr, u64::from(ascii)));
        }
        self.again(ptr, worst * source.code_units, Stage::Rest(ascii))
    }

    fn rest_to_utf8(&mut self, ascii: u32, ptr: u64, from: &[u8], to: &mut [u8]) -> Result<Option<(u64, u64)>> {
        // As many code units as ASCII code points are behind us, whatever the encoding.
        let mut chars = self.source.chars(from);
        if ascii > 0 {
            chars.nth(ascii as usize - 1);
        }
        let mut len = ascii;
        for code in chars {
            len += encode_utf8(code, to.get_mut(len as usize..).unwrap_or_default())?;
        }
        Ok(self.fit(ptr, len, u64::from(len)))
    }

    fn utf8_to_utf16(&mut self, ptr: u64, from: &[u8], to: &mut [u8]) -> Result<Option<(u64, u64)>> {
        // ASCII comes first in most strings, and often alone.
        let bytes = self.source.bytes(from);
        let done = widen_ascii(bytes, to);
        let rest = bytes.iter().zip(to.as_chunks_mut::<2>().0).skip(done);
        let ascii = rest.take_while(|(byte, _)| byte.is_ascii());
        let ascii = done + ascii.map(|(byte, unit)| *unit = [*byte, 0]).count();
        let rest = Chars { bytes: bytes.get(ascii..).unwrap_or_default(), encoding: self.source.simple };
        let mut len = 2 * ascii as u32;
        for code in rest {
            len += encode_utf16(code, to.get_mut(len as usize..).unwrap_or_default())?;
        }
        Ok(self.fit(ptr, len, u64::from(len / 2)))
    }

    fn write_latin1(&mut self, ptr: u64, from: &[u8], to: &mut [u8]) -> Result<Option<(u64, u64)>> {
        let mut latin1 = 0;
        for code in self.source.chars(from) {
            let Ok(byte) = u8::try_from(code) else {
                return Ok(self.again(ptr, 2 * self.source.code_units, Stage::Rest(latin1)));
            };
            *to.get_mut(latin1 as usize).ok_or_else(shrunk)? = byte;
            latin1 += 1;
        }
        Ok(self.fit(ptr, latin1, u64::from(latin1)))
    }

    fn rest_to_utf16(&mut self, latin1: u32, ptr: u64, from: &[u8], to: &mut [u8]) -> Result<Option<(u64, u64)>> {
        // What was written as Latin-1 becomes UTF-16 in place, from the end on: it is read back from
        // the memory, which `realloc` may have filled as it likes.
        for at in (0..latin1 as usize).rev() {
            let byte = to.get(at).copied().unwrap_or_default();
            if let Some(unit) = to.get_mut(2 * at..2 * at + 2) {
                unit.copy_from_slice(&[byte, 0]);
            }
        }
        let mut len = 2 * latin1;
        for code in self.source.chars(from).skip(latin1 as usize) {
            len += encode_utf16(code, to.get_mut(len as usize..).unwrap_or_default())?;
        }
        Ok(self.fit(ptr, len, u64::from(len / 2) | self.tag))
    }

    fn probably_utf16(&mut self, ptr: u64, from: &[u8], to: &mut [u8]) -> Result<Option<(u64, u64)>> {
        let bytes = self.source.bytes(from);
        write(to, bytes)?;
        let units = self.source.code_units;
        if bytes.as_chunks::<2>().0.iter().any(|[_, high]| *high != 0) {
            return Ok(Some((ptr, u64::from(units) | self.tag)));
        }
        for at in 0..units as usize {
            let byte = to.get(2 * at).copied().unwrap_or_default();
            if let Some(place) = to.get_mut(at) {
                *place = byte;
            }
        }
        let again = self.again(ptr, units, Stage::Fit(u64::from(units)));
        self.request.align = 1;
        Ok(again)
    }
}

/// `store_string_into_range`: returns where the string lies and its tagged code units.
pub fn store_string_into_range<P: StringPlaces>(
    places: &mut P,
    source: LoadedString,
    encoding: StringEncoding,
    tag: u64,
) -> Result<(u64, u64)> {
    let mut lowering = Lowering::new(source, encoding, tag);
    loop {
        let Request { old, old_size, align, new_size } = lowering.request;
        let ptr = places.reallocate(old, old_size, align.into(), new_size)?;
        let (from, to) = places.memories()?;
        if let Some(stored) = lowering.allocated(ptr, from, to)? {
            return Ok(stored);
        }
    }
}

/// Bits that no code unit of ASCII has, of four in UTF-8 and in UTF-16.
const NOT_ASCII: (u32, u64) = (0x8080_8080, 0xFF80_FF80_FF80_FF80);

/// Whether strings are looked at by words first; what remains, and where flash is dear all, is done one by one.
const BY_WORDS: bool = cfg!(not(compact));

/// Whether UTF-16 is below 0x8000 throughout, and so has no surrogates. All of it is looked at, many units at once.
#[inline]
fn is_low(bytes: &[u8]) -> bool {
    if !BY_WORDS {
        return false;
    }
    let (fours, rest) = bytes.as_chunks::<8>();
    let (units, _) = rest.as_chunks::<2>();
    let high = fours.iter().fold(0, |high, four| high | u64::from_le_bytes(*four));
    units.iter().fold(high, |high, [_, byte]| high | u64::from(*byte) << 8) & 0x8000_8000_8000_8000 == 0
}

/// ASCII becomes UTF-16, four at once as far as that goes: how many.
fn widen_ascii(from: &[u8], to: &mut [u8]) -> usize {
    if !BY_WORDS {
        return 0;
    }
    let mut done = 0;
    for (from, to) in from.as_chunks::<4>().0.iter().zip(to.as_chunks_mut::<8>().0) {
        let four = u32::from_le_bytes(*from);
        if four & NOT_ASCII.0 != 0 {
            break;
        }
        let four = u64::from(four);
        let four = (four | four << 16) & 0x0000_FFFF_0000_FFFF;
        *to = ((four | four << 8) & 0x00FF_00FF_00FF_00FF).to_le_bytes();
        done += 4;
    }
    done
}

/// The same backwards.
fn narrow_ascii(from: &[u8], to: &mut [u8]) -> usize {
    if !BY_WORDS {
        return 0;
    }
    let mut done = 0;
    for (from, to) in from.as_chunks::<8>().0.iter().zip(to.as_chunks_mut::<4>().0) {
        let four = u64::from_le_bytes(*from);
        if four & NOT_ASCII.1 != 0 {
            break;
        }
        let four = (four | four >> 8) & 0x0000_FFFF_0000_FFFF;
        *to = ((four | four >> 16) as u32).to_le_bytes();
        done += 4;
    }
    done
}

fn write(to: &mut [u8], bytes: &[u8]) -> Result<()> {
    to.get_mut(..bytes.len()).ok_or_else(shrunk)?.copy_from_slice(bytes);
    Ok(())
}

/// Writes a code point; returns how many bytes it took.
fn encode_utf8(code: u32, to: &mut [u8]) -> Result<u32> {
    let mut bytes = [0; 4];
    let bytes = char::from_u32(code).ok_or(Trap::StringEncoding)?.encode_utf8(&mut bytes).as_bytes();
    to.get_mut(..bytes.len()).ok_or_else(shrunk)?.copy_from_slice(bytes);
    Ok(bytes.len() as u32)
}

/// Writes a code point; returns how many bytes it took.
fn encode_utf16(code: u32, to: &mut [u8]) -> Result<u32> {
    let mut units = [0; 2];
    let units = char::from_u32(code).ok_or(Trap::StringEncoding)?.encode_utf16(&mut units);
    for (at, unit) in units.iter().enumerate() {
        to.get_mut(2 * at..2 * at + 2).ok_or_else(shrunk)?.copy_from_slice(&unit.to_le_bytes());
    }
    Ok(2 * units.len() as u32)
}

#[cfg(test)]
mod tests;
