//! What can go wrong before a request is answered.

use std::io;
use std::net::SocketAddr;

use plimsoll_inventory::InventoryError;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is taken, or not one of this machine.
    #[error("listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no threads.
    #[error("start threads")]
    Threads {
        /// What the system says.
        source: io::Error,
    },
    /// The inventory cannot be opened.
    #[error("open the inventory")]
    Inventory(#[from] InventoryError),
    /// Others could connect, and nothing would ask them who they are.
    #[error("{address} can be reached from other machines, and there are no tokens")]
    Open {
        /// The address.
        address: SocketAddr,
    },
    /// The issuer of tokens gives no keys that can be used.
    #[error("get the keys of the issuer {issuer}: {reason}")]
    Issuer {
        /// The issuer.
        issuer: String,
        /// What is wrong.
        reason: String,
    },
    /// The certificate or key for TLS is none.
    #[error("use the certificate and key: {reason}")]
    Tls {
        /// What is wrong.
        reason: String,
    },
}

impl ServeError {
    /// Whether what was asked for cannot be done, whatever the machine is like.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Open { .. } | Self::Tls { .. })
    }
}
