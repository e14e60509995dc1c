//! Components of tests about concurrency: written as the bodies of their core functions, and run to
//! their end by no executor but the one below.
//!
//! In a body, `[x]` is `(local.get $x)` and `[7]` is `(i32.const 7)`. Whatever a body calls of
//! [`BUILTINS`] is defined, imported and given to it; so is what it calls of a test's own.

use std::fmt::Write;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use windlass::component::{BoxFuture, Component, Instance, Linker, Step, Val};
use windlass::syntax::Features;
use windlass::{Config, Engine, Store, StoreContextMut, Trap};

/// What a body may call: its name, what makes it, and its core type.
pub type Builtin = (&'static str, &'static str, &'static str);

const MEMORY: &str = r#"(memory (core memory $memory "mem"))"#;
const REALLOC: &str = r#"(realloc (core func $memory "realloc"))"#;

/// `MEMORY` and `REALLOC` stand for these options; `$S` and `$F` are a stream and a future of
/// [`Guest::element`], `$E` and `$N` are those of nothing, `$T` is a stream of strings.
pub const BUILTINS: &[Builtin] = &[
    ("return", "canon task.return", ""),
    ("return-u8", "canon task.return (result u8)", "(param i32)"),
    ("return-u32", "canon task.return (result u32)", "(param i32)"),
    ("return-S", "canon task.return (result $S)", "(param i32)"),
    ("return-E", "canon task.return (result $E)", "(param i32)"),
    ("cancel", "canon task.cancel", ""),
    ("context.get", "canon context.get i32 0", "(result i32)"),
    ("context.set", "canon context.set i32 0", "(param i32)"),
    ("context.get-1", "canon context.get i32 1", "(result i32)"),
    ("context.set-1", "canon context.set i32 1", "(param i32)"),
    ("backpressure.inc", "canon backpressure.inc", ""),
    ("backpressure.dec", "canon backpressure.dec", ""),
    ("subtask.cancel", "canon subtask.cancel async", "(param i32) (result i32)"),
    ("subtask.cancel-sync", "canon subtask.cancel", "(param i32) (result i32)"),
    ("subtask.drop", "canon subtask.drop", "(param i32)"),
    ("set.new", "canon waitable-set.new", "(result i32)"),
    ("set.wait", "canon waitable-set.wait MEMORY", "(param i32 i32) (result i32)"),
    ("set.poll", "canon waitable-set.poll MEMORY", "(param i32 i32) (result i32)"),
    ("set.drop", "canon waitable-set.drop", "(param i32)"),
    ("join", "canon waitable.join", "(param i32 i32)"),
    ("stream.new", "canon stream.new $S", "(result i64)"),
    ("stream.read", "canon stream.read $S async MEMORY", "(param i32 i32 i32) (result i32)"),
    ("stream.read-sync", "canon stream.read $S MEMORY", "(param i32 i32 i32) (result i32)"),
    ("stream.write", "canon stream.write $S async MEMORY", "(param i32 i32 i32) (result i32)"),
    ("stream.write-sync", "canon stream.write $S MEMORY", "(param i32 i32 i32) (result i32)"),
    ("stream.cancel-read", "canon stream.cancel-read $S async", "(param i32) (result i32)"),
    ("stream.cancel-read-sync", "canon stream.cancel-read $S", "(param i32) (result i32)"),
    ("stream.cancel-write", "canon stream.cancel-write $S async", "(param i32) (result i32)"),
    ("stream.cancel-write-sync", "canon stream.cancel-write $S", "(param i32) (result i32)"),
    ("stream.drop-readable", "canon stream.drop-readable $S", "(param i32)"),
    ("stream.drop-writable", "canon stream.drop-writable $S", "(param i32)"),
    ("stream.forward", "canon stream.forward $S", "(param i32 i32)"),
    ("empty.new", "canon stream.new $E", "(result i64)"),
    ("empty.read", "canon stream.read $E async MEMORY", "(param i32 i32 i32) (result i32)"),
    ("empty.write", "canon stream.write $E async MEMORY", "(param i32 i32 i32) (result i32)"),
    ("empty.drop-readable", "canon stream.drop-readable $E", "(param i32)"),
    ("empty.drop-writable", "canon stream.drop-writable $E", "(param i32)"),
    ("texts.new", "canon stream.new $T", "(result i64)"),
    ("texts.read", "canon stream.read $T async MEMORY REALLOC", "(param i32 i32 i32) (result i32)"),
    ("texts.write", "canon stream.write $T async MEMORY", "(param i32 i32 i32) (result i32)"),
    ("future.new", "canon future.new $F", "(result i64)"),
    ("future.read", "canon future.read $F async MEMORY", "(param i32 i32) (result i32)"),
    ("future.write", "canon future.write $F async MEMORY", "(param i32 i32) (result i32)"),
    ("future.cancel-read-sync", "canon future.cancel-read $F", "(param i32) (result i32)"),
    ("future.drop-readable", "canon future.drop-readable $F", "(param i32)"),
    ("future.drop-writable", "canon future.drop-writable $F", "(param i32)"),
    ("future.forward", "canon future.forward $F", "(param i32 i32)"),
    ("signal.new", "canon future.new $N", "(result i64)"),
    ("signal.read", "canon future.read $N async MEMORY", "(param i32 i32) (result i32)"),
    ("signal.read-sync", "canon future.read $N MEMORY", "(param i32 i32) (result i32)"),
    ("signal.write", "canon future.write $N async MEMORY", "(param i32 i32) (result i32)"),
    ("error.new", "canon error-context.new MEMORY", "(param i32 i32) (result i32)"),
    ("error.drop", "canon error-context.drop", "(param i32)"),
    ("thread.index", "canon thread.index", "(result i32)"),
    ("thread.new", "canon thread.new-indirect $start (core table $table)", "(param i32 i32) (result i32)"),
    ("thread.resume-later", "canon thread.resume-later", "(param i32)"),
    ("thread.suspend", "canon thread.suspend", "(result i32)"),
    ("thread.yield", "canon thread.yield", "(result i32)"),
    ("thread.suspend-then-resume", "canon thread.suspend-then-resume", "(param i32) (result i32)"),
    ("thread.yield-then-resume", "canon thread.yield-then-resume", "(param i32) (result i32)"),
    ("thread.suspend-then-promote", "canon thread.suspend-then-promote", "(param i32) (result i32)"),
    ("thread.yield-then-promote", "canon thread.yield-then-promote", "(param i32) (result i32)"),
    // Functions of the host, see `FLAGS`.
    ("wait", "canon lower (func $wait)", "(param i32)"),
    ("set", "canon lower (func $set)", "(param i32)"),
    ("is-set", "canon lower (func $is-set)", "(param i32) (result i32)"),
];

/// Functions that bodies may call, and what these call themselves.
const HELPERS: &[(&str, &str)] = &[
    ("eq", "(func $eq (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))"),
    ("reader", "(func $reader (param i64) (result i32) (i32.wrap_i64 (local.get 0)))"),
    ("writer", "(func $writer (param i64) (result i32) (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))"),
    // The index of a subtask in that state.
    (
        "subtask",
        "(func $subtask (param $packed i32) (param $state i32) (result i32)
           (call $eq (i32.and [packed] [15]) [state]) (i32.shr_u [packed] [4]))",
    ),
    // The next event of a set, as it has to be. Bytes from 240 on are written to.
    (
        "expect",
        "(func $expect (param $set i32) (param $code i32) (param $index i32) (param $payload i32)
           (call $eq (call $set.wait [set] [240]) [code])
           (call $eq (i32.load [240]) [index])
           (call $eq (i32.load [244]) [payload]))",
    ),
];

/// What a thread may wait for, set or looked at: the conditions that `run_tests.py` has in variables.
pub const FLAGS: &str = r#"(import "wait" (func $wait async (param "n" u32)))
    (import "set" (func $set (param "n" u32)))
    (import "is-set" (func $is-set (param "n" u32) (result u32)))"#;

/// The same, for a component inside one that has them.
pub const GIVE_FLAGS: &str = r#"(with "wait" (func $wait)) (with "set" (func $set)) (with "is-set" (func $is-set))"#;

/// A component with one core module, whose functions other components and the host call.
pub struct Guest<'a> {
    /// What comes first: imports, other components and their instances.
    pub around: &'a str,
    /// What its streams and futures carry.
    pub element: &'a str,
    /// What it calls besides [`BUILTINS`].
    pub calls: &'a [Builtin],
    /// Functions, globals and elements of its core module `$m`.
    pub core: &'a str,
    /// Its exports.
    pub exports: &'a str,
}

impl Guest<'_> {
    pub const NEW: Self = Guest { around: "", element: "u8", calls: &[], core: "", exports: "" };

    /// What stands between the parentheses of the component.
    pub fn fields(&self) -> String {
        let is_called = |name: &str, text: &str| {
            text.contains(&format!("(call ${name} ")) || text.contains(&format!("(call ${name})"))
        };
        let (mut core, mut helpers) = (self.core.to_owned(), HELPERS.to_vec());
        while let Some(at) = helpers.iter().position(|(name, _)| is_called(name, &core)) {
            core += helpers.remove(at).1;
        }
        let (mut defined, mut imported, mut given) = (String::new(), String::new(), String::new());
        for (name, canon, ty) in BUILTINS.iter().chain(self.calls).filter(|(name, ..)| is_called(name, &core)) {
            let canon = canon.replace("MEMORY", MEMORY).replace("REALLOC", REALLOC);
            writeln!(defined, "(core func ${name}.core ({canon}))").unwrap();
            writeln!(imported, "(import \"\" \"{name}\" (func ${name} {ty}))").unwrap();
            writeln!(given, "(export \"{name}\" (func ${name}.core))").unwrap();
        }
        let (around, element, core, exports) = (self.around, self.element, expand(&core), self.exports);
        format!(
            r#"(type $S (stream {element})) (type $F (future {element}))
            (type $E (stream)) (type $N (future)) (type $T (stream string))
            (core module $Memory (memory (export "mem") 1) (table (export "table") 16 funcref)
              (global $next (mut i32) (i32.const 1024))
              (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
                (global.get $next)
                (global.set $next (i32.add (global.get $next) (local.get 3)))))
            (core instance $memory (instantiate $Memory))
            (alias core export $memory "table" (core table $table))
            (core type $start (func (param i32)))
            {around}
            {defined}
            (core module $M
              (import "" "mem" (memory 1)) (import "" "table" (table 16 funcref))
              {imported}
              {core})
            (core instance $m (instantiate $M (with "" (instance
              (export "mem" (memory $memory "mem")) (export "table" (table $table)) {given}))))
            {exports}"#
        )
    }

    /// The component.
    pub fn wat(&self) -> String {
        format!("(component {})", self.fields())
    }

    /// A component of that name and its instance, inside another one.
    pub fn inside(&self, name: &str, with: &str) -> String {
        let fields = self.fields();
        format!("(component ${name}-component {fields})\n(instance ${name} (instantiate ${name}-component {with}))\n")
    }
}

/// Writes out what stands between square brackets.
fn expand(text: &str) -> String {
    let mut parts = text.split('[');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inner, rest) = part.split_once(']').expect("a closing bracket");
        let is_number = inner.starts_with(|first: char| first.is_ascii_digit() || first == '-');
        out += &if is_number { format!("(i32.const {inner})") } else { format!("(local.get ${inner})") };
        out += rest;
    }
    out
}

/// The conditions of [`FLAGS`].
#[derive(Clone, Default)]
pub struct Flags(Arc<Mutex<(Vec<u32>, Vec<Waker>)>>);

impl Flags {
    fn is_set(&self, flag: u32) -> bool {
        self.0.lock().unwrap().0.contains(&flag)
    }

    pub fn set(&self, flag: u32) {
        let mut state = self.0.lock().unwrap();
        state.0.push(flag);
        state.1.drain(..).for_each(Waker::wake);
    }
}

pub fn engine() -> Engine {
    Engine::new(Config::new().wasm_features(Features::all(), true))
}

/// A linker that has [`FLAGS`].
pub fn linker(engine: &Engine) -> Linker<Flags> {
    let mut linker = Linker::<Flags>::new(engine);
    let wait = |store: StoreContextMut<'_, Flags>, (flag,): (u32,)| -> BoxFuture<()> {
        let flags = store.data().clone();
        Box::pin(poll_fn(move |cx| {
            if flags.is_set(flag) {
                return Poll::Ready(Ok(()));
            }
            flags.0.lock().unwrap().1.push(cx.waker().clone());
            Poll::Pending
        }))
    };
    linker.root().func_wrap_async("wait", wait).unwrap();
    let set = |store: StoreContextMut<'_, Flags>, (flag,): (u32,)| {
        store.data().set(flag);
        Ok(())
    };
    linker.root().func_wrap("set", set).unwrap();
    let is_set = |store: StoreContextMut<'_, Flags>, (flag,): (u32,)| Ok((u32::from(store.data().is_set(flag)),));
    linker.root().func_wrap("is-set", is_set).unwrap();
    linker
}

pub fn component(engine: &Engine, wat: &str) -> Component {
    let bytes = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}"));
    Component::new(engine, bytes).unwrap_or_else(|error| panic!("{error}\n{wat}"))
}

/// A store with an instance of a component that imports [`FLAGS`] at most.
pub fn instance(wat: &str) -> (Store<Flags>, Instance) {
    let engine = engine();
    let component = component(&engine, wat);
    let mut store = Store::new(&engine, Flags::default());
    let instance = linker(&engine).instantiate(&mut store, &component).unwrap_or_else(|error| panic!("{error}"));
    (store, instance)
}

/// Calls the export `run`, and goes on until it has its result and every thread has ended.
pub fn run_on(store: &mut Store<Flags>, instance: Instance, params: &[Val]) -> windlass::Result<Option<Val>> {
    let run = instance.get_func(&mut *store, "run").unwrap();
    let mut results: Vec<Val> = run.ty(&mut *store).unwrap().result().map(|_| Val::Bool(false)).into_iter().collect();
    {
        let mut call = std::pin::pin!(run.call_async(&mut *store, params, &mut results));
        let mut cx = Context::from_waker(Waker::noop());
        let mut turns = 0;
        loop {
            match call.as_mut().poll(&mut cx) {
                Poll::Ready(done) => break done?,
                Poll::Pending => turns += 1,
            }
            assert!(turns < 1000, "it does not end");
        }
    }
    finish(store)?;
    Ok(results.pop())
}

/// Goes on until every call and every thread has ended.
pub fn finish(store: &mut Store<Flags>) -> windlass::Result<()> {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..1000 {
        if store.poll(&mut cx, u64::MAX)? == Step::Done {
            let waiting = store.waiting()?;
            assert!(waiting.is_empty(), "threads wait for ever: {waiting:?}");
            assert_eq!(store.leftover()?, None);
            return Ok(());
        }
    }
    panic!("something does not end: {:?}", store.waiting()?);
}

/// Runs the export `run` of a component.
pub fn run(wat: &str) -> windlass::Result<Option<Val>> {
    let (mut store, instance) = instance(wat);
    run_on(&mut store, instance, &[])
}

/// How `run` of a component traps.
pub fn trap(wat: &str) -> Trap {
    let error = run(wat).expect_err("it does not trap");
    error.trap().unwrap_or_else(|| panic!("{error}"))
}

/// `run` ends as it should.
pub fn succeeds(wat: &str) {
    run(wat).unwrap_or_else(|error| panic!("{error} {:?}", error.backtrace()));
}
