//! The loop where no function is an async one: what was called runs until it has returned.

use super::{call_dtor, call_handed, call_host, is_handed_on};
use crate::api::component::call::CallBody;
use crate::api::component::run::{Outcome, Ran, cx};
use crate::api::store::StoreContextMut;
use crate::component::abi::context::Cx;
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::boundary;
use crate::component::canon::direct::{self, HostCall};
use crate::component::flow::Flow;
use crate::component::state::FuncId;
use crate::component::state::direct::NOBODY;
use crate::error::{Result, bug};
use crate::exec::{Machine, Stop};
use crate::types::flatten::MAX_FLAT_RESULTS;

/// Calls a function, and runs until it has its result, or has no fuel left.
#[inline(never)]
pub(in crate::api::component) fn call<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    func: FuncId,
    body: &mut dyn CallBody,
) -> Outcome<()> {
    let mut cx = cx(store.state(), machine);
    if is_handed_on(&cx, func)? {
        call_handed(store, machine, func, body)?;
        return Ok(Ran::ToEnd(()));
    }
    begin(&mut cx, func, body)?;
    run(store, machine, Some(body))
}

fn begin(cx: &mut Cx<'_>, func: FuncId, body: &mut dyn CallBody) -> Result<()> {
    let call = direct::begin_host(cx, func)?;
    let mut args = FlatOut::new();
    body.lower(cx, &call.side, &call.ty, &mut args)?;
    direct::push_call(cx, call.callee, args.slots())
}

/// Goes on with what [`call`] began.
pub(in crate::api::component) fn go_on<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    body: &mut dyn CallBody,
) -> Outcome<()> {
    run(store, machine, Some(body))
}

/// Runs what is on the machine, of which the host wants no result, until it ends or has no fuel left.
pub(in crate::api::component) fn finish<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Outcome<()> {
    run(store, machine, None)
}

fn run<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    mut body: Option<&mut dyn CallBody>,
) -> Outcome<()> {
    loop {
        let mut cx = cx(store.state(), machine);
        if cx.live.is_idle() {
            return Ok(Ran::ToEnd(()));
        }
        let flow = match boundary::run(&mut cx)? {
            Stop::Call(func) => boundary::enter(&mut cx, func)?,
            Stop::ReturnInto(_) => match (direct::returned_to_host(&cx)?, &mut body) {
                (Some(call), Some(body)) => lift(&mut cx, &call, &mut **body)?,
                _ => boundary::leave(&mut cx)?,
            },
            // No other thread of core code runs meanwhile.
            Stop::Wait => machine.stop_waiting(&mut store.state().core).map(|()| Flow::Run)?,
            Stop::OutOfFuel => return Ok(Ran::OutOfFuel),
            #[cfg(feature = "heap")]
            Stop::Collect => {
                store.state().collect(Some(machine));
                Flow::Run
            }
            Stop::Done => return Err(bug!("a call without boundary").into()),
        };
        match flow {
            Flow::Run => {}
            Flow::Host(func) => drop(call_host(store, machine, NOBODY, func)?),
            Flow::HostDtor(func) => drop(call_dtor(store, machine, func)?),
        }
    }
}

/// The function that the host waits for has returned.
fn lift(cx: &mut Cx<'_>, call: &HostCall<'_>, body: &mut dyn CallBody) -> Result<Flow> {
    let slot = direct::host_result(cx, call);
    body.lift(cx, &call.side, &call.ty, MAX_FLAT_RESULTS, &mut FlatIn::new(slot.as_slice()))?;
    direct::end_host(cx, &call.side, slot)?;
    Ok(Flow::Run)
}
