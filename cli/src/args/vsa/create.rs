//! `plimsoll vsa create`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::args::{DataFormat, NetworkArguments, SigningArguments};

/// State what a verification found: a summary that others can rely on instead of verifying again
///
/// What the flags say is stated as it is, and nothing of it is verified here: whoever signs it vouches for it. With
/// --from-report it is taken from what `plimsoll vsa verify` or `plimsoll provenance verify` found, and more than was found is
/// refused. Without --sign the statement is written as it is, unsigned.
#[derive(Debug, Args)]
pub(crate) struct VsaCreateArguments {
    /// What was verified: files, sha256:HEX, sha384:HEX or sha512:HEX, or registry: and the name of an image
    #[arg(value_name = "SUBJECT", required_unless_present_any = ["commit", "subject_digest"])]
    pub(crate) subjects: Vec<String>,
    /// The commit that was verified, in full: a summary of the Source track
    #[arg(long, value_name = "COMMIT")]
    pub(crate) commit: Option<String>,
    /// What was verified, by a digest of another kind: NAME:VALUE. Given several times, all of them name one thing
    #[arg(long, value_name = "DIGEST")]
    pub(crate) subject_digest: Vec<String>,
    /// What to write: a verification summary of SLSA 1.0 to 1.2, or a simple verification result of in-toto
    #[arg(long = "type", value_name = "TYPE", default_value = "vsa")]
    pub(crate) kind: SummaryType,
    /// Who verified: a URI
    #[arg(long, value_name = "URI")]
    pub(crate) verifier_id: String,
    /// The version of a part of the verifier: NAME=VERSION. May be given several times
    #[arg(long, value_name = "NAME=VERSION")]
    pub(crate) verifier_version: Vec<String>,
    /// What the artifact was verified as: mostly where it is fetched from, for a commit git+https: and its repository
    #[arg(long, value_name = "URI")]
    pub(crate) resource_uri: Option<String>,
    /// What it was verified against: a file, of which the digest is stated and --policy-uri says where it is, or a URI
    #[arg(long, value_name = "FILE|URI")]
    pub(crate) policy: Option<String>,
    /// Where the file of --policy is
    #[arg(long, value_name = "URI", requires = "policy")]
    pub(crate) policy_uri: Option<String>,
    /// What came of it
    #[arg(long, value_name = "RESULT")]
    pub(crate) result: Option<SummaryResult>,
    /// A level or property that was verified, such as SLSA_BUILD_LEVEL_3: of each track the highest. May be given several times
    #[arg(long, value_name = "NAME", visible_alias = "property")]
    pub(crate) level: Vec<String>,
    /// An attestation that was looked at: its digest is stated. May be given several times; then all of them have to be
    #[arg(long, value_name = "FILE")]
    pub(crate) input_attestation: Vec<PathBuf>,
    /// How many dependencies are at a level: NAME=COUNT. May be given several times
    #[arg(long, value_name = "NAME=COUNT")]
    pub(crate) dependency_level: Vec<String>,
    /// There are no dependencies at all
    #[arg(long, conflicts_with = "dependency_level")]
    pub(crate) no_dependencies: bool,
    /// A ref that led to the commit, in full, such as refs/heads/main. May be given several times
    #[arg(long, value_name = "REF", requires = "commit")]
    pub(crate) source_ref: Vec<String>,
    /// When it was verified (RFC 3339); now, when left out, or SOURCE_DATE_EPOCH where that is set
    #[arg(long, value_name = "TIME")]
    pub(crate) timestamp: Option<String>,
    /// State what this report found, and no more (JSON, of `plimsoll vsa verify` or `plimsoll provenance verify`)
    #[arg(long, value_name = "FILE")]
    pub(crate) from_report: Option<PathBuf>,
    /// Where to write the unsigned statement; stdout, when left out
    #[arg(short, long, value_name = "FILE", conflicts_with = "sign")]
    pub(crate) output: Option<PathBuf>,
    /// Sign it in the same step
    #[arg(long)]
    pub(crate) sign: bool,
    /// Where to write the bundle; FILE.sigstore.json beside the only file, when left out
    #[arg(long, value_name = "FILE", requires = "sign")]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    /// How to write the report of what was signed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Kinds of summaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryType {
    /// Verification summary of SLSA, version 1
    Vsa,
    /// Simple verification result of in-toto, version 0.2
    Svr,
}

/// What came of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryResult {
    /// The policy is met
    Passed,
    /// It is not
    Failed,
}
