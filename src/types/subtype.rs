//! Subtyping of core types (core spec, Matching).

use super::{Composite, TypeId, TypeTable};
use crate::syntax::{AbstractHeapType, Features, FieldType, HeapType, RefType, StorageType, ValType};

impl TypeTable {
    /// Whether `sub` is `sup` or has it among its supertypes (core spec, Defined Types).
    ///
    /// Every type knows its supertype and one further up, chosen so that any of its supertypes is
    /// reached in a number of steps logarithmic in the depth (Myers, "An applicative
    /// random-access stack", 1983): one word a type, where a list of all supertypes would make
    /// deep chains quadratic.
    pub fn is_subtype(&self, sub: TypeId, sup: TypeId) -> bool {
        if sub == sup {
            return true;
        }
        let (mut at, depth) = (sub, self.depth(sup));
        // A supertype has a smaller depth, so each step comes nearer.
        while let Some(ty) = self.types.get(at.index())
            && u32::from(ty.depth) > depth
            && let Some(up) = ty.supertype()
        {
            at = if self.depth(ty.jump) >= depth { ty.jump } else { up };
        }
        at == sup
    }

    /// The supertype further up that a new type below `supertype` knows; any where it has none.
    pub(super) fn jump(&self, supertype: Option<TypeId>) -> TypeId {
        let Some(up) = supertype else { return TypeId::new(self.types.len() as u32) };
        let jump = |id: TypeId| self.types.get(id.index()).map_or(id, |ty| ty.jump);
        let (first, second) = (jump(up), jump(jump(up)));
        // Two jumps of one length become one of twice that length, and a step.
        let even = self.depth(up) - self.depth(first) == self.depth(first) - self.depth(second);
        if even { second } else { up }
    }

    /// Core spec, Value Types.
    #[inline]
    pub fn val_matches(&self, sub: ValType, sup: ValType) -> bool {
        sub == sup
            || match (sub, sup) {
                (ValType::Ref(sub), ValType::Ref(sup)) => self.ref_matches(sub, sup),
                _ => false,
            }
    }

    /// Core spec, Reference Types.
    pub fn ref_matches(&self, sub: RefType, sup: RefType) -> bool {
        (sup.is_nullable() || !sub.is_nullable()) && self.heap_matches(sub.heap(), sup.heap())
    }

    /// Core spec, Heap Types.
    pub fn heap_matches(&self, sub: HeapType, sup: HeapType) -> bool {
        use AbstractHeapType::{Any, Array, Eq, Exn, Extern, Func, I31, NoExn, NoExtern, NoFunc, None, Struct};
        match (sub, sup) {
            (sub, sup) if sub == sup => true,
            // Those that are older than typed functions and exceptions have no subtypes.
            _ if !Features::JUDGED.intersects(Features::FUNCTION_REFERENCES.union(Features::EXCEPTIONS)) => false,
            (HeapType::Concrete(sub) | HeapType::Exact(sub), HeapType::Concrete(sup)) => {
                self.is_subtype(TypeId::from_index(sub), TypeId::from_index(sup))
            }
            // Only the type itself is one without its subtypes.
            (HeapType::Concrete(_) | HeapType::Exact(_), HeapType::Exact(_)) => false,
            (HeapType::Concrete(sub) | HeapType::Exact(sub), HeapType::Abstract(sup)) => {
                match self.composite(TypeId::from_index(sub)) {
                    Some(Composite::Func { .. }) => sup == Func,
                    Some(Composite::Struct(_)) => matches!(sup, Struct | Eq | Any),
                    Some(Composite::Array(_)) => matches!(sup, Array | Eq | Any),
                    Option::None => false,
                }
            }
            (HeapType::Abstract(sub), HeapType::Concrete(sup) | HeapType::Exact(sup)) => {
                match self.composite(TypeId::from_index(sup)) {
                    Some(Composite::Func { .. }) => sub == NoFunc,
                    Some(_) => sub == None,
                    Option::None => false,
                }
            }
            (HeapType::Abstract(sub), HeapType::Abstract(sup)) => matches!(
                (sub, sup),
                (Eq | I31 | Struct | Array | None, Any)
                    | (I31 | Struct | Array | None, Eq)
                    | (None, I31 | Struct | Array)
                    | (NoFunc, Func)
                    | (NoExtern, Extern)
                    | (NoExn, Exn)
            ),
        }
    }

    /// The heap type above all others of the hierarchy of `heap`.
    pub fn top(&self, heap: HeapType) -> AbstractHeapType {
        use AbstractHeapType::{Any, Exn, Extern, Func};
        let tops = [Any, Func, Extern, Exn];
        tops.into_iter().find(|top| self.heap_matches(heap, HeapType::Abstract(*top))).unwrap_or(Any)
    }

    /// Core spec, Composite Types: whether a type made of `sub` may declare a supertype made of
    /// `sup`.
    pub fn composite_matches(&self, sub: Composite<'_>, sup: Composite<'_>) -> bool {
        match (sub, sup) {
            (Composite::Func { params, results }, Composite::Func { params: sup_params, results: sup_results }) => {
                params.len() == sup_params.len()
                    && results.len() == sup_results.len()
                    && params.iter().zip(sup_params).all(|(sub, sup)| self.val_matches(*sup, *sub))
                    && results.iter().zip(sup_results).all(|(sub, sup)| self.val_matches(*sub, *sup))
            }
            (Composite::Struct(sub), Composite::Struct(sup)) => {
                sub.len() >= sup.len() && sub.iter().zip(sup).all(|(sub, sup)| self.field_matches(*sub, *sup))
            }
            (Composite::Array(sub), Composite::Array(sup)) => self.field_matches(sub, sup),
            _ => false,
        }
    }

    /// Core spec, Field Types.
    fn field_matches(&self, sub: FieldType, sup: FieldType) -> bool {
        let storage = match (sub.storage, sup.storage) {
            (StorageType::Val(sub), StorageType::Val(sup)) => self.val_matches(sub, sup),
            (sub, sup) => sub == sup,
        };
        let immutable = !sub.mutable && !sup.mutable;
        let same = sub.mutable && sup.mutable && sub.storage == sup.storage;
        (immutable && storage) || same
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::SubTypeDef;
    use proptest::prelude::*;

    proptest! {
        /// Against a walk from supertype to supertype, in trees and in chains.
        #[test]
        fn a_subtype_has_the_other_among_its_supertypes(
            parents in proptest::collection::vec(any::<prop::sample::Index>(), 1..80),
            is_chain: bool,
        ) {
            let mut types = TypeTable::new();
            let mut ups: std::vec::Vec<Option<usize>> = std::vec::Vec::new();
            for (at, parent) in parents.iter().enumerate() {
                let up = if is_chain { at.checked_sub(1) } else { (at > 0).then(|| parent.index(at)) };
                ups.push(up);
                let group = types.open_group();
                // Of another length each, so that no two are equal.
                let field = FieldType { storage: StorageType::I8, mutable: false };
                let supertype = up.map(|up| TypeId::new(up as u32));
                types.add_struct(SubTypeDef { is_final: false, supertype }, (0..at).map(|_| field)).unwrap();
                prop_assert_eq!(types.close_group(group).unwrap().index(), at);
            }
            for sub in 0..ups.len() {
                let above = std::vec::Vec::from_iter(core::iter::successors(Some(sub), |at| ups[*at]));
                for sup in 0..ups.len() {
                    let found = types.is_subtype(TypeId::new(sub as u32), TypeId::new(sup as u32));
                    prop_assert_eq!(found, above.contains(&sup), "{} {}", sub, sup);
                }
            }
        }
    }
}
