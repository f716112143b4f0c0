//! `plimsoll serve`.

use std::net::SocketAddr;

use clap::{Args, Subcommand, ValueEnum};

use super::inventory::StoreArguments;
use super::{DataFormat, LimitArguments};

/// Serve an inventory: web pages, and an API for programs
///
/// Without tokens it can be reached from this machine only, and whoever is on it may do everything. With tokens every request
/// names one. It runs until it is interrupted; what was added is never lost by that. Requests are logged to standard error as
/// lines of JSON. For TLS, put a proxy before it and say with --base-url how it is reached.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ServeArguments {
    #[command(subcommand)]
    pub(crate) command: Option<ServeCommand>,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// Where to listen: an address and a port; port 0 for any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// How the server is reached from outside, such as `https://plimsoll.example`. Requests for other names are refused
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// The largest request, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    pub(crate) max_upload: usize,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// What else there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum ServeCommand {
    /// Make, list and revoke tokens
    #[command(subcommand)]
    Token(TokenCommand),
}

/// Tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    Add(TokenAddArguments),
    /// List tokens: names, roles, and when they were used last. The tokens themselves are not kept
    List {
        #[command(flatten)]
        store: StoreArguments,
        /// How to write the list
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: DataFormat,
    },
    /// Revoke tokens by name or number, and the sessions that were begun with them
    Revoke {
        /// The name or number
        name: String,
        #[command(flatten)]
        store: StoreArguments,
    },
}

/// Make a token, and write it to standard output
///
/// It is shown this once: the inventory keeps its SHA-256 only.
#[derive(Debug, Args)]
pub(crate) struct TokenAddArguments {
    /// Whose it is or what for
    pub(crate) name: String,
    /// What it allows: each role may do what those before it may
    #[arg(long, value_name = "ROLE", default_value = "read")]
    pub(crate) role: RoleArgument,
    /// After how many days it is good no more; never when left out
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) expires: Option<u16>,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
}

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArgument {
    /// Ask
    Read,
    /// Add documents as well
    Write,
    /// See who changed what as well
    Admin,
}
