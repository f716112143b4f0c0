//! `slsa-verifier`. <https://github.com/slsa-framework/slsa-verifier>

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// slsa-verifier, as plimsoll does it
#[derive(Debug, Parser)]
#[command(name = "slsa-verifier", disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct SlsaVerifierArguments {
    #[command(subcommand)]
    pub(crate) command: SlsaVerifierCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SlsaVerifierCommand {
    /// Verify the provenance of files
    VerifyArtifact(Box<SlsaVerifyArtifact>),
}

/// What the commands about builds have in common.
#[derive(Debug, Args)]
pub(crate) struct SlsaBuild {
    /// The repository it has to be built from, such as github.com/acme/app
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) source_uri: String,
    /// The branch it has to be built from
    #[arg(long, value_name = "BRANCH")]
    pub(crate) source_branch: Option<String>,
    /// The tag it has to be built from
    #[arg(long, value_name = "TAG", conflicts_with = "source_versioned_tag")]
    pub(crate) source_tag: Option<String>,
    /// The version it has to be built from; trailing parts may be left out
    #[arg(long, value_name = "TAG")]
    pub(crate) source_versioned_tag: Option<String>,
    /// The builder, with or without a version after an at sign
    #[arg(long, value_name = "URI")]
    pub(crate) builder_id: Option<String>,
    /// An input of the run: NAME=VALUE. May be given several times
    #[arg(long, value_name = "INPUT")]
    pub(crate) build_workflow_input: Vec<String>,
    /// Write the provenance to stdout when it is verified
    #[arg(long)]
    pub(crate) print_provenance: bool,
    /// The entry of the log, in a file, for provenance that brings none
    #[arg(long, value_name = "FILE")]
    pub(crate) rekor_entry: Option<PathBuf>,
    /// Do not ask for a log entry, which leaves open when it was signed and whether it was ever public
    #[arg(long)]
    pub(crate) insecure_ignore_tlog: bool,
}

/// `slsa-verifier verify-artifact`
#[derive(Debug, Args)]
pub(crate) struct SlsaVerifyArtifact {
    /// Files, or digests (sha256:…)
    #[arg(value_name = "ARTIFACT", required = true)]
    pub(crate) artifacts: Vec<String>,
    /// The provenance
    #[arg(long, value_name = "FILE")]
    pub(crate) provenance_path: PathBuf,
    #[command(flatten)]
    pub(crate) build: SlsaBuild,
}
