//! Why an extractor gave up on a file.

use plimsoll_model::{BudgetExceeded, DiagnosticCode, Resource, Span};
use plimsoll_source::ReadError;
use plimsoll_source::packed::PackedError;

use crate::syntax;

/// Why a file could not be read to its end. What was emitted before is kept; the file is marked partial.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The content could not be had.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The content breaks the rules of its syntax.
    #[error(transparent)]
    Syntax(#[from] syntax::Error),
    /// The syntax is fine but the content is not what the format says.
    #[error("{message}")]
    Malformed {
        /// Where.
        span: Option<Span>,
        /// What is wrong.
        message: String,
    },
    /// The version of the format is not supported.
    #[error("version {version} of the format is not supported")]
    UnsupportedVersion {
        /// The version that the file states.
        version: String,
    },
    /// The content ends too early.
    #[error("{message}")]
    Truncated {
        /// What is missing.
        message: String,
    },
    /// A limit was reached.
    #[error(transparent)]
    Budget(#[from] BudgetExceeded),
}

impl ExtractError {
    /// A [`ExtractError::Malformed`] without a place.
    #[must_use]
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::Malformed { span: None, message: message.into() }
    }

    /// A [`ExtractError::Malformed`] at a line.
    #[must_use]
    pub fn malformed_at(line: u32, message: impl Into<String>) -> Self {
        Self::Malformed { span: Some(Span::Line(line)), message: message.into() }
    }

    pub(crate) fn code(&self) -> DiagnosticCode {
        match self {
            Self::Read(ReadError::Budget(limit)) | Self::Budget(limit) => budget_code(*limit),
            Self::Read(ReadError::Truncated(_)) | Self::Truncated { .. } => DiagnosticCode::TRUNCATED,
            Self::Read(_) => DiagnosticCode::UNREADABLE,
            Self::Syntax(error) => error.code(),
            Self::Malformed { .. } => DiagnosticCode::MALFORMED,
            Self::UnsupportedVersion { .. } => DiagnosticCode::UNSUPPORTED_VERSION,
        }
    }

    pub(crate) fn span(&self) -> Option<Span> {
        match self {
            Self::Syntax(error) => error.line().map(Span::Line),
            Self::Malformed { span, .. } => *span,
            _ => None,
        }
    }
}

fn budget_code(limit: BudgetExceeded) -> DiagnosticCode {
    match limit.resource {
        Resource::TotalBytes => DiagnosticCode::TOTAL_BYTES,
        Resource::Ratio => DiagnosticCode::BOMB,
        Resource::Nesting => DiagnosticCode::TOO_NESTED,
        Resource::Entries => DiagnosticCode::TOO_MANY_ENTRIES,
        Resource::PathBytes => DiagnosticCode::PATH_TOO_LONG,
        Resource::Depth => DiagnosticCode::TOO_DEEP,
        _ => DiagnosticCode::TOO_LARGE,
    }
}

impl From<PackedError> for ExtractError {
    fn from(error: PackedError) -> Self {
        match error {
            PackedError::Read(error) => Self::Read(error),
            PackedError::Malformed(message) => Self::malformed(message),
            PackedError::Truncated(message) => Self::Truncated { message },
            other => Self::malformed(other.to_string()),
        }
    }
}
