//! The heap against a plain model, and its bounds.

use super::*;
use crate::syntax::{AbstractHeapType, FieldType, HeapType, RefType, StorageType, ValType};
use crate::types::SubTypeDef;
use proptest::prelude::*;
use std::collections::BTreeMap;

const ANY: ValType = ValType::Ref(RefType::of(true, HeapType::Abstract(AbstractHeapType::Any)));
const DEF: SubTypeDef = SubTypeDef { is_final: true, supertype: None };

const fn field(storage: StorageType) -> FieldType {
    FieldType { storage, mutable: true }
}

/// A structure with fields of every size and two references, then arrays of references, of bytes
/// and of longer numbers.
fn types() -> (TypeTable, [TypeId; 4]) {
    let mut types = TypeTable::new();
    let group = types.open_group();
    let storages =
        [StorageType::I8, ANY.into(), StorageType::I16, ValType::I64.into(), ANY.into(), ValType::V128.into()];
    types.add_struct(DEF, storages.map(field)).unwrap();
    types.add_array(DEF, field(ANY.into())).unwrap();
    types.add_array(DEF, field(StorageType::I8)).unwrap();
    types.add_array(DEF, field(ValType::I64.into())).unwrap();
    let first = types.close_group(group).unwrap();
    (types, [0, 1, 2, 3].map(|at| TypeId::new(first.raw() + at)))
}

impl From<ValType> for StorageType {
    fn from(ty: ValType) -> Self {
        StorageType::Val(ty)
    }
}

/// Where the references of a structure of [`types`] lie.
const FIRST: u64 = STRUCT_FIELDS as u64 + 1;
const SECOND: u64 = STRUCT_FIELDS as u64 + 15;

#[derive(Clone, Debug)]
enum Op {
    /// A structure whose references are two of what there is.
    Struct(usize, usize, u64),
    /// An array of references, all to one of what there is.
    References(u32, usize),
    Bytes(u32, u8),
    Exception(usize, u64),
    /// A reference of an object is changed.
    Link(usize, usize, usize),
    /// A root is forgotten.
    Forget(usize),
    Collect,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (any::<usize>(), any::<usize>(), any::<u64>()).prop_map(|(a, b, n)| Op::Struct(a, b, n)),
        2 => (0u32..40, any::<usize>()).prop_map(|(len, a)| Op::References(len, a)),
        2 => (0u32..3000, any::<u8>()).prop_map(|(len, byte)| Op::Bytes(len, byte)),
        1 => (any::<usize>(), any::<u64>()).prop_map(|(a, n)| Op::Exception(a, n)),
        4 => (any::<usize>(), any::<usize>(), any::<usize>()).prop_map(|(a, b, c)| Op::Link(a, b, c)),
        4 => any::<usize>().prop_map(Op::Forget),
        1 => Just(Op::Collect),
    ]
}

/// What an object is in the model: its references, and a number that it carries.
#[derive(Clone, Debug)]
enum Model {
    Struct([u64; 2], u64),
    References(std::vec::Vec<u64>),
    Bytes(u32, u8),
    Exception(u64, u64),
}

struct World {
    types: TypeTable,
    ids: [TypeId; 4],
    heap: Heap,
    model: BTreeMap<u64, Model>,
    roots: std::vec::Vec<u64>,
}

impl World {
    fn new(limit: u32) -> Self {
        let (types, ids) = types();
        Self { types, ids, heap: Heap::new(limit), model: BTreeMap::new(), roots: std::vec::Vec::new() }
    }

    /// One of the roots, or something that is no object.
    fn pick(&self, at: usize) -> u64 {
        match at.checked_rem(self.roots.len() + 2) {
            Some(at) if at < self.roots.len() => self.roots[at],
            Some(at) if at == self.roots.len() => Ref::from_i31(7).into_slot(),
            _ => 0,
        }
    }

    fn reachable(&self) -> BTreeMap<u64, Model> {
        let mut found = BTreeMap::new();
        let mut left = self.roots.clone();
        while let Some(slot) = left.pop() {
            let Some(model) = self.model.get(&slot) else { continue };
            if found.insert(slot, model.clone()).is_none() {
                match model {
                    Model::Struct(references, _) => left.extend(references),
                    Model::References(references) => left.extend(references),
                    Model::Exception(reference, _) => left.push(*reference),
                    Model::Bytes(..) => {}
                }
            }
        }
        found
    }

    fn collect(&mut self) {
        self.heap.collect(&self.types, self.roots.iter().copied());
        self.model = self.reachable();
        assert_eq!(self.heap.objects() as usize, self.model.len(), "what is left is what can be reached");
        self.check();
    }

    /// Tries an allocation, collecting where the heap asks for it.
    fn allocate(&mut self, make: impl Fn(&mut Heap, &TypeTable) -> Result<Ref, Refused>) -> Option<u64> {
        loop {
            match make(&mut self.heap, &self.types) {
                Ok(object) => return Some(object.into_slot()),
                Err(Refused::Collect(_)) => self.collect(),
                Err(Refused::Full | Refused::OutOfMemory) => return None,
            }
        }
    }

    fn add(&mut self, object: u64, model: Model) {
        assert!(self.model.insert(object, model).is_none(), "two objects in one place");
        self.roots.push(object);
    }

    fn run(&mut self, op: &Op) {
        let [fields, references, bytes, _] = self.ids;
        match *op {
            Op::Struct(a, b, number) => {
                let (a, b) = (self.pick(a), self.pick(b));
                if let Some(object) = self.allocate(|heap, types| heap.allocate_struct(types, fields)) {
                    let at = Ref::from_slot(object);
                    self.heap.write(at, FIRST, ANY.into(), [a, 0]).unwrap();
                    self.heap.write(at, SECOND, ANY.into(), [b, 0]).unwrap();
                    self.heap.write(at, FIRST + 6, ValType::I64.into(), [number, 0]).unwrap();
                    self.add(object, Model::Struct([a, b], number));
                }
            }
            Op::References(len, a) => {
                let a = self.pick(a);
                if let Some(object) = self.allocate(|heap, types| heap.allocate_array(types, references, len)) {
                    for at in 0..len {
                        let offset = u64::from(ELEMENTS + 4 * at);
                        self.heap.write(Ref::from_slot(object), offset, ANY.into(), [a, 0]).unwrap();
                    }
                    self.add(object, Model::References(std::vec![a; len as usize]));
                }
            }
            Op::Bytes(len, byte) => {
                if let Some(object) = self.allocate(|heap, types| heap.allocate_array(types, bytes, len)) {
                    self.heap.bytes_mut(Ref::from_slot(object), ELEMENTS.into(), len.into()).unwrap().fill(byte);
                    self.add(object, Model::Bytes(len, byte));
                }
            }
            Op::Exception(a, number) => {
                // Slots have no types: what is no reference must not look like one here.
                let (a, number) = (self.pick(a), number | 1 << 40);
                let tag = TagId::new(3);
                if let Some(object) = self.allocate(|heap, _| heap.allocate_exception(tag, &[number, a])) {
                    self.add(object, Model::Exception(a, number));
                }
            }
            Op::Link(object, place, to) => {
                let (object, to) = (self.pick(object), self.pick(to));
                let at = Ref::from_slot(object);
                match self.model.get_mut(&object) {
                    Some(Model::Struct(held, _)) => {
                        held[place % 2] = to;
                        self.heap.write(at, [FIRST, SECOND][place % 2], ANY.into(), [to, 0]).unwrap();
                    }
                    Some(Model::References(held)) if !held.is_empty() => {
                        let place = place % held.len();
                        held[place] = to;
                        let offset = u64::from(ELEMENTS) + 4 * place as u64;
                        self.heap.write(at, offset, ANY.into(), [to, 0]).unwrap();
                    }
                    _ => {}
                }
            }
            Op::Forget(at) => {
                if let Some(at) = at.checked_rem(self.roots.len()) {
                    self.roots.swap_remove(at);
                }
            }
            Op::Collect => self.collect(),
        }
    }

    /// Everything in the model is in the heap.
    fn check(&self) {
        for (object, model) in &self.model {
            let at = Ref::from_slot(*object);
            let header = self.heap.header(at).unwrap();
            match model {
                Model::Struct(references, number) => {
                    assert_eq!((header.kind(), header.number()), (Kind::Struct, self.ids[0].raw()));
                    assert_eq!(self.heap.read(at, FIRST, ANY.into()), Some([references[0], 0]));
                    assert_eq!(self.heap.read(at, SECOND, ANY.into()), Some([references[1], 0]));
                    assert_eq!(self.heap.read(at, FIRST + 6, ValType::I64.into()), Some([*number, 0]));
                }
                Model::References(references) => {
                    assert_eq!((header.kind(), header.number()), (Kind::Array, self.ids[1].raw()));
                    assert_eq!(self.heap.array_len(at), Some(references.len() as u32));
                    for (offset, reference) in (u64::from(ELEMENTS)..).step_by(4).zip(references) {
                        assert_eq!(self.heap.read(at, offset, ANY.into()), Some([*reference, 0]));
                    }
                }
                Model::Bytes(len, byte) => {
                    assert_eq!(self.heap.array_len(at), Some(*len));
                    let found = self.heap.bytes(at, ELEMENTS.into(), u64::from(*len)).unwrap();
                    assert!(found.iter().all(|found| found == byte));
                }
                Model::Exception(reference, number) => {
                    let (tag, slots) = self.heap.exception(at).unwrap();
                    assert_eq!((tag.raw(), std::vec::Vec::from_iter(slots)), (3, std::vec![*number, *reference]));
                }
            }
        }
    }
}

/// A slot that looks like a reference to an object.
fn object(granule: u32) -> u64 {
    Ref::from_granule(granule).into_slot()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn nothing_in_use_is_lost_and_nothing_else_is_kept(
        ops in proptest::collection::vec(op(), 1..300),
        limit in prop_oneof![Just(4096u32), Just(20_000), Just(1 << 20)],
        stress: bool,
    ) {
        let mut world = World::new(limit);
        world.heap.set_stress(stress);
        for op in &ops {
            world.run(op);
        }
        world.collect();
        world.roots.clear();
        world.collect();
        prop_assert_eq!(world.heap.objects(), 0);
    }

    /// Whatever the roots are, a collection ends, and what exact roots lead to is still there.
    #[test]
    fn made_up_roots_harm_nothing(
        ops in proptest::collection::vec(op(), 1..60),
        lies in proptest::collection::vec(prop_oneof![any::<u64>(), (0u32..4000).prop_map(object)], 0..60),
    ) {
        let mut world = World::new(1 << 16);
        for op in &ops {
            world.run(op);
        }
        world.heap.collect(&world.types, world.roots.iter().chain(&lies).copied());
        world.model = world.reachable();
        prop_assert!(world.heap.objects() as usize >= world.model.len());
        world.check();
        for lie in lies {
            let object = Ref::from_slot(lie);
            let _ = (world.heap.header(object), world.heap.array_len(object), world.heap.host_data(object));
            let _ = (world.heap.read(object, lie, ANY.into()), world.heap.bytes(object, lie, lie));
        }
        world.check();
    }
}

/// A list of many links, through either reference of a structure, is marked without a stack.
#[test]
fn deep_and_wide_graphs_need_no_stack() {
    for offset in [FIRST, SECOND] {
        let mut world = World::new(1 << 28);
        world.heap.hold(true);
        let mut last = 0;
        for _ in 0..200_000 {
            let object = world.heap.allocate_struct(&world.types, world.ids[0]).unwrap();
            world.heap.write(object, offset, ANY.into(), [last, 0]).unwrap();
            last = object.into_slot();
        }
        let wide = world.heap.allocate_array(&world.types, world.ids[1], 200_000).unwrap();
        let mut at = Ref::from_slot(last);
        for index in 0..200_000 {
            world.heap.write(wide, 8 + 4 * index, ANY.into(), [at.into_slot(), 0]).unwrap();
            at = Ref::from_slot(world.heap.read(at, offset, ANY.into()).unwrap()[0]);
        }
        world.heap.collect(&world.types, [wide.into_slot()].into_iter());
        assert_eq!(world.heap.objects(), 200_001);
        world.heap.collect(&world.types, [last].into_iter());
        assert_eq!(world.heap.objects(), 200_000);
    }
}

/// The bound: with `n` objects in use and `f` bytes not, a run of more than `f / (n + 1)` bytes less
/// a granule is free; it is found, however the heap is cut up.
#[test]
fn the_largest_free_run_is_found() {
    for size in [8u32, 24, 100, 1000] {
        let mut world = World::new(1 << 16);
        let ty = world.ids[2];
        let mut objects = std::vec::Vec::new();
        world.heap.hold(true);
        while let Ok(object) = world.heap.allocate_array(&world.types, ty, size - 8) {
            objects.push(object.into_slot());
        }
        let kept = std::vec::Vec::from_iter(objects.iter().copied().step_by(2));
        world.heap.collect(&world.types, kept.iter().copied());
        world.heap.hold(false);
        // Every gap can be filled again, with what was there or with what is a little smaller.
        for round in 0..objects.len() / 2 {
            let len = size - 8 - u32::from(round % 2 == 0).min(size - 8);
            let made = loop {
                match world.heap.allocate_array(&world.types, ty, len) {
                    // Kept by nothing but this test.
                    Err(Refused::Collect(_)) => {
                        world.heap.collect(&world.types, objects.iter().copied());
                    }
                    made => break made,
                }
            };
            made.unwrap();
            if objects.len() > 4000 {
                break;
            }
        }
    }
}

#[test]
fn a_full_heap_says_so_and_goes_on_when_there_is_room() {
    let mut world = World::new(1 << 12);
    let ty = world.ids[2];
    let first = world.heap.allocate_array(&world.types, ty, 3000).unwrap();
    let allocate = |world: &mut World, len| world.heap.allocate_array(&world.types, ty, len);
    assert_eq!(allocate(&mut world, 5000), Err(Refused::Full));
    assert_eq!(allocate(&mut world, u32::MAX), Err(Refused::Full));
    for _ in 0..2 {
        assert_eq!(allocate(&mut world, 2000), Err(Refused::Collect(2008)));
        world.heap.collect(&world.types, [first.into_slot()].into_iter());
        assert_eq!(allocate(&mut world, 2000), Err(Refused::Full));
    }
    world.heap.hold(true);
    assert_eq!(allocate(&mut world, 2000), Err(Refused::Full));
    world.heap.hold(false);
    world.heap.collect(&world.types, core::iter::empty());
    allocate(&mut world, 2000).unwrap();
}

#[test]
fn data_of_the_host_goes_with_its_object() {
    use std::sync::Arc;
    let mut world = World::new(1 << 12);
    let data = Arc::new(7u32);
    let add = |world: &mut World| {
        let boxed = crate::support::Box::new(data.clone()).unwrap().into_array();
        world.heap.allocate_host(|| Some(boxed)).unwrap()
    };
    let (kept, _lost) = (add(&mut world), add(&mut world));
    assert_eq!(Arc::strong_count(&data), 3);
    world.heap.collect(&world.types, [kept.into_slot()].into_iter());
    assert_eq!(Arc::strong_count(&data), 2);
    assert_eq!(world.heap.host_data(kept).unwrap().downcast_ref::<Arc<u32>>(), Some(&data));
    // The number is used again.
    let again = add(&mut world);
    assert!(world.heap.host_data(again).is_some());
    assert_eq!(world.heap.host_data(Ref::from_i31(1)).map(|_| ()), None);
}
