//! Which validation rule bytes break, in the words of the core specification's suite.

macro_rules! invalid {
    ($($(#[$doc:meta])* $variant:ident = $phrase:literal;)+) => {
        /// Which validation rule is broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Invalid { $( $(#[$doc])* $variant, )+ }

        impl core::fmt::Display for Invalid {
            #[cfg(feature = "messages")]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self { $( Invalid::$variant => $phrase, )+ })
            }

            // Its number in the table.
            #[cfg(not(feature = "messages"))]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "invalid {}", *self as u32)
            }
        }
    };
}

invalid! {
    /// A value, block or import has another type than the rule asks for.
    TypeMismatch = "type mismatch";
    /// No type has this index.
    UnknownType = "unknown type";
    /// No function has this index.
    UnknownFunction = "unknown function";
    /// No table has this index.
    UnknownTable = "unknown table";
    /// No memory has this index.
    UnknownMemory = "unknown memory";
    /// No global has this index.
    UnknownGlobal = "unknown global";
    /// No tag has this index.
    UnknownTag = "unknown tag";
    /// No local has this index.
    UnknownLocal = "unknown local";
    /// No label has this depth.
    UnknownLabel = "unknown label";
    /// No element segment has this index.
    UnknownElement = "unknown elem segment";
    /// No data segment has this index.
    UnknownData = "unknown data segment";
    /// No field has this index.
    UnknownField = "unknown field";
    /// A local of a type without default is read before it is set.
    UninitializedLocal = "uninitialized local";
    /// A promised alignment above the natural one.
    Alignment = "alignment must not be larger than natural";
    /// An offset that the memory's addresses cannot hold.
    OffsetOutOfRange = "offset out of range";
    /// A lane that the vector does not have.
    LaneIndex = "invalid lane index";
    /// A `select` that says other than one type.
    ResultArity = "invalid result arity";
    /// An instruction that is not constant in a constant expression.
    ConstantExpression = "constant expression required";
    /// A global that cannot change is set.
    ImmutableGlobal = "immutable global";
    /// A field that cannot change is set.
    ImmutableField = "immutable field";
    /// An array that cannot change is written.
    ImmutableArray = "immutable array";
    /// An array with elements other than numbers is filled from data.
    ArrayNotNumeric = "array type is not numeric or vector";
    /// An array is copied to one that cannot hold its elements.
    ArrayTypes = "array types do not match";
    /// A `ref.func` of a function that is nowhere declared.
    UndeclaredFunction = "undeclared function reference";
    /// Two exports of one name.
    DuplicateExport = "duplicate export name";
    /// The start function has parameters or results.
    StartFunction = "start function";
    /// A memory above what its addresses reach.
    MemorySize = "memory size must be at most 65536 pages (4GiB)";
    /// A memory with 64-bit addresses above what they reach.
    MemorySize64 = "memory size must be at most 2^48 pages (256 TiB)";
    /// A memory with a page size of its own above what its addresses reach.
    MemorySizeCustom = "memory size must be at most what its addresses reach";
    /// A table above what its addresses reach.
    TableSize = "table size";
    /// A minimum above the maximum.
    SizeOrder = "size minimum must not be greater than maximum";
    /// More than one memory.
    MultipleMemories = "multiple memories";
    /// More than one table.
    MultipleTables = "multiple tables";
    /// A page size that is neither 1 nor 65536.
    PageSize = "invalid custom page size";
    /// A shared memory without maximum.
    SharedMemory = "shared memory must have maximum";
    /// A tag's function type has results.
    TagResults = "non-empty tag result type";
    /// A declared supertype that does not match.
    SubType = "sub type";
    /// A branch hint of something else than a conditional branch.
    BranchHint = "invalid branch hint";
    /// A type and its descriptor that do not fit, or an instruction that needs a descriptor or must
    /// not have one.
    Descriptor = "invalid descriptor";
    /// An atomic access whose alignment is not the natural one.
    AtomicAlignment = "atomic alignment must be natural";

    /// No definition of that sort has this index.
    UnknownDefinition = "unknown definition";
    /// No core module has this index.
    UnknownModule = "unknown module";
    /// No component has this index.
    UnknownComponent = "unknown component";
    /// No instance has this index.
    UnknownInstance = "unknown instance";
    /// No value has this index.
    UnknownValue = "unknown value";
    /// The instance does not export that name.
    UnknownExport = "unknown export";
    /// An outer alias past the outermost component.
    OuterAlias = "invalid outer alias count";
    /// An argument of an instantiation is missing.
    MissingArgument = "missing instantiation argument";
    /// Two definitions whose names are not strongly unique.
    NameConflict = "name conflicts with a previous name";
    /// A name that does not have the form its place asks for.
    ExternName = "invalid name";
    /// A name annotation that does not fit the type or resource.
    NameAnnotation = "invalid name annotation";
    /// A definition of another sort than its place asks for.
    Sort = "wrong sort";
    /// A type that is not what its place asks for.
    NotThatType = "wrong kind of type";
    /// A resource type used outside of its component.
    ResourceEscapes = "resource type escapes its component";
    /// A resource's representation is not `i32`.
    ResourceRep = "invalid resource representation";
    /// A type that is exported or imported refers to types without names.
    UnnamedType = "type is not exported or imported";
    /// `borrow` where it could outlive its call.
    BorrowEscapes = "borrow in a result";
    /// A type has no members where at least one is needed, or too many.
    MemberCount = "wrong number of members";
    /// A value type whose size reaches 2²⁸ bytes.
    ValueTooLarge = "value type is too large";
    /// An option of a canonical definition twice, or against another one.
    CanonOption = "conflicting canonical option";
    /// An option of a canonical definition is missing.
    CanonOptionRequired = "missing canonical option";
    /// The core function does not have the type that the Canonical ABI asks for.
    CanonSignature = "core function does not have the canonical type";
    /// A value that is not consumed exactly once.
    ValueUse = "value must be used exactly once";
}
