//! A core module as written (core spec, Modules).

use super::{
    Encoded, ExternKind, ExternType, FuncIdx, GlobalType, MemIdx, MemoryType, RecType, RefType, TableIdx, TableType,
    TypeIdx, ValType,
};

/// A section of a module, its items still encoded.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Section<'a> {
    Custom(CustomSection<'a>),
    Type(Encoded<'a, RecType<'a>>),
    Import(Encoded<'a, ImportGroup<'a>>),
    /// Types of the module's own functions.
    Function(Encoded<'a, TypeIdx>),
    Table(Encoded<'a, Table<'a>>),
    Memory(Encoded<'a, MemoryType>),
    /// Types of the module's own tags.
    Tag(Encoded<'a, TagType>),
    Global(Encoded<'a, Global<'a>>),
    Export(Encoded<'a, Export<'a>>),
    Start(FuncIdx),
    Element(Encoded<'a, Element<'a>>),
    /// How many data segments the data section has.
    DataCount(u32),
    Code(Encoded<'a, Body<'a>>),
    Data(Encoded<'a, Data<'a>>),
}

/// A custom section.
#[derive(Clone, Copy, Debug)]
pub struct CustomSection<'a> {
    /// Its name.
    pub name: &'a str,
    /// What follows the name.
    pub bytes: &'a [u8],
    /// Where `bytes` begin in the whole input.
    pub offset: u32,
}

/// Imports that are written together: one, or several of one module (compact-import-section
/// proposal).
#[derive(Clone, Copy, Debug)]
pub enum ImportGroup<'a> {
    /// An import by itself.
    One(Import<'a>),
    /// Imports of one module.
    OfModule {
        /// The first name of all.
        module: &'a str,
        /// What is wanted.
        items: Encoded<'a, ImportItem<'a>>,
    },
    /// Imports of one module and one type.
    OfType {
        /// The first name of all.
        module: &'a str,
        /// The type of all.
        ty: ExternType,
        /// The second names.
        names: Encoded<'a, &'a str>,
    },
}

/// An import of which the module is said elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct ImportItem<'a> {
    /// The second name.
    pub name: &'a str,
    /// What is wanted.
    pub ty: ExternType,
}

/// An import.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// The first name.
    pub module: &'a str,
    /// The second name.
    pub name: &'a str,
    /// What is wanted.
    pub ty: ExternType,
}

/// An export.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    /// Its name, unique in the module.
    pub name: &'a str,
    /// Which index space `index` counts in.
    pub kind: ExternKind,
    /// What is exported.
    pub index: u32,
}

/// A table that the module defines.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// Its type.
    pub ty: TableType,
    /// What its elements are at first; null where absent.
    pub init: Option<ConstExpr<'a>>,
}

/// The type of a tag: exceptions carry its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagType {
    /// A function type without results.
    pub ty: TypeIdx,
}

/// A global that the module defines.
#[derive(Clone, Copy, Debug)]
pub struct Global<'a> {
    /// Its type.
    pub ty: GlobalType,
    /// Its value at first.
    pub init: ConstExpr<'a>,
}

/// A constant expression: instructions up to and with their `end`.
#[derive(Clone, Copy, Debug)]
pub struct ConstExpr<'a> {
    /// The instructions.
    pub bytes: &'a [u8],
    /// Where `bytes` begin in the whole input.
    pub offset: u32,
}

/// An element segment.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// When it is used.
    pub mode: ElementMode<'a>,
    /// The type of its items.
    pub ty: RefType,
    /// Its items.
    pub items: ElementItems<'a>,
}

/// When an element segment is used.
#[derive(Clone, Copy, Debug)]
pub enum ElementMode<'a> {
    /// By `table.init` and array instructions.
    Passive,
    /// Copied into a table at instantiation.
    Active {
        /// Into which table.
        table: TableIdx,
        /// From which element on.
        start: ConstExpr<'a>,
    },
    /// Only declares references to functions.
    Declared,
}

/// The items of an element segment.
#[derive(Clone, Copy, Debug)]
pub enum ElementItems<'a> {
    /// Function indices.
    Funcs(Encoded<'a, FuncIdx>),
    /// An expression each.
    Exprs(Encoded<'a, ConstExpr<'a>>),
}

/// A data segment.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// When it is used.
    pub mode: DataMode<'a>,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// When a data segment is used.
#[derive(Clone, Copy, Debug)]
pub enum DataMode<'a> {
    /// By `memory.init` and array instructions.
    Passive,
    /// Copied into a memory at instantiation.
    Active {
        /// Into which memory.
        memory: MemIdx,
        /// From which byte on.
        start: ConstExpr<'a>,
    },
}

/// The body of a function.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// Its locals, in runs of one type.
    pub locals: Encoded<'a, LocalRun>,
    /// Instructions up to and with the last `end`.
    pub code: &'a [u8],
    /// Where `code` begins in the whole input.
    pub offset: u32,
    /// Where the body begins, its locals included.
    pub start: u32,
}

/// `count` locals of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalRun {
    /// How many.
    pub count: u32,
    /// Of which type.
    pub ty: ValType,
}
