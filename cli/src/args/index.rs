//! `plimsoll index`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DataFormat, LimitArguments, NetworkArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    Base(IndexBaseArguments),
    Jars(IndexJarsArguments),
}

/// Make an index of jars by their SHA-1, for `scan --jar-index`
///
/// SOURCE is what holds jars whose place tells what they are: a local Maven repository, the cache of Gradle, Ivy or
/// Coursier, as a directory, archive or image. Other tools can give what they know as a table: on each line a SHA-1 in
/// hexadecimal, a tab and `group:artifact:version[:classifier]`.
#[derive(Debug, Args)]
pub(crate) struct IndexJarsArguments {
    /// Repositories of jars
    #[arg(required_unless_present = "table")]
    pub(crate) source: Vec<OsString>,
    /// Add the jars of a table. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) table: Vec<PathBuf>,
    /// Where to write the index
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Keep 8 bytes of each digest: less than half the size, and less sure
    #[arg(long)]
    pub(crate) short_keys: bool,
    /// Leave out paths that match, relative to the root; `*` does not cross `/`, `**` does. May be given several times
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// How to write what was done
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// Make an index of base images by their layers, for `scan --base-index`
///
/// Only manifests and configs are read. An image is listed under its tag and the digest of its manifest; give --name for
/// another name. Images that an index holds already may be given again under a new name.
#[derive(Debug, Args)]
pub(crate) struct IndexBaseArguments {
    /// Images, as `scan` takes them; every platform of each
    #[arg(required = true)]
    pub(crate) source: Vec<OsString>,
    /// List the image under this name; with one SOURCE
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Start from the images of another index
    #[arg(long, value_name = "FILE")]
    pub(crate) add_to: Option<PathBuf>,
    /// Where to write the index
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}
