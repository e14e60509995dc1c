//! Functions whose types were checked once against Rust's.

use super::call::CallBody;
#[cfg(feature = "component-async")]
use super::call::StartedBody;
use super::func::Func;
use super::instance::{Instance, InstanceExportLookup};
#[cfg(feature = "component-async")]
use super::poll::{self, At};
#[cfg(feature = "component-async")]
use super::started::Started;
use super::{event_loop, run};
use crate::api::Progress;
use crate::api::store::{AsContext, AsContextMut};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::FlatIn;
use crate::component::abi::lower_flat::FlatOut;
use crate::component::abi::typed::{ComponentNamedList, Lift, Lower, Ty, Types, lift_values, lower_values};
use crate::error::{Error, Misuse, Result, bug};
#[cfg(feature = "component-async")]
use crate::support::Box;
use crate::types::component::FuncType;
use crate::types::flatten::MAX_FLAT_PARAMS;
#[cfg(feature = "component-async")]
use core::any::Any;
use core::marker::PhantomData;

/// A function of a component instance whose parameters and result are Rust types: a call checks
/// no types, and values go straight from Rust into the guest's memory and back.
///
/// `Params` is a tuple of the parameters, `Return` is `(R,)` or, where there is no result, `()`.
///
/// ```
/// use windlass::component::{Component, Linker};
/// use windlass::{Engine, Store};
///
/// # const WAT: &str = r#"(component
/// #   (core module $M
/// #     (memory (export "memory") 1)
/// #     (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
/// #     (func (export "echo") (param i32 i32) (result i32)
/// #       (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
/// #   (core instance $m (instantiate $M))
/// #   (func (export "echo") (param "text" string) (result string)
/// #     (canon lift (core func $m "echo") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))"#;
/// # let bytes = wat::parse_str(WAT).unwrap();
/// let engine = Engine::default();
/// let component = Component::new(&engine, bytes)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
///
/// // echo: func(text: string) -> string
/// let echo = instance.get_typed_func::<(&str,), (String,)>(&mut store, "echo")?;
/// assert_eq!(echo.call(&mut store, ("Ada",))?.0, "Ada");
///
/// let wrong = instance.get_typed_func::<(u32,), (String,)>(&mut store, "echo").err().unwrap();
/// assert!(wrong.to_string().ends_with("param text: arguments do not fit the function's parameters: expected string, found u32"));
/// # Ok::<(), windlass::Error>(())
/// ```
pub struct TypedFunc<Params, Return> {
    func: Func,
    types: PhantomData<fn(Params) -> Return>,
}

impl<Params, Return> Clone for TypedFunc<Params, Return> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Params, Return> Copy for TypedFunc<Params, Return> {}

impl<Params, Return> TypedFunc<Params, Return>
where
    Params: ComponentNamedList + Lower,
    Return: ComponentNamedList + Lift,
{
    /// The function without its types.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls the function and runs it to the end; see [`Func::call`].
    pub fn call(&self, mut store: impl AsContextMut, params: Params) -> Result<Return> {
        let mut store = store.as_context_mut();
        store.state().own(self.func.store)?;
        let mut values = Values::new(params);
        run::to_end(&mut store, |store, machine| event_loop::call(store, machine, self.func.id, &mut values))?;
        values.take()
    }

    /// Calls the function and runs it until it ends or has no fuel left; see
    /// [`Func::call_resumable`].
    pub fn call_resumable(
        &self,
        mut store: impl AsContextMut,
        params: Params,
    ) -> Result<Progress<PausedTypedCall<Params, Return>, Return>> {
        let mut store = store.as_context_mut();
        store.state().own(self.func.store)?;
        let mut values = Values::new(params);
        let progress =
            run::on_machine(&mut store, |store, machine| event_loop::call(store, machine, self.func.id, &mut values))?;
        PausedTypedCall::after(progress, values)
    }

    /// Starts a call, which goes on whenever the store runs: with [`Store::poll`](crate::Store::poll)
    /// or any other call. The store is not borrowed meanwhile.
    #[cfg(feature = "component-async")]
    pub fn start(&self, mut store: impl AsContextMut, params: Params) -> Result<Started<Return>>
    where
        Params: Send + 'static,
        Return: Send + 'static,
    {
        let mut store = store.as_context_mut();
        store.state().own(self.func.store)?;
        let body = Values::<Params, Return>::new(params);
        Started::new(&mut store, self.func.id, Box::new(body)?.into_array())
    }

    /// Calls the function, as a Rust future that ends with the call; see [`Func::call_async`].
    ///
    /// ```
    /// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
    /// use windlass::component::{Component, Linker};
    /// use windlass::{Engine, Store, StoreContextMut};
    ///
    /// # const WAT: &str = r#"(component
    /// #   (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
    /// #   (core func $add (canon lower (func $add)))
    /// #   (core module $M
    /// #     (import "" "add" (func $add (param i32 i32) (result i32)))
    /// #     (func (export "run") (result i32) (call $add (i32.const 40) (i32.const 2))))
    /// #   (core instance $m (instantiate $M (with "" (instance (export "add" (func $add))))))
    /// #   (func (export "run") (result u32) (canon lift (core func $m "run"))))"#;
    /// # let bytes = wat::parse_str(WAT).unwrap();
    /// let engine = Engine::default();
    /// let component = Component::new(&engine, bytes)?;
    /// let mut linker = Linker::<()>::new(&engine);
    /// linker.root().func_wrap_async("add", |_: StoreContextMut<'_, ()>, (a, b): (u32, u32)| {
    ///     Box::pin(async move {
    ///         // Here it may wait for anything.
    ///         Ok((a + b,))
    ///     })
    /// })?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = linker.instantiate(&mut store, &component)?;
    /// let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run")?;
    /// let call = run.call_async(&mut store, ());
    /// # let Poll::Ready(result) = pin!(call).poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
    /// // let result = call.await;
    /// assert_eq!(result?, (42,));
    /// # Ok::<(), windlass::Error>(())
    /// ```
    #[cfg(feature = "component-async")]
    pub async fn call_async(&self, mut store: impl AsContextMut, params: Params) -> Result<Return> {
        let mut store = store.as_context_mut();
        store.state().own(self.func.store)?;
        let mut body = Values::new(params);
        let called = poll::to_end(&mut store, |store, machine, at| match at {
            At::Begin => event_loop::call(store, machine, self.func.id, &mut body),
            At::Resume => event_loop::go_on(store, machine, &mut body),
        });
        called.await?;
        body.take()
    }
}

/// Arguments, until they are lowered, and the result, once it is lifted.
struct Values<Params, Return> {
    params: Params,
    result: Option<Return>,
}

impl<Params, Return> Values<Params, Return> {
    const fn new(params: Params) -> Self {
        Self { params, result: None }
    }

    fn take(self) -> Result<Return> {
        self.result.ok_or_else(|| bug!("a call has ended without a result").into())
    }
}

impl<Params: Lower, Return: Lift> CallBody for Values<Params, Return> {
    fn lower(&mut self, cx: &mut Cx<'_>, side: &Side<'_>, ty: &FuncType<'_>, out: &mut FlatOut) -> Result<()> {
        lower_values(cx, side, (MAX_FLAT_PARAMS, Ty::Params(ty.params)), &self.params, None, out)
    }

    #[cfg(crossings)]
    fn text(&self) -> Option<&str> {
        if Params::TEXTS == 1 { Some(self.params.text()) } else { None }
    }

    fn lift(
        &mut self,
        cx: &mut Cx<'_>,
        side: &Side<'_>,
        ty: &FuncType<'_>,
        max_flat: u32,
        flat: &mut FlatIn<'_>,
    ) -> Result<()> {
        let ty = ty.result.map_or(Ty::None, Ty::Result);
        self.result = Some(lift_values(cx, side, (max_flat, ty), flat)?);
        Ok(())
    }
}

#[cfg(feature = "component-async")]
impl<Params, Return> StartedBody for [Values<Params, Return>; 1]
where
    Params: Lower + Send + 'static,
    Return: Lift + Send + 'static,
{
    fn result(&mut self) -> &mut dyn Any {
        let [Values { result, .. }] = self;
        result
    }
}

/// A typed call that ran out of fuel. Where it is not to go on, [`cancel`](Self::cancel) gives back what it
/// holds; see [`PausedCall`](super::PausedCall).
pub struct PausedTypedCall<Params, Return> {
    paused: run::Paused,
    values: Values<Params, Return>,
}

impl<Params, Return> PausedTypedCall<Params, Return>
where
    Params: ComponentNamedList + Lower,
    Return: ComponentNamedList + Lift,
{
    fn after(progress: Progress<run::Paused>, values: Values<Params, Return>) -> Result<Progress<Self, Return>> {
        Ok(match progress {
            Progress::Done(()) => Progress::Done(values.take()?),
            Progress::OutOfFuel(paused) => Progress::OutOfFuel(Self { paused, values }),
            Progress::Waiting(paused) => Progress::Waiting(Self { paused, values }),
        })
    }

    /// Goes on where the call stopped; see [`Func::call_resumable`].
    pub fn resume(self, mut store: impl AsContextMut) -> Result<Progress<Self, Return>> {
        let Self { paused, mut values } = self;
        let mut store = store.as_context_mut();
        let progress =
            run::resume(&mut store, paused, |store, machine| event_loop::go_on(store, machine, &mut values))?;
        Self::after(progress, values)
    }

    /// Ends the call where it stands; see [`PausedCall::cancel`](super::PausedCall::cancel).
    pub fn cancel(self, mut store: impl AsContextMut) -> Result<()> {
        run::give_up(&mut store.as_context_mut(), self.paused)
    }
}

impl Func {
    /// The same function with its types checked once: see [`TypedFunc`].
    pub fn typed<Params, Return>(&self, store: impl AsContext) -> Result<TypedFunc<Params, Return>>
    where
        Params: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        let state = &state.component.state;
        let func = state.linked.func(self.id)?;
        let image = state.linked.images.get(state.live.instance(func.inst)?.image).ok_or(Misuse::WrongStore)?;
        let types = Types { image, live: &state.live, inst: func.inst };
        let ty = image.types.func(func.ty)?;
        Params::typecheck(Ty::Params(ty.params), &types)?;
        Return::typecheck(ty.result.map_or(Ty::None, Ty::Result), &types)?;
        Ok(TypedFunc { func: *self, types: PhantomData })
    }
}

impl Instance {
    /// The exported function of that name, or with that index, with its types checked once: see
    /// [`TypedFunc`].
    pub fn get_typed_func<Params, Return>(
        &self,
        mut store: impl AsContextMut,
        name: impl InstanceExportLookup,
    ) -> Result<TypedFunc<Params, Return>>
    where
        Params: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        let mut store = store.as_context_mut();
        let func = self.get_func(&mut store, name).ok_or_else(|| Error::from(Misuse::UnknownExport))?;
        func.typed(&store)
    }
}
