//! Ends of streams and futures that the host holds.

use super::{Desk, World, poll_once, world};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use windlass::component::{FutureReader, Step, StreamReader, future, stream};
use windlass::error::Misuse;
use windlass::{ErrorKind, StoreContextMut};

/// Passes on what it reads from one stream to another, at most four bytes at a time.
const COPY: &str = r#"(component
  (type $S (stream u8))
  (core module $Memory (memory (export "mem") 1))
  (core instance $memory (instantiate $Memory))
  (core func $new (canon stream.new $S))
  (core func $read (canon stream.read $S (memory (core memory $memory "mem"))))
  (core func $write (canon stream.write $S (memory (core memory $memory "mem"))))
  (core func $drop-readable (canon stream.drop-readable $S))
  (core func $drop-writable (canon stream.drop-writable $S))
  (core func $return (canon task.return (result $S)))
  (core module $M
    (import "" "mem" (memory 1)) (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "drop-readable" (func $drop-readable (param i32)))
    (import "" "drop-writable" (func $drop-writable (param i32)))
    (import "" "return" (func $return (param i32)))
    (func (export "run") (param $from i32) (local $ends i64) (local $to i32) (local $r i32)
      (local.set $ends (call $new))
      (local.set $to (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
      (call $return (i32.wrap_i64 (local.get $ends)))
      (block $end
        (loop $again
          (local.set $r (call $read (local.get $from) (i32.const 0) (i32.const 4)))
          (br_if $end (i32.eq (local.get $r) (i32.const 1)))
          (br_if $end (i32.and (i32.const 1)
            (call $write (local.get $to) (i32.const 0) (i32.shr_u (local.get $r) (i32.const 4)))))
          (br $again)))
      (call $drop-readable (local.get $from))
      (call $drop-writable (local.get $to))))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $memory "mem")) (export "new" (func $new)) (export "read" (func $read))
    (export "write" (func $write)) (export "drop-readable" (func $drop-readable))
    (export "drop-writable" (func $drop-writable)) (export "return" (func $return))))))
  (func (export "run") async (param "from" $S) (result $S) (canon lift (core func $m "run") async)))"#;

#[test]
fn streams_have_backpressure_both_ways() {
    let mut world = world();
    let instance = world.instance(COPY);
    let run = instance.get_typed_func::<(StreamReader<u8>,), (StreamReader<u8>,)>(&mut world.store, "run").unwrap();
    let (mut writer, reader) = stream::<u8>(&mut world.store).unwrap();
    let waker = Waker::from(world.wakes.clone());
    let mut cx = Context::from_waker(&waker);
    // Nobody reads yet.
    assert!(writer.poll_write(&mut world.store, &mut cx, &[1]).is_pending());
    let call = run.start(&mut world.store, (reader,)).unwrap();
    assert_eq!(world.step(), Step::Done);
    assert_eq!(world.wakes.0.load(Ordering::SeqCst), 1);
    let (mut reader,) = call.take(&mut world.store).unwrap().unwrap();
    let Poll::Ready(taken) = writer.poll_write(&mut world.store, &mut cx, b"abcdef") else { panic!() };
    // As many as it has room for.
    assert_eq!(taken.unwrap(), Some(4));
    // What was written before the guest goes on is not taken twice.
    assert!(writer.poll_write(&mut world.store, &mut cx, b"ef").is_pending());
    assert!(reader.poll_read(&mut world.store, &mut cx, 2).is_pending());
    world.step();
    let mut read = |world: &mut World, max| match reader.poll_read(&mut world.store, &mut cx, max) {
        Poll::Ready(read) => read.unwrap().map(|read| read.to_vec()),
        Poll::Pending => panic!("nothing is written"),
    };
    // Two by two: the guest's write ends only with the last of them, or when it looks.
    assert_eq!(read(&mut world, 2).as_deref(), Some(&b"ab"[..]));
    world.step();
    writer.close(&mut world.store).unwrap();
    world.step();
    assert_eq!(read(&mut world, 2), None);
    reader.close(&mut world.store).unwrap();
}

#[test]
fn streams_go_through_a_guest_from_future_to_future() {
    let mut world = world();
    let instance = world.instance(COPY);
    let run = instance.get_typed_func::<(StreamReader<u8>,), (StreamReader<u8>,)>(&mut world.store, "run").unwrap();
    let wakes = world.wakes.clone();
    let bytes: Vec<u8> = (0..=255).collect();
    let mut all = pin!(world.store.run_concurrent(async |store| {
        let (mut writer, reader) = store.with(|store| stream::<u8>(store)).unwrap();
        let (mut reader,) = run.call_concurrent(store, (reader,)).await.unwrap();
        let read = std::cell::RefCell::new(Vec::new());
        let mut writes = pin!(writer.write_all(store, &bytes));
        let mut reads = pin!(async {
            while read.borrow().len() < 256 {
                let bytes = reader.read(store, 4).await.unwrap().unwrap();
                read.borrow_mut().extend_from_slice(&bytes);
            }
        });
        let mut written = false;
        std::future::poll_fn(|cx| {
            if !written && let Poll::Ready(done) = writes.as_mut().poll(cx) {
                written = done.unwrap();
            }
            reads.as_mut().poll(cx)
        })
        .await;
        assert!(written);
        read.take()
    }));
    let mut turns = 0;
    let read = loop {
        if let Poll::Ready(read) = poll_once(all.as_mut(), &wakes) {
            break read.unwrap();
        }
        turns += 1;
        assert!(turns < 1000);
    };
    assert_eq!(read, bytes);
}

#[test]
fn futures_carry_one_value() {
    let wat = r#"(component
      (type $F (future string))
      (core module $Memory (memory (export "mem") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 256)))
      (core instance $memory (instantiate $Memory))
      (core func $new (canon future.new $F))
      (core func $read (canon future.read $F (memory (core memory $memory "mem")) (realloc (core func $memory "realloc"))))
      (core func $write (canon future.write $F (memory (core memory $memory "mem"))))
      (core func $drop-readable (canon future.drop-readable $F))
      (core func $drop-writable (canon future.drop-writable $F))
      (core func $return (canon task.return (result $F)))
      (core module $M
        (import "" "mem" (memory 1)) (import "" "new" (func $new (result i64)))
        (import "" "read" (func $read (param i32 i32) (result i32)))
        (import "" "write" (func $write (param i32 i32) (result i32)))
        (import "" "drop-readable" (func $drop-readable (param i32)))
        (import "" "drop-writable" (func $drop-writable (param i32)))
        (import "" "return" (func $return (param i32)))
        (func (export "run") (param $from i32) (local $ends i64) (local $to i32)
          (local.set $ends (call $new))
          (local.set $to (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
          (call $return (i32.wrap_i64 (local.get $ends)))
          (if (call $read (local.get $from) (i32.const 0)) (then unreachable))
          (if (call $write (local.get $to) (i32.const 0)) (then unreachable))
          (call $drop-readable (local.get $from))
          (call $drop-writable (local.get $to))))
      (core instance $m (instantiate $M (with "" (instance
        (export "mem" (memory $memory "mem")) (export "new" (func $new)) (export "read" (func $read))
        (export "write" (func $write)) (export "drop-readable" (func $drop-readable))
        (export "drop-writable" (func $drop-writable)) (export "return" (func $return))))))
      (func (export "run") async (param "from" $F) (result $F) (canon lift (core func $m "run") async)))"#;
    let mut world = world();
    let instance = world.instance(wat);
    let run =
        instance.get_typed_func::<(FutureReader<String>,), (FutureReader<String>,)>(&mut world.store, "run").unwrap();
    let wakes = world.wakes.clone();
    let mut all = Box::pin(world.store.run_concurrent(async |store| {
        let (mut writer, reader) = store.with(|store| future::<String>(store)).unwrap();
        let (mut reader,) = run.call_concurrent(store, (reader,)).await.unwrap();
        assert!(writer.write(store, &String::from("Ada")).await.unwrap());
        let again = std::future::poll_fn(|cx| store.with(|store| writer.poll_write(store, cx, &String::new())));
        assert_eq!(again.await.unwrap_err().kind(), ErrorKind::Misuse(Misuse::ResultTaken));
        store.with(|store| writer.close(store)).unwrap();
        let read = reader.read(store).await.unwrap();
        store.with(|store| reader.close(store)).unwrap();
        read
    }));
    let read = loop {
        if let Poll::Ready(read) = poll_once(all.as_mut(), &wakes) {
            break read.unwrap();
        }
    };
    drop(all);
    assert_eq!(read.as_deref(), Some("Ada"));

    let (writer, reader) = future::<u32>(&mut world.store).unwrap();
    let error = writer.close(&mut world.store).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse(Misuse::FutureNotWritten));
    reader.close(&mut world.store).unwrap();
}

#[test]
fn a_component_may_give_a_stream_to_itself() {
    // It calls what it has lifted itself, so both sides of the call are one instance.
    let wat = r#"(component
      (type $S (stream u8))
      (core module $N (func (export "g") (param i32) (result i32) (local.get 0)))
      (core instance $n (instantiate $N))
      (func $g (param "s" $S) (result u32) (canon lift (core func $n "g")))
      (core func $lowered (canon lower (func $g)))
      (core func $new (canon stream.new $S))
      (core module $M
        (import "" "g" (func $g (param i32) (result i32))) (import "" "new" (func $new (result i64)))
        (func (export "run") (param i32) (result i32) (call $g (i32.wrap_i64 (call $new)))))
      (core instance $m (instantiate $M (with "" (instance (export "g" (func $lowered)) (export "new" (func $new))))))
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))"#;
    let mut world = world();
    let run = world.run(wat);
    // The readable end leaves the table and comes back to the place that it had.
    assert_eq!(run.call(&mut world.store, (0,)).unwrap(), (1,));
}

#[test]
fn a_task_of_the_host_feeds_what_its_function_has_returned() {
    // It reads the stream that `open` gives, and adds up.
    let wat = r#"(component
      (type $S (stream u8))
      (import "open" (func $open (result $S)))
      (core module $Memory (memory (export "mem") 1))
      (core instance $memory (instantiate $Memory))
      (core func $open (canon lower (func $open)))
      (core func $read (canon stream.read $S (memory (core memory $memory "mem"))))
      (core func $drop (canon stream.drop-readable $S))
      (core func $return (canon task.return (result u32)))
      (core module $M
        (import "" "mem" (memory 1)) (import "" "open" (func $open (result i32)))
        (import "" "read" (func $read (param i32 i32 i32) (result i32)))
        (import "" "drop" (func $drop (param i32))) (import "" "return" (func $return (param i32)))
        (func (export "run") (param i32) (local $s i32) (local $r i32) (local $sum i32)
          (local.set $s (call $open))
          (block $end (loop $again
            (local.set $r (call $read (local.get $s) (i32.const 0) (i32.const 1)))
            (br_if $end (i32.eq (local.get $r) (i32.const 1)))
            (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.const 0))))
            (br_if $again (i32.eqz (i32.and (local.get $r) (i32.const 1))))))
          (call $drop (local.get $s)) (call $return (local.get $sum))))
      (core instance $m (instantiate $M (with "" (instance (export "mem" (memory $memory "mem"))
        (export "open" (func $open)) (export "read" (func $read)) (export "drop" (func $drop))
        (export "return" (func $return))))))
      (func (export "run") async (param "n" u32) (result u32) (canon lift (core func $m "run") async)))"#;
    let mut world = world();
    let open = |mut store: StoreContextMut<'_, Desk>, (): ()| {
        let (writer, reader) = stream::<u8>(&mut store)?;
        let mut left: &[u8] = &[1, 2, 3, 4];
        let mut writer = Some(writer);
        store.spawn(move |mut store, cx| {
            while !left.is_empty() {
                let Some(writer) = &mut writer else { break };
                let Poll::Ready(taken) = writer.poll_write(&mut store, cx, left) else { return Poll::Pending };
                left = &left[taken?.unwrap_or(left.len())..];
            }
            Poll::Ready(writer.take().map_or(Ok(()), |writer| writer.close(&mut store)))
        })?;
        Ok((reader,))
    };
    world.linker.root().func_wrap("open", open).unwrap();
    let run = world.run(wat);
    let wakes = world.wakes.clone();
    let mut call = pin!(run.call_async(&mut world.store, (0,)));
    let mut turns = 0;
    let sum = loop {
        if let Poll::Ready(sum) = poll_once(call.as_mut(), &wakes) {
            break sum.unwrap();
        }
        turns += 1;
        assert_eq!(wakes.0.load(Ordering::SeqCst), turns, "it is woken for each byte");
    };
    assert_eq!(sum, (10,));
}
