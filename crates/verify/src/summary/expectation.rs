//! What is expected of a summary.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use plimsoll_attest::SlsaResult;

use crate::{LogRule, Pattern, Repository, SignerExpectation};

/// What a summary has to prove: by whom it may be made, and what it has to say.
#[derive(Debug, Clone)]
pub struct SummaryExpectation {
    /// What kind of summary.
    pub kind: SummaryKind,
    /// Who may verify, and who signs for each. Nobody else is recognised.
    pub verifiers: Vec<VerifierRule>,
    /// The levels and properties that have to be verified; all of these.
    pub levels: Vec<SlsaResult>,
    /// The least level of every dependency. `None` asks nothing of them.
    pub dependencies: Option<SlsaResult>,
    /// What it has to be verified against.
    pub policy: PolicyExpectation,
    /// Attestations that have to have been looked at, by one of their digests; all of these.
    pub inputs: Vec<(String, String)>,
    /// Refs of which one has to have led to the commit when it was verified. Empty asks for none.
    pub source_refs: Vec<String>,
    /// How long ago it may have been verified at most, as of `at`.
    pub max_age: Option<SignedDuration>,
    /// Whether there has to be a log entry.
    pub log: LogRule,
    /// How many distinct transparency logs have to vouch for the signature.
    pub logs: usize,
    /// How many distinct timestamp authorities or logs have to vouch for its time.
    pub times: usize,
    /// The latest time at which it may have been signed.
    pub at: Timestamp,
}

impl SummaryExpectation {
    /// A summary of one of these verifiers, with a log entry, signed no later than `at`, whatever its levels.
    #[must_use]
    pub fn new(kind: SummaryKind, verifiers: Vec<VerifierRule>, at: Timestamp) -> Self {
        Self {
            kind,
            verifiers,
            levels: Vec::new(),
            dependencies: None,
            policy: PolicyExpectation::default(),
            inputs: Vec::new(),
            source_refs: Vec::new(),
            max_age: None,
            log: LogRule::Required,
            logs: 1,
            times: 1,
            at,
        }
    }
}

/// A kind of summary.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SummaryKind {
    /// A verification summary of SLSA, version 1.
    Slsa {
        /// What the artifact has to have been verified as.
        resource: ResourceRule,
    },
    /// A simple verification result of in-toto, version 0.2.
    Simple,
}

/// What an artifact has to have been verified as.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ResourceRule {
    /// This URI, byte for byte.
    Exact(String),
    /// A URI that matches.
    Matches(Pattern),
    /// A repository of source, in whatever spelling.
    Repository(Repository),
}

impl ResourceRule {
    /// Whether a resource is the one that is wanted.
    #[must_use]
    pub fn accepts(&self, uri: &str) -> bool {
        match self {
            Self::Exact(wanted) => wanted == uri,
            Self::Matches(pattern) => pattern.matches(uri),
            Self::Repository(wanted) => Repository::parse(uri).as_ref() == Some(wanted),
        }
    }
}

impl fmt::Display for ResourceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(uri) => f.write_str(uri),
            Self::Matches(pattern) => pattern.fmt(f),
            Self::Repository(repository) => repository.fmt(f),
        }
    }
}

/// A pair of verifier and signer, and how far it is trusted.
#[derive(Debug, Clone)]
pub struct VerifierRule {
    /// The verifier, exactly as the summary names it: a URI.
    pub id: String,
    /// Who signs for it.
    pub signer: SignerExpectation,
    /// The highest level of a track that it is believed, where it is not believed any.
    pub at_most: Vec<SlsaResult>,
}

impl VerifierRule {
    /// A verifier that is believed any level.
    #[must_use]
    pub fn new(id: impl Into<String>, signer: SignerExpectation) -> Self {
        Self { id: id.into(), signer, at_most: Vec::new() }
    }
}

/// What something has to have been verified against. What is left out is not checked.
#[derive(Debug, Clone, Default)]
pub struct PolicyExpectation {
    /// The URI of the policy.
    pub uri: Option<String>,
    /// A digest of the policy.
    pub digest: Option<(String, String)>,
}

impl PolicyExpectation {
    /// Whether anything is expected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.uri.is_none() && self.digest.is_none()
    }
}

impl fmt::Display for PolicyExpectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = self.digest.as_ref().map(|(algorithm, value)| format!("{algorithm}:{value}"));
        let parts: Vec<&str> = self.uri.as_deref().into_iter().chain(digest.as_deref()).collect();
        f.write_str(&parts.join(" "))
    }
}
