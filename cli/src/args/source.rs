//! How a source is scanned, the same in every command that scans one.

use std::path::PathBuf;

use clap::Args;

use super::ScopeArgument;

/// How the source is scanned.
#[derive(Debug, Clone, Args)]
pub(crate) struct SourceArguments {
    /// Which layers of an image count
    #[arg(long, value_name = "SCOPE", default_value = "squashed")]
    pub(crate) scope: ScopeArgument,
    /// Platform of a multi-platform image: os/arch[/variant], or `all` for one document each ({os}-{arch} in PATH)
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<String>,
    /// Do not hash content: faster, but what was scanned may not be what its manifest names. The document says so
    #[arg(long)]
    pub(crate) insecure_skip_digests: bool,
    /// Leave out paths that match, relative to the root; `*` does not cross `/`, `**` does. May be given several times
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Leave out components all of whose files belong to packages of the operating system
    #[arg(long)]
    pub(crate) exclude_os_owned: bool,
    /// Keep what is found in the layers of images here, so that layers seen before need not be read again (environment:
    /// PLIMSOLL_CACHE). Changes no result
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// Say which image an image is built on, from an index that `plimsoll index base` made
    #[arg(long, value_name = "FILE")]
    pub(crate) base_index: Option<PathBuf>,
    /// Leave out what came with the image that an image is built on
    #[arg(long, requires = "base_index")]
    pub(crate) minus_base: bool,
    /// Do not identify executables, and the libraries linked into them, by signatures
    #[arg(long)]
    pub(crate) no_classify: bool,
    /// More signatures, in TOML; one with the id of a built-in one takes its place
    #[arg(long, value_name = "FILE", conflicts_with = "no_classify")]
    pub(crate) classifier_rules: Option<PathBuf>,
    /// Name jars that do not say what they are by their digest, from an index that `plimsoll index jars` made
    #[arg(long, value_name = "FILE")]
    pub(crate) jar_index: Option<PathBuf>,
}
