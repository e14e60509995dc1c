//! Components in the text format, changed as trees: indices, names, types and definitions are
//! exchanged, repeated, moved and left out, and what comes out mostly can be encoded.

use crate::mutate::Random;
use std::collections::BTreeMap;
use std::fmt;
use wast::Wat;
use wast::lexer::{Lexer, TokenKind};
use wast::parser::{self, ParseBuffer};

/// An S-expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A word or string.
    Leaf(String),
    /// What is between two parentheses.
    List(Vec<Tree>),
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tree::Leaf(text) => f.write_str(text),
            Tree::List(items) => {
                f.write_str("(")?;
                for (position, item) in items.iter().enumerate() {
                    let space = if position > 0 { " " } else { "" };
                    write!(f, "{space}{item}")?;
                }
                f.write_str(")")
            }
        }
    }
}

impl Tree {
    /// The word that a list begins with.
    fn head(&self) -> &str {
        match self {
            Tree::List(items) => items.first().map_or("", Tree::leaf),
            Tree::Leaf(_) => "",
        }
    }

    fn leaf(&self) -> &str {
        match self {
            Tree::Leaf(text) => text,
            Tree::List(_) => "",
        }
    }

    /// How many trees there are in it, itself counted.
    fn size(&self) -> usize {
        match self {
            Tree::Leaf(_) => 1,
            Tree::List(items) => 1 + items.iter().map(Tree::size).sum::<usize>(),
        }
    }

    /// Itself and all trees in it, each before those in it.
    fn each<'t>(&'t self, visit: &mut impl FnMut(&'t Tree)) {
        visit(self);
        if let Tree::List(items) = self {
            for item in items {
                item.each(visit);
            }
        }
    }

    /// The tree with this position in the order of [`each`](Self::each).
    fn at(&mut self, mut position: usize) -> &mut Tree {
        if position == 0 {
            return self;
        }
        position -= 1;
        match self {
            Tree::Leaf(_) => self,
            Tree::List(items) => {
                let mut chosen = 0;
                while let Some(size) = items.get(chosen).map(Tree::size).filter(|size| position >= *size) {
                    position -= size;
                    chosen += 1;
                }
                let last = items.len() - 1;
                items[chosen.min(last)].at(position)
            }
        }
    }
}

/// Reads all S-expressions of a text, as far as it has any.
fn parse(text: &str) -> Vec<Tree> {
    let lexer = Lexer::new(text);
    let mut open = vec![Vec::new()];
    for token in lexer.iter(0).map_while(Result::ok) {
        match token.kind {
            TokenKind::LineComment | TokenKind::BlockComment | TokenKind::Whitespace => continue,
            TokenKind::LParen => open.push(Vec::new()),
            TokenKind::RParen => {
                let list = Tree::List(open.pop().unwrap_or_default());
                open.last_mut().into_iter().for_each(|items| items.push(list.clone()));
            }
            _ => {
                let leaf = Tree::Leaf(token.src(text).to_owned());
                open.last_mut().into_iter().for_each(|items| items.push(leaf.clone()));
            }
        }
    }
    open.into_iter().next().unwrap_or_default()
}

/// Components to start from, and parts to put into them.
#[derive(Debug, Default)]
pub struct Components {
    components: Vec<Tree>,
    /// Lists by the word that they begin with.
    parts: BTreeMap<String, Vec<Tree>>,
    strings: Vec<String>,
}

/// Components with more parts than this are left out: changing one is work, and seldom hits.
const MAX_SIZE: usize = 600;
/// Larger parts are not put into others.
const MAX_PART: usize = 150;

impl Components {
    /// Adds all components of a suite's file that are written as text.
    pub fn add(&mut self, file: &str) {
        for tree in parse(file) {
            self.add_tree(&tree);
        }
    }

    fn add_tree(&mut self, tree: &Tree) {
        let Tree::List(items) = tree else { return };
        if tree.head() != "component" {
            items.iter().for_each(|item| self.add_tree(item));
            return;
        }
        let word = items.get(1).map_or("", Tree::leaf);
        let other = ["binary", "quote", "instance"].contains(&word) || word.starts_with('$') && items.len() == 2;
        if other || tree.size() > MAX_SIZE {
            return;
        }
        let mut items = items.clone();
        items.retain(|item| item.leaf() != "definition");
        self.components.push(Tree::List(items));
        tree.each(&mut |part| match part {
            Tree::Leaf(text) if text.starts_with('"') => self.strings.push(text.clone()),
            Tree::List(_) if part.size() <= MAX_PART => {
                self.parts.entry(part.head().to_owned()).or_default().push(part.clone());
            }
            _ => {}
        });
    }

    /// A component with some changes, as text.
    pub fn changed(&self, random: &mut Random) -> String {
        let mut component = random.choose(&self.components).cloned().unwrap_or(Tree::List(Vec::new()));
        for _ in 0..=random.below(5) {
            self.change(random, &mut component);
        }
        component.to_string()
    }

    fn change(&self, random: &mut Random, component: &mut Tree) {
        let mut names = Vec::new();
        component.each(&mut |tree| {
            if tree.leaf().starts_with('$') {
                names.push(tree.leaf().to_owned());
            }
        });
        let position = random.below(component.size());
        match component.at(position) {
            Tree::Leaf(text) => self.change_leaf(random, text, &names),
            list => self.change_list(random, list, &names),
        }
    }

    /// Another name, string, number or primitive type.
    fn change_leaf(&self, random: &mut Random, text: &mut String, names: &[String]) {
        const PRIMITIVE: [&str; 13] =
            ["bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "char", "string", "error-context"];
        let is_primitive = PRIMITIVE.contains(&text.as_str());
        if text.starts_with('$') || is_primitive && random.one_in(2) {
            if let Some(name) = random.choose(names) {
                text.clone_from(name);
            }
        } else if is_primitive {
            text.clear();
            text.push_str(random.choose(&PRIMITIVE).copied().unwrap_or_default());
        } else if text.starts_with('"') {
            self.change_string(random, text);
        } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
            *text = random.below(6).to_string();
        }
    }

    fn change_string(&self, random: &mut Random, text: &mut String) {
        const LETTERS: &[u8] = b"abAB09-[].:/@<>=+*";
        if random.one_in(2) {
            if let Some(other) = random.choose(&self.strings) {
                text.clone_from(other);
            }
            return;
        }
        // Between its quotes; what is cut within a character or an escape is not encoded.
        let at = 1 + random.below(text.len().saturating_sub(1));
        let letter = random.choose(LETTERS).map_or('a', |letter| char::from(*letter));
        if text.is_char_boundary(at) {
            text.insert(at, letter);
        }
    }

    /// Repeats, moves, leaves out or exchanges what is in a list.
    fn change_list(&self, random: &mut Random, list: &mut Tree, names: &[String]) {
        let part = self.parts.get(list.head()).and_then(|parts| random.choose(parts));
        let is_component = list.head() == "component";
        let Tree::List(items) = list else { return };
        let (at, other) = (1 + random.below(items.len()), 1 + random.below(items.len()));
        match random.below(6) {
            0 if at < items.len() => items.insert(other, items[at].clone()),
            1 if at < items.len() => drop(items.remove(at)),
            2 if at.max(other) < items.len() => items.swap(at, other),
            3 if !is_component || random.one_in(4) => *list = part.unwrap_or(list).clone(),
            4 => {
                const DEFINITIONS: [&str; 9] =
                    ["type", "import", "export", "alias", "instance", "func", "core", "canon", "component"];
                let parts = random.choose(&DEFINITIONS).and_then(|word| self.parts.get(*word));
                if let Some(part) = parts.and_then(|parts| random.choose(parts)) {
                    items.insert(at.min(items.len()), part.clone());
                }
            }
            _ => {
                for item in items.iter_mut() {
                    if let Tree::Leaf(text) = item
                        && text.starts_with('$')
                        && let Some(name) = random.choose(names)
                    {
                        text.clone_from(name);
                    }
                }
            }
        }
    }
}

/// A text in the binary format, where it can be encoded.
pub fn encode(text: &str) -> Option<Vec<u8>> {
    let buffer = ParseBuffer::new(text).ok()?;
    parser::parse::<Wat<'_>>(&buffer).ok()?.encode().ok()
}
