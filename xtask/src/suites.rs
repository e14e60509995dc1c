//! Runs a whole checkout of the core test suite.

use crate::step::{Steps, cargo};
use std::path::Path;

/// Where the runner's tests look for a checkout.
const CHECKOUT: &str = "WINDLASS_TESTSUITE";

/// Every file under `checkout`, compared with the ratchet lists.
pub fn suites(checkout: &Path) -> bool {
    let Ok(checkout) = checkout.canonicalize() else {
        eprintln!("there is no folder {}", checkout.display());
        return false;
    };
    let mut steps = Steps::default();
    steps.run("suites", cargo("test -p windlass-spec-tests").env(CHECKOUT, checkout));
    steps.summary()
}
