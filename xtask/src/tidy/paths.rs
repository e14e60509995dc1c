//! Nothing in the project names a folder of somebody's machine.

use super::Finding;
use super::source::tracked;

/// The first folders of such paths, without their slashes, so that this file does not name one.
const FOLDERS: &[&str] = &["home", "root", "work", "Users"];

/// Finds absolute paths into them, in every text file.
pub fn check() -> Vec<Finding> {
    let files = match tracked(&[]) {
        Ok(files) => files,
        Err(what) => return vec![Finding { file: ".".into(), line: 1, what }],
    };
    let mut findings = Vec::new();
    for file in files {
        let Ok(text) = std::fs::read_to_string(crate::root().join(&file)) else { continue };
        for (at, line) in text.lines().enumerate() {
            if let Some(folder) = FOLDERS.iter().find(|folder| names_folder(line, folder)) {
                let what = format!("an absolute path into {folder}");
                findings.push(Finding { file: file.clone(), line: at + 1, what });
            }
        }
    }
    findings
}

/// Whether `/folder/` stands in the line where a path begins.
pub(super) fn names_folder(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}/");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|character| !character.is_alphanumeric() && !".-_/}".contains(character))
    })
}
