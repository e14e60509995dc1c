//! What the host does at its ends of streams and futures.
//!
//! A copy needs the guest's buffer at the other end. Where it is not there the host waits, and
//! where the host does not copy the guest waits: that is the backpressure, both ways.

use super::concurrent::Accessor;
use super::run;
use crate::api::store::{AsContextMut, StoreContextMut};
use crate::component::abi::context::Cx;
use crate::component::abi::typed::{FutureReader, Lift, Lower, StreamReader};
use crate::component::canon::async_builtin::{FUTURE, STREAM};
use crate::component::host_end::{self, HostEnd};
use crate::error::{Result, bug};
use crate::exec::Machine;
use crate::support::Vec;
use core::future::poll_fn;
use core::marker::PhantomData;
use core::task::{Context, Poll};

/// The end of a stream of `I` that values are written to, held by the host.
///
/// It has to be [closed](Self::close): only the store can do it, so dropping this does not.
#[derive(Debug)]
#[must_use = "an end that is only dropped is never closed"]
pub struct StreamWriter<I> {
    end: HostEnd,
    item: PhantomData<fn(I)>,
}

/// The end of a future of `I` that its value is written to, held by the host. See
/// [`StreamWriter`].
#[derive(Debug)]
#[must_use = "an end that is only dropped is never closed"]
pub struct FutureWriter<I> {
    end: HostEnd,
    item: PhantomData<fn(I)>,
}

/// A new stream: the host keeps the writer and gives the reader to a component.
///
/// Values go straight from the host's slice into the memory of the component, when it reads.
///
/// ```
/// use core::task::{Context, Poll, Waker};
/// use windlass::component::{Component, Linker, StreamReader, stream};
/// use windlass::syntax::Features;
/// use windlass::{Config, Engine, Store};
///
/// # const WAT: &str = r#"(component
/// #   (type $S (stream u8))
/// #   (core module $Memory (memory (export "mem") 1))
/// #   (core instance $memory (instantiate $Memory))
/// #   (core func $read (canon stream.read $S (memory (core memory $memory "mem"))))
/// #   (core func $drop (canon stream.drop-readable $S))
/// #   (core func $return (canon task.return (result u32)))
/// #   (core module $M
/// #     (import "" "mem" (memory 1)) (import "" "read" (func $read (param i32 i32 i32) (result i32)))
/// #     (import "" "drop" (func $drop (param i32))) (import "" "return" (func $return (param i32)))
/// #     (func (export "sum") (param $s i32) (local $sum i32) (local $r i32)
/// #       (block $end (loop $again
/// #         (local.set $r (call $read (local.get $s) (i32.const 0) (i32.const 1)))
/// #         (br_if $end (i32.eq (local.get $r) (i32.const 1)))
/// #         (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.const 0))))
/// #         (br_if $again (i32.eqz (i32.and (local.get $r) (i32.const 1))))))
/// #       (call $drop (local.get $s)) (call $return (local.get $sum))))
/// #   (core instance $m (instantiate $M (with "" (instance (export "mem" (memory $memory "mem"))
/// #     (export "read" (func $read)) (export "drop" (func $drop)) (export "return" (func $return))))))
/// #   (func (export "sum") async (param "s" (stream u8)) (result u32) (canon lift (core func $m "sum") async)))"#;
/// # let bytes = wat::parse_str(WAT).unwrap();
/// let engine = Engine::new(Config::new().wasm_features(Features::all(), true));
/// let component = Component::new(&engine, bytes)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
///
/// // sum: async func(s: stream<u8>) -> u32
/// let sum = instance.get_typed_func::<(StreamReader<u8>,), (u32,)>(&mut store, "sum")?;
/// let (mut writer, reader) = stream::<u8>(&mut store)?;
/// let call = sum.start(&mut store, (reader,))?;
/// let mut cx = Context::from_waker(Waker::noop());
/// let mut items = &[1, 2, 3][..];
/// while !items.is_empty() {
///     store.poll(&mut cx, u64::MAX)?;
///     if let Poll::Ready(taken) = writer.poll_write(&mut store, &mut cx, items) {
///         items = &items[taken?.unwrap()..];
///     }
/// }
/// writer.close(&mut store)?;
/// store.poll(&mut cx, u64::MAX)?;
/// assert_eq!(call.take(&mut store)?, Some((6,)));
/// # Ok::<(), windlass::Error>(())
/// ```
pub fn stream<I>(mut store: impl AsContextMut) -> Result<(StreamWriter<I>, StreamReader<I>)> {
    let [reader, writer] = on_ends(&mut store.as_context_mut(), |cx| host_end::new(cx, STREAM))?;
    Ok((StreamWriter { end: writer, item: PhantomData }, StreamReader::of(reader)))
}

/// A new future: the host keeps the writer and gives the reader to a component.
pub fn future<I>(mut store: impl AsContextMut) -> Result<(FutureWriter<I>, FutureReader<I>)> {
    let [reader, writer] = on_ends(&mut store.as_context_mut(), |cx| host_end::new(cx, FUTURE))?;
    Ok((FutureWriter { end: writer, item: PhantomData }, FutureReader::of(reader)))
}

pub(super) fn on_ends<T, R>(
    store: &mut StoreContextMut<'_, T>,
    action: impl FnOnce(&mut Cx<'_>) -> Result<R>,
) -> Result<R> {
    // Lowering may need a `realloc`, which runs on it.
    let mut machine = Machine::new();
    action(&mut run::cx(store.state(), &mut machine))
}

fn flip<R>(polled: Result<Poll<R>>) -> Poll<Result<R>> {
    match polled {
        Ok(polled) => polled.map(Ok),
        Err(error) => Poll::Ready(Err(error)),
    }
}

impl<I: Lift> StreamReader<I> {
    /// Reads at most `max` values that a component writes; `None` once it has closed its end.
    /// Until it writes, the waker of `cx` is woken when it does.
    pub fn poll_read(
        &mut self,
        mut store: impl AsContextMut,
        cx: &mut Context<'_>,
        max: usize,
    ) -> Poll<Result<Option<Vec<I>>>> {
        flip(on_ends(&mut store.as_context_mut(), |ends| host_end::poll_read(ends, self.end, max, cx.waker())))
    }

    /// The same as a Rust future.
    pub async fn read<T>(&mut self, store: &Accessor<'_, T>, max: usize) -> Result<Option<Vec<I>>> {
        poll_fn(|cx| store.with(|store| self.poll_read(store, cx, max))).await
    }
}

impl<I: Lower> StreamWriter<I> {
    /// Writes the first of these values to a component that reads: how many; `None` once it has
    /// closed its end. Until it reads, the waker of `cx` is woken when it does.
    pub fn poll_write(
        &mut self,
        mut store: impl AsContextMut,
        cx: &mut Context<'_>,
        items: &[I],
    ) -> Poll<Result<Option<usize>>> {
        flip(on_ends(&mut store.as_context_mut(), |ends| host_end::poll_write(ends, self.end, items, cx.waker())))
    }

    /// Writes all these values, as a Rust future; `false` if the component has closed its end before.
    pub async fn write_all<T>(&mut self, store: &Accessor<'_, T>, mut items: &[I]) -> Result<bool> {
        while !items.is_empty() {
            let taken = poll_fn(|cx| store.with(|store| self.poll_write(store, cx, items))).await?;
            let Some(taken) = taken else { return Ok(false) };
            items = items.get(taken..).unwrap_or_default();
        }
        Ok(true)
    }
}

impl<I: Lift> FutureReader<I> {
    /// Reads the value, once, when a component writes it; `None` if it has closed its end.
    pub fn poll_read(&mut self, mut store: impl AsContextMut, cx: &mut Context<'_>) -> Poll<Result<Option<I>>> {
        let read = on_ends(&mut store.as_context_mut(), |ends| host_end::poll_read(ends, self.end, 1, cx.waker()));
        flip(read).map(|read| match read? {
            Some(items) => Ok(Some(items.into_iter().next().ok_or_else(|| bug!("a future without value"))?)),
            None => Ok(None),
        })
    }

    /// The same as a Rust future.
    pub async fn read<T>(&mut self, store: &Accessor<'_, T>) -> Result<Option<I>> {
        poll_fn(|cx| store.with(|store| self.poll_read(store, cx))).await
    }
}

impl<I: Lower> FutureWriter<I> {
    /// Writes the value, once, when a component reads it; `false` if it has closed its end.
    pub fn poll_write(&mut self, mut store: impl AsContextMut, cx: &mut Context<'_>, value: &I) -> Poll<Result<bool>> {
        let value = core::slice::from_ref(value);
        let ends = &mut store.as_context_mut();
        flip(on_ends(ends, |ends| host_end::poll_write(ends, self.end, value, cx.waker())))
            .map_ok(|written| written.is_some())
    }

    /// The same as a Rust future.
    pub async fn write<T>(&mut self, store: &Accessor<'_, T>, value: &I) -> Result<bool> {
        poll_fn(|cx| store.with(|store| self.poll_write(store, cx, value))).await
    }
}

macro_rules! close {
    ($($End:ident)+) => { $(
        impl<I> $End<I> {
            /// Closes the end, which the component at the other one learns. A future that was not
            /// written cannot be closed, as a guest's cannot.
            pub fn close(self, mut store: impl AsContextMut) -> Result<()> {
                on_ends(&mut store.as_context_mut(), |cx| host_end::drop(cx, self.end))
            }
        }
    )+ };
}
close! { StreamReader StreamWriter FutureReader FutureWriter }
