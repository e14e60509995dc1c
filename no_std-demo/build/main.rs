//! Puts the memory layout of the target's board where the linker finds it, and translates the
//! components of `chaos/` from text.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    layout(&out);
    chaos(&out);
}

fn layout(out: &Path) {
    let arm = env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets it") == "arm";
    let layout = if arm { "stm32f405.x" } else { "virt.x" };
    fs::copy(layout, out.join("memory.x")).expect("the layout lies beside this file");
    println!("cargo:rerun-if-changed={layout}");
    println!("cargo:rustc-link-search={}", out.display());
    if !arm {
        println!("cargo:rustc-link-arg=-Tmemory.x");
    }
    println!("cargo:rustc-link-arg=-Tlink.x");
    println!("cargo:rustc-link-arg=--nmagic");
}

/// Writes a table of name, bytes and fate; a file's first line says the fate, then why.
fn chaos(out: &Path) {
    println!("cargo:rerun-if-changed=chaos");
    let mut files: Vec<PathBuf> =
        fs::read_dir("chaos").expect("the folder is here").map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    let mut table = String::from("static CHAOS: &[(&str, &[u8], Fate)] = &[\n");
    for file in files {
        let text = fs::read_to_string(&file).expect("readable");
        let fate = text.strip_prefix(";; ").and_then(|rest| rest.split_once(':')).expect("`;; Fate: why`").0;
        let name = file.file_stem().expect("a file").to_str().expect("a plain name");
        let wasm = out.join(name).with_extension("wasm");
        fs::write(&wasm, wat::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))).expect("writable");
        writeln!(table, "    ({name:?}, include_bytes!({wasm:?}), Fate::{fate}),").expect("a string");
    }
    table.push_str("];\n");
    fs::write(out.join("chaos.rs"), table).expect("writable");
}
