//! `plimsoll serve`.

use std::net::SocketAddr;

use clap::Args;

/// Serve an inventory: web pages, and an API for programs
///
/// Without tokens it can be reached from this machine only. It runs until it is interrupted.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Where to listen: an address and a port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// The inventory: a file, or postgres://…; made when it is not there. PLIMSOLL_STORE when left out
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) store: Option<String>,
    /// How the server is reached from outside, such as https://plimsoll.example, when that is not the address it listens on
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// The largest request, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    pub(crate) max_upload: usize,
}
