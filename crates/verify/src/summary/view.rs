//! A summary, whatever its kind.

use std::collections::BTreeMap;

use plimsoll_attest::{
    ResourceDescriptor, SVR_V0_2, SimpleResult, SlsaResult, Statement, Subject, VSA_V1, VerificationResult,
    VerificationSummary,
};

use super::SummaryKind;
use crate::evidence::chain;
use crate::{AnySubject, Code};

/// What a summary says. None of it is more than its signer's word.
#[derive(Debug, Clone, PartialEq)]
pub struct SummaryView {
    /// The type of the predicate.
    pub predicate_type: String,
    /// Who verified: a URI.
    pub verifier: String,
    /// Versions of its parts.
    pub versions: BTreeMap<String, String>,
    /// When, as it is written.
    pub time: Option<String>,
    /// What the artifact was verified as. A simple result has none.
    pub resource_uri: Option<String>,
    /// What it was verified against.
    pub policies: Vec<ResourceDescriptor>,
    /// The attestations that were looked at, as far as they are told.
    pub inputs: Vec<ResourceDescriptor>,
    /// What came of it. What a simple result lists has passed.
    pub result: VerificationResult,
    /// The highest level of each track, and properties.
    pub levels: Vec<SlsaResult>,
    /// How many dependencies are at each level. `Some` and empty: there are none.
    pub dependency_levels: Option<BTreeMap<String, u64>>,
    /// The refs that led to the commit when it was verified, where it is one.
    pub source_refs: Vec<String>,
}

/// More refs than this are not looked at.
const MAX_REFS: usize = 4096;

impl SummaryView {
    /// What a statement of the wanted kind says about a subject.
    pub(super) fn of(statement: &Statement, kind: &SummaryKind, about: &AnySubject) -> Result<Self, (Code, String)> {
        let malformed = |error| (Code::Summary, chain(&error));
        let misnamed = |error| (Code::LevelName, chain(&error));
        let wanted = match kind {
            SummaryKind::Slsa { .. } => VSA_V1,
            SummaryKind::Simple => SVR_V0_2,
        };
        if statement.predicate_type() != wanted {
            return Err((Code::SummaryType, format!("it is {} and not {wanted}", statement.predicate_type())));
        }
        let mut view = match kind {
            SummaryKind::Slsa { .. } => {
                let summary = VerificationSummary::of(statement).map_err(malformed)?;
                let levels = summary.levels().map_err(misnamed)?;
                Self::of_slsa(summary, levels)
            }
            SummaryKind::Simple => {
                let result = SimpleResult::of(statement).map_err(malformed)?;
                let levels: Result<Vec<_>, _> = result.properties.iter().map(|text| SlsaResult::parse(text)).collect();
                Self::of_simple(result, levels.map_err(misnamed)?)
            }
        };
        view.predicate_type = wanted.to_owned();
        view.source_refs = source_refs(statement, about);
        Ok(view)
    }

    fn of_slsa(summary: VerificationSummary, levels: Vec<SlsaResult>) -> Self {
        Self {
            predicate_type: String::new(),
            verifier: summary.verifier.id,
            versions: summary.verifier.version,
            time: Some(summary.time_verified).filter(|time| !time.is_empty()),
            resource_uri: Some(summary.resource_uri),
            policies: vec![summary.policy],
            inputs: summary.input_attestations,
            result: summary.verification_result,
            levels,
            dependency_levels: summary.dependency_levels,
            source_refs: Vec::new(),
        }
    }

    fn of_simple(result: SimpleResult, levels: Vec<SlsaResult>) -> Self {
        Self {
            predicate_type: String::new(),
            verifier: result.verifier,
            versions: BTreeMap::new(),
            time: Some(result.time_created),
            resource_uri: None,
            policies: result.policies,
            inputs: Vec::new(),
            result: VerificationResult::Passed,
            levels,
            dependency_levels: None,
            source_refs: Vec::new(),
        }
    }
}

/// The refs of the subjects that are what was asked for, and of no other: a statement may be about several commits.
fn source_refs(statement: &Statement, about: &AnySubject) -> Vec<String> {
    let is_it = |subject: &&Subject| match about {
        AnySubject::Artifact(artifact) => {
            artifact.digests().any(|(algorithm, hex)| subject.digest.get(algorithm.token()).is_some_and(|v| v == hex))
        }
        AnySubject::Named(digests) => digests
            .iter()
            .all(|digest| subject.digest.get(digest.algorithm()).is_some_and(|value| value == digest.value())),
    };
    let named = statement.subjects().iter().filter(is_it).filter_map(|subject| {
        // The specification has `sourceRefs`; drafts of it had `source_refs`.
        ["sourceRefs", "source_refs"].iter().find_map(|key| subject.annotations.get(*key)?.as_array())
    });
    named.flatten().filter_map(|reference| reference.as_str()).map(str::to_owned).take(MAX_REFS).collect()
}
