//! `plimsoll advisories`: what is known to be vulnerable.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DataFormat, NetworkArguments, VerificationArguments};

/// Keep advisories on this machine: fetch, carry, show them
#[derive(Debug, Subcommand)]
pub(crate) enum AdvisoriesCommand {
    Update(AdvisoriesUpdateArguments),
    Import(Box<AdvisoriesImportArguments>),
    Export(AdvisoriesExportArguments),
    Add(AdvisoriesAddArguments),
    Show(AdvisoriesShowArguments),
    Status(AdvisoriesStatusArguments),
}

/// Where advisories are kept.
#[derive(Debug, Clone, Args)]
pub(crate) struct AdvisoriesStore {
    /// The file of advisories, or the directory that holds it; else PLIMSOLL_ADVISORIES, else below the data directory of
    /// this user
    #[arg(long, value_name = "PATH")]
    pub(crate) advisories: Option<PathBuf>,
}

/// Fetch advisories from where OSV publishes them, or what has changed since, and what is known of exploitation
///
/// An ecosystem that is not here yet is fetched whole, another one record by record where few have changed. What cannot be
/// fetched leaves what is here as it is, and the status is 3.
#[derive(Debug, Args)]
pub(crate) struct AdvisoriesUpdateArguments {
    /// Fetch the advisories about an ecosystem, such as PyPI or Debian; may be given several times. Those that are here, when
    /// left out, and where none are all that there are
    #[arg(long, value_name = "NAME")]
    pub(crate) ecosystem: Vec<String>,
    /// Where they are: a copy of the public storage of OSV
    #[arg(long, value_name = "URL", default_value = "https://storage.googleapis.com/osv-vulnerabilities")]
    pub(crate) from: String,
    /// The catalogue of vulnerabilities that are known to be exploited (KEV of CISA); `none` for not to fetch it
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
    )]
    pub(crate) kev: String,
    /// The probabilities of exploitation (EPSS of FIRST); `none` for not to fetch them
    #[arg(long, value_name = "URL", default_value = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz")]
    pub(crate) epss: String,
    /// Fetch everything, also where little has changed
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) store: AdvisoriesStore,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Read advisories from files: dumps of OSV (all.zip), directories of them, single records, KEV, EPSS, or an exported file
///
/// They are as old as the newest record among them, whatever the day of the import. An exported file takes the place of what is
/// here; with --key or --identity only when whoever is named has signed it.
#[derive(Debug, Args)]
pub(crate) struct AdvisoriesImportArguments {
    /// The files and directories
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Forget what is here before
    #[arg(long)]
    pub(crate) replace: bool,
    /// Say of which moment the files are (RFC 3339), where their records do not
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
    /// Take an exported file only if it has this digest, as `advisories export` and `advisories status` print it
    #[arg(long, value_name = "DIGEST")]
    pub(crate) digest: Option<String>,
    /// The bundle about an exported file; FILE.sigstore.json when left out. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) expected: VerificationArguments,
    #[command(flatten)]
    pub(crate) store: AdvisoriesStore,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Write all advisories to one file, for a machine without a network. Sign it with `plimsoll sign`
#[derive(Debug, Args)]
pub(crate) struct AdvisoriesExportArguments {
    /// Where to
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) store: AdvisoriesStore,
}

/// Add advisories of your own: OSV records, one a file. They stay until one of the same id takes their place
#[derive(Debug, Args)]
pub(crate) struct AdvisoriesAddArguments {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) store: AdvisoriesStore,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Show what is said under an id: that of an advisory, a CVE, or another alias
#[derive(Debug, Args)]
pub(crate) struct AdvisoriesShowArguments {
    /// The id, such as GHSA-jfh8-c2jp-5v3q or CVE-2021-44228
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) store: AdvisoriesStore,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Say what advisories are here, about what, and how old they are
#[derive(Debug, Args)]
pub(crate) struct AdvisoriesStatusArguments {
    /// Fail with status 3 when they are older than so many days
    #[arg(long, value_name = "DAYS")]
    pub(crate) max_age: Option<u32>,
    #[command(flatten)]
    pub(crate) store: AdvisoriesStore,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}
