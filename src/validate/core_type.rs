//! The type section, and the types of imports and definitions (core spec, Types).

use super::context::{Context, unknown};
use super::module::Judge;
use crate::error::{Error, Invalid, Malformed, Result};
use crate::image::Module;
use crate::support::{Limit, Vec};
use crate::syntax::{
    AddrType, CompositeType, Encoded, Features, FieldType, FuncType, MemoryType, RecType, RefType, SubType, TableType,
    TypeIdx, ValType,
};
use crate::types::rec_group::Links;
use crate::types::{Composite, SubTypeDef, TypeId, TypeTable};

/// Lists that are used again for the next type.
#[derive(Default)]
pub(super) struct Parts {
    values: Vec<ValType>,
    fields: Vec<FieldType>,
    /// Types of the open group that declare a supertype.
    subtypes: Vec<(TypeId, TypeId, u32)>,
}

/// Reads on in a group whose types so far are in `module`, under ids that hold while it is open.
struct Group<'p> {
    /// The type index of its first type.
    first: u32,
    /// How many types it has.
    count: u32,
    /// Whether some of its types have descriptors.
    has_links: bool,
    parts: &'p mut Parts,
}

/// Adds a recursive group to the module's types (core spec, Recursive Types).
#[inline(never)]
pub(super) fn add_group(judge: &mut Judge<'_>, group: RecType<'_>, at: u32, parts: &mut Parts) -> Result<()> {
    let count = group.types.count;
    let first = judge.module.type_ids.len() as u32;
    let cx = judge.context();
    cx.limit_at(Limit::RecGroupSize, count, at)?;
    let total = first.saturating_add(count);
    cx.limit_at(Limit::Types, total, at)?;
    if total > RefType::MAX_INDEX {
        return Err(Error::from(Limit::Types).at(at));
    }
    if group.is_explicit {
        cx.require(Features::GC, "a recursive group of types", at)?;
    }
    let module = &mut judge.module;
    let open = module.types.open_group();
    let ids = (0..count).map(|inner| TypeId::new(open.raw() + inner));
    // Before garbage collection a type could not refer to itself.
    let (at_once, later) = if judge.options.features.contains(Features::GC) { (count, 0) } else { (0, count) };
    module.type_ids.extend(ids.clone().take(at_once as usize))?;
    let mut group_state = Group { first, count, has_links: false, parts };
    group_state.parts.subtypes.clear();
    for (inner, ty) in (0..count).zip(group.types.items()) {
        let (at, ty) = ty?;
        group_state.add(judge, ty, inner, at)?;
    }
    judge.module.type_ids.extend(ids.take(later as usize))?;
    if group_state.has_links {
        check_links(&judge.module, first, count, at)?;
    }
    if Features::JUDGED.contains(Features::GC) {
        for (sub, sup, at) in &group_state.parts.subtypes {
            check_subtype(&judge.module, *sub, *sup, *at)?;
        }
    }
    let module = &mut judge.module;
    let closed = module.types.close_group(open)?;
    for (inner, id) in (0..count).zip(module.type_ids.iter_mut().skip(first as usize)) {
        *id = TypeId::new(closed.raw() + inner);
    }
    Ok(())
}

/// Core spec, Sub Types: a type matches the supertype that it declares.
fn check_subtype(module: &Module, sub: TypeId, sup: TypeId, at: u32) -> Result<()> {
    let types = &module.types;
    let matches = match (types.composite(sub), types.composite(sup)) {
        (Some(sub), Some(sup)) => types.composite_matches(sub, sup),
        _ => false,
    };
    let matches = matches && links_match(types, sub, sup);
    if matches && !types.is_final(sup) {
        return Ok(());
    }
    let why = if matches { "the supertype is final" } else { "does not match its supertype" };
    Err(Error::invalid(Invalid::SubType, at).with_message(format_args!("{why}")))
}

/// Custom descriptors, Types: what describes a subtype matches what describes its supertype, and
/// so does what they describe.
fn links_match(types: &TypeTable, sub: TypeId, sup: TypeId) -> bool {
    let (sub, sup) = (types.links(sub), types.links(sup));
    let matches = |sub: Option<TypeId>, sup: Option<TypeId>| match (sub, sup) {
        (None, None) => true,
        (Some(sub), Some(sup)) => types.is_subtype(sub, sup),
        _ => false,
    };
    matches(sub.describes, sup.describes) && matches(sub.descriptor, sup.descriptor)
}

/// Custom descriptors, Types: descriptors and what they describe belong together in pairs of
/// structures, of which both may have subtypes or neither.
fn check_links(module: &Module, first: u32, count: u32, at: u32) -> Result<()> {
    let types = &module.types;
    let wrong = |why: &str| Err(Error::invalid(Invalid::Descriptor, at).with_message(format_args!("{why}")));
    for id in module.type_ids.iter().skip(first as usize).take(count as usize) {
        let links = types.links(*id);
        if links != Links::default() && !matches!(types.composite(*id), Some(Composite::Struct(_))) {
            return wrong("a descriptor and what it describes must be structures");
        }
        if links.descriptor.is_some_and(|other| types.links(other).describes != Some(*id)) {
            return wrong("the type is not described by its descriptor");
        }
        if links.describes.is_some_and(|other| types.links(other).descriptor != Some(*id)) {
            return wrong("the described type has another descriptor");
        }
        if links.descriptor.is_some_and(|other| types.is_final(other) != types.is_final(*id)) {
            return wrong("only one of a type and its descriptor is final");
        }
    }
    Ok(())
}

impl Group<'_> {
    /// Adds the type number `inner` of the group.
    fn add(&mut self, judge: &mut Judge<'_>, ty: SubType<'_>, inner: u32, at: u32) -> Result<()> {
        let supertype = self.supertype(&judge.context(), &ty, inner, at)?;
        let def = SubTypeDef { is_final: ty.is_final, supertype };
        if let Some(supertype) = supertype {
            let id = judge.context().type_id(TypeIdx::new(self.first + inner), at)?;
            self.parts.subtypes.push((id, supertype, at))?;
        }
        match ty.composite {
            CompositeType::Func(func) => {
                self.parts.values.clear();
                let params = self.read_func(&judge.context(), func)?;
                let (params, results) = self.parts.values.split_at(params);
                judge.module.types.add_func(def, params.iter().copied(), results.iter().copied())?;
            }
            CompositeType::Struct(fields) => {
                self.parts.fields.clear();
                self.read_struct(&judge.context(), fields, at)?;
                judge.module.types.add_struct(def, self.parts.fields.iter().copied())?;
            }
            CompositeType::Array(element) => {
                judge.context().require(Features::GC, "an array type", at)?;
                let element = judge.context().field_type(element, at)?;
                judge.module.types.add_array(def, element)?;
            }
        }
        if ty.describes.is_some() || ty.descriptor.is_some() {
            let links = self.links(&judge.context(), &ty, inner, at)?;
            judge.module.types.set_links(links);
            self.has_links = true;
        }
        Ok(())
    }

    /// Custom descriptors, Types: both are of the group, and what is described comes first.
    fn links(&self, cx: &Context<'_>, ty: &SubType<'_>, inner: u32, at: u32) -> Result<Links> {
        cx.require(Features::CUSTOM_DESCRIPTORS, "a type with a descriptor", at)?;
        let within = |index: Option<TypeIdx>, end: u32, why: &str| match index {
            Some(index) if index.raw() < self.first || index.raw() >= self.first + end => {
                Err(Error::invalid(Invalid::Descriptor, at).with_message(format_args!("{why}")))
            }
            Some(index) => cx.type_id(index, at).map(Some),
            None => Ok(None),
        };
        Ok(Links {
            describes: within(ty.describes, inner, "what is described is no earlier type of the group")?,
            descriptor: within(ty.descriptor, self.count, "the descriptor is no type of the group")?,
        })
    }

    /// The declared supertype: an earlier type.
    fn supertype(&self, cx: &Context<'_>, ty: &SubType<'_>, inner: u32, at: u32) -> Result<Option<TypeId>> {
        if !ty.is_explicit {
            return Ok(None);
        }
        cx.require(Features::GC, "a type with subtypes or a supertype", at)?;
        if ty.supertypes.count > 1 {
            return Err(Error::invalid(Invalid::SubType, at).with_message(format_args!("more than one supertype")));
        }
        let Some(supertype) = ty.supertypes.items().next() else { return Ok(None) };
        let (at, supertype) = supertype?;
        if supertype.raw() >= self.first + inner {
            return Err(unknown(Invalid::UnknownType, supertype, at));
        }
        let id = cx.type_id(supertype, at)?;
        cx.limit_at(Limit::SubtypingDepth, cx.module.types.depth(id) + 1, at)?;
        Ok(Some(id))
    }

    /// Reads parameters and results; returns how many parameters there are.
    fn read_func(&mut self, cx: &Context<'_>, func: FuncType<'_>) -> Result<usize> {
        self.read_values(cx, func.params, Limit::Params)?;
        let params = self.parts.values.len();
        if func.results.count > 1 {
            cx.require(Features::MULTI_VALUE, "several results", func.results.offset)?;
        }
        self.read_values(cx, func.results, Limit::Results)?;
        Ok(params)
    }

    fn read_values(&mut self, cx: &Context<'_>, types: Encoded<'_, ValType>, limit: Limit) -> Result<()> {
        cx.limit_at(limit, types.count, types.offset)?;
        types.items().try_for_each(|ty| {
            let (at, ty) = ty?;
            Ok(self.parts.values.push(cx.val_type(ty, at)?)?)
        })
    }

    fn read_struct(&mut self, cx: &Context<'_>, fields: Encoded<'_, FieldType>, at: u32) -> Result<()> {
        cx.require(Features::GC, "a structure type", at)?;
        cx.limit_at(Limit::StructFields, fields.count, at)?;
        fields.items().try_for_each(|field| {
            let (at, field) = field?;
            Ok(self.parts.fields.push(cx.field_type(field, at)?)?)
        })
    }
}

impl Context<'_> {
    /// Core spec, Table Types: the same type with a canonical element type.
    pub(super) fn table_type(&self, ty: TableType, at: u32) -> Result<TableType> {
        self.limit_len_at(Limit::Tables, self.module.tables.len(), at)?;
        if !self.module.tables.is_empty() {
            self.require(Features::REFERENCE_TYPES, "a second table", at)?;
        }
        let element = self.ref_type(ty.element, at)?;
        let greatest = match ty.addr.built() {
            AddrType::I32 => u64::from(u32::MAX),
            AddrType::I64 => {
                self.require(Features::MEMORY64, "a table with 64-bit indices", at)?;
                u64::MAX
            }
        };
        self.check_width(ty.min, ty.max, at)?;
        if ty.min > greatest || ty.max.is_some_and(|max| max > greatest) {
            let message = format_args!("at most {greatest} elements");
            return Err(Error::invalid(Invalid::TableSize, at).with_message(message));
        }
        check_order(ty.min, ty.max, at)?;
        Ok(TableType { element, ..ty })
    }

    /// Core spec, Memory Types.
    pub(super) fn check_memory_type(&self, ty: &MemoryType, at: u32) -> Result<()> {
        self.limit_len_at(Limit::Memories, self.module.memories.len(), at)?;
        if !self.module.memories.is_empty() {
            self.require(Features::MULTI_MEMORY, "a second memory", at)?;
        }
        if let Some(log2) = ty.custom_page_size {
            self.require(Features::CUSTOM_PAGE_SIZES, "a page size", at)?;
            if log2 != 0 && log2 != 16 {
                return Err(Error::invalid(Invalid::PageSize, at).with_message(format_args!("2^{log2}")));
            }
        }
        if ty.addr.built() == AddrType::I64 {
            self.require(Features::MEMORY64, "a memory with 64-bit addresses", at)?;
        }
        self.check_width(ty.min, ty.max, at)?;
        let greatest = ty.greatest_size();
        if ty.min > greatest || ty.max.is_some_and(|max| max > greatest) {
            let why = match (ty.addr.built(), ty.page_size_log2()) {
                (AddrType::I32, 16) => Invalid::MemorySize,
                (AddrType::I64, 16) => Invalid::MemorySize64,
                _ => Invalid::MemorySizeCustom,
            };
            return Err(Error::invalid(why, at).with_message(format_args!("at most {greatest} pages here")));
        }
        check_order(ty.min, ty.max, at)?;
        if ty.shared {
            self.require(Features::THREADS, "a shared memory", at)?;
            if ty.max.is_none() {
                return Err(Error::invalid(Invalid::SharedMemory, at));
            }
        }
        Ok(())
    }

    /// Before memory64, sizes were 32-bit numbers, so larger ones were malformed and not invalid.
    fn check_width(&self, min: u64, max: Option<u64>, at: u32) -> Result<()> {
        let is_wide = min.max(max.unwrap_or(0)) > u64::from(u32::MAX);
        if is_wide && !self.features.contains(Features::MEMORY64) {
            return Err(Error::malformed(Malformed::IntegerTooLarge, at));
        }
        Ok(())
    }

    /// Core spec, Tag Types: the function type says what exceptions carry.
    pub(super) fn tag_type(&self, index: TypeIdx, at: u32) -> Result<TypeId> {
        self.limit_len_at(Limit::Tags, self.module.tags.len(), at)?;
        self.require(Features::EXCEPTIONS, "a tag", at)?;
        let (id, _, results) = self.func_type(index, at)?;
        if results.is_empty() { Ok(id) } else { Err(Error::invalid(Invalid::TagResults, at)) }
    }
}

/// Core spec, Limits.
fn check_order(min: u64, max: Option<u64>, at: u32) -> Result<()> {
    match max {
        Some(max) if max < min => {
            Err(Error::invalid(Invalid::SizeOrder, at).with_message(format_args!("{min} and {max}")))
        }
        _ => Ok(()),
    }
}
