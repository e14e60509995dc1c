//! Tables (core spec, Table Instances).

use super::Ref;
use crate::support::{OutOfMemory, Vec};
use crate::syntax::{AddrType, TableType};

/// A table.
#[derive(Debug)]
pub struct Table {
    /// In the store's types.
    ty: TableType,
    elements: Vec<Ref>,
}

impl Table {
    /// A table of the type's minimum, each element `init`.
    pub(super) fn new(ty: TableType, init: Ref) -> Result<Self, OutOfMemory> {
        let mut table = Self { ty, elements: Vec::new() };
        table.resize(ty.min, init)?;
        Ok(table)
    }

    /// Its type, with the size it has now as minimum (core spec, `table.grow`).
    pub fn ty(&self) -> TableType {
        TableType { min: self.size(), ..self.ty }
    }

    /// Whether its indices have 64 bits.
    pub fn is_64(&self) -> bool {
        self.ty.addr.built() == AddrType::I64
    }

    /// How many elements it has.
    pub fn size(&self) -> u64 {
        self.elements.len() as u64
    }

    /// The most elements that it may have by its type.
    pub(super) fn max_size(&self) -> u64 {
        let address_space = if self.is_64() { u64::MAX } else { u64::from(u32::MAX) };
        self.ty.max.unwrap_or(u64::MAX).min(address_space)
    }

    /// Grows to `size` elements, the new ones `init`.
    pub(super) fn resize(&mut self, size: u64, init: Ref) -> Result<(), OutOfMemory> {
        let size = usize::try_from(size).map_err(|_| OutOfMemory)?;
        self.elements.resize(size, init)
    }

    /// Its elements.
    pub fn elements(&self) -> &[Ref] {
        &self.elements
    }

    /// Its elements, to change. What is put in must be of the element type.
    pub fn elements_mut(&mut self) -> &mut [Ref] {
        &mut self.elements
    }

    /// The element at `index`.
    #[inline]
    pub fn get(&self, index: u64) -> Option<Ref> {
        self.elements.get(usize::try_from(index).ok()?).copied()
    }
}
