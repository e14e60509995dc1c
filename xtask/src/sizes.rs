//! What the engine costs in flash on a Cortex-M4, feature by feature: writes `docs/sizes.md`.
//!
//! The firmware of `no_std-demo/` is built once for each set of features. What an image has more than one
//! without the engine is the engine's; the symbols say which of its layers.

use crate::boards::image;
use object::{Object, ObjectSymbol};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const BOARD: &str = "stm32f405";

/// A demo, what it shows of the engine, and the engine's features in it.
struct Image {
    what: &'static str,
    demo: &'static str,
    features: &'static str,
}

/// The images of the table; the first has no engine. What begins with an ellipsis adds a feature to the
/// last row that does not.
const IMAGES: &[Image] = &[
    Image { what: "no engine", demo: "baseline", features: "" },
    Image { what: "core WebAssembly, without proposals", demo: "core-only", features: "" },
    Image { what: "… `names`", demo: "core-only", features: "windlass/names" },
    Image { what: "… `messages`", demo: "core-only", features: "windlass/messages" },
    Image { what: "… `memory64`", demo: "core-only", features: "windlass/memory64" },
    Image { what: "… `tail-call`", demo: "core-only", features: "windlass/tail-call" },
    Image { what: "… `exceptions`", demo: "core-only", features: "windlass/exceptions" },
    Image { what: "… `gc`", demo: "core-only", features: "windlass/gc" },
    Image { what: "… `simd`", demo: "core-only", features: "windlass/simd" },
    Image { what: "… `threads`", demo: "core-only", features: "windlass/threads" },
    Image { what: "… `custom-page-sizes`", demo: "core-only", features: "windlass/custom-page-sizes" },
    Image { what: "… `wide-arithmetic`", demo: "core-only", features: "windlass/wide-arithmetic" },
    Image { what: "core WebAssembly 3.0", demo: "core-only", features: "windlass/core3" },
    Image { what: "components over core WebAssembly, without proposals", demo: "greeter", features: "" },
    Image { what: "… `component-async`", demo: "greeter", features: "windlass/component-async" },
];

/// Bytes of flash of an image.
struct Flash {
    total: u64,
    /// Bytes of the engine's symbols, by layer.
    layers: BTreeMap<String, u64>,
}

/// Builds every image and writes the table.
pub fn sizes() -> bool {
    match table() {
        Ok(text) => std::fs::write(crate::root().join("docs/sizes.md"), text).is_ok(),
        Err(why) => {
            eprintln!("{why}");
            false
        }
    }
}

fn table() -> Result<String, String> {
    let mut text = String::from(HEAD);
    let mut rows = Vec::new();
    for image in IMAGES {
        eprintln!("building {} {}", image.demo, image.features);
        rows.push((image, measure(image)?));
    }
    let baseline = rows.first().map_or(0, |(_, flash)| flash.total);
    let mut plain = baseline;
    for (image, flash) in &rows {
        let adds = image.what.starts_with('…');
        if !adds {
            plain = flash.total;
        }
        let more = if adds { format!("+{}", flash.total.saturating_sub(plain)) } else { String::new() };
        // A pipe or a line break in a name would break the table; none has any.
        let _ = writeln!(text, "| {} | {} | {more} |", image.what, flash.total - baseline);
    }
    text.push_str(LAYERS);
    if let Some((_, flash)) = rows.last() {
        for (layer, bytes) in &flash.layers {
            let _ = writeln!(text, "| `{layer}` | {bytes} |");
        }
    }
    Ok(text)
}

const HEAD: &str = "\
# Sizes

Flash that the engine takes on a Cortex-M4 (`thumbv7em-none-eabihf`, `opt-level = \"z\"`, LTO), in bytes: code and constants of
the firmware in `no_std-demo/` less those of the same firmware without an engine. The guest's bytes are not counted.
`cargo xtask sizes` writes this file.

| | flash | what the feature adds |
|---|---|---|
";

const LAYERS: &str = "
Of the last row, by layer, as far as symbols tell (shared code counts where its name is):

| layer | flash |
|---|---|
";

fn measure(image: &Image) -> Result<Flash, String> {
    let mut command = Command::new(crate::root().join("no_std-demo/run"));
    let output = command.args(["build", BOARD, image.demo, image.features]).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!("{}: {}", image.what, String::from_utf8_lossy(&output.stderr)));
    }
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let bytes = image::read(Path::new(&path))?;
    let file = image::parse(&bytes)?;
    let guest =
        if image.demo == "greeter" { include_bytes!("../../examples/greeter/greeter.wasm").len() as u64 } else { 0 };
    let total = image::flash(&bytes)? - guest;
    let mut layers = BTreeMap::new();
    for symbol in file.symbols().filter(|symbol| symbol.size() > 0) {
        let name = format!("{:#}", rustc_demangle::demangle(symbol.name().unwrap_or_default()));
        if let Some(layer) = layer(&name) {
            *layers.entry(layer).or_default() += symbol.size();
        }
    }
    Ok(Flash { total, layers })
}

/// The layer in a name such as `<windlass::exec::machine::Machine>::run`.
fn layer(name: &str) -> Option<String> {
    let (_, rest) = name.split_once("windlass::")?;
    Some(rest.split("::").next()?.to_owned())
}
