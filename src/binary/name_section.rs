//! The custom section `name` (core spec, Appendix, Name Section), read when somebody asks.
//!
//! What it holds is advice: where it is malformed, names are absent and nothing else happens.

use super::reader::{Reader, Trust};
use crate::error::Malformed;
use crate::support::Limit;

/// Bytes of which nobody needs to hear what is wrong with them.
enum Unheeded {}

impl Trust for Unheeded {
    type Error = ();

    fn require<T>(found: Result<T, Malformed>, _: u32) -> Result<T, ()> {
        found.map_err(|_| ())
    }

    fn refuse(_: Malformed, _: u32, _: core::fmt::Arguments<'_>) {}

    fn limit(_: Limit, _: u32) {}
}

/// The name of the module itself.
pub fn module_name(section: &[u8]) -> Option<&str> {
    subsection(section, 0)?.name().ok()
}

/// The name of a function, imported ones counted first. Takes time linear in the section.
pub fn func_name(section: &[u8], func: u32) -> Option<&str> {
    let mut names = subsection(section, 1)?;
    for _ in 0..names.u32().ok()? {
        if names.u32().ok()? == func {
            return names.name().ok();
        }
        let len = names.length().ok()?;
        names.bytes(len as usize).ok()?;
    }
    None
}

/// The content of the subsection with that number.
fn subsection(section: &[u8], wanted: u8) -> Option<Reader<'_, Unheeded>> {
    let mut reader = Reader::<Unheeded>::new(section, 0);
    loop {
        let id = reader.byte().ok()?;
        let len = reader.u32().ok()?;
        let bytes = reader.bytes(len as usize).ok()?;
        if id == wanted {
            return Some(Reader::new(bytes, 0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &[u8] = b"\x00\x02\x01m\x01\x07\x02\x00\x01f\x05\x01g";

    #[test]
    fn finds_names() {
        assert_eq!(module_name(SECTION), Some("m"));
        assert_eq!(func_name(SECTION, 0), Some("f"));
        assert_eq!(func_name(SECTION, 5), Some("g"));
        assert_eq!(func_name(SECTION, 1), None);
    }

    #[test]
    fn garbage_has_no_names() {
        for len in 0..SECTION.len() {
            let cut = SECTION.get(..len).unwrap();
            assert_eq!(func_name(cut, 5), None, "{len} bytes");
        }
        assert_eq!(func_name(b"\x01\xFF\xFF\xFF\xFF\x0F", 0), None);
    }
}
