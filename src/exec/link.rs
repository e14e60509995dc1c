//! Whether what is given for an import is what the module asks for (core spec, Import Matching).

use crate::error::{Error, Result, Unlinkable};
use crate::image::module::Import;
use crate::image::{Image, Module};
use crate::store::{Extern, State, known};
use crate::syntax::{AddrType, ExternType, HeapType, RefType, ValType};
use crate::types::core_extern::{extern_matches, map_extern};
use crate::types::rec_group::imported;
use crate::types::{TypeId, TypeTable};
use core::fmt;

/// Checks one import; `types` are the store's types of the module's.
#[inline(never)]
pub(super) fn check(
    state: &State,
    types: &[TypeId],
    image: &Image,
    module: &Module,
    import: &Import,
    given: Extern,
) -> Result<()> {
    let wanted = known(module.extern_type(import.kind, import.index))?;
    let wanted = map_extern(wanted, imported(types));
    // The embedder may have handed in an id of another store.
    let given = state.extern_type(given).ok_or(crate::error::Misuse::WrongStore)?;
    if extern_matches(&state.types, given, wanted) {
        return Ok(());
    }
    let (from, name) = (import.module.text(&image.bytes), import.name.text(&image.bytes));
    let (expected, found) = (Shown(&state.types, wanted), Shown(&state.types, plain(given)));
    let message = format_args!("import \"{from}\" \"{name}\": expected {expected}, found {found}");
    Err(Error::from(Unlinkable::IncompatibleType).with_message(message))
}

/// What is found is exact always, which only says something where that is expected.
fn plain(found: ExternType) -> ExternType {
    match found {
        ExternType::Func { ty, .. } => ExternType::Func { ty, is_exact: false },
        found => found,
    }
}

/// A type of the store as a person reads it.
struct Shown<'t, T>(&'t TypeTable, T);

impl fmt::Display for Shown<'_, ExternType> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            ExternType::Func { ty, is_exact } => {
                let exact = if is_exact { "exact " } else { "" };
                write!(f, "{exact}function {}", Shown(self.0, TypeId::from_index(ty)))
            }
            ExternType::Tag(index) => write!(f, "tag {}", Shown(self.0, TypeId::from_index(index))),
            ExternType::Table(ty) => {
                let element = Shown(self.0, ValType::Ref(ty.element));
                write!(f, "table{} {}{element}", Addr(ty.addr), Sizes(ty.min, ty.max))
            }
            ExternType::Memory(ty) => {
                let shared = if ty.shared { "shared " } else { "" };
                write!(f, "{shared}memory{} {}pages", Addr(ty.addr), Sizes(ty.min, ty.max))?;
                if ty.page_size_log2() != 16 {
                    write!(f, " of {} bytes", 1u64 << ty.page_size_log2().min(63))?;
                }
                Ok(())
            }
            ExternType::Global(ty) => {
                let mutable = if ty.mutable { "mut " } else { "" };
                write!(f, "global {mutable}{}", Shown(self.0, ty.content))
            }
        }
    }
}

impl fmt::Display for Shown<'_, TypeId> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (params, results) = self.0.func(self.1).unwrap_or_default();
        Shown(self.0, params).fmt(f)?;
        f.write_str(" -> ")?;
        Shown(self.0, results).fmt(f)
    }
}

impl fmt::Display for Shown<'_, &[ValType]> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, ty) in self.1.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "[" } else { " " }, Shown(self.0, *ty))?;
        }
        f.write_str(if self.1.is_empty() { "[]" } else { "]" })
    }
}

impl fmt::Display for Shown<'_, ValType> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            ValType::I32 => f.write_str("i32"),
            ValType::I64 => f.write_str("i64"),
            ValType::F32 => f.write_str("f32"),
            ValType::F64 => f.write_str("f64"),
            ValType::V128 => f.write_str("v128"),
            ValType::Ref(ty) => Shown(self.0, ty).fmt(f),
        }
    }
}

impl fmt::Display for Shown<'_, RefType> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let null = if self.1.is_nullable() { "null " } else { "" };
        match self.1.heap() {
            HeapType::Abstract(heap) if self.1.is_nullable() => f.write_str(heap.ref_text()),
            HeapType::Abstract(heap) => write!(f, "(ref {})", heap.text()),
            // A function type is said in full; its own references are not followed further.
            HeapType::Concrete(index) | HeapType::Exact(index) => match self.0.func(TypeId::from_index(index)) {
                Some((params, results)) => {
                    write!(f, "(ref {null}(func {} parameters, {} results))", params.len(), results.len())
                }
                None => write!(f, "(ref {null}type {index})"),
            },
        }
    }
}

/// The address type of a memory or table, where it is not the usual one.
struct Addr(AddrType);

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            AddrType::I32 => "",
            AddrType::I64 => " i64",
        })
    }
}

/// Least and greatest size, then a space.
struct Sizes(u64, Option<u64>);

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(max) => write!(f, "{}..{max} ", self.0),
            None => write!(f, "{}.. ", self.0),
        }
    }
}
