//! What executing something gave, held against what a directive expects.

use crate::phrases;
use crate::runner::Outcome;
use wast::{QuoteWat, WastDirective, Wat};
use windlass::{Error, ErrorKind, Limit, Trap, Val};

/// Executing something: what the engine answered.
pub(crate) enum Executed {
    Values(Vec<Val>),
    Component(Vec<windlass::component::Val>),
    Error(Error),
}

impl Executed {
    /// The error that was expected, whatever it says.
    pub(crate) fn into_error(self, expected: &str) -> Outcome<Error> {
        match self {
            Executed::Error(error) => Ok(error),
            Executed::Values(values) => Err(format!("expected {expected:?}, but it returned {values:?}")),
            Executed::Component(values) => Err(format!("expected {expected:?}, but it returned {values:?}")),
        }
    }
}

pub(crate) fn check_trap(executed: Executed, message: &str) -> Outcome {
    let error = executed.into_error(message)?;
    match error.kind() {
        ErrorKind::Trap(trap) => phrases::trap_agrees(message, &trap),
        _ => Err(format!("expected trap {message:?}, got: {error}")),
    }
}

pub(crate) fn check_exhaustion(executed: Executed, message: &str) -> Outcome {
    let error = executed.into_error(message)?;
    match error.kind() {
        ErrorKind::Trap(trap @ Trap::CallStackExhausted) => phrases::trap_agrees(message, &trap),
        ErrorKind::Limit(Limit::CallDepth | Limit::StackSlots) => Ok(()),
        _ => Err(format!("expected exhaustion {message:?}, got: {error}")),
    }
}

pub(crate) fn check_exception(executed: Executed) -> Outcome {
    let error = executed.into_error("an exception")?;
    match error.kind() {
        ErrorKind::UncaughtException => Ok(()),
        _ => Err(format!("expected an uncaught exception, got: {error}")),
    }
}

/// The keyword that a directive begins with.
pub(crate) fn keyword(directive: &WastDirective<'_>) -> &'static str {
    let is_component =
        |wat: &QuoteWat<'_>| matches!(wat, QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..));
    match directive {
        WastDirective::Module(wat) if is_component(wat) => "component",
        WastDirective::Module(_) => "module",
        WastDirective::ModuleDefinition(wat) if is_component(wat) => "component definition",
        WastDirective::ModuleDefinition(_) => "module definition",
        WastDirective::ModuleInstance { .. } => "module instance",
        WastDirective::AssertMalformed { .. } => "assert_malformed",
        WastDirective::AssertInvalid { .. } => "assert_invalid",
        WastDirective::AssertInvalidCustom { .. } => "assert_invalid_custom",
        WastDirective::AssertMalformedCustom { .. } => "assert_malformed_custom",
        WastDirective::Register { .. } => "register",
        WastDirective::Invoke(_) => "invoke",
        WastDirective::AssertTrap { .. } => "assert_trap",
        WastDirective::AssertReturn { .. } => "assert_return",
        WastDirective::AssertExhaustion { .. } => "assert_exhaustion",
        WastDirective::AssertUnlinkable { .. } => "assert_unlinkable",
        WastDirective::AssertException { .. } => "assert_exception",
        WastDirective::AssertSuspension { .. } => "assert_suspension",
        WastDirective::Thread(_) => "thread",
        WastDirective::Wait { .. } => "wait",
    }
}
