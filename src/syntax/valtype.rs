//! The component-level value types, each once (`Binary.md`, Type Definitions).

/// Hands the primitive value types to the macro `$with`: byte, text name, variant, size in
/// memory (alignment is the same), core type when flat.
macro_rules! for_each_primitive {
    ($with:ident) => {
        $with! {
            0x7F "bool"          Bool         1 I32;
            0x7E "s8"            S8           1 I32;
            0x7D "u8"            U8           1 I32;
            0x7C "s16"           S16          2 I32;
            0x7B "u16"           U16          2 I32;
            0x7A "s32"           S32          4 I32;
            0x79 "u32"           U32          4 I32;
            0x78 "s64"           S64          8 I64;
            0x77 "u64"           U64          8 I64;
            0x76 "f32"           F32          4 F32;
            0x75 "f64"           F64          8 F64;
            0x74 "char"          Char         4 I32;
            0x73 "string"        String       0 I32;
            0x64 "error-context" ErrorContext 4 I32;
        }
    };
}

macro_rules! primitives {
    ($($byte:literal $text:literal $name:ident $size:literal $flat:ident;)*) => {
        /// Primitive value types. On small processors in as many bytes as an id, so that a type that is one or the other
        /// stays in registers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(target_pointer_width = "32", repr(u32))]
        #[allow(missing_docs)]
        pub enum PrimValType { $($name,)* }

        impl PrimValType {
            /// The type that `byte` stands for.
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte { $($byte => Some(Self::$name),)* _ => None }
            }

            /// The name in the text format and in WIT.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Bytes in linear memory; 0 for `string`, whose size depends on the pointers'.
            pub const fn size(self) -> u32 {
                match self { $(Self::$name => $size,)* }
            }

            /// The core type of the flat form; `string` has a pointer and a length instead.
            pub const fn flat(self) -> super::ValType {
                match self { $(Self::$name => super::ValType::$flat,)* }
            }
        }
    };
}
for_each_primitive!(primitives);
