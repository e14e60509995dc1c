//! What a rule may ask: the module so far, the features, the limits.

use crate::error::{Error, ErrorKind, Invalid, Result};
use crate::image::Module;
use crate::support::{Limit, Limits};
use crate::syntax::{
    AbstractHeapType, Features, FieldType, FuncIdx, GlobalIdx, GlobalType, HeapType, MemIdx, MemoryType, RefType,
    StorageType, TableIdx, TableType, TagIdx, TypeIdx, ValType,
};
#[cfg(any(feature = "gc", test))]
use crate::types::Composite;
use crate::types::TypeId;
use core::fmt;

/// Stands where a component's core type index is not of a type that core rules know.
pub(super) const NO_TYPE: TypeId = TypeId::new(u32::MAX);

/// What the author of an input may count on.
#[derive(Clone, Copy)]
pub(super) struct Options<'l> {
    /// What is switched on.
    pub(super) features: Features,
    /// What of it the machine can run.
    pub(super) runnable: Features,
    pub(super) limits: &'l Limits,
}

impl Options<'_> {
    /// That `feature` may be used by `what`, which is at `at`. Inlined, so that rules of what this build does not judge are
    /// known to be out of reach.
    #[inline(always)]
    pub(super) fn require(&self, feature: Features, what: &str, at: u32) -> Result<()> {
        if Features::JUDGED.contains(feature) {
            self.allow(feature, what, at)
        } else {
            Err(self.refuse(feature, what, at))
        }
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn allow(&self, feature: Features, what: &str, at: u32) -> Result<()> {
        if self.features.contains(feature) && self.runnable.contains(feature) {
            return Ok(());
        }
        Err(self.refuse(feature, what, at))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn refuse(&self, feature: Features, what: &str, at: u32) -> Error {
        let off = feature.difference(self.features);
        let kind = if off.is_empty() {
            ErrorKind::Unsupported(feature.difference(self.runnable))
        } else {
            ErrorKind::Disabled(off)
        };
        Error::new(kind).at(at).with_message(format_args!("{what}"))
    }

    /// That `count` does not pass the limit.
    #[inline]
    pub(super) fn limit(&self, limit: Limit, count: u32) -> Result<()> {
        if count <= limit.of(self.limits) { Ok(()) } else { Err(exceeded(limit, u64::from(count), self.limits)) }
    }

    /// The same of what is at `at`.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn limit_at(&self, limit: Limit, count: u32, at: u32) -> Result<()> {
        self.limit(limit, count).map_err(|error| error.at(at))
    }

    /// That one more than `len` does not pass the limit.
    #[inline]
    pub(super) fn limit_len(&self, limit: Limit, len: usize) -> Result<()> {
        if len < limit.of(self.limits) as usize { Ok(()) } else { Err(exceeded(limit, len as u64 + 1, self.limits)) }
    }

    /// The same of what is at `at`.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn limit_len_at(&self, limit: Limit, len: usize, at: u32) -> Result<()> {
        self.limit_len(limit, len).map_err(|error| error.at(at))
    }
}

#[cold]
#[inline(never)]
fn exceeded(limit: Limit, count: u64, limits: &Limits) -> Error {
    Error::from(limit).with_message(format_args!("{count} where {} are allowed", limit.of(limits)))
}

/// The module as far as it is known, and the options.
#[derive(Clone, Copy)]
pub(super) struct Context<'m> {
    pub(super) module: &'m Module,
    pub(super) options: Options<'m>,
    /// How many data segments there will be, where the module says so before its code.
    pub(super) data_count: Option<u32>,
}

impl<'m> core::ops::Deref for Context<'m> {
    type Target = Options<'m>;
    fn deref(&self) -> &Options<'m> {
        &self.options
    }
}

impl<'m> Context<'m> {
    #[inline]
    pub(super) fn type_id(&self, index: TypeIdx, at: u32) -> Result<TypeId> {
        match self.module.type_ids.get(index.index()) {
            Some(&id) if id != NO_TYPE => Ok(id),
            _ => Err(unknown(Invalid::UnknownType, index, at)),
        }
    }

    /// A type that is a function's, its parameters and results.
    pub(super) fn func_type(&self, index: TypeIdx, at: u32) -> Result<(TypeId, &'m [ValType], &'m [ValType])> {
        let id = self.type_id(index, at)?;
        let Some((params, results)) = self.module.types.func(id) else {
            return Err(wrong_form(index, "a function", at));
        };
        Ok((id, params, results))
    }

    /// A type that is a structure's, and its fields.
    #[cfg(any(feature = "gc", test))]
    pub(super) fn struct_type(&self, index: TypeIdx, at: u32) -> Result<(TypeId, &'m [FieldType])> {
        let id = self.type_id(index, at)?;
        match self.module.types.composite(id) {
            Some(Composite::Struct(fields)) => Ok((id, fields)),
            _ => Err(wrong_form(index, "a structure", at)),
        }
    }

    /// A type that is an array's, and what it holds.
    #[cfg(any(feature = "gc", test))]
    pub(super) fn array_type(&self, index: TypeIdx, at: u32) -> Result<(TypeId, FieldType)> {
        let id = self.type_id(index, at)?;
        match self.module.types.composite(id) {
            Some(Composite::Array(element)) => Ok((id, element)),
            _ => Err(wrong_form(index, "an array", at)),
        }
    }

    /// Parameters and results of a function.
    pub(super) fn func(&self, index: FuncIdx, at: u32) -> Result<(&'m [ValType], &'m [ValType])> {
        let id = self.module.func_types.get(index.index());
        let id = id.ok_or_else(|| unknown(Invalid::UnknownFunction, index, at))?;
        Ok(self.module.types.func(*id).unwrap_or_default())
    }

    pub(super) fn global(&self, index: GlobalIdx, at: u32) -> Result<&'m GlobalType> {
        let global = self.module.globals.get(index.index()).map(|(ty, _)| ty);
        global.ok_or_else(|| unknown(Invalid::UnknownGlobal, index, at))
    }

    /// What exceptions of a tag carry.
    pub(super) fn tag(&self, index: TagIdx, at: u32) -> Result<&'m [ValType]> {
        let id = self.module.tags.get(index.index());
        let id = id.ok_or_else(|| unknown(Invalid::UnknownTag, index, at))?;
        Ok(self.module.types.func(*id).unwrap_or_default().0)
    }

    #[inline]
    pub(super) fn memory(&self, index: MemIdx, at: u32) -> Result<&'m MemoryType> {
        self.module.memories.get(index.index()).ok_or_else(|| unknown(Invalid::UnknownMemory, index, at))
    }

    pub(super) fn table(&self, index: TableIdx, at: u32) -> Result<&'m TableType> {
        let table = self.module.tables.get(index.index()).map(|(ty, _)| ty);
        table.ok_or_else(|| unknown(Invalid::UnknownTable, index, at))
    }

    /// Core spec, Value Types: the same type with a canonical heap type.
    pub(super) fn val_type(&self, ty: ValType, at: u32) -> Result<ValType> {
        match ty {
            ValType::Ref(ty) => self.ref_type(ty, at).map(ValType::Ref),
            ValType::V128 => {
                self.require(Features::SIMD, "v128", at)?;
                Ok(ty)
            }
            ty => Ok(ty),
        }
    }

    /// Core spec, Reference Types: the same type with a canonical heap type.
    pub(super) fn ref_type(&self, ty: RefType, at: u32) -> Result<RefType> {
        if !ty.is_nullable() {
            self.require(Features::FUNCTION_REFERENCES, "a reference that is not null", at)?;
        }
        self.heap_type(ty.heap(), at).map(|heap| RefType::of(ty.is_nullable(), heap))
    }

    /// Core spec, Heap Types: the same type, its type index made canonical.
    pub(super) fn heap_type(&self, heap: HeapType, at: u32) -> Result<HeapType> {
        use AbstractHeapType as Heap;
        match heap {
            HeapType::Concrete(index) => {
                self.require(Features::FUNCTION_REFERENCES, "a reference to a type", at)?;
                return self.type_id(index, at).map(TypeId::heap);
            }
            HeapType::Exact(index) => {
                self.require(Features::CUSTOM_DESCRIPTORS, "an exact reference", at)?;
                return self.type_id(index, at).map(TypeId::exact_heap);
            }
            // Tables of functions are older than references.
            HeapType::Abstract(Heap::Func) => {}
            HeapType::Abstract(Heap::Extern) => self.require(Features::REFERENCE_TYPES, "externref", at)?,
            HeapType::Abstract(heap @ (Heap::Exn | Heap::NoExn)) => {
                self.require(Features::EXCEPTIONS, heap.ref_text(), at)?;
            }
            HeapType::Abstract(heap) => self.require(Features::GC, heap.ref_text(), at)?,
        }
        Ok(heap)
    }

    /// Core spec, Field Types: the same type with a canonical heap type.
    pub(super) fn field_type(&self, ty: FieldType, at: u32) -> Result<FieldType> {
        match ty.storage {
            StorageType::Val(inner) => Ok(FieldType { storage: StorageType::Val(self.val_type(inner, at)?), ..ty }),
            _ => Ok(ty),
        }
    }
}

/// Nothing has that index.
#[cold]
#[inline(never)]
pub(super) fn unknown(why: Invalid, index: impl fmt::Display, at: u32) -> Error {
    Error::invalid(why, at).with_message(format_args!("{index}"))
}

#[cold]
#[inline(never)]
fn wrong_form(index: TypeIdx, form: &str, at: u32) -> Error {
    Error::invalid(Invalid::TypeMismatch, at).with_message(format_args!("type {index} is not {form}"))
}
