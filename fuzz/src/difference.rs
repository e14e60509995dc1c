//! Where wasmparser and the specification of the Component Model differ: there the
//! specification is followed, and wasmparser's verdict says nothing.

use wasmparser::{BinaryReaderError, ComponentExport, ComponentTypeRef, Parser, Payload, TypeBounds};

/// A refusal that the specification does not know.
pub struct Difference {
    /// Words of wasmparser.
    pub words: &'static str,
    /// The sentence that it contradicts.
    pub sentence: &'static str,
    /// Whether the refusal is about this, where the words alone do not tell.
    is_this: fn(&[u8], &BinaryReaderError) -> bool,
}

/// All of them.
pub const DIFFERENCES: [Difference; 3] = [
    Difference {
        words: "invalid interface version: unexpected end of input while parsing m",
        sentence: "Explainer.md, Canonical Interface Name: an `interfacename` is canonical iff it has an \
                   `interfaceversion` matching the `canonversion` production",
        is_this: |_, _| true,
    },
    Difference {
        words: "map value type cannot contain a handle",
        sentence: "Explainer.md, Type Definitions: `(map <keytype> <valtype>)`",
        is_this: |_, _| true,
    },
    Difference {
        words: "resource types are not the same",
        sentence: "Explainer.md, Type Checking: an explicit type can be ascribed to the export that replaces the \
                   `eq` bound with a less-precise `sub` bound",
        is_this: is_abstraction,
    },
];

/// Words of this engine where it refuses by the specification what wasmparser accepts, with the
/// sentence.
const OWN_REFUSALS: [(&str, &str); 1] = [
    // Custom descriptors, in the exports of module types.
    ("malformed import kind", "core spec, Binary Format, External Types"),
];

/// Whether wasmparser may accept what this engine refuses with these words.
pub fn is_own_refusal(text: &str) -> bool {
    OWN_REFUSALS.iter().any(|(words, _)| text.contains(words))
}

/// The difference that a refusal of `bytes` shows, if it is one.
pub fn difference(bytes: &[u8], error: &BinaryReaderError) -> Option<&'static Difference> {
    let text = error.to_string();
    DIFFERENCES.iter().find(|known| text.contains(known.words) && (known.is_this)(bytes, error))
}

/// Whether an export is refused because its type makes a resource type abstract.
fn is_abstraction(bytes: &[u8], error: &BinaryReaderError) -> bool {
    let ascribed = refused_export(bytes, error.offset()).and_then(|export| export.ty);
    matches!(ascribed, Some(ComponentTypeRef::Type(TypeBounds::SubResource) | ComponentTypeRef::Instance(_)))
}

/// The export at this place, of whichever component.
fn refused_export(bytes: &[u8], offset: u64) -> Option<ComponentExport<'_>> {
    Parser::new(0).parse_all(bytes).map_while(Result::ok).find_map(|payload| match payload {
        Payload::ComponentExportSection(exports) => {
            exports.into_iter_with_offsets().flatten().find_map(|(at, export)| (at == offset).then_some(export))
        }
        _ => None,
    })
}
