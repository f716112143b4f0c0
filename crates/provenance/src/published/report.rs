//! What came of asking: a row for each dependency, and how many of each.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_verify::{Code, Verified};

use super::{LeftOut, Service, Signer, What};

/// What is known about the provenance of a dependency. In the order in which it is told, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Status {
    /// There is evidence, and it proves nothing: a wrong signature, another artifact, nobody trusted.
    Invalid,
    /// It is right, and somebody else signed it than was expected.
    UnexpectedIdentity,
    /// Nobody could be asked.
    Unreachable,
    /// Nothing is published.
    None,
    /// It is right, and nobody said who should have signed it.
    Unpinned,
    /// It is right, and signed by who was expected.
    Verified,
}

impl Status {
    /// All of them, the worst first.
    pub const ALL: &'static [Self] =
        &[Self::Invalid, Self::UnexpectedIdentity, Self::Unreachable, Self::None, Self::Unpinned, Self::Verified];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::UnexpectedIdentity => "unexpected-identity",
            Self::Unreachable => "unreachable",
            Self::None => "none",
            Self::Unpinned => "unpinned",
            Self::Verified => "verified",
        }
    }

    /// What it means.
    #[must_use]
    pub fn means(self) -> &'static str {
        match self {
            Self::Invalid => "there is evidence, and it proves nothing",
            Self::UnexpectedIdentity => "the evidence is right, and somebody else signed it than was expected",
            Self::Unreachable => "nobody could be asked",
            Self::None => "nothing is published",
            Self::Unpinned => "the evidence is right, and nobody said who should have signed it",
            Self::Verified => "the evidence is right, and signed by who was expected",
        }
    }
}

/// Where the digest comes from that the evidence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Binding {
    /// The SBOM states it.
    Sbom,
    /// The registry says it, which nobody signed: what was installed may be something else.
    Registry,
}

impl Binding {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sbom => "sbom",
            Self::Registry => "registry",
        }
    }
}

/// Who said who should have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpectedBy {
    /// An expectation: where it stands.
    Expectation(String),
    /// The lock: who signed before.
    Lock,
}

/// What a registry says of itself that it knows, and nobody signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asserted {
    /// Who says so.
    pub by: String,
    /// The platform that published.
    pub provider: Option<String>,
    /// The repository.
    pub repository: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// The run of the workflow.
    pub run: Option<String>,
}

/// A piece of evidence, and what it proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The file that it is about, where a component is several.
    pub file: Option<String>,
    /// Where it was in the answer.
    pub place: String,
    /// Its shape.
    pub kind: &'static str,
    /// What it is.
    pub what: What,
    /// The type of its predicate.
    pub predicate_type: Option<String>,
    /// Who signed, when the cryptography holds.
    pub signer: Option<Signer>,
    /// The key that signed it, when a key did.
    pub key: Option<String>,
    /// When it was signed, by who vouches for that.
    pub signed: Option<Timestamp>,
    /// Why it proves nothing.
    pub refused: Option<(Code, String)>,
}

/// An exception that somebody approved, that is in force, and that covers a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Who mends it.
    pub owner: String,
    /// When it ends.
    pub expires: Timestamp,
}

/// A dependency, and what is known about its provenance.
#[derive(Debug)]
#[non_exhaustive]
pub struct Row {
    /// Its package URL.
    pub purl: String,
    /// The same without version.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Who was asked.
    pub service: Service,
    /// What came of it.
    pub status: Status,
    /// Why, in a fragment.
    pub reason: String,
    /// The reason, for programs, where evidence was refused.
    pub code: Option<Code>,
    /// What was expected, where two values differ.
    pub expected: Option<String>,
    /// What there was instead.
    pub actual: Option<String>,
    /// There was provenance before, says the lock.
    pub lost: bool,
    /// Who said who should have signed.
    pub expected_by: Option<ExpectedBy>,
    /// Where the digest comes from; the weakest, where there are several.
    pub binding: Option<Binding>,
    /// Who signed. UNTRUSTED unless the status is *verified*.
    pub signers: Vec<Signer>,
    /// The evidence.
    pub pieces: Vec<Piece>,
    /// What the registry says and nobody signed.
    pub asserted: Option<Asserted>,
    /// The repository that the SBOM states.
    pub stated_repository: Option<String>,
    /// Whether that is the one in the certificate. Nobody signed the SBOM's word: it expects nothing.
    pub matches_stated_repository: Option<bool>,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// Provenance is asked for (`--require`).
    pub required: bool,
    /// Whoever stated who should sign lets another one pass, and wants it told.
    pub tolerated: bool,
    /// An exception that covers it.
    pub excuse: Option<Excuse>,
    /// What proves it: empty unless the status is *verified*.
    pub verified: Vec<Verified>,
}

impl Row {
    /// Whether the answer about it is no, but for an exception that is in force.
    #[must_use]
    pub fn fails(&self) -> bool {
        let bad = match self.status {
            Status::Invalid => true,
            Status::UnexpectedIdentity => !self.tolerated,
            Status::None => self.lost || self.required,
            Status::Unreachable | Status::Unpinned => self.required,
            Status::Verified => false,
        };
        bad && !self.is_excused()
    }

    /// Whether an exception covers it. Evidence that is wrong is excused by nobody.
    #[must_use]
    pub fn is_excused(&self) -> bool {
        self.excuse.is_some() && self.status != Status::Invalid
    }

    /// What an exception has to name to excuse it.
    #[must_use]
    pub fn rule(&self) -> Option<&'static str> {
        Some(match self.status {
            Status::UnexpectedIdentity => "dependencies.unexpected-identity",
            Status::None if self.lost => "dependencies.lost",
            Status::None => "dependencies.none",
            Status::Unreachable => "dependencies.unreachable",
            Status::Unpinned => "dependencies.unpinned",
            Status::Invalid | Status::Verified => return None,
        })
    }
}

/// How many of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Components of the SBOM, the one that it is about not counted.
    pub components: usize,
    /// Those that a service is known for which publishes provenance.
    pub known: usize,
    /// Those that were asked about.
    pub asked: usize,
    /// Those that nobody can be asked about.
    pub not_applicable: usize,
    /// Rows that make the answer no.
    pub failing: usize,
    /// Rows that an exception covers.
    pub excused: usize,
}

/// What came of asking about all.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// A row for each dependency that was asked about: the worst first, then by package URL.
    pub rows: Vec<Row>,
    /// Dependencies that a service is known for and that were left out on purpose (`--only`).
    pub not_asked: Vec<LeftOut>,
    /// Components that nobody can be asked about.
    pub not_applicable: Vec<LeftOut>,
    pub(super) components: usize,
}

impl Report {
    /// How many of each.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            components: self.components,
            known: self.rows.len().saturating_add(self.not_asked.len()),
            asked: self.rows.len(),
            not_applicable: self.not_applicable.len(),
            failing: self.rows.iter().filter(|row| row.fails()).count(),
            excused: self.rows.iter().filter(|row| row.is_excused()).count(),
        }
    }

    /// How many rows have a status.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.rows.iter().filter(|row| row.status == status).count()
    }

    /// Whether somebody could not be asked whom no exception covers.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.rows.iter().any(|row| row.status == Status::Unreachable && !row.is_excused())
    }

    /// Covers rows with exceptions; asked for those that one may cover and that are not fine without.
    pub fn excuse(&mut self, excuse: impl Fn(&Row) -> Option<Excuse>) {
        for row in &mut self.rows {
            row.excuse = None;
            let bad = row.fails() || row.status == Status::Unreachable;
            row.excuse = if bad && row.rule().is_some() { excuse(row) } else { None };
        }
    }
}

/// What has to be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Requirement {
    /// Anything that proves who published it.
    Published,
    /// How it was built.
    Provenance,
}

/// For which services what has to be published.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Required(BTreeMap<Service, Requirement>);

impl Required {
    /// Anything that proves who published it, for these.
    #[must_use]
    pub fn of(services: impl IntoIterator<Item = Service>) -> Self {
        Self(services.into_iter().map(|service| (service, Requirement::Published)).collect())
    }

    /// The same for all.
    #[must_use]
    pub fn all() -> Self {
        Self::of(Service::ALL.iter().copied())
    }

    /// Asks for more; of two requirements the stricter one holds.
    pub fn add(&mut self, service: Service, requirement: Requirement) {
        let held = self.0.entry(service).or_insert(requirement);
        *held = requirement.max(*held);
    }

    pub(super) fn covers(&self, service: Service) -> bool {
        self.0.contains_key(&service)
    }

    pub(super) fn wants_provenance(&self, service: Service) -> bool {
        self.0.get(&service) == Some(&Requirement::Provenance)
    }
}
