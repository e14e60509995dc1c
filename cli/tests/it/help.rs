//! Help teaches; wrong usage is exit code 2.

use super::windlass;

#[test]
fn help_has_examples() {
    windlass(["--help"]).exits(0).shows("windlass run greeter.wasm --invoke 'greet(").shows("Exit code");
    for command in ["run", "validate", "inspect", "wast"] {
        windlass([command, "--help"]).exits(0).shows("Examples:");
    }
    windlass(["--version"]).exits(0).shows("windlass 0.");
}

#[test]
fn wrong_usage() {
    windlass::<&str>([]).exits(2).complains("Usage:");
    windlass(["dance"]).exits(2);
    windlass(["run"]).exits(2);
    windlass(["validate"]).exits(2);
    windlass(["run", "--unknown", "x.wasm"]).exits(2);
}

#[test]
fn a_file_that_is_not_there() {
    for command in ["run", "validate", "inspect", "wast"] {
        windlass([command, "nowhere.wasm"]).exits(1).complains("nowhere.wasm");
    }
}
