//! Puts the memory layout where the linker finds it, makes a component of the kernel, and puts the side table into
//! wasefire's copy of it, which that keeps in flash.

use std::path::PathBuf;
use std::{env, fs};
use wasm_encoder::{ComponentBuilder, ComponentExportKind, ComponentValType, ExportKind, PrimitiveValType};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::copy("../stm32f405.x", out.join("memory.x")).expect("the layout lies there");
    println!("cargo:rerun-if-changed=../stm32f405.x");
    println!("cargo:rerun-if-changed=coremark.wasm");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg=-Tlink.x");
    println!("cargo:rustc-link-arg=--nmagic");
    println!("cargo:rustc-link-arg=--icf=all");
    let kernel = fs::read("coremark.wasm").expect("the kernel lies here");
    let prepared = wasefire_interpreter::prepare(&kernel).expect("the kernel is valid");
    fs::write(out.join("prepared.wasm"), prepared).expect("writable");
    fs::write(out.join("component.wasm"), component(&kernel)).expect("writable");
}

/// A component that exports the kernel's function: `run: func(n: s32) -> s32`.
fn component(kernel: &[u8]) -> Vec<u8> {
    const S32: ComponentValType = ComponentValType::Primitive(PrimitiveValType::S32);
    let mut component = ComponentBuilder::default();
    let module = component.core_module_raw(None, kernel);
    let instance = component.core_instantiate(None, module, []);
    let core = component.core_alias_export(None, instance, "run", ExportKind::Func);
    let (ty, mut func) = component.type_function(None);
    func.params([("n", S32)]).result(Some(S32));
    let func = component.lift_func(None, core, ty, []);
    component.export("run", ComponentExportKind::Func, func, None);
    component.finish()
}
