//! What instantiation and linking work on: they add what calls only read.

use super::canon::CanonFunc;
use super::state::{CanonId, Func, FuncId, ImageId, Linked, Live, State};
use crate::error::{Bug, bug};
use crate::image::ImageRef;
use crate::store::Store;
use crate::support::Arena;

/// Both halves of a store; its images are read while the rest changes.
pub struct Linking<'a> {
    /// Images that components are instantiated from.
    pub images: &'a Arena<ImageId, ImageRef>,
    /// Component-level functions.
    pub funcs: &'a mut Arena<FuncId, Func>,
    /// Canonical core functions.
    pub canons: &'a mut Arena<CanonId, CanonFunc>,
    /// The core half.
    pub core: &'a mut Store,
    /// What calls change.
    pub live: &'a mut Live,
}

impl<'a> Linking<'a> {
    /// Of both halves.
    pub fn new(core: &'a mut Store, state: &'a mut State) -> Self {
        let State { linked: Linked { images, funcs, canons }, live } = state;
        Self { images, funcs, canons, core, live }
    }
}

impl Linking<'_> {
    /// A component-level function.
    pub fn func(&self, id: FuncId) -> Result<&Func, Bug> {
        self.funcs.get(id).ok_or_else(|| bug!("a function of another store"))
    }
}
