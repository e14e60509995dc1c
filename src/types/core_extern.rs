//! What modules import and export: external types of canonical core types, and whether one
//! stands for another (core spec, Matching, External Types).

use super::rec_group::{map_ref, map_val};
use super::{TypeId, TypeTable};
use crate::syntax::{ExternType, GlobalType, MemoryType, TableType, TypeIdx};

/// The same type with its type indices renamed.
pub fn map_extern(ty: ExternType, map: impl Fn(TypeId) -> TypeId) -> ExternType {
    let index = |ty: TypeIdx| map(TypeId::from_index(ty)).as_index();
    match ty {
        ExternType::Func { ty, is_exact } => ExternType::Func { ty: index(ty), is_exact },
        ExternType::Table(ty) => ExternType::Table(TableType { element: map_ref(ty.element, map), ..ty }),
        ExternType::Memory(_) => ty,
        ExternType::Global(ty) => ExternType::Global(GlobalType { content: map_val(ty.content, map), ..ty }),
        ExternType::Tag(ty) => ExternType::Tag(index(ty)),
    }
}

/// Whether `actual` may stand where `expected` is imported. Both are of one table.
pub fn extern_matches(types: &TypeTable, actual: ExternType, expected: ExternType) -> bool {
    use ExternType::{Func, Global, Memory, Table, Tag};
    match (actual, expected) {
        (Func { ty: actual, is_exact }, Func { ty: expected, is_exact: true }) => is_exact && actual == expected,
        (Func { ty: actual, .. }, Func { ty: expected, .. }) => {
            types.is_subtype(TypeId::from_index(actual), TypeId::from_index(expected))
        }
        (Tag(actual), Tag(expected)) => actual == expected,
        (Table(actual), Table(expected)) => table_matches(actual, expected),
        (Memory(actual), Memory(expected)) => memory_matches(actual, expected),
        (Global(actual), Global(expected)) => global_matches(types, actual, expected),
        _ => false,
    }
}

/// Core spec, Matching, Limits.
fn limits_match(actual: (u64, Option<u64>), expected: (u64, Option<u64>)) -> bool {
    actual.0 >= expected.0 && expected.1.is_none_or(|most| actual.1.is_some_and(|max| max <= most))
}

fn table_matches(actual: TableType, expected: TableType) -> bool {
    actual.element == expected.element
        && actual.addr == expected.addr
        && limits_match((actual.min, actual.max), (expected.min, expected.max))
}

/// Core spec, Matching, Memory Types.
pub fn memory_matches(actual: MemoryType, expected: MemoryType) -> bool {
    actual.addr == expected.addr
        && actual.shared == expected.shared
        && actual.page_size_log2() == expected.page_size_log2()
        && limits_match((actual.min, actual.max), (expected.min, expected.max))
}

/// Core spec, Matching, Global Types: one that can change must have the same content exactly.
fn global_matches(types: &TypeTable, actual: GlobalType, expected: GlobalType) -> bool {
    actual.mutable == expected.mutable
        && (actual.content == expected.content
            || (!actual.mutable && types.val_matches(actual.content, expected.content)))
}

#[cfg(test)]
mod tests;
