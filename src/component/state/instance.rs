//! Component instances, and what instances export (`CanonicalABI.md`, Component Instances).

#[cfg(feature = "component-async")]
use super::ThreadId;
use super::table::Table;
use super::{ComponentDefId, ComponentInstanceId, ExportsId, FuncId, Handle, ImageId, ResourceTypeId};
use crate::error::{Bug, Result, Trap, bug};
use crate::image::{ComponentId, ModuleId};
use crate::support::{Map, Vec};
use crate::types::component::{ExternType, NameId, ResourceId};

/// A component instance: an entry for everything that its calls need.
#[derive(Debug)]
pub struct ComponentInstance {
    /// The image that it was instantiated from.
    pub image: ImageId,
    /// The component in that image.
    pub component: ComponentId,
    /// The instance of the component around the definition, for outer aliases.
    pub outer: Option<ComponentInstanceId>,
    /// The instance whose component instantiated it, and its number there.
    pub made_by: Option<(ComponentInstanceId, u32)>,
    /// The core modules of its index space, for outer aliases of nested components.
    pub modules: Vec<CoreModule>,
    /// The components of its index space, for outer aliases of nested components.
    pub components: Vec<ComponentDefId>,
    /// What the resource variables of its types stand for.
    pub resources: Map<ResourceId, ResourceTypeId>,
    /// `handles`
    pub handles: Table<Handle>,
    /// `threads`
    #[cfg(feature = "component-async")]
    pub threads: Table<ThreadId>,
    /// `may_leave`
    pub may_leave: bool,
    /// `backpressure`
    #[cfg(feature = "component-async")]
    pub backpressure: u16,
    /// `num_waiting_to_enter`
    #[cfg(feature = "component-async")]
    pub num_waiting_to_enter: u32,
    /// `exclusive_thread`
    #[cfg(feature = "component-async")]
    pub exclusive_thread: Option<ThreadId>,
    /// Whether a call would have that lock which has no thread yet: see [`Direct`](super::direct::Direct).
    #[cfg(feature = "component-async")]
    pub locked_directly: bool,
    /// Threads that wait for it.
    #[cfg(feature = "component-async")]
    pub waiters: super::ready::Waiters,
    /// Whether a trap passed through it: then it can never be entered again.
    pub poisoned: bool,
    /// Whether it takes part in a call that is paused.
    pub paused: bool,
    /// Its exports, once it is whole.
    pub exports: Option<ExportsId>,
}

impl ComponentInstance {
    /// A new instance, without anything.
    pub fn new(image: ImageId, component: ComponentId, outer: Option<ComponentInstanceId>, handles: u32) -> Self {
        Self {
            image,
            component,
            outer,
            made_by: None,
            modules: Vec::new(),
            components: Vec::new(),
            resources: Map::new(),
            handles: Table::new(handles),
            #[cfg(feature = "component-async")]
            threads: Table::new(handles),
            may_leave: true,
            #[cfg(feature = "component-async")]
            backpressure: 0,
            #[cfg(feature = "component-async")]
            num_waiting_to_enter: 0,
            #[cfg(feature = "component-async")]
            exclusive_thread: None,
            #[cfg(feature = "component-async")]
            locked_directly: false,
            #[cfg(feature = "component-async")]
            waiters: Default::default(),
            poisoned: false,
            paused: false,
            exports: None,
        }
    }

    /// Whether a call into it or out of it may have to fail.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.poisoned || self.paused || !self.may_leave
    }

    /// Whether a call of an async function might have to wait before it begins.
    #[cfg(feature = "component-async")]
    #[inline]
    pub fn is_held(&self) -> bool {
        let is_locked = self.locked_directly || self.exclusive_thread.is_some();
        is_locked || self.backpressure > 0 || self.num_waiting_to_enter > 0
    }

    /// `trap_if(not inst.may_leave)`
    #[inline]
    pub fn trap_unless_may_leave(&self) -> Result<()> {
        if self.may_leave { Ok(()) } else { Err(Trap::CannotLeaveInstance.into()) }
    }

    /// What the variable `root`, no alias, stands for.
    pub fn resource(&self, root: ResourceId) -> Result<ResourceTypeId, Bug> {
        self.resources.get(&root).copied().ok_or_else(|| bug!("a resource variable that stands for nothing"))
    }
}

/// A core module of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreModule {
    /// The image.
    pub image: ImageId,
    /// The module in it.
    pub module: ModuleId,
}

/// A component as a value: a definition with what it was defined in.
#[derive(Clone, Copy, Debug)]
pub struct ComponentDef {
    /// The image.
    pub image: ImageId,
    /// The component in it.
    pub component: ComponentId,
    /// The instance of the component around the definition.
    pub outer: Option<ComponentInstanceId>,
}

/// What an import, export or argument is at run time.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    /// A core module.
    Module(CoreModule),
    /// A function.
    Func(FuncId),
    /// A resource type.
    Resource(ResourceTypeId),
    /// Any other type: there is nothing of it at run time.
    Type,
    /// A component.
    Component(ComponentDefId),
    /// An instance.
    Instance(ExportsId),
}

/// A static type with the instance that says what its resource variables stand for.
#[derive(Clone, Copy, Debug)]
pub struct ItemType {
    /// The type, in the image of `scope`.
    pub ty: ExternType,
    /// The instance.
    pub scope: ComponentInstanceId,
}

/// What an instance exports.
#[derive(Debug)]
pub struct Exports {
    /// The image whose names these are.
    pub image: ImageId,
    /// The exports in their order.
    pub items: Map<NameId, Item>,
}

impl Exports {
    /// No exports, with names of that image.
    pub const fn new(image: ImageId) -> Self {
        Self { image, items: Map::new() }
    }
}
