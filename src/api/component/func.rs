//! Component-level functions, as handles.

use super::run;
use super::types;
use crate::api::store::{AsContext, AsContextMut, StoreId};
use crate::component::abi::context::{Cx, Side};
use crate::component::abi::lift_flat::{FlatIn, lift_flat_values};
use crate::component::abi::lower_flat::{FlatOut, lower_flat_values};
use crate::component::abi::val::Val;
use crate::component::boundary;
use crate::component::canon::{Options, lift};
use crate::component::state::{self, FuncId, FuncKind, TaskId};
use crate::error::{Error, ErrorKind, Misuse, Result};
use crate::syntax::Features;
use crate::types::component::FuncType;
use crate::types::flatten::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};

/// A function of a component instance: a handle, good for its store only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Func {
    pub(super) store: StoreId,
    pub(super) id: FuncId,
}

impl Func {
    /// Its type.
    pub fn ty(&self, store: impl AsContext) -> Result<types::ComponentFunc> {
        let store = store.as_context();
        let state = &store.inner.state;
        state.own(self.store)?;
        let component = &state.component.state;
        let func = component.live.func(self.id)?;
        let image = component.live.instance(func.inst)?.image;
        let image = component.images.get(image).ok_or(Misuse::WrongStore)?;
        Ok(types::ComponentFunc::of(image, func.ty))
    }

    /// Calls the function. `results` has a place for each result, whatever is in it.
    ///
    /// After a trap or any other error while the guest ran, every instance that took part is
    /// locked down: it can never be entered again.
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let mut store = store.as_context_mut();
        store.state().own(self.store)?;
        self.check(store.state(), params, results)?;
        let id = self.id;
        run::on_machine(&mut store, |store, machine| {
            let mut cx = run::cx(store.state(), machine);
            let side = lift::begin(&mut cx, id)?;
            let ty = func_type(&cx, id, &side)?;
            let mut flat = FlatOut::new();
            let values = ty.params.iter().map(|param| param.ty).zip(params);
            lower_flat_values(&mut cx, &side, MAX_FLAT_PARAMS, values, None, &mut flat)?;
            lift::start(&mut cx, side.task, &flat)?;
            run::drive(store, machine, &mut |cx, task| lift_results(cx, task, results))
        })
    }

    /// Everything that can be checked before anything happens.
    fn check(&self, state: &mut crate::api::store::State, params: &[Val], results: &[Val]) -> Result<()> {
        let mut machine = crate::exec::Machine::new();
        let cx = run::cx(state, &mut machine);
        let func = *cx.live.func(self.id)?;
        if let FuncKind::Host(_) = func.kind {
            let error = Error::new(ErrorKind::Unsupported(Features::COMPONENT_MODEL));
            return Err(error.with_message(format_args!("a function of the host called through a component")));
        }
        // Checking reads types only: options and call do not matter.
        let side = boundary::side(&cx, func.inst, Options::default(), TaskId(0))?;
        let ty = side.types().func(func.ty)?;
        if params.len() != ty.params.len() {
            let message = format_args!("{} arguments for {} parameters", params.len(), ty.params.len());
            return Err(Error::from(Misuse::ArgumentTypes).with_message(message));
        }
        if results.len() != usize::from(ty.result.is_some()) {
            return Err(Misuse::ResultCount.into());
        }
        for (param, value) in ty.params.iter().zip(params) {
            let checked = value.check(&side, param.ty);
            checked.map_err(|error| error.context(format_args!("param `{}`", side.label(param.name))))?;
        }
        Ok(())
    }
}

fn func_type<'t>(cx: &Cx<'_>, id: FuncId, side: &Side<'t>) -> Result<FuncType<'t>> {
    let func: &state::Func = cx.live.func(id)?;
    Ok(side.types().func(func.ty)?)
}

/// Lifts the result of a function for the host.
fn lift_results(cx: &mut Cx<'_>, task: TaskId, results: &mut [Val]) -> Result<()> {
    let (func, side, slot) = lift::result(cx, task)?;
    let types = side.types().func(func.ty)?.result;
    let mut flat = FlatIn::new(slot.as_slice());
    let values = lift_flat_values(cx, &side, MAX_FLAT_RESULTS, &mut flat, types.into_iter());
    let values = values.map_err(|error| error.context(format_args!("result")))?;
    for (place, value) in results.iter_mut().zip(values) {
        *place = value;
    }
    Ok(())
}
