//! A core module's imports, exports, sizes and needs.

use crate::page::Page;
use windlass::image::{Image, Module};
use windlass::syntax::{ExternKind, MemoryType, ValType};
use windlass::types::{TypeId, TypeTable};

/// Writes what there is to say about `module`.
pub fn module(page: &mut Page, image: &Image, module: &Module) {
    let bytes = &image.bytes;
    for import in module.imports.iter() {
        let (from, name) = (import.module.text(bytes), import.name.text(bytes));
        page.line(format_args!("import {from} {name}: {}", extern_type(module, import.kind, import.index)));
    }
    for export in module.exports.iter() {
        let ty = extern_type(module, export.kind, export.index);
        page.line(format_args!("export {}: {ty}", export.name.text(bytes)));
    }
    let code: u64 = module.funcs.iter().map(|func| u64::from(func.end - func.code)).sum();
    page.line(format_args!("functions: {}, with {code} bytes of code", module.funcs.len()));
    page.line(format_args!("function metadata: {} bytes", metadata(module)));
    page.line(format_args!("side table: {}", side_table(module.side_table.size(), code)));
    for memory in module.memories.iter() {
        page.line(format_args!("memory: {}", memory_need(memory)));
    }
    for (table, _) in module.tables.iter() {
        page.line(format_args!("table: {table}"));
    }
    let data: u64 = module.data.iter().map(|segment| u64::from(segment.bytes.len)).sum();
    if data > 0 {
        page.line(format_args!("data: {} segments, {data} bytes", module.data.len()));
    }
    if module.names.is_some() {
        page.line("names: function names for backtraces");
    }
}

/// What RAM its functions cost, branches aside.
pub fn metadata(module: &Module) -> usize {
    size_of_val(&*module.funcs) + module.side_table.prologues_size()
}

/// What RAM the code costs.
fn side_table(size: usize, code: u64) -> String {
    if code == 0 {
        return format!("{size} bytes");
    }
    let ratio = size as f64 / code as f64;
    format!("{size} bytes, {ratio:.2} for each byte of code")
}

fn memory_need(memory: &MemoryType) -> String {
    let first = pages(memory, memory.min);
    match memory.max {
        Some(max) => format!("{first} at first, {} at most", pages(memory, max)),
        None => format!("{first} at first, no maximum"),
    }
}

fn pages(memory: &MemoryType, count: u64) -> String {
    let bytes = u128::from(count) << memory.page_size_log2();
    let unit = if count == 1 { "page" } else { "pages" };
    match bytes % 1024 {
        0 => format!("{count} {unit} ({} KiB)", bytes / 1024),
        _ => format!("{count} {unit} ({bytes} bytes)"),
    }
}

/// A core definition's type, in the form of WIT where it has one.
pub fn extern_type(module: &Module, kind: ExternKind, index: u32) -> String {
    let at = index as usize;
    let ty = match kind {
        ExternKind::Func => module.func_types.get(at).map(|id| func_type(&module.types, *id)),
        ExternKind::Table => module.tables.get(at).map(|(ty, _)| format!("table {ty}")),
        ExternKind::Memory => module.memories.get(at).map(|ty| format!("memory {ty}")),
        ExternKind::Global => module.globals.get(at).map(|(ty, _)| format!("global {ty}")),
        ExternKind::Tag => module.tags.get(at).map(|id| func_type(&module.types, *id).replacen("func", "tag", 1)),
    };
    ty.unwrap_or_default()
}

/// A core function's type, in the form of WIT.
pub fn func_type(types: &TypeTable, id: TypeId) -> String {
    let Some((params, results)) = types.func(id) else { return String::new() };
    let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match results {
        [] => format!("func({})", list(params)),
        [one] => format!("func({}) -> {one}", list(params)),
        several => format!("func({}) -> ({})", list(params), list(several)),
    }
}
