//! Whether a reference is of a type (core spec, Reference Values: their types, and Matching).

use super::{Heap, Kind};
use crate::store::{FuncId, FuncInst, Ref};
use crate::support::Arena;
use crate::syntax::{AbstractHeapType, HeapType};
use crate::types::{Composite, TypeId, TypeTable};

impl Heap {
    /// Whether a reference that is not null is of a heap type of the store. It must be of the same
    /// hierarchy: a function where functions are meant, and so on.
    #[inline]
    pub fn is_of(&self, types: &TypeTable, funcs: &Arena<FuncId, FuncInst>, reference: Ref, heap: HeapType) -> bool {
        match heap {
            HeapType::Concrete(index) | HeapType::Exact(index) => {
                let wanted = TypeId::from_index(index);
                let found = match types.composite(wanted) {
                    Some(Composite::Func { .. }) => {
                        reference.func().and_then(|func| funcs.get(func)).map(|func| func.ty)
                    }
                    _ => self.type_of(reference),
                };
                match heap {
                    HeapType::Exact(_) => found == Some(wanted),
                    _ => found.is_some_and(|found| types.is_subtype(found, wanted)),
                }
            }
            HeapType::Abstract(heap) => self.is_of_abstract(reference, heap),
        }
    }

    /// The type of a structure or an array.
    #[inline]
    pub fn type_of(&self, object: Ref) -> Option<TypeId> {
        let header = self.header(object)?;
        matches!(header.kind(), Kind::Struct | Kind::Array).then(|| TypeId::new(header.number()))
    }

    fn is_of_abstract(&self, reference: Ref, heap: AbstractHeapType) -> bool {
        use AbstractHeapType as A;
        let kind = || self.header(reference).map(|header| header.kind());
        match heap {
            // All that there is in the hierarchy.
            A::Func | A::Extern | A::Any | A::Exn => true,
            A::None | A::NoFunc | A::NoExtern | A::NoExn => false,
            A::I31 => reference.i31().is_some(),
            A::Struct => kind() == Some(Kind::Struct),
            A::Array => kind() == Some(Kind::Array),
            A::Eq => reference.i31().is_some() || matches!(kind(), Some(Kind::Struct | Kind::Array)),
        }
    }
}
