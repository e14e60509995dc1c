//! Runs a core module.

use super::exports::{self, Export};
use crate::Outcome;
use crate::failure::Failure;
use crate::inspect::{extern_type, func_type};
use crate::wave::{self, Call};
use windlass::syntax::{ExternKind, ValType};
use windlass::types::TypeId;
use windlass::{Engine, Linker, Module, Store, Val};

/// Calls what `call` names; without it, the module's start function or its export `_start`.
pub fn run(bytes: &[u8], call: Option<&Call>) -> Outcome {
    let engine = Engine::default();
    let module = Module::from_slice(&engine, bytes)?;
    check_imports(&module)?;
    let exports = functions(&module);
    let (export, arguments) = match call {
        Some(call) => {
            let export = exports::find(exports, call.name())?;
            let arguments = wave::core::arguments(call, params(&module, export.handle))?;
            (Some(export), arguments)
        }
        None => (default_export(&module, exports)?, Vec::new()),
    };
    let mut store = Store::new(&engine, ());
    let linker = Linker::new(&engine);
    let instance =
        linker.instantiate(&mut store, &module).map_err(|error| Failure::from(error).while_("instantiating"))?;
    let Some(export) = export else { return Ok(()) };
    let doing = || format!("calling {}", export.full_name());
    let func = instance
        .get_func(&mut store, &export.name)
        .ok_or_else(|| Failure::new("the export is gone").while_(doing()))?;
    let mut results = vec![Val::I32(0); results(&module, export.handle)];
    func.call(&mut store, &arguments, &mut results)
        .map_err(|error| with_exception(Failure::from(error).while_(doing()), &mut store))?;
    if let Some(line) = wave::core::results(&results) {
        println!("{line}");
    }
    Ok(())
}

/// The failure with what the exception carries that led to it, if one did.
fn with_exception(failure: Failure, store: &mut Store<()>) -> Failure {
    let Some(exception) = store.take_pending_exception() else { return failure };
    let fields: Vec<Val> = exception.fields(&mut *store).map(Iterator::collect).unwrap_or_default();
    match wave::core::results(&fields) {
        Some(fields) => failure.note(format_args!("the exception carries {fields}")),
        None => failure,
    }
}

/// Nothing is provided to core modules, so each import is one too many.
fn check_imports(module: &Module) -> Outcome {
    let judged = module.judged();
    let bytes = &module.image().bytes;
    let missing: Vec<String> = judged
        .imports
        .iter()
        .map(|import| {
            let ty = extern_type(judged, import.kind, import.index);
            format!("  {} {}: {ty}", import.module.text(bytes), import.name.text(bytes))
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::new("nobody provides what it imports").note(format_args!("it imports:\n{}", missing.join("\n"))))
}

/// The functions that the module exports.
fn functions(module: &Module) -> Vec<Export<TypeId>> {
    let judged = module.judged();
    let funcs = judged.exports.iter().filter(|export| export.kind == ExternKind::Func);
    funcs
        .filter_map(|export| {
            let handle = *judged.func_types.get(export.index as usize)?;
            let name = export.name.text(&module.image().bytes).to_owned();
            Some(Export { interface: None, name, signature: func_type(&judged.types, handle), handle })
        })
        .collect()
}

/// What runs without a call being named: a command's `_start`; nothing more where instantiation runs a start function.
fn default_export(module: &Module, exports: Vec<Export<TypeId>>) -> Outcome<Option<Export<TypeId>>> {
    let listing = exports::listing(&exports);
    let start = exports.into_iter().find(|export| export.name == "_start" && params(module, export.handle).is_empty());
    if start.is_some() || module.judged().start.is_some() {
        return Ok(start);
    }
    Err(Failure::usage("nothing says what to call: name an export with --invoke").note(listing))
}

fn params(module: &Module, ty: TypeId) -> &[ValType] {
    module.judged().types.func(ty).map_or(&[], |(params, _)| params)
}

fn results(module: &Module, ty: TypeId) -> usize {
    module.judged().types.func(ty).map_or(0, |(_, results)| results.len())
}
