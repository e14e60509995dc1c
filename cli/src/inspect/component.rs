//! A component's imports, exports, and what is nested in it.

use super::module;
use crate::page::Page;
use crate::wit::Wit;
use windlass::image::{Component, Image};

/// Writes what there is to say about the outermost component.
pub fn component(page: &mut Page, image: &Image, component: &Component) {
    if let Some(ty) = component.ty.and_then(|id| image.types.component(id).ok()) {
        let mut wit = Wit::new(image);
        wit.externs(page, "import ", ty.imports);
        wit.externs(page, "export ", ty.exports);
    }
    let totals = image.modules.iter().map(|module| module.side_table.size());
    page.line(format_args!("side table: {} bytes in all core modules", totals.sum::<usize>()));
    nested(page, image, component);
}

/// Components and core modules in their order.
fn nested(page: &mut Page, image: &Image, component: &Component) {
    for id in component.nested_modules.iter() {
        let Some(module) = image.module(*id) else { continue };
        page.line(format_args!("core module {id}: {}", place(module.span)));
        page.indented(|page| module::module(page, image, module));
    }
    for id in component.nested_components.iter() {
        let Some(component) = image.component(*id) else { continue };
        page.line(format_args!("component {id}: {}", place(component.span)));
        page.indented(|page| nested(page, image, component));
    }
}

fn place(span: windlass::image::Span) -> String {
    format!("{} bytes at 0x{:x}", span.len, span.start)
}
