//! References apart from all other values: what tables hold.

use super::{AnyRef, ExnRef, ExternRef, Func, Rooted, Val};

/// A reference of one of the four hierarchies, or its null.
///
/// ```
/// use windlass::{Ref, Val};
///
/// let null = Ref::Func(None);
/// assert!(null.is_null());
/// assert_eq!(Val::from(null).ref_(), Some(null));
/// assert_eq!(Val::I32(0).ref_(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ref {
    /// To a function.
    Func(Option<Func>),
    /// To something of the host.
    Extern(Option<Rooted<ExternRef>>),
    /// To a value of the guest's own.
    Any(Option<Rooted<AnyRef>>),
    /// To an exception.
    Exn(Option<Rooted<ExnRef>>),
}

impl Ref {
    /// Whether it is null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Ref::Func(None) | Ref::Extern(None) | Ref::Any(None) | Ref::Exn(None))
    }

    /// The function or null, if it is a reference to functions.
    pub const fn as_func(&self) -> Option<Option<&Func>> {
        if let Ref::Func(func) = self { Some(func.as_ref()) } else { None }
    }

    /// What it is of the host or null, if it is such a reference.
    pub const fn as_extern(&self) -> Option<Option<&Rooted<ExternRef>>> {
        if let Ref::Extern(host) = self { Some(host.as_ref()) } else { None }
    }

    /// The guest's value or null, if it is a reference to such values.
    pub const fn as_any(&self) -> Option<Option<&Rooted<AnyRef>>> {
        if let Ref::Any(any) = self { Some(any.as_ref()) } else { None }
    }

    /// The exception or null, if it is a reference to exceptions.
    pub const fn as_exn(&self) -> Option<Option<&Rooted<ExnRef>>> {
        if let Ref::Exn(exn) = self { Some(exn.as_ref()) } else { None }
    }
}

impl Val {
    /// The reference, if it is one.
    pub const fn ref_(self) -> Option<Ref> {
        Some(match self {
            Val::FuncRef(func) => Ref::Func(func),
            Val::ExternRef(host) => Ref::Extern(host),
            Val::AnyRef(any) => Ref::Any(any),
            Val::ExnRef(exn) => Ref::Exn(exn),
            _ => return None,
        })
    }
}

/// What a value is, if it is of one kind.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $Kind:ident $Is:ty;)+) => {
        impl Val { $(
            $(#[$doc])*
            pub const fn $name(&self) -> Option<$Is> {
                if let Val::$Kind(value) = *self { Some(value) } else { None }
            }
        )+ }
    };
}
kinds! {
    /// The bits of the vector, if it is one.
    v128 V128 u128;
    /// The function or null, if it is a reference to functions.
    funcref FuncRef Option<Func>;
    /// What it is of the host or null, if it is such a reference.
    externref ExternRef Option<Rooted<ExternRef>>;
    /// The guest's value or null, if it is a reference to such values.
    anyref AnyRef Option<Rooted<AnyRef>>;
    /// The exception or null, if it is a reference to exceptions.
    exnref ExnRef Option<Rooted<ExnRef>>;
}

impl From<Ref> for Val {
    fn from(reference: Ref) -> Self {
        match reference {
            Ref::Func(func) => Val::FuncRef(func),
            Ref::Extern(host) => Val::ExternRef(host),
            Ref::Any(any) => Val::AnyRef(any),
            Ref::Exn(exn) => Val::ExnRef(exn),
        }
    }
}

/// What a value or a reference is made of.
macro_rules! from {
    ($($From:ty, $Into:ident, $value:pat => $made:expr;)+) => { $(
        impl From<$From> for $Into {
            fn from($value: $From) -> Self { $made }
        }
    )+ };
}
from! {
    Func, Ref, func => Ref::Func(Some(func));
    Option<Func>, Ref, func => Ref::Func(func);
    Rooted<ExternRef>, Ref, host => Ref::Extern(Some(host));
    Option<Rooted<ExternRef>>, Ref, host => Ref::Extern(host);
    Rooted<AnyRef>, Ref, any => Ref::Any(Some(any));
    Option<Rooted<AnyRef>>, Ref, any => Ref::Any(any);
    Rooted<ExnRef>, Ref, exn => Ref::Exn(Some(exn));
    Option<Rooted<ExnRef>>, Ref, exn => Ref::Exn(exn);
    i32, Val, value => Val::I32(value);
    i64, Val, value => Val::I64(value);
    f32, Val, value => Val::F32(value.to_bits());
    f64, Val, value => Val::F64(value.to_bits());
    u128, Val, bits => Val::V128(bits);
    Func, Val, func => Val::FuncRef(Some(func));
    Option<Func>, Val, func => Val::FuncRef(func);
    Rooted<ExternRef>, Val, host => Val::ExternRef(Some(host));
    Option<Rooted<ExternRef>>, Val, host => Val::ExternRef(host);
    Rooted<AnyRef>, Val, any => Val::AnyRef(Some(any));
    Option<Rooted<AnyRef>>, Val, any => Val::AnyRef(any);
    Rooted<ExnRef>, Val, exn => Val::ExnRef(Some(exn));
    Option<Rooted<ExnRef>>, Val, exn => Val::ExnRef(exn);
}
