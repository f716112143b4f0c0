//! Why a policy or a list of exceptions could not be read.

/// Why a policy or a list of exceptions could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// It is not TOML.
    #[error("{file}{}: not valid TOML", line.map(|line| format!(":{line}")).unwrap_or_default())]
    Syntax {
        /// The file, as it was named.
        file: String,
        /// The line of the fault, from 1.
        line: Option<u32>,
        /// What the reader says.
        #[source]
        source: plimsoll_syntax::Error,
    },
    /// It is TOML, and says something that cannot be meant.
    #[error("{file}:{line}: {problem}")]
    Invalid {
        /// The file, as it was named.
        file: String,
        /// The line, from 1.
        line: u32,
        /// What is wrong, with what may have been meant.
        problem: String,
    },
}
