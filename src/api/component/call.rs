//! Calls of the host's: what lowers their arguments and lifts their results, and those that were
//! started without anybody waiting for them in particular.

use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
#[cfg(feature = "component-async")]
use crate::component::state::{CallId, CallNumber, FuncId, Live, TaskId};
use crate::error::Result;
#[cfg(feature = "component-async")]
use crate::error::Trap;
#[cfg(feature = "component-async")]
use crate::support::{DynBox, Pool, Queue, Vec};
use crate::types::component::FuncType;
#[cfg(feature = "component-async")]
use core::{
    any::Any,
    num::NonZeroU64,
    task::{Poll, Waker},
};

/// Lowers the arguments of a call, once, and lifts its result, at most once.
pub(crate) trait CallBody {
    /// `on_start`
    fn lower(&mut self, cx: &mut Cx<'_>, side: &Side<'_>, ty: &FuncType<'_>, out: &mut FlatOut) -> Result<()>;

    /// The only string among the arguments, if all others are numbers.
    #[cfg(crossings)]
    fn text(&self) -> Option<&str> {
        None
    }

    /// `on_resolve`, from so many flat values at most.
    fn lift(
        &mut self,
        cx: &mut Cx<'_>,
        side: &Side<'_>,
        ty: &FuncType<'_>,
        max_flat: u32,
        flat: &mut FlatIn<'_>,
    ) -> Result<()>;
}

/// What [`Box::into_array`](crate::support::Box::into_array) makes is one as well.
#[cfg(feature = "component-async")]
impl<B: CallBody> CallBody for [B; 1] {
    fn lower(&mut self, cx: &mut Cx<'_>, side: &Side<'_>, ty: &FuncType<'_>, out: &mut FlatOut) -> Result<()> {
        let [body] = self;
        body.lower(cx, side, ty, out)
    }

    fn lift(
        &mut self,
        cx: &mut Cx<'_>,
        side: &Side<'_>,
        ty: &FuncType<'_>,
        max_flat: u32,
        flat: &mut FlatIn<'_>,
    ) -> Result<()> {
        let [body] = self;
        body.lift(cx, side, ty, max_flat, flat)
    }
}

/// The same, kept by the store.
#[cfg(feature = "component-async")]
pub(super) trait StartedBody: CallBody + Send {
    /// An `Option` of the result.
    fn result(&mut self) -> &mut dyn Any;
}

/// How far a call came that was started.
#[cfg(feature = "component-async")]
pub(super) enum Status {
    /// It has not begun.
    New,
    /// It runs.
    Running(TaskId),
    /// It has its result, or has failed.
    Ended(Result<()>),
}

/// A call that was started.
#[cfg(feature = "component-async")]
pub(super) struct Call {
    number: CallNumber,
    pub(super) func: FuncId,
    /// What the host does for it, unless it is doing it.
    pub(super) body: Option<DynBox<dyn StartedBody>>,
    pub(super) status: Status,
    /// Who wants to know when it has ended.
    waker: Option<Waker>,
}

/// The calls of a store.
#[cfg(feature = "component-async")]
#[derive(Default)]
pub(super) struct Calls {
    /// How many there were.
    count: u64,
    /// Those that were started, until their results are taken.
    started: Pool<CallId, Call>,
    /// Those that have not begun, and some of which are forgotten.
    queue: Queue<CallNumber>,
    /// How many of those that were started have not ended.
    pub(super) unfinished: usize,
    /// How many of them have ended so far.
    pub(super) ended: u64,
}

#[cfg(feature = "component-async")]
impl Calls {
    /// A number for one more call, which the caller waits for.
    pub(super) fn number(&mut self) -> CallNumber {
        self.count = self.count.saturating_add(1);
        CallNumber { place: u32::MAX, serial: NonZeroU64::new(self.count).unwrap_or(NonZeroU64::MAX) }
    }

    /// Starts a call: it begins when the store runs next.
    pub(super) fn start(&mut self, func: FuncId, body: DynBox<dyn StartedBody>) -> Result<CallNumber> {
        let mut number = self.number();
        self.queue.reserve(1)?;
        let id = self.started.insert(Call { number, func, body: Some(body), status: Status::New, waker: None })?;
        number.place = id.raw();
        if let Some(call) = self.started.get_mut(id) {
            call.number = number;
        }
        self.queue.push(number)?;
        self.unfinished += 1;
        Ok(number)
    }

    /// A call that was started.
    pub(super) fn get(&mut self, number: CallNumber) -> Option<&mut Call> {
        self.started.get_mut(CallId::new(number.place)).filter(|call| call.number == number)
    }

    fn remove(&mut self, number: CallNumber) -> Option<Call> {
        self.get(number)?;
        self.started.remove(CallId::new(number.place))
    }

    /// The calls that run.
    pub(super) fn running(&self) -> impl Iterator<Item = TaskId> {
        self.started.iter().filter_map(|(_, call)| match call.status {
            Status::Running(task) => Some(task),
            _ => None,
        })
    }

    /// Takes the first of the calls that have not begun and that `may_begin`.
    pub(super) fn next_to_begin(&mut self, may_begin: impl Fn(FuncId) -> bool) -> Option<(CallNumber, FuncId)> {
        let mut at = 0;
        while let Some(number) = self.queue.get(at).copied() {
            match self.get(number).map(|call| call.func) {
                Some(func) if may_begin(func) => {
                    self.queue.remove(at);
                    return Some((number, func));
                }
                Some(_) => at += 1,
                None => {
                    self.queue.remove(at);
                }
            }
        }
        None
    }

    /// A call has ended, one way or the other; an error if nobody has started it who wants to know.
    pub(super) fn end(&mut self, number: CallNumber, live: &mut Live, done: Result<()>) -> Result<()> {
        let running = |call: &&mut Call| !matches!(call.status, Status::Ended(_));
        let Some(call) = self.get(number).filter(running) else { return done };
        let before = core::mem::replace(&mut call.status, Status::Ended(done));
        if let Some(waker) = call.waker.take() {
            waker.wake();
        }
        self.unfinished -= 1;
        self.ended += 1;
        if let Status::Running(task) = before {
            live.forget_call(task)?;
        }
        Ok(())
    }

    /// Ends calls into instances that are locked down.
    pub(super) fn end_poisoned(&mut self, live: &mut Live) {
        let lost = self.started.iter().filter_map(|(_, call)| {
            let Status::Running(task) = call.status else { return None };
            let inst = live.instances.get(live.tasks.get(task)?.inst?)?;
            inst.poisoned.then_some(call.number)
        });
        // Where there is no memory for the list, they stay unfinished.
        let lost = Vec::collect(lost).unwrap_or_default();
        for number in &lost {
            let _ = self.end(*number, live, Err(Trap::CannotEnterInstance.into()));
        }
    }

    /// Forgets a call. If it runs, it is asked to stop, and its result is discarded.
    pub(super) fn cancel(&mut self, number: CallNumber, live: &mut Live) {
        let Some(call) = self.remove(number) else { return };
        if let Status::Ended(_) = call.status {
            return;
        }
        if let Status::Running(task) = call.status {
            let _ = live.forget_call(task);
        }
        self.unfinished -= 1;
    }

    /// The result of a call that has ended; the call is forgotten then. `None` if it is not known.
    pub(super) fn take<R: 'static>(&mut self, number: CallNumber, waker: Option<&Waker>) -> Option<Poll<Result<R>>> {
        let call = self.get(number)?;
        if !matches!(call.status, Status::Ended(_)) {
            if waker.is_some() {
                call.waker = waker.cloned();
            }
            return Some(Poll::Pending);
        }
        let mut call = self.remove(number)?;
        let Status::Ended(done) = call.status else { return None };
        match done {
            Ok(()) => {
                let result = call.body.as_mut()?.result().downcast_mut::<Option<R>>();
                result.and_then(Option::take).map(|result| Poll::Ready(Ok(result)))
            }
            Err(error) => Some(Poll::Ready(Err(error))),
        }
    }
}
