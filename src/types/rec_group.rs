//! Canonical core types: equal recursive groups are one (core spec, Recursive Types; Rolling
//! and Unrolling).
//!
//! A table lists types in the order in which their groups were first seen. In its types,
//! `HeapType::Concrete` holds a [`TypeId`] of the same table. Two types are equal exactly when
//! their ids are.

use crate::support::index::index_type;
use crate::support::{Map, OutOfMemory, Vec};
use crate::syntax::{Features, FieldType, HeapType, RefType, StorageType, TypeIdx, ValType};
use core::cmp::Ordering;
use core::ops::Range;

index_type! {
    /// A canonical type in a [`TypeTable`].
    TypeId;
}

impl TypeId {
    /// The id as a heap type of the table's own types.
    pub const fn heap(self) -> HeapType {
        HeapType::Concrete(self.as_index())
    }

    /// The id as an exact heap type of the table's own types.
    pub const fn exact_heap(self) -> HeapType {
        HeapType::Exact(self.as_index())
    }

    /// The id as a type index, as types of the table's own have it.
    pub const fn as_index(self) -> TypeIdx {
        TypeIdx::new(self.raw())
    }

    /// The id in a heap type of the table's own types.
    pub const fn from_index(index: TypeIdx) -> Self {
        TypeId::new(index.raw())
    }
}

/// A type about to enter a table.
#[derive(Clone, Copy, Debug)]
pub struct SubTypeDef {
    /// Whether it may have no subtypes.
    pub is_final: bool,
    /// Its declared supertype.
    pub supertype: Option<TypeId>,
}

/// What a canonical type is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Composite<'t> {
    /// A function.
    Func {
        /// Types of the parameters.
        params: &'t [ValType],
        /// Types of the results.
        results: &'t [ValType],
    },
    /// A structure.
    Struct(&'t [FieldType]),
    /// An array.
    Array(FieldType),
}

/// Canonical types; see the module.
#[derive(Debug, Default)]
pub struct TypeTable {
    pub(super) types: Vec<Type>,
    /// Parameters and results of all functions.
    values: Vec<ValType>,
    /// Fields of all structures and arrays.
    pub(super) fields: Vec<FieldType>,
    /// Where each of `fields` lies in its structure; see [`aggregate`](super::aggregate).
    pub(super) offsets: Vec<u32>,
    /// The first type of each group, in the order of [`TypeTable::compare_groups`].
    groups: Map<TypeId, ()>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    is_final: bool,
    /// How many supertypes stand above it.
    pub(super) depth: u16,
    kind: Kind,
    /// Where its parts begin in `values` or `fields`.
    pub(super) start: u32,
    /// Parameters or fields.
    pub(super) count: u32,
    /// Results.
    results: u32,
    supertype: Option<TypeId>,
    /// A supertype further up, or itself where it has none; see
    /// [`is_subtype`](TypeTable::is_subtype).
    pub(super) jump: TypeId,
    /// The type that it describes and the one that describes it (custom descriptors).
    links: Links,
    /// The first type of its group.
    group: TypeId,
    /// How many types its group has.
    group_len: u32,
}

impl Type {
    /// What it is. Builds that do not judge what came with garbage collection know that it is a function's, alone in its
    /// group, that it has neither supertype nor subtypes and no descriptor, and leave out what is done with others.
    pub(super) fn kind(&self) -> Kind {
        if Features::JUDGED.contains(Features::GC) { self.kind } else { Kind::Func }
    }

    pub(super) fn supertype(&self) -> Option<TypeId> {
        if Features::JUDGED.contains(Features::GC) { self.supertype } else { None }
    }

    fn is_final(&self) -> bool {
        if Features::JUDGED.contains(Features::GC) { self.is_final } else { true }
    }

    fn group_len(&self) -> u32 {
        if Features::JUDGED.contains(Features::GC) { self.group_len } else { 1 }
    }

    pub(super) fn links(&self) -> Links {
        if Features::JUDGED.contains(Features::CUSTOM_DESCRIPTORS) { self.links } else { Links::default() }
    }
}

/// What a type has to do with descriptors (custom descriptors, Types).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The type whose values' descriptors are of this one.
    pub describes: Option<TypeId>,
    /// The type of its values' descriptors.
    pub descriptor: Option<TypeId>,
}

impl Links {
    fn map(self, map: impl Fn(TypeId) -> TypeId) -> Self {
        Links { describes: self.describes.map(&map), descriptor: self.descriptor.map(map) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Func,
    Struct,
    Array,
}

impl TypeTable {
    /// A table without types; allocates nothing.
    pub const fn new() -> Self {
        Self { types: Vec::new(), values: Vec::new(), fields: Vec::new(), offsets: Vec::new(), groups: Map::new() }
    }

    /// How many types it has.
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether it has no type.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// What the type is made of.
    pub fn composite(&self, id: TypeId) -> Option<Composite<'_>> {
        let ty = self.types.get(id.index())?;
        let parts = range(ty.start, ty.count);
        Some(match ty.kind() {
            Kind::Func => Composite::Func {
                results: self.values.get(range(parts.end as u32, ty.results))?,
                params: self.values.get(parts)?,
            },
            Kind::Struct => Composite::Struct(self.fields.get(parts)?),
            Kind::Array => Composite::Array(*self.fields.get(parts.start)?),
        })
    }

    /// Parameters and results, if the type is a function's.
    pub fn func(&self, id: TypeId) -> Option<(&[ValType], &[ValType])> {
        match self.composite(id)? {
            Composite::Func { params, results } => Some((params, results)),
            _ => None,
        }
    }

    /// The declared supertype.
    pub fn supertype(&self, id: TypeId) -> Option<TypeId> {
        self.types.get(id.index())?.supertype()
    }

    /// How many supertypes stand above the type.
    pub fn depth(&self, id: TypeId) -> u32 {
        self.types.get(id.index()).map_or(0, |ty| u32::from(ty.depth))
    }

    /// Whether the type may have no subtypes.
    pub fn is_final(&self, id: TypeId) -> bool {
        self.types.get(id.index()).is_none_or(|ty| ty.is_final())
    }

    /// Begins a group: the id that its first type has until the group is closed. Types within
    /// the group refer to one another by such ids, counted on from here.
    pub fn open_group(&self) -> TypeId {
        TypeId::new(self.types.len() as u32)
    }

    /// Adds a function type to the open group.
    pub fn add_func(
        &mut self,
        def: SubTypeDef,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<(), OutOfMemory> {
        let start = self.values.len();
        self.values.extend(params)?;
        let mid = self.values.len();
        self.values.extend(results)?;
        let end = self.values.len();
        self.add(def, Kind::Func, start as u32, (mid - start) as u32, (end - mid) as u32)
    }

    /// Adds a structure type to the open group.
    pub fn add_struct(
        &mut self,
        def: SubTypeDef,
        fields: impl IntoIterator<Item = FieldType>,
    ) -> Result<(), OutOfMemory> {
        let start = self.fields.len();
        self.fields.extend(fields)?;
        self.add(def, Kind::Struct, start as u32, (self.fields.len() - start) as u32, 0)
    }

    /// Adds an array type to the open group.
    pub fn add_array(&mut self, def: SubTypeDef, element: FieldType) -> Result<(), OutOfMemory> {
        let start = self.fields.len();
        self.fields.push(element)?;
        self.add(def, Kind::Array, start as u32, 1, 0)
    }

    fn add(&mut self, def: SubTypeDef, kind: Kind, start: u32, count: u32, results: u32) -> Result<(), OutOfMemory> {
        if kind != Kind::Func {
            self.lay_out(start)?;
        }
        let supertype = def.supertype.filter(|_| Features::JUDGED.contains(Features::GC));
        let depth = supertype.map_or(0, |id| self.types.get(id.index()).map_or(0, |ty| ty.depth.saturating_add(1)));
        self.types.push(Type {
            is_final: def.is_final,
            depth,
            kind,
            start,
            count,
            results,
            supertype,
            jump: self.jump(supertype),
            links: Links::default(),
            group: TypeId::new(0),
            group_len: 0,
        })
    }

    /// Says of the type that was added last what it has to do with descriptors.
    pub fn set_links(&mut self, links: Links) {
        let Some(ty) = self.types.last_mut() else { return };
        ty.links = links;
        let (start, kind) = (ty.start, ty.kind());
        if links.descriptor.is_some() && kind == Kind::Struct {
            self.make_room_for_descriptor(start);
        }
    }

    /// What the type has to do with descriptors.
    pub fn links(&self, id: TypeId) -> Links {
        self.types.get(id.index()).map_or(Links::default(), |ty| ty.links())
    }

    /// Ends the group that was opened at `first`: returns the id of its first type, which is an
    /// older one where an equal group is already in the table.
    pub fn close_group(&mut self, first: TypeId) -> Result<TypeId, OutOfMemory> {
        let len = (self.types.len() - first.index()) as u32;
        for ty in self.types.iter_mut().skip(first.index()) {
            (ty.group, ty.group_len) = (first, len);
        }
        if len == 0 {
            return Ok(first);
        }
        let mut groups = core::mem::take(&mut self.groups);
        let equal = groups.position_by(|other| self.compare_groups(first, *other));
        let id = match equal.and_then(|at| groups.get_index(at)) {
            Some((&older, ())) => {
                self.forget_from(first);
                Ok(older)
            }
            None => groups.insert_by(first, (), |a, b| self.compare_groups(*a, *b)).map(|_| first),
        };
        self.groups = groups;
        id
    }

    /// Takes over the types of another table; returns the id here of each id there.
    pub fn import(&mut self, other: &TypeTable) -> Result<Vec<TypeId>, OutOfMemory> {
        let mut ids: Vec<TypeId> = Vec::with_capacity(other.types.len())?;
        let mut at = 0;
        while let Some(ty) = other.types.get(at) {
            let (there, here, len) = (ty.group, self.open_group(), ty.group_len());
            let map = |id: TypeId| match id.raw().checked_sub(there.raw()) {
                Some(inner) if inner < len => TypeId::new(here.raw() + inner),
                _ => imported(&ids)(id),
            };
            for ty in other.types.iter().skip(at).take(len as usize) {
                let def = SubTypeDef { is_final: ty.is_final(), supertype: ty.supertype().map(map) };
                let parts = range(ty.start, ty.count);
                match ty.kind() {
                    Kind::Func => {
                        let values = other.values.get(parts.start..parts.end + ty.results as usize).unwrap_or_default();
                        let (params, results) = values.split_at(ty.count as usize);
                        let map = |ty: &ValType| map_val(*ty, map);
                        self.add_func(def, params.iter().map(map), results.iter().map(map))?;
                    }
                    kind => {
                        let start = self.fields.len() as u32;
                        let fields = other.fields.get(parts).unwrap_or_default();
                        self.fields.extend(fields.iter().map(|field| map_field(*field, map)))?;
                        self.add(def, kind, start, ty.count, 0)?;
                    }
                }
                self.set_links(ty.links().map(map));
            }
            let first = self.close_group(here)?;
            ids.extend((0..len).map(|inner| TypeId::new(first.raw() + inner)))?;
            at += len as usize;
        }
        Ok(ids)
    }

    /// Forgets the types from `first` on, none of which may be in use.
    fn forget_from(&mut self, first: TypeId) {
        let (mut values, mut fields) = (self.values.len(), self.fields.len());
        if let Some(ty) = self.types.iter().skip(first.index()).find(|ty| ty.kind() == Kind::Func) {
            values = ty.start as usize;
        }
        if let Some(ty) = self.types.iter().skip(first.index()).find(|ty| ty.kind() != Kind::Func) {
            fields = ty.start as usize;
        }
        self.types.truncate(first.index());
        self.values.truncate(values);
        self.fields.truncate(fields);
        self.offsets.truncate(fields);
    }

    /// A total order of groups in which equal groups, references within them taken as relative,
    /// compare equal.
    fn compare_groups(&self, a: TypeId, b: TypeId) -> Ordering {
        let (Some(first_a), Some(first_b)) = (self.types.get(a.index()), self.types.get(b.index())) else {
            return a.cmp(&b);
        };
        let len = first_a.group_len();
        // (0, n): the n-th type of the same group; (1, id): a type outside.
        let relative = |id: TypeId, group: TypeId| match id.raw().checked_sub(group.raw()) {
            Some(inner) if inner < len => (0, inner),
            _ => (1, id.raw()),
        };
        let val = |ty: ValType, group: TypeId| match ty {
            ValType::Ref(ty) => match ty.heap() {
                HeapType::Concrete(index) => {
                    let (outside, n) = relative(TypeId::from_index(index), group);
                    (2 + outside, n, ty.is_nullable(), ValType::I32)
                }
                HeapType::Exact(index) => {
                    let (outside, n) = relative(TypeId::from_index(index), group);
                    (4 + outside, n, ty.is_nullable(), ValType::I32)
                }
                HeapType::Abstract(_) => (1, 0, false, ValType::Ref(ty)),
            },
            ty => (0, 0, false, ty),
        };
        let field = |ty: FieldType, group: TypeId| match ty.storage {
            StorageType::I8 => (0, ty.mutable, val(ValType::I32, group)),
            StorageType::I16 => (1, ty.mutable, val(ValType::I32, group)),
            StorageType::Val(inner) => (2, ty.mutable, val(inner, group)),
        };
        let mut order = len.cmp(&first_b.group_len());
        for inner in 0..len as usize {
            let (Some(x), Some(y)) = (self.types.get(a.index() + inner), self.types.get(b.index() + inner)) else {
                break;
            };
            let head = |ty: &Type, group| {
                let supertype = ty.supertype().map(|id| relative(id, group));
                let links = [ty.links().describes, ty.links().descriptor].map(|id| id.map(|id| relative(id, group)));
                (ty.kind(), ty.is_final(), ty.count, ty.results, supertype, links)
            };
            order = order.then_with(|| head(x, a).cmp(&head(y, b)));
            if order.is_ne() {
                return order;
            }
            let (from_x, from_y) = (range(x.start, x.count + x.results), range(y.start, y.count + y.results));
            order = match x.kind() {
                // None refers to a type.
                Kind::Func if !Features::JUDGED.contains(Features::FUNCTION_REFERENCES) => {
                    self.values.get(from_x).cmp(&self.values.get(from_y))
                }
                Kind::Func => {
                    let (x, y) = (self.values.get(from_x), self.values.get(from_y));
                    let x = x.unwrap_or_default().iter().map(|ty| val(*ty, a));
                    x.cmp(y.unwrap_or_default().iter().map(|ty| val(*ty, b)))
                }
                Kind::Struct | Kind::Array => {
                    let (x, y) = (self.fields.get(from_x), self.fields.get(from_y));
                    let x = x.unwrap_or_default().iter().map(|ty| field(*ty, a));
                    x.cmp(y.unwrap_or_default().iter().map(|ty| field(*ty, b)))
                }
            };
            if order.is_ne() {
                return order;
            }
        }
        order
    }
}

pub(super) fn range(start: u32, len: u32) -> Range<usize> {
    start as usize..start as usize + len as usize
}

/// What [`TypeTable::import`] has made of each id of the other table. One that it does not know stays.
pub fn imported(ids: &[TypeId]) -> impl Fn(TypeId) -> TypeId + Copy {
    |id| ids.get(id.index()).copied().unwrap_or(id)
}

/// The same type with every concrete heap type renamed.
pub fn map_val(ty: ValType, map: impl Fn(TypeId) -> TypeId) -> ValType {
    match ty {
        // None refers to a type.
        ty if !Features::JUDGED.contains(Features::FUNCTION_REFERENCES) => ty,
        ValType::Ref(ty) => ValType::Ref(map_ref(ty, map)),
        ty => ty,
    }
}

/// The same type with a concrete heap type renamed.
pub fn map_ref(ty: RefType, map: impl Fn(TypeId) -> TypeId) -> RefType {
    match ty.heap() {
        _ if !Features::JUDGED.contains(Features::FUNCTION_REFERENCES) => ty,
        HeapType::Concrete(index) => RefType::of(ty.is_nullable(), map(TypeId::from_index(index)).heap()),
        HeapType::Exact(index) => RefType::of(ty.is_nullable(), map(TypeId::from_index(index)).exact_heap()),
        HeapType::Abstract(_) => ty,
    }
}

fn map_field(ty: FieldType, map: impl Fn(TypeId) -> TypeId) -> FieldType {
    match ty.storage {
        StorageType::Val(inner) => FieldType { storage: StorageType::Val(map_val(inner, map)), ..ty },
        _ => ty,
    }
}
