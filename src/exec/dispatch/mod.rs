//! How code is run.

use super::{Machine, Stop};
use crate::error::{Result, bug};
use crate::store::Store;

/// Runs the topmost frame and what it calls within its instance. `None` where the machine
/// should look at its topmost frame again.
pub(super) fn run(_: &mut Machine, _: &mut Store) -> Result<Option<Stop>> {
    Err(bug!("no dispatcher").into())
}
