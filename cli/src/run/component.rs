//! Runs a component.

use super::exports::{self, Export};
use crate::Outcome;
use crate::failure::Failure;
use crate::page::Page;
use crate::wave::Call;
use crate::wave::component::{WaveType, WaveVal};
use crate::wit::Wit;
use windlass::component::types::{ComponentFunc, ComponentItem};
use windlass::component::{Component, Linker, Val};
use windlass::text::trace::Trace;
use windlass::types::component::ExternType;
use windlass::{Engine, Store};

/// Calls what `call` names.
pub fn run(bytes: &[u8], call: Option<&Call>, trace: bool) -> Outcome {
    let engine = Engine::default();
    let component = Component::from_slice(&engine, bytes)?;
    let exports = functions(&component);
    let Some(call) = call else {
        return Err(
            Failure::usage("nothing says what to call: name an export with --invoke").note(exports::listing(&exports))
        );
    };
    check_imports(&component)?;
    let export = exports::find(exports, call.name())?;
    let types: Vec<WaveType> = export.handle.func.params().map(|(_, ty)| WaveType(ty)).collect();
    let arguments = call.arguments::<WaveVal>(&types)?;
    let arguments: Vec<Val> = arguments.into_iter().map(|val| val.0).collect();
    let mut store = Store::new(&engine, ());
    if trace {
        store.observe(Some(Trace(|line: &str| eprintln!("{line}"))))?;
    }
    let results = invoke(&mut store, &component, &export, &arguments)?;
    for val in results {
        let line = wasm_wave::to_string(&WaveVal(val));
        println!("{}", line.map_err(|error| Failure::new(error).while_("cannot write the result as WAVE"))?);
    }
    Ok(())
}

/// A function of a component: the instances to go through, and its type.
struct Target {
    path: Vec<String>,
    func: ComponentFunc,
}

/// The functions that the component exports, those in interfaces included.
fn functions(component: &Component) -> Vec<Export<Target>> {
    let mut found = Vec::new();
    collect(component.component_type().exports(), &mut Vec::new(), &mut found);
    found
}

/// How deep instances are nested is limited by `Limits::nesting_depth`, and so is this recursion.
fn collect<'c>(
    exports: impl Iterator<Item = (&'c str, ComponentItem)>,
    path: &mut Vec<String>,
    found: &mut Vec<Export<Target>>,
) {
    for (name, item) in exports {
        match item {
            ComponentItem::ComponentFunc(func) => found.push(Export {
                interface: (!path.is_empty()).then(|| path.join("#")),
                name: name.to_owned(),
                signature: Wit::new(func.image()).func(func.id()),
                handle: Target { path: path.clone(), func },
            }),
            ComponentItem::ComponentInstance(instance) => {
                path.push(name.to_owned());
                collect(instance.exports(), path, found);
                path.pop();
            }
            _ => {}
        }
    }
}

/// Nobody provides anything, so each import of more than a type is one too many.
fn check_imports(component: &Component) -> Outcome {
    let image = component.image();
    let ty = image.root().and_then(|root| root.ty).and_then(|id| image.types.component(id).ok());
    let imports = ty.map_or(&[][..], |ty| ty.imports);
    if imports.iter().all(|import| matches!(import.ty, ExternType::Type(_))) {
        return Ok(());
    }
    let mut page = Page::default();
    page.line("it imports:");
    page.indented(|page| Wit::new(image).externs(page, "", imports));
    Err(Failure::new("nobody provides what it imports").note(page))
}

fn invoke(
    store: &mut Store<()>,
    component: &Component,
    export: &Export<Target>,
    arguments: &[Val],
) -> Outcome<Vec<Val>> {
    let linker = Linker::new(store.engine());
    let instance =
        linker.instantiate(&mut *store, component).map_err(|error| Failure::from(error).while_("instantiating"))?;
    let doing = || format!("calling {}", export.full_name());
    let mut at = None;
    for name in &export.handle.path {
        at = instance.get_export_index(&mut *store, at.as_ref(), name);
    }
    let func = instance
        .get_export_index(&mut *store, at.as_ref(), &export.name)
        .and_then(|index| instance.get_func(&mut *store, index))
        .ok_or_else(|| Failure::new("the export is gone").while_(doing()))?;
    let results = usize::from(export.handle.func.result().is_some());
    let mut found: Vec<Val> = (0..results).map(|_| Val::Bool(false)).collect();
    func.call(&mut *store, arguments, &mut found).map_err(|error| Failure::from(error).while_(doing()))?;
    Ok(found)
}
