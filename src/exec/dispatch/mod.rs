//! How handlers are reached. All dispatchers run the same handlers and agree on every result.

mod portable;

use super::vm::with_registers;
use super::{Machine, Stop};
use crate::error::Result;
use crate::store::Store;

/// Runs the topmost frame and what it calls. `None` where the machine should look at its
/// topmost frame again.
pub(super) fn run(machine: &mut Machine, store: &mut Store) -> Result<Option<Stop>> {
    with_registers(machine, store, portable::run)
}
