//! What a gate looks at.

use jiff::Timestamp;
use plimsoll_advisory::AdvisorySource;
use plimsoll_advisory::vex::VexBook;
use plimsoll_model::Purl;
use plimsoll_sbom::Document;
use plimsoll_sbom::check::Check as SbomCheck;
use plimsoll_verify::{Evidence, LogRule, Subject, TrustedRoot};

use crate::{Exceptions, Name, Policy};

/// An artifact, all that is known about it, and by what it is judged.
#[derive(Clone, Copy)]
pub struct GateInput<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// What somebody lets pass.
    pub exceptions: &'a Exceptions,
    /// What the artifact is called; its digests need not be named.
    pub names: &'a [Name],
    /// What it is.
    pub subject: &'a Subject,
    /// All evidence about it, good or bad.
    pub evidence: &'a [Evidence],
    /// Whom to believe.
    pub roots: &'a [TrustedRoot],
    /// Whether there has to be a log entry, where a rule does not say.
    pub log: LogRule,
    /// What was found by looking into the artifact.
    pub observed: Option<&'a Observed>,
    /// SBOMs that nobody signed. They add reasons to refuse and take none away.
    pub loose: &'a [LooseSbom],
    /// What is known about the artifact as an image.
    pub image: Option<&'a ImageFacts>,
    /// Advisories; `None` when there are none, which is not the same as none that affect it.
    pub advisories: Option<&'a dyn AdvisorySource>,
    /// What is said about advisories.
    pub vex: &'a VexBook,
    /// Since when a version of a package is out, as far as somebody knows.
    pub published: &'a (dyn Fn(&Purl) -> Option<Timestamp> + Sync),
    /// How old advisories may be, in days, where the policy does not say.
    pub max_age_days: u32,
    /// That contents which are not known as a whole are enough. It is recorded.
    pub allow_incomplete: bool,
    /// The time of the decision.
    pub at: Timestamp,
}

/// What was found by looking into the artifact: or what it says itself, where the artifact is an SBOM.
#[derive(Debug, Clone)]
pub struct Observed {
    /// What is in it.
    pub document: Document,
    /// Whether something could not be read.
    pub incomplete: bool,
    /// Each proven SBOM compared with the artifact, by the place of its evidence.
    pub checks: Vec<(String, SbomCheck)>,
    /// The artifact is an SBOM, and this is what it says.
    pub is_artifact: bool,
}

/// An SBOM that nobody signed.
#[derive(Debug, Clone)]
pub struct LooseSbom {
    /// Where it was.
    pub place: String,
    /// What it says.
    pub document: Document,
}

/// What is known about an image from itself, bound by its digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageFacts {
    /// The name of its base: the annotation `org.opencontainers.image.base.name`.
    pub base_name: Option<String>,
    /// The digest of its base: `org.opencontainers.image.base.digest`.
    pub base_digest: Option<String>,
    /// When its base was made, where that is known.
    pub base_created: Option<Timestamp>,
    /// When it was made itself.
    pub created: Option<Timestamp>,
    /// The diffIDs of its layers, the lowest first.
    pub layers: Vec<String>,
}
