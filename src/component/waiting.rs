//! What threads wait for, as people and programs can read it.

use super::state::end::EndKind;
use super::state::thread::Ready;
use super::state::waitable::WaitableId;
use super::state::{State, TaskId, Thread, Work};
use crate::error::BacktraceFrame;
use crate::store::Store;
use crate::support::{OutOfMemory, String, Vec};
use core::fmt;

/// A thread of a component that waits.
#[derive(Debug)]
pub struct Waiting {
    /// The component instance, counted in the store.
    pub instance: u32,
    /// The function whose call it is part of, by the name it is exported or imported by.
    pub function: Option<String>,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// Where in its code it stopped; empty between two calls of a callback.
    pub backtrace: Vec<BacktraceFrame>,
}

/// What a thread waits for.
#[derive(Debug)]
pub enum WaitsFor {
    /// To be resumed by another thread.
    Resume,
    /// Its turn: it could go on.
    Turn,
    /// That the instance lets the call begin.
    Entry,
    /// That another thread gives up the instance's exclusive lock.
    Lock,
    /// Any of these.
    Waitables(Vec<Waitable>),
}

/// What can be waited for.
#[derive(Debug)]
pub enum Waitable {
    /// The end of a call that the component has made.
    Subtask {
        /// Its index in the instance's table, if it has one.
        index: Option<u32>,
        /// What was called.
        function: Option<String>,
    },
    /// A copy.
    End {
        /// Its index in the instance's table.
        index: Option<u32>,
        /// Which end of what.
        kind: EndKind,
    },
}

/// The threads of a store that wait.
pub fn waiting(state: &State, core: &Store) -> Result<Vec<Waiting>, OutOfMemory> {
    let mut all = Vec::new();
    for (_, thread) in state.live.threads.iter() {
        let Some(blocked) = &thread.blocked else { continue };
        let task = state.live.tasks.get(thread.task);
        let Some((task, inst)) = task.and_then(|task| Some((task, task.inst?))) else { continue };
        all.push(Waiting {
            instance: inst.raw(),
            function: function(state, task.work)?,
            waits_for: waits_for(state, thread, blocked.ready)?,
            backtrace: blocked.machine.as_ref().map_or(Ok(Vec::new()), |machine| machine.backtrace(core))?,
        })?;
    }
    Ok(all)
}

/// The name of what a call runs.
fn function(state: &State, work: Work) -> Result<Option<String>, OutOfMemory> {
    let Work::Func(id) = work else { return Ok(None) };
    let Some(func) = state.linked.funcs.get(id) else { return Ok(None) };
    let image = state.live.instances.get(func.inst).and_then(|inst| state.linked.images.get(inst.image));
    let name = func.name.and_then(|name| image.map(|image| image.name(name)));
    name.map(String::from_text).transpose()
}

fn waits_for(state: &State, thread: &Thread, ready: Option<Ready>) -> Result<WaitsFor, OutOfMemory> {
    let live = &state.live;
    let Some(ready) = ready else { return Ok(WaitsFor::Resume) };
    if live.is_met(ready, thread.task) {
        return Ok(WaitsFor::Turn);
    }
    let mut waitables = Vec::new();
    match ready {
        Ready::Now => return Ok(WaitsFor::Turn),
        Ready::MayEnter => return Ok(WaitsFor::Entry),
        Ready::NotExclusive => return Ok(WaitsFor::Lock),
        Ready::Event(set) | Ready::CallbackEvent(set) => {
            let Some(set) = live.sets.get(set) else { return Ok(WaitsFor::Waitables(waitables)) };
            if set.num_pending > 0 {
                return Ok(WaitsFor::Lock);
            }
            for elem in &set.elems {
                waitables.extend(waitable(state, *elem)?)?;
            }
        }
        Ready::Resolved(task) => waitables.extend(waitable(state, WaitableId::Subtask(task))?)?,
        Ready::Copied(end) => waitables.extend(waitable(state, WaitableId::End(end))?)?,
    }
    Ok(WaitsFor::Waitables(waitables))
}

fn waitable(state: &State, id: WaitableId) -> Result<Option<Waitable>, OutOfMemory> {
    Ok(match id {
        WaitableId::Subtask(task) => Some(subtask(state, task)?),
        WaitableId::End(end) => state.live.ends.get(end).map(|end| Waitable::End { index: end.index, kind: end.kind }),
    })
}

fn subtask(state: &State, id: TaskId) -> Result<Waitable, OutOfMemory> {
    use super::canon::CanonKind;
    use super::state::Caller;
    let Some(task) = state.live.tasks.get(id) else { return Ok(Waitable::Subtask { index: None, function: None }) };
    let called = match task.caller {
        Caller::Component { lower, .. } => match state.linked.canons.get(lower).map(|canon| &canon.kind) {
            Some(CanonKind::Lower(lower)) => Some(lower.func),
            _ => None,
        },
        _ => None,
    };
    let function = match called {
        Some(called) => function(state, Work::Func(called))?,
        None => None,
    };
    Ok(Waitable::Subtask { index: task.subtask.index, function })
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(name) => write!(f, "`{name}`")?,
            None => f.write_str("a thread")?,
        }
        write!(f, " in component instance {} waits for {}", self.instance, self.waits_for)?;
        if let Some(frame) = self.backtrace.first() {
            write!(f, ", at 0x{:x} in func[{}]", frame.offset, frame.func)?;
            if let Some(name) = &frame.name {
                write!(f, " {name}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitsFor::Resume => f.write_str("another thread to resume it"),
            WaitsFor::Turn => f.write_str("its turn"),
            WaitsFor::Entry => f.write_str("the instance to let the call begin"),
            WaitsFor::Lock => f.write_str("the exclusive lock of the instance"),
            WaitsFor::Waitables(all) if all.is_empty() => f.write_str("an empty waitable set"),
            WaitsFor::Waitables(all) => {
                for (at, waitable) in all.iter().enumerate() {
                    let between = if at == 0 { "" } else { " or " };
                    write!(f, "{between}{waitable}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Waitable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = match self {
            Waitable::Subtask { index, function } => {
                f.write_str("the call")?;
                if let Some(name) = function {
                    write!(f, " of `{name}`")?;
                }
                index
            }
            Waitable::End { index, kind } => {
                f.write_str(match kind {
                    EndKind::ReadableStream => "a read of the stream",
                    EndKind::WritableStream => "a write of the stream",
                    EndKind::ReadableFuture => "a read of the future",
                    EndKind::WritableFuture => "a write of the future",
                })?;
                index
            }
        };
        match index {
            Some(index) => write!(f, " (handle {index})"),
            None => Ok(()),
        }
    }
}

/// Several of them, one after the other.
pub struct Listing<'a>(pub &'a [Waiting]);

/// How many are listed: of many that wait the first ones say enough.
const LISTED: usize = 8;

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, waiting) in self.0.iter().take(LISTED).enumerate() {
            let between = if at == 0 { "" } else { "; " };
            write!(f, "{between}{waiting}")?;
        }
        match self.0.len().checked_sub(LISTED) {
            Some(more) if more > 0 => write!(f, "; and {more} more"),
            _ => Ok(()),
        }
    }
}
