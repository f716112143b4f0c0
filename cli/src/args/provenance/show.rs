//! `plimsoll provenance show`.

use clap::Args;

use super::super::{DataFormat, NetworkArguments};

/// Show what provenance says of a build, verified or not
///
/// Reads provenance of any shape and shows the build that it tells of: builder, type, source, ref, commit, workflow, inputs,
/// parameters. Nothing is verified, and it is labelled so: anybody may have written it. Of an image also the statements that
/// BuildKit puts beside it are shown, which nobody signs.
#[derive(Debug, Args)]
pub(crate) struct ProvenanceShowArguments {
    /// FILE (a bundle, JSON lines, an envelope, a bare statement), registry:HOST/REPOSITORY:TAG, or oci-layout:DIRECTORY:TAG
    #[arg(value_name = "FILE|IMAGE", required = true)]
    pub(crate) places: Vec<String>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}
