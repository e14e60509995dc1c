//! Strings and lists of bytes that go along with calls that cross (`CanonicalABI.md`, `store_string_into_range`,
//! `store_list_into_range`): each waits while the `realloc` of the side that it goes to makes room for it.
//!
//! All of them are looked at before the first one is copied. From then on nothing can be wrong but what `realloc` does.
//! Values are walked over once for each, since what lies between them is written in its turn.

use crate::component::abi::context::{self, Cx, Failure, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::string::{self, load_string_from_range};
use crate::component::abi::transfer::MaxFlat;
use crate::component::boundary;
use crate::component::canon::direct::{self, TOKEN};
use crate::component::canon::lower::{cross_params, cross_result};
use crate::component::canon::{CanonFunc, Lower, Options};
use crate::component::flow::Flow;
use crate::component::state::{Func, FuncKind};
use crate::error::{Bug, Error, Result, Trap, bug};
use crate::exec::Stop;
use crate::exec::crossing::{self, Called, Found, Handle, Memories};
use crate::store::State;
use crate::syntax::AddrType;
use crate::syntax::canon::StringEncoding;
use crate::types::ComponentTypes;
use crate::types::component::ValType;
use crate::types::flatten::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// `utf16_tag` of narrow pointers.
const TAG: u64 = 1 << 31;
/// Core values of a call at most: the caller's, and those that the callee gets.
const MOST_SLOTS: usize = 2 * MAX_FLAT_PARAMS as usize + 1;

/// What there is to know of a call.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub canon: &'a CanonFunc,
    pub lower: &'a Lower,
    pub func: &'a Func,
    /// The callee's options, and its types.
    pub opts: &'a Options,
    pub types: &'a ComponentTypes,
}

/// The string or list of a call that is on its way.
#[derive(Clone, Copy)]
pub(super) struct Passing {
    /// Whether it is the result's.
    pub is_result: bool,
    /// How many have crossed before it.
    done: u32,
    /// Whether anything comes behind it.
    is_more: bool,
    lowering: string::Lowering,
    /// Where its pointer and its length go: which core values, or an address.
    at: usize,
}

/// What is found among values on their way: the handle, and the first string or list that has not crossed yet.
struct Parts<'p, 'a> {
    call: &'p Call<'a>,
    is_result: bool,
    /// The memory that they are in.
    memory: &'p [u8],
    /// How strings lie there, and where they go.
    encodings: (StringEncoding, StringEncoding),
    done: u32,
    found: u32,
    handle: Option<Handle>,
    passing: &'p mut Option<Passing>,
}

impl Found for Parts<'_, '_> {
    fn handle(&mut self, handle: Handle) {
        self.handle = Some(handle);
    }

    fn pair(&mut self, elem: Option<ValType>, (ptr, length): (u32, u32), at: usize) -> Option<()> {
        let index = self.found;
        self.found += 1;
        if index < self.done {
            return Some(());
        }
        if index > self.done {
            self.note_more();
            if self.done > 0 {
                // The first time all of them were looked at.
                return Some(());
            }
        }
        let lowering = match elem {
            None => {
                let (from, to) = self.encodings;
                let loaded = load_string_from_range(self.memory, from, TAG, ptr.into(), length.into()).ok()?;
                string::Lowering::new(loaded, to, TAG)
            }
            Some(elem) => {
                let layout = self.call.types.layout(elem, AddrType::I32);
                let bytes = context::check_list(self.memory, ptr.into(), length.into(), layout).ok()?;
                string::Lowering::list(ptr.into(), length, bytes, layout.align)
            }
        };
        if index == self.done {
            let Self { is_result, done, .. } = *self;
            *self.passing = Some(Passing { is_result, done, is_more: false, lowering, at });
        }
        Some(())
    }

    fn is_written(&mut self) -> bool {
        if !self.is_result {
            // Nobody sees core values before all of them are there.
            return self.done == 0;
        }
        if self.found > self.done {
            self.note_more();
        }
        self.found == self.done
    }
}

impl Parts<'_, '_> {
    fn note_more(&mut self) {
        if let Some(passing) = self.passing {
            passing.is_more = true;
        }
    }
}

#[cold]
fn lost() -> Bug {
    bug!("values on their way to nobody")
}

impl Call<'_> {
    /// The parameters behind the first `done` strings and lists go from the first of these slots to the others, up to
    /// the next one.
    pub fn params(
        &self,
        done: u32,
        memories: &Memories,
        slots: &mut [u64],
        passing: &mut Option<Passing>,
    ) -> Option<Option<Handle>> {
        let (from, to) = slots.split_at_mut_checked(self.canon.params as usize)?;
        let memory = match self.lower.opts.memory {
            Some(memory) => memories.get(memory)?.bytes(),
            None => &[],
        };
        let encodings = (self.lower.opts.string_encoding, self.opts.string_encoding);
        let mut parts =
            Parts { call: self, is_result: false, memory, encodings, done, found: 0, handle: None, passing };
        crossing::params(self.types, self.func.ty, from, to, &mut parts)?;
        Some(parts.handle)
    }

    /// The same for a result in memory. The handle in it comes back with its address.
    pub fn result(
        &self,
        done: u32,
        memories: &mut Memories,
        slots: &[u64],
        passing: &mut Option<Passing>,
    ) -> Option<Option<(Handle, usize)>> {
        let (args, results) = slots.split_at_checked(self.canon.params as usize)?;
        let (slot, target) = (*results.first()?, *args.last()?);
        let (from, to) = memories.get_two_mut(self.opts.memory?, self.lower.opts.memory?)?;
        let encodings = (self.opts.string_encoding, self.lower.opts.string_encoding);
        let (from, to) = (from.bytes(), to.bytes_mut());
        let mut parts =
            Parts { call: self, is_result: true, memory: from, encodings, done, found: 0, handle: None, passing };
        let end = crossing::result_in_memory(self.types, self.func.ty, (from, slot), (to, target), &mut parts)?;
        if let Some(passing) = parts.passing {
            passing.at = end.checked_sub(passing.at)?;
        }
        let handle = parts.handle;
        Some(handle.map(|handle| (handle, end - handle.at)))
    }
}

impl Passing {
    /// The call of `realloc` that is to be made: its arguments go to the last of these slots.
    pub fn asks(&self, slots: &mut [u64]) -> Option<Called> {
        *slots.last_chunk_mut()? = self.lowering.request.args();
        Some(Called::Realloc(self.bytes()))
    }

    /// What is copied: it is charged for once, when the first call of `realloc` is made.
    fn bytes(&self) -> u32 {
        if self.lowering.request.old_size == 0 { self.lowering.bytes() } else { 0 }
    }

    /// `realloc` has returned that: whether it is to be called again, or all has crossed. An error is a trap; nothing
    /// has changed then.
    #[inline(always)]
    pub fn advance(
        &mut self,
        call: &Call<'_>,
        memories: &mut Memories,
        slots: &mut [u64],
        returned: u64,
    ) -> Result<bool> {
        let Call { canon, lower, opts, .. } = *call;
        let (from, to) = if self.is_result { (opts, &lower.opts) } else { (&lower.opts, opts) };
        let (Some(from), Some(to)) = (from.memory, to.memory) else { return Err(lost().into()) };
        let (from, to) = memories.get_two_mut(from, to).ok_or_else(lost)?;
        let to = to.bytes_mut();
        let Some((ptr, length)) = self.lowering.allocated(u64::from(returned as u32), from.bytes(), to)? else {
            return Ok(true);
        };
        let (ptr, length) = (ptr as u32, length as u32);
        if self.is_result {
            let place = to.get_mut(self.at..).and_then(|to| to.first_chunk_mut()).ok_or_else(lost)?;
            *place = (u64::from(ptr) | u64::from(length) << 32).to_le_bytes();
        } else {
            let place = slots.get_mut(canon.params as usize + self.at..).and_then(|slots| slots.first_chunk_mut());
            *place.ok_or_else(lost)? = [ptr.into(), length.into()];
        }
        if self.is_more { self.find_next(call, memories, slots) } else { Ok(false) }
    }

    #[inline(never)]
    fn find_next(&mut self, call: &Call<'_>, memories: &mut Memories, slots: &mut [u64]) -> Result<bool> {
        let (done, mut next) = (self.done + 1, None);
        let walked = match self.is_result {
            true => call.result(done, memories, slots, &mut next).is_some(),
            false => call.params(done, memories, slots, &mut next).is_some(),
        };
        match next {
            _ if !walked => Err(lost().into()),
            Some(next) => {
                *self = next;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

/// Code has stopped while `realloc` ran for that value, whose call is in the books by now: goes on until all values have
/// crossed, as calls do that do not.
#[cold]
pub(super) fn go_on<'a>(cx: &mut Cx<'a>, (call, mut passing): (Call<'a>, Passing), stop: Result<Stop>) -> Result<()> {
    let is_result = passing.is_result;
    let Call { canon, lower, func, opts, types } = call;
    let (caller, callee) = direct::sides(cx, canon, lower, func)?;
    let (from, to) = if is_result { (callee, caller) } else { (caller, callee) };
    let base = cx.live.directs.last().ok_or_else(lost)?.base;
    let args = canon.params as usize;
    let own = if is_result { 1 } else { flat_params(types, func)? };
    let mut slots = [0; MOST_SLOTS];
    let slots = slots.get_mut(..args + own).ok_or_else(lost)?;
    slots.copy_from_slice(cx.machine.around(base, args, own).ok_or_else(lost)?);
    let mut returned = finish_realloc(cx, &to, stop);
    loop {
        let before = passing;
        let next = match returned {
            Ok(returned) => passing.advance(&call, &mut cx.core.state.memories, slots, returned),
            Err(error) => Err(error),
        };
        match next {
            Ok(false) => break,
            Ok(true) => {
                cx.machine.unwind_to(base);
                cx.charge_copy(passing.bytes().into());
                let string::Request { old, old_size, align, new_size } = passing.lowering.request;
                returned = cx.reallocate(&to, old, old_size, align.into(), new_size);
            }
            Err(error) => return Err(explain(cx, (&call, before), slots, error)),
        }
    }
    cx.machine.unwind_to(base);
    let (_, own) = slots.split_at_checked(args).ok_or_else(lost)?;
    let flow = if is_result {
        cx.machine.push(&cx.core.state.quota.limits, own)?;
        direct::result_crossed(cx, (canon, lower), &from, own.first().copied(), None)?
    } else {
        let FuncKind::Lifted { callee, .. } = func.kind else { return Err(lost().into()) };
        debug_assert_eq!(opts.callback, None);
        direct::push_call(cx, callee, own)?;
        Flow::Run
    };
    match flow {
        Flow::Run => Ok(()),
        _ => Err(bug!("a synchronous call has not gone on").into()),
    }
}

fn flat_params(types: &ComponentTypes, func: &Func) -> Result<usize> {
    let params = types.func(func.ty)?.params.iter();
    Ok(params.map(|param| types.layout(param.ty, AddrType::I32).flat.count() as usize).sum())
}

/// `realloc` runs to its end: see [`Cx::reallocate`].
pub(super) fn finish_realloc(cx: &mut Cx<'_>, to: &Side<'_>, stop: Result<Stop>) -> Result<u64> {
    let ended = run_realloc(cx, to, stop);
    let State { crossings, fuel, .. } = &mut cx.core.state;
    if let Some(inner) = crossings.calls.inner.take() {
        inner.end(fuel);
    }
    ended?;
    cx.live.set_may_leave(to.inst, true)?;
    let returned = cx.machine.args(1).first().copied().unwrap_or_default();
    direct::end_realloc(cx)?;
    Ok(boundary::pointer(to.opts, returned))
}

fn run_realloc(cx: &mut Cx<'_>, to: &Side<'_>, stop: Result<Stop>) -> Result<()> {
    direct::begin_realloc(cx, to.inst)?;
    cx.live.set_may_leave(to.inst, false)?;
    let Cx { linked, core, live, machine, .. } = cx;
    #[cfg(feature = "heap")]
    let held = core.state.heap.hold(false);
    let ended = machine.finish_nested(core, stop, (TOKEN, Trap::ReallocFuel), &mut |machine, core, func| {
        boundary::enter_inside(&mut Cx::new(linked, core, live, machine, 0), func)
    });
    #[cfg(feature = "heap")]
    core.state.heap.hold(held);
    ended
}

/// The error of that value, with the way to it.
#[cold]
fn explain(cx: &mut Cx<'_>, (call, passing): (&Call<'_>, Passing), slots: &[u64], error: Error) -> Error {
    cx.failure = Some(Failure { left: passing.done, error: Some(error) });
    let walked = walk_to_failure(cx, call, passing.is_result, slots);
    match (walked, cx.failure.take().and_then(|failure| failure.error)) {
        (_, Some(error)) | (Err(error), None) => error,
        (Ok(()), None) => lost().into(),
    }
}

fn walk_to_failure(cx: &mut Cx<'_>, call: &Call<'_>, is_result: bool, slots: &[u64]) -> Result<()> {
    let Call { canon, lower, func, .. } = *call;
    let (caller, callee) = direct::sides(cx, canon, lower, func)?;
    let (from_ty, to_ty) = (caller.types().func(lower.ty)?, callee.types().func(func.ty)?);
    let (args, results) = slots.split_at_checked(canon.params as usize).ok_or_else(lost)?;
    let mut out = FlatOut::new();
    if is_result {
        let max = MaxFlat { from: MAX_FLAT_RESULTS, to: lower.max_flat_results() };
        let target = boundary::pointer(&lower.opts, args.last().copied().unwrap_or_default());
        let types = (to_ty.result, from_ty.result);
        return cross_result(cx, (callee, caller), types, max, FlatIn::new(results), target, &mut out);
    }
    let max = MaxFlat { from: lower.max_flat_params(), to: MAX_FLAT_PARAMS };
    cross_params(cx, (caller, callee), (from_ty.params, to_ty.params), max, FlatIn::new(args), &mut out)
}
