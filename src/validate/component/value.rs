//! Values and start functions (🪙; `Explainer.md`, Value Definitions; Start Definitions).

use super::{Judge, invalid};
use crate::error::{Error, ErrorKind, Invalid, Result};
use crate::syntax::Features;
use crate::syntax::component::{ComponentStart, Value};
use crate::syntax::component_type::ValueBound;
use crate::types::component::ValType;

impl<'b> Judge<'b> {
    /// `start`
    pub(super) fn start(&mut self, _: ComponentStart<'b>, at: u32) -> Result<()> {
        self.options.require(Features::CM_VALUES, "a start function of a component", at)?;
        Err(unsupported(at))
    }

    /// `value`
    pub(super) fn value_definition(&mut self, _: Value<'b>, at: u32) -> Result<()> {
        self.options.require(Features::CM_VALUES, "a value", at)?;
        Err(unsupported(at))
    }

    /// `valuebound`
    pub(super) fn value_bound(&mut self, _: ValueBound, at: u32) -> Result<ValType> {
        self.options.require(Features::CM_VALUES, "a value", at)?;
        Err(unsupported(at))
    }

    pub(super) fn add_value(&mut self, _: ValType, at: u32) -> Result<()> {
        Err(unsupported(at))
    }

    /// A value that is used once here.
    pub(super) fn use_value(&mut self, index: u32, at: u32) -> Result<ValType> {
        self.options.require(Features::CM_VALUES, "a value", at)?;
        Err(invalid(Invalid::UnknownValue, at, format_args!("{index}")))
    }

    pub(super) fn check_values_used(&self, _: u32) -> Result<()> {
        Ok(())
    }
}

#[cold]
fn unsupported(at: u32) -> Error {
    Error::new(ErrorKind::Unsupported(Features::CM_VALUES)).at(at)
}
