//! `plimsoll provenance verify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::{NetworkArguments, VerificationArguments};

/// Verify that an artifact was built from that source by that builder
///
/// The signer has to be one that is recognised for the builder that the provenance names; the level of the build follows from
/// the two, never from the document. Then source, ref, commit, workflow and parameters are compared with what is expected, and
/// what the document says with what the certificate says. What is expected is named by flags, by a policy, or by both, and then
/// all of it has to hold. Works without a network, but for registry:.
///
/// With --source-repo alone, the builders that are known count: those of slsa-github-generator (level 3) and workflows of GitHub
/// (level 2, on machines of others 1). An --identity that is none of them, and a --key, are worth level 1; a policy can say more.
#[derive(Debug, Args)]
pub(crate) struct ProvenanceVerifyArguments {
    /// What to verify: a file, sha256:HEX or sha512:HEX, registry:HOST/REPOSITORY:TAG or oci-layout:DIRECTORY:TAG (or @DIGEST)
    #[arg(value_name = "SUBJECT", required_unless_present = "subjects_from")]
    pub(crate) subjects: Vec<String>,
    /// Verify the files that a list names, and that they are what it says (SHA256SUMS, SHA512SUMS)
    #[arg(long, value_name = "FILE")]
    pub(crate) subjects_from: Option<PathBuf>,
    /// The provenance: a bundle, JSON lines, a bare envelope. FILE.intoto.jsonl, FILE.build.slsa and FILE.sigstore.json beside the
    /// file or what is attached to the image, when left out. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Vec<PathBuf>,
    /// The entry of a transparency log, for provenance that has none: what Rekor answers, or the entry of a bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) rekor_entry: Option<PathBuf>,
    /// What the policy calls the subject: pkg:TYPE/NAME@VERSION, oci:HOST/REPOSITORY:TAG or file:NAME. May be given several times
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// The policy that says what is expected
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// What somebody lets pass, and until when
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) build: ExpectedBuildArguments,
    #[command(flatten)]
    pub(crate) expected: VerificationArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    /// Show every check with what was expected, what was found, and where; only for text
    #[arg(long)]
    pub(crate) explain: bool,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: VerdictFormat,
}

/// What a build has to be.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What the build has to be")]
pub(crate) struct ExpectedBuildArguments {
    /// The branch it has to be built from. A tag is on a branch where the builder says so
    #[arg(long, value_name = "BRANCH")]
    pub(crate) source_branch: Option<String>,
    /// The tag it has to be built from
    #[arg(long, value_name = "TAG")]
    pub(crate) source_tag: Option<String>,
    /// The version it has to be built from; trailing parts may be left out: v1.2 takes the tag v1.2.3
    #[arg(long, value_name = "TAG")]
    pub(crate) source_versioned_tag: Option<String>,
    /// The file of the workflow within its repository, as a glob: .github/workflows/release.yml
    #[arg(long, value_name = "GLOB")]
    pub(crate) workflow: Option<String>,
    /// The type of build, as a glob over its URI. May be given several times
    #[arg(long, value_name = "GLOB")]
    pub(crate) build_type: Vec<String>,
    /// What a run that somebody started by hand has to have been given: NAME=VALUE. May be given several times
    #[arg(long, value_name = "INPUT")]
    pub(crate) input: Vec<String>,
    /// What an external parameter may be: PATH=VALUE, or PATH=any. One that the type of build does not know has to be named. May be
    /// given several times
    #[arg(long, value_name = "PARAMETER")]
    pub(crate) parameter: Vec<String>,
    /// The least level that the build has to have
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=3))]
    pub(crate) level: u8,
}

/// How a verdict is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerdictFormat {
    Text,
    Json,
    Sarif,
    Junit,
    Markdown,
}
