//! Finds the export that a call names.

use crate::Outcome;
use crate::failure::Failure;

/// A function that can be called.
pub struct Export<T> {
    /// The interface that it is in, if it is in one.
    pub interface: Option<String>,
    /// Its own name.
    pub name: String,
    /// Its type as text.
    pub signature: String,
    /// What calls it.
    pub handle: T,
}

impl<T> Export<T> {
    /// The name that only it has.
    pub fn full_name(&self) -> String {
        match &self.interface {
            Some(interface) => format!("{interface}#{}", self.name),
            None => self.name.clone(),
        }
    }

    fn listed(&self) -> String {
        format!("{}: {}", self.full_name(), self.signature)
    }
}

/// The export of that name: full names first, then names within interfaces, if only one has it.
pub fn find<T>(exports: Vec<Export<T>>, name: &str) -> Outcome<Export<T>> {
    let full = exports.iter().position(|export| export.full_name() == name);
    let short: Vec<usize> = (0..exports.len()).filter(|&at| exports[at].name == name).collect();
    match (full, short.as_slice()) {
        (Some(at), _) | (None, &[at]) => Ok(take(exports, at)),
        (None, []) => Err(not_found(&exports, name)),
        (None, several) => {
            let listed: Vec<String> = several.iter().map(|&at| exports[at].listed()).collect();
            Err(Failure::usage(format_args!("'{name}' is ambiguous")).note(list("say which:", &listed)))
        }
    }
}

/// What there is to call.
pub fn listing<T>(exports: &[Export<T>]) -> String {
    if exports.is_empty() {
        return "it exports no functions".into();
    }
    list("it exports:", &exports.iter().map(Export::listed).collect::<Vec<_>>())
}

fn not_found<T>(exports: &[Export<T>], name: &str) -> Failure {
    Failure::usage(format_args!("there is no export '{name}'")).note(listing(exports))
}

fn list(title: &str, lines: &[String]) -> String {
    format!("{title}\n  {}", lines.join("\n  "))
}

fn take<T>(mut exports: Vec<Export<T>>, at: usize) -> Export<T> {
    exports.swap_remove(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exports() -> Vec<Export<u32>> {
        let of = |interface: Option<&str>, name: &str, handle| Export {
            interface: interface.map(str::to_owned),
            name: name.to_owned(),
            signature: "func()".into(),
            handle,
        };
        vec![of(Some("a:b/x"), "f", 0), of(Some("a:b/y"), "f", 1), of(Some("a:b/y"), "g", 2), of(None, "h", 3)]
    }

    #[test]
    fn names_that_find_one() {
        for (name, handle) in [("a:b/x#f", 0), ("a:b/y#f", 1), ("g", 2), ("h", 3), ("a:b/y#g", 2)] {
            assert_eq!(find(exports(), name).map(|export| export.handle).ok(), Some(handle), "{name}");
        }
    }

    #[test]
    fn names_that_find_none_or_several() {
        let said = |name| find(exports(), name).map(|_| ()).unwrap_err().to_string();
        assert!(said("f").contains("ambiguous") && said("f").contains("a:b/x#f: func()\n    a:b/y#f: func()"));
        assert!(!said("f").contains("a:b/y#g"));
        assert!(said("i").contains("no export 'i'") && said("i").contains("h: func()"));
        assert!(said("a:b/x").contains("no export"));
    }
}
