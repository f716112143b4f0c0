//! `plimsoll inventory stats`.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::StoreArguments;

/// Say how things are going: findings that came up, were fixed and are open, how long that takes, and how much is known
///
/// Told from the events that `audit --fleet` notes. Times to fix count what is still open for as long as it has been (Kaplan and
/// Meier), so that they do not look better because the hard ones are not done. `-` stands for a time that has not come to pass.
#[derive(Debug, Args)]
pub(crate) struct InventoryStatsArguments {
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    /// From when: a day or an RFC 3339 time [default: 90 days before the end]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Option<Timestamp>,
    /// To before when [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<Timestamp>,
    /// What to break it down by
    #[arg(long, value_name = "WHAT", default_value = "team")]
    pub(crate) by: BreakdownArgument,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: StatsFormat,
}

/// What statistics are broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BreakdownArgument {
    Team,
    Env,
    Severity,
    Lineage,
}

/// How statistics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatsFormat {
    Text,
    Csv,
    Json,
}

fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let date = if text.len() == "2026-12-31".len() { text.parse::<Date>().ok() } else { None };
    let time = date.and_then(|date| date.to_zoned(TimeZone::UTC).ok()).map(|zoned| zoned.timestamp());
    time.ok_or_else(|| "neither a day such as 2026-12-31 nor an RFC 3339 time".to_owned())
}
