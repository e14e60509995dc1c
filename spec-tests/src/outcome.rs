//! What executing something gave, held against what a directive expects.

use crate::runner::Outcome;
use crate::{components, phrases, values};
use wast::{QuoteWat, WastDirective, WastExecute, WastRet, Wat};
use windlass::{Error, ErrorKind, Limit, Store, Trap, Val};

/// Executing something: what the engine answered.
pub(crate) enum Executed {
    Values(Vec<Val>),
    Component(Vec<windlass::component::Val>),
    Error(Error),
}

impl Executed {
    /// The error that was expected, whatever it says.
    fn into_error(self, expected: &str) -> Outcome<Error> {
        match self {
            Executed::Error(error) => Ok(error),
            Executed::Values(values) => Err(format!("expected {expected:?}, but it returned {values:?}")),
            Executed::Component(values) => Err(format!("expected {expected:?}, but it returned {values:?}")),
        }
    }
}

/// What a directive expects of what it executes.
pub(crate) enum Expect<'a> {
    /// That it does not fail.
    Success,
    Return(Vec<WastRet<'a>>),
    Trap(&'a str),
    Exhaustion(&'a str),
    Exception,
    Suspension(&'a str),
}

impl<'a> Expect<'a> {
    /// What a directive executes and what it expects of it; a directive that executes nothing is
    /// given back.
    pub(crate) fn of(directive: WastDirective<'a>) -> Result<(WastExecute<'a>, Self), Box<WastDirective<'a>>> {
        Ok(match directive {
            WastDirective::Invoke(invoke) => (WastExecute::Invoke(invoke), Expect::Success),
            WastDirective::AssertReturn { exec, results, .. } => (exec, Expect::Return(results)),
            WastDirective::AssertTrap { exec, message, .. } => (exec, Expect::Trap(message)),
            WastDirective::AssertExhaustion { call, message, .. } => {
                (WastExecute::Invoke(call), Expect::Exhaustion(message))
            }
            WastDirective::AssertException { exec, .. } => (exec, Expect::Exception),
            WastDirective::AssertSuspension { exec, message, .. } => (exec, Expect::Suspension(message)),
            other => return Err(Box::new(other)),
        })
    }

    /// Compares.
    pub(crate) fn check(&self, executed: Executed, store: &Store<()>) -> Outcome {
        match self {
            Expect::Success => match executed {
                Executed::Error(error) => Err(error.to_string()),
                _ => Ok(()),
            },
            Expect::Return(results) => match executed {
                Executed::Values(found) => values::check_core(&found, results, store),
                Executed::Component(found) => components::check(&found, results),
                Executed::Error(error) => Err(error.to_string()),
            },
            Expect::Trap(message) => check_trap(executed, message),
            Expect::Exhaustion(message) => check_exhaustion(executed, message),
            Expect::Exception => check_exception(executed),
            Expect::Suspension(message) => {
                Err(format!("expected suspension {message:?}, got: {}", executed.into_error(message)?))
            }
        }
    }
}

fn check_trap(executed: Executed, message: &str) -> Outcome {
    let error = executed.into_error(message)?;
    match error.kind() {
        ErrorKind::Trap(trap) => phrases::trap_agrees(message, &trap),
        _ => Err(format!("expected trap {message:?}, got: {error}")),
    }
}

fn check_exhaustion(executed: Executed, message: &str) -> Outcome {
    let error = executed.into_error(message)?;
    match error.kind() {
        ErrorKind::Trap(trap @ Trap::CallStackExhausted) => phrases::trap_agrees(message, &trap),
        ErrorKind::Limit(Limit::CallDepth | Limit::StackSlots) => Ok(()),
        _ => Err(format!("expected exhaustion {message:?}, got: {error}")),
    }
}

fn check_exception(executed: Executed) -> Outcome {
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
