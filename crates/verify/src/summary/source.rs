//! The level of source (SLSA Source track): a summary about the commit that something was built from.
//! <https://slsa.dev/spec/v1.2/verifying-source>

use jiff::Timestamp;
use plimsoll_attest::SlsaResult;

use super::judgement::verify_summary;
use super::{ResourceRule, SummaryExpectation, SummaryKind, SummaryOutcome, VerifierRule};
use crate::{AnySubject, Evidence, LogRule, Repository, TrustedRoot, VerifyError};

/// Who is trusted to say at which level source is, and what counts as evidence.
#[derive(Debug, Clone)]
pub struct SourceTrust {
    /// Who may verify, who signs for each, and up to which level each is believed ([`VerifierRule::at_most`]).
    pub verifiers: Vec<VerifierRule>,
    /// Whether there has to be a log entry.
    pub log: LogRule,
    /// The latest time at which it may have been signed.
    pub at: Timestamp,
}

/// Whether summaries prove that a commit of a repository is at least at a level of the Source track, as one of the refs if any
/// is named. Repository and commit are those that the provenance of the artifact was proven to name.
///
/// # Errors
/// The commit is none, in lower-case hex and as a whole, or there is no such level.
pub fn verify_source_level(
    evidence: &[Evidence],
    repository: &Repository,
    commit: &str,
    references: &[String],
    minimum: u8,
    trust: &SourceTrust,
    roots: &[TrustedRoot],
) -> Result<SummaryOutcome, VerifyError> {
    let level = format!("SLSA_SOURCE_LEVEL_{minimum}");
    let level = SlsaResult::parse(&level).map_err(|_| VerifyError::Level { text: level })?;
    let kind = SummaryKind::Slsa { resource: ResourceRule::Repository(repository.clone()) };
    let mut expectation = SummaryExpectation::new(kind, trust.verifiers.clone(), trust.at);
    expectation.levels.push(level);
    expectation.log = trust.log;
    expectation.source_refs = references.to_vec();
    Ok(verify_summary(evidence, &AnySubject::commit(commit)?, &expectation, roots))
}
