//! A run in this engine.

use crate::trace::{Event, Random, TrapKind, Value, hash};
use windlass::syntax::ValType;
use windlass::{
    Config, Dispatch, Engine, Error, ErrorKind, Extern, ExternRef, Features, Instance, Linker, Module, Store, Trap, Val,
};

/// Instantiates a module and calls all that it exports; fails where the engine cannot run it.
pub fn run(bytes: &[u8], dispatch: Dispatch, random: &mut Random) -> Result<Vec<Event>, String> {
    let mut config = Config::new();
    config.wasm_features(Features::IMPLEMENTED, true).dispatch(dispatch);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, bytes.to_vec()).map_err(|error| error.to_string())?;
    let mut store = Store::new(&engine, ());
    let instance = match Linker::new(&engine).instantiate(&mut store, &module) {
        Ok(instance) => instance,
        Err(error) => return Ok(vec![Event::Instantiated(Err(kind(&error)?))]),
    };
    let mut events = vec![Event::Instantiated(Ok(()))];
    let mut names: Vec<String> = module.exports().map(|export| export.name.to_owned()).collect();
    // Engines list exports in different orders.
    names.sort();
    observe(&mut store, instance, &names, &mut events)?;
    for name in &names {
        let Some(func) = instance.get_func(&mut store, name) else { continue };
        let ty = func.ty(&store).map_err(|error| error.to_string())?;
        let args: Vec<Val> = ty.params().iter().map(|ty| argument(*ty, random)).collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        let result = match func.call(&mut store, &args, &mut results) {
            Ok(()) => Ok(results.iter().map(value).collect()),
            Err(error) => Err(kind(&error)?),
        };
        events.push(Event::Called { name: name.clone(), result });
        observe(&mut store, instance, &names, &mut events)?;
    }
    Ok(events)
}

/// Adds what memories and globals hold.
fn observe(store: &mut Store<()>, instance: Instance, names: &[String], events: &mut Vec<Event>) -> Result<(), String> {
    for name in names {
        match instance.get_export(&mut *store, name) {
            Some(Extern::Memory(memory)) => {
                let bytes = memory.data(&*store).map_err(|error| error.to_string())?;
                events.push(Event::Memory { name: name.clone(), len: bytes.len(), hash: hash(bytes) });
            }
            Some(Extern::Global(global)) => {
                let found = global.get(&mut *store).map_err(|error| error.to_string())?;
                events.push(Event::Global { name: name.clone(), value: value(&found) });
            }
            _ => {}
        }
    }
    Ok(())
}

fn argument(ty: ValType, random: &mut Random) -> Val {
    let bits = random.argument();
    match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32(bits as u32),
        ValType::F64 => Val::F64(bits),
        ValType::V128 => Val::V128(u128::from(bits) << 64 | u128::from(random.argument())),
        ValType::Ref(ty) if ty == windlass::syntax::RefType::EXTERNREF => {
            Val::ExternRef(if bits % 2 == 0 { None } else { ExternRef::from_number(1) })
        }
        ValType::Ref(_) => Val::FuncRef(None),
    }
}

fn value(value: &Val) -> Value {
    match value {
        Val::I32(value) => Value::I32(*value),
        Val::I64(value) => Value::I64(*value),
        Val::F32(bits) => Value::F32(*bits),
        Val::F64(bits) => Value::F64(*bits),
        Val::V128(bits) => Value::V128(*bits),
        Val::FuncRef(None) | Val::ExternRef(None) => Value::Null,
        _ => Value::Reference,
    }
}

fn kind(error: &Error) -> Result<TrapKind, String> {
    let ErrorKind::Trap(trap) = error.kind() else { return Err(error.to_string()) };
    Ok(match trap {
        Trap::Unreachable => TrapKind::Unreachable,
        Trap::OutOfBoundsMemoryAccess => TrapKind::MemoryAccess,
        Trap::OutOfBoundsTableAccess | Trap::UndefinedElement => TrapKind::TableAccess,
        Trap::UninitializedElement { .. } => TrapKind::NullFunction,
        Trap::IntegerDivideByZero => TrapKind::DivideByZero,
        Trap::IntegerOverflow => TrapKind::Overflow,
        Trap::InvalidConversionToInteger => TrapKind::Conversion,
        Trap::IndirectCallTypeMismatch => TrapKind::Signature,
        Trap::CallStackExhausted => TrapKind::Exhaustion,
        trap => return Err(trap.to_string()),
    })
}
