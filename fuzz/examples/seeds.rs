//! Writes every module and component of the suites to `corpus/decode` and `corpus/validate`,
//! each in a file named by a hash of its bytes.

#[path = "../tests/suites/modules.rs"]
mod modules;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

fn main() -> Result<(), modules::Error> {
    let modules = modules::modules()?;
    for target in ["decode", "validate"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        std::fs::create_dir_all(&folder)?;
        for bytes in modules.keys() {
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            std::fs::write(folder.join(format!("{:016x}", hasher.finish())), bytes)?;
        }
        println!("{} seeds in {}", modules.len(), folder.display());
    }
    Ok(())
}
