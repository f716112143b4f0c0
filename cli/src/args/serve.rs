//! `plimsoll serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::inventory::StoreArguments;
use super::{DataFormat, GatherArguments};

/// Serve an inventory: web pages, and an API for programs
///
/// Without tokens it can be reached from this machine only, and whoever is on it may do everything. With tokens every request
/// names one. It runs until it is interrupted; what was added is never lost by that. Requests are logged to standard error as
/// lines of JSON. For TLS, put a proxy before it and say with --base-url how it is reached.
///
/// With --admission it is a ValidatingAdmissionWebhook for Kubernetes instead: at /validate, over TLS, it says of every object that
/// runs images whether they may run by the rules of a policy, as `plimsoll gate` would. The decisions are noted in an inventory when
/// --store names one. Not used then: --base-url, --bundle, --sbom, --as, --at.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ServeArguments {
    #[command(subcommand)]
    pub(crate) command: Option<ServeCommand>,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// Where to listen: an address and a port; port 0 for any that is free [default: 127.0.0.1:8080; with --admission 0.0.0.0:8443]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// How the server is reached from outside, such as `https://plimsoll.example`. Requests for other names are refused
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// The largest request, in bytes [default: 64 MiB; with --admission 3 MiB]
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_upload: Option<usize>,
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
    #[command(flatten)]
    pub(crate) admission: AdmissionArguments,
    #[command(flatten)]
    pub(crate) gather: GatherArguments,
}

/// The webhook.
#[derive(Debug, Args)]
#[command(next_help_heading = "Kubernetes")]
pub(crate) struct AdmissionArguments {
    /// Serve a ValidatingAdmissionWebhook and nothing else
    #[arg(long, requires_all = ["policy", "tls_cert", "tls_key"])]
    pub(crate) admission: bool,
    /// The certificate, PEM, with those that it is signed by; read again when it changes
    #[arg(long, value_name = "FILE", requires = "admission")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its key, PEM
    #[arg(long, value_name = "FILE", requires = "admission")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Take images from an image layout instead of registries: oci-layout:DIRECTORY. An image with a tag is the one whose
    /// org.opencontainers.image.ref.name is its whole name, HOST/REPOSITORY:TAG
    #[arg(long, value_name = "LAYOUT", requires = "admission")]
    pub(crate) images: Option<String>,
    /// What to answer when it is not known whether an image may run: a registry does not answer, there is too much to do, it takes
    /// too long
    #[arg(long, value_name = "ANSWER", default_value = "deny", requires = "admission")]
    pub(crate) on_error: OnErrorArgument,
    /// What to answer about objects of kinds that are not looked into
    #[arg(long, value_name = "ANSWER", default_value = "warn", requires = "admission")]
    pub(crate) unknown_kinds: UnknownKindsArgument,
    /// Allow everything, with warnings of what would be denied
    #[arg(long, requires = "admission")]
    pub(crate) dry_run: bool,
    /// Deny images that are named by a tag: which image a node pulls for one cannot be known
    #[arg(long, requires = "admission")]
    pub(crate) require_digest: bool,
    /// Do not look into what is in this namespace. May be given several times
    #[arg(long, value_name = "NAME", requires = "admission")]
    pub(crate) exempt_namespace: Vec<String>,
    /// Seconds that a review may take; fewer when the API server says that it waits no longer
    #[arg(long, value_name = "SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=30), requires = "admission")]
    pub(crate) review_timeout: u64,
    /// Seconds that a decision which allows is kept
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(..=86_400), requires = "admission")]
    pub(crate) keep: u64,
    /// Seconds that a decision which denies is kept
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(..=86_400), requires = "admission")]
    pub(crate) keep_denied: u64,
    /// How many images are verified at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256), requires = "admission")]
    pub(crate) workers: u16,
    /// How many images may wait to be verified; beyond, the answer is that of --on-error at once
    #[arg(long, value_name = "N", default_value_t = 256, requires = "admission")]
    pub(crate) queue: u16,
}

/// The answer when it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnErrorArgument {
    Deny,
    /// With a warning
    Allow,
}

/// The answer about kinds that are not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnknownKindsArgument {
    /// Allow, with a warning
    Warn,
    Deny,
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
