//! Why bytes are not WebAssembly, in the words of the core specification's suite.

macro_rules! malformed {
    ($($(#[$doc:meta])* $variant:ident = $phrase:literal;)+) => {
        /// Why bytes are not WebAssembly.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Malformed { $( $(#[$doc])* $variant, )+ }

        impl core::fmt::Display for Malformed {
            #[cfg(feature = "messages")]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self { $( Malformed::$variant => $phrase, )+ })
            }

            // Its number in the table.
            #[cfg(not(feature = "messages"))]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "malformed {}", *self as u32)
            }
        }
    };
}

malformed! {
    /// The input ends within an item.
    UnexpectedEnd = "unexpected end";
    /// An item is longer than the section or function that holds it.
    LengthOutOfBounds = "length out of bounds";
    /// A LEB128 has more bytes than its type allows.
    IntegerTooLong = "integer representation too long";
    /// A LEB128 has bits that its type does not hold.
    IntegerTooLarge = "integer too large";
    /// A name is not UTF-8.
    Utf8 = "malformed UTF-8 encoding";
    /// The input does not begin with `\0asm`.
    Magic = "magic header not detected";
    /// The version is not known.
    Version = "unknown binary version";
    /// No section has this number.
    SectionId = "malformed section id";
    /// A section is shorter or longer than it says.
    SectionSize = "section size mismatch";
    /// A section out of its place, or twice.
    SectionOrder = "unexpected content after last section";
    /// A function without body, or a body without function.
    FunctionCodeMismatch = "function and code section have inconsistent lengths";
    /// The data count section counts wrongly.
    DataCountMismatch = "data count and data section have inconsistent lengths";
    /// An instruction refers to data segments that nothing has counted yet.
    DataCountRequired = "data count section required";
    /// An import of no known kind.
    ImportKind = "malformed import kind";
    /// An export of no known kind.
    ExportKind = "malformed export kind";
    /// A type of no known form.
    TypeForm = "malformed type";
    /// Not a value type.
    ValueType = "malformed value type";
    /// Not a reference type.
    ReferenceType = "malformed reference type";
    /// Not a heap type.
    HeapType = "malformed heap type";
    /// Neither mutable nor immutable.
    Mutability = "malformed mutability";
    /// Limits of no known form.
    LimitsFlags = "malformed limits flags";
    /// A page size too large to be one.
    PageSize = "malformed custom page size";
    /// An element segment of no known kind.
    ElementKind = "malformed elements segment kind";
    /// A data segment of no known kind.
    DataKind = "malformed data segment kind";
    /// A tag with an attribute other than 0.
    TagAttribute = "malformed tag attribute";
    /// A memory instruction's flags are out of range.
    MemopFlags = "malformed memop flags";
    /// The flags of a cast are out of range.
    CastFlags = "malformed br_on_cast flags";
    /// A catch clause of no known kind.
    CatchKind = "malformed catch clause";
    /// A branch hint that says neither likely nor unlikely.
    BranchHint = "malformed branch hint";
    /// A reserved byte is not zero.
    ZeroByte = "zero byte expected";
    /// No instruction has this opcode.
    IllegalOpcode = "illegal opcode";
    /// Code or an expression goes on after its end, or has none.
    EndExpected = "END opcode expected";
    /// More than 2³² locals.
    TooManyLocals = "too many locals";
    /// A component-level item of no known form.
    ComponentForm = "malformed component";
    /// A sort of no known kind.
    Sort = "malformed sort";
    /// A component-level name that is none.
    ExternName = "malformed name";
    /// A canonical definition of no known kind.
    CanonKind = "malformed canonical definition";
    /// Not a module where one was expected, or a component.
    Layer = "unexpected layer";
}
