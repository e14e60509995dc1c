//! The instance whose code runs.

use crate::image::{ImageRef, Module};
use crate::store::{ImageId, Instance, InstanceId, MemoryId};
use crate::support::Arena;

/// An instance whose code runs, in one piece: where a dispatcher goes on with another, it copies that.
#[derive(Clone, Copy)]
pub(in crate::exec) struct Here<'a> {
    /// Its id.
    pub id: InstanceId,
    /// Its memory with index 0, if it has one.
    pub memory: Option<MemoryId>,
    pub instance: &'a Instance,
    pub module: &'a Module,
    /// The input.
    pub bytes: &'a [u8],
}

impl<'a> Here<'a> {
    /// An instance of a store.
    #[inline(always)]
    pub fn find(
        images: &'a Arena<ImageId, ImageRef>,
        instances: &'a Arena<InstanceId, Instance>,
        id: InstanceId,
    ) -> Option<Self> {
        let instance = instances.get(id)?;
        let image = images.get(instance.image)?;
        let (memory, module) = (instance.memories.first().copied(), image.module(instance.module)?);
        Some(Self { id, memory, instance, module, bytes: &image.bytes })
    }
}
