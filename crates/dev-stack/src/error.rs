//! Why the stack could not start, or could not make something.

use std::io;
use std::net::SocketAddr;

/// Why the stack could not start, or could not make something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevStackError {
    /// The address is taken, or may not be used.
    #[error("listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The system gives no threads.
    #[error("start the threads that serve")]
    Threads {
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The cryptographic library refuses to make or use a key.
    #[error("make or use a key")]
    Key,
    /// Something cannot be encoded in DER.
    #[error("encode {what}")]
    Encode {
        /// Of what it is a part.
        what: &'static str,
        /// What the encoder says.
        #[source]
        source: der::Error,
    },
    /// Something cannot be written as canonical JSON.
    #[error("write {what} as JSON")]
    Json {
        /// Of what it is a part.
        what: &'static str,
        /// What the writer says.
        #[source]
        source: serde_json::Error,
    },
    /// There is no fault of this name.
    #[error("there is no fault {0:?}")]
    UnknownFault(String),
}

impl DevStackError {
    /// For `map_err`: what was being encoded.
    pub(crate) fn encoding(what: &'static str) -> impl FnOnce(der::Error) -> Self {
        move |source| Self::Encode { what, source }
    }

    /// For `map_err`: what was being written.
    pub(crate) fn json(what: &'static str) -> impl FnOnce(serde_json::Error) -> Self {
        move |source| Self::Json { what, source }
    }
}
