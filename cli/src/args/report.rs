//! `plimsoll report`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::GatherArguments;

/// The auditor's file about one artifact: what was checked, what was not, and how to get the same again
///
/// SUBJECT and the evidence about it are named as for `gate`. The report has the digests of all that was read, every check with what was
/// expected and found, the bills of materials with their scores and whether they are true (--scan), exceptions, the controls of CISA's
/// minimum elements, NIST SP 800-218 and 800-53, SLSA, the EU's Cyber Resilience Act and PCI DSS that the checks speak of, and the
/// commands that give the same again. The same input gives the same bytes; name the time with --at. It can be signed like any file.
///
/// Exit status 0: the report is made, whatever it says. 3: what is named cannot be read.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// What to report on
    pub(crate) subject: OsString,
    /// Where to write it; the ending says how: .html, .md or .json. May be given several times [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// How to write it to stdout
    #[arg(long, value_name = "FORMAT", default_value = "markdown", conflicts_with = "output")]
    pub(crate) format: ReportFileFormat,
    #[command(flatten)]
    pub(crate) gather: GatherArguments,
}

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFileFormat {
    Html,
    Markdown,
    Json,
}
