//! `plimsoll provenance deps`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use plimsoll_provenance::published::Service;

use super::super::{DocumentArgument, NetworkArguments};

/// Check where every component of an SBOM came from
///
/// For each component the provenance that its registry publishes is found and verified: npm, PyPI, RubyGems, crates.io,
/// GitHub's attestations by digest, what refers to images, and signatures of Maven. It has to be about the digest that the SBOM
/// states. Six things may come of it: verified (by who was expected), unexpected-identity, unpinned (right, but nobody said who
/// should have signed), invalid, none, unreachable. Presence is not trust: say who should sign with --expect, or keep who signs
/// in a lock file.
///
/// Exit status: 1 when something is invalid or signed by somebody else than expected, when the lock says that there was
/// provenance and there is none, and when --require asks for what is none, unpinned or unreachable. 3 when none of that is so,
/// but a service could not be asked (unless --allow-incomplete). Else 0.
#[derive(Debug, Args)]
pub(crate) struct DepsArguments {
    #[command(flatten)]
    pub(crate) document: DocumentArgument,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DepsFormat,
    #[command(flatten)]
    pub(crate) expected: DepsExpectations,
    #[command(flatten)]
    pub(crate) asked: AskArguments,
    /// Answers that `provenance fetch` or --record kept: a file or directory. Nobody else is asked
    #[arg(long, value_name = "PATH", help_heading = "Who is asked", conflicts_with = "record")]
    pub(crate) evidence: Option<PathBuf>,
    /// Keep all answers in this directory, for --evidence
    #[arg(long, value_name = "DIR", help_heading = "Who is asked")]
    pub(crate) record: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// Who should have signed, and what may be missing.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is expected")]
pub(crate) struct DepsExpectations {
    /// The policy, whose table `dependencies` says who should sign, what has to be published, and where the lock is
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// The repository that packages have to be built from: PURL=REPOSITORY, such as pkg:npm/@acme/*=github.com/acme/app. The
    /// first part is a glob over the package URL, with or without version. May be given several times; one that fits is enough
    #[arg(long, value_name = "PURL=REPOSITORY")]
    pub(crate) expect: Vec<String>,
    /// Who vouches for the repositories of --expect, where that is not GitHub Actions or gitlab.com
    #[arg(long, value_name = "URL", requires = "expect")]
    pub(crate) issuer: Option<String>,
    /// Compare with who signed before, as this file says (trust on first use); a change, or provenance that is gone, fails
    #[arg(long, value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,
    /// Add to the lock who signed packages that it does not have. What changed is not replaced
    #[arg(long)]
    pub(crate) update_lock: bool,
    /// A package, as a package URL without version, whose change or loss is taken into the lock. May be given several times
    #[arg(long, value_name = "PURL", requires = "update_lock")]
    pub(crate) accept: Vec<String>,
    /// Ask for provenance: of these services, or of all. What is none, unpinned or unreachable then fails
    #[arg(long, value_name = "SERVICE", value_delimiter = ',', value_parser = ["all", "cargo", "gem", "github", "maven", "npm", "oci", "pypi"])]
    pub(crate) require: Vec<String>,
    /// Exceptions that somebody approved, with the day on which each ends. Their rules are dependencies.none, .lost, .unpinned,
    /// .unreachable and .unexpected-identity
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    /// Do not exit with 3 because a service could not be asked. The report says so
    #[arg(long)]
    pub(crate) allow_incomplete: bool,
    /// The latest time at which it may have been signed (RFC 3339); now, when left out
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// Who is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Who is asked")]
pub(crate) struct AskArguments {
    /// Ask only these services: cargo, gem, github, maven, npm, oci, pypi
    #[arg(long, value_name = "SERVICE", value_delimiter = ',', value_parser = service)]
    pub(crate) only: Vec<Service>,
    /// Ask a mirror instead: SERVICE=URL. With oci=HOST a registry of images on this machine may be asked. May be given several
    /// times
    #[arg(long, value_name = "SERVICE=URL", value_parser = registry)]
    pub(crate) registry: Vec<(Service, String)>,
    /// Components to ask about at a time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub(crate) jobs: u8,
    /// The instance to trust: public-good, github, staging, or one that `trust add` knows. May be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) trust: Vec<String>,
    /// Trust the authorities of this file instead. May be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "trust")]
    pub(crate) trusted_root: Vec<PathBuf>,
}

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DepsFormat {
    Text,
    Json,
    Sarif,
    Markdown,
    Csv,
}

fn service(text: &str) -> Result<Service, String> {
    Service::named(text).ok_or_else(|| {
        let names: Vec<&str> = Service::ALL.iter().map(|service| service.name()).collect();
        format!("one of {} is needed", names.join(", "))
    })
}

fn registry(text: &str) -> Result<(Service, String), String> {
    let (name, address) = text.split_once('=').ok_or("SERVICE=URL is needed")?;
    Ok((service(name)?, address.to_owned()))
}
