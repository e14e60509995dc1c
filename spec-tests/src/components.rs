//! What a file's component directives run on.

use wast::component::WastVal;
use wast::{WastArg, WastRet};
use windlass::component::{self, Linker, Val};
use windlass::error::Misuse;
use windlass::image::ImageRef;
use windlass::support;
use windlass::validate::component::{component_of_any_feature, component_with_gaps};
use windlass::{Engine, Error, Store};

/// A component that was defined.
#[derive(Clone, Debug)]
pub struct Component {
    /// What was judged.
    pub image: ImageRef,
}

/// An instance of a component, with the component.
#[derive(Clone, Debug)]
pub struct ComponentInstance {
    component: component::Component,
    instance: component::Instance,
}

/// The component side of a run.
pub struct Components {
    engine: Engine,
    linker: Linker<()>,
}

impl Components {
    /// Ready to run the component directives of one file.
    pub fn new(engine: &Engine) -> Self {
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        Self { engine: engine.clone(), linker }
    }

    /// Decodes and validates a component.
    pub fn define(&mut self, bytes: Vec<u8>) -> windlass::Result<Component> {
        // Judged by every rule; what the engine cannot run it refuses when it comes to that.
        let config = self.engine.config();
        let image = component_of_any_feature(bytes.into(), config.features(), config.get_limits())?;
        Ok(Component { image: ImageRef::share(image)? })
    }

    /// Instantiates a component with what registered instances provide.
    pub fn instantiate(&mut self, store: &mut Store<()>, component: &Component) -> windlass::Result<ComponentInstance> {
        let config = self.engine.config();
        let bytes = component.image.bytes.to_vec();
        let image = component_with_gaps(bytes.into(), config.features(), config.get_limits())?;
        let component = component::Component::from_image(ImageRef::share(image)?)?;
        let instance = self.linker.instantiate(store, &component)?;
        Ok(ComponentInstance { component, instance })
    }

    /// Makes an instance importable under that name.
    pub fn register(
        &mut self,
        store: &mut Store<()>,
        name: &str,
        instance: &ComponentInstance,
    ) -> windlass::Result<()> {
        let mut names = self.linker.instance(name)?;
        for (export, _) in instance.component.component_type().exports() {
            if let Some(index) = instance.instance.get_export_index(&mut *store, None, export) {
                names.export(export, &index)?;
            }
        }
        Ok(())
    }

    /// Calls an exported function.
    pub fn call(
        &mut self,
        store: &mut Store<()>,
        instance: &ComponentInstance,
        name: &str,
        args: &[WastArg<'_>],
    ) -> windlass::Result<Vec<Val>> {
        let func = instance.instance.get_func(&mut *store, name).ok_or_else(|| {
            Error::from(Misuse::UnknownExport).with_message(format_args!("no function is exported as {name:?}"))
        })?;
        let args = args.iter().map(|arg| match arg {
            WastArg::Component(value) => val(value),
            _ => Err(Misuse::ArgumentTypes.into()),
        });
        let args = args.collect::<windlass::Result<Vec<_>>>()?;
        let count = usize::from(func.ty(&*store)?.result().is_some());
        let mut results: Vec<Val> = (0..count).map(|_| Val::Bool(false)).collect();
        func.call(store, &args, &mut results)?;
        Ok(results)
    }
}

/// Compares results with what the script expects.
pub(crate) fn check(found: &[Val], expected: &[WastRet<'_>]) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("expected {} results, got {found:?}", expected.len()));
    }
    for (found, expected) in found.iter().zip(expected) {
        let WastRet::Component(value) = expected else {
            return Err(format!("expected {expected:?}, got {found:?}"));
        };
        let value = val(value).map_err(|error| error.to_string())?;
        if !same(found, &value) {
            return Err(format!("expected {value:?}, got {found:?}"));
        }
    }
    Ok(())
}

/// Whether values are the same. Every NaN is a NaN: the Canonical ABI makes them all one.
fn same(a: &Val, b: &Val) -> bool {
    let all = |a: &[Val], b: &[Val]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    let optional = |a: &Option<support::Box<Val>>, b: &Option<support::Box<Val>>| match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    };
    match (a, b) {
        (Val::Float32(a), Val::Float32(b)) if a.is_nan() && b.is_nan() => true,
        (Val::Float64(a), Val::Float64(b)) if a.is_nan() && b.is_nan() => true,
        (Val::List(a), Val::List(b)) | (Val::Tuple(a), Val::Tuple(b)) => all(a, b),
        (Val::Record(a), Val::Record(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.0 == b.0 && same(&a.1, &b.1))
        }
        (Val::Variant(a, x), Val::Variant(b, y)) => a == b && optional(x, y),
        (Val::Option(a), Val::Option(b)) => optional(a, b),
        (Val::Result(Ok(a)), Val::Result(Ok(b))) | (Val::Result(Err(a)), Val::Result(Err(b))) => optional(a, b),
        (a, b) => a == b,
    }
}

fn string(text: &str) -> windlass::Result<support::String> {
    Ok(support::String::from_text(text)?)
}

fn vals(items: &[WastVal<'_>]) -> windlass::Result<support::Vec<Val>> {
    let items = items.iter().map(val).collect::<windlass::Result<Vec<_>>>()?;
    Ok(items.into())
}

fn boxed(item: &Option<Box<WastVal<'_>>>) -> windlass::Result<Option<support::Box<Val>>> {
    item.as_deref().map(|item| Ok(support::Box::new(val(item)?)?)).transpose()
}

/// A value of a script.
fn val(value: &WastVal<'_>) -> windlass::Result<Val> {
    Ok(match value {
        WastVal::Bool(v) => Val::Bool(*v),
        WastVal::U8(v) => Val::U8(*v),
        WastVal::S8(v) => Val::S8(*v),
        WastVal::U16(v) => Val::U16(*v),
        WastVal::S16(v) => Val::S16(*v),
        WastVal::U32(v) => Val::U32(*v),
        WastVal::S32(v) => Val::S32(*v),
        WastVal::U64(v) => Val::U64(*v),
        WastVal::S64(v) => Val::S64(*v),
        WastVal::F32(v) => Val::Float32(f32::from_bits(v.bits)),
        WastVal::F64(v) => Val::Float64(f64::from_bits(v.bits)),
        WastVal::Char(v) => Val::Char(*v),
        WastVal::String(v) => Val::String(string(v)?),
        WastVal::List(items) => Val::List(vals(items)?),
        WastVal::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| Ok((val(key)?, val(value)?)));
            Val::Map(entries.collect::<windlass::Result<Vec<_>>>()?.into())
        }
        WastVal::Record(fields) => {
            let fields = fields.iter().map(|(label, value)| Ok((string(label)?, val(value)?)));
            Val::Record(fields.collect::<windlass::Result<Vec<_>>>()?.into())
        }
        WastVal::Tuple(items) => Val::Tuple(vals(items)?),
        WastVal::Variant(label, payload) => Val::Variant(string(label)?, boxed(payload)?),
        WastVal::Enum(label) => Val::Enum(string(label)?),
        WastVal::Option(payload) => Val::Option(boxed(payload)?),
        WastVal::Result(Ok(payload)) => Val::Result(Ok(boxed(payload)?)),
        WastVal::Result(Err(payload)) => Val::Result(Err(boxed(payload)?)),
        WastVal::Flags(labels) => {
            let labels = labels.iter().map(|label| string(label)).collect::<windlass::Result<Vec<_>>>()?;
            Val::Flags(labels.into())
        }
    })
}
