//! Collection: objects that no root leads to are freed (core spec does not say when).
//!
//! Mark: whatever is found is put into a set, [`Queue`], that has a bit for each granule and was
//! allocated when the heap grew. So marking needs no memory, no native stack and no second look at
//! anything, whatever the shape of what is in the heap: it takes time linear in what is in use.
//!
//! Roots and the slots of exceptions have no types: a number there that could be a reference to
//! the beginning of an object keeps that object. Fields and elements have types and are exact.
//! Slots of references to objects have an upper half of their own ([`Ref::into_slot`]), so this
//! hardly ever happens to a number; where it does, garbage is kept for a while, and nothing else.
//!
//! Sweep: from the last object down to the first, so that the lists of free runs begin with the
//! lowest ones, and objects gather there.

use super::layout::{ELEMENTS, Header, Kind, STRUCT_FIELDS};
use super::{GRANULE, Heap, LEAST_BUDGET};
use crate::store::Ref;
use crate::syntax::{HeapType, StorageType, ValType};
use crate::types::aggregate::storage_size;
use crate::types::{TypeId, TypeTable};

impl Heap {
    /// Frees every object that no root leads to; a root is a slot of any type. Returns what it
    /// costs: bytes looked at.
    pub(in crate::store) fn collect(&mut self, types: &TypeTable, roots: impl Iterator<Item = u64>) -> u64 {
        let mut looked_at = 0u64;
        for root in roots {
            self.reach(root);
            looked_at += GRANULE as u64;
        }
        while let Some(at) = self.grey.pop() {
            self.follow(types, at);
        }
        let live = self.sweep(types);
        (self.allocated, self.collected) = (0, true);
        // What lies between two collections is in proportion to what the next one looks at.
        let size = self.bytes.len() as u64;
        self.budget = LEAST_BUDGET.max(live).max(looked_at).max(size / 16);
        looked_at.saturating_add(live).saturating_add(size / GRANULE as u64 / 8)
    }

    /// Marks the object that a slot leads to, if it is one and new.
    #[inline]
    fn reach(&mut self, slot: u64) {
        if let Some(at) = Ref::candidate(slot) {
            self.mark(at);
        }
    }

    /// Marks the object that begins at a granule, if there is one and it is new.
    #[inline]
    fn mark(&mut self, at: u32) {
        if self.starts.contains(at)
            && let Some(header) = self.header_at(at)
            && !header.is_marked()
        {
            self.set_header(at, header.with_mark(true));
            self.grey.insert(at);
        }
    }

    /// Reaches what an object refers to.
    fn follow(&mut self, types: &TypeTable, at: u32) {
        let Some(header) = self.header_at(at) else { return };
        match header.kind() {
            Kind::Struct => {
                let ty = TypeId::new(header.number());
                if types.links(ty).descriptor.is_some() {
                    self.reach_at(at, STRUCT_FIELDS.into());
                }
                let Some(fields) = types.fields(ty) else { return };
                for (_, offset) in fields.filter(|(field, _)| can_refer(field.storage)) {
                    self.reach_at(at, u64::from(STRUCT_FIELDS) + u64::from(offset));
                }
            }
            Kind::Array => {
                let element = types.element(TypeId::new(header.number()));
                if element.is_some_and(|element| can_refer(element.storage)) {
                    for index in 0..u64::from(self.second_word(at).unwrap_or(0)) {
                        self.reach_at(at, u64::from(ELEMENTS) + 4 * index);
                    }
                }
            }
            Kind::Exception => {
                for index in 0..u64::from(self.second_word(at).unwrap_or(0)) {
                    let slot = self.bytes_at(at, u64::from(ELEMENTS) + 8 * index);
                    self.reach(slot.map_or(0, u64::from_le_bytes));
                }
            }
            Kind::Host => {}
        }
    }

    /// Reaches what the reference in four bytes of an object refers to.
    fn reach_at(&mut self, at: u32, offset: u64) {
        let reference = self.bytes_at(at, offset).map(Ref::from_bytes);
        if let Some(at) = reference.and_then(Ref::granule) {
            self.mark(at);
        }
    }

    /// Frees what is not marked, takes the marks off the rest, and finds the free runs. Returns
    /// the bytes in use.
    fn sweep(&mut self, types: &TypeTable) -> u64 {
        self.free.clear();
        let mut live = 0u64;
        // Where the last object in use begins that was seen; the end of the heap before there is one.
        let mut above = None;
        let mut limit = self.granules();
        while let Some(at) = self.starts.last_below(limit) {
            limit = at;
            let Some(header) = self.header_at(at) else { break };
            if !header.is_marked() {
                self.drop_object(at, header);
                continue;
            }
            self.set_header(at, header.with_mark(false));
            let granules = self.granules_of(types, at, header);
            live += u64::from(granules) * GRANULE as u64;
            let end = at + granules;
            match above {
                None => self.tail = end,
                Some(above) => self.add_free(end, above),
            }
            above = Some(at);
        }
        match above {
            None => self.tail = 1,
            Some(above) => self.add_free(1, above),
        }
        live
    }

    fn add_free(&mut self, start: u32, end: u32) {
        self.free.add(&mut self.bytes, start, end.saturating_sub(start));
    }

    fn drop_object(&mut self, at: u32, header: Header) {
        self.starts.remove(at);
        if header.kind() == Kind::Host
            && let Some(number) = self.second_word(at)
        {
            self.hosts.remove(number);
        }
    }

    /// How many granules an object takes.
    fn granules_of(&self, types: &TypeTable, at: u32, header: Header) -> u32 {
        let ty = TypeId::new(header.number());
        let count = || u64::from(self.second_word(at).unwrap_or(0));
        let bytes = match header.kind() {
            Kind::Struct => u64::from(STRUCT_FIELDS) + u64::from(types.struct_size(ty).unwrap_or(0)),
            Kind::Array => {
                let size = types.element(ty).map_or(0, |element| storage_size(element.storage));
                u64::from(ELEMENTS) + u64::from(size) * count()
            }
            Kind::Exception => u64::from(ELEMENTS) + 8 * count(),
            Kind::Host => ELEMENTS.into(),
        };
        // It was allocated, so it is not larger than the heap.
        bytes.div_ceil(GRANULE as u64) as u32
    }
}

/// Whether a value of that type can be a reference to an object of the heap.
fn can_refer(storage: StorageType) -> bool {
    use crate::syntax::AbstractHeapType::{Func, I31, NoFunc};
    match storage {
        StorageType::Val(ValType::Ref(ty)) => !matches!(ty.heap(), HeapType::Abstract(Func | I31 | NoFunc)),
        _ => false,
    }
}
