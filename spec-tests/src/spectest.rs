//! The module `spectest` that the core suite imports from (spec `interpreter/host/spectest.ml`).

use windlass::syntax::{AddrType, Features, GlobalType, MemoryType, RefType, TableType, ValType};
use windlass::{Global, Linker, Memory, Ref, Store, Table, Val};

/// Defines it in a linker. What a feature gates is only there with that feature.
pub(crate) fn define(store: &mut Store<()>, linker: &mut Linker<()>, features: Features) -> windlass::Result<()> {
    linker.func_wrap("spectest", "print", || ())?;
    linker.func_wrap("spectest", "print_i32", |_: i32| ())?;
    linker.func_wrap("spectest", "print_i64", |_: i64| ())?;
    linker.func_wrap("spectest", "print_f32", |_: f32| ())?;
    linker.func_wrap("spectest", "print_f64", |_: f64| ())?;
    linker.func_wrap("spectest", "print_i32_f32", |_: i32, _: f32| ())?;
    linker.func_wrap("spectest", "print_f64_f64", |_: f64, _: f64| ())?;

    let globals = [
        ("global_i32", ValType::I32, Val::I32(666)),
        ("global_i64", ValType::I64, Val::I64(666)),
        ("global_f32", ValType::F32, Val::F32(666.6f32.to_bits())),
        ("global_f64", ValType::F64, Val::F64(666.6f64.to_bits())),
    ];
    for (name, content, value) in globals {
        let global = Global::new(&mut *store, GlobalType { content, mutable: false }, value)?;
        linker.define(&*store, "spectest", name, global)?;
    }

    let table = |addr| TableType { element: RefType::FUNCREF, addr, min: 10, max: Some(20) };
    let table32 = Table::new(&mut *store, table(AddrType::I32), Ref::Func(None))?;
    linker.define(&*store, "spectest", "table", table32)?;
    if features.contains(Features::MEMORY64) {
        let table64 = Table::new(&mut *store, table(AddrType::I64), Ref::Func(None))?;
        linker.define(&*store, "spectest", "table64", table64)?;
    }

    let memory = |shared| MemoryType { addr: AddrType::I32, shared, min: 1, max: Some(2), custom_page_size: None };
    let plain = Memory::new(&mut *store, memory(false))?;
    linker.define(&*store, "spectest", "memory", plain)?;
    if features.contains(Features::THREADS) {
        let shared = Memory::new(&mut *store, memory(true))?;
        linker.define(&*store, "spectest", "shared_memory", shared)?;
    }
    Ok(())
}
