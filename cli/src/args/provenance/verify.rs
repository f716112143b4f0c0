//! `plimsoll provenance verify`.

use std::path::PathBuf;

use clap::Args;

use super::super::VerificationArguments;

/// Verify that an artifact was built from that source by that builder
///
/// The signer has to be one that is recognised for the builder that the provenance names; the level of the build follows from
/// the two, never from the document. Then source, ref, commit, workflow and parameters are compared with what is expected, and
/// what the document says with what the certificate says. Offline.
#[derive(Debug, Args)]
pub(crate) struct ProvenanceVerifyArguments {
    /// Files, or digests (sha256:… or sha512:…)
    #[arg(value_name = "SUBJECT", required = true)]
    pub(crate) subjects: Vec<String>,
    /// The provenance: a bundle, JSON lines, a bare envelope … FILE.sigstore.json when left out
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Vec<PathBuf>,
    /// The least level that the build has to have
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=3))]
    pub(crate) level: u8,
    #[command(flatten)]
    pub(crate) expected: VerificationArguments,
}
