//! Reads a file: its bytes, and whether they are a component or a core module.

use crate::Outcome;
use crate::failure::Failure;
use std::path::Path;

/// The two kinds of binary that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// A core module.
    Module,
    /// A component.
    Component,
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Layer::Module => "module",
            Layer::Component => "component",
        })
    }
}

/// The bytes of a binary.
pub struct Input {
    /// In the binary format, also where the file is text.
    pub bytes: Vec<u8>,
    /// What its preamble says. Bytes that are neither count as a module, whose decoder says what is wrong.
    pub layer: Layer,
}

/// Reads `path`, in the text format if its name ends in `.wat`.
pub fn read(path: &Path) -> Outcome<Input> {
    let bytes = if path.extension().is_some_and(|extension| extension == "wat") {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::io("cannot read", path, &error))?;
        let parsed = wat::Parser::new().parse_str(Some(path), &text);
        parsed.map_err(|error| Failure::new("cannot parse the text format").note(error))?
    } else {
        std::fs::read(path).map_err(|error| Failure::io("cannot read", path, &error))?
    };
    Ok(Input { layer: layer_of(&bytes), bytes })
}

/// Binary.md, Component Definitions: the layer is the second half of the version field.
fn layer_of(bytes: &[u8]) -> Layer {
    match bytes {
        [b'\0', b'a', b's', b'm', _, _, 1, 0, ..] => Layer::Component,
        _ => Layer::Module,
    }
}
