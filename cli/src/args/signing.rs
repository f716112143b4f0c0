//! Who signs, and where: the same flags in every command that signs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::PasswordArguments;

/// Who signs, and at which services.
#[derive(Debug, Args)]
#[command(next_help_heading = "Who signs, and where")]
pub(crate) struct SigningArguments {
    /// Sign with a key instead of an identity: a file, or a name that begins with pkcs11:, hashivault:, awskms:, gcpkms: or
    /// azurekms:
    #[arg(long, value_name = "KEY", conflicts_with = "identity_token_file")]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) password: PasswordArguments,
    /// Read the identity token (OpenID Connect) from a file, such as /dev/fd/3; otherwise from SIGSTORE_ID_TOKEN or the CI
    /// system
    #[arg(long, value_name = "FILE")]
    pub(crate) identity_token_file: Option<PathBuf>,
    /// Whom the identity token has to be for
    #[arg(long, value_name = "TEXT", default_value = "sigstore")]
    pub(crate) audience: String,
    /// How the person at the terminal signs in where no platform gives an identity; never in CI
    #[arg(long, value_name = "WAY", default_value = "browser")]
    pub(crate) sign_in: SignIn,
    /// The instance to sign at: public-good, staging, or one that `trust add` knows
    #[arg(long, value_name = "NAME", default_value = "public-good")]
    pub(crate) trust: String,
    /// The instance in one file instead (client trust configuration)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["trust", "trusted_root", "signing_config"])]
    pub(crate) trust_config: Option<PathBuf>,
    /// Verify what was signed against the authorities of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,
    /// Sign at the services of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_config: Option<PathBuf>,
    /// The certificate authority (Fulcio) to use instead
    #[arg(long, value_name = "URL")]
    pub(crate) fulcio_url: Option<String>,
    /// The transparency log (Rekor) to use instead
    #[arg(long, value_name = "URL", conflicts_with = "no_tlog")]
    pub(crate) rekor_url: Option<String>,
    /// The version of the log to use, 1 or 2; the newest that there is, when left out, and 1 for --rekor-url
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2))]
    pub(crate) rekor_version: Option<u32>,
    /// The timestamp authority to use instead (RFC 3161)
    #[arg(long, value_name = "URL")]
    pub(crate) timestamp_url: Option<String>,
    /// Do not log the signature; only with --key. Nobody is asked for a timestamp either, unless --timestamp-url,
    /// --signing-config or --trust-config names who. The report says so
    #[arg(long, requires = "key")]
    pub(crate) no_tlog: bool,
    /// Publish who signs in a public log for ever, although the identity does not say that its repository is public
    #[arg(long)]
    pub(crate) public_log: bool,
}

/// Ways to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignIn {
    /// With a browser on this machine
    Browser,
    /// With a code that is typed on another device
    Device,
}
