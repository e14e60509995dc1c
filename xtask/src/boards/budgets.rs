//! `no_std-demo/budgets.toml`: what may be spent.

use super::{Figures, Key, TARGETS, is_measured};
use std::collections::BTreeMap;

/// Ceilings, and what they are to become.
pub struct Budgets {
    ceilings: BTreeMap<Key, u64>,
    /// Bars by demo and figure, for the first target.
    bars: BTreeMap<(String, String), u64>,
}

impl Budgets {
    pub fn read() -> Result<Self, String> {
        let path = crate::root().join("no_std-demo/budgets.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let document: toml_edit::DocumentMut = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
        let mut budgets = Self { ceilings: BTreeMap::new(), bars: BTreeMap::new() };
        for (demo, targets) in document.iter() {
            for (target, figures) in table(targets, demo)? {
                for (what, value) in table(figures, target)? {
                    let value = value.as_integer().and_then(|value| u64::try_from(value).ok());
                    let value = value.ok_or_else(|| format!("{demo}.{target}: {what} is no number"))?;
                    match target {
                        "bar" => budgets.bars.insert((demo.into(), what.into()), value),
                        target => budgets.ceilings.insert((demo.into(), target.into(), what.into()), value),
                    };
                }
            }
        }
        Ok(budgets)
    }

    pub fn ceiling(&self, key: &Key) -> Option<u64> {
        self.ceilings.get(key).copied()
    }

    pub fn bar(&self, demo: &str, what: &str) -> Option<u64> {
        self.bars.get(&(demo.to_owned(), what.to_owned())).copied()
    }

    /// What costs more than it may, or has no ceiling, or has one and was not measured although other things were
    /// for that target.
    pub fn compare(&self, figures: &Figures) -> Vec<String> {
        let mut findings = Vec::new();
        for (key, figure) in figures {
            let (demo, target, what) = key;
            match self.ceiling(key) {
                Some(ceiling) if *figure <= ceiling => {}
                Some(ceiling) => {
                    findings.push(format!("{demo} for {target}: {figure} {what}, more than {ceiling}"));
                }
                None => findings.push(format!("budgets.toml, [{demo}.\"{target}\"], lacks \"{what}\": {figure} now")),
            }
        }
        let missing = self.ceilings.keys().filter(|key| !figures.contains_key(*key));
        for (demo, target, what) in missing.filter(|(_, target, _)| is_measured(figures, target)) {
            findings.push(format!("{demo} for {target}: {what} was not measured"));
        }
        let unknown = self.ceilings.keys().filter(|(_, target, _)| TARGETS.iter().all(|(known, _)| known != target));
        findings.extend(unknown.map(|(demo, target, _)| format!("budgets.toml, {demo}: no target is called {target}")));
        findings
    }
}

fn table<'a>(item: &'a toml_edit::Item, name: &str) -> Result<toml_edit::Iter<'a>, String> {
    Ok(item.as_table_like().ok_or_else(|| format!("budgets.toml: {name} is no table"))?.iter())
}
