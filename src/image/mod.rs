//! What validation leaves behind: read-only, shareable, and small next to the bytes it judges.
//!
//! An [`Image`] keeps the bytes where they are; everything else in it are positions in them.
//! All offsets count from the start of the whole input, also in nested modules.

pub mod module;
pub mod side_table;

pub use module::Module;

use crate::support::Vec;
use crate::support::index::index_type;

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

impl core::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Static(bytes) => bytes,
            Bytes::Owned(bytes) => bytes,
        }
    }
}

/// A piece of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// Its first byte.
    pub start: u32,
    /// How many bytes.
    pub len: u32,
}

impl Span {
    /// The piece itself; empty where the span is not of these bytes.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        let start = self.start as usize;
        bytes.get(start..start.saturating_add(self.len as usize)).unwrap_or_default()
    }

    /// The piece as text; empty where it is none.
    pub fn text(self, bytes: &[u8]) -> &str {
        core::str::from_utf8(self.of(bytes)).unwrap_or_default()
    }
}

/// A judged input: a module, or a component with all that is nested in it.
#[derive(Debug)]
pub struct Image {
    /// The input.
    pub bytes: Bytes,
    /// Every core module in it; a module image has exactly one.
    pub modules: Vec<Module>,
}

impl Image {
    /// The module with that id.
    pub fn module(&self, id: ModuleId) -> Option<&Module> {
        self.modules.get(id.index())
    }
}

#[cfg(target_has_atomic = "ptr")]
type SharedImage = alloc::sync::Arc<Image>;
#[cfg(not(target_has_atomic = "ptr"))]
type SharedImage = alloc::rc::Rc<Image>;

/// How a store holds an image. The engine makes no shared pointer itself: the caller does.
#[derive(Clone, Debug)]
pub enum ImageRef {
    /// It lives as long as the program.
    Static(&'static Image),
    /// It is shared.
    Shared(SharedImage),
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
