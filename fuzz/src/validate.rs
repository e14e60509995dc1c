//! Verdicts compared with wasmparser's, under features that both know.

use crate::difference::{difference, is_own_refusal};
use wasmparser::{BinaryReaderError, Validator, WasmFeatures};
use windlass::binary::component::is_component;
use windlass::image::Bytes;
use windlass::validate::component::component_of_any_feature;
use windlass::{ErrorKind, Features, Limits};

/// A feature here and in wasmparser.
const FEATURES: [(Features, WasmFeatures); 34] = [
    (Features::MUTABLE_GLOBAL, WasmFeatures::MUTABLE_GLOBAL),
    (Features::SATURATING_FLOAT_TO_INT, WasmFeatures::SATURATING_FLOAT_TO_INT),
    (Features::SIGN_EXTENSION, WasmFeatures::SIGN_EXTENSION),
    (Features::REFERENCE_TYPES, WasmFeatures::REFERENCE_TYPES),
    (Features::MULTI_VALUE, WasmFeatures::MULTI_VALUE),
    (Features::BULK_MEMORY, WasmFeatures::BULK_MEMORY),
    (Features::SIMD, WasmFeatures::SIMD),
    (Features::RELAXED_SIMD, WasmFeatures::RELAXED_SIMD),
    (Features::TAIL_CALL, WasmFeatures::TAIL_CALL),
    (Features::EXTENDED_CONST, WasmFeatures::EXTENDED_CONST),
    (Features::FUNCTION_REFERENCES, WasmFeatures::FUNCTION_REFERENCES),
    (Features::GC, WasmFeatures::GC),
    (Features::EXCEPTIONS, WasmFeatures::EXCEPTIONS),
    (Features::MULTI_MEMORY, WasmFeatures::MULTI_MEMORY),
    (Features::MEMORY64, WasmFeatures::MEMORY64),
    (Features::THREADS, WasmFeatures::THREADS),
    (Features::CUSTOM_DESCRIPTORS, WasmFeatures::CUSTOM_DESCRIPTORS),
    (Features::COMPACT_IMPORTS, WasmFeatures::COMPACT_IMPORTS),
    (Features::CUSTOM_PAGE_SIZES, WasmFeatures::CUSTOM_PAGE_SIZES),
    (Features::WIDE_ARITHMETIC, WasmFeatures::WIDE_ARITHMETIC),
    (Features::COMPONENT_MODEL, WasmFeatures::COMPONENT_MODEL),
    (Features::CM_ASYNC, WasmFeatures::CM_ASYNC),
    (Features::CM_THREADING, WasmFeatures::CM_THREADING),
    (Features::CM_ERROR_CONTEXT, WasmFeatures::CM_ERROR_CONTEXT),
    (Features::CM_FIXED_LENGTH_LISTS, WasmFeatures::CM_FIXED_LENGTH_LISTS),
    (Features::CM_CANON_NAMES, WasmFeatures::CM_CANON_NAMES),
    (Features::CM_IMPLEMENTS, WasmFeatures::CM_IMPLEMENTS),
    (Features::CM_MAP, WasmFeatures::CM_MAP),
    (Features::CM_FORWARD, WasmFeatures::CM_FORWARD),
    (Features::CM_ACCESSORS, WasmFeatures::CM_ACCESSORS),
    (Features::CM_MORE_ASYNC_BUILTINS, WasmFeatures::CM_MORE_ASYNC_BUILTINS),
    (Features::CM_ASYNC_STACKFUL, WasmFeatures::CM_ASYNC_STACKFUL),
    (Features::CM_VALUES, WasmFeatures::CM_VALUES),
    (Features::CM64, WasmFeatures::CM64),
];

/// What every input is judged under: WebAssembly 3.0 with proposals.
pub const EVERYTHING: Features = Features::WASM3
    .union(Features::WIDE_ARITHMETIC)
    .union(Features::CUSTOM_PAGE_SIZES)
    .union(Features::COMPACT_IMPORTS)
    .union(Features::CUSTOM_DESCRIPTORS)
    .union(Features::THREADS);

/// The same features in wasmparser.
fn wasmparser_features(features: Features) -> WasmFeatures {
    // What wasmparser can switch off and the specification cannot.
    let always = WasmFeatures::FLOATS | WasmFeatures::GC_TYPES;
    FEATURES.iter().filter(|(ours, _)| features.contains(*ours)).fold(always, |all, (_, theirs)| all | *theirs)
}

/// What somebody says of an input.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// It is valid.
    Accepted,
    /// It is malformed, invalid, or needs a feature that is switched off.
    Refused(String),
    /// It reached a limit or needs what is not there yet: nothing to compare.
    Undecided(String),
}

impl Verdict {
    /// Whether it is a refusal.
    pub fn is_refused(&self) -> bool {
        matches!(self, Verdict::Refused(_))
    }
}

/// What this engine says of a module or component.
pub fn ours(bytes: &[u8], features: Features) -> Verdict {
    let judged = if is_component(bytes) {
        let input = Bytes::Owned(bytes.to_vec().into());
        component_of_any_feature(input, features, &Limits::HOST).map(drop)
    } else {
        windlass::validate::module_of_any_feature(bytes, features, &Limits::HOST).map(drop)
    };
    match judged {
        Ok(()) => Verdict::Accepted,
        Err(error) => match error.kind() {
            ErrorKind::Malformed(_) | ErrorKind::Invalid(_) | ErrorKind::Disabled(_) => {
                Verdict::Refused(error.to_string())
            }
            ErrorKind::Unsupported(_) | ErrorKind::Limit(_) | ErrorKind::OutOfMemory => {
                Verdict::Undecided(error.to_string())
            }
            _ => panic!("no verdict: {error}"),
        },
    }
}

/// Why wasmparser refuses an input, if it does.
pub fn wasmparser_error(bytes: &[u8], features: Features) -> Option<BinaryReaderError> {
    Validator::new_with_features(wasmparser_features(features)).validate_all(bytes).err()
}

/// What wasmparser says of it.
pub fn theirs(bytes: &[u8], features: Features) -> Verdict {
    // Its own limits have no kind, only words.
    const LIMITS: [&str; 4] = ["exceed", "implementation limit", "size is out of bounds", "string size out of bounds"];
    let Some(error) = wasmparser_error(bytes, features) else { return Verdict::Accepted };
    let text = error.to_string();
    if LIMITS.iter().any(|words| text.contains(words)) || difference(bytes, &error).is_some() {
        Verdict::Undecided(text)
    } else {
        Verdict::Refused(text)
    }
}

/// Why two verdicts are not the same, or nothing where they are.
pub fn disagreement(bytes: &[u8], features: Features) -> Option<String> {
    let (ours, theirs) = (ours(bytes, features), theirs(bytes, features));
    match (&ours, &theirs) {
        (Verdict::Undecided(_), _) | (_, Verdict::Undecided(_)) => None,
        (Verdict::Accepted, Verdict::Accepted) | (Verdict::Refused(_), Verdict::Refused(_)) => None,
        (Verdict::Refused(why), Verdict::Accepted) if is_own_refusal(why) => None,
        _ => Some(format!("windlass: {ours:?}\nwasmparser: {theirs:?}")),
    }
}

/// What every component is judged under.
pub const COMPONENTS: Features = EVERYTHING
    .union(Features::COMPONENT_MODEL)
    .union(Features::CM_ASYNC)
    .union(Features::CM_MORE_ASYNC_BUILTINS)
    .union(Features::CM_THREADING)
    .union(Features::CM_ASYNC_STACKFUL)
    .union(Features::CM_ERROR_CONTEXT)
    .union(Features::CM_FIXED_LENGTH_LISTS)
    .union(Features::CM_MAP)
    .union(Features::CM_IMPLEMENTS)
    .union(Features::CM_FORWARD)
    .union(Features::CM_CANON_NAMES)
    .union(Features::CM_ACCESSORS)
    .union(Features::CM64);

/// The features that an input is judged under.
fn features(bytes: &[u8]) -> Features {
    if is_component(bytes) { COMPONENTS } else { EVERYTHING }
}

/// Judges any input both ways.
pub fn validate(bytes: &[u8]) -> Result<(), String> {
    disagreement(bytes, features(bytes)).map_or(Ok(()), Err)
}
