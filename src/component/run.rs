//! Which thread runs, and when (`CanonicalABI.md`, Stack Switching; Threads; Embedding API).
//!
//! All threads that run are on one machine, each above the one that resumed it:
//! [`Live::active`](super::state::Live::active) says where one ends and the next begins. A call
//! into a component is such a step, and stays a plain push of frames as long as nothing blocks.
//! Where a thread blocks, its frames are split off; where one is resumed, they are put back on
//! top. So nothing here recurses: what is left to do when a thread has blocked or ended is an
//! [`After`], what is left to do when it is resumed is a [`Then`](super::state::thread::Then).
//!
//! Where several threads are ready, the one that has waited longest runs; a seeded
//! [`Choice`](crate::support::choice::Choice) takes any of them. Whether a thread blocks that need
//! not is open, too: a `waitable-set.wait` whose event is there goes on at once, as the suite
//! expects; a yield lets others run, and so does a callback, since it has returned. With a seed
//! each may do the other.

use super::abi::context::Cx;
use super::canon::lift;
use super::flow::Flow;
use super::state::{Active, After, ComponentInstanceId, Live, TaskId, ThreadId, thread};
use crate::error::{Result, bug};

/// Goes on until core code can run or the host is needed, or until all threads have blocked or
/// ended that belong to the current [`Scope`](super::state::Scope).
#[inline]
pub fn proceed(cx: &mut Cx<'_>, flow: Flow) -> Result<Flow> {
    if let Flow::Run = flow { Ok(flow) } else { go_through(cx, flow) }
}

fn go_through(cx: &mut Cx<'_>, mut flow: Flow) -> Result<Flow> {
    loop {
        flow = match flow {
            Flow::Ended => {
                let ended = cx.live.active.pop().ok_or_else(|| bug!("a thread ends that did not run"))?;
                debug_assert_eq!(cx.machine.depth(), ended.base);
                after(cx, ended)?
            }
            Flow::Switch(thread) => {
                let active = cx.live.active.last_mut().ok_or_else(|| bug!("nothing runs"))?;
                active.thread = thread;
                switch_to(cx, thread)?
            }
            flow => return Ok(flow),
        };
    }
}

/// What resumed a thread goes on: it has blocked or ended.
fn after(cx: &mut Cx<'_>, ended: Active) -> Result<Flow> {
    match ended.after {
        After::Lift(task) => lift::resumed(cx, task),
        After::Cancel(task, mode) => super::canon::subtask::requested(cx, task, mode),
        After::Tick => Ok(Flow::Run),
    }
}

/// `Store.tick`: resumes a thread that is ready; `None` if there is none.
pub fn tick(cx: &mut Cx<'_>) -> Result<Option<Flow>> {
    match pick(cx.live, None)? {
        Some(thread) => {
            let flow = resume(cx, thread, After::Tick)?;
            proceed(cx, flow).map(Some)
        }
        None => Ok(None),
    }
}

/// Resumes a thread above the current one.
pub fn resume(cx: &mut Cx<'_>, thread: ThreadId, after: After) -> Result<Flow> {
    cx.live.identify()?;
    cx.live.active.push(Active { thread, base: cx.machine.depth(), after })?;
    Ok(Flow::Switch(thread))
}

/// The ready thread that runs next: of all, or of those in the table of one instance.
pub fn pick(live: &mut Live, inst: Option<ComponentInstanceId>) -> Result<Option<ThreadId>> {
    use crate::support::choice::Choice;
    if inst.is_none() && matches!(live.choice, Choice::First) {
        return live.next_ready();
    }
    let mut choice = core::mem::take(&mut live.choice);
    let mut picked = None;
    let mut count = 0;
    let mut consider = |id: ThreadId| {
        if !live.is_ready(id) {
            return;
        }
        count += 1;
        let better = match &mut choice {
            Choice::First => picked.is_none_or(|picked| live.waiting_since(id) < live.waiting_since(picked)),
            // Of those that came so far, each is kept with the same probability.
            choice @ Choice::Seeded(_) => choice.pick(count) == 0,
        };
        if better {
            picked = Some(id);
        }
    };
    match inst {
        Some(inst) => live.instance(inst)?.threads.iter().for_each(|(_, id)| consider(*id)),
        None => {
            let threads = live.threads.iter().filter(|(_, thread)| !live.waits_for_host(thread.task));
            threads.for_each(|(id, _)| consider(id));
        }
    }
    live.choice = choice;
    Ok(picked)
}

/// `Thread.wait_until`: the current thread blocks until it is ready, then goes on with `then`.
pub fn wait_until(cx: &mut Cx<'_>, ready: thread::Ready, then: thread::Then) -> Result<Flow> {
    let task = cx.live.current_task()?;
    if cx.live.is_met(ready, task) {
        let blocks_first = !matches!(ready, thread::Ready::Event(_));
        if (cx.live.choice.pick(2) == 0) != blocks_first {
            return go_on(cx, then);
        }
    }
    block(cx, Some(ready), then)
}

/// `Thread.suspend`, `start_waiting` and `block`: splits the current thread off.
pub fn block(cx: &mut Cx<'_>, ready: Option<thread::Ready>, then: thread::Then) -> Result<Flow> {
    cx.live.identify()?;
    let Active { thread, base, .. } = *cx.live.active.last().ok_or_else(|| bug!("nothing runs"))?;
    let machine = split_off(cx, base)?;
    cx.live.waits += 1;
    let since = cx.live.waits;
    cx.live.thread_mut(thread)?.blocked = Some(thread::Blocked { machine, then, ready, since, woken: false });
    if let Some(ready) = ready {
        cx.live.register(thread, ready, since)?;
    }
    Ok(Flow::Ended)
}

/// The frames above `base`, if there are any, in the spare machine where there is one.
fn split_off(cx: &mut Cx<'_>, base: crate::exec::Depth) -> Result<Option<crate::support::Box<crate::exec::Machine>>> {
    if cx.machine.depth() == base {
        return Ok(None);
    }
    let mut machine = match cx.live.spare.take() {
        Some(spare) => spare,
        None => crate::support::Box::new(crate::exec::Machine::new())?,
    };
    cx.machine.split_off(base, &mut machine)?;
    Ok(Some(machine))
}

/// `Thread.resume`: puts a blocked thread on top of the machine.
fn switch_to(cx: &mut Cx<'_>, thread: ThreadId) -> Result<Flow> {
    let blocked = cx.live.thread_mut(thread)?.blocked.take();
    let blocked = blocked.ok_or_else(|| bug!("a running thread is resumed"))?;
    if let Some(ready) = blocked.ready {
        cx.live.unregister(thread, ready);
    }
    if let Some(machine) = blocked.machine {
        cx.machine.append(&*cx.core, &machine)?;
        cx.live.spare = Some(machine);
    }
    go_on(cx, blocked.then)
}

/// The current thread was resumed.
fn go_on(cx: &mut Cx<'_>, then: thread::Then) -> Result<Flow> {
    use super::canon::{callback, progress, stream, subtask, waitable_set};
    use thread::Then;
    match then {
        Then::Enter => lift::enter_again(cx),
        Then::Begin { func, context } => {
            let thread = cx.live.current()?;
            super::boundary::push_call(cx, thread, func, &[context])?;
            Ok(Flow::Run)
        }
        Then::ReturnZero => return_from_builtin(cx, &[0]),
        Then::Wait { set, memory, ptr } => waitable_set::waited(cx, set, memory, ptr),
        Then::Lower(task) => progress::finish_sync(cx, task),
        Then::SubtaskCancel(task) => subtask::cancelled(cx, task),
        Then::Copy(end) => stream::copied(cx, end),
        Then::CallbackYield => callback::yielded_from_callback(cx),
        Then::CallbackWait(set) => callback::waited_from_callback(cx, set),
    }
}

/// Returns from a built-in that blocked, whose arguments were taken off before.
pub fn return_from_builtin(cx: &mut Cx<'_>, results: &[u64]) -> Result<Flow> {
    cx.machine.push(&cx.core.state.quota.limits, results)?;
    Ok(Flow::Run)
}

impl Live {
    /// `Thread.ready`. A thread of an instance that is locked down or paused never is.
    pub fn is_ready(&self, id: ThreadId) -> bool {
        let Some(thread) = self.threads.get(id) else { return false };
        let Some(ready) = thread.blocked.as_ref().and_then(|blocked| blocked.ready) else { return false };
        let inst = self.tasks.get(thread.task).and_then(|task| task.inst);
        let inst = inst.and_then(|inst| self.instances.get(inst));
        inst.is_some_and(|inst| !inst.poisoned && !inst.paused) && self.is_met(ready, thread.task)
    }

    /// Whether the instance of a task has called the host and waits for it: until the host returns,
    /// none of its other threads runs, whatever calls the host makes meanwhile.
    pub fn waits_for_host(&self, task: TaskId) -> bool {
        let inst_of = |task: TaskId| self.tasks.get(task).and_then(|task| task.inst);
        let inst = inst_of(task);
        let outer = self.active.get(..self.scope.floor).unwrap_or_default();
        outer.iter().any(|active| {
            let thread = self.threads.get(active.thread);
            thread.is_some_and(|thread| inst_of(thread.task) == inst)
        })
    }

    fn waiting_since(&self, id: ThreadId) -> u64 {
        let blocked = self.threads.get(id).and_then(|thread| thread.blocked.as_ref());
        blocked.map_or(u64::MAX, |blocked| blocked.since)
    }

    /// `ready_func()` of a thread of that task.
    pub fn is_met(&self, ready: thread::Ready, task: TaskId) -> bool {
        use super::state::TaskState;
        use thread::Ready;
        let Some(task) = self.tasks.get(task) else { return false };
        let inst = task.inst.and_then(|inst| self.instances.get(inst));
        let not_exclusive = inst.is_some_and(|inst| inst.exclusive_thread.is_none());
        let has_event = |set| self.sets.get(set).is_some_and(|set| set.num_pending > 0);
        match ready {
            Ready::Now => true,
            Ready::MayEnter => {
                // A call that the host has given up; a guest's cancellation resumes it itself.
                let given_up = task.state == TaskState::PendingCancel;
                given_up || inst.is_some_and(|inst| !has_backpressure(inst, task.needs_exclusive))
            }
            Ready::NotExclusive => not_exclusive,
            Ready::Event(set) => has_event(set),
            Ready::CallbackEvent(set) => not_exclusive && (has_event(set) || task.state == TaskState::PendingCancel),
            Ready::Resolved(task) => self.tasks.get(task).is_some_and(|task| task.subtask.resolved()),
            Ready::Copied(end) => self.ends.get(end).is_some_and(|end| end.waitable.pending_event.is_some()),
        }
    }
}

/// `has_backpressure` of `enter_implicit_thread`
pub fn has_backpressure(inst: &super::state::ComponentInstance, needs_exclusive: bool) -> bool {
    inst.backpressure > 0 || (needs_exclusive && inst.exclusive_thread.is_some())
}
