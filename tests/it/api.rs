//! Calls in both directions, handles, linking, fuel.

use super::{instance, module};
use windlass::error::{Misuse, Unlinkable};
use windlass::syntax::ValType;
use windlass::{
    Caller, Config, Engine, Error, ErrorKind, ExternRef, Func, FuncType, Instance, Limit, Limits, Linker, Progress,
    Ref, Store, Table, Trap, Val,
};

#[test]
fn values_of_every_type_pass_through() {
    let (mut store, instance) = instance(
        r#"(module
            (func (export "f") (param i32 i64 f32 f64 funcref externref) (result externref funcref f64 f32 i64 i32)
                (local.get 5) (local.get 4) (local.get 3) (local.get 2) (local.get 1) (local.get 0)))"#,
    );
    let f = instance.get_func(&mut store, "f").unwrap();
    let host = Val::ExternRef(ExternRef::from_number(7));
    let nan = Val::F64(0x7FF0_0000_0000_0001);
    let args = [Val::I32(-1), Val::I64(i64::MIN), Val::F32(0xFFA0_0000), nan, Val::FuncRef(Some(f)), host];
    let mut results = [Val::I32(0); 6];
    f.call(&mut store, &args, &mut results).unwrap();
    results.reverse();
    assert_eq!(results, args);
}

#[test]
fn wrong_calls_are_refused_before_anything_runs() {
    let (mut store, instance) = instance(r#"(module (func (export "f") (param i32) (result i32) unreachable))"#);
    let f = instance.get_func(&mut store, "f").unwrap();
    let mut results = [Val::I32(0)];
    for args in [&[][..], &[Val::I64(0)], &[Val::I32(0), Val::I32(0)]] {
        let error = f.call(&mut store, args, &mut results).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::ArgumentTypes));
    }
    let error = f.call(&mut store, &[Val::I32(0)], &mut []).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::ResultCount));
    assert!(f.typed::<i32, i64>(&store).is_err());
    assert!(f.typed::<(), i32>(&store).is_err());
    assert!(f.typed::<(i32,), (i32,)>(&store).is_ok());
    assert!(instance.get_typed_func::<i32, i32>(&mut store, "g").is_err());
}

#[test]
fn handles_belong_to_one_store() {
    let engine = Engine::default();
    let mut one = Store::new(&engine, ());
    let mut two = Store::new(&engine, ());
    let f = Func::wrap(&mut one, || 1i32).unwrap();
    let wrong = ErrorKind::Misuse(Misuse::WrongStore);
    assert_eq!(f.call(&mut two, &[], &mut [Val::I32(0)]).unwrap_err().kind(), wrong);
    assert_eq!(f.ty(&two).unwrap_err().kind(), wrong);
    let module = module(&engine, r#"(module (import "" "f" (func (result i32))))"#);
    assert_eq!(Instance::new(&mut two, &module, &[f.into()]).unwrap_err().kind(), wrong);
    let mut linker = Linker::new(&engine);
    linker.define(&one, "", "f", f).unwrap();
    assert_eq!(linker.instantiate(&mut two, &module).unwrap_err().kind(), wrong);
    assert!(linker.instantiate(&mut one, &module).is_ok());
    // As an argument, too.
    let take = Func::wrap(&mut two, |_: Option<Func>| ()).unwrap();
    assert!(take.call(&mut two, &[Val::FuncRef(Some(f))], &mut []).is_err());
}

#[test]
fn host_functions_see_the_hosts_data_and_their_callers_exports() {
    let engine = Engine::default();
    let mut linker = Linker::<Vec<u8>>::new(&engine);
    linker
        .func_wrap("host", "log", |mut caller: Caller<'_, Vec<u8>>, at: u32, len: u32| -> Result<(), Error> {
            let memory = caller.get_export("memory").and_then(|item| item.into_memory()).unwrap();
            let (bytes, log) = memory.data_and_store_mut(&mut caller)?;
            log.extend_from_slice(&bytes[at as usize..(at + len) as usize]);
            Ok(())
        })
        .unwrap();
    let module = module(
        &engine,
        r#"(module
            (import "host" "log" (func $log (param i32 i32)))
            (memory (export "memory") 1)
            (data (i32.const 8) "hello")
            (func (export "run") (call $log (i32.const 8) (i32.const 5))))"#,
    );
    // One linker, several stores.
    for _ in 0..3 {
        let mut store = Store::new(&engine, Vec::new());
        let instance = linker.instantiate(&mut store, &module).unwrap();
        instance.get_typed_func::<(), ()>(&mut store, "run").unwrap().call(&mut store, ()).unwrap();
        assert_eq!(store.into_data(), b"hello");
    }
}

#[test]
fn functions_of_any_type() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let ty = FuncType::new([ValType::I32; 20], [ValType::I64; 18]).unwrap();
    let sum = Func::new(&mut store, ty, |_caller, params, results| {
        let sum = params.iter().filter_map(|param| param.i32()).map(i64::from).sum();
        results.fill(Val::I64(sum));
        Ok(())
    })
    .unwrap();
    let mut results = [Val::I32(0); 18];
    sum.call(&mut store, &[Val::I32(-2); 20], &mut results).unwrap();
    assert_eq!(results, [Val::I64(-40); 18]);
    // A result of the wrong type is the host's mistake.
    let ty = FuncType::new([], [ValType::I32]).unwrap();
    let wrong = Func::new(&mut store, ty, |_caller, _params, results| {
        results[0] = Val::F32(0);
        Ok(())
    })
    .unwrap();
    let error = wrong.call(&mut store, &[], &mut [Val::I32(0)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::ValueType));
}

/// A module whose `down` calls the host with one less until it is called with zero.
const DOWN: &str = r#"(module
    (import "host" "again" (func $again (param i32) (result i32)))
    (func (export "down") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $again (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0)))))"#;

fn down(limits: Limits) -> (Store<()>, windlass::TypedFunc<i32, i32>) {
    let mut config = Config::new();
    let engine = Engine::new(config.limits(limits));
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("host", "again", |mut caller: Caller<'_, ()>, left: i32| {
            let down = caller.get_export("down").and_then(|item| item.into_func()).unwrap();
            down.typed::<i32, i32>(&caller)?.call(&mut caller, left)
        })
        .unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module(&engine, DOWN)).unwrap();
    let down = instance.get_typed_func(&mut store, "down").unwrap();
    (store, down)
}

#[test]
fn host_and_guest_call_one_another_up_to_a_limit() {
    let mut limits = Limits::HOST;
    limits.host_depth = 10;
    let (mut store, down) = down(limits);
    for _ in 0..2 {
        assert_eq!(down.call(&mut store, 9).unwrap(), 9);
        let error = down.call(&mut store, 10).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit(Limit::HostDepth), "{error}");
    }
}

#[test]
fn errors_of_the_host_come_back_through_the_guest() {
    let engine = Engine::default();
    let mut linker = Linker::<()>::new(&engine);
    linker.func_wrap("", "fail", || -> Result<(), Error> { Err(Error::host(format_args!("no paper"))) }).unwrap();
    let module = module(&engine, r#"(module (import "" "fail" (func $f)) (func (export "run") (call $f)))"#);
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    let error = run.call(&mut store, ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Host);
    assert!(error.to_string().contains("no paper"), "{error}");
}

#[test]
fn a_call_goes_on_after_it_ran_out_of_fuel() {
    let engine = Engine::new(Config::new().consume_fuel(true));
    let mut store = Store::new(&engine, ());
    store.set_fuel(1_000_000).unwrap();
    let text = r#"(module (func (export "sum") (param i32) (result i32) (local $sum i32)
        (loop $again
            (local.set $sum (i32.add (local.get $sum) (local.get 0)))
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $sum)))"#;
    let instance = Linker::new(&engine).instantiate(&mut store, &module(&engine, text)).unwrap();
    let sum = instance.get_func(&mut store, "sum").unwrap();
    let mut results = [Val::I32(0)];
    sum.call(&mut store, &[Val::I32(1000)], &mut results).unwrap();
    assert_eq!(results, [Val::I32(500_500)]);
    let used = 1_000_000 - store.get_fuel().unwrap();

    store.set_fuel(100).unwrap();
    let error = sum.call(&mut store, &[Val::I32(1000)], &mut results).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfFuel);

    // In slices of any size the same number of units leads to the same result.
    store.set_fuel(100).unwrap();
    let mut paused = 0;
    let mut given = 100;
    let mut progress = sum.call_resumable(&mut store, &[Val::I32(1000)], &mut results).unwrap();
    while let Progress::OutOfFuel(call) = progress {
        paused += 1;
        store.add_fuel(100).unwrap();
        given += 100;
        results = [Val::I32(0)];
        progress = call.resume(&mut store, &mut results).unwrap();
    }
    assert_eq!(results, [Val::I32(500_500)]);
    assert!(paused > 10);
    // At the end there may be a debt, which the next fuel pays off.
    store.add_fuel(100).unwrap();
    assert_eq!(given + 100 - store.get_fuel().unwrap(), used);
}

#[test]
fn linking() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let needs = module(&engine, r#"(module (import "a" "f" (func (param i32))))"#);
    let error = linker.instantiate(&mut store, &needs).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unlinkable(Unlinkable::UnknownImport));
    assert!(error.to_string().contains("`a` `f`"), "{error}");
    linker.func_wrap("a", "f", |_: i64| ()).unwrap();
    let error = linker.instantiate(&mut store, &needs).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unlinkable(Unlinkable::IncompatibleType));
    let error = linker.func_wrap("a", "f", |_: i32| ()).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::DuplicateName));
    linker.allow_shadowing(true).func_wrap("a", "f", |_: i32| ()).unwrap();
    linker.instantiate(&mut store, &needs).unwrap();
    // The exports of one module are the imports of the next.
    linker
        .module(&mut store, "m", &module(&engine, r#"(module (func (export "one") (result i32) (i32.const 1)))"#))
        .unwrap();
    let user = module(&engine, r#"(module (import "m" "one" (func $one (result i32))) (export "one" (func $one)))"#);
    let instance = linker.instantiate(&mut store, &user).unwrap();
    let one = instance.get_typed_func::<(), i32>(&mut store, "one").unwrap();
    assert_eq!(one.call(&mut store, ()).unwrap(), 1);
}

#[test]
fn memories_tables_globals() {
    let (mut store, instance) = instance(
        r#"(module
            (memory (export "memory") 1 2)
            (table (export "table") 2 3 funcref)
            (global (export "global") (mut i64) (i64.const 5))
            (global (export "constant") i32 (i32.const 6))
            (func (export "peek") (result i32) (i32.load8_u (i32.const 100))))"#,
    );
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    memory.write(&mut store, 100, &[200]).unwrap();
    let peek = instance.get_typed_func::<(), i32>(&mut store, "peek").unwrap();
    assert_eq!(peek.call(&mut store, ()).unwrap(), 200);
    assert!(memory.write(&mut store, 65535, &[1, 2]).is_err());
    assert!(memory.read(&store, usize::MAX, &mut [0]).is_err());
    assert_eq!(memory.data(&store).unwrap().len(), 65536);
    assert_eq!(memory.grow(&mut store, 1).unwrap(), 1);
    assert!(memory.grow(&mut store, 1).is_err());
    assert_eq!(memory.size(&store).unwrap(), 2);

    let table = instance.get_table(&mut store, "table").unwrap();
    assert_eq!(table.get(&mut store, 1), Some(Ref::Func(None)));
    table.set(&mut store, 1, Ref::Func(Some(*peek.func()))).unwrap();
    assert_eq!(table.get(&mut store, 1), Some(Ref::Func(Some(*peek.func()))));
    assert!(table.set(&mut store, 2, Ref::Func(None)).is_err());
    assert!(table.set(&mut store, 1, Ref::Extern(None)).is_err());
    assert_eq!(table.grow(&mut store, 1, Ref::Func(None)).unwrap(), 2);
    table.fill(&mut store, 0, Ref::Func(None), 3).unwrap();
    assert_eq!(table.get(&mut store, 1), Some(Ref::Func(None)));
    assert!(table.fill(&mut store, 1, Ref::Func(None), 3).is_err());
    assert!(table.fill(&mut store, u64::MAX, Ref::Func(None), 2).is_err());
    let ty = table.ty(&store).unwrap();
    let other = Table::new(&mut store, ty, Ref::Func(Some(*peek.func()))).unwrap();
    Table::copy(&mut store, &table, 1, &other, 0, 2).unwrap();
    Table::copy(&mut store, &table, 0, &table, 1, 2).unwrap();
    assert_eq!(table.get(&mut store, 0), Some(Ref::Func(Some(*peek.func()))));
    assert!(Table::copy(&mut store, &table, 2, &other, 0, 2).is_err());
    assert!(Table::copy(&mut store, &table, 2, &table, 0, 2).is_err());
    assert_eq!(table.size(&store).unwrap(), 3);

    let global = instance.get_global(&mut store, "global").unwrap();
    assert_eq!(global.get(&mut store).unwrap(), Val::I64(5));
    global.set(&mut store, Val::I64(-5)).unwrap();
    assert_eq!(global.get(&mut store).unwrap(), Val::I64(-5));
    assert!(global.set(&mut store, Val::I32(1)).is_err());
    let constant = instance.get_global(&mut store, "constant").unwrap();
    assert!(constant.set(&mut store, Val::I32(1)).is_err());
}

#[test]
fn host_functions_can_define_host_functions() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, 0u32);
    let outer = Func::wrap(&mut store, |mut caller: Caller<'_, u32>, depth: i32| -> Result<Option<Func>, Error> {
        for _ in 0..100 {
            Func::wrap(&mut caller, |mut caller: Caller<'_, u32>| *caller.data_mut() += 1)?;
        }
        let inner = Func::wrap(&mut caller, move |mut caller: Caller<'_, u32>| *caller.data_mut() += depth as u32)?;
        inner.call(&mut caller, &[], &mut [])?;
        Ok(Some(inner))
    })
    .unwrap();
    let outer = outer.typed::<i32, Option<Func>>(&store).unwrap();
    let inner = outer.call(&mut store, 20).unwrap().unwrap();
    inner.call(&mut store, &[], &mut []).unwrap();
    assert_eq!(*store.data(), 40);
}

#[test]
fn a_guest_that_recurses_through_the_host_does_not_use_up_the_native_stack() {
    let mut limits = Limits::HOST;
    limits.host_depth = Limits::HOST.host_depth;
    let (mut store, down) = down(limits);
    let error = down.call(&mut store, i32::MAX).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(Limit::HostDepth));
    assert_ne!(error.trap(), Some(Trap::CallStackExhausted));
}
