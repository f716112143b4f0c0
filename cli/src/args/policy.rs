//! `plimsoll policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{DataFormat, ExpectedBuildArguments, NetworkArguments, VerificationArguments};

/// Write and read policies: what artifacts have to be, and who may build them
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    Init(Box<PolicyInitArguments>),
    Explain(PolicyExplainArguments),
    Import(PolicyImportArguments),
    Test(PolicyTestArguments),
}

/// Write a policy from an artifact: what you state, and what its provenance was observed to say
///
/// At least the source, an identity or a key has to be stated: a policy that is only observed would accept whoever was first. The
/// provenance is verified against what is stated before anything is written, and the policy is checked to accept it. Each line
/// says whether it was stated or observed.
#[derive(Debug, Args)]
pub(crate) struct PolicyInitArguments {
    /// The artifact: a file, registry:HOST/REPOSITORY:TAG, oci-layout:DIRECTORY:TAG, or a digest
    #[arg(long, value_name = "ARTIFACT")]
    pub(crate) from: String,
    /// Its provenance; what is beside the file or attached to the image, when left out. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Vec<PathBuf>,
    /// The entry of a transparency log, for provenance that has none
    #[arg(long, value_name = "FILE")]
    pub(crate) rekor_entry: Option<PathBuf>,
    /// What the policy calls the artifact: pkg:TYPE/NAME@VERSION, oci:HOST/REPOSITORY:TAG or file:NAME; its name, when left out
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Where to write the policy; stdout, when left out
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) build: ExpectedBuildArguments,
    #[command(flatten)]
    pub(crate) expected: VerificationArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// Say what a policy means, in sentences, and what in it is weaker than it may look
#[derive(Debug, Args)]
pub(crate) struct PolicyExplainArguments {
    /// The policy
    #[arg(value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Convert policies of Kyverno and Sigstore's policy-controller into a policy of ours
///
/// Reads ClusterPolicy and Policy with verifyImages, ImageValidatingPolicy, and ClusterImagePolicy. Each construct that is not converted
/// is named with its path, why, and what was done about it: `denies` (a rule stands in its place that nothing satisfies), `stricter` (it was
/// left out, and the policy refuses more) or `noted` (nothing is lost). The policy that comes out never lets an image pass that the
/// original refuses for its signatures or statements. What is said of namespaces and other resources of a cluster is not converted.
///
/// Exit status: 0 when it was written; 3 when a file cannot be read or has no such policy; 4 with --strict when something was not converted.
#[derive(Debug, Args)]
pub(crate) struct PolicyImportArguments {
    /// The files: YAML, of one or more documents
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Whose policies they are; documents of others are left out and named
    #[arg(long, value_name = "TOOL", default_value = "auto")]
    pub(crate) from: ImportFrom,
    /// Where to write the policy; stdout, when left out
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Say with the exit status when something was not converted
    #[arg(long)]
    pub(crate) strict: bool,
    /// How to write what was and was not converted
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Whose policies to convert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFrom {
    /// All that are known
    Auto,
    /// Kyverno: ClusterPolicy, Policy, ImageValidatingPolicy
    Kyverno,
    /// Sigstore's policy-controller: ClusterImagePolicy
    Cip,
}

/// Decide about each case that is written down beside a policy, and say which are not as expected
///
/// The cases of policy.toml are in policy.test.toml: tables `[[case]]` with name, subject, expect (pass, warn or deny) and, where it matters,
/// bundle, sbom, vex, as, exceptions, advisories, at, no_tlog, scan, and codes that have to be among the reasons. Files are taken from
/// where that file is. Rules that deny in no case are told: nothing shows that they work.
///
/// Exit status 1: a case is not as expected.
#[derive(Debug, Args)]
pub(crate) struct PolicyTestArguments {
    /// The policy
    #[arg(value_name = "FILE", default_value = "policy.toml")]
    pub(crate) policy: PathBuf,
    /// The cases [default: the name of the policy with test.toml at its end]
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}
