//! What is in a firmware's image.

use object::{Object, ObjectSection, SectionFlags};
use std::path::Path;

/// The bytes of an image.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The image that these bytes are.
pub fn parse(bytes: &[u8]) -> Result<object::File<'_>, String> {
    object::File::parse(bytes).map_err(|error| error.to_string())
}

/// Bytes that are kept in flash: code, constants, and what RAM begins with.
pub fn flash(bytes: &[u8]) -> Result<u64, String> {
    Ok(parse(bytes)?.sections().filter(in_flash).map(|section| section.size()).sum())
}

fn in_flash(section: &object::Section<'_, '_>) -> bool {
    const ALLOC: u64 = object::elf::SHF_ALLOC as u64;
    let allocated = matches!(section.flags(), SectionFlags::Elf { sh_flags } if sh_flags & ALLOC != 0);
    allocated && section.kind() != object::SectionKind::UninitializedData
}
