//! The heap of structures, arrays, exceptions and the host's data (core spec, Structure, Array
//! and Exception Instances).
//!
//! One vector of bytes, in granules of eight; granule 0 stays unused, so that no object has the
//! number of null. Objects never move. Free runs between them are in `free`; what lies behind the last
//! one is taken from the front. The heap grows by steps until its limit.
//!
//! A collection marks and sweeps (`collect`). The heap cannot know what refers to its objects, so
//! it never collects by itself: an allocation says that it is time ([`Refused::Collect`]), the
//! owner of all roots calls [`State::collect`](super::State::collect), and the allocation is tried again.
//!
//! Whatever number is taken for a reference, nothing here panics or reads past the heap; only
//! the collector takes numbers that may be none.

pub mod aggregate;
mod bits;
mod collect;
mod free;
pub mod host;
pub mod layout;
mod matching;

pub use host::HostData;
pub use layout::{ELEMENTS, Header, Kind, STRUCT_FIELDS};

use super::{Ref, TagId};
use crate::error::Error;
use crate::support::{DynBox, Limit, OutOfMemory, Vec};
use crate::types::aggregate::storage_size;
use crate::types::{TypeId, TypeTable};
use bits::{Bits, Queue};
use core::any::Any;
use free::FreeLists;
use host::HostTable;

/// Bytes of a granule.
const GRANULE: usize = 8;
/// Granules that a reference can tell apart.
const MOST_GRANULES: u32 = (1 << 30) - 1;
/// Granules that the heap grows by at least, where the limit allows it.
const LEAST_GROWTH: u32 = 256;
/// Bytes that are allocated between two collections at least, where there is room.
const LEAST_BUDGET: u64 = 16 << 10;

/// The heap of a store.
pub struct Heap {
    /// Whole granules.
    bytes: Vec<u8>,
    /// Where objects begin.
    starts: Bits,
    /// During a collection: objects found to be in use whose own references were not followed.
    grey: Queue,
    free: FreeLists,
    /// The first granule behind the last object and all free runs.
    tail: u32,
    /// The granules that there may be.
    limit: u32,
    /// Bytes allocated since the last collection.
    allocated: u64,
    /// Bytes after which the next collection is due.
    budget: u64,
    /// Collect before every allocation.
    stress: bool,
    /// Grow as long as that is possible, ask for no collection.
    held: bool,
    /// Nothing was asked for since the last collection.
    collected: bool,
    hosts: HostTable,
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A collection may help; how many bytes are asked for. Never where the heap is
    /// [held](Heap::hold).
    Collect(u64),
    /// [`Limits::gc_heap`](crate::Limits::gc_heap) is reached and the last collection did not
    /// help.
    Full,
    /// The allocator had no memory left, and the last collection did not help.
    OutOfMemory,
}

impl From<OutOfMemory> for Refused {
    fn from(_: OutOfMemory) -> Self {
        Refused::OutOfMemory
    }
}

impl From<Refused> for Error {
    /// Where nothing can be collected, that it should be is the limit reached.
    #[cold]
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Collect(_) | Refused::Full => Limit::GcHeap.into(),
            Refused::OutOfMemory => OutOfMemory.into(),
        }
    }
}

impl Heap {
    /// An empty heap of at most `limit` bytes; allocates nothing.
    pub(super) fn new(limit: u32) -> Self {
        Self {
            bytes: Vec::new(),
            starts: Bits::default(),
            grey: Queue::default(),
            free: FreeLists::default(),
            tail: 1,
            limit: (limit / GRANULE as u32).min(MOST_GRANULES),
            allocated: 0,
            budget: LEAST_BUDGET,
            stress: false,
            held: false,
            collected: false,
            hosts: HostTable::default(),
        }
    }

    /// Whether to collect before every allocation: to find out what nobody holds on to.
    pub fn set_stress(&mut self, stress: bool) {
        self.stress = stress;
    }

    /// Whether to grow as long as that is possible and ask for no collection: for when the roots
    /// are not at hand. Returns what it was before.
    pub fn hold(&mut self, held: bool) -> bool {
        core::mem::replace(&mut self.held, held)
    }

    /// Whether a collection would be asked for by the next allocation.
    pub fn is_due(&self) -> bool {
        self.allocated >= self.budget || self.stress
    }

    /// Bytes that it has, in use or not.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// How many objects there are, in use or not.
    pub fn objects(&self) -> u32 {
        self.starts.count()
    }

    /// A structure of that type, all of whose bytes are zero: numbers are 0, references null.
    #[inline]
    pub fn allocate_struct(&mut self, types: &TypeTable, ty: TypeId) -> Result<Ref, Refused> {
        let size = types.struct_size(ty).ok_or(Refused::Full)?;
        self.allocate(Kind::Struct, ty.raw(), u64::from(STRUCT_FIELDS) + u64::from(size))
    }

    /// An array of that type, all of whose bytes are zero: numbers are 0, references null.
    pub fn allocate_array(&mut self, types: &TypeTable, ty: TypeId, len: u32) -> Result<Ref, Refused> {
        let size = storage_size(types.element(ty).ok_or(Refused::Full)?.storage);
        let bytes = u64::from(ELEMENTS) + u64::from(size) * u64::from(len);
        self.allocate_counted(Kind::Array, ty.raw(), bytes, len)
    }

    /// An exception with what it carries, as slots.
    pub fn allocate_exception(&mut self, tag: TagId, slots: &[u64]) -> Result<Ref, Refused> {
        let len = u32::try_from(slots.len()).map_err(|_| Refused::Full)?;
        let bytes = u64::from(ELEMENTS) + 8 * u64::from(len);
        let exception = self.allocate_counted(Kind::Exception, tag.raw(), bytes, len)?;
        if let Some(places) = self.bytes_mut(exception, ELEMENTS.into(), 8 * u64::from(len)) {
            for (place, slot) in places.as_chunks_mut().0.iter_mut().zip(slots) {
                *place = slot.to_le_bytes();
            }
        }
        Ok(exception)
    }

    /// The tag of an exception, and what it carries, as slots.
    pub fn exception(&self, exception: Ref) -> Option<(TagId, impl ExactSizeIterator<Item = u64>)> {
        let header = self.header(exception).filter(|header| header.kind() == Kind::Exception)?;
        let len = u64::from(self.array_len(exception)?);
        let slots = self.bytes(exception, ELEMENTS.into(), 8 * len)?.as_chunks().0;
        Some((TagId::new(header.number()), slots.iter().map(|slot| u64::from_le_bytes(*slot))))
    }

    /// Data of the host, dropped when nothing refers to it any more; it is taken once there is room.
    pub fn allocate_host(&mut self, take: impl FnOnce() -> Option<DynBox<dyn HostData>>) -> Result<Ref, Refused> {
        let object = self.allocate_counted(Kind::Host, 0, ELEMENTS.into(), u32::MAX)?;
        // Where this fails the object has a number that leads nowhere, and goes with the next
        // collection.
        let number = self.hosts.add(take().ok_or(Refused::Full)?)?;
        object.granule().and_then(|at| self.set_bytes_at(at, 4, number.to_le_bytes()));
        Ok(object)
    }

    /// The host's data behind a reference.
    pub fn host_data(&self, object: Ref) -> Option<&(dyn Any + Send + Sync)> {
        self.hosts.get(self.host_number(object)?)
    }

    /// The host's data behind a reference, to change.
    pub fn host_data_mut(&mut self, object: Ref) -> Option<&mut (dyn Any + Send + Sync)> {
        self.hosts.get_mut(self.host_number(object)?)
    }

    fn host_number(&self, object: Ref) -> Option<u32> {
        self.header(object).filter(|header| header.kind() == Kind::Host)?;
        self.array_len(object)
    }

    fn allocate_counted(&mut self, kind: Kind, number: u32, bytes: u64, count: u32) -> Result<Ref, Refused> {
        let object = self.allocate(kind, number, bytes)?;
        object.granule().and_then(|at| self.set_bytes_at(at, 4, count.to_le_bytes()));
        Ok(object)
    }

    /// An object of `bytes` bytes, all of them zero but the header.
    fn allocate(&mut self, kind: Kind, number: u32, bytes: u64) -> Result<Ref, Refused> {
        let header = Header::new(kind, number).ok_or(Refused::Full)?;
        let granules = u32::try_from(bytes.div_ceil(GRANULE as u64)).map_err(|_| Refused::Full)?;
        if granules > self.limit {
            return Err(Refused::Full);
        }
        // A collection that was made for this very allocation is not made again.
        let may_collect = !core::mem::replace(&mut self.collected, false) && !self.held;
        if may_collect && self.is_due() {
            return Err(Refused::Collect(bytes));
        }
        let at = match self.take(granules) {
            Ok(at) => at,
            Err(_) if may_collect => return Err(Refused::Collect(bytes)),
            Err(refused) => self.free.take_any(&mut self.bytes, granules).ok_or(refused)?,
        };
        let start = at as usize * GRANULE;
        let place = self.bytes.get_mut(start..start + granules as usize * GRANULE).ok_or(Refused::Full)?;
        place.fill(0);
        self.set_header(at, header);
        self.starts.insert(at);
        self.allocated += u64::from(granules) * GRANULE as u64;
        Ok(Ref::from_granule(at))
    }

    /// Takes granules from a free run, from behind all, or from what the heap grows by.
    #[inline]
    fn take(&mut self, granules: u32) -> Result<u32, Refused> {
        if let Some(at) = self.free.take(&mut self.bytes, granules) {
            return Ok(at);
        }
        if granules > self.granules().saturating_sub(self.tail) {
            self.grow(granules)?;
        }
        let at = self.tail;
        self.tail += granules;
        Ok(at)
    }

    fn granules(&self) -> u32 {
        // At most `MOST_GRANULES` of them.
        (self.bytes.len() / GRANULE) as u32
    }

    /// Grows until there are `granules` behind all that is in use.
    #[cold]
    fn grow(&mut self, granules: u32) -> Result<(), Refused> {
        let size = self.granules();
        let least = self.tail.checked_add(granules).filter(|least| *least <= self.limit).ok_or(Refused::Full)?;
        let ample = least.max(size.saturating_add((size / 2).max(LEAST_GROWTH))).min(self.limit);
        if self.resize(ample).is_err() {
            self.resize(least)?;
        }
        Ok(())
    }

    /// What a collection needs grows first, so that it never has to allocate.
    fn resize(&mut self, granules: u32) -> Result<(), OutOfMemory> {
        self.free.prepare()?;
        self.starts.grow(granules)?;
        self.grey.grow(granules)?;
        self.bytes.resize(granules as usize * GRANULE, 0)
    }
}

impl core::fmt::Debug for Heap {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Heap").field("size", &self.size()).field("objects", &self.objects()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
