//! Streams, futures and error contexts of whatever type, and streams that come back to the host.

use super::guest::{Flags, Guest, component, engine, finish, linker};
use std::task::{Context, Poll, Waker};
use windlass::component::{
    ErrorContextAny, FutureReader, Instance, Linker, StreamReader, StreamWriter, Val, future, stream,
};
use windlass::error::Misuse;
use windlass::support::Vec as GuestVec;
use windlass::{ErrorKind, Store, StoreContextMut};

/// Gives back what it gets, by way of its memory and of the host.
const ECHO: Guest<'_> = Guest {
    around: r#"(type $Pair (tuple $S error-context))
        (import "echo" (func $echo (param "s" $S) (result $S)))"#,
    calls: &[("echo", "canon lower (func $echo)", "(param i32) (result i32)")],
    core: r#"
        (func (export "same") (param $s i32) (result i32) (call $echo [s]))
        (func (export "pair") (param $s i32) (param $e i32) (result i32)
          (i32.store [0] [s]) (i32.store [4] [e]) [0])
        (func (export "future") (param $f i32) (result i32) [f])
        (func (export "error") (result i32) (call $error.new [0] [0]))
        (func (export "drop-error") (param $e i32) (call $error.drop [e]))"#,
    exports: r#"
        (func (export "same") (param "s" $S) (result $S) (canon lift (core func $m "same")))
        (func (export "pair") (param "s" $S) (param "e" error-context) (result $Pair)
          (canon lift (core func $m "pair") (memory (core memory $memory "mem"))))
        (func (export "future") (param "f" (future string)) (result (future string))
          (canon lift (core func $m "future")))
        (func (export "error") (result error-context) (canon lift (core func $m "error")))
        (func (export "drop-error") (param "e" error-context) (canon lift (core func $m "drop-error")))"#,
    ..Guest::NEW
};

fn world() -> (Store<Flags>, Instance) {
    let engine = engine();
    let component = component(&engine, &ECHO.wat());
    let mut linker: Linker<Flags> = linker(&engine);
    let echo = |_: StoreContextMut<'_, Flags>, params: &[Val], results: &mut [Val]| {
        results[0] = params[0].try_clone()?;
        Ok(())
    };
    linker.root().func_new("echo", echo).unwrap();
    let mut store = Store::new(&engine, Flags::default());
    let instance = linker.instantiate(&mut store, &component).unwrap_or_else(|error| panic!("{error}"));
    (store, instance)
}

fn call(store: &mut Store<Flags>, instance: Instance, name: &str, params: &[Val]) -> windlass::Result<Val> {
    let mut results = [Val::Bool(false)];
    instance.get_func(&mut *store, name).unwrap().call(&mut *store, params, &mut results)?;
    let [result] = results;
    Ok(result)
}

fn ready<R: std::fmt::Debug>(polled: Poll<windlass::Result<R>>) -> R {
    match polled {
        Poll::Ready(done) => done.unwrap(),
        Poll::Pending => panic!("not ready"),
    }
}

/// What is written at one end is read at the other one.
fn is_whole(store: &mut Store<Flags>, mut writer: StreamWriter<u8>, mut reader: StreamReader<u8>) {
    let mut cx = Context::from_waker(Waker::noop());
    assert!(reader.poll_read(&mut *store, &mut cx, 2).is_pending());
    assert!(writer.poll_write(&mut *store, &mut cx, b"abc").is_pending());
    // What was not read is not written: something else may be.
    assert!(writer.poll_write(&mut *store, &mut cx, b"xyz").is_pending());
    let read = ready(reader.poll_read(&mut *store, &mut cx, 2)).unwrap();
    assert_eq!(&*read, b"xy");
    assert_eq!(ready(writer.poll_write(&mut *store, &mut cx, b"xyz")), Some(2));
    // A copy of nothing only asks whether somebody reads.
    assert!(writer.poll_write(&mut *store, &mut cx, b"").is_pending());
    assert!(reader.poll_read(&mut *store, &mut cx, 2).is_pending());
    assert_eq!(ready(writer.poll_write(&mut *store, &mut cx, b"")), Some(0));
    assert!(writer.poll_write(&mut *store, &mut cx, b"").is_pending());
    assert!(reader.poll_read(&mut *store, &mut cx, 2).is_pending());
    // The answer is not that of what is written instead.
    assert!(writer.poll_write(&mut *store, &mut cx, b"z").is_pending());
    assert_eq!(ready(reader.poll_read(&mut *store, &mut cx, 2)).as_deref(), Some(&b"z"[..]));
    assert_eq!(ready(writer.poll_write(&mut *store, &mut cx, b"z")), Some(1));
    assert!(reader.poll_read(&mut *store, &mut cx, 2).is_pending());
    writer.close(&mut *store).unwrap();
    assert_eq!(ready(reader.poll_read(&mut *store, &mut cx, 2)), None);
    reader.close(&mut *store).unwrap();
    finish(store).unwrap();
}

#[test]
fn streams_come_and_go_as_values() {
    let (mut store, instance) = world();
    let (writer, reader) = stream::<u8>(&mut store).unwrap();
    let any = reader.try_into_stream_any(&mut store).unwrap();
    let Val::Stream(any) = call(&mut store, instance, "same", &[Val::Stream(any)]).unwrap() else { panic!() };
    let error = any.try_into_stream_reader::<u16>(&mut store).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::ArgumentTypes));
    let reader = any.try_into_stream_reader::<u8>(&mut store).unwrap();
    is_whole(&mut store, writer, reader);
}

#[test]
fn streams_and_error_contexts_lie_in_memory() {
    let (mut store, instance) = world();
    let (writer, reader) = stream::<u8>(&mut store).unwrap();
    let any = reader.try_into_stream_any(&mut store).unwrap();
    let error = call(&mut store, instance, "error", &[]).unwrap();
    let pair = call(&mut store, instance, "pair", &[Val::Stream(any), error.try_clone().unwrap()]).unwrap();
    let Val::Tuple(parts) = pair else { panic!("{pair:?}") };
    let [Val::Stream(any), Val::ErrorContext(again)] = *parts else { panic!("{parts:?}") };
    assert_eq!(Val::ErrorContext(again), error);
    let reader = any.try_into_stream_reader(&mut store).unwrap();
    is_whole(&mut store, writer, reader);

    // The host holds it twice now, and the guest has handles besides.
    assert_eq!(again.debug_message(&mut store).unwrap().as_str(), "");
    again.close(&mut store).unwrap();
    again.close(&mut store).unwrap();
    assert_eq!(again.close(&mut store).unwrap_err().kind(), ErrorKind::Misuse(Misuse::StaleResource));
    let stale = call(&mut store, instance, "same", &[Val::Stream(any)]).unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::Misuse(Misuse::StaleResource));
}

#[test]
fn error_contexts_are_rust_values_too() {
    let (mut store, instance) = world();
    let make = instance.get_typed_func::<(), (ErrorContextAny,)>(&mut store, "error").unwrap();
    let take = instance.get_typed_func::<(ErrorContextAny,), ()>(&mut store, "drop-error").unwrap();
    let (error,) = make.call(&mut store, ()).unwrap();
    take.call(&mut store, (error,)).unwrap();
    error.close(&mut store).unwrap();
    let stale = take.call(&mut store, (error,)).unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::Misuse(Misuse::StaleResource));
    let wrong = instance.get_typed_func::<(), (u32,)>(&mut store, "error").err().unwrap();
    assert_eq!(wrong.kind(), ErrorKind::Misuse(Misuse::ArgumentTypes));
}

#[test]
fn futures_come_and_go_as_values() {
    let (mut store, instance) = world();
    let mut cx = Context::from_waker(Waker::noop());
    let (mut writer, reader) = future::<String>(&mut store).unwrap();
    let any = reader.try_into_future_any(&mut store).unwrap();
    let Val::Future(any) = call(&mut store, instance, "future", &[Val::Future(any)]).unwrap() else { panic!() };
    let mut reader: FutureReader<String> = any.try_into_future_reader(&mut store).unwrap();
    let text = String::from("Ada");
    assert!(writer.poll_write(&mut store, &mut cx, &text).is_pending());
    assert_eq!(ready(reader.poll_read(&mut store, &mut cx)).as_deref(), Some("Ada"));
    assert!(ready(writer.poll_write(&mut store, &mut cx, &text)));
    writer.close(&mut store).unwrap();
    reader.close(&mut store).unwrap();
    finish(&mut store).unwrap();
}

#[test]
fn what_ends_carry_is_checked() {
    let (mut store, instance) = world();
    let misuse = |error: windlass::Error| assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::ArgumentTypes), "{error}");
    let (wide, reader) = stream::<u16>(&mut store).unwrap();
    let any = reader.try_into_stream_any(&mut store).unwrap();
    misuse(call(&mut store, instance, "same", &[Val::Stream(any)]).unwrap_err());
    misuse(any.try_into_stream_reader::<u16>(&mut store).unwrap_err());
    any.close(&mut store).unwrap();
    wide.close(&mut store).unwrap();

    let (mut store, instance) = world();
    misuse(call(&mut store, instance, "same", &[Val::U32(1)]).unwrap_err());
    let (unwritten, reader) = future::<u8>(&mut store).unwrap();
    let any = reader.try_into_future_any(&mut store).unwrap();
    misuse(call(&mut store, instance, "same", &[Val::Future(any)]).unwrap_err());
    any.close(&mut store).unwrap();
    unwritten.close(&mut store).unwrap();
}

/// What the host has offered is withdrawn where the reader goes to a component after all.
#[test]
fn a_stream_goes_out_again() {
    let (mut store, instance) = world();
    let mut cx = Context::from_waker(Waker::noop());
    let same = instance.get_typed_func::<(StreamReader<u8>,), (StreamReader<u8>,)>(&mut store, "same").unwrap();
    let (mut writer, reader) = stream::<u8>(&mut store).unwrap();
    let (reader,) = same.call(&mut store, (reader,)).unwrap();
    assert!(writer.poll_write(&mut store, &mut cx, b"abc").is_pending());
    let (mut reader,) = same.call(&mut store, (reader,)).unwrap();
    assert!(reader.poll_read(&mut store, &mut cx, 2).is_pending());
    is_whole(&mut store, writer, reader);
}

/// Lists and strings go through the engine's own memory, and come out as they were.
#[test]
fn values_with_parts_go_from_the_host_to_the_host() {
    let element = "(tuple string (list u32))";
    let guest = Guest {
        element,
        core: r#"(func (export "same") (param $s i32) (result i32) [s])"#,
        exports: r#"(func (export "same") (param "s" $S) (result $S) (canon lift (core func $m "same")))"#,
        ..Guest::NEW
    };
    let (mut store, instance) = super::guest::instance(&guest.wat());
    let mut cx = Context::from_waker(Waker::noop());
    type Item = (String, Vec<u32>);
    let same = instance.get_typed_func::<(StreamReader<Item>,), (StreamReader<Item>,)>(&mut store, "same").unwrap();
    let (mut writer, reader) = stream::<Item>(&mut store).unwrap();
    let (mut reader,) = same.call(&mut store, (reader,)).unwrap();
    let items: Vec<Item> = (0..3).map(|n| ("x".repeat(n as usize), (0..n).collect())).collect();
    let mut read = Vec::new();
    for _ in 0..100 {
        let left = &items[read.len()..];
        assert!(writer.poll_write(&mut store, &mut cx, left).is_pending());
        let some: GuestVec<Item> = ready(reader.poll_read(&mut store, &mut cx, 2)).unwrap();
        let count = some.len();
        read.extend(some);
        assert_eq!(ready(writer.poll_write(&mut store, &mut cx, left)), Some(count));
        if read.len() == items.len() {
            break;
        }
    }
    assert_eq!(read, items);
    writer.close(&mut store).unwrap();
    reader.close(&mut store).unwrap();
    assert_eq!(store.leftover().unwrap(), None);
}
