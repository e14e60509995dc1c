//! Components: values, strings, resources, traps, and the greeter.

#[cfg(feature = "component-async")]
mod async_host;
#[cfg(feature = "component-async")]
mod async_values;
#[cfg(feature = "component-async")]
mod concurrency;
mod crossed;
#[cfg(feature = "component-async")]
mod crossed_async;
#[cfg(feature = "component-async")]
mod crossed_async_site;
#[cfg(feature = "component-async")]
mod crossed_copy;
mod crossed_handle;
#[cfg(feature = "component-async")]
mod crossed_site;
#[cfg(feature = "component-async")]
mod crossed_string;
#[cfg(feature = "component-async")]
mod direct;
#[cfg(feature = "component-async")]
mod direct_async;
mod greeter;
#[cfg(feature = "component-async")]
mod guest;
mod handed;
mod handle;
#[cfg(feature = "component-async")]
mod held_back;
mod host;
#[cfg(feature = "component-async")]
mod hosted;
mod hostile;
mod kitchen;
mod leak;
mod paused;
mod reentrance;
#[cfg(feature = "component-async")]
mod reference;
mod round_trip;
#[cfg(feature = "text")]
mod trace;
mod trap;
mod typed;
mod vectors;

use windlass::component::{Component, ComponentNamedList, Func, Instance, Lift, Linker, Lower, TypedFunc, Val};
use windlass::{Engine, Progress, Store};

/// An instance of a component in the text format, without imports.
pub fn instance(wat: &str) -> (Store<()>, Instance) {
    let engine = Engine::default();
    let bytes = wat::parse_str(wat).expect("text of a component");
    let component = Component::new(&engine, bytes).expect("a valid component");
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).expect("an instance");
    (store, instance)
}

/// Calls an exported function with one result.
pub fn call(store: &mut Store<()>, func: Func, params: &[Val]) -> windlass::Result<Val> {
    let mut results = [Val::Bool(false)];
    func.call(store, params, &mut results)?;
    let [result] = results;
    Ok(result)
}

/// Calls a function that waits for nobody with one unit of fuel at a time: what it comes to, and what was left of the
/// fuel wherever it stopped.
pub fn unit_by_unit<P, R>(store: &mut Store<()>, func: TypedFunc<P, R>, params: P) -> (windlass::Result<R>, Vec<u64>)
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    store.set_fuel(1).unwrap();
    let mut pauses = Vec::new();
    let mut progress = func.call_resumable(&mut *store, params);
    loop {
        match progress {
            Ok(Progress::Done(result)) => return (Ok(result), pauses),
            Err(error) => return (Err(error), pauses),
            Ok(Progress::OutOfFuel(paused)) => {
                pauses.push(store.get_fuel().unwrap());
                store.add_fuel(1).unwrap();
                progress = paused.resume(&mut *store);
            }
            Ok(Progress::Waiting(_)) => panic!("nothing to wait for"),
        }
    }
}

/// A string of the host.
pub fn text(text: &str) -> Val {
    Val::String(windlass::support::String::from_text(text).unwrap())
}

/// A record of the host.
pub fn record(fields: Vec<(&str, Val)>) -> Val {
    let fields = fields.into_iter().map(|(label, value)| (windlass::support::String::from_text(label).unwrap(), value));
    Val::Record(windlass::support::Vec::collect(fields).unwrap())
}
