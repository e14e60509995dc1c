//! Proposals, finished or not, that can be switched on and off.

use crate::support::cut::cut_all;

/// Declares [`Features`] and the names of its flags from one table.
macro_rules! features {
    ($($(#[doc = $doc:literal])* $flag:ident $name:literal = $bit:literal;)+) => {
        bitflags::bitflags! {
            /// What the decoder and the validator let pass.
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct Features: u64 {
                $( $(#[doc = $doc])* const $flag = 1 << $bit; )+
            }
        }

        /// Every flag with its name on the command line, in the order of the table.
        pub const FEATURE_NAMES: &[(&str, Features)] = &[ $( ($name, Features::$flag), )+ ];

        /// The same in fewer bytes: the flags' bits, and their names in one text.
        static BITS: &[u8] = &[ $( $bit, )+ ];
        static NAMES: &str = concat!($( $name, " ", )+);
    };
}

features! {
    /// WebAssembly 1.0.
    MVP "mvp" = 0;
    /// Import and export of mutable globals.
    MUTABLE_GLOBAL "mutable-global" = 1;
    /// Conversions from floats that saturate.
    SATURATING_FLOAT_TO_INT "saturating-float-to-int" = 2;
    /// Sign extension of parts of integers.
    SIGN_EXTENSION "sign-extension" = 3;
    /// References as values, several tables.
    REFERENCE_TYPES "reference-types" = 4;
    /// Several results, blocks with parameters.
    MULTI_VALUE "multi-value" = 5;
    /// Memory and table instructions on ranges, passive segments.
    BULK_MEMORY "bulk-memory" = 6;
    /// 128-bit vectors.
    SIMD "simd" = 7;
    /// Vector instructions with implementation-defined results.
    RELAXED_SIMD "relaxed-simd" = 8;
    /// Calls that replace their caller's frame.
    TAIL_CALL "tail-call" = 9;
    /// Arithmetic in constant expressions.
    EXTENDED_CONST "extended-const" = 10;
    /// Typed references to functions.
    FUNCTION_REFERENCES "function-references" = 11;
    /// Structures, arrays, casts, recursive types.
    GC "gc" = 12;
    /// Exceptions with `try_table`.
    EXCEPTIONS "exceptions" = 13;
    /// Several memories.
    MULTI_MEMORY "multi-memory" = 14;
    /// Memories and tables with 64-bit addresses.
    MEMORY64 "memory64" = 15;
    /// Shared memories and atomic instructions.
    THREADS "threads" = 16;
    /// Memories whose pages are not 64 KiB.
    CUSTOM_PAGE_SIZES "custom-page-sizes" = 17;
    /// 128-bit integer arithmetic.
    WIDE_ARITHMETIC "wide-arithmetic" = 18;
    /// Imports grouped by module.
    COMPACT_IMPORTS "compact-imports" = 19;
    /// Descriptors and exact references.
    CUSTOM_DESCRIPTORS "custom-descriptors" = 20;

    /// Components (`Explainer.md`).
    COMPONENT_MODEL "component-model" = 32;
    /// Values and start functions of components (🪙).
    CM_VALUES "cm-values" = 33;
    /// Async functions, streams, futures, tasks (🔀).
    CM_ASYNC "cm-async" = 34;
    /// Threads within a component (🧵).
    CM_THREADING "cm-threading" = 35;
    /// Threads within a component that share memory (🧵②).
    CM_SHARED_THREADING "cm-shared-threading" = 36;
    /// Error contexts (📝).
    CM_ERROR_CONTEXT "cm-error-context" = 37;
    /// Lists of a fixed length (🔧).
    CM_FIXED_LENGTH_LISTS "cm-fixed-length-lists" = 38;
    /// Nested names (🪺).
    CM_NESTED_NAMES "cm-nested-names" = 39;
    /// Canonical interface names (🔗).
    CM_CANON_NAMES "cm-canon-names" = 40;
    /// `implements` and `external-id` attributes (🏷️).
    CM_IMPLEMENTS "cm-implements" = 41;
    /// Maps (🗺️).
    CM_MAP "cm-map" = 42;
    /// `stream.forward` and `future.forward` (➡️).
    CM_FORWARD "cm-forward" = 43;
    /// Getters and setters (📡).
    CM_ACCESSORS "cm-accessors" = 44;
    /// The canonical ABI over 64-bit memories (🐘).
    CM64 "cm64" = 45;
    /// More options of async built-ins (🚝).
    CM_MORE_ASYNC_BUILTINS "cm-more-async-builtins" = 46;
    /// Async lift without a callback (🚟).
    CM_ASYNC_STACKFUL "cm-async-stackful" = 47;
}

impl Features {
    /// WebAssembly 2.0.
    pub const WASM2: Features = Features::MVP
        .union(Features::MUTABLE_GLOBAL)
        .union(Features::SATURATING_FLOAT_TO_INT)
        .union(Features::SIGN_EXTENSION)
        .union(Features::REFERENCE_TYPES)
        .union(Features::MULTI_VALUE)
        .union(Features::BULK_MEMORY)
        .union(Features::SIMD);

    /// WebAssembly 3.0.
    pub const WASM3: Features = Features::WASM2
        .union(Features::RELAXED_SIMD)
        .union(Features::TAIL_CALL)
        .union(Features::EXTENDED_CONST)
        .union(Features::FUNCTION_REFERENCES)
        .union(Features::GC)
        .union(Features::EXCEPTIONS)
        .union(Features::MULTI_MEMORY)
        .union(Features::MEMORY64);

    /// All features of the core language.
    pub const CORE: Features = Features::from_bits_retain((1 << 32) - 1);

    /// What the engine can run as it was built. With the Cargo feature `unrunnable` the validator knows more; a module or component
    /// that needs what is not here is refused by the name of the feature.
    pub const IMPLEMENTED: Features = Features::WASM2
        .difference(Features::SIMD)
        .union(Features::SIMD.union(Features::RELAXED_SIMD).if_built(cfg!(feature = "simd")))
        .union(Features::EXTENDED_CONST)
        .union(Features::MULTI_MEMORY.if_built(cfg!(feature = "multi-memory")))
        .union(Features::FUNCTION_REFERENCES.if_built(cfg!(feature = "function-references")))
        .union(Features::TAIL_CALL.if_built(cfg!(feature = "tail-call")))
        .union(Features::EXCEPTIONS.if_built(cfg!(feature = "exceptions")))
        .union(Features::GC.if_built(cfg!(feature = "gc")))
        .union(Features::MEMORY64.if_built(cfg!(feature = "memory64")))
        .union(Features::THREADS.if_built(cfg!(feature = "threads")))
        .union(Features::CUSTOM_PAGE_SIZES.if_built(cfg!(feature = "custom-page-sizes")))
        .union(Features::CUSTOM_DESCRIPTORS.if_built(cfg!(feature = "custom-descriptors")))
        .union(Features::WIDE_ARITHMETIC.if_built(cfg!(feature = "wide-arithmetic")))
        .union(Features::COMPACT_IMPORTS.if_built(cfg!(feature = "compact-imports")))
        .union(Features::COMPONENT_MODEL)
        .union(Features::PROPOSED.if_built(cfg!(feature = "component-proposals")))
        .union(Features::ASYNC.if_built(cfg!(feature = "component-async")));

    /// What the validator knows, as it was built: with the Cargo feature `unrunnable` (and in tests) every rule, otherwise those of what
    /// can be run. What needs more is refused where it begins.
    pub const JUDGED: Features =
        if cfg!(any(feature = "unrunnable", test)) { Features::all() } else { Features::IMPLEMENTED };

    /// What is proposed for components besides.
    const PROPOSED: Features = Features::CM_FIXED_LENGTH_LISTS
        .union(Features::CM_NESTED_NAMES)
        .union(Features::CM_CANON_NAMES)
        .union(Features::CM_IMPLEMENTS)
        .union(Features::CM_MAP)
        .union(Features::CM_ACCESSORS);

    /// The async half of the Component Model.
    const ASYNC: Features = Features::CM_ASYNC
        .union(Features::CM_THREADING)
        .union(Features::CM_ERROR_CONTEXT)
        .union(Features::CM_FORWARD)
        .union(Features::CM_MORE_ASYNC_BUILTINS)
        .union(Features::CM_ASYNC_STACKFUL);

    /// These where the engine was built with the Cargo feature that they need, none otherwise.
    const fn if_built(self, built: bool) -> Features {
        if built { self } else { Features::empty() }
    }

    /// The name of the first flag in `self`, as on the command line.
    pub fn name(self) -> &'static str {
        let first = BITS.iter().position(|bit| self.bits() >> bit & 1 != 0);
        first.and_then(|at| cut_all(NAMES, b' ').nth(at)).unwrap_or("no feature")
    }
}

impl Default for Features {
    /// WebAssembly 3.0 and the ungated Component Model.
    fn default() -> Self {
        Features::WASM3.union(Features::COMPONENT_MODEL)
    }
}
