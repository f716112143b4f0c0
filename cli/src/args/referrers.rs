//! `plimsoll referrers` and `plimsoll copy`.

use clap::Args;
use plimsoll_registry::CopyPlace;

use super::{DataFormat, NetworkArguments};

/// List what refers to an image: signatures, SBOMs, attestations
///
/// Shown are the referrers of OCI 1.1 (of registries without them, those of the tag `sha256-HEX`), the tags of cosign
/// (`.sig`, `.att`, `.sbom`) and the attestations of BuildKit; for each image of an index, and for what refers to others.
/// Nothing is verified: the list says what there is, not whether it is true.
#[derive(Debug, Args)]
pub(crate) struct ReferrersArguments {
    /// registry:HOST/REPOSITORY:TAG, or oci-layout:DIRECTORY:TAG
    #[arg(value_name = "IMAGE", value_parser = CopyPlace::parse)]
    pub(crate) image: CopyPlace,
    /// Only those of this artifact type, or whose predicate has this type, and what refers to them
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) wanted_type: Option<String>,
    /// How to write the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
    /// How many referrers of one manifest are read; more are an error
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub(crate) max_referrers: usize,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// Copy an image and what refers to it, between registries and OCI layouts
///
/// Everything keeps its digest and is compared with it. What is there already is not sent again, so that a copy that was
/// interrupted is repeated. The digest is written to stdout.
#[derive(Debug, Args)]
pub(crate) struct CopyArguments {
    /// registry:HOST/REPOSITORY:TAG, or oci-layout:DIRECTORY:TAG
    #[arg(value_name = "SRC", value_parser = CopyPlace::parse)]
    pub(crate) source: CopyPlace,
    /// The same; a layout gets the tag of SRC when it is given none
    #[arg(value_name = "DST", value_parser = CopyPlace::parse)]
    pub(crate) target: CopyPlace,
    /// Leave out signatures, SBOMs and attestations that refer to the image or have a tag of cosign's
    #[arg(long)]
    pub(crate) no_referrers: bool,
    /// How to write what was done
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
    /// How many referrers of one manifest are copied; more are an error
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub(crate) max_referrers: usize,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}
