//! Calls of the host's that need no task: see [`canon::direct`](crate::component::canon::direct).
//!
//! As long as nobody asks for a task, a call and all those that it makes are run here. Once
//! somebody does, or anything but core code is to run, all of them are ordinary calls, and the
//! loop of those goes on.

use super::call::CallBody;
use super::run;
use crate::api::store::StoreContextMut;
#[cfg(crossings)]
use crate::component::abi::context::Later;
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::boundary;
#[cfg(crossings)]
use crate::component::canon::crossed::hosted;
use crate::component::canon::direct;
use crate::component::flow::Flow;
use crate::component::state::FuncId;
use crate::error::{Result, bug};
use crate::exec::{Machine, Stop};
use crate::types::flatten::MAX_FLAT_RESULTS;

/// What has become of a call.
pub(super) enum Called {
    /// It has ended; its result was lifted.
    Ended,
    /// It is an ordinary one, which the scope waits for, and goes on so.
    GoesOn(Flow),
    /// It has not begun: it has to be an ordinary one.
    Not,
}

/// Calls a function.
#[inline]
pub(super) fn call<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    id: FuncId,
    body: &mut dyn CallBody,
) -> Result<Called> {
    let mut cx = run::cx(store.state(), machine);
    #[cfg_attr(not(feature = "heap"), allow(unused_mut))]
    let Some(mut call) = direct::begin_host(&mut cx, id)? else { return Ok(Called::Not) };
    let mut args = FlatOut::new();
    #[cfg(crossings)]
    if body.text().is_some() {
        cx.later = Later::Next;
    }
    body.lower(&mut cx, &call.side, &call.ty, &mut args)?;
    #[cfg(crossings)]
    let mut stop = match (cx.later, body.text()) {
        (Later::Waits(at), Some(text)) => hosted::call(&mut cx, &call, &mut args, (at, text)),
        _ => direct::start_host(&mut cx, &call, &args),
    };
    #[cfg(not(crossings))]
    let mut stop = direct::start_host(&mut cx, &call, &args);
    loop {
        // Looked at by parts: what was written in parts and is moved as a whole would be waited for.
        let flow = match stop {
            Ok(Stop::ReturnInto(_)) if direct::has_returned(&cx) => {
                let slot = direct::host_result(&cx, &call);
                body.lift(&mut cx, &call.side, &call.ty, MAX_FLAT_RESULTS, &mut FlatIn::new(slot.as_slice()))?;
                direct::end_host(&mut cx, &call.side, slot)?;
                Flow::Run
            }
            Ok(Stop::ReturnInto(_)) => boundary::leave(&mut cx)?,
            Ok(Stop::Call(func)) => boundary::enter(&mut cx, func)?,
            Ok(Stop::Done) => return Err(bug!("a call without boundary").into()),
            #[cfg(feature = "heap")]
            Ok(Stop::Collect) => {
                // Where calls cross there is something in it to drop.
                #[cfg_attr(not(crossings), allow(clippy::drop_non_drop))]
                drop(cx);
                store.state().collect(Some(machine));
                cx = run::cx(store.state(), machine);
                call = direct::host_call(&cx, cx.linked.func(id)?)?;
                Flow::Run
            }
            // The machine stops so again for whoever knows what to do.
            Ok(_) => {
                cx.live.identify()?;
                Flow::Run
            }
            Err(error) => return Err(error),
        };
        let Flow::Run = flow else { return Ok(Called::GoesOn(flow)) };
        if cx.live.directs.is_empty() {
            let ended = cx.live.active.len() == cx.live.scope.floor;
            return Ok(if ended { Called::Ended } else { Called::GoesOn(Flow::Run) });
        }
        stop = boundary::run(&mut cx);
    }
}
