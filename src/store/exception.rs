//! Exceptions that something refers to (core spec, Exception Instances).
//!
//! Only these take room in the store. An exception whose handler does not ask for a reference
//! goes from the stack of the one that throws to that of the one that catches.

use super::{Ref, State, TagId};
use crate::error::Result;
use crate::support::index::index_type;
use crate::support::{Limit, Vec};

index_type! {
    /// An exception of a store.
    ExnId;
}

/// An exception.
#[derive(Debug)]
pub struct Exception {
    /// What it is of.
    pub tag: TagId,
    /// What it carries, as slots.
    pub fields: Vec<u64>,
}

impl State {
    /// Adds an exception; `fields` are slots of the parameters of the tag's type.
    pub fn add_exception(&mut self, tag: TagId, fields: &[u64]) -> Result<Ref> {
        if self.exceptions.len() >= self.quota.limits.exceptions as usize {
            return Err(Limit::Exceptions.into());
        }
        let fields = Vec::collect(fields.iter().copied())?;
        Ok(Ref::from_exception(self.exceptions.push(Exception { tag, fields })?))
    }

    /// The exception that a reference stands for, unless it is null.
    pub fn exception(&self, exception: Ref) -> Option<&Exception> {
        self.exceptions.get(exception.exception()?)
    }
}
