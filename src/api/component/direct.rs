//! Calls of the host's that need no task: see [`canon::direct`](crate::component::canon::direct).
//!
//! As long as nobody asks for a task, a call and all those that it makes are run here. Once
//! somebody does, or anything but core code is to run, all of them are ordinary calls, and the
//! loop of those goes on.

use super::call::CallBody;
use super::run::cx;
use crate::api::store::StoreContextMut;
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::boundary;
use crate::component::canon::direct;
use crate::component::run::Flow;
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
pub(super) fn call<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    id: FuncId,
    body: &mut dyn CallBody,
) -> Result<Called> {
    let mut cx = cx(store.state(), machine);
    let Some((func, side)) = direct::begin_host(&mut cx, id)? else { return Ok(Called::Not) };
    let mut flat = FlatOut::new();
    body.lower(&mut cx, &side, side.types().func(func.ty)?, &mut flat)?;
    direct::start_host(&mut cx, func, &flat)?;
    loop {
        match step(store, machine, id, body) {
            Ok(Flow::Run) => {}
            Ok(flow) => return Ok(Called::GoesOn(flow)),
            Err(error) => return Err(error),
        }
        let live = &store.state().component.state.live;
        if live.directs.is_empty() {
            let ended = live.active.len() == live.scope.floor;
            return Ok(if ended { Called::Ended } else { Called::GoesOn(Flow::Run) });
        }
    }
}

/// Runs core code until it needs something, and does that.
fn step<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    id: FuncId,
    body: &mut dyn CallBody,
) -> Result<Flow> {
    let mut cx = cx(store.state(), machine);
    // Looked at by parts: what was written in parts and is moved as a whole would be waited for.
    let flow = match boundary::run(&mut cx) {
        Ok(Stop::ReturnInto(_)) => boundary::leave(&mut cx),
        Ok(Stop::Call(func)) => boundary::enter(&mut cx, func),
        Ok(Stop::Done) => Err(bug!("a call without boundary").into()),
        #[cfg(feature = "heap")]
        Ok(Stop::Collect) => {
            store.state().collect(Some(machine));
            return Ok(Flow::Run);
        }
        // The machine stops so again for whoever knows what to do.
        Ok(_) => cx.live.identify().map(|()| Flow::Run),
        Err(error) => Err(error),
    };
    match flow {
        Ok(Flow::DirectResult) => {}
        Ok(Flow::Run) => return Ok(Flow::Run),
        other => return other,
    }
    let func = cx.linked.func(id)?;
    let (slot, side) = direct::host_result(&cx, func)?;
    let ty = side.types().func(func.ty)?;
    body.lift(&mut cx, &side, ty, MAX_FLAT_RESULTS, &mut FlatIn::new(slot.as_slice()))?;
    direct::end_host(&mut cx, &side, slot)
}
