//! `windlass validate`: one line for each file.

use crate::Outcome;
use crate::args::ValidateArgs;
use crate::failure::Failure;
use crate::judge;

/// Validates every file, also after one that is not valid.
pub fn validate(args: &ValidateArgs) -> Outcome {
    let mut failures = Vec::new();
    for path in &args.files {
        match judge::read(path) {
            Ok(judged) => println!("{}: valid {}", path.display(), judged.layer),
            Err(failure) => failures.push(failure),
        }
    }
    match (failures.pop(), failures.is_empty()) {
        (None, _) => Ok(()),
        (Some(only), true) => Err(only),
        (Some(last), false) => {
            let failed = failures.len() + 1;
            failures.iter().chain([&last]).for_each(|failure| eprint!("{failure}"));
            Err(Failure::new(format_args!("{failed} of {} files failed", args.files.len())))
        }
    }
}
