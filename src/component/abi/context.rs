//! What lifting and lowering work on (`CanonicalABI.md`, Lifting and Lowering Context).

use super::lower_flat::FlatOut;
use super::step::Parts;
use super::string::{range, range_mut};
use crate::component::boundary;
use crate::component::canon::{Options, Realloc, direct};
use crate::component::state::{ComponentInstanceId, Linked, Live, TaskId};
use crate::error::{Bug, Result, Trap, bug};
use crate::exec::{Machine, NestedCall};
use crate::image::Image;
use crate::store::{MemoryId, Store};
use crate::support::Limit;
use crate::syntax::AddrType;
use crate::syntax::canon::StringEncoding;
use crate::types::ComponentTypes;
use crate::types::component::{NameId, ResourceId, ValType};
use crate::types::layout::Layout;

/// `MAX_LIST_BYTE_LENGTH`
const MAX_LIST_BYTE_LENGTH: u64 = (1 << 28) - 1;

/// Whether an address is a multiple of an alignment, which is a power of two: a division would cost more than
/// all else that is done with most values.
pub(super) const fn is_aligned(ptr: u64, align: u32) -> bool {
    ptr & (align as u64 - 1) == 0
}

/// `align_to` of an address in a range that was checked.
#[inline]
pub(super) const fn align_to(ptr: u64, align: u32) -> u64 {
    let mask = align as u64 - 1;
    (ptr + mask) & !mask
}

/// `align_to`; `None` past the end of all addresses.
pub const fn align_up(ptr: u64, align: u32) -> Option<u64> {
    let mask = align as u64 - 1;
    match ptr.checked_add(mask) {
        Some(end) => Some(end & !mask),
        None => None,
    }
}

/// `trap_if(ptr != align_to(ptr, alignment))`
#[inline]
pub fn check_alignment(ptr: u64, align: u32) -> Result<(), Trap> {
    if is_aligned(ptr, align) { Ok(()) } else { Err(Trap::PointerNotAligned { ptr, align }) }
}

/// The checks of `load_list_from_range`: how many bytes the elements take.
pub fn check_list(memory: &[u8], ptr: u64, length: u64, elem: Layout) -> Result<u32> {
    let bytes = length.saturating_mul(u64::from(elem.size));
    if bytes > MAX_LIST_BYTE_LENGTH {
        return Err(Trap::ListTooLong { bytes }.into());
    }
    check_alignment(ptr, elem.align)?;
    match range(memory, ptr, bytes) {
        Some(_) => Ok(bytes as u32),
        None => Err(Trap::ListOutOfBounds { ptr, bytes }.into()),
    }
}

/// Everything that changes while values cross, and the machine on which `realloc` runs.
pub struct Cx<'a> {
    /// Types, functions and their options are read there while the rest changes.
    pub linked: &'a Linked,
    /// The core half of the store.
    pub core: &'a mut Store,
    /// What changes of the component half.
    pub live: &'a mut Live,
    /// The machine of the calling thread.
    pub machine: &'a mut Machine,
    /// How many values may still be built for the host.
    pub nodes: u32,
    /// What has gone wrong with a string or list, whose values are walked over to say where it is: nothing of them is
    /// copied.
    #[cfg(crossings)]
    pub failure: Option<Failure>,
    /// Whether a string of the host's waits for `realloc`.
    #[cfg(crossings)]
    pub later: Later,
    /// Whether values are lifted for an observer only: handles stay where they are.
    #[cfg(feature = "text")]
    pub peeking: bool,
}

/// See [`Cx::later`].
#[cfg(crossings)]
#[derive(Clone, Copy, Debug)]
pub enum Later {
    /// Strings are stored when they are lowered.
    Never,
    /// The next one, which will be the only one, is to wait.
    Next,
    /// It waits: its pointer is to be the core value at that place.
    Waits(usize),
}

/// See [`Cx::failure`].
#[cfg(crossings)]
#[derive(Debug)]
pub struct Failure {
    /// How many strings and lists come before it.
    pub left: u32,
    /// What is wrong with it, until it is found.
    pub error: Option<crate::Error>,
}

#[cfg(crossings)]
impl Failure {
    /// A string or list is found.
    pub fn found(&mut self) -> Result<(u64, u64)> {
        match (self.left.checked_sub(1), &mut self.error) {
            (None, error @ Some(_)) => error.take().map_or(Ok((0, 0)), Err),
            (left, _) => {
                self.left = left.unwrap_or(0);
                Ok((0, 0))
            }
        }
    }
}

/// One side of a crossing: `LiftLowerContext`.
#[derive(Clone, Copy)]
pub struct Side<'t> {
    /// The image with the types of this side.
    pub image: &'t Image,
    /// `inst`
    pub inst: ComponentInstanceId,
    /// `opts`
    pub opts: &'t Options,
    /// `borrow_scope`: the call that this is part of.
    pub task: TaskId,
}

impl<'t> Side<'t> {
    /// The types of this side.
    pub fn types(&self) -> &'t ComponentTypes {
        &self.image.types
    }

    /// The text of a label.
    pub fn label(&self, name: NameId) -> &'t str {
        self.image.name(name)
    }

    /// Bytes, alignment and flat form of a type, with this side's pointers.
    pub fn layout(&self, ty: ValType) -> Layout {
        self.image.types.layout(ty, self.opts.pointer())
    }

    /// The same of values one after the other.
    pub fn parts_layout(&self, parts: Parts<'_>) -> Layout {
        self.image.types.tuple_layout(parts.types(), self.opts.pointer())
    }

    /// `ptr_size`
    pub fn pointer_size(&self) -> u32 {
        crate::types::layout::pointer_size(self.opts.pointer())
    }

    /// `utf16_tag`
    pub fn utf16_tag(&self) -> u64 {
        match self.opts.pointer() {
            AddrType::I32 => 1 << 31,
            AddrType::I64 => 1 << 63,
        }
    }

    /// How strings lie in this side's memory.
    pub fn encoding(&self) -> StringEncoding {
        self.opts.string_encoding
    }
}

#[cold]
fn no_memory() -> Bug {
    bug!("a memory of another store")
}

impl<'a> Cx<'a> {
    /// Of parts of a store and a machine; `nodes` values may be built for the host.
    pub fn new(
        linked: &'a Linked,
        core: &'a mut Store,
        live: &'a mut Live,
        machine: &'a mut Machine,
        nodes: u32,
    ) -> Self {
        Self {
            linked,
            core,
            live,
            machine,
            nodes,
            #[cfg(crossings)]
            failure: None,
            #[cfg(crossings)]
            later: Later::Never,
            #[cfg(feature = "text")]
            peeking: false,
        }
    }

    /// Takes the fuel for bytes that are copied.
    #[inline]
    pub fn charge_copy(&mut self, bytes: u64) {
        self.core.state.fuel.charge(bytes);
        #[cfg(feature = "text")]
        {
            self.live.observed.counts.bytes += bytes;
        }
    }

    /// Counts a handle that crosses.
    #[inline]
    pub fn count_handle(&mut self) {
        #[cfg(feature = "text")]
        {
            self.live.observed.counts.handles += 1;
        }
    }
}

impl Cx<'_> {
    /// The memory of a side's options; validation saw to it that there is one.
    #[inline]
    pub fn memory_id(&self, side: &Side<'_>) -> Result<MemoryId, Bug> {
        match side.opts.memory {
            Some(memory) => Ok(memory),
            None => self.scratch_memory(side.opts),
        }
    }

    #[cold]
    fn scratch_memory(&self, opts: &Options) -> Result<MemoryId, Bug> {
        let scratch = self.live.scratch.filter(|_| opts.realloc == Realloc::Scratch);
        Ok(scratch.ok_or_else(|| bug!("a pointer without the option `memory`"))?.memory)
    }

    /// The bytes of a side's memory.
    #[cfg_attr(crossings, inline)]
    pub fn memory(&self, side: &Side<'_>) -> Result<&[u8]> {
        Ok(self.core.state.memories.get(self.memory_id(side)?).ok_or_else(no_memory)?.bytes())
    }

    /// The bytes of a side's memory, to change.
    pub fn memory_mut(&mut self, side: &Side<'_>) -> Result<&mut [u8]> {
        let id = self.memory_id(side)?;
        Ok(self.core.state.memories.get_mut(id).ok_or_else(no_memory)?.bytes_mut())
    }

    /// The bytes of the memories of two sides, which are different memories.
    pub fn two_memories(&mut self, from: &Side<'_>, to: &Side<'_>) -> Result<(&[u8], &mut [u8])> {
        let (from, to) = (self.memory_id(from)?, self.memory_id(to)?);
        let two = self.core.state.memories.get_two_mut(from, to);
        let (from, to) = two.ok_or_else(|| bug!("one memory on both sides of a transfer"))?;
        Ok((from.bytes(), to.bytes_mut()))
    }

    /// `load_int`
    pub fn load_int(&self, side: &Side<'_>, ptr: u64, size: u32) -> Result<u64> {
        let bytes = range(self.memory(side)?, ptr, u64::from(size))
            .ok_or(Trap::PointerOutOfBounds { ptr, bytes: size.into() })?;
        Ok(match *bytes {
            [a] => u64::from(a),
            [a, b] => u64::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
            _ => bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)),
        })
    }

    /// `load_int` of a pointer and of what follows it, as wide.
    #[inline]
    pub fn load_pair(&self, side: &Side<'_>, ptr: u64) -> Result<(u64, u64)> {
        let bytes = 2 * u64::from(side.pointer_size());
        let pair = range(self.memory(side)?, ptr, bytes).ok_or(Trap::PointerOutOfBounds { ptr, bytes })?;
        Ok(match pair.as_chunks().0 {
            [first, second] => (u64::from_le_bytes(*first), u64::from_le_bytes(*second)),
            [both] => {
                let both = u64::from_le_bytes(*both);
                (both & 0xFFFF_FFFF, both >> 32)
            }
            _ => (0, 0),
        })
    }

    /// `store_int`
    pub fn store_int(&mut self, side: &Side<'_>, value: u64, ptr: u64, size: u32) -> Result<()> {
        let place = range_mut(self.memory_mut(side)?, ptr, u64::from(size));
        let place = place.ok_or(Trap::PointerOutOfBounds { ptr, bytes: size.into() })?;
        match *place {
            [ref mut a] => *a = value as u8,
            [ref mut a, ref mut b] => [*a, *b] = (value as u16).to_le_bytes(),
            [ref mut a, ref mut b, ref mut c, ref mut d] => [*a, *b, *c, *d] = (value as u32).to_le_bytes(),
            _ => {
                if let Some(place) = place.first_chunk_mut() {
                    *place = value.to_le_bytes();
                }
            }
        }
        Ok(())
    }

    /// The checks of `load_list_from_range`.
    pub fn check_list(&self, side: &Side<'_>, ptr: u64, length: u64, elem: Layout) -> Result<()> {
        check_list(self.memory(side)?, ptr, length, elem).map(|_| ())
    }

    /// The checks of a pointer to values in memory (`lift_flat_values`, `lower_flat_values`).
    #[cfg_attr(crossings, inline)]
    pub fn check_pointer(&self, side: &Side<'_>, ptr: u64, layout: Layout) -> Result<()> {
        check_alignment(ptr, layout.align)?;
        let bytes = u64::from(layout.size);
        match range(self.memory(side)?, ptr, bytes) {
            Some(_) => Ok(()),
            None => Err(Trap::PointerOutOfBounds { ptr, bytes }.into()),
        }
    }

    /// `cx.allocate`, with the checks that follow it everywhere.
    pub fn allocate(&mut self, side: &Side<'_>, align: u32, size: u32) -> Result<u64> {
        let ptr = self.reallocate(side, 0, 0, align, size)?;
        if !is_aligned(ptr, align) {
            return Err(Trap::ReallocNotAligned { ptr, align }.into());
        }
        match range(self.memory(side)?, ptr, u64::from(size)) {
            Some(_) => Ok(ptr),
            None => Err(Trap::ReallocOutOfBounds { ptr, bytes: size }.into()),
        }
    }

    /// Where values go that do not fit flat ones: to where the caller of a lowered function wants its results, or to
    /// a place of their own, to which a pointer is passed.
    pub fn target(&mut self, side: &Side<'_>, layout: Layout, wanted: Option<u64>, out: &mut FlatOut) -> Result<u64> {
        match wanted {
            Some(ptr) => {
                self.check_pointer(side, ptr, layout)?;
                Ok(ptr)
            }
            None => {
                let ptr = self.allocate(side, layout.align, layout.size)?;
                out.push(ptr)?;
                Ok(ptr)
            }
        }
    }

    /// `cx.reallocate`: `realloc` runs on a thread of its own identity, and may not leave.
    pub fn reallocate(&mut self, side: &Side<'_>, old: u64, old_size: u32, align: u32, new_size: u32) -> Result<u64> {
        let realloc = match side.opts.realloc {
            Realloc::Func(func) => func,
            Realloc::Scratch => return self.allocate_scratch((old, old_size), align, new_size),
            Realloc::None => return Err(bug!("an allocation without the option `realloc`").into()),
        };
        #[cfg(feature = "text")]
        {
            self.live.observed.counts.reallocs += 1;
        }
        direct::begin_realloc(self, side.inst)?;
        debug_assert!(self.live.instance(side.inst)?.may_leave);
        self.live.set_may_leave(side.inst, false)?;
        let Cx { linked, core, live, machine, .. } = self;
        let call = NestedCall {
            func: realloc,
            args: &[old, u64::from(old_size), u64::from(align), u64::from(new_size)],
            fuel: core.state.quota.limits.realloc_fuel,
            exhausted: Trap::ReallocFuel,
        };
        let mut results = [0];
        machine.run_nested(core, call, &mut results, &mut |machine, core, func| {
            boundary::enter_inside(&mut Cx::new(linked, core, live, machine, 0), func)
        })?;
        self.live.set_may_leave(side.inst, true)?;
        direct::end_realloc(self)?;
        let [ptr] = results;
        Ok(boundary::pointer(side.opts, ptr))
    }

    /// The `realloc` of the engine's own memory, which only goes up until a call ends.
    fn allocate_scratch(&mut self, (old, old_size): (u64, u32), align: u32, new_size: u32) -> Result<u64> {
        let lost = || bug!("no scratch memory");
        let scratch = self.live.scratch.as_mut().ok_or_else(lost)?;
        let memory = self.core.state.memories.get(scratch.memory).ok_or_else(no_memory)?;
        let len = memory.bytes().len() as u64;
        let ptr = align_up(scratch.used, align).ok_or_else(lost)?;
        scratch.used = ptr + u64::from(new_size);
        if let Some(missing) = scratch.used.checked_sub(len) {
            // Its pages have one byte. It grows in amortized steps.
            let grown = self.core.state.grow_memory(scratch.memory, missing.max(len / 2));
            grown.ok_or(Trap::ReallocOutOfBounds { ptr, bytes: new_size })?;
        }
        let bytes = self.core.state.memories.get_mut(scratch.memory).ok_or_else(no_memory)?.bytes_mut();
        let (old, kept) = (old as usize, old_size.min(new_size) as usize);
        if kept > 0 && old + kept <= bytes.len() {
            bytes.copy_within(old..old + kept, ptr as usize);
        }
        Ok(ptr)
    }

    /// Takes `count` values off what may be built for the host.
    pub fn take_nodes(&mut self, count: u64) -> Result<()> {
        let left = u64::from(self.nodes).checked_sub(count).ok_or(Limit::ValueNodes)?;
        self.nodes = left as u32;
        Ok(())
    }

    /// The resource type that a variable of a side stands for.
    pub fn resource_type(&self, side: &Side<'_>, id: ResourceId) -> Result<crate::component::state::ResourceTypeId> {
        Ok(self.live.instance(side.inst)?.resource(side.types().root(id))?)
    }
}
