//! `plimsoll index`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DataFormat, LimitArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
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
}
