//! `plimsoll sign`.

use std::path::PathBuf;

use clap::Args;

use super::{DataFormat, NetworkArguments, SigningArguments};

/// Sign artifacts, with the identity of this job or with a key
///
/// Without a key, the identity that the CI system gives is certified for some minutes, the signature is logged, and the key
/// is forgotten. Every bundle is verified before it is written. Of a file of any size, little is in memory at a time. What is
/// signed of an image is the digest that its name stands for; the bundle is attached to it in the registry.
#[derive(Debug, Args)]
pub(crate) struct SignArguments {
    /// What to sign: a file, sha256:HEX, or registry: and the name of an image
    #[arg(value_name = "SUBJECT", required_unless_present = "subjects_from")]
    pub(crate) subjects: Vec<String>,
    /// Sign the files that a list names, if they are what it says (SHA256SUMS, SHA512SUMS)
    #[arg(long, value_name = "FILE")]
    pub(crate) subjects_from: Option<PathBuf>,
    /// Where to write the bundle; FILE.sigstore.json beside each file, when left out
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// Sign the images of an index too, each before the index itself
    #[arg(long)]
    pub(crate) recursive: bool,
    /// Sign images in the layout of cosign 2 as well: a signature of its own, under a tag. Needs a log of version 1, or a key
    /// and --no-tlog
    #[arg(long)]
    pub(crate) cosign_layout: bool,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}
