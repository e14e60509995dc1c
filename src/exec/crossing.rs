//! Calls that go from component to component while code runs, and values that go along (`CanonicalABI.md`, Lifting
//! and Lowering Values), which lie the same on both sides. Handles, and what pointers lead to, are left to the [`Owner`].
//!
//! Where a value is none of its type, nothing is said here: the owner does the same again, and says what is
//! wrong, and where.

use super::frame::Frame;
use super::{Depth, Machine, Stop};
use crate::error::Result;
use crate::image::ImageRef;
use crate::store::{
    CrossingCall, CrossingTask, Crossings, HostCall, ImageId, Inner, InstanceId, Memory, MemoryId, State, Store,
    TaskReturn,
};
use crate::support::Arena;
use crate::syntax::AddrType;
use crate::types::ComponentTypes;
use crate::types::component::{Defined, FuncTypeId, PrimValType, ResourceId, ValType};
use crate::types::layout::{RecordOffsets, flags_size};
use crate::types::number::flags_mask;

/// The images of a store.
type Images = Arena<ImageId, ImageRef>;

/// Without pointers in them, values lie the same with narrow ones and wide ones; those with pointers cross between
/// narrow ones only.
const POINTER: AddrType = AddrType::I32;

/// What is made of what is found among values besides numbers.
pub trait Found {
    /// A handle: its index is written where it goes, to be changed there.
    fn handle(&mut self, handle: Handle);

    /// A pointer and a length, of a list of such elements or a string: see [`Handle::at`] for where they go. `None` if
    /// they are none, or cannot cross.
    fn pair(&mut self, elem: Option<ValType>, pair: (u32, u32), at: usize) -> Option<()>;

    /// Whether what is found now is to be written.
    fn is_written(&mut self) -> bool;
}

/// Values without pointers have a handle at most.
impl Found for Option<Handle> {
    #[inline(always)]
    fn handle(&mut self, handle: Handle) {
        *self = Some(handle);
    }

    #[inline(always)]
    fn pair(&mut self, _: Option<ValType>, _: (u32, u32), _: usize) -> Option<()> {
        None
    }

    #[inline(always)]
    fn is_written(&mut self) -> bool {
        true
    }
}

/// Core values, put in a row.
struct Out<'a, F> {
    slots: &'a mut [u64],
    len: usize,
    found: &'a mut F,
}

/// A handle among values that have crossed, whose index is still the other side's. There is one at most.
#[derive(Clone, Copy, Debug)]
pub struct Handle {
    /// Its resource type.
    pub ty: ResourceId,
    /// Whether it is given away, not lent.
    pub is_own: bool,
    /// Where it is: which core value; in memory, how far before the end of the values.
    pub at: usize,
}

impl Handle {
    const fn of(defined: Defined<'_>, at: usize) -> Option<Self> {
        match defined {
            Defined::Own(ty) => Some(Self { ty, is_own: true, at }),
            Defined::Borrow(ty) => Some(Self { ty, is_own: false, at }),
            _ => None,
        }
    }
}

impl<F: Found> Out<'_, F> {
    #[inline(always)]
    fn push(&mut self, slot: u64) -> Option<()> {
        let place = self.slots.get_mut(self.len)?;
        if self.found.is_written() {
            *place = slot;
        }
        self.len += 1;
        Some(())
    }

    /// A pointer and a length, which take two core values.
    fn pair(&mut self, elem: Option<ValType>, from: &mut &[u64]) -> Option<()> {
        let pair = (take(from)? as u32, take(from)? as u32);
        self.found.pair(elem, pair, self.len)?;
        self.len += 2;
        Some(())
    }
}

/// Takes the first of these core values.
fn take(slots: &mut &[u64]) -> Option<u64> {
    let (first, rest) = slots.split_first()?;
    *slots = rest;
    Some(*first)
}

/// Parameters from core values to core values.
#[inline(never)]
pub fn params<F: Found>(
    types: &ComponentTypes,
    ty: FuncTypeId,
    mut from: &[u64],
    to: &mut [u64],
    found: &mut F,
) -> Option<()> {
    let mut out = Out { slots: to, len: 0, found };
    let ty = types.func(ty).ok()?;
    ty.params.iter().try_for_each(|param| flat(types, param.ty, &mut from, &mut out))
}

/// A result from the core value that the callee returned to the one that the caller gets; one in memory goes
/// to `target`.
#[inline(always)]
pub(super) fn result(
    images: &Images,
    crossing: &CrossingCall,
    memories: &mut Memories,
    slot: u64,
    target: u64,
) -> Option<Option<u64>> {
    let types = &images.get(crossing.image)?.types;
    let (ty, found) = (crossing.ty, &mut None::<Handle>);
    let Some((from, to)) = crossing.result else { return flat_result(types, ty, slot, found) };
    let (from, to) = memories.get_two_mut(from, to)?;
    result_in_memory(types, ty, (from.bytes(), slot), (to.bytes_mut(), target), found)?;
    Some(None)
}

/// The same for a core value of any type that crosses.
#[inline(never)]
pub fn flat_result<F: Found>(types: &ComponentTypes, ty: FuncTypeId, slot: u64, found: &mut F) -> Option<Option<u64>> {
    let Some(ty) = types.func(ty).ok()?.result else { return Some(None) };
    let mut result = [0];
    flat(types, ty, &mut &[slot][..], &mut Out { slots: &mut result, len: 0, found })?;
    let [result] = result;
    Some(Some(result))
}

/// The same for one in memory: from the address that the callee returned to the one where the caller wants it. Where
/// it ends there comes back.
#[inline(never)]
pub fn result_in_memory<F: Found>(
    types: &ComponentTypes,
    ty: FuncTypeId,
    (from, slot): (&[u8], u64),
    (to, target): (&mut [u8], u64),
    found: &mut F,
) -> Option<usize> {
    let ty = types.func(ty).ok()?.result?;
    let layout = types.layout(ty, POINTER);
    let (source, target) = (place(slot, layout.size, layout.align)?, place(target, layout.size, layout.align)?);
    let end = target.end;
    memory(types, ty, from.get(source)?, to.get_mut(target)?, found)?;
    Some(end)
}

/// `Subtask.State.RETURNED`
pub const RETURNED: u64 = 2;

/// What an async call returns with, whose callback says that it has ended after its task has returned.
#[inline(always)]
pub(super) fn exit(code: u64) -> Option<u64> {
    const EXIT: u32 = 0;
    (code as u32 == EXIT).then_some(RETURNED)
}

/// `canon task.return` of a number or of nothing, in such a call: the number goes to `target` in the caller's memory.
pub(super) fn task_return(
    task: &CrossingTask,
    says: &TaskReturn,
    memories: &mut Memories,
    slot: u64,
    target: u64,
) -> Option<()> {
    let CrossingTask { returns, memory, .. } = task;
    // `LiftOptions.equal`: see `canon::task::equal_options`.
    let is_equal = says.result == returns.result
        && says.string_encoding == returns.string_encoding
        && (says.memory.is_none() || says.memory == returns.memory);
    let Some(ty) = says.result.filter(|_| is_equal) else { return is_equal.then_some(()) };
    put_integer(memories, (*memory)?, target, ty.size(), ty.normalized(slot)?)
}

/// Puts an integer of so many bytes into a memory.
#[inline(always)]
pub(super) fn put_integer(memories: &mut Memories, memory: MemoryId, target: u64, size: u32, bits: u64) -> Option<()> {
    write(memories.get_mut(memory)?.bytes_mut().get_mut(place(target, size, size)?)?, size as usize, bits)
}

/// Where a value lies whose pointer is in a slot, if it is aligned.
#[inline(always)]
fn place(slot: u64, size: u32, align: u32) -> Option<core::ops::Range<usize>> {
    let start = slot as u32;
    if start & (align - 1) != 0 {
        return None;
    }
    let start = start as usize;
    Some(start..start.checked_add(size as usize)?)
}

/// `lift_flat` and `lower_flat`
#[inline(always)]
fn flat<F: Found>(types: &ComponentTypes, ty: ValType, from: &mut &[u64], to: &mut Out<'_, F>) -> Option<()> {
    match ty {
        ValType::Primitive(PrimValType::String) => to.pair(None, from),
        ValType::Primitive(ty) => to.push(ty.normalized(take(from)?)?),
        ValType::Defined(_) => flat_parts(types, ty, from, to),
    }
}

/// The same for what has parts. Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
#[inline(never)]
fn flat_parts<F: Found>(types: &ComponentTypes, ty: ValType, from: &mut &[u64], to: &mut Out<'_, F>) -> Option<()> {
    let ValType::Defined(id) = ty else { return None };
    match types.defined(id).ok()? {
        Defined::Record(fields) => fields.iter().try_for_each(|field| flat(types, field.ty, from, to)),
        Defined::Tuple(items) => items.iter().try_for_each(|ty| flat(types, ty, from, to)),
        Defined::Flags(labels) => to.push(take(from)? & flags_mask(labels.len())),
        defined @ (Defined::Own(_) | Defined::Borrow(_)) => {
            if let Some(handle) = Handle::of(defined, to.len) {
                to.found.handle(handle);
            }
            to.push(u64::from(take(from)? as u32))
        }
        Defined::List(elem) => to.pair(Some(elem), from),
        defined => {
            let discriminant = take(from)? as u32;
            let payload = defined.payload(discriminant)?;
            to.push(u64::from(discriminant))?;
            let slots = types.layout(ty, POINTER).flat.count().saturating_sub(1) as usize;
            let (mut own, rest) = from.split_at_checked(slots)?;
            *from = rest;
            let end = to.len + slots;
            if let Some(ty) = payload {
                flat(types, ty, &mut own, to)?;
            }
            while to.len < end {
                to.push(0)?;
            }
            Some(())
        }
    }
}

/// `load` and `store`
#[inline(always)]
fn memory<F: Found>(types: &ComponentTypes, ty: ValType, from: &[u8], to: &mut [u8], found: &mut F) -> Option<()> {
    match ty {
        ValType::Primitive(PrimValType::String) => pair(None, from, to, found),
        ValType::Primitive(ty) => number(ty, from, to, found),
        ValType::Defined(_) => memory_parts(types, ty, from, to, found),
    }
}

/// The same for what has parts. Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
#[inline(never)]
fn memory_parts<F: Found>(
    types: &ComponentTypes,
    ty: ValType,
    from: &[u8],
    to: &mut [u8],
    found: &mut F,
) -> Option<()> {
    let ValType::Defined(id) = ty else { return None };
    match types.defined(id).ok()? {
        Defined::Record(fields) => parts(types, fields.iter().map(|field| field.ty), from, to, found),
        Defined::Tuple(items) => parts(types, items.iter(), from, to, found),
        defined @ (Defined::Own(_) | Defined::Borrow(_)) => {
            if let Some(handle) = Handle::of(defined, to.len()) {
                found.handle(handle);
            }
            put(to, 4, read(from, 4)?, found)
        }
        Defined::List(elem) => pair(Some(elem), from, to, found),
        Defined::Flags(labels) => {
            let size = flags_size(labels.len()) as usize;
            put(to, size, read(from, size)? & flags_mask(labels.len()), found)
        }
        defined => {
            let layout = types.layout(ty, POINTER).of_variant(defined.cases());
            let size = layout.discriminant_size as usize;
            let discriminant = read(from, size)?;
            let payload = defined.payload(discriminant as u32)?;
            put(to, size, discriminant, found)?;
            let at = layout.payload as usize;
            match payload {
                Some(ty) => memory(types, ty, from.get(at..)?, to.get_mut(at..)?, found),
                None => Some(()),
            }
        }
    }
}

/// `load_record` and `store_record`
fn parts<F: Found>(
    types: &ComponentTypes,
    parts: impl Iterator<Item = ValType>,
    from: &[u8],
    to: &mut [u8],
    found: &mut F,
) -> Option<()> {
    let mut offsets = RecordOffsets::new();
    for ty in parts {
        let at = offsets.next(types.layout(ty, POINTER)) as usize;
        memory(types, ty, from.get(at..)?, to.get_mut(at..)?, found)?;
    }
    Some(())
}

fn number<F: Found>(ty: PrimValType, from: &[u8], to: &mut [u8], found: &mut F) -> Option<()> {
    let size = ty.size() as usize;
    put(to, size, ty.normalized(ty.sign_extended(read(from, size)?))?, found)
}

/// A pointer and a length, side by side.
fn pair<F: Found>(elem: Option<ValType>, from: &[u8], to: &[u8], found: &mut F) -> Option<()> {
    let pair = (read(from, 4)? as u32, read(from.get(4..)?, 4)? as u32);
    found.pair(elem, pair, to.len())
}

/// `store_int`, where that is to be.
#[inline(always)]
fn put<F: Found>(to: &mut [u8], size: usize, bits: u64, found: &mut F) -> Option<()> {
    if found.is_written() { write(to, size, bits) } else { Some(()) }
}

/// `load_int`
#[inline]
fn read(from: &[u8], size: usize) -> Option<u64> {
    Some(match size {
        1 => u64::from(*from.first()?),
        2 => u64::from(u16::from_le_bytes(*from.first_chunk()?)),
        4 => u64::from(u32::from_le_bytes(*from.first_chunk()?)),
        _ => u64::from_le_bytes(*from.first_chunk()?),
    })
}

/// `store_int`
#[inline(always)]
fn write(to: &mut [u8], size: usize, bits: u64) -> Option<()> {
    match size {
        1 => *to.first_mut()? = bits as u8,
        2 => *to.first_chunk_mut()? = (bits as u16).to_le_bytes(),
        4 => *to.first_chunk_mut()? = (bits as u32).to_le_bytes(),
        _ => *to.first_chunk_mut()? = bits.to_le_bytes(),
    }
    Some(())
}

/// Memories of a store.
pub type Memories = Arena<MemoryId, Memory>;

/// Whose calls cross: asked while code runs. `None` says that the call, or its return, has to go the longer way, and that
/// nothing has changed.
pub trait Owner {
    /// A canonical function is called, with its arguments at the beginning of these slots. Those that stay there are
    /// followed by those of the core function that is to be called, and by those of `realloc`, if that may be called.
    fn call(&mut self, canon: u32, memories: &mut Memories, slots: &mut [u64], is_known: bool) -> Option<Called>;

    /// What such a function calls has returned: the arguments that have stayed are followed by its result, if it has
    /// one, and as above. Before the call the owner had counted `note`.
    fn returned(&mut self, canon: u32, memories: &mut Memories, slots: &mut [u64], note: u32) -> Option<Called>;

    /// The `realloc` that the owner has asked for last has returned that. All else is as it was.
    fn allocated(&mut self, memories: &mut Memories, slots: &mut [u64], note: u32, returned: u64) -> Option<Called>;

    /// A call has begun and not returned, and anything may happen now.
    fn known(&mut self, crossed: Crossed) -> Result<()>;
}

/// What comes of calling a canonical function.
#[derive(Clone, Copy, Debug)]
pub enum Called {
    /// Its callee is to be called; the owner has counted so far.
    Callee(u32),
    /// It has returned so many values, which lie where its arguments were.
    Done(u32),
    /// The same, with one value, of a function that has copied so many bytes between memories.
    Copied(u64),
    /// First, `realloc` is to be called, of the side that values go to, and so many bytes are copied. Its arguments are
    /// in the last of the slots.
    Realloc(u32),
    /// Values have crossed, and `post-return` is to be called with what the callee has returned; then the caller gets
    /// that, if it gets anything.
    PostReturn(u64),
}

/// It comes back in registers.
const _: () = assert!(size_of::<Option<Called>>() <= 16);

/// A call that has crossed, and that its owner has not written down yet.
#[derive(Clone, Copy, Debug)]
pub struct Crossed {
    /// The function, as the owner knows it.
    pub canon: u32,
    /// How high the stacks stood, arguments included, when it was called.
    pub base: Depth,
    /// The last argument.
    pub last_argument: u64,
    /// Whether its task has returned.
    pub has_returned: bool,
    /// What its caller gets once its `post-return` has returned, if that is what runs.
    pub ending: Option<Option<u64>>,
    /// What the owner had counted before.
    pub note: u32,
}

impl Machine {
    /// [`run`](Self::run), or a call of `func` first, whose arguments lie above a boundary of the owner's; where calls may
    /// cross, of which the owner has counted `note` so far. Whenever code stops, it
    /// gets to know of those that have begun and not returned, in the order in which they began: their boundaries have
    /// `token` from then on. All of them, also where `known` fails; the first error comes back.
    pub fn run_across(
        &mut self,
        store: &mut Store,
        owner: &mut dyn Owner,
        func: Option<(InstanceId, u32)>,
        (token, note): (u32, u32),
    ) -> Result<Stop> {
        let State { crossings, quota, .. } = &mut store.state;
        (crossings.calls.note, crossings.calls.realloc_fuel) = (note, quota.limits.realloc_fuel);
        let stop = match func {
            Some(func) => self.run_from(store, Some(owner), func),
            None => self.run_for(store, Some(owner)),
        };
        if store.state.crossings.calls.unknown > 0 {
            return self.stopped(store, stop, token, owner);
        }
        // Made anew: what was written in parts and is moved as a whole would be waited for.
        match &stop {
            Ok(Stop::ReturnInto(token)) => Ok(Stop::ReturnInto(*token)),
            Ok(Stop::Call(func)) => Ok(Stop::Call(*func)),
            _ => stop,
        }
    }

    /// Puts a boundary with that token on top of all that is there, and above it the core values of a call of the host's
    /// and those of `realloc`, which runs next; when that returns the owner is asked what comes then. When it fails, what
    /// it left there is still to be unwound.
    #[inline]
    pub fn push_host_call(
        &mut self,
        store: &mut Store,
        token: u32,
        host: HostCall,
        (args, realloc_args): (&[u64], [u64; 4]),
    ) -> Result<()> {
        let limits = &store.state.quota.limits;
        self.push_boundary(limits, token)?;
        self.push(limits, args)?;
        self.push(limits, &realloc_args)?;
        let State { crossings, fuel, quota, .. } = &mut store.state;
        crossings.calls.inner = Some(Inner::host_realloc(fuel, quota.limits.realloc_fuel, host));
        Ok(())
    }

    #[cold]
    fn stopped(&mut self, store: &mut Store, stop: Result<Stop>, token: u32, owner: &mut dyn Owner) -> Result<Stop> {
        let told = self.make_known(&mut store.state.crossings, token, owner);
        // A `realloc` has still to be run to its end, unless it is given up.
        let inner = &mut store.state.crossings.calls.inner;
        if (told.is_err() || matches!(inner, Some(Inner::PostReturn { .. })))
            && let Some(inner) = inner.take()
        {
            inner.end(&mut store.state.fuel);
        }
        let stop = stop?;
        told?;
        match stop {
            Stop::ReturnInto(Frame::CROSSING) => {
                self.frames.pop();
                Ok(Stop::ReturnInto(token))
            }
            stop => Ok(stop),
        }
    }

    fn make_known(&mut self, crossings: &mut Crossings, token: u32, owner: &mut dyn Owner) -> Result<()> {
        let mut left = core::mem::take(&mut crossings.calls.unknown);
        let ending = match crossings.calls.inner {
            Some(Inner::PostReturn { result }) => Some(result),
            _ => None,
        };
        let mut first = self.frames.len();
        while left > 0 && first > 0 {
            first -= 1;
            if self.frames.get(first).is_some_and(|frame| frame.crosses().is_some()) {
                left -= 1;
            }
        }
        let mut result = Ok(());
        let last = self.frames.iter().rposition(|frame| frame.crosses().is_some());
        for at in first..self.frames.len() {
            let Some(frame) = self.frames.get_mut(at) else { break };
            let Some(id) = frame.crosses() else { continue };
            let (top, note) = (frame.base as usize, frame.note());
            let has_returned = frame.has_returned();
            *frame = Frame::boundary(token, frame.base);
            let last_argument = top.checked_sub(1).and_then(|at| self.slots.get(at)).copied().unwrap_or_default();
            let canon = crossings.funcs.get(id).map_or(u32::MAX, |crossing| crossing.canon);
            let base = Depth { frames: at, top };
            let ending = ending.filter(|_| last == Some(at));
            let known = owner.known(Crossed { canon, base, last_argument, has_returned, ending, note });
            result = result.and(known);
        }
        result
    }
}
