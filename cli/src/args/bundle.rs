//! `plimsoll bundle`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DataFormat, NetworkArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    Inspect(BundleInspectArguments),
    Upgrade(Box<BundleUpgradeArguments>),
}

/// Show what evidence says of itself, without checking any of it
///
/// Reads whatever `verify` reads. Nothing that is shown is proven: who may have signed is for `verify` to say.
#[derive(Debug, Args)]
pub(crate) struct BundleInspectArguments {
    /// The evidence; `-` for standard input
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Write evidence of an older shape as a Sigstore bundle of version 0.3
///
/// Nothing is made up and nothing is verified: what the older shape lacks has to be supplied, or fetched from the log, and the
/// bundle proves what the evidence proved; `verify` says what that is. No network is used but with --fetch or --rekor-url. A
/// file of one bundle is JSON; of several, JSON lines.
#[derive(Debug, Args)]
pub(crate) struct BundleUpgradeArguments {
    /// The evidence; `-` for standard input
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
    /// Where to write the bundle
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// The entry of a transparency log with its proof: what Rekor answers, or the entry of a bundle
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fetch", "rekor_url"])]
    pub(crate) rekor_entry: Option<PathBuf>,
    /// Ask the transparency log (Rekor, version 1) for entries and proofs that are missing. Of what is found under a digest
    /// only an entry with the same signature and the same certificate is taken
    #[arg(long)]
    pub(crate) fetch: bool,
    /// Ask this log instead of the public one
    #[arg(long, value_name = "URL")]
    pub(crate) rekor_url: Option<String>,
    /// The certificate of who signed: PEM, base64 of it, or DER
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}
