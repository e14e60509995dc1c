//! The work that engines are measured with, the same for all of them.

/// A core function to run: `run` of a module without imports, from `i32` to `i32`.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// Its name in reports.
    pub name: &'static str,
    /// The module.
    pub module: Source,
    /// The argument, chosen so that a run takes some milliseconds.
    pub argument: i32,
    /// What comes out: an engine that gets it wrong is not measured.
    pub result: i32,
}

/// A module, as text or as bytes.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// Written by hand.
    Text(&'static str),
    /// Made by a compiler from a source in `kernels/`.
    Compiled(&'static [u8]),
}

impl Kernel {
    /// The module, as bytes.
    ///
    /// # Panics
    ///
    /// Never: all kernels are well-formed, a test says.
    pub fn wasm(&self) -> Vec<u8> {
        match self.module {
            Source::Text(text) => wat::parse_str(text).expect("the kernels are well-formed"),
            Source::Compiled(bytes) => bytes.to_vec(),
        }
    }
}

/// A kernel that was compiled from C.
macro_rules! compiled {
    ($name:literal, $argument:literal, $result:literal) => {
        Kernel {
            name: $name,
            module: Source::Compiled(include_bytes!(concat!("../kernels/", $name, ".wasm"))),
            argument: $argument,
            result: $result,
        }
    };
}

/// Kernels of different kinds.
pub const KERNELS: &[Kernel] = &[
    Kernel {
        name: "fib",
        module: Source::Text(
            r#"(module (func $fib (export "run") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
                (then (local.get 0))
                (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                               (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#,
        ),
        argument: 24,
        result: 46_368,
    },
    Kernel {
        name: "integer loop",
        module: Source::Text(
            r#"(module (func (export "run") (param i32) (result i32) (local i32)
            (loop $again
                (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31))
                                      (i32.xor (local.get 0) (i32.const 12345))))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1)))"#,
        ),
        argument: 300_000,
        result: -268_776_336,
    },
    Kernel {
        name: "byte loop",
        module: Source::Text(
            r#"(module (memory 1) (func (export "run") (param i32) (result i32) (local $at i32) (local $sum i32)
            (loop $again
                (local.set $at (i32.and (i32.add (local.get $at) (i32.const 7)) (i32.const 0x7fff)))
                (i32.store8 (local.get $at) (i32.add (i32.load8_u (local.get $at)) (local.get 0)))
                (local.set $sum (i32.add (local.get $sum) (i32.load8_u offset=3 (local.get $at))))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get $sum)))"#,
        ),
        argument: 200_000,
        result: 23_630_562,
    },
    Kernel {
        name: "float loop",
        module: Source::Text(
            r#"(module (func (export "run") (param i32) (result i32) (local $x f64)
            (local.set $x (f64.const 1))
            (loop $again
                (local.set $x (f64.add (f64.div (local.get $x) (f64.const 2)) (f64.div (f64.const 1) (local.get $x))))
                (local.set $x (f64.sub (f64.add (local.get $x) (f64.const 0.25)) (f64.const 0.25)))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (i32.trunc_f64_s (f64.mul (local.get $x) (f64.const 1000000)))))"#,
        ),
        argument: 200_000,
        result: 1_414_213,
    },
    Kernel {
        name: "indirect calls",
        module: Source::Text(
            r#"(module (type $op (func (param i32) (result i32)))
            (table funcref (elem $inc $dbl $neg $sqr))
            (func $inc (type $op) (i32.add (local.get 0) (i32.const 1)))
            (func $dbl (type $op) (i32.shl (local.get 0) (i32.const 1)))
            (func $neg (type $op) (i32.xor (local.get 0) (i32.const -1)))
            (func $sqr (type $op) (i32.mul (local.get 0) (local.get 0)))
            (func (export "run") (param i32) (result i32) (local i32)
                (loop $again
                    (local.set 1 (call_indirect (type $op) (local.get 1) (i32.and (local.get 0) (i32.const 3))))
                    (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get 1)))"#,
        ),
        argument: 100_000,
        result: -416_927_700,
    },
    Kernel {
        name: "switch",
        module: Source::Text(
            r#"(module (func (export "run") (param i32) (result i32) (local i32)
            (loop $again
                (block $done (block $c (block $b (block $a
                    (br_table $a $b $c $done (i32.rem_u (local.get 0) (i32.const 5))))
                    (local.set 1 (i32.add (local.get 1) (i32.const 3))) (br $done))
                    (local.set 1 (i32.xor (local.get 1) (i32.const 21))) (br $done))
                    (local.set 1 (i32.rotl (local.get 1) (i32.const 5))))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1)))"#,
        ),
        argument: 200_000,
        result: 867_208_086,
    },
    compiled!("sieve", 60000, 6057),
    compiled!("matrix", 6, 10923),
    compiled!("sha256", 150, -1033499344),
    compiled!("crc32", 12, -1678617162),
    compiled!("quicksort", 8000, -1407553486),
    compiled!("words", 1500, 227796556),
    compiled!("nbody", 500, 193842),
    compiled!("mandelbrot", 32, 24164),
    compiled!("mix64", 20000, 1059135109),
    compiled!("bits", 30000, -852890360),
    compiled!("base64", 10, -14942090),
    compiled!("tree", 4000, -408406338),
    compiled!("copy", 12, -1127396093),
    compiled!("lexer", 4, -1445237920),
    compiled!("vm", 10000, -685617992),
    compiled!("coremark", 8, 8899),
];

/// A core module that a compiler made: the WASI adapter for commands, from Rust.
pub fn real_module() -> &'static [u8] {
    wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER
}

/// The greeter of `examples/`.
pub const GREETER: &[u8] = include_bytes!("../../examples/greeter/greeter.wasm");

/// A component that reads a stream of another one, and calls it in both ways.
pub const ASYNC: &str = include_str!("../components/async.wat");

/// Two components, one calling the other: `run` calls `add` of the inner one as often as it is
/// told to.
pub const CALLER: &str = r#"(component
    (component $inner
        (core module $m
            (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
        (core instance $i (instantiate $m))
        (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add"))))
    (instance $inner (instantiate $inner))
    (core func $add (canon lower (func $inner "add")))
    (core module $m
        (import "inner" "add" (func $add (param i32 i32) (result i32)))
        (func (export "run") (param i32) (result i32) (local i32)
            (loop $again
                (local.set 1 (call $add (local.get 1) (local.get 0)))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1)))
    (core instance $i (instantiate $m (with "inner" (instance (export "add" (func $add))))))
    (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $add)))
    (func (export "run") (param "times" u32) (result u32) (canon lift (core func $i "run"))))"#;

/// A small component, as a host calls it, as text.
pub const SMALL: &str = include_str!("../components/small.wat");

/// Two components, one of which calls the other, as text: each of its functions does one kind of
/// call as often as its argument says.
pub const COMPOSED: &str = include_str!("../components/composed.wat");

#[cfg(test)]
mod tests {
    use super::*;
    use windlass::{Engine, Linker, Module, Store};

    #[test]
    fn kernels_compute_what_they_say() {
        for kernel in KERNELS {
            let engine = Engine::default();
            let module = Module::new(&engine, kernel.wasm()).unwrap();
            let mut store = Store::new(&engine, ());
            let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
            let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
            assert_eq!(run.call(&mut store, kernel.argument).unwrap(), kernel.result, "{}", kernel.name);
        }
    }
}
