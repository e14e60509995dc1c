//! What stands for what, and what is renamed.

use super::*;
use crate::syntax::ValType;

const fn func(ty: u32, is_exact: bool) -> ExternType {
    ExternType::Func { ty: TypeIdx::new(ty), is_exact }
}

const fn global(content: ValType, mutable: bool) -> ExternType {
    ExternType::Global(GlobalType { content, mutable })
}

#[test]
fn one_stands_for_another() {
    let cases = [
        (func(1, false), func(1, false), true),
        (func(1, true), func(1, false), true),
        (func(1, true), func(1, true), true),
        // What may be a subtype is not exact.
        (func(1, false), func(1, true), false),
        (func(1, true), func(2, true), false),
        (ExternType::Tag(TypeIdx::new(1)), ExternType::Tag(TypeIdx::new(1)), true),
        (ExternType::Tag(TypeIdx::new(1)), ExternType::Tag(TypeIdx::new(2)), false),
        (ExternType::Tag(TypeIdx::new(1)), func(1, false), false),
        (global(ValType::I32, false), global(ValType::I32, false), true),
        (global(ValType::I32, true), global(ValType::I32, false), false),
        (global(ValType::I32, false), global(ValType::I64, false), false),
    ];
    let types = TypeTable::new();
    for (actual, expected, matches) in cases {
        assert_eq!(extern_matches(&types, actual, expected), matches, "{actual:?} for {expected:?}");
    }
}

#[test]
fn types_are_renamed_and_nothing_else_is() {
    let next = |id: TypeId| TypeId::new(id.raw() + 1);
    let cases = [
        (func(1, true), func(2, true)),
        (ExternType::Tag(TypeIdx::new(4)), ExternType::Tag(TypeIdx::new(5))),
        (global(ValType::I64, true), global(ValType::I64, true)),
    ];
    for (before, after) in cases {
        assert_eq!(map_extern(before, next), after);
    }
}
