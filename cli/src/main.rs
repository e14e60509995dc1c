//! The `windlass` command.
//!
//! Results go to stdout and everything else to stderr. Exit code 0: it worked; 1: a file is wrong, a
//! guest trapped or a suite failed; 2: the command line is wrong.

mod args;
mod failure;
mod input;
mod inspect;
mod judge;
mod page;
mod run;
mod validate;
mod wast;
mod wave;
mod wit;

use args::{Cli, Command};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Validate(args) => validate::validate(&args),
        Command::Inspect(args) => inspect::inspect(&args),
        Command::Wast(args) => wast::wast(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprint!("{failure}");
            failure.exit_code()
        }
    }
}

/// What every subcommand returns.
type Outcome<T = ()> = Result<T, Failure>;
