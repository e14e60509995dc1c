//! Dispatchers agree: on generated programs they compute the same, trap alike, cost the same fuel
//! and pause in the same states; and none takes native stack for what the guest does.

use super::module;
use std::fmt::Write;
use windlass::{Config, Dispatch, Engine, Linker, Progress, Store, Val};

/// Programs that are compared.
const PROGRAMS: u32 = 200;
/// What a program may cost before it is stopped.
const FUEL: u64 = 20_000;

/// All that can be seen of a run: each pause with the state of the memory, then how it ended.
#[derive(Debug, PartialEq, Eq)]
struct Trace {
    pauses: Vec<u64>,
    end: String,
    fuel: u64,
    memory: u64,
}

fn hash(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap()));
    words.fold(0xCBF2_9CE4_8422_2325, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Runs `run` of a program with fuel in slices of that size.
fn trace(dispatch: Dispatch, text: &str, slice: u64) -> Trace {
    let engine = Engine::new(Config::new().dispatch(dispatch).consume_fuel(true));
    let module = module(&engine, text);
    let mut store = Store::new(&engine, ());
    store.set_fuel(FUEL).unwrap();
    let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    let run = instance.get_func(&mut store, "run").unwrap();
    store.set_fuel(slice).unwrap();
    let mut left = FUEL.saturating_sub(slice);
    let mut results = [Val::I64(0)];
    let mut pauses = Vec::new();
    let mut progress = run.call_resumable(&mut store, &[Val::I32(7), Val::I64(-3)], &mut results);
    let end = loop {
        match progress {
            Ok(Progress::Done(())) => break format!("{results:?}"),
            Err(error) => break error.to_string(),
            Ok(Progress::OutOfFuel(_)) if left == 0 => break "endless".to_string(),
            Ok(Progress::OutOfFuel(paused)) => {
                pauses.push(hash(memory.data(&store).unwrap()));
                let more = slice.min(left);
                left -= more;
                store.add_fuel(more).unwrap();
                progress = paused.resume(&mut store, &mut results);
            }
            Ok(_) => unreachable!("nothing here waits"),
        }
    };
    store.add_fuel(left).unwrap();
    Trace { pauses, end, fuel: store.get_fuel().unwrap(), memory: hash(memory.data(&store).unwrap()) }
}

/// Writes programs that look random; the same for the same seed.
struct Author {
    state: u64,
    text: String,
    /// Blocks around this place.
    depth: u32,
    /// What may still be written.
    budget: u32,
}

impl Author {
    fn pick(&mut self, below: u32) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 33) as u32 % below
    }

    fn put(&mut self, part: impl std::fmt::Display) {
        write!(self.text, " {part}").unwrap();
    }

    /// An instruction out of a list of alternatives.
    fn one_of(&mut self, names: &[&str]) {
        let name = names[self.pick(names.len() as u32) as usize];
        self.put(name);
    }

    /// Numbers of every length, the interesting ones more often.
    fn number(&mut self) -> i64 {
        match self.pick(6) {
            0 => i64::from(self.pick(4)),
            1 => i64::from(self.pick(200)) - 100,
            2 => i64::from(self.pick(40_000)) - 20_000,
            3 => i64::from(i32::MIN) + i64::from(self.pick(2)),
            4 => i64::MIN,
            _ => self.state.cast_signed(),
        }
    }

    fn i32_expr(&mut self) {
        self.budget = self.budget.saturating_sub(1);
        if self.budget == 0 {
            return self.put("local.get 0");
        }
        match self.pick(12) {
            0 | 1 => {
                let number = self.number() as i32;
                self.put(format_args!("i32.const {number}"));
            }
            2 | 3 => self.one_of(&["local.get 0", "local.get 2", "local.get 130", "global.get 0"]),
            4 => {
                self.i32_expr();
                self.one_of(&["i32.eqz", "i32.popcnt", "i32.clz", "i32.extend8_s"]);
            }
            5 => {
                self.i64_expr();
                self.one_of(&["i64.eqz", "i32.wrap_i64"]);
            }
            6 => self.load(&["i32.load", "i32.load8_u", "i32.load16_s"]),
            7 => {
                self.i64_expr();
                self.i64_expr();
                self.one_of(&["i64.lt_s", "i64.gt_u", "i64.eq", "i64.ne"]);
            }
            8 => {
                self.i32_expr();
                self.one_of(&["local.tee 0", "local.tee 2", "local.tee 130"]);
            }
            9 => {
                self.i32_expr();
                self.i32_expr();
                self.i32_expr();
                self.put("select");
            }
            10 => {
                self.i32_expr();
                self.i32_expr();
                self.one_of(&["i32.div_s", "i32.rem_u", "i32.shl", "i32.rotr"]);
            }
            _ => {
                self.i32_expr();
                self.i32_expr();
                self.one_of(&["i32.add", "i32.sub", "i32.mul", "i32.and", "i32.xor", "i32.lt_s", "i32.ge_u", "i32.eq"]);
            }
        }
    }

    fn i64_expr(&mut self) {
        self.budget = self.budget.saturating_sub(1);
        if self.budget == 0 {
            return self.put("local.get 1");
        }
        match self.pick(8) {
            0 => {
                let number = self.number();
                self.put(format_args!("i64.const {number}"));
            }
            1 | 2 => self.one_of(&["local.get 1", "local.get 3"]),
            3 => {
                self.i32_expr();
                self.one_of(&["i64.extend_i32_s", "i64.extend_i32_u", "f64.convert_i32_s i64.trunc_sat_f64_s"]);
            }
            4 => self.load(&["i64.load", "i64.load32_u", "i64.load8_s"]),
            5 => {
                self.i32_expr();
                self.i64_expr();
                self.one_of(&[
                    "call $callee",
                    "call $wide",
                    "i32.const 0 call_indirect (type $f)",
                    "i32.const 1 call_indirect (type $f)",
                    "i32.const 9 call_indirect (type $f)",
                ]);
            }
            6 => {
                self.i64_expr();
                self.put("local.tee 3");
            }
            _ => {
                self.i64_expr();
                self.i64_expr();
                self.one_of(&["i64.add", "i64.mul", "i64.xor", "i64.rem_s", "i64.shr_u"]);
            }
        }
    }

    fn load(&mut self, names: &[&str]) {
        self.i32_expr();
        if self.pick(8) != 0 {
            self.put("i32.const 0x7fff i32.and");
        }
        self.one_of(names);
        self.one_of(&["", "offset=3", "offset=200", "offset=70000"]);
    }

    fn statement(&mut self) {
        self.budget = self.budget.saturating_sub(1);
        if self.budget == 0 {
            return;
        }
        match self.pick(11) {
            0 | 1 => {
                self.i32_expr();
                self.one_of(&["local.set 0", "local.set 2", "local.set 130", "global.set 0", "drop"]);
            }
            2 => {
                self.i64_expr();
                self.one_of(&["local.set 1", "local.set 3", "drop"]);
            }
            3 => {
                self.i32_expr();
                self.put("i32.const 0x7fff i32.and");
                self.i64_expr();
                self.one_of(&["i64.store", "i64.store8 offset=5", "i64.store32 offset=300"]);
            }
            4 => self.block("block", |author| author.statements()),
            5 => self.block("loop", |author| {
                author.statements();
                author.put("local.get 130 i32.const 1 i32.add local.tee 130 i32.const 15 i32.and br_if 0");
            }),
            6 => {
                self.i32_expr();
                self.block("if", |author| {
                    author.statements();
                    if author.pick(2) == 0 {
                        author.put("else");
                        author.statements();
                    }
                });
            }
            7 if self.depth > 0 => {
                self.i32_expr();
                let label = self.pick(self.depth);
                // Values under the branch are dropped by it.
                match self.pick(3) {
                    0 => self.put(format_args!("i32.eqz br_if {label}")),
                    1 => self.put(format_args!("i32.const 5 i32.const 6 local.get 0 br_if {label} drop drop drop")),
                    _ => self.put(format_args!("i32.const 3 i32.gt_u br_if {label}")),
                }
            }
            8 if self.depth > 1 => {
                let (a, b, c) = (self.pick(self.depth), self.pick(self.depth), self.pick(self.depth));
                self.put("block");
                self.i32_expr();
                self.put(format_args!("br_table {a} {b} {c} end"));
            }
            9 => {
                let kept = self.pick(3);
                self.put("(block (result i32) i64.const 1 i32.const 9 i32.const 4");
                self.i32_expr();
                self.put(format_args!("i32.const {kept} i32.lt_u br_if 0 drop drop drop"));
                self.i32_expr();
                self.put(") local.set 2");
            }
            _ => {
                self.put("i32.const 64 i32.const 32");
                self.i32_expr();
                self.put("i32.const 0xff i32.and");
                self.one_of(&["memory.copy", "memory.fill"]);
            }
        }
    }

    fn block(&mut self, name: &str, body: impl FnOnce(&mut Self)) {
        self.put(name);
        self.depth += 1;
        body(self);
        self.depth -= 1;
        self.put("end");
    }

    fn statements(&mut self) {
        for _ in 0..=self.pick(4) {
            self.statement();
        }
        self.text.push('\n');
    }
}

/// A program: `run` calls functions that call each other as long as there is fuel and stack.
fn program(seed: u64) -> String {
    let mut author =
        Author { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, text: String::new(), depth: 0, budget: 0 };
    author.put("(module (type $f (func (param i32 i64) (result i64))) (memory (export \"memory\") 1)");
    author.put("(global (mut i32) (i32.const 5)) (table 3 funcref) (elem (i32.const 0) $callee $wide)");
    for (name, params) in [("run", ""), ("callee", ""), ("wide", " (local f64)")] {
        // More than 127 locals: their indices take two bytes.
        let export = if name == "run" { "(export \"run\")" } else { "" };
        author.put(format_args!("(func ${name} {export} (type $f) (local i32 i64)"));
        author.put(
            "(local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)"
                .repeat(6),
        );
        author.put(params);
        author.budget = 60;
        for _ in 0..5 {
            author.statements();
        }
        author.budget = 10;
        author.i64_expr();
        author.put(")\n");
    }
    author.put(")");
    author.text
}

#[test]
fn on_generated_programs() {
    let mut ends = std::collections::BTreeSet::new();
    for seed in 0..PROGRAMS.into() {
        let text = program(seed);
        for slice in [FUEL, 997, 101] {
            let [portable, tail] = [Dispatch::Portable, Dispatch::Tail].map(|dispatch| trace(dispatch, &text, slice));
            assert_eq!(portable, tail, "seed {seed}, fuel in slices of {slice}:\n{text}");
            ends.insert(portable.end.chars().take(12).collect::<String>());
        }
    }
    // Results of all kinds: programs that all end at once would agree as well.
    assert!(ends.len() > 5, "{ends:?}");
}

#[test]
fn without_native_stack() {
    const STEPS: i32 = if cfg!(debug_assertions) { 1_000_000 } else { 10_000_000 };
    let text = r#"(module (func $id (param i32) (result i32) (local.get 0))
        (func (export "run") (param i32) (result i32) (local i32)
            (loop $again
                (local.set 1 (i32.add (i32.xor (local.get 1) (i32.const 77)) (call $id (local.get 0))))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1)))"#;
    let wasm = wat::parse_str(text).unwrap();
    let mut results = Vec::new();
    for dispatch in [Dispatch::Portable, Dispatch::Tail] {
        let engine = Engine::new(Config::new().dispatch(dispatch));
        let module = windlass::Module::new(&engine, wasm.clone()).unwrap();
        let run = move || {
            let mut store = Store::new(&engine, ());
            let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
            let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
            // Each round has ten instructions or more.
            run.call(&mut store, STEPS).unwrap()
        };
        let thread = std::thread::Builder::new().stack_size(64 << 10).spawn(run).unwrap();
        results.push(thread.join().unwrap());
    }
    assert_eq!(results[0], results[1]);
}

/// A program whose `run` calls a function with so many parameters and other locals, which calls itself `depth` times and
/// a small one each time; the memory counts the calls.
fn large_frames(params: usize, locals: usize, depth: i64) -> String {
    let last = params + locals;
    let (types, zeros) = ("i64 ".repeat(params), "(i64.const 0)".repeat(params));
    format!(
        r#"(module (memory (export "memory") 1)
        (func $leaf (param i64) (result i64) (local i64) (i64.add (local.get 0) (i64.const 3)))
        (func $large (param i64 {types}) (result i64) (local {})
            (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.const 1)))
            (local.set {last} (i64.add (local.get 0) (i64.const 1)))
            (if (i64.lt_s (local.get 0) (i64.const {depth}))
                (then (local.set {last} (call $large (local.get {last}) {zeros}))))
            (call $leaf (i64.add (local.get {last}) (local.get 0))))
        (func (export "run") (param i32 i64) (result i64)
            (call $leaf (call $large (i64.const 0) {zeros}))))"#,
        "i64 ".repeat(locals),
    )
}

#[test]
fn on_large_frames() {
    // The safe tail-calling dispatcher leaves those of more than 1024 slots to the other.
    for (params, locals) in
        [(0, 1), (0, 1010), (0, 1020), (0, 1021), (0, 1022), (0, 1023), (50, 1000), (90, 20), (0, 2000)]
    {
        let text = large_frames(params, locals, 20);
        for slice in [FUEL, 101] {
            let [portable, tail] = [Dispatch::Portable, Dispatch::Tail].map(|dispatch| trace(dispatch, &text, slice));
            assert_eq!(portable, tail, "{params} parameters, {locals} locals, fuel in slices of {slice}");
            assert!(portable.end.starts_with("[I64("), "{}", portable.end);
        }
    }
}

#[test]
fn on_how_deep_calls_go() {
    for (params, locals) in [(0, 1), (3, 200), (0, 1010), (0, 2000)] {
        let text = large_frames(params, locals, i64::MAX);
        let calls = [Dispatch::Portable, Dispatch::Tail].map(|dispatch| {
            let mut limits = windlass::Limits::HOST;
            (limits.stack_slots, limits.call_depth) = (9_999, 1_000);
            let engine = Engine::new(Config::new().dispatch(dispatch).limits(limits));
            let module = module(&engine, &text);
            let mut store = Store::new(&engine, ());
            let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
            let run = instance.get_typed_func::<(i32, i64), i64>(&mut store, "run").unwrap();
            let error = run.call(&mut store, (0, 0)).unwrap_err();
            assert_eq!(error.trap(), Some(windlass::Trap::CallStackExhausted));
            let memory = instance.get_memory(&mut store, "memory").unwrap();
            memory.data(&store).unwrap()[8..16].to_vec()
        });
        assert_eq!(calls[0], calls[1], "{params} parameters, {locals} locals");
        assert_ne!(calls[0], [0; 8]);
    }
}
