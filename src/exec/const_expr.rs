//! Constant expressions, evaluated where they lie in judged bytes (core spec, Constant
//! Expressions), without recursion.

use super::num;
use super::slot::{Slot, Value};
use crate::binary::Judged;
use crate::error::{Result, bug};
use crate::image::{Image, Span};
use crate::store::{Global, GlobalId, Instance, Ref, known};
use crate::support::{Arena, Vec};
use crate::syntax::HeapType;
#[cfg(feature = "simd")]
use crate::syntax::instr::V128;
use crate::syntax::instr::{F32, F64, opcode};
#[cfg(feature = "gc")]
use crate::{image::Module, store::Heap, syntax::TypeIdx, types::TypeTable};

/// Evaluates constant expressions of one instance, one after the other.
pub(super) struct Evaluator<'a> {
    instance: &'a Instance,
    globals: &'a Arena<GlobalId, Global>,
    #[cfg(feature = "gc")]
    objects: Option<Objects<'a>>,
    /// Values, as slots of vectors.
    stack: Vec<[u64; 2]>,
}

/// Where expressions that make objects make them.
#[cfg(feature = "gc")]
pub(super) struct Objects<'a> {
    pub module: &'a Module,
    pub types: &'a TypeTable,
    /// It is held: the values on the stack are no roots.
    pub heap: &'a mut Heap,
}

impl<'a> Evaluator<'a> {
    /// For an instance whose functions have their ids, and of whose globals those are there
    /// that the expressions read.
    pub(super) fn new(instance: &'a Instance, globals: &'a Arena<GlobalId, Global>) -> Self {
        Self {
            instance,
            globals,
            #[cfg(feature = "gc")]
            objects: None,
            stack: Vec::new(),
        }
    }

    /// The same for expressions that may make objects.
    #[cfg(feature = "gc")]
    pub(super) fn with_objects(self, objects: Objects<'a>) -> Self {
        Self { objects: Some(objects), ..self }
    }

    /// The value of the expression at `span`, as slots: all but vectors use the first one only.
    pub(super) fn evaluate_at(&mut self, image: &Image, span: Span) -> Result<[u64; 2]> {
        self.evaluate(&mut Judged::new(span.of(&image.bytes), span.start))
    }

    /// The value of the expression that begins at the reader, which moves on past its `end`.
    pub(super) fn evaluate(&mut self, reader: &mut Judged<'_>) -> Result<[u64; 2]> {
        self.stack.clear();
        loop {
            let value = match reader.opcode()? {
                opcode::end => return self.pop(),
                opcode::i32_const => reader.read::<i32>()?.into_slots(),
                opcode::i64_const => reader.read::<i64>()?.into_slots(),
                opcode::f32_const => reader.read::<F32>()?.0.into_slots(),
                opcode::f64_const => reader.read::<F64>()?.0.into_slots(),
                #[cfg(feature = "simd")]
                opcode::v128_const => reader.read::<V128>()?.into_slots(),
                opcode::ref_null => {
                    reader.read::<HeapType>()?;
                    Ref::NULL.into_slots()
                }
                opcode::ref_func => Ref::from_func(self.instance.func(reader.read()?)).into_slots(),
                opcode::global_get => {
                    let id = known(self.instance.global(reader.read()?))?;
                    known(self.globals.get(id))?.value
                }
                opcode::i32_add => self.binary(num::i32_add)?,
                opcode::i32_sub => self.binary(num::i32_sub)?,
                opcode::i32_mul => self.binary(num::i32_mul)?,
                opcode::i64_add => self.binary(num::i64_add)?,
                opcode::i64_sub => self.binary(num::i64_sub)?,
                opcode::i64_mul => self.binary(num::i64_mul)?,
                #[cfg(feature = "gc")]
                opcode => self.object(opcode, reader)?.into_slots(),
                #[cfg(not(feature = "gc"))]
                _ => return Err(bug!("a constant expression that is none").into()),
            };
            self.stack.push(value)?;
        }
    }

    /// What makes or converts references to objects; see the functions of the same names in `ops`.
    #[cfg(feature = "gc")]
    fn object(&mut self, opcode: u32, reader: &mut Judged<'_>) -> Result<Ref> {
        let Self { instance, stack, objects, .. } = self;
        let mut take = || stack.pop().unwrap_or_default();
        match opcode {
            opcode::ref_i31 => return Ok(Ref::from_i31(take()[0] as u32)),
            opcode::any_convert_extern | opcode::extern_convert_any => return Ok(Ref::from_slot(take()[0])),
            _ => {}
        }
        let Some(Objects { module, types, heap }) = objects else {
            return Err(bug!("a constant expression that makes objects where none are wanted").into());
        };
        let id = known(instance.type_at(module, reader.read::<TypeIdx>()?))?;
        let made = match opcode {
            opcode::struct_new => heap.new_struct(types, id, take),
            opcode::struct_new_default => heap.allocate_struct(types, id),
            #[cfg(feature = "custom-descriptors")]
            opcode::struct_new_desc => {
                let descriptor = descriptor(take())?;
                heap.new_struct(types, id, take).inspect(|object| heap.set_descriptor(*object, descriptor))
            }
            #[cfg(feature = "custom-descriptors")]
            opcode::struct_new_default_desc => {
                let descriptor = descriptor(take())?;
                heap.allocate_struct(types, id).inspect(|object| heap.set_descriptor(*object, descriptor))
            }
            opcode::array_new => {
                let ([len, _], value) = (take(), take());
                heap.new_array(types, id, len as u32, value)
            }
            opcode::array_new_default => heap.allocate_array(types, id, take()[0] as u32),
            opcode::array_new_fixed => {
                let len = reader.u32()?;
                heap.new_array_fixed(types, id, len, take)
            }
            _ => return Err(bug!("a constant expression that is none").into()),
        };
        made.map_err(|refused| refused.into())
    }

    fn pop(&mut self) -> Result<[u64; 2]> {
        known(self.stack.pop())
    }

    fn binary<T: Slot>(&mut self, compute: impl Fn(T, T) -> T) -> Result<[u64; 2]> {
        let right = T::from_slots(self.pop()?);
        let left = T::from_slots(self.pop()?);
        Ok(compute(left, right).into_slots())
    }
}

/// The descriptor of a new structure.
#[cfg(feature = "custom-descriptors")]
fn descriptor([slot, _]: [u64; 2]) -> Result<Ref> {
    let descriptor = Ref::from_slot(slot);
    if descriptor.is_null() { Err(crate::Trap::NullDescriptorReference.into()) } else { Ok(descriptor) }
}
