//! Puts the memory layout of the target's board where the linker finds it, and translates the
//! components of `chaos/` and `guests/` from text.

#[cfg(feature = "suite")]
mod suite;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    layout(&out);
    chaos(&out);
    guests(&out);
    #[cfg(feature = "suite")]
    suite::write(&out.join("suite.bin"));
}

fn layout(out: &Path) {
    let arm = env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets it") == "arm";
    let large = cfg!(feature = "suite");
    let layout = if arm {
        "stm32f405.x"
    } else if large {
        "virt-large.x"
    } else {
        "virt.x"
    };
    fs::copy(layout, out.join("memory.x")).expect("the layout lies beside this file");
    println!("cargo:rerun-if-changed={layout}");
    println!("cargo:rustc-link-search={}", out.display());
    if !arm {
        println!("cargo:rustc-link-arg=-Tmemory.x");
    }
    println!("cargo:rustc-link-arg=-Tlink.x");
    println!("cargo:rustc-link-arg=--nmagic");
    // `cargo xtask boards` reads from the relocations who calls what.
    println!("cargo:rustc-link-arg=--emit-relocs");
    // What was compiled to the same code for several types is there once.
    println!("cargo:rustc-link-arg=--icf=all");
}

/// Translates guests that are text.
fn guests(out: &Path) {
    println!("cargo:rerun-if-changed=guests");
    for file in files("guests").into_iter().filter(|file| file.extension().is_some_and(|ext| ext == "wat")) {
        let wasm = wat::parse_file(&file).unwrap_or_else(|error| panic!("{error}"));
        fs::write(out.join(file.with_extension("wasm").file_name().expect("a file")), wasm).expect("writable");
    }
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is here");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    files
}

/// Writes a table of name, bytes and fate; a file's first line says the fate, then why.
fn chaos(out: &Path) {
    println!("cargo:rerun-if-changed=chaos");
    let mut table = String::from("static CHAOS: &[(&str, &[u8], Fate)] = &[\n");
    for file in files("chaos") {
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
