//! `windlass inspect`: what is inside a file, and what running it needs.

mod board;
mod component;
mod module;

pub use module::{extern_type, func_type};

use crate::Outcome;
use crate::args::InspectArgs;
use crate::judge;
use crate::page::Page;

/// Prints it.
pub fn inspect(args: &InspectArgs) -> Outcome {
    if args.board {
        return board::board(&args.file);
    }
    let image = judge::read(&args.file)?.image;
    let (file, bytes) = (args.file.display(), image.bytes.len());
    let mut page = Page::default();
    match image.root() {
        Some(root) => {
            page.line(format_args!("{file}: component, {bytes} bytes"));
            page.indented(|page| component::component(page, &image, root));
        }
        None => {
            page.line(format_args!("{file}: core module, {bytes} bytes"));
            page.indented(|page| image.modules.iter().for_each(|module| module::module(page, &image, module)));
        }
    }
    print!("{page}");
    Ok(())
}
