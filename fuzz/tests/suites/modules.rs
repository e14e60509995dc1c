//! The modules and components of the suites in binary form, also malformed and invalid ones.

use std::collections::BTreeMap;
use wast::parser::{self, ParseBuffer};
use wast::{Wast, WastDirective, WastExecute, Wat};
use windlass_spec_tests::Packages;
pub use windlass_spec_tests::suites::Error;

/// Every different one, with the place of the first.
pub fn modules() -> Result<BTreeMap<Vec<u8>, String>, Error> {
    let packages = Packages::find()?;
    let mut found = BTreeMap::new();
    for suite in [packages.core_suite()?, packages.proposals()?, packages.component_suite()?, packages.tools_suite()?] {
        for file in suite {
            let text = std::fs::read_to_string(&file.path)?;
            of_file(&text, &file.name, &mut found);
        }
    }
    Ok(found)
}

/// The files of all component suites, as text.
pub fn component_files() -> Result<Vec<String>, Error> {
    let packages = Packages::find()?;
    let files = packages.component_suite()?.into_iter().chain(packages.tools_suite()?);
    files.map(|file| Ok(std::fs::read_to_string(&file.path)?)).collect()
}

fn of_file(text: &str, name: &str, found: &mut BTreeMap<Vec<u8>, String>) {
    // What the parser refuses is text, and of no use here.
    let mut lexer = wast::lexer::Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let Ok(buffer) = ParseBuffer::new_with_lexer(lexer) else { return };
    let Ok(wast) = parser::parse::<Wast<'_>>(&buffer) else { return };
    for directive in wast.directives {
        of_directive(directive, text, name, found);
    }
}

fn of_directive(directive: WastDirective<'_>, text: &str, name: &str, found: &mut BTreeMap<Vec<u8>, String>) {
    let line = directive.span().linecol_in(text).0 + 1;
    let encoded = match directive {
        WastDirective::Module(mut module) | WastDirective::ModuleDefinition(mut module) => module.encode(),
        WastDirective::AssertMalformed { mut module, .. } | WastDirective::AssertInvalid { mut module, .. } => {
            module.encode()
        }
        WastDirective::AssertUnlinkable { mut module, .. } => module.encode(),
        WastDirective::AssertTrap { exec: WastExecute::Wat(mut module), .. } => encode(&mut module),
        WastDirective::Thread(thread) => {
            for directive in thread.directives {
                of_directive(directive, text, name, found);
            }
            return;
        }
        _ => return,
    };
    if let Ok(bytes) = encoded {
        found.entry(bytes).or_insert_with(|| format!("{name}:{line}"));
    }
}

fn encode(wat: &mut Wat<'_>) -> Result<Vec<u8>, wast::Error> {
    wat.encode()
}
