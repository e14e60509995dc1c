//! The table of `docs/boards.md`.

use super::budgets::Budgets;
use super::{Figures, TARGETS};
use std::collections::BTreeSet;
use std::fmt::Write;

const BEGIN: &str = "<!-- measured by no_std-demo/run all -->\n";
const END: &str = "<!-- end -->\n";

/// Prints the table and writes it between its marks.
pub fn write(figures: &Figures, budgets: &Budgets) -> Result<(), String> {
    let table = table(figures, budgets);
    println!("{table}");
    let path = crate::root().join("docs/boards.md");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let marks = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = marks.ok_or_else(|| format!("{}: no marks for the table", path.display()))?;
    let text = format!("{before}{BEGIN}\n{table}\n{END}{after}");
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn table(figures: &Figures, budgets: &Budgets) -> String {
    let mut text = String::from("| demo | | bar |");
    TARGETS.iter().for_each(|(_, name)| text.push_str(&format!(" {name} |")));
    text.push_str("\n|---|---|---|");
    text.push_str(&"---|".repeat(TARGETS.len()));
    let rows: BTreeSet<(&str, &str)> = figures.keys().map(|(demo, _, what)| (&**demo, &**what)).collect();
    for (demo, what) in rows {
        let bar = budgets.bar(demo, what).map(grouped).unwrap_or_default();
        let _ = write!(text, "\n| `{demo}` | {what} | {bar} |");
        for (target, _) in TARGETS {
            let key = (demo.to_owned(), target.to_owned(), what.to_owned());
            let figure = figures.get(&key).map(|figure| grouped(*figure));
            let ceiling = budgets.ceiling(&key).map(|ceiling| format!(" of {}", grouped(ceiling)));
            let _ = write!(text, " {}{} |", figure.unwrap_or_default(), ceiling.unwrap_or_default());
        }
    }
    text.push('\n');
    text
}

/// A number with a comma before every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
