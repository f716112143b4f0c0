//! `plimsoll bundle`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DataFormat;

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    Inspect(BundleInspectArguments),
    Upgrade(BundleUpgradeArguments),
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
/// Works without a network. Nothing is made up and nothing is verified: what the older shape lacks has to be supplied, and
/// the bundle proves what the evidence proved. A file of one bundle is JSON; of several, JSON lines.
#[derive(Debug, Args)]
pub(crate) struct BundleUpgradeArguments {
    /// The evidence; `-` for standard input
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
    /// Where to write the bundle
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// The entry of a transparency log with its proof: what Rekor answers, or the entry of a bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) rekor_entry: Option<PathBuf>,
    /// The certificate of who signed: PEM, base64 of it, or DER
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
}
