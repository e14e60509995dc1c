//! Runs the official WebAssembly and Component Model suites on Windlass.
//!
//! Every directive of a `.wast` file is executed and counted: one that cannot be run counts as
//! failed, never as skipped. Programs that test their own host can add imports to [`Options`].
//!
//! ```
//! use windlass_spec_tests::{Options, run_text};
//!
//! let text = r#"
//!     (module (func (export "answer") (result i32) (i32.const 42)))
//!     (assert_return (invoke "answer") (i32.const 42))
//! "#;
//! let report = run_text("answer.wast", text, &Options::default());
//! assert_eq!((report.passed, report.failed()), (2, 0));
//! ```

mod annotations;
pub mod components;
pub mod features;
mod outcome;
pub mod phrases;
pub mod ratchet;
pub mod report;
pub mod runner;
mod scope;
mod spectest;
pub mod suites;
mod threads;
mod values;

pub use report::{Failure, FileReport, Report};
pub use runner::{Options, run_file, run_files, run_text};
pub use suites::{Packages, SuiteFile};
