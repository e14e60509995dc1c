//! What the README tells a newcomer to type works as written.

use crate::step::cargo;

/// The commands that README.md shows first, without cargo's own name.
const RUN: &str =
    r#"cargo run --release -- run examples/greeter/greeter.wasm --invoke 'greet({name: "Ada", age: 36})'"#;
const TEST: &str = "cargo test --workspace";
const ANSWER: &str = "\"Hello, Ada! You are 36 years old.\"\n";

/// Runs the README's first command and compares its answer. The second is a step of its own.
pub fn greeting() -> bool {
    let Ok(readme) = std::fs::read_to_string(crate::root().join("README.md")) else {
        eprintln!("there is no README.md");
        return false;
    };
    for command in [RUN, TEST] {
        if !readme.lines().any(|line| line.trim() == command) {
            eprintln!("README.md does not show: {command}");
            return false;
        }
    }
    let call = RUN.split('\'').nth(1).unwrap_or_default();
    let mut command = cargo("run --release -- run examples/greeter/greeter.wasm --invoke");
    match command.arg(call).current_dir(crate::root()).stderr(std::process::Stdio::inherit()).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            println!("{said}");
            output.status.success() && said == ANSWER
        }
        Err(error) => {
            eprintln!("{error}");
            false
        }
    }
}
