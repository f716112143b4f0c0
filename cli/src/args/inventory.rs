//! `plimsoll inventory`.

mod add;
mod list;
mod scan;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(crate) use add::InventoryAddArguments;
pub(crate) use list::InventoryListArguments;
pub(crate) use scan::InventoryScanArguments;

/// Keep the SBOMs and attestations of everything that is built and runs, and say what is in them
#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    Add(Box<InventoryAddArguments>),
    List(InventoryListArguments),
    Scan(Box<InventoryScanArguments>),
}

/// Which inventory.
#[derive(Debug, Clone, Args)]
pub(crate) struct StoreArguments {
    /// The inventory: a file, or postgres://USER@HOST/DATABASE [default: inventory.db in the data directory; environment:
    /// PLIMSOLL_STORE]
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<String>,
}

/// What artifacts are called besides.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What to call the artifacts")]
pub(crate) struct LabelArguments {
    /// Give the artifacts a label. May be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) label: Vec<String>,
    /// The environment that they are for, such as prod: short for --label environment=NAME
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// The team that they belong to: short for --label team=NAME
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
    /// Who answers for them: short for --label owner=NAME
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,
    /// The service that they are part of: short for --label service=NAME
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Option<String>,
}

/// Where a list of names comes from.
#[derive(Debug, Clone, Args)]
pub(crate) struct FromListArgument {
    /// Read the names of files from a file, one a line; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) from_list: Option<PathBuf>,
}
