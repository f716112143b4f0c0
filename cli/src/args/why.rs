//! `plimsoll why`.

use clap::Args;

use super::{ReportFormat, StoreArguments};

/// Say why something is in an artifact: the dependencies that lead to it, the shortest way first
#[derive(Debug, Args)]
pub(crate) struct WhyArguments {
    /// The artifact: its number, digest, name, NAME@VERSION or tag in the inventory; or an SBOM: sbom:FILE, or a file that is there
    #[arg(value_name = "ARTIFACT")]
    pub(crate) artifact: String,
    /// The component: pkg:npm/lodash, with a version or range if need be, or a name such as log4j*
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: String,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// How many ways to show to each component
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) paths: usize,
    /// How to write the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ReportFormat,
}
