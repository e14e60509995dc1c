//! A judged core module: indices, types and positions; no copy of its code.

use super::Span;
use super::side_table::SideTable;
use crate::support::Vec;
use crate::syntax::{ExternKind, ExternType, FuncIdx, GlobalType, MemIdx, MemoryType, RefType, TableIdx, TableType};
use crate::types::{TypeId, TypeTable};

/// A judged core module.
///
/// In every type here, [`HeapType::Concrete`](crate::syntax::HeapType::Concrete) holds a
/// [`TypeId`] of [`types`](Self::types), no longer a type index.
#[derive(Debug, Default)]
pub struct Module {
    /// The whole module within the input.
    pub span: Span,
    /// Its types, equal ones merged.
    pub types: TypeTable,
    /// The canonical type of each type index.
    pub type_ids: Vec<TypeId>,
    /// Imports in their order.
    pub imports: Vec<Import>,
    /// The type of every function, imported ones first.
    pub func_types: Vec<TypeId>,
    /// The functions it defines.
    pub funcs: Vec<Func>,
    /// Every table, imported ones first; `None` as initializer where imported or null.
    pub tables: Vec<(TableType, Option<Span>)>,
    /// Every memory, imported ones first.
    pub memories: Vec<MemoryType>,
    /// Every global, imported ones first; `None` as initializer where imported.
    pub globals: Vec<(GlobalType, Option<Span>)>,
    /// The function type of every tag, imported ones first.
    pub tags: Vec<TypeId>,
    /// Exports in their order.
    pub exports: Vec<Export>,
    /// The start function.
    pub start: Option<FuncIdx>,
    /// Element segments.
    pub elements: Vec<Element>,
    /// Data segments.
    pub data: Vec<Data>,
    /// Branches of all functions.
    pub side_table: SideTable,
    /// What the custom section `name` holds after its name.
    pub names: Option<Span>,
    /// The imported functions that are of their type itself and none of its subtypes (custom
    /// descriptors), in their order.
    pub exact_imports: Vec<FuncIdx>,
    /// How many functions are imported.
    pub imported_funcs: u32,
    /// How many tables are imported.
    pub imported_tables: u32,
    /// How many memories are imported.
    pub imported_memories: u32,
    /// How many globals are imported.
    pub imported_globals: u32,
    /// How many tags are imported.
    pub imported_tags: u32,
}

impl Module {
    /// A module with nothing in it.
    pub const EMPTY: Module = Module {
        span: Span { start: 0, len: 0 },
        types: TypeTable::new(),
        type_ids: Vec::new(),
        imports: Vec::new(),
        func_types: Vec::new(),
        funcs: Vec::new(),
        tables: Vec::new(),
        memories: Vec::new(),
        globals: Vec::new(),
        tags: Vec::new(),
        exports: Vec::new(),
        start: None,
        elements: Vec::new(),
        data: Vec::new(),
        side_table: SideTable::new(),
        names: None,
        exact_imports: Vec::new(),
        imported_funcs: 0,
        imported_tables: 0,
        imported_memories: 0,
        imported_globals: 0,
        imported_tags: 0,
    };

    /// The same, out of line: it is large.
    #[inline(never)]
    pub fn empty() -> Module {
        Module::EMPTY
    }

    /// Whether a function is known to be of its type itself: one that is defined here is.
    pub fn is_exact(&self, func: FuncIdx) -> bool {
        func.raw() >= self.imported_funcs || self.exact_imports.binary_search(&func).is_ok()
    }

    /// What is imported or exported under an index; type indices are numbers in `types`.
    pub fn extern_type(&self, kind: ExternKind, index: u32) -> Option<ExternType> {
        let at = index as usize;
        Some(match kind {
            ExternKind::Func => ExternType::Func {
                ty: self.func_types.get(at)?.as_index(),
                is_exact: self.is_exact(FuncIdx::new(index)),
            },
            ExternKind::Table => ExternType::Table(self.tables.get(at)?.0),
            ExternKind::Memory => ExternType::Memory(*self.memories.get(at)?),
            ExternKind::Global => ExternType::Global(self.globals.get(at)?.0),
            ExternKind::Tag => ExternType::Tag(self.tags.get(at)?.as_index()),
        })
    }
}

/// An import.
#[derive(Clone, Copy, Debug)]
pub struct Import {
    /// The first name.
    pub module: Span,
    /// The second name.
    pub name: Span,
    /// What is wanted: `index` counts in the module's own index space of that kind.
    pub kind: ExternKind,
    /// The index that the import gets.
    pub index: u32,
}

/// An export.
#[derive(Clone, Copy, Debug)]
pub struct Export {
    /// Its name.
    pub name: Span,
    /// Which index space `index` counts in.
    pub kind: ExternKind,
    /// What is exported.
    pub index: u32,
}

/// A function that the module defines: in 16 bytes, its prologue included.
#[derive(Clone, Copy, Debug, Default)]
pub struct Func {
    /// Where its first instruction lies.
    pub code: u32,
    /// Where its code ends: one past the last `end`.
    pub end: u32,
    /// The index of its first side-table word, its [`Prologue`](super::side_table::Prologue).
    pub side: u32,
}

const _: () = assert!(size_of::<Func>() <= 12);

/// An element segment.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    /// When it is used.
    pub mode: SegmentMode<TableIdx>,
    /// The type of its items.
    pub ty: RefType,
    /// Its items as encoded: function indices, or constant expressions.
    pub items: Span,
    /// How many items.
    pub count: u32,
    /// Whether the items are constant expressions.
    pub exprs: bool,
}

/// A data segment.
#[derive(Clone, Copy, Debug)]
pub struct Data {
    /// When it is used.
    pub mode: SegmentMode<MemIdx>,
    /// Its bytes.
    pub bytes: Span,
}

/// When a segment is used.
#[derive(Clone, Copy, Debug)]
pub enum SegmentMode<I> {
    /// By instructions.
    Passive,
    /// At instantiation: copied into the table or memory, from where the expression says.
    Active(I, Span),
    /// Never.
    Declared,
}
