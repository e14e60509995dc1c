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
    /// Calls an export and prints its results
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// Checks files against the specification and says where they break it
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArgs),
    /// Shows what is inside: imports, exports, types, nested modules, sizes, memory needs
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(InspectArgs),
    /// Runs specification suites (.wast) and counts what passes
    #[command(after_help = WAST_EXAMPLES)]
    Wast(WastArgs),
}

/// `windlass run`.
#[derive(Args)]
pub struct RunArgs {
    /// The call, in WAVE: an export's name and its arguments, as in 'greet({name: "Ada", age: 36})'
    ///
    /// A name within an interface may stand alone when only one interface has it ('greet'), or be
    /// spelt in full ('example:greeter/greet@1.0.0#greet').
    #[arg(long, value_name = "WAVE CALL")]
    pub invoke: Option<String>,
    /// Shows on standard error what crosses between components and the host
    ///
    /// One line for each lift and lower: where from and where to, the function, the values as WAVE, bytes of
    /// strings and lists that were copied, calls of realloc, handles that moved. 0 is the component, 0/2 the
    /// third instance in it.
    #[arg(long)]
    pub trace: bool,
    /// The component or core module, binary or text (.wat)
    pub file: PathBuf,
    /// Arguments for the guest
    #[arg(last = true)]
    pub args: Vec<String>,
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
    /// Says instead whether it fits a board, and where its flash and RAM go
    ///
    /// The file is validated and instantiated under the limits for boards, with imports that do nothing. What it
    /// holds is counted with this computer's pointers: on a board it is less.
    #[arg(long)]
    pub board: bool,
    /// The component or core module, binary or text (.wat)
    pub file: PathBuf,
}

/// `windlass wast`.
#[derive(Args)]
pub struct WastArgs {
    /// The features that every file may use, as in 'wasm2,threads,-simd'
    ///
    /// The list changes WebAssembly 3.0 with components, or the group that it begins with: mvp,
    /// wasm1, wasm2, wasm3 or all. A '-' takes a feature away. Without the option each file runs with the features that it names itself, or that its suite is known to need.
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub features: Option<String>,
    /// Collects garbage before every allocation of an object: slow, and finds what is lost too early
    #[arg(long)]
    pub gc_stress: bool,
    /// How instructions are dispatched; by default in the fastest way that this build has
    #[arg(long, value_name = "NAME")]
    pub dispatch: Option<DispatchArg>,
    /// Also writes the results to this file, as JSON
    #[arg(long, value_name = "OUT")]
    pub json: Option<PathBuf>,
    /// Decides by this number where a specification leaves the order open, such as which thread runs next
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Suite files, or folders that are searched for them
    #[arg(required = true, value_name = "FILE|DIR")]
    pub paths: Vec<PathBuf>,
}

/// A dispatcher.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DispatchArg {
    /// A loop, for every target
    Portable,
    /// Handlers that jump to each other, where the build has them
    Tail,
}

const EXAMPLES: &str = "\
Examples:
  windlass run greeter.wasm --invoke 'greet({name: \"Ada\", age: 36})'
  windlass run add.wat --invoke 'add(1, 2)'
  windlass validate *.wasm
  windlass inspect greeter.wasm
  windlass wast --json results.json testsuite/

Exit code: 0 success, 1 failure (a file is wrong, a guest trapped, a suite failed), 2 wrong usage.
'windlass help COMMAND' says more about one command.";

const RUN_EXAMPLES: &str = "\
Examples:
  windlass run greeter.wasm --invoke 'greet({name: \"Ada\", age: 36})'
      prints \"Hello, Ada! You are 36 years old.\"
  windlass run --invoke 'example:greeter/greet@1.0.0#greet({name: \"Ada\", age: 36})' greeter.wasm
      the same with the export's full name
  windlass run add.wat --invoke 'add(1, 2)'
      a core module in the text format
  windlass run --trace --invoke 'greet({name: \"Ada\", age: 36})' greeter.wasm
      shows each value that goes in and out as well

WAVE, in short:
  36  -1  3.5  true  'c'  \"text\"          numbers, booleans, characters, strings
  [1, 2, 3]  (1, \"two\")                 lists, tuples
  {name: \"Ada\", age: 36}                records; fields of type option may be left out
  some(1)  none  ok(1)  err(\"no\")        options, results
  north  circle(2.5)  {read, write}     enum cases, variant cases, flags

Results are printed as WAVE, one call's on one line.";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  windlass validate greeter.wasm
  windlass validate a.wasm b.wat

Prints one line for each file. Exit code 1 if any of them is not valid.";

const INSPECT_EXAMPLES: &str = "\
Examples:
  windlass inspect greeter.wasm
      what it exports and imports, in the form of WIT, and what running it needs
  windlass inspect --board greeter.wasm
      flash and RAM on a microcontroller, by item";

const WAST_EXAMPLES: &str = "\
Examples:
  windlass wast i32.wast
  windlass wast testsuite/ --json results.json
  windlass wast --features mvp,multi-value block.wast

Every directive counts: one that cannot be run has failed, none is skipped. Exit code 1 if any fails.";
