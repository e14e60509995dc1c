//! Where the store waits for the host: what runs next when no thread does, one step of all that
//! can run, and calls as Rust futures.

use super::ComponentState;
use super::call::Status;
use super::event_loop::{self, is_handed_on};
use super::run::{self, Outcome, Paused, cx, cx_and_calls};
use super::task::poll_tasks;
use crate::api::Progress;
use crate::api::store::{AsContext, AsContextMut, Store, StoreContextMut};
use crate::component::canon::lift;
use crate::component::flow::Flow;
use crate::component::host_call;
use crate::component::run::tick;
use crate::component::state::host_call::Pending;
use crate::component::state::leftover::Leftover;
use crate::component::state::{CallNumber, TaskId};
use crate::component::waiting::{self, Waiting};
use crate::error::{Error, ErrorKind, Misuse, Result, Trap, bug};
use crate::exec::Machine;
use crate::support::Vec;
use core::future::poll_fn;
use core::task::{Context, Poll, Waker};

/// How often threads are resumed before functions of the host that are not ready are asked again:
/// guests that only yield may be waiting for one.
const TICKS: u32 = 1024;

/// How many threads may still be resumed before the host's turn.
pub(super) struct Turns(u32);

impl Turns {
    pub(super) const fn new() -> Self {
        Self(TICKS)
    }
}

/// What runs next.
pub(super) enum Next {
    Flow(Flow),
    /// Nothing before a function of the host is ready.
    Waiting,
    /// Nothing.
    Nothing,
}

/// What runs next where no thread does: a call that was started, a thread that is ready, what
/// waited for a function of the host.
pub(super) fn next<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine, turns: &mut Turns) -> Result<Next> {
    store.state().component.steps += 1;
    if let Some(flow) = begin_next(store, machine)? {
        return Ok(Next::Flow(flow));
    }
    turns.0 = turns.0.saturating_sub(1);
    if turns.0 == 0 && has_pending(store) {
        *turns = Turns::new();
        store.state().component.state.live.turn += 1;
        if poll_host(store, machine)? || poll_tasks(store, machine)? {
            return Ok(Next::Flow(Flow::Run));
        }
        if let Some(waker) = &store.state().component.waker {
            // Whatever makes them ready may need the executor.
            waker.wake_by_ref();
            return Ok(Next::Waiting);
        }
    }
    if let Some(flow) = tick(&mut cx(store.state(), machine))? {
        return Ok(Next::Flow(flow));
    }
    if poll_host(store, machine)? || poll_tasks(store, machine)? {
        return Ok(Next::Flow(Flow::Run));
    }
    store.state().component.steps -= 1;
    Ok(if has_pending(store) { Next::Waiting } else { Next::Nothing })
}

fn has_pending<T>(store: &mut StoreContextMut<'_, T>) -> bool {
    !store.inner.state.component.state.live.pending.is_empty() || !store.inner.tasks.is_empty()
}

/// Begins the first call that was started and may begin.
fn begin_next<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Result<Option<Flow>> {
    let (mut cx, calls) = cx_and_calls(store.state(), machine);
    if cx.live.scope.floor > 0 {
        return Ok(None);
    }
    let (live, linked) = (&*cx.live, cx.linked);
    let next = calls.next_to_begin(|func| {
        let inst = linked.func(func).and_then(|func| live.instance(func.inst));
        inst.is_ok_and(|inst| !inst.paused)
    });
    let Some((number, func)) = next else { return Ok(None) };
    if is_handed_on(&cx, func)? {
        call_handed(store, machine, number)?;
        return Ok(Some(Flow::Run));
    }
    let begun = lift::begin(&mut cx, func, number);
    let call = calls.get(number).ok_or_else(|| bug!("a call that begins is gone"))?;
    match begun {
        Ok((task, flow)) => {
            call.status = Status::Running(task);
            Ok(Some(flow))
        }
        Err(error) if cx.live.active.len() == cx.live.scope.floor => {
            calls.end(number, cx.live, Err(error))?;
            Ok(Some(Flow::Run))
        }
        Err(error) => Err(error),
    }
}

/// Calls a function of the host that a component has handed on.
fn call_handed<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine, number: CallNumber) -> Result<()> {
    let call = store.state().component.calls.get(number);
    let Some((func, mut body)) = call.and_then(|call| Some((call.func, call.body.take()?))) else { return Ok(()) };
    let done = event_loop::call_handed(store, machine, func, &mut *body);
    let ComponentState { state, calls, .. } = &mut store.state().component;
    if let Some(call) = calls.get(number) {
        call.body = Some(body);
    }
    match done {
        Ok(Some(task)) => {
            state.live.task(task)?.root = Some(number);
            match calls.get(number) {
                Some(call) => call.status = Status::Running(task),
                // Its own function has forgotten it.
                None => state.live.forget_call(task)?,
            }
            Ok(())
        }
        Ok(None) => calls.end(number, &mut state.live, Ok(())),
        Err(error) => calls.end(number, &mut state.live, Err(error)),
    }
}

/// A function of the host is ready that a component has handed on: a call that was started ends.
fn end_started<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine, task: TaskId) -> Result<()> {
    let ComponentState { state, calls, .. } = &mut store.state().component;
    if !host_call::is_handed(&state.live, task) {
        return Ok(());
    }
    let Some(number) = state.live.task(task)?.root else { return Ok(()) };
    let Some(call) = calls.get(number) else { return Ok(()) };
    // The task ends with the result, which is lifted here.
    call.status = Status::New;
    let Some(mut body) = call.body.take() else { return Ok(()) };
    let done = event_loop::end_handed(store, machine, task, &mut *body);
    let ComponentState { state, calls, .. } = &mut store.state().component;
    if let Some(call) = calls.get(number) {
        call.body = Some(body);
    }
    calls.end(number, &mut state.live, done)
}

/// Asks functions of the host; whether one is ready.
fn poll_host<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Result<bool> {
    let component = &mut store.state().component;
    let waker = component.waker.as_ref().unwrap_or(Waker::noop());
    let Some((id, done)) = component.state.live.poll_pending(&mut Context::from_waker(waker)) else {
        return Ok(false);
    };
    let pending = component.state.live.take_pending(id)?;
    finish_pending(store, machine, pending, done)?;
    Ok(true)
}

/// Asks the function of the host that everything waits for, if there is one; `false` if it is not
/// ready.
pub(super) fn unstall<T>(store: &mut StoreContextMut<'_, T>, machine: &mut Machine) -> Result<bool> {
    let component = &mut store.state().component;
    let live = &mut component.state.live;
    let Some(stalled) = live.scope.stalled else { return Ok(true) };
    let id = live.task(stalled)?.pending.ok_or_else(|| bug!("nothing of the host's is waited for"))?;
    let pending = live.pending.get_mut(id).ok_or_else(|| bug!("a future of the host's is gone"))?;
    pending.polled = live.turn;
    let waker = component.waker.as_ref().unwrap_or(Waker::noop());
    match pending.future.poll(&mut Context::from_waker(waker)) {
        Poll::Pending => Ok(false),
        Poll::Ready(done) => {
            let pending = component.state.live.take_pending(id)?;
            finish_pending(store, machine, pending, done)?;
            Ok(true)
        }
    }
}

/// A function of the host is ready, or has failed: then the instance that called it is locked
/// down.
fn finish_pending<T>(
    store: &mut StoreContextMut<'_, T>,
    machine: &mut Machine,
    mut pending: Pending,
    done: Result<()>,
) -> Result<()> {
    let task = pending.task;
    let (mut cx, calls) = cx_and_calls(store.state(), machine);
    let done = done.and_then(|()| host_call::ready(&mut cx, task, &mut *pending.future));
    let Err(error) = done else { return end_started(store, machine, task) };
    let entry = cx.live.task(task)?;
    let (root, inst) = (entry.root, entry.caller.instance());
    if cx.live.active.len() > cx.live.scope.floor {
        // The caller is among what runs.
        cx.live.release(task)?;
        return Err(error);
    }
    cx.live.poison(cx.linked, task);
    if let Some(inst) = inst {
        cx.live.poison_instance(inst);
    }
    cx.live.release(task)?;
    cx.live.poison_active(cx.linked);
    let lost = match root {
        Some(root) => calls.end(root, cx.live, Err(error)),
        None => Err(error),
    };
    calls.end_poisoned(cx.live);
    lost
}

/// The error where nothing can run any more: who waits for what. A thread that waited longest
/// tells where.
#[cold]
pub(super) fn deadlock<T>(store: &mut StoreContextMut<'_, T>) -> Error {
    let state = store.state();
    let error = Error::from(Trap::Deadlock);
    let Ok(mut all) = waiting::waiting(&state.component.state, &state.core) else { return error };
    let error = error.with_message(format_args!("{}", waiting::Listing(&all)));
    let backtrace = all.iter_mut().map(|one| core::mem::take(&mut one.backtrace)).find(|frames| !frames.is_empty());
    error.with_backtrace(backtrace.unwrap_or_default())
}

/// How a step of [`Store::poll`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Every call that was started has ended, and nothing is left to do.
    Done,
    /// There is no fuel left.
    OutOfFuel,
    /// Nothing can run before the host does something: the waker of the step is woken when a
    /// function of the host may be ready.
    Blocked,
}

impl<T> Store<T> {
    /// Runs whatever can run of the calls that were [started](super::Func::start), with at most
    /// `fuel` of the store's fuel; `u64::MAX` is all of it.
    ///
    /// It needs no executor: a board calls it from its one loop. An error is one that belongs to no
    /// call that was started.
    ///
    /// ```
    /// use core::task::{Context, Waker};
    /// use windlass::component::{Component, Linker, Step};
    /// use windlass::{Config, Engine, Store};
    ///
    /// # const WAT: &str = r#"(component
    /// #   (core module $M (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
    /// #   (core instance $m (instantiate $M))
    /// #   (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $m "twice"))))"#;
    /// # let bytes = wat::parse_str(WAT).unwrap();
    /// let engine = Engine::new(Config::new().consume_fuel(true));
    /// let component = Component::new(&engine, bytes)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    /// let twice = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "twice")?;
    ///
    /// let first = twice.start(&mut store, (4,))?;
    /// let second = twice.start(&mut store, (5,))?;
    /// store.set_fuel(1000)?;
    /// let mut cx = Context::from_waker(Waker::noop());
    /// while store.poll(&mut cx, 2)? != Step::Done {
    ///     // Something else.
    /// }
    /// assert_eq!(first.take(&mut store)?.unwrap(), (8,));
    /// assert_eq!(second.take(&mut store)?.unwrap(), (10,));
    /// # Ok::<(), windlass::Error>(())
    /// ```
    pub fn poll(&mut self, cx: &mut Context<'_>, fuel: u64) -> Result<Step> {
        self.as_context_mut().poll(cx, fuel)
    }

    /// The threads of components that wait, and what for: where [`poll`](Self::poll) is
    /// [blocked](Step::Blocked) and nobody will wake it, they wait for each other.
    pub fn waiting(&self) -> Result<Vec<Waiting>> {
        let store = self.as_context();
        let state = &store.inner.state;
        Ok(waiting::waiting(&state.component.state, &state.core)?)
    }

    /// Of tasks, threads, streams and what else there is of concurrency, what is kept though nothing leads to it:
    /// for tests. Nothing is looked for while anything runs or is paused.
    #[doc(hidden)]
    pub fn leftover(&self) -> Result<Option<Leftover>> {
        let ComponentState { state, calls, resting, .. } = &self.as_context().inner.state.component;
        let live = &state.live;
        let is_paused = live.instances.iter().any(|(_, inst)| inst.paused);
        if is_paused || resting.is_some() || !live.active.is_empty() || !live.directs.is_empty() {
            return Ok(None);
        }
        Ok(live.leftover(calls.running())?)
    }
}

impl<T> StoreContextMut<'_, T> {
    /// See [`Store::poll`].
    pub fn poll(&mut self, cx: &mut Context<'_>, fuel: u64) -> Result<Step> {
        let held = hold_back(self, fuel)?;
        let step = with_waker(self, cx, |store| match store.state().component.resting.take() {
            Some(paused) => run::resume(store, paused, event_loop::everything),
            None => run::on_machine(store, event_loop::everything),
        });
        self.state().core.state.fuel.add(held);
        let is_done = self.state().component.calls.unfinished == 0 && !has_pending(self);
        let component = &mut self.state().component;
        Ok(match step? {
            Progress::OutOfFuel(paused) => {
                component.resting = Some(paused);
                Step::OutOfFuel
            }
            Progress::Waiting(paused) => {
                component.resting = Some(paused);
                Step::Blocked
            }
            Progress::Done(()) if is_done => Step::Done,
            Progress::Done(()) => Step::Blocked,
        })
    }
}

/// Leaves `fuel` at most; returns what there was beyond.
fn hold_back<T>(store: &mut StoreContextMut<'_, T>, fuel: u64) -> Result<u64> {
    let left = &mut store.state().core.state.fuel;
    if fuel == u64::MAX {
        return Ok(0);
    }
    if !left.is_metered() {
        return Err(Misuse::NoFuel.into());
    }
    let held = u64::try_from(left.balance()).unwrap_or(0).saturating_sub(fuel);
    left.charge(held);
    Ok(held)
}

/// Does something whose functions of the host wake `cx` when they may be ready.
fn with_waker<T, R>(
    store: &mut StoreContextMut<'_, T>,
    cx: &Context<'_>,
    action: impl FnOnce(&mut StoreContextMut<'_, T>) -> R,
) -> R {
    let outer = store.state().component.waker.replace(cx.waker().clone());
    let done = action(store);
    store.state().component.waker = outer;
    done
}

/// Where something begins or goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Begin,
    Resume,
}

/// Something that waits in a Rust future: it ends with that.
struct Waits<'s, 'a, T: 'static> {
    store: &'s mut StoreContextMut<'a, T>,
    paused: Option<Paused>,
}

impl<T> Drop for Waits<'_, '_, T> {
    fn drop(&mut self) {
        if let Some(paused) = self.paused.take() {
            run::cancel(self.store, paused);
        }
    }
}

/// Does something on a machine to its end, as a Rust future. Running out of fuel is an error.
pub(super) async fn to_end<T, R>(
    store: &mut StoreContextMut<'_, T>,
    mut action: impl FnMut(&mut StoreContextMut<'_, T>, &mut Machine, At) -> Outcome<R>,
) -> Result<R> {
    let mut waits = Waits { store, paused: None };
    poll_fn(move |cx| {
        let Waits { store, paused } = &mut waits;
        let progress = with_waker(store, cx, |store| match paused.take() {
            None => run::on_machine(store, |store, machine| action(store, machine, At::Begin)),
            Some(paused) => run::resume(store, paused, |store, machine| action(store, machine, At::Resume)),
        });
        match progress {
            Err(error) => Poll::Ready(Err(error)),
            Ok(Progress::Done(result)) => Poll::Ready(Ok(result)),
            Ok(Progress::OutOfFuel(paused)) => {
                run::cancel(store, paused);
                Poll::Ready(Err(Error::new(ErrorKind::OutOfFuel)))
            }
            Ok(Progress::Waiting(waiting)) => {
                *paused = Some(waiting);
                Poll::Pending
            }
        }
    })
    .await
}
