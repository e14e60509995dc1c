//! Resources of the host, as typed functions take and give them.

use core::fmt;
use core::marker::PhantomData;

/// A resource of the host by the number under which components know it.
pub struct Resource<T> {
    rep: u32,
    owned: bool,
    ty: PhantomData<fn() -> T>,
}

impl<T: 'static> Resource<T> {
    /// A resource that a component is to own.
    pub const fn new_own(rep: u32) -> Self {
        Self { rep, owned: true, ty: PhantomData }
    }

    /// A resource that a component is to borrow.
    pub const fn new_borrow(rep: u32) -> Self {
        Self { rep, owned: false, ty: PhantomData }
    }

    /// Its number.
    pub const fn rep(&self) -> u32 {
        self.rep
    }

    /// Whether it was made as one to own.
    pub const fn owned(&self) -> bool {
        self.owned
    }
}

impl<T> fmt::Debug for Resource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource").field("rep", &self.rep).field("owned", &self.owned).finish()
    }
}
