//! `plimsoll vsa verify`.

use std::path::PathBuf;

use clap::Args;

use crate::args::{DataFormat, NetworkArguments, VerificationArguments};

/// Check what somebody else found who verified: a summary about an artifact or a commit
///
/// The seven steps of SLSA, in order: signature, subject, type, verifier, resource, result, levels. Only the pair of
/// --verifier-id and who may sign for it (--key, or --identity and --issuer) is accepted. A level implies those below in its
/// track; any other name has to be there as it is. --source-ref is a ref that has to have led to the commit when it was
/// verified; what --source-repo, --source-digest and --builder ask for is about whoever signed. With --type svr it is a simple
/// verification result of in-toto, which has no resource.
#[derive(Debug, Args)]
pub(crate) struct VsaVerifyArguments {
    /// What the summary has to be about: a file, sha256:HEX, sha384:HEX or sha512:HEX, registry:HOST/REPOSITORY:TAG or
    /// oci-layout:DIRECTORY:TAG
    #[arg(value_name = "SUBJECT", required_unless_present_any = ["commit", "subject_digest"])]
    pub(crate) subjects: Vec<String>,
    /// The commit that it has to be about, in full
    #[arg(long, value_name = "COMMIT")]
    pub(crate) commit: Option<String>,
    /// What it has to be about, by a digest of another kind, compared as it is: NAME:VALUE. Given several times, all of them
    /// name one thing
    #[arg(long, value_name = "DIGEST")]
    pub(crate) subject_digest: Vec<String>,
    /// Where the summary is; FILE.sigstore.json beside the file or what is attached to the image, when left out. May be given
    /// several times
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Vec<PathBuf>,
    /// The entry of a transparency log, for a summary that has none: what Rekor answers, or the entry of a bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) rekor_entry: Option<PathBuf>,
    /// Who has to have verified: the URI in the summary, exactly
    #[arg(long, value_name = "URI")]
    pub(crate) verifier_id: String,
    /// What it has to have been verified as: the URI in the summary, exactly. Needed for all but --type svr
    #[arg(long, value_name = "URI")]
    pub(crate) resource_uri: Option<String>,
    /// A level or property that has to have been verified, such as `SLSA_BUILD_LEVEL_2`. May be given several times; all of them
    #[arg(long, value_name = "NAME", visible_alias = "property")]
    pub(crate) level: Vec<String>,
    /// The least level of every dependency
    #[arg(long, value_name = "NAME")]
    pub(crate) dependency_level: Option<String>,
    /// What it has to have been verified against: the URI of the policy
    #[arg(long, value_name = "URI")]
    pub(crate) policy_uri: Option<String>,
    /// What it has to have been verified against: the file of the policy, by its digest
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// An attestation that has to have been looked at. May be given several times; all of them
    #[arg(long, value_name = "FILE")]
    pub(crate) input_attestation: Vec<PathBuf>,
    /// How long ago it may have been verified: a number and one of s, m, h, d, w
    #[arg(long, value_name = "AGE")]
    pub(crate) max_age: Option<String>,
    #[command(flatten)]
    pub(crate) expected: VerificationArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}
