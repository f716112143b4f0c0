//! Why a document could not be read.

use plimsoll_model::DiagnosticCode;

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
    /// It is nested deeper than [`Limits::depth`](plimsoll_model::Limits::depth).
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
    #[must_use]
    pub fn syntax(line: u32, message: impl Into<String>) -> Self {
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
