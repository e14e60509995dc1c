//! Error contexts (`CanonicalABI.md`, `canon error-context.new`).

use super::{ErrorContextId, Live};
use crate::component::abi::async_any::ErrorContextAny;
use crate::error::{Bug, Misuse, Result, bug};
use crate::support::{OutOfMemory, String};

/// `ErrorContext`: shared by all handles that stand for it.
#[derive(Debug)]
pub struct ErrorContext {
    /// `debug_message`
    pub debug_message: String,
    /// How many handles there are.
    pub handles: u32,
    /// How often the host holds it.
    pub held: u32,
    /// Tells it from others that had the same place.
    pub serial: u64,
}

impl Live {
    /// An error context, to change.
    pub fn error_context_mut(&mut self, id: ErrorContextId) -> Result<&mut ErrorContext, Bug> {
        self.error_contexts.get_mut(id).ok_or_else(|| bug!("an error context that is gone"))
    }

    /// A new error context with one handle.
    pub fn add_error_context(&mut self, debug_message: String) -> Result<ErrorContextId, OutOfMemory> {
        // Ends of the host's are told apart by the same numbers.
        self.host_ends += 1;
        let serial = self.host_ends;
        self.error_contexts.insert(ErrorContext { debug_message, handles: 1, held: 0, serial })
    }

    /// An error context that the host holds.
    pub fn held_error_context(&mut self, any: ErrorContextAny) -> Result<&mut ErrorContext, Misuse> {
        let context = self.error_contexts.get_mut(any.id);
        context.filter(|context| context.serial == any.serial && context.held > 0).ok_or(Misuse::StaleResource)
    }

    /// A handle of an error context is gone: with the last one goes the error context.
    pub fn drop_error_context(&mut self, id: ErrorContextId) -> Result<(), Bug> {
        let context = self.error_context_mut(id)?;
        context.handles = context.handles.saturating_sub(1);
        self.drop_unheld(id)
    }

    /// The host holds an error context once less.
    pub fn close_error_context(&mut self, any: ErrorContextAny) -> Result<()> {
        self.held_error_context(any)?.held -= 1;
        Ok(self.drop_unheld(any.id)?)
    }

    fn drop_unheld(&mut self, id: ErrorContextId) -> Result<(), Bug> {
        let context = self.error_context_mut(id)?;
        if context.handles == 0 && context.held == 0 {
            self.error_contexts.remove(id);
        }
        Ok(())
    }
}
