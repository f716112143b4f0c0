//! `slsa-verifier` 2.7. <https://github.com/slsa-framework/slsa-verifier>
//!
//! All of its commands and flags, and three of ours, which its evidence without a log entry needs: `--rekor-entry`,
//! `--insecure-ignore-tlog` and those of the network.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::args::NetworkArguments;

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
    /// Verify an attestation of GitHub about a file
    VerifyGithubAttestation(Box<SlsaVerifyGithubAttestation>),
    /// Verify the provenance of an image
    VerifyImage(Box<SlsaVerifyImage>),
    /// Verify the provenance and the publication of a package of npm (experimental there)
    VerifyNpmPackage(Box<SlsaVerifyNpmPackage>),
    /// Verify a summary of somebody else's verification
    VerifyVsa(Box<SlsaVerifyVsa>),
    /// Say which version this is
    Version {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What is expected of a build.
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
    #[command(flatten)]
    pub(crate) log: SlsaLog,
}

/// What is asked of transparency logs.
#[derive(Debug, Args)]
pub(crate) struct SlsaLog {
    /// The entry of the log, in a file, for evidence that brings none
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
    /// The repository of the provenance of an image: no file has one
    #[arg(long, value_name = "REPOSITORY", hide = true)]
    pub(crate) provenance_repository: Option<String>,
    #[command(flatten)]
    pub(crate) build: SlsaBuild,
}

/// `slsa-verifier verify-image`
#[derive(Debug, Args)]
pub(crate) struct SlsaVerifyImage {
    /// The image, by its digest: NAME@sha256:… or oci-layout:DIRECTORY@sha256:…
    #[arg(value_name = "IMAGE")]
    pub(crate) image: String,
    /// The provenance, for Google Cloud Build
    #[arg(long, value_name = "FILE")]
    pub(crate) provenance_path: Option<PathBuf>,
    /// The repository that the provenance is in, when it is not that of the image
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) provenance_repository: Option<String>,
    #[command(flatten)]
    pub(crate) build: SlsaBuild,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// `slsa-verifier verify-npm-package`
#[derive(Debug, Args)]
pub(crate) struct SlsaVerifyNpmPackage {
    /// The tarball, or its digest (sha512:…)
    #[arg(value_name = "TARBALL")]
    pub(crate) tarball: String,
    /// The attestations, as the registry answers them
    #[arg(long, value_name = "FILE")]
    pub(crate) attestations_path: Option<PathBuf>,
    /// The name it has to be built and published under
    #[arg(long, value_name = "NAME")]
    pub(crate) package_name: Option<String>,
    /// The version it has to be built and published under
    #[arg(long, value_name = "VERSION")]
    pub(crate) package_version: Option<String>,
    #[command(flatten)]
    pub(crate) build: SlsaBuild,
}

/// `slsa-verifier verify-github-attestation`
#[derive(Debug, Args)]
pub(crate) struct SlsaVerifyGithubAttestation {
    /// The file, or its digest (sha256:…)
    #[arg(value_name = "FILE")]
    pub(crate) artifact: String,
    /// The attestation
    #[arg(long, value_name = "FILE")]
    pub(crate) attestation_path: PathBuf,
    /// The repository it has to be built from, such as github.com/acme/app
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) source_uri: String,
    /// The workflow that has to sign it, with or without a version after an at sign
    #[arg(long, value_name = "URI")]
    pub(crate) builder_id: String,
    /// Write the attestation to stdout when it is verified
    #[arg(long)]
    pub(crate) print_attestation: bool,
    #[command(flatten)]
    pub(crate) log: SlsaLog,
}

/// `slsa-verifier verify-vsa`
#[derive(Debug, Args)]
pub(crate) struct SlsaVerifyVsa {
    /// A digest that it has to be about: ALGORITHM:VALUE. May be given several times; all of them are looked for
    #[arg(long, value_name = "DIGEST")]
    pub(crate) subject_digest: Vec<String>,
    /// The summary
    #[arg(long, value_name = "FILE")]
    pub(crate) attestation_path: PathBuf,
    /// Who has to have verified
    #[arg(long, value_name = "URI")]
    pub(crate) verifier_id: String,
    /// What it has to be about
    #[arg(long, value_name = "URI")]
    pub(crate) resource_uri: String,
    /// A level that it has to state; a higher one of the same track will do. May be given several times
    #[arg(long, value_name = "LEVEL")]
    pub(crate) verified_level: Vec<String>,
    /// The key of who verified, in PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key_path: PathBuf,
    /// The name that the signature gives the key
    #[arg(long, value_name = "ID")]
    pub(crate) public_key_id: Option<String>,
    /// Write the summary to stdout when it is verified
    #[arg(long)]
    pub(crate) print_attestation: bool,
}
