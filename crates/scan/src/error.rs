//! Why there is no document.

use plimsoll_source::SourceError;

/// Why a scan gave no document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The source cannot be opened, or is not what it claims to be.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// cargo could not resolve the build that was asked for.
    #[error("cargo could not resolve the dependencies: {reason}")]
    Cargo {
        /// What cargo says.
        reason: String,
    },
}
