//! Runs a whole checkout of the core test suite: by the test runner with the dispatchers of the safe build, and by the
//! command as people have it, whose handlers are optimized in full.

use crate::step::{Steps, cargo};
use std::path::{Path, PathBuf};

/// Where the runner's tests look for a checkout.
const CHECKOUT: &str = "WINDLASS_TESTSUITE";

/// Every file under `checkout`, compared with the ratchet lists.
pub fn suites(checkout: &Path) -> bool {
    let Ok(checkout) = checkout.canonicalize() else {
        eprintln!("there is no folder {}", checkout.display());
        return false;
    };
    let mut steps = Steps::default();
    let mut tests = cargo("test -p windlass-spec-tests");
    steps.run("suites", tests.env("WINDLASS_COMPACT", "1").env(CHECKOUT, &checkout));
    let Ok(files) = of_the_command(&checkout) else {
        eprintln!("{} cannot be read", checkout.display());
        return false;
    };
    steps.run("suites, by the command", cargo("run --release --quiet -- wast").args(files));
    steps.summary()
}

/// What the command passes without a failure: all but the proposals whose files in a checkout are older than what the
/// packages hold, which the ratchet lists name.
fn of_the_command(checkout: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = |folder: &Path| -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut files = entries(checkout)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "wast"));
    files.push(checkout.join("custom"));
    files
        .extend(entries(&checkout.join("proposals"))?.into_iter().filter(|path| !path.ends_with("custom-descriptors")));
    Ok(files)
}
