//! Tags: what exceptions are of.

use super::store::StoreId;
use crate::store::TagId;

/// A tag: a handle, good for its store only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    pub(crate) store: StoreId,
    pub(crate) id: TagId,
}
