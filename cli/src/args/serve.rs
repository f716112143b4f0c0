//! `plimsoll serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::AdvisoriesStore;
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
    /// Take tokens (JWT) of this issuer of OpenID Connect besides those of `serve token`. They are checked here: signed by the
    /// issuer with RS256, ES256 or EdDSA, for the audience, and of this time
    #[arg(long, value_name = "URL", requires_all = ["oidc_audience", "oidc_role"])]
    pub(crate) oidc_issuer: Option<String>,
    /// Whom tokens of the issuer must be for
    #[arg(long, value_name = "AUDIENCE", requires = "oidc_issuer")]
    pub(crate) oidc_audience: Option<String>,
    /// The claim that lists groups; `realm_access.roles` is the member of a claim
    #[arg(long, value_name = "CLAIM", default_value = "roles", requires = "oidc_issuer")]
    pub(crate) oidc_role_claim: String,
    /// Which group has which role, such as `read=everybody`; may be given several times. Who is in none may do nothing
    #[arg(long, value_name = "ROLE=GROUP", value_parser = role_of_group, requires = "oidc_issuer")]
    pub(crate) oidc_role: Vec<(RoleArgument, String)>,
    /// The keys of the issuer, a file (JWKS). When left out, the issuer is asked for them at the start, each hour, and when a token
    /// names one that is not known, at most once a minute
    #[arg(long, value_name = "FILE", requires = "oidc_issuer")]
    pub(crate) oidc_jwks: Option<PathBuf>,
    /// A file of certificates in PEM that are trusted as well when the issuer is asked
    #[arg(long, value_name = "FILE", requires = "oidc_issuer")]
    pub(crate) ca_cert: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) advisories: AdvisoriesStore,
    /// How many days old advisories may be; questions that need older ones are refused. 0 for any age
    #[arg(long, value_name = "DAYS", default_value_t = 5)]
    pub(crate) max_age: u32,
    /// The directory of VEX documents that count as added locally, where administrators may add some; else PLIMSOLL_VEX. Without
    /// either, none are taken
    #[arg(long, value_name = "DIR")]
    pub(crate) vex_dir: Option<PathBuf>,
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

fn role_of_group(text: &str) -> Result<(RoleArgument, String), String> {
    let (role, group) = text.split_once('=').filter(|(_, group)| !group.is_empty()).ok_or("write ROLE=GROUP")?;
    Ok((RoleArgument::from_str(role, false).map_err(|_| "the roles are read, write and admin")?, group.to_owned()))
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
