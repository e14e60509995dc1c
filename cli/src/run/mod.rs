//! `windlass run`: calls an export and prints its results.

mod component;
mod core;
mod exports;

use crate::Outcome;
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::input::{self, Layer};
use crate::wave::Call;

/// Runs it.
pub fn run(args: &RunArgs) -> Outcome {
    // What is wrong with the command line is said before anything is read.
    let call = args.invoke.as_deref().map(Call::parse).transpose()?;
    if !args.args.is_empty() {
        return Err(Failure::usage("the guest cannot be given arguments: this version has no WASI")
            .note("arguments of a call stand in it: --invoke 'add(1, 2)'"));
    }
    let input = input::read(&args.file)?;
    if args.trace && input.layer == Layer::Module {
        return Err(Failure::usage("--trace shows what crosses between components, and this is a core module"));
    }
    let doing = format!("cannot run {}", args.file.display());
    let outcome = match input.layer {
        Layer::Module => core::run(&input.bytes, call.as_ref()),
        Layer::Component => component::run(&input.bytes, call.as_ref(), args.trace),
    };
    outcome.map_err(|failure| if failure.is_usage() { failure } else { failure.while_(doing) })
}
