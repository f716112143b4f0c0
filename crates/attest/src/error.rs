//! Why something is no attestation.

/// Why bytes are no envelope or statement, or parts make none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttestError {
    /// It is not JSON, or not JSON of this shape.
    #[error("malformed {what}")]
    Malformed {
        /// `DSSE envelope`, `in-toto statement`.
        what: &'static str,
        /// What the reader says.
        #[source]
        source: serde_json::Error,
    },
    /// It is JSON, but breaks a rule of its specification.
    #[error("invalid {what}: {reason}")]
    Invalid {
        /// `DSSE envelope`, `in-toto statement`.
        what: &'static str,
        /// The rule.
        reason: String,
    },
}

impl AttestError {
    pub(crate) fn invalid(what: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { what, reason: reason.into() }
    }
}
