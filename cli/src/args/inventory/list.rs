//! `plimsoll inventory list`.

use clap::Args;

use super::StoreArguments;
use crate::args::TableFormat;

/// List the artifacts, in the order in which they were added
#[derive(Debug, Args)]
pub(crate) struct InventoryListArguments {
    /// Only artifacts with a name like this; `*` stands for anything
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// Only artifacts that have this label; `*` stands for anything in the value. May be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) label: Vec<String>,
    /// Only artifacts for this environment: short for --label environment=NAME
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Only artifacts of this team: short for --label team=NAME
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
    /// How many to list
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    /// Go on after the place that the list before ended at
    #[arg(long, value_name = "PLACE")]
    pub(crate) after: Option<u64>,
    /// How to write the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: TableFormat,
}
