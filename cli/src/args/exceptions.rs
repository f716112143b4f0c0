//! `plimsoll exceptions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DataFormat;

/// Look at what somebody lets pass: whether it still counts, until when, and what is wrong with it
#[derive(Debug, Subcommand)]
pub(crate) enum ExceptionsCommand {
    /// List exceptions with their state and the days that are left
    List(ExceptionsArguments),
    /// Say what is wrong with exceptions: those that are over, too long, too broad, not signed, or approved by who may not
    ///
    /// Exit status 1: something is wrong.
    Check(ExceptionsArguments),
}

/// Which exceptions, and by what they are judged.
#[derive(Debug, Args)]
pub(crate) struct ExceptionsArguments {
    /// The file of exceptions [default: the one that the policy names]
    #[arg(value_name = "FILE", required_unless_present = "policy")]
    pub(crate) file: Option<PathBuf>,
    /// The policy that says how long they may live, who may approve them and who has to have signed them
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Do not ask for a log entry of what a key signed
    #[arg(long, requires = "policy")]
    pub(crate) no_tlog: bool,
    /// Leave out those with more days left than these
    #[arg(long, value_name = "DAYS")]
    pub(crate) within: Option<u32>,
    /// The time to judge by, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}
