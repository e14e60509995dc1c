//! What validation leaves behind: read-only, shareable, and small next to the bytes it judges.
//!
//! An [`Image`] keeps the bytes where they are; everything else in it are positions in them.
//! All offsets count from the start of the whole input, also in nested modules.

#[cfg(feature = "component")]
pub mod component;
#[cfg(feature = "component")]
mod display;
pub mod module;
pub mod side_table;

pub use crate::syntax::Span;
#[cfg(feature = "component")]
pub use component::{Component, ComponentId};
pub use module::Module;

use crate::support::index::index_type;
use crate::support::{OutOfMemory, Vec};

index_type! {
    /// A core module of an image, nested ones included, in the order of their bytes.
    ModuleId;
}

/// The bytes of an input.
#[derive(Debug)]
pub enum Bytes {
    /// They live as long as the program, in flash for example.
    Static(&'static [u8]),
    /// They are on the heap.
    Owned(Vec<u8>),
}

impl From<&'static [u8]> for Bytes {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::Static(bytes)
    }
}

impl<const N: usize> From<&'static [u8; N]> for Bytes {
    fn from(bytes: &'static [u8; N]) -> Self {
        Bytes::Static(bytes)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::Owned(bytes)
    }
}

impl From<alloc::vec::Vec<u8>> for Bytes {
    fn from(bytes: alloc::vec::Vec<u8>) -> Self {
        Bytes::Owned(bytes.into())
    }
}

impl core::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Static(bytes) => bytes,
            Bytes::Owned(bytes) => bytes,
        }
    }
}

/// A judged input: a module, or a component with all that is nested in it.
#[derive(Debug)]
pub struct Image {
    /// The input.
    pub bytes: Bytes,
    /// Every core module in it; a module image has exactly one.
    pub modules: Vec<Module>,
    /// Every component in it, in the order of their first bytes; none in a module image.
    #[cfg(feature = "component")]
    pub components: Vec<Component>,
    /// Component-level types of all components.
    #[cfg(feature = "component")]
    pub types: crate::types::ComponentTypes,
}

impl Image {
    /// The image of a module.
    pub fn of_module(bytes: Bytes, module: Module) -> Result<Self, OutOfMemory> {
        Ok(Self {
            bytes,
            modules: Vec::collect([module])?,
            #[cfg(feature = "component")]
            components: Vec::new(),
            #[cfg(feature = "component")]
            types: crate::types::ComponentTypes::default(),
        })
    }

    /// The module with that id.
    pub fn module(&self, id: ModuleId) -> Option<&Module> {
        self.modules.get(id.index())
    }

    /// The component with that id.
    #[cfg(feature = "component")]
    pub fn component(&self, id: ComponentId) -> Option<&Component> {
        self.components.get(id.index())
    }

    /// The outermost component; `None` in a module image.
    #[cfg(feature = "component")]
    pub fn root(&self) -> Option<&Component> {
        self.components.first()
    }

    /// The text of a name of [`types`](Self::types).
    #[cfg(feature = "component")]
    pub fn name(&self, id: crate::types::component::NameId) -> &str {
        self.types.name(id).text(&self.bytes)
    }
}

#[cfg(target_has_atomic = "ptr")]
type SharedImage = alloc::sync::Arc<Image>;
#[cfg(not(target_has_atomic = "ptr"))]
type SharedImage = alloc::rc::Rc<Image>;

/// What threads may share, where they may share images: processors without atomic operations count references without.
#[cfg(target_has_atomic = "ptr")]
pub trait Shareable: Send + Sync {}
#[cfg(target_has_atomic = "ptr")]
impl<T: Send + Sync> Shareable for T {}
/// What may refer to images.
#[cfg(not(target_has_atomic = "ptr"))]
pub trait Shareable {}
#[cfg(not(target_has_atomic = "ptr"))]
impl<T> Shareable for T {}

/// How a store holds an image. The engine makes no shared pointer itself: the caller does.
#[derive(Clone, Debug)]
pub enum ImageRef {
    /// It lives as long as the program.
    Static(&'static Image),
    /// It is shared.
    Shared(SharedImage),
}

impl ImageRef {
    /// Shares an image. Shared pointers abort where memory is short, and there is no other way to make
    /// one: so it is tried first whether there is room, which on a single thread there still is then. With
    /// `&'static` images nothing is allocated.
    pub fn share(image: Image) -> Result<Self, OutOfMemory> {
        // A shared pointer keeps two counts beside what it points to.
        let size = size_of::<Image>() + 2 * size_of::<usize>();
        core::hint::black_box(&Vec::<u8>::with_capacity(size)?);
        Ok(ImageRef::Shared(SharedImage::new(image)))
    }
}

impl core::ops::Deref for ImageRef {
    type Target = Image;
    fn deref(&self) -> &Image {
        match self {
            ImageRef::Static(image) => image,
            ImageRef::Shared(image) => image,
        }
    }
}
