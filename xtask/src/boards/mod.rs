//! What firmware costs, held against `no_std-demo/budgets.toml`: the last step of `no_std-demo/run all`, which leaves
//! images and transcripts in `no_std-demo/target/measured/`. Where those of every processor are there, it writes the
//! table of `docs/boards.md`.

mod budgets;
pub mod image;
mod panics;
mod table;

use budgets::Budgets;
use std::collections::BTreeMap;
use std::path::Path;

/// The processors, as columns of the table; the first is the one that the bars are for.
const TARGETS: [(&str, &str); 5] = [
    ("thumbv7em-none-eabihf", "Cortex-M4F"),
    ("riscv32imac-unknown-none-elf", "RV32IMAC"),
    ("thumbv6m-none-eabi", "Cortex-M0"),
    ("thumbv8m.main-none-eabi", "Cortex-M33"),
    ("riscv32imc-unknown-none-elf", "RV32IMC"),
];

/// The image without an engine: what the others have more is the engine's.
const BASELINE: &str = "baseline";

const FLASH: &str = "bytes of flash for the engine";
const GUEST: &str = "bytes of the guest";

/// A demo, a target, what was measured.
type Key = (String, String, String);

/// Every figure.
type Figures = BTreeMap<Key, u64>;

/// Compares, and writes the table; false where something costs more than it may.
pub fn boards() -> bool {
    match compare() {
        Ok(findings) => {
            findings.iter().for_each(|finding| eprintln!("boards: {finding}"));
            findings.is_empty()
        }
        Err(why) => {
            eprintln!("boards: {why}");
            false
        }
    }
}

fn compare() -> Result<Vec<String>, String> {
    let folder = crate::root().join("no_std-demo/target/measured");
    let figures = figures(&folder)?;
    let budgets = Budgets::read()?;
    if TARGETS.iter().all(|(target, _)| is_measured(&figures, target)) {
        table::write(&figures, &budgets)?;
    } else {
        eprintln!("boards: not every processor's images are there: docs/boards.md stays as it is");
    }
    let mut findings = budgets.compare(&figures);
    findings.extend(panics::check(&folder)?);
    Ok(findings)
}

/// Whether there are figures of a target.
fn is_measured(figures: &Figures, target: &str) -> bool {
    figures.keys().any(|(_, of, _)| of == target)
}

/// The figures of all images and transcripts.
fn figures(folder: &Path) -> Result<Figures, String> {
    let mut figures = Figures::new();
    let mut images = BTreeMap::new();
    let missing = |error| format!("{}: {error}; run no_std-demo/run all", folder.display());
    for entry in std::fs::read_dir(folder).map_err(missing)? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let Some((demo, target)) = name.split_once('.') else { continue };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("elf") => {
                images.insert((demo.to_owned(), target.to_owned()), image::flash(&image::read(&path)?)?);
            }
            Some("txt") => {
                let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
                let measured = text.lines().filter_map(|line| line.strip_prefix("measured: ")?.split_once(' '));
                for (value, what) in measured {
                    let value = value.parse().map_err(|_| format!("{}: {value:?}", path.display()))?;
                    figures.insert((demo.to_owned(), target.to_owned(), what.to_owned()), value);
                }
            }
            _ => {}
        }
    }
    for ((demo, target), flash) in &images {
        let baseline = images.get(&(BASELINE.to_owned(), target.clone()));
        let baseline = baseline.ok_or_else(|| format!("no {BASELINE} for {target}"))?;
        // The guest is the same on every board.
        let guest = figures.iter().find(|((of, _, what), _)| of == demo && what == GUEST).map_or(0, |(_, size)| *size);
        let flash = if demo == BASELINE { *flash } else { flash.saturating_sub(baseline + guest) };
        let what = if demo == BASELINE { "bytes of flash" } else { FLASH };
        figures.insert((demo.clone(), target.clone(), what.to_owned()), flash);
    }
    // The counter of QEMU's `virt` runs on while text goes out, by an amount that differs from run to run.
    let has_text_in_it = |what: &str| what.contains("from reset") || what.contains("was late");
    let is_exact = |target: &str, what: &str| target == TARGETS[0].0 || !has_text_in_it(what);
    figures.retain(|(_, target, what), _| what != GUEST && is_exact(target, what));
    Ok(figures)
}
