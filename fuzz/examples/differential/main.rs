//! Compares this engine with others on modules that wasm-smith makes of fixed seeds:
//!
//! ```text
//! cargo run --release --example differential -- [FIRST-SEED [COUNT]]
//! ```
//!
//! Every seed gives two modules. One may use everything that wasmparser knows: its verdict has to
//! be wasmparser's, also with a byte changed. The other one uses what wasmi runs: results, traps,
//! and what memories and globals hold after each call have to be wasmi's.

mod run_wasmi;
mod run_windlass;
mod trace;

use arbitrary::{Arbitrary, Unstructured};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use trace::{Event, Random};
use wasm_smith::{Config, Module};
use windlass::{Dispatch, Features};

/// Bytes of random choices for one module.
const CHOICES: usize = 4096;
/// Rounds of loops and calls that a module may make before it traps.
const ROUNDS: u32 = 1_000;

/// What wasm-smith may use: what both engines run, and only what has one right result.
fn config(u: &mut Unstructured<'_>) -> arbitrary::Result<Config> {
    let runs = |feature| Features::IMPLEMENTED.contains(feature);
    let mut config = Config::arbitrary(u)?;
    config.simd_enabled = runs(Features::SIMD);
    config.tail_call_enabled = runs(Features::TAIL_CALL);
    config.memory64_enabled = runs(Features::MEMORY64);
    config.custom_page_sizes_enabled = runs(Features::CUSTOM_PAGE_SIZES);
    config.wide_arithmetic_enabled = runs(Features::WIDE_ARITHMETIC);
    config.extended_const_enabled = runs(Features::EXTENDED_CONST);
    config.reference_types_enabled = true;
    config.bulk_memory_enabled = true;
    config.multi_value_enabled = true;
    // What wasmi does not run.
    config.gc_enabled = false;
    config.exceptions_enabled = false;
    config.threads_enabled = false;
    config.shared_everything_threads_enabled = false;
    config.compact_imports_enabled = false;
    config.custom_descriptors_enabled = false;
    // What the specification leaves open.
    config.relaxed_simd_enabled = false;
    config.canonicalize_nans = true;
    // Nothing that only a host could give, and nothing that takes long.
    (config.min_imports, config.max_imports) = (0, 0);
    (config.min_funcs, config.max_funcs) = (1, 20);
    config.max_memories = config.max_memories.min(3);
    config.max_memory32_bytes = 10 << 16;
    config.max_memory64_bytes = 10 << 16;
    config.memory_max_size_required = true;
    config.max_table_elements = 1_000;
    config.table_max_size_required = true;
    config.export_everything = true;
    config.max_exports = 1_000;
    config.allow_invalid_funcs = false;
    config.generate_custom_sections = false;
    Ok(config)
}

/// The module of a seed that both engines run; `None` where the choices do not suffice for one.
fn module(choices: &[u8]) -> Option<Vec<u8>> {
    let mut u = Unstructured::new(choices);
    let mut module = Module::new(config(&mut u).ok()?, &mut u).ok()?;
    module.ensure_termination(ROUNDS).ok()?;
    Some(module.to_bytes())
}

/// What became of a seed.
enum Outcome {
    /// Both agree, in that many events.
    Agree(usize),
    /// There was nothing to compare, for that reason.
    Undecided(String),
    /// They do not agree.
    Differ(String),
}

/// Runs the module of a seed in both engines, in this one by every dispatcher that the build has.
fn compare_runs(seed: u64, choices: &[u8]) -> Outcome {
    let Some(bytes) = module(choices) else { return Outcome::Undecided("too few choices".into()) };
    let theirs = run_wasmi::run(&bytes, &mut Random::new(seed));
    let mut events = 0;
    for dispatch in [Dispatch::Portable, Dispatch::Tail].into_iter().filter(|dispatch| dispatch.is_available()) {
        let ours = match run_windlass::run(&bytes, dispatch, &mut Random::new(seed)) {
            Ok(events) => events,
            Err(why) => return Outcome::Undecided(why),
        };
        let theirs = match &theirs {
            Ok(events) => events,
            Err(why) => return Outcome::Differ(format!("wasmi refuses the module: {why}")),
        };
        match compare_events(&ours, theirs) {
            Ok(same) => events += same,
            Err(_) if leaves_nans_open(&bytes) => {
                let why = "they differ after a demotion or promotion, whose NaN wasm-smith does not make canonical";
                return Outcome::Undecided(why.into());
            }
            Err(difference) => return Outcome::Differ(format!("{dispatch:?}, {difference}")),
        }
    }
    Outcome::Agree(events)
}

/// How many events are the same: all of them, or all before a stack was exhausted, as engines have different ones.
fn compare_events(ours: &[Event], theirs: &[Event]) -> Result<usize, String> {
    for (number, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        if ours.is_exhaustion() || theirs.is_exhaustion() {
            return Ok(number);
        }
        if ours != theirs {
            return Err(format!("event {number}\n    windlass: {ours:?}\n    wasmi:    {theirs:?}"));
        }
    }
    match ours.len() == theirs.len() {
        true => Ok(ours.len()),
        false => Err(format!("{} events, in wasmi {}", ours.len(), theirs.len())),
    }
}

/// Whether the module changes the width of floats: of the NaN that comes of a NaN the specification leaves the bits open.
fn leaves_nans_open(bytes: &[u8]) -> bool {
    use wasmparser::{Operator, Parser, Payload};
    let bodies = Parser::new(0).parse_all(bytes).filter_map(|payload| match payload {
        Ok(Payload::CodeSectionEntry(body)) => body.get_operators_reader().ok(),
        _ => None,
    });
    bodies.flat_map(|body| body.into_iter()).flatten().any(|operator| {
        matches!(
            operator,
            Operator::F32DemoteF64
                | Operator::F64PromoteF32
                | Operator::F32x4DemoteF64x2Zero
                | Operator::F64x2PromoteLowF32x4
        )
    })
}

/// Judges a module of everything that wasmparser knows, and the same with a byte changed.
fn compare_verdicts(choices: &[u8]) -> Outcome {
    let judged =
        catch_unwind(AssertUnwindSafe(|| windlass_fuzz::generated::generated(&mut Unstructured::new(choices)).is_ok()));
    match judged {
        Ok(true) => Outcome::Agree(1),
        Ok(false) => Outcome::Undecided("too few choices".into()),
        Err(panic) => Outcome::Differ(panic.downcast_ref::<String>().cloned().unwrap_or_default()),
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let first = arguments.next().unwrap_or(Ok(0)).expect("a seed");
    let count = arguments.next().unwrap_or(Ok(1_000)).expect("a count");
    std::panic::set_hook(Box::new(|_| {}));
    let (mut agree, mut events, mut differ) = (0u64, 0usize, 0u64);
    let mut undecided = std::collections::BTreeMap::<String, u64>::new();
    for seed in first..first.saturating_add(count) {
        let choices = Random::new(seed).bytes(CHOICES);
        for (what, outcome) in [("verdict", compare_verdicts(&choices)), ("run", compare_runs(seed, &choices))] {
            match outcome {
                Outcome::Agree(more) => {
                    agree += 1;
                    events += more;
                }
                Outcome::Undecided(why) => *undecided.entry(why).or_default() += 1,
                Outcome::Differ(why) => {
                    differ += 1;
                    println!("seed {seed}, {what}: {why}");
                }
            }
        }
        if let Ok(folder) = std::env::var("WRITE_MODULES")
            && let Some(bytes) = module(&choices)
        {
            std::fs::write(format!("{folder}/{seed}.wasm"), bytes).expect("a folder to write to");
        }
    }
    println!("{agree} agree ({events} events compared), {differ} differ");
    for (why, count) in undecided {
        println!("{count} undecided: {why}");
    }
    if differ == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
