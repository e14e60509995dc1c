//! Constant expressions, evaluated where they lie in judged bytes (core spec, Constant
//! Expressions), without recursion.

use super::num;
use super::slot::{Slot, Value};
use crate::binary::Judged;
use crate::error::{Result, bug};
use crate::image::{Image, Span};
use crate::store::{Global, GlobalId, Instance, Ref, known};
use crate::support::{Arena, Vec};
use crate::syntax::Instr;
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
            let value = match reader.read::<Instr<'_>>()? {
                Instr::end { .. } => return self.pop(),
                Instr::i32_const { value } => value.into_slots(),
                Instr::i64_const { value } => value.into_slots(),
                Instr::f32_const { value } => value.0.into_slots(),
                Instr::f64_const { value } => value.0.into_slots(),
                #[cfg(feature = "simd")]
                Instr::v128_const { value } => value.into_slots(),
                Instr::ref_null { .. } => Ref::NULL.into_slots(),
                Instr::ref_func { func } => Ref::from_func(self.instance.func(func)).into_slots(),
                Instr::global_get { global } => {
                    let id = known(self.instance.global(global))?;
                    known(self.globals.get(id))?.value
                }
                Instr::i32_add { .. } => self.binary(num::i32_add)?,
                Instr::i32_sub { .. } => self.binary(num::i32_sub)?,
                Instr::i32_mul { .. } => self.binary(num::i32_mul)?,
                Instr::i64_add { .. } => self.binary(num::i64_add)?,
                Instr::i64_sub { .. } => self.binary(num::i64_sub)?,
                Instr::i64_mul { .. } => self.binary(num::i64_mul)?,
                #[cfg(feature = "gc")]
                instr => self.object(&instr)?.into_slots(),
                #[cfg(not(feature = "gc"))]
                _ => return Err(bug!("a constant expression that is none").into()),
            };
            self.stack.push(value)?;
        }
    }

    /// What makes or converts references to objects; see the functions of the same names in `ops`.
    #[cfg(feature = "gc")]
    fn object(&mut self, instr: &Instr<'_>) -> Result<Ref> {
        let Self { instance, stack, objects, .. } = self;
        let mut take = || stack.pop().unwrap_or_default();
        match instr {
            Instr::ref_i31 { .. } => return Ok(Ref::from_i31(take()[0] as u32)),
            Instr::any_convert_extern { .. } | Instr::extern_convert_any { .. } => {
                return Ok(Ref::from_slot(take()[0]));
            }
            _ => {}
        }
        let Some(Objects { module, types, heap }) = objects else {
            return Err(bug!("a constant expression that makes objects where none are wanted").into());
        };
        let id = |ty: &TypeIdx| known(instance.type_at(module, *ty));
        let made = match instr {
            Instr::struct_new { ty } => heap.new_struct(types, id(ty)?, take),
            Instr::struct_new_default { ty } => heap.allocate_struct(types, id(ty)?),
            #[cfg(feature = "custom-descriptors")]
            Instr::struct_new_desc { ty } => {
                let descriptor = descriptor(take())?;
                heap.new_struct(types, id(ty)?, take).inspect(|object| heap.set_descriptor(*object, descriptor))
            }
            #[cfg(feature = "custom-descriptors")]
            Instr::struct_new_default_desc { ty } => {
                let descriptor = descriptor(take())?;
                heap.allocate_struct(types, id(ty)?).inspect(|object| heap.set_descriptor(*object, descriptor))
            }
            Instr::array_new { ty } => {
                let ([len, _], value) = (take(), take());
                heap.new_array(types, id(ty)?, len as u32, value)
            }
            Instr::array_new_default { ty } => heap.allocate_array(types, id(ty)?, take()[0] as u32),
            Instr::array_new_fixed { ty, len } => heap.new_array_fixed(types, id(ty)?, *len, take),
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
