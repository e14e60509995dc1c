//! Says where tail calls hold: `cfg(tail_calls)`.
//!
//! Rust has no guaranteed tail calls yet. LLVM makes a jump of a call in tail position where it
//! optimizes, the arguments fit into registers and no local's address escapes; the tail-calling
//! dispatcher is written so. It was tried on the architectures named here. Miri does not optimize,
//! and coverage counters come between a call and its return. The test of `exec` on native stack
//! shows whether it holds.
//!
//! `cfg(look_ahead)`: handlers run what often follows along with themselves. That is much code to build, and where
//! they are optimized little it gains nothing that the time to build them is worth. With `WINDLASS_LOOK_AHEAD` in the
//! environment it is there all the same, for tests.
//!
//! `cfg(crossings)`: with the feature `fast` that dispatcher runs calls from component to component by itself,
//! where it can; with async functions or not at all, so that there are not two ways to do so.
//!
//! `cfg(compact)`: processors have no 64 bits, and the interpreter's loop is built for size. With `WINDLASS_COMPACT` in the
//! environment it is so elsewhere, too, for tests.

use std::env;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(tail_calls)");
    println!("cargo::rustc-check-cfg=cfg(look_ahead)");
    println!("cargo::rustc-check-cfg=cfg(crossings)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(compact)");
    println!("cargo::rerun-if-env-changed=WINDLASS_COMPACT");
    println!("cargo::rerun-if-env-changed=WINDLASS_LOOK_AHEAD");
    let value = |name| env::var(name).unwrap_or_default();
    if value("CARGO_CFG_TARGET_POINTER_WIDTH") != "64" || env::var_os("WINDLASS_COMPACT").is_some() {
        println!("cargo::rustc-cfg=compact");
    }
    let tried = matches!(value("CARGO_CFG_TARGET_ARCH").as_str(), "x86_64" | "aarch64");
    // `cfg(windows)` passes four arguments in registers, the tail-calling handlers have six.
    let in_registers = value("CARGO_CFG_TARGET_FAMILY") != "windows";
    let optimized = matches!(value("OPT_LEVEL").as_str(), "1" | "2" | "3");
    let plain =
        env::var_os("CARGO_CFG_MIRI").is_none() && !value("CARGO_ENCODED_RUSTFLAGS").contains("instrument-coverage");
    if tried && in_registers && optimized && plain {
        println!("cargo::rustc-cfg=tail_calls");
        if value("OPT_LEVEL") != "1" || env::var_os("WINDLASS_LOOK_AHEAD").is_some() {
            println!("cargo::rustc-cfg=look_ahead");
        }
        let has = |feature| env::var_os(feature).is_some();
        if has("CARGO_FEATURE_FAST") && has("CARGO_FEATURE_COMPONENT_ASYNC") {
            println!("cargo::rustc-cfg=crossings");
        }
    }
}
