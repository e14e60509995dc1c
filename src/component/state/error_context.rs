//! Error contexts (`CanonicalABI.md`, `canon error-context.new`).

use super::{ErrorContextId, Live};
use crate::error::{Bug, bug};
use crate::support::String;

/// `ErrorContext`: shared by all handles that stand for it.
#[derive(Debug)]
pub struct ErrorContext {
    /// `debug_message`
    pub debug_message: String,
    /// How many handles there are.
    pub handles: u32,
}

impl Live {
    /// An error context, to change.
    pub fn error_context_mut(&mut self, id: ErrorContextId) -> Result<&mut ErrorContext, Bug> {
        self.error_contexts.get_mut(id).ok_or_else(|| bug!("an error context that is gone"))
    }

    /// A handle of an error context is gone: with the last one goes the error context.
    pub fn drop_error_context(&mut self, id: ErrorContextId) -> Result<(), Bug> {
        let context = self.error_context_mut(id)?;
        context.handles = context.handles.saturating_sub(1);
        if context.handles == 0 {
            self.error_contexts.remove(id);
        }
        Ok(())
    }
}
