//! `plimsoll trust`: whom to believe.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DataFormat, NetworkArguments};

/// Know whom to trust: instances of Sigstore, their authorities and logs
#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    Show(TrustShowArguments),
    Add(TrustAddArguments),
    Update(TrustUpdateArguments),
    Import(TrustImportArguments),
    Export(TrustExportArguments),
}

/// List the instances that are known, or show one of them: its authorities and logs, and how old it is
#[derive(Debug, Args)]
pub(crate) struct TrustShowArguments {
    /// The instance; all of them when left out
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Add an instance, from its files or from its TUF repository
#[derive(Debug, Args)]
pub(crate) struct TrustAddArguments {
    /// What to call it: lower-case letters, digits and dashes
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Its trusted root (trusted_root.json); with --tuf the root metadata where trust begins (root.json)
    #[arg(long, value_name = "FILE")]
    pub(crate) root: PathBuf,
    /// Where to sign (signing_config.json)
    #[arg(long, value_name = "FILE", conflicts_with = "tuf")]
    pub(crate) signing_config: Option<PathBuf>,
    /// The URL of its TUF repository, which `trust update` asks from then on
    #[arg(long, value_name = "URL")]
    pub(crate) tuf: Option<String>,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// Bring instances up to date from their TUF repositories
#[derive(Debug, Args)]
pub(crate) struct TrustUpdateArguments {
    /// The instances; public-good when left out
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// Add an instance from one file, as `trust export` and other clients write it (client trust configuration)
#[derive(Debug, Args)]
pub(crate) struct TrustImportArguments {
    /// What to call it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Write an instance to one file (client trust configuration)
#[derive(Debug, Args)]
pub(crate) struct TrustExportArguments {
    /// The instance
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Where to; stdout when left out
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}
