//! What is wrong with a VEX document.

use std::fmt;

use plimsoll_model::{Diagnostic, DiagnosticCode, Span, printable};

/// How much a fault matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultLevel {
    /// The format recommends otherwise.
    Warning,
    /// The format forbids it, or it could not be read. A statement it is about never suppresses.
    Error,
}

impl FaultLevel {
    /// The level as a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct VexFault {
    /// Where: a JSON Pointer (RFC 6901).
    pub pointer: Box<str>,
    /// The line in the file, from 1.
    pub line: Option<u32>,
    /// How much it matters.
    pub level: FaultLevel,
    /// A stable name for this kind of fault: `unjustified`.
    pub rule: &'static str,
    /// What, in one line, a lower-case fragment. Safe to print.
    pub message: Box<str>,
}

impl VexFault {
    pub(crate) fn error(pointer: &str, rule: &'static str, message: impl AsRef<str>) -> Self {
        Self::new(FaultLevel::Error, pointer, rule, message)
    }

    pub(crate) fn warning(pointer: &str, rule: &'static str, message: impl AsRef<str>) -> Self {
        Self::new(FaultLevel::Warning, pointer, rule, message)
    }

    fn new(level: FaultLevel, pointer: &str, rule: &'static str, message: impl AsRef<str>) -> Self {
        let message = excerpt(message.as_ref(), 300);
        Self { pointer: excerpt(pointer, 200).into(), line: None, level, rule, message: printable(&message).into() }
    }

    /// The fault as a diagnostic: an error means that something of the document was lost.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let code = match self.level {
            FaultLevel::Error => DiagnosticCode::MALFORMED_ENTRY,
            FaultLevel::Warning => DiagnosticCode::VEX_WEAK,
        };
        let diagnostic = Diagnostic::new(code, self.to_string());
        match self.line {
            Some(line) => diagnostic.span(Span::Line(line)),
            None => diagnostic,
        }
    }
}

impl fmt::Display for VexFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            write!(f, "{} ({})", self.message, self.rule)
        } else {
            write!(f, "{}: {} ({})", printable(&self.pointer), self.message, self.rule)
        }
    }
}

/// The start of a text, cut between characters.
pub(crate) fn excerpt(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Why bytes could not be read as VEX at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VexError {
    /// It is not valid JSON.
    #[error("not valid JSON, line {}", source.line().unwrap_or(1))]
    Syntax {
        /// What the reader says.
        #[from]
        source: plimsoll_syntax::Error,
    },
    /// It is none of the formats that are read.
    #[error("it is neither OpenVEX, CSAF nor CycloneDX, nor an in-toto statement with one of them")]
    Unknown,
    /// It is of a version that is not read.
    #[error("{format} of version {version:?} is not supported")]
    Version {
        /// The format.
        format: &'static str,
        /// What it says.
        version: String,
    },
    /// It is larger than a document may be.
    #[error(transparent)]
    Budget(#[from] plimsoll_model::BudgetExceeded),
}
