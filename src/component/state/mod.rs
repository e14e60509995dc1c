//! The component half of a store: everything a component instance is made of at run time
//! (`CanonicalABI.md`, Runtime State).
//!
//! Everything is owned here, in arenas, by index. Nothing here knows the host's `T`.

pub mod instance;
pub mod resource;
pub mod table;
pub mod task;

pub use instance::{ComponentDef, ComponentInstance, CoreModule, Exports, Item, ItemType};
pub use resource::{Dtor, HostHandle, HostHandles, HostType, ResourceHandle, ResourceType};
pub use task::{Caller, PausedTasks, Phase, Task, TaskId, Tasks};

use super::canon::{CanonFunc, Options};
use crate::error::{Bug, Result, bug};
use crate::image::{Image, ImageRef};
use crate::store;
use crate::support::index::index_type;
use crate::support::{Arena, Map, OutOfMemory};
use crate::syntax::Features;
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

/// What a component-level function calls.
#[derive(Clone, Copy, Debug)]
pub enum FuncKind {
    /// A core function, lifted.
    Lifted {
        /// The core function.
        callee: store::FuncId,
        /// Options of `canon lift`.
        opts: Options,
    },
    /// A function of the host.
    Host(HostFuncId),
    /// A function lifted in a way that is not there yet.
    Unsupported(Features),
}

/// The component half of a store. Images are apart from the rest, so that types can be read
/// while the rest changes.
#[derive(Default)]
pub struct State {
    /// Images that components were instantiated from.
    pub images: Arena<ImageId, ImageRef>,
    /// All that changes.
    pub live: Live,
}

/// See [`Live::scratch`].
#[derive(Clone, Copy, Debug)]
pub struct Scratch {
    /// The memory.
    pub memory: store::MemoryId,
    /// How many bytes are in use, from the first on.
    pub used: u64,
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
    /// Component-level functions.
    pub funcs: Arena<FuncId, Func>,
    /// Canonical core functions.
    pub canons: Arena<CanonId, CanonFunc>,
    /// Resource types.
    pub resource_types: Arena<ResourceTypeId, ResourceType>,
    /// What the host's own resource types are known by.
    pub host_types: Map<HostType, ResourceTypeId>,
    /// Active calls.
    pub tasks: Tasks,
    /// Handles that the host holds.
    pub host: HostHandles,
    /// A memory for values that go from the host to the host.
    pub scratch: Option<Scratch>,
    /// Who sees what crosses.
    #[cfg(feature = "text")]
    pub observed: super::observe::Observed,
}

impl State {
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
    func func_mut funcs FuncId Func;
    canon canon_mut canons CanonId CanonFunc;
    resource_type resource_type_mut resource_types ResourceTypeId ResourceType;
}

impl Live {
    /// An active call.
    pub fn task(&mut self, id: TaskId) -> Result<&mut Task, Bug> {
        self.tasks.get_mut(id)
    }

    /// Begins a call.
    pub fn push_task(&mut self, task: Task) -> Result<TaskId> {
        self.tasks.push(task)
    }

    /// Ends the innermost call: what was lent to the host for it is gone.
    pub fn pop_task(&mut self, id: TaskId) -> Result<Task, Bug> {
        let task = self.tasks.pop(id)?;
        self.host.forget(&task.host_borrows);
        Ok(task)
    }

    /// Ends all calls above `floor` after a trap, and locks down every instance that took part
    /// (`Explainer.md`, Component Invariants).
    pub fn poison_above(&mut self, floor: Option<TaskId>) {
        while let Some(id) = self.tasks.innermost().filter(|id| Some(*id) != floor) {
            let Ok(task) = self.pop_task(id) else { break };
            for inst in task.instances() {
                if let Some(inst) = self.instances.get_mut(inst) {
                    inst.poisoned = true;
                }
            }
        }
    }

    /// Pauses all calls above `floor`: nobody else enters the instances that take part.
    pub fn pause_above(&mut self, floor: Option<TaskId>) -> Option<PausedTasks> {
        let Live { tasks, instances, .. } = self;
        tasks.pause(floor, |task| set_paused(instances, task, true))
    }

    /// Goes on with paused calls.
    pub fn resume(&mut self, paused: PausedTasks) -> Result<(), Bug> {
        let Live { tasks, instances, .. } = self;
        tasks.resume(paused, |task| set_paused(instances, task, false))
    }
}

fn set_paused(instances: &mut Arena<ComponentInstanceId, ComponentInstance>, task: &Task, paused: bool) {
    for inst in task.instances() {
        if let Some(inst) = instances.get_mut(inst) {
            inst.paused = paused;
        }
    }
}

#[cold]
fn foreign() -> Bug {
    bug!("an id of another store")
}
