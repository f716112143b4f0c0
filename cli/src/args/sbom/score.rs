//! `plimsoll sbom score`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::DocumentArgument;

/// Score a document by what profiles of fields ask for, and say what to add where
///
/// Profiles: cisa-2026, ntia-2021, bsi-2.1, cra, fsct-3, openchain-telco, sbomqs.
#[derive(Debug, Args)]
pub(crate) struct ScoreArguments {
    #[command(flatten)]
    pub(crate) document: DocumentArgument,
    /// Which fields to ask for, several times for several, or `all`
    #[arg(long, value_name = "NAME", default_value = "cisa-2026", value_parser = ["all", "cisa-2026", "ntia-2021", "bsi-2.1", "cra", "fsct-3", "openchain-telco", "sbomqs"])]
    pub(crate) profile: Vec<String>,
    /// Exit with 1 when a score is lower, from 0 to 100
    #[arg(long, value_name = "N", value_parser = percentage)]
    pub(crate) fail_under: Option<f64>,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text", conflicts_with = "compat")]
    pub(crate) format: ScoreFormat,
    /// Write the JSON that another tool writes
    #[arg(long, value_name = "TOOL")]
    pub(crate) compat: Option<CompatTool>,
    /// Places to list of each field: a number, or `all`
    #[arg(long, value_name = "N", default_value = "5", value_parser = offenders)]
    pub(crate) offenders: usize,
    /// A detached signature of the document. It must be there; it is not verified here
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: Option<PathBuf>,
}

/// How a score is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScoreFormat {
    Text,
    Json,
    Markdown,
    Csv,
    Sarif,
}

/// Whose JSON is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompatTool {
    Sbomqs,
}

fn percentage(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=100.0).contains(number));
    number.ok_or_else(|| "a number from 0 to 100 is needed".to_owned())
}

fn offenders(text: &str) -> Result<usize, String> {
    if text == "all" {
        return Ok(usize::MAX);
    }
    text.parse().map_err(|_| "a number or `all` is needed".to_owned())
}
