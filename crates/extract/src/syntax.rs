//! Budgeted readers of the syntaxes that package files are written in.
//!
//! Each works within [`Limits`], is linear in its input, and keeps the line of what it read. None of them
//! panics or overflows the stack, whatever the input.

pub mod json;
pub mod npm;
pub mod pep508;
pub mod text;
pub mod toml;
pub mod xml;
pub mod yaml;

use plimsoll_model::{DiagnosticCode, Limits};

/// Why a document could not be read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not valid in its syntax.
    #[error("{message}")]
    Syntax {
        /// The line of the fault, from 1.
        line: u32,
        /// What the reader says, in a few words.
        message: String,
    },
    /// It is nested deeper than [`Limits::depth`].
    #[error("nested too deeply")]
    TooDeep {
        /// The line where the limit was reached, from 1.
        line: u32,
    },
    /// It has more nodes than the limit, aliases counted each time.
    #[error("too many nodes")]
    TooManyNodes,
    /// It has a document type declaration.
    #[error("DOCTYPE is refused")]
    Doctype {
        /// The line of the declaration, from 1.
        line: u32,
    },
    /// It is not in an encoding that the format allows.
    #[error("not UTF-8")]
    Encoding,
}

impl Error {
    /// A syntax error on a line.
    pub(crate) fn syntax(line: u32, message: impl Into<String>) -> Self {
        Self::Syntax { line, message: message.into() }
    }

    /// The diagnostic code that says this to the user.
    #[must_use]
    pub fn code(&self) -> DiagnosticCode {
        match self {
            Self::Syntax { .. } | Self::Encoding => DiagnosticCode::MALFORMED,
            Self::TooManyNodes => DiagnosticCode::TOO_MANY_NODES,
            Self::TooDeep { .. } => DiagnosticCode::TOO_DEEP,
            Self::Doctype { .. } => DiagnosticCode::DOCTYPE,
        }
    }

    /// The line of the fault, from 1, when it has one.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::Syntax { line, .. } | Self::TooDeep { line } | Self::Doctype { line } => Some(*line),
            Self::TooManyNodes | Self::Encoding => None,
        }
    }
}

/// The deepest nesting whatever the limits say: readers and their callers recurse on a thread's stack.
const DEPTH_CEILING: u32 = 256;

/// The depth that a document may have.
fn depth_limit(limits: &Limits) -> usize {
    usize::try_from(limits.depth.min(DEPTH_CEILING)).unwrap_or(usize::MAX)
}

/// A line number, or the last one there is.
fn line_number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}
