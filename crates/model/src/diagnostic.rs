//! What the user should know about a run that did its job.

mod codes;

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{LayerIndex, SourcePath, Span, printable};
pub use codes::{CODES, DiagnosticCode};

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably not what was meant.
    Warning,
    /// Something is missing from the result.
    Error,
}

impl Severity {
    /// The severity as a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Whether a diagnostic means that the result lacks something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Something in the input could not be read: the result is incomplete, and `--strict` exits with 4.
    Incomplete,
    /// The result is what it should be.
    None,
}

/// What `plimsoll explain CODE` knows about a code.
#[derive(Debug, Clone, Copy)]
pub struct CodeInfo {
    /// The stable text: `PLM-E0101`.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Whether the result lacks something.
    pub effect: Effect,
    /// One line.
    pub title: &'static str,
    /// What it means, when it happens.
    pub explanation: &'static str,
    /// What to do.
    pub next_step: &'static str,
}

/// One thing that the user should know: a stable code, where, and what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The file; `None` when it is about the whole source.
    pub file: Option<SourcePath>,
    /// The layer of the file.
    pub layer: Option<LayerIndex>,
    /// Where in the file.
    pub span: Option<Span>,
    /// The code.
    pub code: DiagnosticCode,
    /// What happened, in one line, a lower-case fragment. Safe to print: control characters are escaped.
    pub message: Box<str>,
}

impl Diagnostic {
    /// A diagnostic without a place.
    #[must_use]
    pub fn new(code: DiagnosticCode, message: impl AsRef<str>) -> Self {
        Self { file: None, layer: None, span: None, code, message: shorten(printable(message.as_ref())).into() }
    }

    /// Sets the file.
    #[must_use]
    pub fn at(mut self, file: &SourcePath) -> Self {
        self.file = Some(file.clone());
        self
    }

    /// Sets the layer.
    #[must_use]
    pub fn in_layer(mut self, layer: Option<LayerIndex>) -> Self {
        self.layer = layer;
        self
    }

    /// Sets the place in the file.
    #[must_use]
    pub fn span(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.info().severity
    }

    /// Whether it means that the result lacks something.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.code.info().effect == Effect::Incomplete
    }
}

impl fmt::Display for Diagnostic {
    /// `PLM-E0103 a/package-lock.json:12 (layer 2): not valid JSON: …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.info().id)?;
        if let Some(file) = &self.file {
            write!(f, " {file}")?;
            match self.span {
                Some(Span::Line(line)) => write!(f, ":{line}")?,
                Some(Span::Bytes { offset, .. }) => write!(f, " at byte {offset}")?,
                None => {}
            }
        }
        if let Some(LayerIndex(layer)) = self.layer {
            write!(f, " (layer {layer})")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// A message may quote a scanned file; past this it is cut.
const MAX_MESSAGE: usize = 500;

fn shorten(mut message: String) -> String {
    if message.len() > MAX_MESSAGE {
        let end = (0..=MAX_MESSAGE).rev().find(|&at| message.is_char_boundary(at)).unwrap_or(0);
        message.truncate(end);
        message.push('…');
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_numbers_are_unique_and_sorted() {
        let number = |code: &DiagnosticCode| code.info().id[5..].parse::<u32>().unwrap();
        assert!(CODES.windows(2).all(|pair| number(&pair[0]) < number(&pair[1])));
    }

    #[test]
    fn messages_cannot_forge_lines() {
        let diagnostic =
            Diagnostic::new(DiagnosticCode::MALFORMED, "bad\n\u{1b}[2J").at(&SourcePath::new("a\nb").unwrap());
        assert_eq!(diagnostic.to_string(), "PLM-E0103 a\\u{a}b: bad\\u{a}\\u{1b}[2J");
    }
}
