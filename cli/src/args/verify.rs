//! `plimsoll verify`.

use std::path::PathBuf;

use clap::Args;

use super::{DataFormat, NetworkArguments, VerificationArguments};

/// Check who vouches for an artifact: its signature or a statement about it
///
/// Works without a network, but for registry:. Evidence is recognised by its content: Sigstore bundles of any version, JSON lines of them and
/// of bare envelopes, what cosign wrote before, attestations of PyPI, npm and RubyGems. Of an image, it is what is attached
/// to it: bundles that refer to it, and what is under the tags that cosign made. A tag is resolved once, and the digest said.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// What to check: a file, sha256:HEX or sha512:HEX, registry:HOST/REPOSITORY:TAG or
    /// oci-layout:DIRECTORY:TAG (or @DIGEST)
    #[arg(value_name = "SUBJECT", required_unless_present = "subjects_from")]
    pub(crate) subjects: Vec<String>,
    /// Check the files that a list names, and that they are what it says (SHA256SUMS, SHA512SUMS)
    #[arg(long, value_name = "FILE")]
    pub(crate) subjects_from: Option<PathBuf>,
    /// Where the evidence is; FILE.sigstore.json beside the file or what is attached to the image, when left out. May be given several times
    #[arg(long, value_name = "FILE", alias = "signature-bundle")]
    pub(crate) bundle: Vec<PathBuf>,
    /// A signature in a file of its own, as it is or in base64; FILE.sig beside the file, when there is no bundle
    #[arg(long, value_name = "FILE", conflicts_with = "bundle")]
    pub(crate) signature: Option<PathBuf>,
    /// The certificate of who signed, when the evidence has none: PEM, base64 of it, or DER; FILE.pem, FILE.crt or FILE.cert
    /// beside FILE.sig
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// The entry of a transparency log, for evidence that has none: what Rekor answers, or the entry of a bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) rekor_entry: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) expected: VerificationArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}
