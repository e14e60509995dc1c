//! Where in a value something is wrong: `param person.name`.

use super::context::Side;
use crate::error::Error;
use crate::types::component::{Field, NameId, ValType};

/// A step from a value to one of its parts, or to a value from outside. Nothing is written until
/// something is wrong.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Step {
    Param(NameId),
    Result,
    /// A field of a record, a case of a variant.
    Part(NameId),
    /// Of a tuple.
    Item(usize),
    /// Of a list.
    Element(u64),
    Some,
    Ok,
    Err,
}

impl Step {
    /// The same error, with the step that led to it.
    #[cold]
    pub fn of(self, error: Error, side: &Side<'_>) -> Error {
        match self {
            Step::Param(name) => error.context(format_args!("param {}", side.label(name))),
            Step::Result => error.context(format_args!("result")),
            Step::Part(name) => error.context(format_args!(".{}", side.label(name))),
            Step::Item(at) => error.context(format_args!(".{at}")),
            Step::Element(at) => error.context(format_args!("[{at}]")),
            Step::Some => error.context(format_args!(".some")),
            Step::Ok => error.context(format_args!(".ok")),
            Step::Err => error.context(format_args!(".err")),
        }
    }
}

/// The parts of a tuple with the steps to them.
pub fn items(types: &[ValType]) -> impl ExactSizeIterator<Item = (Step, ValType)> + Clone {
    types.iter().enumerate().map(|(at, ty)| (Step::Item(at), *ty))
}

/// The parameters of a function with the steps to them.
pub fn params(params: &[Field]) -> impl ExactSizeIterator<Item = (Step, ValType)> + Clone {
    params.iter().map(|param| (Step::Param(param.name), param.ty))
}

/// The result of a function, if it has one, with the step to it.
pub fn result(ty: Option<ValType>) -> impl ExactSizeIterator<Item = (Step, ValType)> + Clone {
    ty.map(|ty| (Step::Result, ty)).into_iter()
}
