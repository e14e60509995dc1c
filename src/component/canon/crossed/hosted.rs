//! Calls of the host's that have one string among their parameters, and else numbers: `realloc` makes room for it, and then
//! the callee runs, without leaving the dispatcher in between.

use super::passing::finish_realloc;
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::string::{LoadedString, Lowering, Request};
use crate::component::boundary;
use crate::component::canon::direct::{self, HostCall, TOKEN};
use crate::component::canon::{Options, Realloc};
use crate::error::{Bug, Result, bug};
use crate::exec::Stop;
use crate::exec::crossing::{Called, Memories};
use crate::store;

/// A string of the host's that waits for `realloc`.
pub(super) struct Hosted<'h> {
    text: &'h str,
    lowering: Lowering,
    /// Which core value its pointer is; its length follows.
    at: usize,
    /// Of the side that it goes to.
    opts: &'h Options,
}

impl Hosted<'_> {
    /// `realloc` has returned that: whether it is to be called again, or all is in the memory and these core values. An
    /// error is a trap; nothing has changed then.
    #[inline]
    fn advance(&mut self, memories: &mut Memories, slots: &mut [u64], returned: u64) -> Result<bool> {
        let memory = self.opts.memory.and_then(|memory| memories.get_mut(memory)).ok_or_else(lost)?;
        let ptr = boundary::pointer(self.opts, returned);
        let Some((ptr, length)) = self.lowering.allocated(ptr, self.text.as_bytes(), memory.bytes_mut())? else {
            return Ok(true);
        };
        let place = slots.get_mut(self.at..).and_then(|slots| slots.first_chunk_mut());
        *place.ok_or_else(lost)? = [ptr, length];
        Ok(false)
    }

    /// The same for the dispatcher. `None` if that has to stop.
    #[inline]
    pub fn allocated(&mut self, memories: &mut Memories, slots: &mut [u64], returned: u64) -> Option<Called> {
        if self.advance(memories, slots, returned).ok()? {
            *slots.last_chunk_mut()? = self.lowering.request.args();
            return Some(Called::Realloc(0));
        }
        Some(Called::Callee(0))
    }
}

#[cold]
fn lost() -> Bug {
    bug!("a string on its way to nobody")
}

/// Calls a function with these core values, among which the pointer and the length of that text are missing so far: its
/// pointer is the one at `at`. Runs until something is needed.
pub fn call(cx: &mut Cx<'_>, call: &HostCall<'_>, args: &mut FlatOut, (at, text): (usize, &str)) -> Result<Stop> {
    let HostCall { callee, side, .. } = call;
    cx.charge_copy(text.len() as u64);
    let lowering = Lowering::new(LoadedString::host(text)?, side.encoding(), side.utf16_tag());
    let mut hosted = Some(Hosted { text, lowering, at, opts: side.opts });
    let Some(host) = core_funcs(cx, *callee, side) else { return call_after(cx, call, args, hosted, None) };
    cx.machine.push_host_call(cx.core, TOKEN, host, (args.slots(), lowering.request.args()))?;
    let stop = super::run_with(cx, Some(host.realloc), &mut hosted);
    if hosted.is_none() { stop } else { call_after(cx, call, args, hosted, Some(stop)) }
}

/// The same where `realloc` cannot run there, or has stopped before it returned, or with what is wrong.
#[cold]
fn call_after(
    cx: &mut Cx<'_>,
    HostCall { callee, side, .. }: &HostCall<'_>,
    args: &mut FlatOut,
    hosted: Option<Hosted<'_>>,
    stop: Option<Result<Stop>>,
) -> Result<Stop> {
    let mut hosted = hosted.ok_or_else(lost)?;
    let mut returned = None;
    if let Some(stop) = stop {
        let base = cx.live.directs.last().ok_or_else(lost)?.base;
        returned = Some(finish_realloc(cx, side, stop)?);
        cx.machine.unwind_to(base);
    }
    loop {
        let returned = match returned.take() {
            Some(returned) => returned,
            None => {
                let Request { old, old_size, align, new_size } = hosted.lowering.request;
                cx.reallocate(side, old, old_size, align.into(), new_size)?
            }
        };
        if !hosted.advance(&mut cx.core.state.memories, args.slots_mut(), returned)? {
            direct::push_call(cx, *callee, args.slots())?;
            return super::run(cx);
        }
    }
}

/// What the dispatcher is to run, if it can.
#[inline]
fn core_funcs(cx: &Cx<'_>, callee: store::FuncId, side: &Side<'_>) -> Option<store::HostCall> {
    match side.opts.realloc {
        Realloc::Func(realloc) => {
            Some(store::HostCall { realloc: super::may_run(cx, realloc)?, callee: super::may_run(cx, callee)? })
        }
        _ => None,
    }
}
