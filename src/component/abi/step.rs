//! Where in a value something is wrong: `param person.name`.

use super::context::Side;
use crate::error::Error;
use crate::types::component::{Defined, Field, Members, NameId, ValType};

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

/// Types of values that cross one after the other.
#[derive(Clone, Copy, Debug)]
pub enum Parts<'t> {
    /// The parameters of a function.
    Params(Members<'t, Field>),
    /// The result of a function, if it has one.
    Result(Option<ValType>),
    /// The fields of a record, the items of a tuple, the key and the value in a map.
    Members(Defined<'t>),
}

impl<'t> Parts<'t> {
    /// How many there are.
    pub fn len(self) -> usize {
        match self {
            Parts::Params(fields) => fields.len(),
            Parts::Result(ty) => usize::from(ty.is_some()),
            Parts::Members(defined) => defined.types().count(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The type at `at`, and the step to it.
    pub fn get(self, at: usize) -> Option<(Step, ValType)> {
        match self {
            Parts::Params(fields) => fields.get(at).map(|param| (Step::Param(param.name), param.ty)),
            Parts::Result(ty) => ty.filter(|_| at == 0).map(|ty| (Step::Result, ty)),
            Parts::Members(defined) => {
                let member = defined.member(at)?;
                let step = if member.name == NameId::NONE { Step::Item(at) } else { Step::Part(member.name) };
                Some((step, member.ty?))
            }
        }
    }

    /// All of them with the steps to them.
    pub fn steps(self) -> impl Iterator<Item = (Step, ValType)> + use<'t> {
        (0..).map_while(move |at| self.get(at))
    }

    /// All of them.
    pub fn types(self) -> impl Iterator<Item = ValType> + use<'t> {
        self.steps().map(|(_, ty)| ty)
    }
}
