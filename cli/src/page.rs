//! Lines of text with indentation.

use std::fmt::{self, Display};

/// A text that grows by lines.
#[derive(Default)]
pub struct Page {
    text: String,
    depth: usize,
}

impl Page {
    /// Appends a line.
    pub fn line(&mut self, line: impl Display) {
        self.text.push_str(&format!("{:width$}{line}\n", "", width = self.depth * 2));
    }

    /// Indents what `write` appends.
    pub fn indented(&mut self, write: impl FnOnce(&mut Self)) {
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }

    /// Appends a line that ends in `{`, indented lines, and the closing brace; `… {}` where `write` appends none.
    pub fn braced(&mut self, head: impl Display, write: impl FnOnce(&mut Self)) {
        let before = self.text.len();
        self.line(format_args!("{head} {{"));
        let opened = self.text.len();
        self.indented(write);
        if self.text.len() == opened {
            self.text.truncate(before);
            self.line(format_args!("{head} {{}}"));
        } else {
            self.line("}");
        }
    }
}

impl Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
