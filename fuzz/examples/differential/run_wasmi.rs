//! A run in wasmi.

use crate::trace::{Event, Random, TrapKind, Value, hash};
use wasmi::{Config, Engine, Error, Extern, ExternRef, F32, F64, Instance, Linker, Module, Ref, Store, TrapCode};
use wasmi::{V128, Val, ValType};

/// Instantiates a module and calls all that it exports; fails where wasmi cannot run it.
pub fn run(bytes: &[u8], random: &mut Random) -> Result<Vec<Event>, String> {
    let mut config = Config::default();
    config.wasm_custom_page_sizes(true).wasm_wide_arithmetic(true).wasm_memory64(true).wasm_multi_memory(true);
    config.wasm_tail_call(true).wasm_extended_const(true).wasm_simd(true);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, bytes).map_err(|error| error.to_string())?;
    let mut store = Store::new(&engine, ());
    let instance = match Linker::new(&engine).instantiate_and_start(&mut store, &module) {
        Ok(instance) => instance,
        Err(error) => return Ok(vec![Event::Instantiated(Err(kind(&error)?))]),
    };
    let mut events = vec![Event::Instantiated(Ok(()))];
    let mut names: Vec<String> = module.exports().map(|export| export.name().to_owned()).collect();
    names.sort();
    observe(&store, instance, &names, &mut events);
    for name in &names {
        let Some(func) = instance.get_func(&store, name) else { continue };
        let ty = func.ty(&store);
        let args: Vec<Val> = ty.params().iter().map(|ty| argument(&mut store, *ty, random)).collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        let result = match func.call(&mut store, &args, &mut results) {
            Ok(()) => Ok(results.iter().map(value).collect()),
            Err(error) => Err(kind(&error)?),
        };
        events.push(Event::Called { name: name.clone(), result });
        observe(&store, instance, &names, &mut events);
    }
    Ok(events)
}

/// Adds what memories and globals hold.
fn observe(store: &Store<()>, instance: Instance, names: &[String], events: &mut Vec<Event>) {
    for name in names {
        match instance.get_export(store, name) {
            Some(Extern::Memory(memory)) => {
                let bytes = memory.data(store);
                events.push(Event::Memory { name: name.clone(), len: bytes.len(), hash: hash(bytes) });
            }
            Some(Extern::Global(global)) => {
                events.push(Event::Global { name: name.clone(), value: value(&global.get(store)) });
            }
            _ => {}
        }
    }
}

fn argument(store: &mut Store<()>, ty: ValType, random: &mut Random) -> Val {
    let bits = random.argument();
    match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32(F32::from_bits(bits as u32)),
        ValType::F64 => Val::F64(F64::from_bits(bits)),
        ValType::V128 => Val::V128(V128::from(u128::from(bits) << 64 | u128::from(random.argument()))),
        ValType::ExternRef if bits % 2 != 0 => Val::ExternRef(Ref::Val(ExternRef::new(store, 1u32))),
        ValType::ExternRef => Val::ExternRef(Ref::Null),
        ValType::FuncRef => Val::FuncRef(Ref::Null),
    }
}

fn value(value: &Val) -> Value {
    match value {
        Val::I32(value) => Value::I32(*value),
        Val::I64(value) => Value::I64(*value),
        Val::F32(value) => Value::F32(value.to_bits()),
        Val::F64(value) => Value::F64(value.to_bits()),
        Val::V128(value) => Value::V128(value.as_u128()),
        Val::FuncRef(Ref::Null) | Val::ExternRef(Ref::Null) => Value::Null,
        Val::FuncRef(_) | Val::ExternRef(_) => Value::Reference,
    }
}

fn kind(error: &Error) -> Result<TrapKind, String> {
    Ok(match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => TrapKind::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => TrapKind::MemoryAccess,
        Some(TrapCode::TableOutOfBounds) => TrapKind::TableAccess,
        Some(TrapCode::IndirectCallToNull) => TrapKind::NullFunction,
        Some(TrapCode::IntegerDivisionByZero) => TrapKind::DivideByZero,
        Some(TrapCode::IntegerOverflow) => TrapKind::Overflow,
        Some(TrapCode::BadConversionToInteger) => TrapKind::Conversion,
        Some(TrapCode::BadSignature) => TrapKind::Signature,
        Some(TrapCode::StackOverflow) => TrapKind::Exhaustion,
        // What goes wrong with a segment at instantiation has no code.
        None if error.to_string().starts_with("out of bounds table access") => TrapKind::TableAccess,
        None if error.to_string().starts_with("out of bounds memory access") => TrapKind::MemoryAccess,
        _ => return Err(error.to_string()),
    })
}
