//! `plimsoll inventory scan`.

use std::path::PathBuf;

use clap::Args;

use super::{LabelArguments, StoreArguments};
use crate::args::{LimitArguments, NetworkArguments, SourceArguments, VerificationArguments};

/// Scan everything on a list, or in a registry, and keep what was found
///
/// The list is kept in the inventory: when the scan is stopped, the same command goes on where it was. With a PostgreSQL store any number of
/// processes on any machines may work on one list; what one of them was at when it died is taken over by the others.
#[derive(Debug, Args)]
pub(crate) struct InventoryScanArguments {
    /// What to scan: a file with a name each line, - for standard input, or registry:HOST for all repositories of a registry, or
    /// registry:HOST/PATH for those below a path
    #[arg(long, value_name = "LIST")]
    pub(crate) from: String,
    /// Of a registry, only tags that match
    #[arg(long, value_name = "GLOB")]
    pub(crate) tag_glob: Option<String>,
    /// Of each repository of a registry, only so many images: those that were built last
    #[arg(long, value_name = "N")]
    pub(crate) newest: Option<usize>,
    /// The name of the list in the inventory [default: what --from says]
    #[arg(long, value_name = "NAME")]
    pub(crate) list: Option<String>,
    /// Scan also what was scanned, or given up, before
    #[arg(long)]
    pub(crate) again: bool,
    /// Images at once
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: u16,
    /// Take the SBOM that is attached to an image instead of scanning it, where its signature holds (--identity and --issuer, or --key)
    #[arg(long)]
    pub(crate) prefer_attached_sbom: bool,
    /// Print each image in which this is found, as soon as it is: a question as `plimsoll find` takes it
    #[arg(long, value_name = "QUERY")]
    pub(crate) hunt: Option<String>,
    /// Tell a server of each hit, in JSON
    #[arg(long, value_name = "URL", requires = "hunt")]
    pub(crate) notify: Option<String>,
    /// Sign what the server is told (HMAC-SHA-256) with the bytes of a file
    #[arg(long, value_name = "FILE", requires = "notify")]
    pub(crate) notify_key: Option<PathBuf>,
    /// Write what could not be scanned, and why, to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) failures: Option<PathBuf>,
    /// Seconds for which a process may be silent before others take over what it was at
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(i64).range(3..=86_400))]
    pub(crate) lease: i64,
    /// How often an image is tried at most
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) attempts: u32,
    /// Exit with 4 when an image could not be scanned
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    #[command(flatten)]
    pub(crate) labels: LabelArguments,
    #[command(flatten)]
    pub(crate) source: SourceArguments,
    #[command(flatten)]
    pub(crate) expected: VerificationArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}
