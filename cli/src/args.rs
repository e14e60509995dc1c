//! The command line, and the help that teaches it.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A WebAssembly engine for components: runs, validates and inspects components and core modules.
#[derive(Parser)]
#[command(name = "windlass", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One variant for each subcommand.
#[derive(Subcommand)]
pub enum Command {
    /// Checks files against the specification and says where they break it
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArgs),
    /// Shows what is inside: imports, exports, types, nested modules, sizes, memory needs
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(InspectArgs),
}

/// `windlass validate`.
#[derive(Args)]
pub struct ValidateArgs {
    /// Components and core modules, binary or text (.wat)
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `windlass inspect`.
#[derive(Args)]
pub struct InspectArgs {
    /// The component or core module, binary or text (.wat)
    pub file: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  windlass validate *.wasm
  windlass inspect greeter.wasm

Exit code: 0 success, 1 failure (a file is wrong, a guest trapped, a suite failed), 2 wrong usage.
'windlass help COMMAND' says more about one command.";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  windlass validate greeter.wasm
  windlass validate a.wasm b.wat

Prints one line for each file. Exit code 1 if any of them is not valid.";

const INSPECT_EXAMPLES: &str = "\
Examples:
  windlass inspect greeter.wasm
      what it exports and imports, in the form of WIT, and what running it needs";
