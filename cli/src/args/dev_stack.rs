//! `plimsoll dev-stack`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::DataFormat;

/// Run a private Sigstore on this machine, for tests and for trying things
///
/// One process serves an issuer of tokens, Fulcio with a certificate log, Rekor v1 and v2, a timestamp authority and a TUF
/// repository, on 127.0.0.1 only. Keys are made at the start and kept in memory. Nothing that it signs is worth anything
/// elsewhere: whoever can connect is given tokens. It runs until it is interrupted or its standard input ends.
///
/// DIR gets trusted_root.json, signing_config.json, trust_config.json (both in one), tuf_root.json, token and
/// actions_token. The last two are for their owner only; `token` expires after --token-lifetime.
#[derive(Debug, Args)]
pub(crate) struct DevStackArguments {
    /// Where to write what clients need; made when it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The port; any that is free when left out
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// What goes wrong, such as `checkpoint-root` or `fulcio-busy`; `GET /fault` lists all. May be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) fault: Vec<String>,
    /// Whose token it is: an address
    #[arg(long, value_name = "ADDRESS", default_value = "developer@plimsoll.dev")]
    pub(crate) person: String,
    /// Make the token that of a workflow of this repository instead, as on GitHub Actions
    #[arg(long, value_name = "OWNER/NAME")]
    pub(crate) repository: Option<String>,
    /// How long tokens are valid, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) token_lifetime: u32,
    /// Which version of Rekor the signing configuration names
    #[arg(long, value_name = "VERSION", default_value = "both")]
    pub(crate) rekor: RekorArgument,
    /// The largest request that Rekor v1 takes, in bytes
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_entry_size: Option<usize>,
    /// How to write where everything is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Which version of Rekor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RekorArgument {
    #[value(name = "1")]
    V1,
    #[value(name = "2")]
    V2,
    Both,
}
