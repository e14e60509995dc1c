//! Code metadata: custom sections about instructions (core spec, Appendix, Custom Sections and
//! Annotations; tool conventions, `CodeMetadata.md`).
//!
//! A module is valid whatever its custom sections hold. So this is judged apart, for those who
//! ask.

use crate::binary::Reader;
use crate::binary::module::Sections;
use crate::error::{Error, Invalid, Malformed, Result};
use crate::image::Module;
use crate::syntax::module::{Body, CustomSection, Section};
use crate::syntax::{Encoded, Instr};

/// The section of branch hints.
const BRANCH_HINT: &str = "metadata.code.branch_hint";

/// Judges the code metadata of a module that was judged; `bytes` are the whole input.
pub fn code_metadata(bytes: &[u8], module: &Module) -> Result<()> {
    let sections = || Sections::new(Reader::new(module.span.of(bytes), module.span.start));
    let bodies = sections().find_map(|section| match section {
        Ok(Section::Code(bodies)) => Some(bodies),
        _ => None,
    });
    let (mut before_code, mut seen) = (true, false);
    for section in sections() {
        match section? {
            Section::Code(_) => before_code = false,
            Section::Custom(section) if section.name == BRANCH_HINT => {
                if !before_code {
                    let message = format_args!("{BRANCH_HINT} stands after the code");
                    return Err(Error::malformed(Malformed::SectionOrder, section.offset).with_message(message));
                }
                if seen {
                    return Err(invalid(section.offset, format_args!("a second section {BRANCH_HINT}")));
                }
                seen = true;
                branch_hints(section, bodies, module.imported_funcs)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Functions in ascending order, for each its hints in ascending order. Takes time linear in the
/// section and the code.
fn branch_hints(section: CustomSection<'_>, bodies: Option<Encoded<'_, Body<'_>>>, imported: u32) -> Result<()> {
    let mut reader = Reader::new(section.bytes, section.offset);
    let mut bodies = bodies.into_iter().flat_map(Encoded::items);
    let mut next = imported;
    for _ in 0..reader.u32()? {
        let at = reader.position();
        let index = reader.u32()?;
        let Some(skipped) = index.checked_sub(next) else {
            return Err(invalid(at, format_args!("function {index} does not come after those before")));
        };
        let body = bodies.nth(skipped as usize);
        let (_, body) = body.ok_or_else(|| invalid(at, format_args!("no function {index} with code")))??;
        hints_of(&mut reader, &body)?;
        next = index.saturating_add(1);
    }
    reader.require(reader.is_empty(), Malformed::SectionSize)
}

/// The hints of one function: each says where its branch lies, counted from the locals on, and
/// with one byte how likely it is.
fn hints_of(reader: &mut Reader<'_>, body: &Body<'_>) -> Result<()> {
    let mut code = Reader::new(body.code, body.offset);
    for _ in 0..reader.u32()? {
        let at = reader.position();
        let target = body.start.saturating_add(reader.u32()?);
        let value = reader.clone();
        value.require(reader.u32()? == 1 && reader.byte()? <= 1, Malformed::BranchHint)?;
        while code.position() < target && !code.is_empty() {
            code.read::<Instr<'_>>()?;
        }
        let is_target = code.position() == target && !code.is_empty();
        match if is_target { code.read()? } else { Instr::nop {} } {
            Instr::if_ { .. } | Instr::br_if { .. } => {}
            _ => return Err(invalid(at, format_args!("no conditional branch at 0x{target:x}"))),
        }
    }
    Ok(())
}

fn invalid(at: u32, message: core::fmt::Arguments<'_>) -> Error {
    Error::invalid(Invalid::BranchHint, at).with_message(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::support::Limits;
    use crate::syntax::Features;
    use crate::validate;
    use std::vec::Vec;

    /// `(func) (func (param i32) (if (local.get 0) (then)) (br_if 0 (local.get 0)))`: the `if`
    /// lies at 3, the `br_if` at 8 of the second body.
    fn judge(hints: &[u8]) -> Result<()> {
        judge_sections(hints, 1)
    }

    /// The same with that many sections of hints.
    fn judge_sections(hints: &[u8], count: usize) -> Result<()> {
        let mut bytes = Vec::from(b"\0asm\x01\0\0\0\x01\x08\x02\x60\0\0\x60\x01\x7f\0\x03\x03\x02\0\x01".as_slice());
        for _ in 0..count {
            bytes.push(0);
            bytes.push((1 + BRANCH_HINT.len() + hints.len()) as u8);
            bytes.push(BRANCH_HINT.len() as u8);
            bytes.extend(BRANCH_HINT.as_bytes());
            bytes.extend(hints);
        }
        bytes.extend(b"\x0a\x10\x02\x02\0\x0b\x0b\0\x20\0\x04\x40\x0b\x20\0\x0d\0\x0b");
        let span = crate::image::Span { start: 0, len: bytes.len() as u32 };
        let module = validate::module(&bytes, span, Features::default(), &Limits::HOST).unwrap();
        code_metadata(&bytes, &module)
    }

    #[test]
    fn hints_belong_to_conditional_branches() {
        judge(b"\x01\x01\x02\x03\x01\x00\x08\x01\x01").unwrap();
        judge(b"\x01\x00\x00").unwrap();
        let bad = ErrorKind::Invalid(Invalid::BranchHint);
        assert_eq!(judge_sections(b"\0", 2).unwrap_err().kind(), bad);
        for (hints, expected) in [
            // Not a branch, within an instruction, twice, backwards, past the end.
            (b"\x01\x01\x01\x01\x01\x00".as_slice(), bad),
            (b"\x01\x01\x01\x04\x01\x00", bad),
            (b"\x01\x01\x02\x03\x01\x00\x03\x01\x00", bad),
            (b"\x01\x01\x02\x08\x01\x00\x03\x01\x00", bad),
            (b"\x01\x01\x01\xFF\xFF\xFF\xFF\x0F\x01\x00", bad),
            // Functions that are not there, or out of order.
            (b"\x01\x02\x00", bad),
            (b"\x02\x01\x00\x01\x00", bad),
            // A value that is none, and what breaks off.
            (b"\x01\x01\x01\x03\x01\x02", ErrorKind::Malformed(Malformed::BranchHint)),
            (b"\x01\x01\x01\x03\x02\x00", ErrorKind::Malformed(Malformed::BranchHint)),
            (b"\x01\x01\x01\x03\x01", ErrorKind::Malformed(Malformed::UnexpectedEnd)),
            (b"\x01\x01\x00\x00", ErrorKind::Malformed(Malformed::SectionSize)),
        ] {
            assert_eq!(judge(hints).unwrap_err().kind(), expected, "{hints:x?}");
        }
    }
}
