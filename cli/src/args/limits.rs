//! `--max-…`: the limits on hostile input.

use clap::Args;
use plimsoll_model::Limits;

/// The limits; what is not given keeps its default.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits on hostile input")]
pub(crate) struct LimitArguments {
    /// Bytes that all decompression together may produce [default: 64 GiB]
    #[arg(long, value_name = "BYTES")]
    max_total_bytes: Option<u64>,
    /// Bytes of one file that may be held in memory [default: 256 MiB]
    #[arg(long, value_name = "BYTES")]
    max_member_bytes: Option<u64>,
    /// Ratio of output to input of compressed data, past 64 MiB [default: 1000]
    #[arg(long, value_name = "N")]
    max_ratio: Option<u64>,
    /// Archives within archives [default: 8]
    #[arg(long, value_name = "N")]
    max_nesting: Option<u32>,
    /// Entries of one archive or directory tree [default: 5000000]
    #[arg(long, value_name = "N")]
    max_entries: Option<u64>,
    /// Bytes of a path [default: 4096]
    #[arg(long, value_name = "BYTES")]
    max_path_bytes: Option<usize>,
    /// Nesting of JSON, YAML, TOML and XML [default: 128]
    #[arg(long, value_name = "N")]
    max_depth: Option<u32>,
    /// Nodes of a YAML document, aliases counted each time [default: 1000000]
    #[arg(long, value_name = "N")]
    max_yaml_nodes: Option<u64>,
}

impl LimitArguments {
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::DEFAULT;
        set(&mut limits.total_bytes, self.max_total_bytes);
        set(&mut limits.member_bytes, self.max_member_bytes);
        set(&mut limits.ratio, self.max_ratio);
        set(&mut limits.nesting, self.max_nesting);
        set(&mut limits.entries, self.max_entries);
        set(&mut limits.path_bytes, self.max_path_bytes);
        set(&mut limits.depth, self.max_depth);
        set(&mut limits.yaml_nodes, self.max_yaml_nodes);
        limits
    }
}

fn set<T>(limit: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *limit = given;
    }
}
