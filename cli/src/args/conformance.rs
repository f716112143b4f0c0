//! `plimsoll conformance`: the protocol of the Sigstore conformance suite.
//! <https://github.com/sigstore/sigstore-conformance/blob/main/docs/cli_protocol.md>

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The protocol of the Sigstore conformance suite
#[derive(Debug, Subcommand)]
pub(crate) enum ConformanceCommand {
    SignBundle(SignBundleArguments),
    VerifyBundle(VerifyBundleArguments),
}

/// Verify a bundle
#[derive(Debug, Args)]
pub(crate) struct VerifyBundleArguments {
    /// The bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    /// The identity in the certificate
    #[arg(long, value_name = "TEXT", requires = "certificate_oidc_issuer", required_unless_present = "key")]
    pub(crate) certificate_identity: Option<String>,
    /// The issuer of the identity
    #[arg(long, value_name = "URL")]
    pub(crate) certificate_oidc_issuer: Option<String>,
    /// The key, instead of an identity
    #[arg(long, value_name = "FILE", conflicts_with = "certificate_identity")]
    pub(crate) key: Option<PathBuf>,
    /// The authorities to trust
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,
    /// Trust the staging instance
    #[arg(long)]
    pub(crate) staging: bool,
    /// The artifact, or sha256: and its digest
    #[arg(value_name = "FILE_OR_DIGEST")]
    pub(crate) subject: String,
}

/// Sign a file and write the bundle
///
/// The protocol has the identity token on the command line, where everybody on the machine can read it. Nothing else here
/// takes one so.
#[derive(Debug, Args)]
pub(crate) struct SignBundleArguments {
    /// The identity token
    #[arg(long, value_name = "TOKEN")]
    pub(crate) identity_token: String,
    /// Where to write the bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    /// The authorities to trust
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,
    /// The services to sign at
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_config: Option<PathBuf>,
    /// Sign at the staging instance
    #[arg(long)]
    pub(crate) staging: bool,
    /// The file is a statement (in-toto, JSON)
    #[arg(long)]
    pub(crate) in_toto: bool,
    /// The artifact
    #[arg(value_name = "FILE")]
    pub(crate) subject: PathBuf,
}
