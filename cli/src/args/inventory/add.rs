//! `plimsoll inventory add`.

use clap::Args;

use super::{FromListArgument, LabelArguments, StoreArguments};
use crate::args::{DataFormat, LimitArguments, NetworkArguments, VerificationArguments};

/// Add SBOMs and attestations
///
/// A source is a file; a directory, of which all files are added that are SBOMs or attestations; an archive of such files (tar, also
/// compressed), with - for one on standard input; s3://BUCKET/PREFIX or gs://BUCKET/PREFIX, of which all objects are added that are
/// such. S3 is asked with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION of the environment, Google Cloud
/// Storage with GOOGLE_OAUTH_ACCESS_TOKEN, either of them without a name where these are not set. What was added before is not added again. A file that is an SBOM and cannot be
/// read is told, and counted in every answer from then on until it can be.
///
/// Attestations are verified when it is said who has to have signed (--identity and --issuer, or --key); else, and where that fails, what
/// they say is kept as an unsigned claim.
#[derive(Debug, Args)]
pub(crate) struct InventoryAddArguments {
    /// What to add
    #[arg(value_name = "SOURCE", required_unless_present = "from_list")]
    pub(crate) sources: Vec<String>,
    #[command(flatten)]
    pub(crate) list: FromListArgument,
    /// Scan the sources instead, as `plimsoll scan` does, and keep what was found as seen by us
    #[arg(long)]
    pub(crate) scan: bool,
    /// Where the store of s3:// or gs:// is, such as that of MinIO [environment: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL,
    /// STORAGE_EMULATOR_HOST]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Exit with 4 when a file could not be read
    #[arg(long)]
    pub(crate) strict: bool,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
    /// Threads to use
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    #[command(flatten)]
    pub(crate) adding: AddingArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// How documents are added, whatever they come from.
#[derive(Debug, Args)]
pub(crate) struct AddingArguments {
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// Take name, version and digest of the artifact from the path of the document: a regular expression with groups called name, version
    /// and digest
    #[arg(long, value_name = "REGEX")]
    pub(crate) artifact_from_name: Option<String>,
    #[command(flatten)]
    pub(crate) labels: LabelArguments,
    #[command(flatten)]
    pub(crate) expected: VerificationArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}
