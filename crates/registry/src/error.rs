//! Why an image could not be had.

use std::io;
use std::path::PathBuf;

use plimsoll_source::SourceError;

/// Why something could not be had from a registry or engine. No variant carries a secret, nor the query of a URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The name of an image cannot be understood.
    #[error("{text:?} does not name an image: {reason}")]
    Reference {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// What is to be copied, or where to, cannot be understood.
    #[error("{text:?} names neither a registry nor a layout")]
    Place {
        /// What was given.
        text: String,
    },
    /// An option cannot be understood.
    #[error("{text:?} is not {wanted}")]
    Option {
        /// What was given.
        text: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A file that an option names cannot be used.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// TLS cannot be set up.
    #[error("cannot set up connections")]
    Client(#[source] reqwest::Error),
    /// A request got no answer.
    #[error("cannot reach {host}")]
    Request {
        /// Host and port.
        host: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection was cut too often.
    #[error("{host} sent {received} of {size} bytes and then nothing more in {attempts} attempts")]
    Cut {
        /// Host and port.
        host: String,
        /// Bytes that came.
        received: u64,
        /// Bytes that there should be.
        size: u64,
        /// How often it was tried.
        attempts: u32,
        /// Why it ended the last time.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Nothing came, or next to nothing.
    #[error("{host} sent next to nothing for {seconds} s")]
    Stalled {
        /// Host and port.
        host: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The server says that it is not there.
    #[error("{host} does not have it{detail}")]
    NotFound {
        /// Host and port.
        host: String,
        /// What the server says.
        detail: String,
    },
    /// The server refuses.
    #[error("{host} refuses access{detail}")]
    Denied {
        /// Host and port.
        host: String,
        /// What the server says, and what was done about credentials.
        detail: String,
    },
    /// The server answers with another status.
    #[error("{host} answers with status {status}{detail}")]
    Status {
        /// Host and port.
        host: String,
        /// HTTP status.
        status: u16,
        /// What the server says.
        detail: String,
    },
    /// The answer breaks the protocol.
    #[error("{host} answers wrongly: {reason}")]
    Answer {
        /// Host and port.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// A URL that the server names is not followed.
    #[error("{host} points to {target}, which is not followed: {reason}")]
    Target {
        /// Host and port.
        host: String,
        /// Scheme, host and port of the target.
        target: String,
        /// Why not.
        reason: &'static str,
    },
    /// Something is not what its digest names.
    #[error("{what} is not what its digest names: expected {expected}, found {actual}")]
    Digest {
        /// A manifest or a blob.
        what: String,
        /// The digest that names it.
        expected: String,
        /// The digest of what came.
        actual: String,
    },
    /// A document cannot be used.
    #[error("{what} is malformed: {reason}")]
    Document {
        /// Which one.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is more of something than is read.
    #[error("{what}: there are more than {limit}")]
    TooMany {
        /// Of what.
        what: String,
        /// How many are read.
        limit: u64,
    },
    /// A layout in a directory cannot be read or written.
    #[error("cannot use the layout in {}", path.display())]
    Layout {
        /// The directory or file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The container engine cannot be reached.
    #[error("no {engine} answers: {reason}")]
    NoEngine {
        /// `docker` or `podman`.
        engine: &'static str,
        /// What was looked for.
        reason: String,
    },
}

impl RegistryError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Reference { .. } => "an image is written registry:HOST/REPOSITORY[:TAG][@sha256:…]",
            Self::Place { .. } => {
                "write registry:HOST/REPOSITORY[:TAG][@sha256:…] or oci-layout:DIRECTORY[:TAG][@sha256:…]"
            }
            Self::Denied { .. } => {
                "log in with `docker login HOST`, or check the name: registries hide what is private"
            }
            Self::NotFound { .. } => "check the name and the tag",
            Self::Target { .. } => {
                "if you trust it: --plain-http HOST allows HTTP, --token-host REGISTRY=HOST a token service elsewhere"
            }
            Self::Request { .. } | Self::Cut { .. } | Self::Stalled { .. } => {
                "check the network and HTTPS_PROXY; --ca-cert adds a certificate authority, --timeout and --retries give \
                 it longer"
            }
            Self::Digest { .. } => "do not use it: the bytes are not the ones that were signed and published",
            Self::TooMany { .. } => "raise the limit if you trust whoever may push there",
            Self::NoEngine { .. } => {
                "start it, set DOCKER_HOST or CONTAINER_HOST to unix:///PATH, or save the image to a file and scan that"
            }
            _ => return None,
        })
    }

    /// Whether this is about what the user typed.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Reference { .. } | Self::Place { .. } | Self::Option { .. } | Self::File { .. })
    }

    /// The error among the causes of another one.
    #[must_use]
    pub fn find<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found);
            }
            // An I/O error passes over what it wraps when it is asked for its cause.
            if let Some(io) = error.downcast_ref::<io::Error>()
                && let Some(found) = io.get_ref().and_then(|inner| inner.downcast_ref::<Self>())
            {
                return Some(found);
            }
            next = error.source();
        }
        None
    }

    /// As the error of a source.
    pub(crate) fn of(self, what: impl Into<String>) -> SourceError {
        SourceError::Fetch { what: what.into(), source: Box::new(self) }
    }

    /// Whether another server that has the same image may do better.
    pub(crate) fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Request { .. }
                | Self::NotFound { .. }
                | Self::Denied { .. }
                | Self::Status { .. }
                | Self::Stalled { .. }
                | Self::Cut { .. }
        )
    }
}
