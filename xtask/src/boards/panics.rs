//! Who in the firmware refers to the handler of failed allocations, or to a panic: `no_std-demo/panics.txt`, which may
//! only shrink.
//!
//! The linker leaves its relocations in the image (`--emit-relocs`), so no instruction needs to be decoded.

use super::image;
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The images: between them they have all of the engine that a board has.
const IMAGES: [&str; 2] = ["greeter.thumbv7em-none-eabihf.elf", "two-tasks.thumbv7em-none-eabihf.elf"];

const LIST: &str = "no_std-demo/panics.txt";

/// How the names of functions begin or end that do not return.
const ENDS: [&str; 8] = [
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::handle_error",
    "alloc::raw_vec::capacity_overflow",
    "core::panicking::",
    "core::option::unwrap_failed",
    "core::option::expect_failed",
    "core::result::unwrap_failed",
    "core::cell::panic_already",
];

/// How the names of other such functions end, or of what is in them: `slice_index_fail`, `len_mismatch_fail::do_panic`.
const FAIL: [&str; 2] = ["_fail", "_fail::do_panic::runtime"];

/// What stands before the compiler that the list is for.
const COMPILER: &str = "# compiler: ";

/// Compares the callers with the list. What is inlined into what differs from compiler to compiler, and with it who calls:
/// the images of another one than the list's are not held against it.
pub fn check(folder: &Path) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(crate::root().join(LIST)).map_err(|error| format!("{LIST}: {error}"))?;
    let compiler = text.lines().find_map(|line| line.strip_prefix(COMPILER));
    let compiler = compiler.ok_or_else(|| format!("{LIST}: no line says {COMPILER:?}"))?;
    let mut found = BTreeSet::new();
    for name in IMAGES {
        let image = image::read(&folder.join(name))?;
        if !is_by(&image, compiler)? {
            eprintln!("boards: {LIST} is for {compiler}, and {name} is by another compiler: not compared");
            return Ok(Vec::new());
        }
        found.extend(references(&image)?);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let known: BTreeSet<String> = lines.map(str::to_owned).collect();
    let new = found.difference(&known).map(|line| format!("new in the firmware: {line}"));
    let gone = known.difference(&found).map(|line| format!("{LIST}: no longer in the firmware, take it away: {line}"));
    Ok(new.chain(gone).collect())
}

/// Whether an image says that it is by that compiler.
fn is_by(bytes: &[u8], compiler: &str) -> Result<bool, String> {
    let file = image::parse(bytes)?;
    let comment = file.section_by_name(".comment").and_then(|section| section.data().ok()).unwrap_or_default();
    Ok(String::from_utf8_lossy(comment).contains(compiler))
}

/// `caller -> what it calls`, for every call of what does not return.
fn references(bytes: &[u8]) -> Result<BTreeSet<String>, String> {
    let file = image::parse(bytes)?;
    let mut functions: BTreeMap<u64, (u64, String)> = BTreeMap::new();
    for symbol in file.symbols().filter(|symbol| symbol.kind() == object::SymbolKind::Text && symbol.size() > 0) {
        // The lowest bit says that it is Thumb code.
        functions.insert(symbol.address() & !1, (symbol.size(), name(symbol.name().unwrap_or_default())));
    }
    let at = |address: u64| {
        let (start, (size, name)) = functions.range(..=address).next_back()?;
        (address - start < *size).then_some(name)
    };
    let mut found = BTreeSet::new();
    let mut relocations = 0;
    for section in file.sections().filter(|section| section.kind() == object::SectionKind::Text) {
        for (address, relocation) in section.relocations() {
            relocations += 1;
            let RelocationTarget::Symbol(index) = relocation.target() else { continue };
            let Ok(symbol) = file.symbol_by_index(index) else { continue };
            // In a linked image offsets are addresses.
            let (Some(caller), callee) = (at(address), name(symbol.name().unwrap_or_default())) else { continue };
            if is_end(&callee) && !is_end(caller) {
                found.insert(format!("{caller} -> {callee}"));
            }
        }
    }
    if relocations == 0 {
        return Err("the image has no relocations: it was linked without --emit-relocs".into());
    }
    Ok(found)
}

fn name(symbol: &str) -> String {
    // The compiler numbers what it has cut out of several functions: the numbers change with everything.
    if symbol.starts_with("OUTLINED_FUNCTION") {
        return "what several functions share".to_owned();
    }
    format!("{:#}", rustc_demangle::demangle(symbol))
}

fn is_end(name: &str) -> bool {
    let in_core = name.starts_with("core::") || name.starts_with("alloc::") || name.starts_with("<");
    ENDS.iter().any(|end| name.starts_with(end)) || (in_core && FAIL.iter().any(|fail| name.ends_with(fail)))
}
