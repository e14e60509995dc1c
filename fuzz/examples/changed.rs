//! Holds what the fuzz targets check against inputs that are the same in every run: the suites'
//! modules and components with small changes, and generated modules.
//!
//! A fuzzer that is led by coverage finds other inputs on every machine. This one gives one
//! verdict for one state of the code, so it can decide whether a change lands.

#[path = "../tests/suites/modules.rs"]
mod modules;

use arbitrary::Unstructured;
use std::path::Path;
use std::process::ExitCode;
use std::{fs, panic};
use windlass_fuzz::mutate::{self, Random};
use windlass_fuzz::text::{self, Components};
use windlass_fuzz::{decode, generated, validate};

/// One kind of inputs.
struct Kind {
    name: &'static str,
    /// How many there are for each thousand that are asked for.
    share: u64,
    make: fn(&Seeds, &mut Random) -> Option<Vec<u8>>,
    check: fn(&[u8]) -> Result<(), String>,
}

const KINDS: [Kind; 3] = [
    Kind { name: "bytes", share: 490, make: changed_bytes, check: both },
    Kind { name: "text", share: 490, make: changed_text, check: both },
    Kind { name: "generated", share: 20, make: |_, random| Some(random.bytes(4096)), check: generate },
];

struct Seeds {
    binaries: Vec<Vec<u8>>,
    components: Components,
}

impl Seeds {
    fn read() -> Result<Self, modules::Error> {
        let binaries = modules::modules()?.into_keys().filter(|bytes| bytes.len() <= 1 << 14).collect();
        let mut components = Components::default();
        for file in modules::component_files()? {
            components.add(&file);
        }
        Ok(Seeds { binaries, components })
    }
}

fn changed_bytes(seeds: &Seeds, random: &mut Random) -> Option<Vec<u8>> {
    let mut bytes = random.choose(&seeds.binaries)?.clone();
    mutate::bytes(random, &mut bytes);
    Some(bytes)
}

fn changed_text(seeds: &Seeds, random: &mut Random) -> Option<Vec<u8>> {
    let mut bytes = text::encode(&seeds.components.changed(random))?;
    if random.one_in(4) {
        mutate::bytes(random, &mut bytes);
    }
    Some(bytes)
}

/// What the targets `decode` and `validate` check.
fn both(bytes: &[u8]) -> Result<(), String> {
    let _ = decode::decode(bytes);
    validate::validate(bytes)
}

/// What the target `generated` checks; where it fails, it panics.
fn generate(bytes: &[u8]) -> Result<(), String> {
    // An error means that the bytes were too few.
    let _ = generated::generated(&mut Unstructured::new(bytes));
    Ok(())
}

/// Makes and checks one input. Writes down one that fails, and says so.
fn passes(kind: &Kind, number: u64, seeds: &Seeds) -> bool {
    let Some(input) = (kind.make)(seeds, &mut Random::new(number)) else { return true };
    let wrong = match panic::catch_unwind(|| (kind.check)(&input)) {
        Ok(Ok(())) => return true,
        Ok(Err(wrong)) => wrong,
        Err(_) => "panicked".to_owned(),
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts/changed");
    let file = folder.join(format!("{}-{number}", kind.name));
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, &input));
    println!("{}: {wrong}{}", file.display(), written.err().map(|error| format!(" ({error})")).unwrap_or_default());
    false
}

fn main() -> Result<ExitCode, modules::Error> {
    let count: u64 = std::env::args().nth(1).ok_or("how many inputs?")?.parse()?;
    let seeds = Seeds::read()?;
    let mut failed = 0;
    for kind in &KINDS {
        let count = count * kind.share / 1000;
        let wrong = (1..=count).filter(|number| !passes(kind, *number, &seeds)).count();
        println!("{}: {count} inputs, {wrong} wrong", kind.name);
        failed += wrong;
    }
    Ok(ExitCode::from(u8::from(failed > 0)))
}
