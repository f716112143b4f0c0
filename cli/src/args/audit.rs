//! `plimsoll audit`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use plimsoll_advisory::Rating;
use plimsoll_policy::audit::Condition;

use super::{AdvisoriesStore, LimitArguments, NetworkArguments, SourceArguments, StoreArguments};

/// Say which known vulnerabilities and attacks the components of something have
///
/// SUBJECT is an SBOM (sbom: and a path, or a path that is one), or anything that `scan` takes: a directory, an archive, an image.
/// With --fleet it is everything in the inventory. Advisories are those that `plimsoll advisories` keeps on this machine; nothing is
/// asked over the network. What cannot be decided is listed as uncertain, and what no advisories cover is counted.
///
/// VEX statements that were added locally (`vex add --local`) take findings away, and so do those of --vex that somebody signed
/// whom the policy names (its tables vex.signer); others are shown as claims. Exit status 1:
/// something is refused (--fail-on, or a policy). 3: there are no advisories, or they are older than --max-age. 4: nothing is
/// refused, but the SBOM says that it is incomplete.
#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    /// What to look at
    #[arg(required_unless_present = "fleet", conflicts_with = "fleet")]
    pub(crate) subject: Option<OsString>,
    /// Look at the builds that count of everything in the inventory, and note what changed
    #[arg(long)]
    pub(crate) fleet: bool,
    #[command(flatten)]
    pub(crate) store: StoreArguments,
    #[command(flatten)]
    pub(crate) advisories: AdvisoriesStore,
    /// How many days old the advisories may be; 0 for any age [default: 5]
    #[arg(long, value_name = "DAYS")]
    pub(crate) max_age: Option<u32>,
    /// Exit with 1 when something is found that is this: low, medium, high, critical (that bad or worse), kev (known to be
    /// exploited), fixable, unknown, malicious, any. What is malicious is always among it. May be given several times
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = condition)]
    pub(crate) fail_on: Vec<Condition>,
    /// Do not fail on what has no fixed version
    #[arg(long)]
    pub(crate) ignore_unfixed: bool,
    /// Do not fail because the SBOM is incomplete
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    /// Show only what is this bad or worse: low, medium, high, critical. Attacks are always shown
    #[arg(long, value_name = "RATING", value_parser = rating)]
    pub(crate) severity: Option<Rating>,
    /// Show only what has a fixed version. Attacks are always shown
    #[arg(long)]
    pub(crate) fixable_only: bool,
    /// Show also what VEX and exceptions take away
    #[arg(long)]
    pub(crate) show_suppressed: bool,
    /// What to sort by
    #[arg(long, value_name = "BY", default_value = "severity")]
    pub(crate) sort: SortArgument,
    /// Statements about vulnerabilities (OpenVEX, CSAF, CycloneDX): a document, with or without a signature beside it
    /// (FILE.sigstore.json), or a bundle or envelope with a statement that holds it. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) vex: Vec<PathBuf>,
    /// The local directory of statements that count [default: PLIMSOLL_VEX, else plimsoll/vex in the data directory of the user]
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) vex_dir: Option<PathBuf>,
    /// What is refused, in the table vulnerabilities of a policy, and whose VEX counts; --fail-on, --ignore-unfixed and --max-age
    /// come before it
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// The instance to trust about signatures of VEX: public-good, github, or one that `trust add` knows. May be given several
    /// times [default: the roots of the policy]
    #[arg(long, value_name = "NAME")]
    pub(crate) trust: Vec<String>,
    /// Trust the authorities of this file instead. May be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "trust")]
    pub(crate) trusted_root: Vec<PathBuf>,
    /// Do not ask for a log entry where a key of the policy signed VEX
    #[arg(long, requires = "policy")]
    pub(crate) no_tlog: bool,
    /// What is let pass [default: the file that the policy names]
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    /// How to write the report; cyclonedx is a vulnerability disclosure report (VDR)
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: AuditFormat,
    /// The time to judge by, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    #[command(flatten)]
    pub(crate) scan: SourceArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// How an audit is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    Text,
    Json,
    Sarif,
    Cyclonedx,
    Junit,
    Markdown,
    Csv,
}

/// What findings are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortArgument {
    /// The worst first
    Severity,
    /// The most likely to be exploited first
    Epss,
}

fn condition(word: &str) -> Result<Condition, String> {
    Condition::from_word(word).ok_or_else(|| format!("one of {}", Condition::WORDS.join(", ")))
}

fn rating(word: &str) -> Result<Rating, String> {
    Rating::ALL
        .into_iter()
        .find(|rating| rating.as_str() == word)
        .ok_or_else(|| "one of low, medium, high, critical".to_owned())
}
