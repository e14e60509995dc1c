//! Calls and values in WAVE, the text form of the Component Model's values.

pub mod component;
pub mod core;
mod explain;
#[cfg(test)]
mod tests;

use crate::Outcome;
use crate::failure::Failure;
use wasm_wave::ast::Node;
use wasm_wave::lex::Span;
use wasm_wave::parser::{ParserError, ParserErrorKind};
use wasm_wave::untyped::UntypedFuncCall;
use wasm_wave::wasm::{DisplayType, WasmType, WasmTypeKind, WasmValue};

/// Stands for the function in what `wasm-wave` parses: it knows fewer forms of names than we do.
const STAND_IN: &str = "f";

/// A parsed call: what is called, and arguments that have no types yet.
pub struct Call {
    source: String,
    name: String,
    parsed: UntypedFuncCall<'static>,
}

impl Call {
    /// Parses `name(argument, …)`.
    pub fn parse(source: &str) -> Outcome<Self> {
        let Some(open) = source.find('(') else {
            return Err(Failure::usage(format_args!("cannot parse the call '{source}'"))
                .note("a call has the form name(argument, …), as in 'add(1, 2)' or 'run()'"));
        };
        let (name, arguments) = source.split_at(open);
        let text = format!("{STAND_IN}{arguments}");
        match UntypedFuncCall::parse(&text) {
            Ok(parsed) => {
                Ok(Call { source: source.to_owned(), name: name.trim().to_owned(), parsed: parsed.into_owned() })
            }
            Err(error) => Err(point_at(source, open, error.span(), &describe(&error))),
        }
    }

    /// What is called, as written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The arguments as values of these types.
    pub fn arguments<V: WasmValue + 'static>(&self, types: &[V::Type]) -> Outcome<Vec<V>> {
        self.check_count(types)?;
        self.parsed.to_wasm_params(types).map_err(|error| {
            let arguments: Vec<&Node> = self.nodes().collect();
            let hint = explain::explain(&arguments, types, self.parsed.source(), &error);
            self.wrong(error.span(), &hint.unwrap_or_else(|| describe(&error)))
        })
    }

    /// The arguments as written.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &Node> {
        let all = self.parsed.params_node().map(|node| node.as_tuple());
        all.and_then(Result::ok).map(|nodes| nodes.collect::<Vec<_>>()).unwrap_or_default().into_iter()
    }

    /// The text that the nodes' spans refer to.
    pub fn text(&self) -> &str {
        self.parsed.source()
    }

    /// The failure for an argument, or a part of one, that does not fit.
    pub fn wrong(&self, span: Span, what: &str) -> Failure {
        let open = self.source.find('(').unwrap_or(0);
        point_at(&self.source, open, span, what)
    }

    /// Options at the end may be left out, as in records.
    fn check_count<T: WasmType>(&self, types: &[T]) -> Outcome {
        let needed = types.iter().rposition(|ty| ty.kind() != WasmTypeKind::Option).map_or(0, |last| last + 1);
        if (needed..=types.len()).contains(&self.nodes().len()) {
            return Ok(());
        }
        Err(self.wrong_count(types.iter().map(DisplayType)))
    }

    /// The failure for too many or too few arguments.
    pub fn wrong_count(&self, types: impl Iterator<Item = impl std::fmt::Display>) -> Failure {
        let types: Vec<String> = types.map(|ty| ty.to_string()).collect();
        let (takes, given) = (plural(types.len(), "argument"), self.nodes().len());
        let counted = format!("'{}' takes {takes} but {given} given", self.name);
        Failure::usage(counted).note(format_args!("its parameters: ({})", types.join(", ")))
    }
}

/// `1 argument`, `2 arguments`.
fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A failure that quotes the call and marks the place.
fn point_at(source: &str, open: usize, span: Span, what: &str) -> Failure {
    let in_source = |at: usize| (at.saturating_sub(STAND_IN.len()) + open).min(source.len());
    let (start, end) = (in_source(span.start), in_source(span.end));
    let columns = |to: usize| source.get(..to).map_or(to, |text| text.chars().count());
    let width = columns(end).saturating_sub(columns(start)).max(1);
    let marks = format!("{}{}", " ".repeat(columns(start)), "^".repeat(width));
    let failure = Failure::usage(format_args!("cannot read the call: {what}"));
    // A call over several lines cannot be marked by columns.
    if source.contains('\n') { failure.note(source) } else { failure.note(format_args!("{source}\n{marks}")) }
}

/// What the parser says, without its byte range.
fn describe(error: &ParserError) -> String {
    if let (ParserErrorKind::WasmValueError, Some(source)) = (error.kind(), std::error::Error::source(error)) {
        return source.to_string();
    }
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}
