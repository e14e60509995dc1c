//! The component half of a store: everything a component instance is made of at run time
//! (`CanonicalABI.md`, Runtime State).
//!
//! Everything is owned here, in arenas, by index. Nothing here knows the host's `T`.

#[cfg(not(feature = "component-async"))]
pub mod alone;
pub mod direct;
#[cfg(feature = "component-async")]
pub mod end;
#[cfg(feature = "component-async")]
pub mod error_context;
pub mod handle;
#[cfg(feature = "component-async")]
pub mod host_call;
#[cfg(feature = "component-async")]
mod identify;
pub mod instance;
#[cfg(feature = "component-async")]
pub mod leftover;
#[cfg(feature = "component-async")]
pub mod ready;
pub mod resource;
#[cfg(feature = "component-async")]
pub mod scope;
#[cfg(feature = "component-async")]
pub mod subtask;
pub mod table;
#[cfg(feature = "component-async")]
pub mod task;
#[cfg(feature = "component-async")]
pub mod thread;
#[cfg(feature = "component-async")]
pub mod waitable;

#[cfg(not(feature = "component-async"))]
pub use alone::{Paused, Scope};
pub use direct::{Phase, Work};
pub use handle::Handle;
pub use instance::{ComponentDef, ComponentInstance, CoreModule, Exports, Item, ItemType};
pub use resource::{Dtor, HostHandle, HostHandles, HostType, ResourceHandle, ResourceType};
#[cfg(feature = "component-async")]
pub use scope::{Paused, Scope};
#[cfg(feature = "component-async")]
pub use subtask::{Lender, Subtask, SubtaskState};
#[cfg(feature = "component-async")]
pub use task::{CallNumber, Caller, Task, TaskState};
#[cfg(feature = "component-async")]
pub use thread::{Active, After, Thread};

use super::canon::direct::Way;
use super::canon::{CanonFunc, Options};
use crate::error::{Bug, Result, bug};
use crate::image::{Image, ImageRef};
use crate::store;
#[cfg(feature = "component-async")]
use crate::support::Pool;
use crate::support::index::index_type;
use crate::support::{Arena, Map, OutOfMemory, Vec};
use crate::types::component::{FuncTypeId, NameId};

index_type! {
    /// An image that components of a store come from.
    ImageId;
    /// A component instance.
    ComponentInstanceId;
    /// What an instance exports: a component instance's exports, or definitions bundled.
    ExportsId;
    /// A component, with what it was defined in.
    ComponentDefId;
    /// A component-level function.
    FuncId;
    /// A canonical core function: what `FuncKind::Canon` of a core function holds.
    CanonId;
    /// A resource type, told apart from every other of the store.
    ResourceTypeId;
    /// A component-level function of the host.
    HostFuncId;
    /// A call into a component or out to the host.
    TaskId;
}

#[cfg(feature = "component-async")]
index_type! {
    /// A thread of a component.
    ThreadId;
    /// An end of a stream or future.
    EndId;
    /// A waitable set.
    WaitableSetId;
    /// An error context.
    ErrorContextId;
    /// A function of the host that is not ready.
    PendingId;
    /// A call of the host's that was started.
    CallId;
}

/// A component-level function.
#[derive(Clone, Copy, Debug)]
pub struct Func {
    /// Its type, in the image of `inst`.
    pub ty: FuncTypeId,
    /// The component instance whose image has the type and whose resource types it mentions:
    /// the one that lifted it or, for a function of the host, the one that imported it.
    pub inst: ComponentInstanceId,
    /// What is called.
    pub kind: FuncKind,
    /// The name that it was imported or first exported by, in the image of `inst`.
    pub name: Option<NameId>,
}

impl Func {
    /// What `canon lift` lifted.
    pub fn lifted(&self) -> Result<(store::FuncId, &Options), Bug> {
        match &self.kind {
            FuncKind::Lifted { callee, opts, .. } => Ok((*callee, opts)),
            FuncKind::Host(_) => Err(bug!("a function of the host is called like one of a component")),
        }
    }

    /// `needs_exclusive`
    pub fn needs_exclusive(&self) -> bool {
        matches!(&self.kind, FuncKind::Lifted { opts, .. } if opts.needs_exclusive())
    }
}

/// What a component-level function calls.
#[derive(Clone, Copy, Debug)]
pub enum FuncKind {
    /// A core function, lifted.
    Lifted {
        /// The core function.
        callee: store::FuncId,
        /// Options of `canon lift`.
        opts: Options,
        /// How values of its calls cross, unless its caller is asynchronous.
        way: Way,
    },
    /// A function of the host.
    Host(HostFuncId),
}

/// The component half of a store. What calls only read is apart from what they change.
#[derive(Default)]
pub struct State {
    /// What instantiation makes, and calls read.
    pub linked: Linked,
    /// All that changes.
    pub live: Live,
}

/// What instantiation makes and nothing changes afterwards: calls read it while the rest changes.
#[derive(Default)]
pub struct Linked {
    /// Images that components were instantiated from.
    pub images: Arena<ImageId, ImageRef>,
    /// Component-level functions.
    pub funcs: Arena<FuncId, Func>,
    /// Canonical core functions.
    pub canons: Arena<CanonId, CanonFunc>,
}

/// See [`Live::scratch`].
#[derive(Clone, Copy, Debug)]
pub struct Scratch {
    /// The memory.
    pub memory: store::MemoryId,
    /// How many bytes are in use, from the first on.
    pub used: u64,
    /// How many use it.
    pub users: u32,
}

/// What changes while components run.
#[derive(Default)]
pub struct Live {
    /// Component instances.
    pub instances: Arena<ComponentInstanceId, ComponentInstance>,
    /// What instances export.
    pub exports: Arena<ExportsId, Exports>,
    /// Components.
    pub components: Arena<ComponentDefId, ComponentDef>,
    /// How many of them are closed: see [`ComponentInstance::is_closed`].
    pub closed: u32,
    /// Of each of them whether it is held: see [`ComponentInstance::is_held`]. Dispatchers see this.
    #[cfg(crossings)]
    pub held: Vec<bool>,
    /// Resource types.
    pub resource_types: Arena<ResourceTypeId, ResourceType>,
    /// What the host's own resource types are known by.
    pub host_types: Map<HostType, ResourceTypeId>,
    /// Calls.
    #[cfg(feature = "component-async")]
    pub tasks: Pool<TaskId, Task>,
    /// Threads.
    #[cfg(feature = "component-async")]
    pub threads: Pool<ThreadId, Thread>,
    /// Threads that run, each resumed by the one before it; the last one is the current thread.
    #[cfg(feature = "component-async")]
    pub active: Vec<Active>,
    /// Calls above them that nobody has looked at yet.
    pub directs: Vec<direct::Direct>,
    /// Handles that their callers lend for these, the outermost call's first.
    #[cfg(feature = "component-async")]
    pub lent: Vec<u32>,
    /// Handles that are lent for these, the outermost call's first.
    #[cfg(not(feature = "component-async"))]
    pub lent: Vec<alone::Loan>,
    /// How many of them had borrowed handles so far.
    #[cfg(not(feature = "component-async"))]
    pub borrowers: u32,
    /// The innermost call of the host's.
    pub scope: Scope,
    /// Threads that may be ready.
    #[cfg(feature = "component-async")]
    pub candidates: ready::Candidates,
    /// What held the frames of the thread that was resumed last: the next one that blocks needs the same room, mostly.
    #[cfg(feature = "component-async")]
    pub spare: Option<crate::support::Box<crate::exec::Machine>>,
    /// How often a thread began to wait.
    #[cfg(feature = "component-async")]
    pub waits: u64,
    /// Ends of streams and futures.
    #[cfg(feature = "component-async")]
    pub ends: Pool<EndId, end::End>,
    /// How often the host has got an end.
    #[cfg(feature = "component-async")]
    pub host_ends: u64,
    /// Waitable sets.
    #[cfg(feature = "component-async")]
    pub sets: Pool<WaitableSetId, waitable::WaitableSet>,
    /// Functions of the host that are not ready.
    #[cfg(feature = "component-async")]
    pub pending: Pool<PendingId, host_call::Pending>,
    /// How often the host was asked what is ready.
    #[cfg(feature = "component-async")]
    pub turn: u64,
    /// Error contexts.
    #[cfg(feature = "component-async")]
    pub error_contexts: Pool<ErrorContextId, error_context::ErrorContext>,
    /// What decides where the specification leaves the order open.
    #[cfg(feature = "component-async")]
    pub choice: crate::support::choice::Choice,
    /// Handles that the host holds.
    pub host: HostHandles,
    /// A memory for values that go from the host to the host.
    pub scratch: Option<Scratch>,
    /// Who sees what crosses.
    #[cfg(feature = "text")]
    pub observed: super::observe::Observed,
}

impl Linked {
    /// A component-level function.
    pub fn func(&self, id: FuncId) -> Result<&Func, Bug> {
        self.funcs.get(id).ok_or_else(foreign)
    }

    /// A canonical core function.
    pub fn canon(&self, id: CanonId) -> Result<&CanonFunc, Bug> {
        self.canons.get(id).ok_or_else(foreign)
    }

    /// An image.
    pub fn image(&self, id: ImageId) -> Result<&Image, Bug> {
        self.images.get(id).map(|image| &**image).ok_or_else(foreign)
    }

    /// Keeps an image; one that is there already is found again.
    pub fn add_image(&mut self, image: &ImageRef) -> Result<ImageId, OutOfMemory> {
        let mut images = self.images.iter();
        let older = images.find(|(_, other)| core::ptr::eq::<Image>(&***other, &**image)).map(|(id, _)| id);
        drop(images);
        match older {
            Some(id) => Ok(id),
            None => self.images.push(image.clone()),
        }
    }
}

macro_rules! lookups {
    ($($get:ident $get_mut:ident $field:ident $Id:ident $Item:ty;)+) => {
        impl Live {
            $(
                /// The item with that id.
                pub fn $get(&self, id: $Id) -> Result<&$Item, Bug> {
                    self.$field.get(id).ok_or_else(foreign)
                }

                /// The item with that id, to change.
                pub fn $get_mut(&mut self, id: $Id) -> Result<&mut $Item, Bug> {
                    self.$field.get_mut(id).ok_or_else(foreign)
                }
            )+
        }
    };
}
lookups! {
    instance instance_mut instances ComponentInstanceId ComponentInstance;
    exports exports_mut exports ExportsId Exports;
    component component_mut components ComponentDefId ComponentDef;
    resource_type resource_type_mut resource_types ResourceTypeId ResourceType;
}

#[cfg(feature = "component-async")]
impl Live {
    /// An end of a stream or future, to change.
    pub fn end_mut(&mut self, id: EndId) -> Result<&mut end::End, Bug> {
        self.ends.get_mut(id).ok_or_else(foreign)
    }

    /// The frames of threads that are blocked.
    pub fn blocked_machines(&self) -> impl Iterator<Item = &crate::exec::Machine> {
        self.threads.iter().filter_map(|(_, thread)| thread.blocked.as_ref()?.machine.as_deref())
    }

    /// A waitable set, to change.
    pub fn set_mut(&mut self, id: WaitableSetId) -> Result<&mut waitable::WaitableSet, Bug> {
        self.sets.get_mut(id).ok_or_else(foreign)
    }
}

impl Live {
    /// A new instance.
    pub fn add_instance(&mut self, inst: ComponentInstance) -> Result<ComponentInstanceId, OutOfMemory> {
        #[cfg(crossings)]
        self.held.push(false)?;
        self.instances.push(inst)
    }

    /// Changes what decides whether an instance is closed or held.
    pub fn change(&mut self, id: ComponentInstanceId, change: impl FnOnce(&mut ComponentInstance)) -> Result<(), Bug> {
        let inst = self.instances.get_mut(id).ok_or_else(foreign)?;
        let before = inst.is_closed();
        change(inst);
        // There are not so many instances.
        self.closed = self.closed + u32::from(inst.is_closed()) - u32::from(before);
        #[cfg(crossings)]
        if let Some(held) = self.held.get_mut(id.index()) {
            *held = inst.is_held();
        }
        Ok(())
    }

    /// `may_leave`
    pub fn set_may_leave(&mut self, id: ComponentInstanceId, to: bool) -> Result<(), Bug> {
        self.change(id, |inst| inst.may_leave = to)
    }

    /// What the host has lent for a call comes back.
    pub fn return_host_lend(&mut self, name: HostHandle) {
        if let Ok(handle) = self.host.get(name) {
            handle.num_lends -= 1;
        }
    }

    /// Locks an instance down.
    pub fn poison_instance(&mut self, inst: ComponentInstanceId) {
        // What is not there needs no lock.
        let _ = self.change(inst, |inst| inst.poisoned = true);
    }
}

#[cfg(feature = "component-async")]
impl Live {
    /// A call.
    pub fn task(&mut self, id: TaskId) -> Result<&mut Task, Bug> {
        self.tasks.get_mut(id).ok_or_else(foreign)
    }

    /// A thread, to change.
    pub fn thread_mut(&mut self, id: ThreadId) -> Result<&mut Thread, Bug> {
        self.threads.get_mut(id).ok_or_else(foreign)
    }

    /// `current_thread`
    pub fn current(&mut self) -> Result<ThreadId> {
        self.identify()?;
        let active = self.active.last().ok_or_else(|| bug!("core code runs outside of any call"))?;
        Ok(active.thread)
    }

    /// `current_task`
    pub fn current_task(&mut self) -> Result<TaskId> {
        let thread = self.current()?;
        Ok(self.threads.get(thread).ok_or_else(foreign)?.task)
    }

    /// The call of the host's that the current task is part of.
    pub fn current_root(&mut self) -> Result<Option<CallNumber>> {
        let task = self.current_task()?;
        Ok(self.tasks.get(task).ok_or_else(foreign)?.root)
    }

    /// Adds a call, kept by its caller.
    pub fn add_task(&mut self, task: Task) -> Result<TaskId, OutOfMemory> {
        self.tasks.insert(task)
    }

    /// One reason less to keep a call.
    pub fn release(&mut self, id: TaskId) -> Result<(), Bug> {
        let task = self.task(id)?;
        task.holds = task.holds.saturating_sub(1);
        if task.holds == 0 {
            self.take_task(id)?;
        }
        Ok(())
    }

    /// Adds a thread to a call.
    pub fn add_thread(&mut self, task: TaskId) -> Result<ThreadId> {
        let thread = self.threads.insert(Thread::new(task))?;
        self.task(task)?.holds += 1;
        Ok(thread)
    }

    /// A thread has ended, or is given up.
    pub fn remove_thread(&mut self, id: ThreadId) -> Result<(), Bug> {
        match self.threads.remove(id) {
            Some(thread) => self.release(thread.task),
            None => Err(foreign()),
        }
    }

    /// Takes a call away that has no threads: what was lent to the host for it is gone.
    pub fn take_task(&mut self, id: TaskId) -> Result<Task, Bug> {
        let task = self.tasks.remove(id).ok_or_else(foreign)?;
        self.host.forget(&task.host_borrows);
        Ok(task)
    }
}

#[cold]
fn foreign() -> Bug {
    bug!("an id of another store")
}
