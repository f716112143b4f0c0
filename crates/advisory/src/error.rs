//! Why advisories could not be read or kept.

use std::path::PathBuf;

/// Why a file of advisories could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file cannot be opened.
    #[error("cannot open {}", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file cannot be read to where it should go.
    #[error("cannot read the advisories")]
    Read(#[source] std::io::Error),
    /// The file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{} is no file of advisories", path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
    },
    /// The file is of another release of the format.
    #[error("the file of advisories has schema {found}, this release reads {read}: run `plimsoll advisories update`")]
    Schema {
        /// That of the file.
        found: u32,
        /// That of this release.
        read: u32,
    },
    /// The file is not what it was when it was written.
    #[error("the file of advisories is damaged: {what}")]
    Damaged {
        /// Which part.
        what: &'static str,
    },
    /// There is too much of something.
    #[error("too much for one file of advisories: {what}")]
    TooLarge {
        /// Of what.
        what: &'static str,
    },
}
