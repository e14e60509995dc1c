//! Calls that go from component to component while code runs, and values that go along (`CanonicalABI.md`, Lifting
//! and Lowering Values): those without pointers in them, which lie the same on both sides. Handles are left to the
//! [`Owner`].
//!
//! Where a value is none of its type, nothing is said here: the owner does the same again, and says what is
//! wrong, and where.

use super::frame::Frame;
use super::{Depth, Machine, Stop};
use crate::error::Result;
use crate::image::ImageRef;
use crate::store::{CrossingCall, CrossingTask, Crossings, ImageId, Integers, Memory, MemoryId, Store, TaskReturn};
use crate::support::Arena;
use crate::syntax::AddrType;
use crate::types::ComponentTypes;
use crate::types::component::{Defined, FuncTypeId, PrimValType, ResourceId, ValType};
use crate::types::layout::{RecordOffsets, flags_size};
use crate::types::number::flags_mask;

/// The images of a store.
type Images = Arena<ImageId, ImageRef>;

/// Without pointers in them, values lie the same with narrow ones and wide ones.
const POINTER: AddrType = AddrType::I32;

/// Core values, put in a row.
struct Out<'a> {
    slots: &'a mut [u64],
    len: usize,
    handle: Option<Handle>,
}

/// A handle among values that have crossed, whose index is still the other side's. There is one at most.
#[derive(Clone, Copy, Debug)]
pub struct Handle {
    /// Its resource type.
    pub ty: ResourceId,
    /// Whether it is given away, not lent.
    pub is_own: bool,
    /// Where it is: a core value, or an address.
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

impl Out<'_> {
    fn push(&mut self, slot: u64) -> Option<()> {
        *self.slots.get_mut(self.len)? = slot;
        self.len += 1;
        Some(())
    }
}

/// Takes the first of these core values.
fn take(slots: &mut &[u64]) -> Option<u64> {
    let (first, rest) = slots.split_first()?;
    *slots = rest;
    Some(*first)
}

/// Parameters from core values to core values. The handle among them comes back.
#[inline(never)]
pub fn params(types: &ComponentTypes, ty: FuncTypeId, mut from: &[u64], to: &mut [u64]) -> Option<Option<Handle>> {
    let mut out = Out { slots: to, len: 0, handle: None };
    let ty = types.func(ty).ok()?;
    ty.params.iter().try_for_each(|param| match param.ty {
        ValType::Primitive(ty) => out.push(ty.normalized(take(&mut from)?)?),
        ty => flat(types, ty, &mut from, &mut out),
    })?;
    Some(out.handle)
}

/// A result from the core value that the callee returned to the one that the caller gets; one in memory goes
/// to `target`.
#[inline(always)]
pub(super) fn result(
    images: &Images,
    crossing: &CrossingCall,
    memories: &mut Arena<MemoryId, Memory>,
    slot: u64,
    target: u64,
) -> Option<Option<u64>> {
    match &crossing.integers {
        Some(Integers { result, .. }) => Some(result.map(|mask| slot & mask)),
        None => {
            let types = &images.get(crossing.image)?.types;
            let (result, _) = any_result(types, (crossing.ty, crossing.result), memories, slot, target)?;
            Some(result)
        }
    }
}

/// The same for a value of any type that crosses. The handle in it comes back, too.
#[inline(never)]
pub fn any_result(
    types: &ComponentTypes,
    (ty, memories): (FuncTypeId, Option<(MemoryId, MemoryId)>),
    memory_of: &mut Arena<MemoryId, Memory>,
    slot: u64,
    target: u64,
) -> Option<(Option<u64>, Option<Handle>)> {
    let Some(ty) = types.func(ty).ok()?.result else { return Some((None, None)) };
    let Some((from, to)) = memories else {
        if let ValType::Primitive(ty) = ty {
            return Some((Some(ty.normalized(slot)?), None));
        }
        let mut result = [0];
        let mut out = Out { slots: &mut result, len: 0, handle: None };
        flat(types, ty, &mut &[slot][..], &mut out)?;
        let handle = out.handle;
        let [result] = result;
        return Some((Some(result), handle));
    };
    let (from, to) = memory_of.get_two_mut(from, to)?;
    let layout = types.layout(ty, POINTER);
    let (source, target) = (place(slot, layout.size, layout.align)?, place(target, layout.size, layout.align)?);
    let end = target.end;
    let mut handle = None;
    memory(types, ty, from.bytes().get(source)?, to.bytes_mut().get_mut(target)?, &mut handle)?;
    // What `memory` says is how far it is to the end.
    Some((None, handle.map(|handle: Handle| Handle { at: end - handle.at, ..handle })))
}

/// `Subtask.State.RETURNED`
pub const RETURNED: u64 = 2;

/// What an async call returns with, whose callback says that it has ended after its task has returned.
pub(super) fn exit(code: u64) -> Option<u64> {
    const EXIT: u32 = 0;
    (code as u32 == EXIT).then_some(RETURNED)
}

/// `canon task.return` of a number or of nothing, in such a call: the number goes to `target` in the caller's memory.
pub(super) fn task_return(
    task: &CrossingTask,
    says: &TaskReturn,
    memories: &mut Arena<MemoryId, Memory>,
    slot: u64,
    target: u64,
) -> Option<()> {
    let CrossingTask { returns, memory, .. } = task;
    // `LiftOptions.equal`: see `canon::task::equal_options`.
    let is_equal = says.result == returns.result
        && says.string_encoding == returns.string_encoding
        && (says.memory.is_none() || says.memory == returns.memory);
    let Some(ty) = says.result.filter(|_| is_equal) else { return is_equal.then_some(()) };
    let size = ty.size();
    let bytes = memories.get_mut((*memory)?)?.bytes_mut().get_mut(place(target, size, size)?)?;
    write(bytes, size as usize, ty.normalized(slot)?)
}

/// Where a value lies whose pointer is in a slot, if it is aligned.
fn place(slot: u64, size: u32, align: u32) -> Option<core::ops::Range<usize>> {
    let start = slot as u32;
    if start & (align - 1) != 0 {
        return None;
    }
    let start = start as usize;
    Some(start..start.checked_add(size as usize)?)
}

/// `lift_flat` and `lower_flat`. Types are nested no deeper than `Limits::nesting_depth`, and so is this
/// recursion.
fn flat(types: &ComponentTypes, ty: ValType, from: &mut &[u64], to: &mut Out<'_>) -> Option<()> {
    let id = match ty {
        ValType::Primitive(ty) => return to.push(ty.normalized(take(from)?)?),
        ValType::Defined(id) => id,
    };
    match types.defined(id).ok()? {
        Defined::Record(fields) => fields.iter().try_for_each(|field| flat(types, field.ty, from, to)),
        Defined::Tuple(items) => items.iter().try_for_each(|ty| flat(types, *ty, from, to)),
        Defined::Flags(labels) => to.push(take(from)? & flags_mask(labels.len())),
        defined @ (Defined::Own(_) | Defined::Borrow(_)) => {
            to.handle = Handle::of(defined, to.len);
            to.push(u64::from(take(from)? as u32))
        }
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
            to.slots.get_mut(to.len..end)?.fill(0);
            to.len = end;
            Some(())
        }
    }
}

/// `load` and `store`. Types are nested no deeper than `Limits::nesting_depth`, and so is this recursion.
fn memory(types: &ComponentTypes, ty: ValType, from: &[u8], to: &mut [u8], handle: &mut Option<Handle>) -> Option<()> {
    let id = match ty {
        ValType::Primitive(ty) => return number(ty, from, to),
        ValType::Defined(id) => id,
    };
    match types.defined(id).ok()? {
        Defined::Record(fields) => parts(types, fields.iter().map(|field| field.ty), from, to, handle),
        Defined::Tuple(items) => parts(types, items.iter().copied(), from, to, handle),
        defined @ (Defined::Own(_) | Defined::Borrow(_)) => {
            *handle = Handle::of(defined, to.len());
            write(to, 4, read(from, 4)?)
        }
        Defined::Flags(labels) => {
            let size = flags_size(labels.len()) as usize;
            write(to, size, read(from, size)? & flags_mask(labels.len()))
        }
        defined => {
            let layout = types.layout(ty, POINTER).of_variant(defined.cases());
            let size = layout.discriminant_size as usize;
            let discriminant = read(from, size)?;
            let payload = defined.payload(discriminant as u32)?;
            write(to, size, discriminant)?;
            let at = layout.payload as usize;
            match payload {
                Some(ty) => memory(types, ty, from.get(at..)?, to.get_mut(at..)?, handle),
                None => Some(()),
            }
        }
    }
}

/// `load_record` and `store_record`
fn parts(
    types: &ComponentTypes,
    parts: impl Iterator<Item = ValType>,
    from: &[u8],
    to: &mut [u8],
    handle: &mut Option<Handle>,
) -> Option<()> {
    let mut offsets = RecordOffsets::new();
    for ty in parts {
        let at = offsets.next(types.layout(ty, POINTER)) as usize;
        memory(types, ty, from.get(at..)?, to.get_mut(at..)?, handle)?;
    }
    Some(())
}

fn number(ty: PrimValType, from: &[u8], to: &mut [u8]) -> Option<()> {
    let size = ty.size() as usize;
    write(to, size, ty.normalized(ty.sign_extended(read(from, size)?))?)
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
#[inline]
fn write(to: &mut [u8], size: usize, bits: u64) -> Option<()> {
    match size {
        1 => *to.first_mut()? = bits as u8,
        2 => *to.first_chunk_mut()? = (bits as u16).to_le_bytes(),
        4 => *to.first_chunk_mut()? = (bits as u32).to_le_bytes(),
        _ => *to.first_chunk_mut()? = bits.to_le_bytes(),
    }
    Some(())
}

/// Whose calls cross: asked while code runs.
pub trait Owner {
    /// A canonical function is called, with its arguments at the beginning of these slots. Those that stay there are
    /// followed by those of the core function that is to be called. `None` where the call has to go the longer way;
    /// nothing has changed then.
    fn call(
        &mut self,
        canon: u32,
        memories: &mut Arena<MemoryId, Memory>,
        slots: &mut [u64],
        is_known: bool,
    ) -> Option<Called>;

    /// What such a function calls has returned: the arguments that have stayed are followed by its result, if it has
    /// one. Before the call the owner had counted `note`. Back comes how many values lie where the arguments were, or
    /// `None` as above.
    fn returned(
        &mut self,
        canon: u32,
        memories: &mut Arena<MemoryId, Memory>,
        slots: &mut [u64],
        note: u32,
    ) -> Option<u32>;

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
}

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
    /// What the owner had counted before.
    pub note: u32,
}

impl Machine {
    /// [`run`](Self::run), where calls may cross, of which the owner has counted `note` so far. Whenever code stops, it
    /// gets to know of those that have begun and not returned, in the order in which they began: their boundaries have
    /// `token` from then on. All of them, also where `known` fails; the first error comes back.
    pub fn run_across(&mut self, store: &mut Store, owner: &mut dyn Owner, token: u32, note: u32) -> Result<Stop> {
        store.state.crossings.calls.note = note;
        let stop = self.run_for(store, Some(owner));
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

    #[cold]
    fn stopped(&mut self, store: &mut Store, stop: Result<Stop>, token: u32, owner: &mut dyn Owner) -> Result<Stop> {
        let told = self.make_known(&mut store.state.crossings, token, owner);
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
        let mut first = self.frames.len();
        while left > 0 && first > 0 {
            first -= 1;
            if self.frames.get(first).is_some_and(|frame| frame.crosses().is_some()) {
                left -= 1;
            }
        }
        let mut result = Ok(());
        for at in first..self.frames.len() {
            let Some(frame) = self.frames.get_mut(at) else { break };
            let Some(id) = frame.crosses() else { continue };
            let (top, note) = (frame.base as usize, frame.note());
            let has_returned = frame.has_returned();
            *frame = Frame::boundary(token, frame.base);
            let last_argument = top.checked_sub(1).and_then(|at| self.slots.get(at)).copied().unwrap_or_default();
            let canon = crossings.funcs.get(id).map_or(u32::MAX, |crossing| crossing.canon);
            let base = Depth { frames: at, top };
            let known = owner.known(Crossed { canon, base, last_argument, has_returned, note });
            result = result.and(known);
        }
        result
    }
}
