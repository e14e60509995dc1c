//! Ends of streams and futures that the host holds.
//!
//! The host of `run_tests.py` copies within the guest's call. Here it has no buffer at its end
//! (ADR 0017), so a copy with it ends in the host's turn: where the guest there goes on at once, here it waits
//! for the event. What was copied, and how copies end, is the same.

use crate::component::guest::{Flags, Guest, component, engine, finish, linker};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use windlass::component::{FutureReader, Instance, StreamReader, future, stream};
use windlass::{AsContextMut, Store, StoreContextMut};

type Cx<'a> = StoreContextMut<'a, Flags>;

/// What the host writes to a stream, or reads from one.
#[derive(Default)]
struct Port {
    /// Still to be written, so much at a time.
    queue: VecDeque<u8>,
    chunk: usize,
    end_when_empty: bool,
    /// How much may still be read.
    remain: usize,
    received: Vec<u8>,
    /// Whether the other end was dropped.
    dropped: bool,
    waker: Option<Waker>,
    /// This one plus the number of bytes copied so far is set as a flag.
    flag: u32,
    copied: u32,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Port>>);

impl Shared {
    fn writer(chunk: usize, end_when_empty: bool) -> Self {
        Shared(Arc::new(Mutex::new(Port { chunk, end_when_empty, ..Port::default() })))
    }

    fn reader(remain: usize) -> Self {
        Shared(Arc::new(Mutex::new(Port { remain, ..Port::default() })))
    }

    fn change(&self, change: impl FnOnce(&mut Port)) {
        let mut port = self.0.lock().unwrap();
        change(&mut port);
        if let Some(waker) = port.waker.take() {
            waker.wake();
        }
    }

    fn write(&self, bytes: &[u8]) {
        self.change(|port| port.queue.extend(bytes));
    }

    fn end_when_empty(&self) {
        self.change(|port| port.end_when_empty = true);
    }

    fn set_remain(&self, remain: usize) {
        self.change(|port| port.remain = remain);
    }

    fn received(&self) -> Vec<u8> {
        self.0.lock().unwrap().received.clone()
    }

    fn dropped(&self) -> bool {
        self.0.lock().unwrap().dropped
    }
}

/// `HostWriter`: a new stream into which the host writes what is in `port`.
fn host_writer(mut store: &mut Cx<'_>, port: &Shared) -> windlass::Result<StreamReader<u8>> {
    let (writer, reader) = stream::<u8>(&mut store)?;
    let (mut writer, port) = (Some(writer), port.clone());
    store.spawn(move |mut store, cx| {
        let mut port = port.0.lock().unwrap();
        while let Some(end) = &mut writer {
            let bytes: Vec<u8> = port.queue.iter().copied().take(port.chunk).collect();
            if bytes.is_empty() && !port.end_when_empty {
                port.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let written = match bytes.is_empty() {
                true => None,
                false => match end.poll_write(&mut store, cx, &bytes) {
                    Poll::Ready(written) => written?,
                    // There may be more to write, or the end of it, before anybody reads.
                    Poll::Pending => {
                        port.waker = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                },
            };
            match written {
                Some(count) => {
                    port.queue.drain(..count);
                    port.copied += count as u32;
                    store.data().set(port.flag + port.copied);
                }
                None => writer.take().map_or(Ok(()), |end| end.close(&mut store))?,
            }
        }
        Poll::Ready(Ok(()))
    })?;
    Ok(reader)
}

/// `HostReader`: the host reads as much as `port` says, and tells `on_data` of each piece, and of the end.
fn host_reader(
    store: &mut Cx<'_>,
    mut reader: StreamReader<u8>,
    port: &Shared,
    mut on_data: impl FnMut(&[u8], bool) + Send + 'static,
) -> windlass::Result<()> {
    let port = port.clone();
    store.spawn(move |mut store, cx| {
        let mut port = port.0.lock().unwrap();
        loop {
            if port.remain == 0 {
                port.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let read = match reader.poll_read(&mut store, cx, port.remain) {
                Poll::Ready(read) => read?,
                Poll::Pending => return Poll::Pending,
            };
            match read {
                Some(bytes) => {
                    port.remain -= bytes.len();
                    port.received.extend_from_slice(&bytes);
                    port.copied += bytes.len() as u32;
                    store.data().set(port.flag + port.copied);
                    on_data(&bytes, false);
                }
                None => {
                    port.dropped = true;
                    on_data(&[], true);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    })
}

/// A host whose function `tell` does one thing or another, by number.
fn world(
    guest: &Guest<'_>,
    tell: impl Fn(u32) + Send + Sync + Clone + 'static,
    host: &Host,
) -> (Store<Flags>, Instance) {
    let engine = engine();
    let component = component(&engine, &guest.wat());
    let mut linker = linker(&engine);
    let tell = move |_: Cx<'_>, (what,): (u32,)| {
        tell(what);
        Ok(())
    };
    linker.root().func_wrap("tell", tell).unwrap();
    let ((from, to), told_to_end) = (host.pipe.clone(), host.told_to_end);
    let pipe = move |mut store: Cx<'_>, (reader,): (StreamReader<u8>,)| {
        let to_data = to.clone();
        host_reader(&mut store, reader, &from, move |bytes, ended| {
            to_data.write(&bytes.iter().map(|byte| byte + 10).collect::<Vec<_>>());
            if ended && !told_to_end {
                to_data.end_when_empty();
            }
        })?;
        Ok((host_writer(&mut store, &to)?,))
    };
    linker.root().func_wrap("pipe", pipe).unwrap();
    let source = host.source.clone();
    linker
        .root()
        .func_wrap("source", move |mut store: Cx<'_>, (): ()| Ok((host_writer(&mut store, &source)?,)))
        .unwrap();
    let sink = host.sink.clone();
    let sink = move |mut store: Cx<'_>, (reader,): (StreamReader<u8>,)| {
        sink.change(|port| (port.remain, port.dropped, port.copied) = (port.chunk, false, 0));
        host_reader(&mut store, reader, &sink, |_, _| {})
    };
    linker.root().func_wrap("sink", sink).unwrap();
    linker.root().func_wrap("echo", |_: Cx<'_>, (reader,): (StreamReader<u8>,)| Ok((reader,))).unwrap();
    let turn = |mut store: Cx<'_>, (mut incoming,): (FutureReader<u8>,)| {
        let (outgoing, reader) = future::<u8>(&mut store)?;
        let (mut outgoing, mut read) = (Some(outgoing), false);
        store.spawn(move |mut store, cx| {
            if !read {
                let Poll::Ready(value) = incoming.poll_read(&mut store, cx) else { return Poll::Pending };
                assert_eq!(value?, Some(42));
                read = true;
            }
            let Some(end) = &mut outgoing else { return Poll::Ready(Ok(())) };
            let Poll::Ready(written) = end.poll_write(&mut store, cx, &43) else { return Poll::Pending };
            assert!(written?);
            Poll::Ready(outgoing.take().map_or(Ok(()), |end| end.close(&mut store)))
        })?;
        Ok((reader,))
    };
    linker.root().func_wrap("turn", turn).unwrap();
    let mut store = Store::new(&engine, Flags::default());
    let instance = linker.instantiate(&mut store, &component).unwrap_or_else(|error| panic!("{error}"));
    (store, instance)
}

/// What functions of the host copy.
#[derive(Default)]
struct Host {
    /// Of `pipe`: what it reads, and what it writes, which is ten more.
    pipe: (Shared, Shared),
    /// Whether it writes on when what it reads has ended, until it is told.
    told_to_end: bool,
    /// Of `source`.
    source: Shared,
    /// Of `sink`, which reads as much as `chunk` says to begin with.
    sink: Shared,
}

/// Imports of what the guests here call.
const IMPORTS: &str = r#"
    (import "wait" (func $wait async (param "n" u32)))
    (import "tell" (func $tell (param "what" u32)))
    (import "pipe" (func $pipe (param "s" $S) (result $S)))
    (import "source" (func $source (result $S)))
    (import "sink" (func $sink (param "s" $S)))
    (import "echo" (func $echo (param "s" $S) (result $S)))
    (import "turn" (func $turn (param "f" $F) (result $F)))"#;

const CALLS: &[(&str, &str, &str)] = &[
    ("tell", "canon lower (func $tell)", "(param i32)"),
    ("pipe", "canon lower (func $pipe)", "(param i32) (result i32)"),
    ("source", "canon lower (func $source)", "(result i32)"),
    ("sink", "canon lower (func $sink)", "(param i32)"),
    ("echo", "canon lower (func $echo)", "(param i32) (result i32)"),
    ("turn", "canon lower (func $turn)", "(param i32) (result i32)"),
];

/// A guest whose function takes a stream and returns one.
fn from_stream_to_stream(core: &str) -> Guest<'_> {
    let exports = r#"(func (export "run") async (param "s" $S) (result $S) (canon lift (core func $m "run") async))"#;
    Guest { around: IMPORTS, calls: CALLS, core, exports, ..Guest::NEW }
}

/// One whose function takes and returns nothing.
fn alone(core: &str) -> Guest<'_> {
    let exports = r#"(func (export "run") async (canon lift (core func $m "run")))"#;
    Guest { around: IMPORTS, calls: CALLS, core, exports, ..Guest::NEW }
}

/// Calls a function that takes a stream and returns one, which the host writes and reads.
fn run_between(store: &mut Store<Flags>, instance: Instance, from: &Shared, to: &Shared) {
    let run = instance.get_typed_func::<(StreamReader<u8>,), (StreamReader<u8>,)>(&mut *store, "run").unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    let reader = host_writer(&mut store.as_context_mut(), from).unwrap();
    let call = run.start(&mut *store, (reader,)).unwrap();
    let reader = loop {
        store.poll(&mut cx, u64::MAX).unwrap();
        if let Some((reader,)) = call.take(&mut *store).unwrap() {
            break reader;
        }
    };
    host_reader(&mut store.as_context_mut(), reader, to, |_, _| {}).unwrap();
    finish(store).unwrap_or_else(|error| panic!("{error} {:?}", error.backtrace()));
}

fn run_alone(guest: &Guest<'_>, tell: impl Fn(u32) + Send + Sync + Clone + 'static, host: &Host) {
    let (mut store, instance) = world(guest, tell, host);
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap().start(&mut store, ()).unwrap();
    finish(&mut store).unwrap();
    run.take(&mut store).unwrap_or_else(|error| panic!("{error} {:?}", error.backtrace())).unwrap();
}

#[test]
fn test_eager_stream_completion() {
    let guest = from_stream_to_stream(
        r#"
        (func (export "run") (param $r1 i32) (local $e i64) (local $w2 i32) (local $w3 i32) (local $r4 i32)
          (call $eq [r1] [1])
          (local.set $e (call $stream.new))
          (local.set $w2 (call $writer (local.get $e)))
          (call $return-S (call $reader (local.get $e)))
          (call $eq (call $stream.read-sync [r1] [0] [4]) [0x40])
          (call $eq (i32.load [0]) [0x04030201])
          (local.set $e (call $stream.new))
          (local.set $w3 (call $writer (local.get $e)))
          (local.set $r4 (call $pipe (call $reader (local.get $e))))
          (call $eq (call $stream.write-sync [w3] [0] [4]) [0x40])
          (call $eq (call $stream.read-sync [r4] [0] [4]) [0x40])
          (call $eq (call $stream.write-sync [w2] [0] [4]) [0x40])
          ;; The host has written all of it and dropped its end.
          (call $eq (call $stream.read-sync [r1] [0] [4]) [0x41])
          (call $eq (i32.load [0]) [0x08070605])
          (call $eq (call $stream.write-sync [w3] [0] [4]) [0x40])
          (call $eq (call $stream.read-sync [r4] [0] [4]) [0x40])
          (call $eq (call $stream.write-sync [w2] [0] [4]) [0x40])
          (call $stream.drop-readable [r1])
          (call $stream.drop-readable [r4])
          (call $stream.drop-writable [w2])
          (call $stream.drop-writable [w3]))"#,
    );
    let host = Host { pipe: (Shared::reader(100), Shared::writer(4, false)), ..Host::default() };
    let (mut store, instance) = world(&guest, |_| {}, &host);
    let (from, to) = (Shared::writer(4, true), Shared::reader(100));
    from.write(&[1, 2, 3, 4, 5, 6, 7, 8]);
    run_between(&mut store, instance, &from, &to);
    assert_eq!(to.received(), [11, 12, 13, 14, 15, 16, 17, 18]);
    assert!(to.dropped());
}

#[test]
fn test_async_stream_ops() {
    let guest = from_stream_to_stream(
        r#"
        (func (export "run") (param $r1 i32) (local $e i64) (local $w2 i32) (local $w3 i32) (local $r4 i32) (local $s i32)
          (call $eq [r1] [1])
          (local.set $e (call $stream.new))
          (local.set $w2 (call $writer (local.get $e)))
          (call $return-S (call $reader (local.get $e)))
          (call $eq (call $stream.read [r1] [0] [4]) [-1])
          (call $tell [1])
          (local.set $s (call $set.new))
          (call $join [r1] [s])
          (call $expect [s] [2] [r1] [0x40])
          (call $eq (i32.load [0]) [0x04030201])

          (local.set $e (call $stream.new))
          (local.set $w3 (call $writer (local.get $e)))
          (local.set $r4 (call $pipe (call $reader (local.get $e))))
          (call $eq [r4] [4])
          (call $eq (call $stream.write [w3] [0] [4]) [-1])
          (call $tell [2])
          (call $join [w3] [s])
          (call $expect [s] [3] [w3] [0x40])
          (call $eq (call $stream.read-sync [r4] [0] [4]) [0x40])
          (call $eq (call $stream.write [w2] [0] [4]) [-1])
          (call $tell [3])
          (call $join [w2] [s])
          (call $expect [s] [3] [w2] [0x40])

          (call $tell [4])
          (call $eq (call $stream.read [r1] [0] [4]) [-1])
          (call $expect [s] [2] [r1] [0x41])
          (call $eq (i32.load [0]) [0x08070605])
          (call $stream.drop-readable [r1])
          (call $eq (call $stream.write [w3] [0] [4]) [-1])
          (call $expect [s] [3] [w3] [0x40])
          (call $stream.drop-writable [w3])
          (call $eq (call $stream.read [r4] [0] [4]) [-1])
          (call $join [r4] [s])
          (call $expect [s] [2] [r4] [0x40])
          (call $join [r4] [0])
          (call $tell [5])
          (call $eq (call $stream.read-sync [r4] [0] [4]) [1])
          (call $stream.drop-readable [r4])
          (call $eq (call $stream.write [w2] [0] [4]) [-1])
          (call $expect [s] [3] [w2] [0x40])
          (call $stream.drop-writable [w2])
          (call $set.drop [s]))"#,
    );
    let host = Host { pipe: (Shared::reader(0), Shared::writer(4, false)), told_to_end: true, ..Host::default() };
    let (from, to) = (Shared::writer(4, false), Shared::reader(0));
    let told = (from.clone(), to.clone(), host.pipe.clone());
    let tell = move |what| {
        let (from, to, (pipe_reads, pipe_writes)) = &told;
        match what {
            1 => from.write(&[1, 2, 3, 4]),
            2 => pipe_reads.set_remain(100),
            3 => to.set_remain(100),
            4 => {
                from.write(&[5, 6, 7, 8]);
                from.end_when_empty();
            }
            _ => pipe_writes.end_when_empty(),
        }
    };
    let (mut store, instance) = world(&guest, tell, &host);
    run_between(&mut store, instance, &from, &to);
    assert_eq!(to.received(), [11, 12, 13, 14, 15, 16, 17, 18]);
}

#[test]
fn test_transfer_readable_end() {
    let guest = Guest {
        around: IMPORTS,
        calls: CALLS,
        core: r#"(func (export "run") (param $r i32) (result i32) (call $eq [r] [1]) [r])"#,
        exports: r#"(func (export "run") (param "s" $S) (result $S) (canon lift (core func $m "run")))"#,
        ..Guest::NEW
    };
    let (mut store, instance) = world(&guest, |_| {}, &Host::default());
    // What the host gets back is what it gave away, and still there to be read.
    let (from, to) = (Shared::writer(4, true), Shared::reader(100));
    from.write(&[1, 2, 3, 4]);
    run_between(&mut store, instance, &from, &to);
    assert_eq!((to.received(), to.dropped()), (vec![1, 2, 3, 4], true));
    // One whose writable end is dropped already can still be passed on.
    let (writer, reader) = stream::<u8>(&mut store).unwrap();
    writer.close(&mut store).unwrap();
    let run = instance.get_typed_func::<(StreamReader<u8>,), (StreamReader<u8>,)>(&mut store, "run").unwrap();
    let (mut reader,) = run.call(&mut store, (reader,)).unwrap();
    let read = reader.poll_read(&mut store, &mut Context::from_waker(Waker::noop()), 4);
    assert!(matches!(read, Poll::Ready(Ok(None))), "{read:?}");
    reader.close(&mut store).unwrap();
}

#[test]
fn test_receive_own_stream() {
    let guest = alone(
        r#"
        (func (export "run") (local $e i64) (local $r i32) (local $w i32)
          (local.set $e (call $stream.new))
          (local.set $r (call $reader (local.get $e)))
          (local.set $w (call $writer (local.get $e)))
          (call $eq [r] [1])
          (call $eq [w] [2])
          (call $eq (call $stream.write [w] [0] [4]) [-1])
          (call $eq (call $echo [r]) [1])
          (call $eq (call $stream.cancel-write-sync [w]) [2])
          (call $stream.drop-writable [w]))"#,
    );
    run_alone(&guest, |_| {}, &Host::default());
}

#[test]
fn test_host_partial_reads_writes() {
    let guest = alone(
        r#"
        (func (export "run") (local $e i64) (local $r i32) (local $w i32) (local $s i32)
          (local.set $r (call $source))
          (call $eq [r] [1])
          (call $eq (call $stream.read-sync [r] [0] [4]) [0x20])
          (call $eq (i32.load16_u [0]) [0x0201])
          (call $tell [1])
          (call $eq (call $stream.read-sync [r] [0] [4]) [0x20])
          (call $eq (i32.load16_u [0]) [0x0403])
          (call $eq (call $stream.read [r] [0] [4]) [-1])
          (call $tell [2])
          (local.set $s (call $set.new))
          (call $join [r] [s])
          (call $expect [s] [2] [r] [0x20])
          (call $stream.drop-readable [r])

          (local.set $e (call $stream.new))
          (local.set $r (call $reader (local.get $e)))
          (local.set $w (call $writer (local.get $e)))
          (call $eq [r] [1])
          (call $eq [w] [3])
          (call $sink [r])
          (i64.store [0] (i64.const 0x060504030201))
          (call $eq (call $stream.write-sync [w] [0] [6]) [0x20])
          (call $eq (call $stream.write [w] [2] [4]) [-1])
          (call $tell [3])
          (call $join [w] [s])
          (call $expect [s] [3] [w] [0x40])
          (call $tell [4])
          (call $stream.drop-writable [w])
          (call $set.drop [s])
          (call $tell [5]))"#,
    );
    let host = Host { source: Shared::writer(100, false), sink: Shared::writer(2, false), ..Host::default() };
    host.source.write(&[1, 2]);
    let (source, sink) = (host.source.clone(), host.sink.clone());
    let tell = move |what| match what {
        1 => source.write(&[3, 4]),
        2 => source.write(&[5, 6]),
        3 => sink.set_remain(4),
        4 => assert_eq!(sink.received(), [1, 2, 3, 4, 5, 6]),
        _ => {
            sink.set_remain(100);
            source.end_when_empty();
        }
    };
    run_alone(&guest, tell, &host);
    assert!(host.sink.dropped());
}

#[test]
fn test_cancel_copy() {
    let write = |cancel: &str, bytes: &str, flag: &str| {
        format!(
            "(local.set $e (call $stream.new))
            (local.set $w (call $writer (local.get $e)))
            (call $sink (call $reader (local.get $e)))
            (i32.store [0] [{bytes}])
            (call $eq (call $stream.write [w] [0] [4]) [-1])
            (call $tell [1])
            (call $wait [{flag}])
            (call $eq (call ${cancel} [w]) [0x22])
            (call $stream.drop-writable [w])
            (call $tell [2])"
        )
    };
    let read = |cancel: &str, before: &str, ends: &str| {
        format!(
            "(local.set $r (call $source))
            (call $eq (call $stream.read [r] [0] [4]) [-1])
            {before}
            (call $eq (call ${cancel} [r]) [{ends}])
            (call $stream.drop-readable [r])"
        )
    };
    let body = [
        write("stream.cancel-write-sync", "0x0d0c0b0a", "102"),
        write("stream.cancel-write", "0x04030201", "202"),
        read("stream.cancel-read-sync", "", "2"),
        read("stream.cancel-read", "", "2"),
        read("stream.cancel-read", "(call $tell [3]) (call $wait [302])", "0x22"),
    ];
    let core = format!(
        r#"(func (export "run") (local $e i64) (local $r i32) (local $w i32)
          {} (call $eq (i32.load16_u [0]) [0x0807]) (call $tell [4]))"#,
        body.concat()
    );
    let host = Host { source: Shared::writer(2, false), ..Host::default() };
    host.source.change(|port| port.flag = 300);
    host.sink.change(|port| port.flag = 100);
    let (source, sink) = (host.source.clone(), host.sink.clone());
    let tell = move |what| match what {
        1 => sink.set_remain(2),
        2 => sink.change(|port| (port.remain, port.flag) = (100, 200)),
        3 => source.write(&[7, 8]),
        _ => source.end_when_empty(),
    };
    run_alone(&alone(&core), tell, &host);
    assert_eq!((host.sink.received(), host.sink.dropped()), (vec![0xa, 0xb, 1, 2], true));
}

#[test]
fn test_futures() {
    let new = "(local.set $e (call $future.new))
        (local.set $w (call $writer (local.get $e)))
        (local.set $r (call $turn (call $reader (local.get $e))))
        (i32.store8 [8] [42])
        (call $eq (call $future.read [r] [0]) [-1])
        (call $eq (call $future.write [w] [8]) [-1])
        (local.set $s (call $set.new))
        (call $join [w] [s])
        (call $expect [s] [5] [w] [0])";
    let drop = "(call $eq (i32.load8_u [0]) [43])
        (i32.store8 [0] [0])
        (call $future.drop-writable [w])
        (call $future.drop-readable [r])
        (call $set.drop [s])";
    let core = format!(
        r#"(func (export "run") (local $e i64) (local $r i32) (local $w i32) (local $s i32)
          {new}
          (call $join [r] [s])
          (call $expect [s] [4] [r] [0])
          {drop}
          ;; The host has written in the turn in which it has read: what has come is not cancelled any more.
          {new}
          (call $eq (call $future.cancel-read-sync [r]) [0])
          {drop})"#
    );
    run_alone(&alone(&core), |_| {}, &Host::default());
    // That a future has to be written is shown by `copies` of `concurrency.rs`.
}
