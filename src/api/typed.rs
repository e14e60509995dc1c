//! Rust types as WebAssembly values: parameters and results of typed calls and host functions.

use super::host::{BoxedHostFunc, BoxedSharedHostFunc, Caller, HostFunc, SharedHostFunc};
use super::slots::Slots;
use super::store::{AsContextMut, State};
use super::{AnyRef, ExternRef, Func, FuncType, Rooted, Val, run};
use crate::error::{Misuse, Result};
use crate::support::{Box, OutOfMemory};
use crate::syntax::{AbstractHeapType, HeapType, RefType, ValType};
use core::marker::PhantomData;

/// A Rust type that stands for one WebAssembly value. The engine implements it; others cannot.
pub trait WasmTy: Sized + 'static {
    /// Slots of the value stack that it takes.
    #[doc(hidden)]
    const SLOTS: usize;
    /// The WebAssembly type.
    #[doc(hidden)]
    const TYPE: ValType;
    /// Reads a value from the first slots.
    #[doc(hidden)]
    fn read(slots: &[u64], state: &mut State) -> Result<Self>;
    /// Writes the value to the first slots.
    #[doc(hidden)]
    fn write(self, slots: &mut [u64], state: &State) -> Result<()>;
}

/// One slot's worth of bits.
macro_rules! number {
    ($($Rust:ty, $variant:ident, $read:expr, $write:expr;)+) => { $(
        impl WasmTy for $Rust {
            const SLOTS: usize = 1;
            const TYPE: ValType = ValType::$variant;
            fn read(slots: &[u64], _: &mut State) -> Result<Self> {
                let slot = *slots.first().ok_or(Misuse::ArgumentTypes)?;
                Ok($read(slot))
            }
            fn write(self, slots: &mut [u64], _: &State) -> Result<()> {
                *slots.first_mut().ok_or(Misuse::ArgumentTypes)? = $write(self);
                Ok(())
            }
        }
    )+ };
}

// The upper half of a 32-bit value's slot is zero, and nothing reads it.
number! {
    i32, I32, |slot| slot as u32 as i32, |value| u64::from(value as u32);
    u32, I32, |slot| slot as u32, u64::from;
    i64, I64, |slot| slot as i64, |value| value as u64;
    u64, I64, |slot| slot, |value| value;
    f32, F32, |slot| f32::from_bits(slot as u32), |value: f32| u64::from(value.to_bits());
    f64, F64, f64::from_bits, f64::to_bits;
}

/// `anyref`
const ANYREF: RefType = RefType::of(true, HeapType::Abstract(AbstractHeapType::Any));

/// Types that go through [`Val`].
macro_rules! by_val {
    ($($Rust:ty, $slots:literal, $ty:expr, $pattern:pat => $value:expr, $make:expr;)+) => { $(
        impl WasmTy for $Rust {
            const SLOTS: usize = $slots;
            const TYPE: ValType = $ty;
            fn read(slots: &[u64], state: &mut State) -> Result<Self> {
                match Val::read(Self::TYPE, slots, state)? {
                    $pattern => Ok($value),
                    _ => Err(Misuse::ArgumentTypes.into()),
                }
            }
            fn write(self, slots: &mut [u64], state: &State) -> Result<()> {
                $make(self).write(slots, state).map(|_| ())
            }
        }
    )+ };
}

by_val! {
    u128, 2, ValType::V128, Val::V128(bits) => bits, Val::V128;
    Option<Func>, 1, ValType::Ref(RefType::FUNCREF), Val::FuncRef(func) => func, Val::FuncRef;
    Func, 1, ValType::Ref(RefType::FUNCREF.as_non_null()), Val::FuncRef(Some(func)) => func,
        |func| Val::FuncRef(Some(func));
    Option<Rooted<ExternRef>>, 1, ValType::Ref(RefType::EXTERNREF), Val::ExternRef(host) => host, Val::ExternRef;
    Rooted<ExternRef>, 1, ValType::Ref(RefType::EXTERNREF.as_non_null()), Val::ExternRef(Some(host)) => host,
        |host| Val::ExternRef(Some(host));
    Option<Rooted<AnyRef>>, 1, ValType::Ref(ANYREF), Val::AnyRef(any) => any, Val::AnyRef;
    Rooted<AnyRef>, 1, ValType::Ref(ANYREF.as_non_null()), Val::AnyRef(Some(any)) => any,
        |any| Val::AnyRef(Some(any));
}

/// Parameters or results of a function: nothing, one [`WasmTy`], or a tuple of them.
pub trait WasmList: Sized + 'static {
    /// The WebAssembly types.
    #[doc(hidden)]
    const TYPES: &'static [ValType];
    /// Slots of the value stack that they take together.
    #[doc(hidden)]
    const SLOTS: usize;
    /// Reads the values from the first slots.
    #[doc(hidden)]
    fn read_all(slots: &[u64], state: &mut State) -> Result<Self>;
    /// Writes the values to the first slots.
    #[doc(hidden)]
    fn write_all(self, slots: &mut [u64], state: &State) -> Result<()>;
}

impl<A: WasmTy> WasmList for A {
    const TYPES: &'static [ValType] = &[A::TYPE];
    const SLOTS: usize = A::SLOTS;
    fn read_all(slots: &[u64], state: &mut State) -> Result<Self> {
        A::read(slots, state)
    }
    fn write_all(self, slots: &mut [u64], state: &State) -> Result<()> {
        self.write(slots, state)
    }
}

/// The slots from `at` on, or none.
fn from(slots: &[u64], at: usize) -> &[u64] {
    slots.get(at..).unwrap_or_default()
}

/// The slots from `at` on, or none.
fn from_mut(slots: &mut [u64], at: usize) -> &mut [u64] {
    slots.get_mut(at..).unwrap_or_default()
}

/// What a host function returns: results, or a `Result` of them.
pub trait WasmRet {
    /// The results.
    #[doc(hidden)]
    type Results: WasmList;
    /// The results or the error.
    #[doc(hidden)]
    fn into_results(self) -> Result<Self::Results>;
}

impl<R: WasmList> WasmRet for R {
    type Results = R;
    fn into_results(self) -> Result<R> {
        Ok(self)
    }
}

impl<R: WasmList> WasmRet for Result<R> {
    type Results = R;
    fn into_results(self) -> Result<R> {
        self
    }
}

/// Closures that can be host functions: with or without a [`Caller`] in front of up to twelve
/// [`WasmTy`] parameters.
pub trait IntoFunc<T: 'static, Params, Results>: Send + Sync + 'static {
    /// Types of the parameters.
    #[doc(hidden)]
    const PARAMS: &'static [ValType];
    /// Types of the results.
    #[doc(hidden)]
    const RESULTS: &'static [ValType];
    /// Calls the closure.
    #[doc(hidden)]
    fn invoke(&self, caller: Caller<'_, T>, slots: &mut [u64]) -> Result<()>;
}

macro_rules! arities {
    ($(($($A:ident)*);)+) => { $( arities!(@one $($A)*); )+ };
    (@one $($A:ident)*) => {
        arities!(@list $($A)*);

        #[allow(non_snake_case, unused_assignments, unused_mut, unused_variables)]
        impl<T: 'static, F, R: WasmRet + 'static, $($A: WasmTy),*> IntoFunc<T, ($($A,)*), R> for F
        where
            F: Fn($($A),*) -> R + Send + Sync + 'static,
        {
            const PARAMS: &'static [ValType] = &[$($A::TYPE),*];
            const RESULTS: &'static [ValType] = <R::Results as WasmList>::TYPES;
            fn invoke(&self, mut caller: Caller<'_, T>, slots: &mut [u64]) -> Result<()> {
                let state = caller.store.state();
                let mut at = 0;
                $( let $A = $A::read(from(slots, at), state)?; at += $A::SLOTS; )*
                let results = self($($A),*).into_results()?;
                results.write_all(slots, caller.store.state())
            }
        }

        #[allow(non_snake_case, unused_assignments, unused_mut, unused_variables)]
        impl<T: 'static, F, R: WasmRet + 'static, $($A: WasmTy),*> IntoFunc<T, (Caller<'_, T>, $($A,)*), R> for F
        where
            F: Fn(Caller<'_, T>, $($A),*) -> R + Send + Sync + 'static,
        {
            const PARAMS: &'static [ValType] = &[$($A::TYPE),*];
            const RESULTS: &'static [ValType] = <R::Results as WasmList>::TYPES;
            fn invoke(&self, mut caller: Caller<'_, T>, slots: &mut [u64]) -> Result<()> {
                let state = caller.store.state();
                let mut at = 0;
                $( let $A = $A::read(from(slots, at), state)?; at += $A::SLOTS; )*
                let inner = Caller { store: caller.store.as_context_mut(), instance: caller.instance };
                let results = self(inner, $($A),*).into_results()?;
                results.write_all(slots, caller.store.state())
            }
        }
    };
    (@list $($A:ident)*) => {
        #[allow(non_snake_case, unused_assignments, unused_mut, unused_variables)]
        impl<$($A: WasmTy),*> WasmList for ($($A,)*) {
            const TYPES: &'static [ValType] = &[$($A::TYPE),*];
            const SLOTS: usize = 0 $(+ $A::SLOTS)*;
            fn read_all(slots: &[u64], state: &mut State) -> Result<Self> {
                let mut at = 0;
                $( let $A = $A::read(from(slots, at), state)?; at += $A::SLOTS; )*
                Ok(($($A,)*))
            }
            fn write_all(self, slots: &mut [u64], state: &State) -> Result<()> {
                let ($($A,)*) = self;
                let mut at = 0;
                $( $A.write(from_mut(slots, at), state)?; at += $A::SLOTS; )*
                Ok(())
            }
        }
    };
}

arities! {
    ();
    (A0);
    (A0 A1);
    (A0 A1 A2);
    (A0 A1 A2 A3);
    (A0 A1 A2 A3 A4);
    (A0 A1 A2 A3 A4 A5);
    (A0 A1 A2 A3 A4 A5 A6);
    (A0 A1 A2 A3 A4 A5 A6 A7);
    (A0 A1 A2 A3 A4 A5 A6 A7 A8);
    (A0 A1 A2 A3 A4 A5 A6 A7 A8 A9);
    (A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10);
    (A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11);
}

/// A closure with the types that its trait needs to be found.
struct Typed<F, Params, Results> {
    closure: F,
    types: PhantomData<fn(Params) -> Results>,
}

impl<T: 'static, F, P: 'static, R: 'static> HostFunc<T> for [Typed<F, P, R>; 1]
where
    F: IntoFunc<T, P, R>,
{
    fn call(&self, caller: Caller<'_, T>, slots: &mut [u64]) -> Result<()> {
        let [this] = self;
        this.closure.invoke(caller, slots)
    }
}

impl<T: 'static, F, P: 'static, R: 'static> SharedHostFunc<T> for [Typed<F, P, R>; 1]
where
    F: IntoFunc<T, P, R> + Clone,
{
    fn for_store(&self) -> Result<BoxedHostFunc<T>, OutOfMemory> {
        let [this] = self;
        boxed(this.closure.clone())
    }
}

/// A closure for one store.
pub(crate) fn boxed<T: 'static, F, P: 'static, R: 'static>(closure: F) -> Result<BoxedHostFunc<T>, OutOfMemory>
where
    F: IntoFunc<T, P, R>,
{
    Ok(Box::new(Typed { closure, types: PhantomData })?.into_array())
}

/// A closure for a linker.
pub(crate) fn shared<T: 'static, F, P: 'static, R: 'static>(closure: F) -> Result<BoxedSharedHostFunc<T>, OutOfMemory>
where
    F: IntoFunc<T, P, R> + Clone,
{
    Ok(Box::new(Typed { closure, types: PhantomData })?.into_array())
}

/// The type of a closure.
pub(crate) fn func_type<T: 'static, P, R, F: IntoFunc<T, P, R>>(_closure: &F) -> Result<FuncType, OutOfMemory> {
    FuncType::new(F::PARAMS.iter().copied(), F::RESULTS.iter().copied())
}

/// A function whose types were checked once against Rust's: calls need no further check.
pub struct TypedFunc<Params, Results> {
    func: Func,
    types: PhantomData<fn(Params) -> Results>,
}

impl<Params, Results> Clone for TypedFunc<Params, Results> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Params, Results> Copy for TypedFunc<Params, Results> {}

impl<Params: WasmList, Results: WasmList> TypedFunc<Params, Results> {
    pub(crate) fn new_unchecked(func: Func) -> Self {
        Self { func, types: PhantomData }
    }

    /// The function without its types.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls the function and runs it to the end.
    pub fn call(&self, mut store: impl AsContextMut, params: Params) -> Result<Results> {
        let mut store = store.as_context_mut();
        store.state().own(self.func.store)?;
        let mut slots = Slots::new(Params::SLOTS, Results::SLOTS)?;
        params.write_all(slots.from(0), store.state())?;
        run::call(&mut store, self.func.id, &mut slots)?;
        Results::read_all(slots.get(0), store.state())
    }
}
