//! A core module: its sections as they come (core spec, Modules).

use super::body::{Body, Operand, Work};
use super::context::{Context, Options};
use super::core_type::{self, Parts};
use crate::binary::module::Sections;
use crate::binary::{Read, Reader};
use crate::error::{Error, Invalid, Result};
use crate::image::module::{Export, Import};
use crate::image::{Bytes, Image, Module, Span};
use crate::support::{Box, Limit, Limits, Map, Vec};
use crate::syntax::module::{self as syntax, ImportGroup, Section};
use crate::syntax::{
    Encoded, ExternKind, ExternType, Features, FuncIdx, GlobalIdx, GlobalType, MemIdx, MemoryType, RecType, TableIdx,
    TagIdx, TypeIdx,
};
use core::mem;

/// Judges the module that takes up `span` of `bytes`, the whole input.
pub fn module(bytes: &[u8], span: Span, features: Features, limits: &Limits) -> Result<Module> {
    judge(bytes, span, Options { features, runnable: Features::IMPLEMENTED, limits })
}

/// Judges an input that is a module.
pub fn image(bytes: Bytes, features: Features, limits: &Limits) -> Result<Image> {
    let judged = module(&bytes, whole(&bytes)?, features, limits)?;
    Ok(Image::of_module(bytes, judged)?)
}

/// Judges a module by all rules this engine knows, also those of features that it cannot run
/// yet: for tests of the rules themselves. The module must not be run.
#[doc(hidden)]
pub fn module_of_any_feature(bytes: &[u8], features: Features, limits: &Limits) -> Result<Module> {
    judge(bytes, whole(bytes)?, Options { features, runnable: Features::all(), limits })
}

pub(super) fn whole(bytes: &[u8]) -> Result<Span> {
    let len = u32::try_from(bytes.len()).map_err(|_| Error::from(Limit::ModuleSize))?;
    Ok(Span { start: 0, len })
}

pub(super) fn judge(bytes: &[u8], span: Span, options: Options<'_>) -> Result<Module> {
    options.limit(Limit::ModuleSize, span.len)?;
    let mut judge = Judge::new(bytes, span, options)?;
    let mut sections = Sections::new(Reader::new(span.of(bytes), span.start));
    loop {
        let at = sections.position();
        let Some(section) = sections.next() else { break };
        judge.section(section?, at)?;
    }
    judge.module.side_table = judge.work.take_side_table();
    Ok(mem::replace(&mut judge.module, Module::empty()))
}

/// Where a piece of the input lies.
pub(super) fn span(bytes: &[u8], piece: &[u8]) -> Span {
    let start = (piece.as_ptr() as usize).wrapping_sub(bytes.as_ptr() as usize);
    // The input is shorter than 2³² bytes. An empty piece may lie anywhere.
    Span { start: u32::try_from(start).unwrap_or(0), len: u32::try_from(piece.len()).unwrap_or(0) }
}

/// A module while it is judged.
pub(super) struct Judge<'b> {
    bytes: &'b [u8],
    pub(super) options: Options<'b>,
    pub(super) module: Module,
    work: Work,
    pub(super) parts: Parts,
    pub(super) data_count: Option<u32>,
}

impl<'b> Judge<'b> {
    /// On the heap, and out of line: it is large, and a board's stack is not.
    #[inline(never)]
    pub(super) fn new(bytes: &'b [u8], span: Span, options: Options<'b>) -> Result<Box<Self>> {
        Ok(Box::new(Judge {
            bytes,
            // The oldest rules are always on.
            options: Options { features: options.features | Features::MVP, ..options },
            module: Module { span, ..Module::empty() },
            work: Work::default(),
            parts: Parts::default(),
            data_count: None,
        })?)
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context { module: &self.module, options: self.options, data_count: self.data_count }
    }

    /// Judges code of the module as it is so far. Few pieces of it are judged at once, so that one copy of this will do.
    #[inline(never)]
    pub(super) fn code(&mut self, judge: &mut dyn FnMut(&mut Body<'_>) -> Result<()>) -> Result<()> {
        let work = mem::take(&mut self.work);
        let mut body = Body::new(self.context(), work);
        let judged = judge(&mut body);
        self.work = body.into_work();
        judged
    }

    /// Judges a constant expression for a value of that type.
    pub(super) fn constant(&mut self, expr: &syntax::ConstExpr<'_>, ty: Operand) -> Result<Span> {
        self.code(&mut |body| body.constant(expr, ty))?;
        Ok(self.span(expr.bytes))
    }

    /// Notes that a function is referred to outside of code.
    pub(super) fn declare(&mut self, func: FuncIdx, at: u32) -> Result<()> {
        self.context().func(func, at)?;
        self.work.declare(func)
    }

    /// Where a piece of the input lies.
    pub(super) fn span(&self, piece: &[u8]) -> Span {
        span(self.bytes, piece)
    }

    fn section(&mut self, section: Section<'_>, at: u32) -> Result<()> {
        match section {
            Section::Custom(custom) => {
                if custom.name == "name" && self.module.names.is_none() {
                    self.module.names = Some(self.span(custom.bytes));
                }
                Ok(())
            }
            Section::Type(groups) => self.each(groups, Self::group),
            Section::Import(imports) => self.imports(imports),
            Section::Function(types) => self.each(types, Self::function),
            Section::Table(tables) => self.each(tables, Self::table),
            Section::Memory(memories) => self.each(memories, Self::memory),
            Section::Tag(tags) => {
                self.options.require(Features::EXCEPTIONS, "a tag section", at)?;
                self.each(tags, |judge, tag, at| judge.tag(tag.ty, at))
            }
            Section::Global(globals) => self.each(globals, Self::global),
            Section::Export(exports) => self.exports(exports),
            Section::Start(func) => self.start(func, at),
            Section::Element(elements) => self.each(elements, Self::element),
            Section::DataCount(count) => {
                self.options.require(Features::BULK_MEMORY, "a data count section", at)?;
                self.data_count = Some(count);
                Ok(())
            }
            Section::Code(bodies) => self.bodies(bodies),
            Section::Data(segments) => self.each(segments, Self::data),
        }
    }

    /// Judges each item of a list, which is told where it lies.
    pub(super) fn each<'a, T: Read<'a>>(
        &mut self,
        list: Encoded<'a, T>,
        mut judge: impl FnMut(&mut Self, T, u32) -> Result<()>,
    ) -> Result<()> {
        list.each(|item, at| judge(self, item, at))
    }

    /// Core spec, Recursive Types.
    pub(super) fn group(&mut self, group: RecType<'_>, at: u32) -> Result<()> {
        let mut parts = mem::take(&mut self.parts);
        let added = core_type::add_group(self, group, at, &mut parts);
        self.parts = parts;
        added
    }

    #[inline(never)]
    fn imports(&mut self, groups: Encoded<'_, ImportGroup<'_>>) -> Result<()> {
        self.options.limit_at(Limit::Imports, groups.count, groups.offset)?;
        self.module.imports.reserve_exact(groups.count as usize)?;
        self.each(groups, Self::import_group)
    }

    /// Imports that are written together stand for as many by themselves (compact-import-section
    /// proposal).
    fn import_group(&mut self, group: ImportGroup<'_>, at: u32) -> Result<()> {
        const WHAT: &str = "imports of one module in a list";
        match group {
            ImportGroup::One(import) => self.import(import, at),
            ImportGroup::OfModule { module, items } => {
                self.options.require(Features::COMPACT_IMPORTS, WHAT, at)?;
                items.items().try_for_each(|item| {
                    let (at, syntax::ImportItem { name, ty }) = item?;
                    self.import(syntax::Import { module, name, ty }, at)
                })
            }
            ImportGroup::OfType { module, ty, names } => {
                self.options.require(Features::COMPACT_IMPORTS, WHAT, at)?;
                names.items().try_for_each(|name| {
                    let (at, name) = name?;
                    self.import(syntax::Import { module, name, ty }, at)
                })
            }
        }
    }

    /// Core spec, Imports.
    pub(super) fn import(&mut self, import: syntax::Import<'_>, at: u32) -> Result<()> {
        self.options.limit_len_at(Limit::Imports, self.module.imports.len(), at)?;
        let (kind, index) = match import.ty {
            ExternType::Func { ty, is_exact } => {
                self.function(ty, at)?;
                if is_exact {
                    self.options.require(Features::CUSTOM_DESCRIPTORS, "an import of an exact type", at)?;
                    self.module.exact_imports.push(FuncIdx::new(self.module.imported_funcs))?;
                }
                (ExternKind::Func, &mut self.module.imported_funcs)
            }
            ExternType::Table(ty) => {
                let ty = self.context().table_type(ty, at)?;
                self.module.tables.push((ty, None))?;
                (ExternKind::Table, &mut self.module.imported_tables)
            }
            ExternType::Memory(ty) => {
                self.memory(ty, at)?;
                (ExternKind::Memory, &mut self.module.imported_memories)
            }
            ExternType::Global(ty) => {
                let ty = self.global_type(ty, at)?;
                self.require_mutable(ty, "the import of a mutable global", at)?;
                self.module.globals.push((ty, None))?;
                (ExternKind::Global, &mut self.module.imported_globals)
            }
            ExternType::Tag(ty) => {
                self.tag(ty, at)?;
                (ExternKind::Tag, &mut self.module.imported_tags)
            }
        };
        let number = *index;
        *index += 1;
        let (module, name) = (self.name(import.module, at)?, self.name(import.name, at)?);
        Ok(self.module.imports.push(Import { module, name, kind, index: number })?)
    }

    /// Forgets all items but types: a module type has no index spaces, so what one of its items is says nothing of the next.
    #[cfg(feature = "component")]
    pub(super) fn keep_types(&mut self) {
        let (types, type_ids) = (mem::take(&mut self.module.types), mem::take(&mut self.module.type_ids));
        self.module = Module { span: self.module.span, types, type_ids, ..Module::empty() };
    }

    fn name(&self, name: &str, at: u32) -> Result<Span> {
        let span = self.span(name.as_bytes());
        self.options.limit_at(Limit::NameSize, span.len, at)?;
        Ok(span)
    }

    fn function(&mut self, ty: TypeIdx, at: u32) -> Result<()> {
        self.options.limit_len_at(Limit::Functions, self.module.func_types.len(), at)?;
        let (id, _, _) = self.context().func_type(ty, at)?;
        Ok(self.module.func_types.push(id)?)
    }

    /// Core spec, Tables.
    #[inline(never)]
    fn table(&mut self, table: syntax::Table<'_>, at: u32) -> Result<()> {
        let ty = self.context().table_type(table.ty, at)?;
        let init = match &table.init {
            Some(init) => {
                self.options.require(Features::FUNCTION_REFERENCES, "a table with an initializer", at)?;
                Some(self.constant(init, Operand::of_ref(ty.element))?)
            }
            None if ty.element.is_nullable() => None,
            None => {
                let message = format_args!("a table of references that are not null needs an initializer");
                return Err(Error::invalid(Invalid::TypeMismatch, at).with_message(message));
            }
        };
        Ok(self.module.tables.push((ty, init))?)
    }

    fn memory(&mut self, ty: MemoryType, at: u32) -> Result<()> {
        self.context().check_memory_type(&ty, at)?;
        Ok(self.module.memories.push(ty)?)
    }

    fn tag(&mut self, ty: TypeIdx, at: u32) -> Result<()> {
        let id = self.context().tag_type(ty, at)?;
        Ok(self.module.tags.push(id)?)
    }

    /// Core spec, Global Types: the same type with a canonical heap type.
    fn global_type(&self, ty: GlobalType, at: u32) -> Result<GlobalType> {
        self.options.limit_len_at(Limit::Globals, self.module.globals.len(), at)?;
        Ok(GlobalType { content: self.context().val_type(ty.content, at)?, ..ty })
    }

    fn require_mutable(&self, ty: GlobalType, what: &str, at: u32) -> Result<()> {
        if ty.mutable { self.options.require(Features::MUTABLE_GLOBAL, what, at) } else { Ok(()) }
    }

    /// Core spec, Globals.
    #[inline(never)]
    fn global(&mut self, global: syntax::Global<'_>, at: u32) -> Result<()> {
        let ty = self.global_type(global.ty, at)?;
        let init = self.constant(&global.init, Operand::from(ty.content))?;
        Ok(self.module.globals.push((ty, Some(init)))?)
    }

    /// Core spec, Exports.
    #[inline(never)]
    fn exports<'a>(&mut self, exports: Encoded<'a, syntax::Export<'a>>) -> Result<()> {
        self.options.limit_at(Limit::Exports, exports.count, exports.offset)?;
        self.module.exports.reserve_exact(exports.count as usize)?;
        let mut names = Map::new();
        self.each(exports, |judge, export, at| {
            let name = judge.name(export.name, at)?;
            if names.insert(export.name, ())?.is_some() {
                return Err(Error::invalid(Invalid::DuplicateExport, at).with_message(format_args!("{}", export.name)));
            }
            judge.check_exported(export.kind, export.index, at)?;
            Ok(judge.module.exports.push(Export { name, kind: export.kind, index: export.index })?)
        })
    }

    /// That there is what is exported.
    fn check_exported(&mut self, kind: ExternKind, index: u32, at: u32) -> Result<()> {
        match kind {
            ExternKind::Func => self.declare(FuncIdx::new(index), at),
            ExternKind::Table => self.context().table(TableIdx::new(index), at).map(|_| ()),
            ExternKind::Memory => self.context().memory(MemIdx::new(index), at).map(|_| ()),
            ExternKind::Global => {
                let ty = *self.context().global(GlobalIdx::new(index), at)?;
                self.require_mutable(ty, "the export of a mutable global", at)
            }
            ExternKind::Tag => self.context().tag(TagIdx::new(index), at).map(|_| ()),
        }
    }

    /// Core spec, Start Function.
    #[inline(never)]
    fn start(&mut self, func: FuncIdx, at: u32) -> Result<()> {
        match self.context().func(func, at)? {
            ([], []) => {}
            _ => return Err(Error::invalid(Invalid::StartFunction, at)),
        }
        self.module.start = Some(func);
        Ok(())
    }

    /// Core spec, Functions; the types are those of the function section.
    #[inline(never)]
    fn bodies(&mut self, bodies: Encoded<'_, syntax::Body<'_>>) -> Result<()> {
        // The decoder saw to it that each function has a body.
        let mut funcs = Vec::with_capacity(bodies.count as usize)?;
        let imported = self.module.imported_funcs as usize;
        self.code(&mut |judge| {
            let mut bodies = bodies.items();
            for code in &mut bodies {
                let ty = judge.type_of(imported + funcs.len());
                funcs.push(judge.function(ty, &code?.1)?)?;
            }
            bodies.finish()
        })?;
        self.module.funcs = funcs;
        Ok(())
    }
}
