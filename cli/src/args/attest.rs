//! `plimsoll attest`.

use std::path::PathBuf;

use clap::Args;

use super::{BuildFacts, DataFormat, NetworkArguments, SigningArguments};

/// Sign a statement about artifacts: an SBOM, provenance, results of tests or scans
///
/// One statement may be about many artifacts; it is attached to those that are images. Every bundle is verified before it is written. A log of version 2 takes
/// statements of any size, one of version 1 some megabytes.
#[derive(Debug, Args)]
pub(crate) struct AttestArguments {
    /// What the statement is about: files, sha256:HEX or sha512:HEX, or
    /// registry: and the name of an image. Left out for --statement, which says it itself
    #[arg(value_name = "SUBJECT", required_unless_present_any = ["subjects_from", "statement"], conflicts_with = "statement")]
    pub(crate) subjects: Vec<String>,
    /// The statement is about the files that a list names, if they are what it says (SHA256SUMS, SHA512SUMS)
    #[arg(long, value_name = "FILE", conflicts_with = "statement")]
    pub(crate) subjects_from: Option<PathBuf>,
    /// What is stated: a URI, or one of cyclonedx, link, openvex, release, sarif, slsaprovenance, slsaprovenance02,
    /// slsaprovenance1, spdx, svr, test-result, vsa, vuln
    #[arg(long = "type", value_name = "TYPE", requires = "predicate", required_unless_present_any = ["provenance", "sbom", "scan", "statement"])]
    pub(crate) predicate_type: Option<String>,
    /// State what this file says (JSON)
    #[arg(long, value_name = "FILE", requires = "predicate_type")]
    pub(crate) predicate: Option<PathBuf>,
    /// State this SBOM (CycloneDX or SPDX, as JSON); the type is that of its standard
    #[arg(long, value_name = "FILE", conflicts_with_all = ["predicate", "predicate_type"])]
    pub(crate) sbom: Option<PathBuf>,
    /// State what a scan of the subject finds: makes a CycloneDX SBOM of the one file or image
    #[arg(long, conflicts_with_all = ["predicate", "predicate_type", "sbom", "statement", "subjects_from"])]
    pub(crate) scan: bool,
    /// Sign this statement as it is (in-toto, JSON)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["predicate", "predicate_type", "sbom"])]
    pub(crate) statement: Option<PathBuf>,
    /// State how the subjects were built, as `provenance generate` does; together with --sbom or --scan, only of images
    #[arg(long, conflicts_with_all = ["predicate", "predicate_type", "statement"])]
    pub(crate) provenance: bool,
    /// Sign the SBOM of a scan that could not read everything, or that skipped digests. The report says so
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    /// Where to write the bundle; FILE.sigstore.json beside the only file, when left out
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// Attach the statement to images in the layout of cosign 2 as well, under a tag. Needs a log of version 1, or a key and
    /// --no-tlog
    #[arg(long)]
    pub(crate) cosign_layout: bool,
    #[command(flatten)]
    pub(crate) build: BuildFacts,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}
