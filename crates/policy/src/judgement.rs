//! An artifact and all evidence about it, against what a policy expects.
//!
//! Every expectation that names the artifact has to hold. For each, every piece of evidence is verified
//! ([`plimsoll_verify::verify_provenance`]); one build that is proven is enough, or as many by distinct builders as the threshold says. What an
//! exception may excuse is an expectation that does not hold of a build whose cryptography does and whose signer is recognised,
//! or provenance that is missing altogether. It never excuses a signature, certificate or log entry that is wrong, a signer that
//! is not recognised, or a document that contradicts its certificate.

mod attested;
mod build;
mod excuse;
mod prove;
mod source;

use std::collections::BTreeSet;

use jiff::Timestamp;
use plimsoll_verify::{BuildCheck, BuildCheckState, Code, Evidence, LogRule, Subject, TrustedRoot, VerifierRule};

use self::attested::attested;
pub(crate) use self::attested::log_for;
pub use self::build::{Build, BuildState};
use self::excuse::{excuse, excused, is_missing};
use self::prove::prove;
use self::source::source_level;
use crate::expect::of_version;
use crate::{ArtifactExpectation, Exceptions, Name, Policy, PolicyBuilder};

/// What is expected, and of whom.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// What artifacts have to be.
    pub expectations: &'a [ArtifactExpectation],
    /// Who may build, and how much that is worth.
    pub builders: &'a [PolicyBuilder],
    /// Who is believed about the level of source.
    pub sources: &'a [VerifierRule],
}

impl<'a> From<&'a Policy> for Rules<'a> {
    fn from(policy: &'a Policy) -> Self {
        let (expectations, builders) = (policy.expectations(), policy.builders());
        Self { expectations, builders, sources: policy.source_verifiers() }
    }
}

/// An artifact, all that is known about it, and how evidence is to be taken.
#[derive(Debug, Clone, Copy)]
pub struct Evidences<'a> {
    /// What it is called.
    pub names: &'a [Name],
    /// What it is.
    pub subject: &'a Subject,
    /// All evidence about it.
    pub evidence: &'a [Evidence],
    /// Whom to believe.
    pub roots: &'a [TrustedRoot],
    /// What somebody lets pass.
    pub exceptions: &'a Exceptions,
    /// Whether there has to be a log entry, where a builder does not say.
    pub log: LogRule,
    /// How many distinct logs have to hold the signature.
    pub logs: usize,
    /// How many distinct authorities have to vouch for its time.
    pub times: usize,
    /// The time of verification.
    pub at: Timestamp,
}

/// What came of it, for each expectation that names the artifact.
#[derive(Debug)]
pub struct Judgement {
    verdicts: Vec<Verdict>,
}

impl Judgement {
    /// Whether it is named by an expectation, and all that name it hold or are excused.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        !self.verdicts.is_empty() && self.verdicts.iter().all(|verdict| verdict.state != VerdictState::Denied)
    }

    /// One for each expectation that names the artifact, in the order of the policy. None: what is not named is not allowed.
    #[must_use]
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// The ids of the exceptions that made a difference.
    #[must_use]
    pub fn excused_by(&self) -> BTreeSet<String> {
        self.verdicts.iter().flat_map(|verdict| verdict.excuses.iter().map(|(_, id)| id.clone())).collect()
    }
}

/// What came of one expectation.
#[derive(Debug)]
pub struct Verdict {
    line: u32,
    state: VerdictState,
    checks: Vec<BuildCheck>,
    builds: Vec<Build>,
    excuses: Vec<(Code, String)>,
}

/// Whether an expectation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerdictState {
    /// It does.
    Passed,
    /// It does not, and somebody lets it pass.
    Excused,
    /// It does not.
    Denied,
}

impl Verdict {
    /// The line of the expectation in the policy; 0 when it is of none.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Whether it holds.
    #[must_use]
    pub fn state(&self) -> VerdictState {
        self.state
    }

    /// What was checked of the artifact, beside what was of each build.
    #[must_use]
    pub fn checks(&self) -> &[BuildCheck] {
        &self.checks
    }

    /// All evidence, as builds that are proven, excused or refused.
    #[must_use]
    pub fn builds(&self) -> &[Build] {
        &self.builds
    }

    /// What was excused, and by which exception.
    #[must_use]
    pub fn excuses(&self) -> &[(Code, String)] {
        &self.excuses
    }

    /// Why it does not hold: of each thing that does not, the reason.
    #[must_use]
    pub fn codes(&self) -> BTreeSet<Code> {
        let builds = self.builds.iter().filter(|_| !self.has_build()).flat_map(Build::codes);
        self.checks.iter().filter_map(failed).chain(builds).collect()
    }

    fn has_build(&self) -> bool {
        self.builds.iter().any(|build| build.state != BuildState::Refused)
    }
}

fn failed(check: &BuildCheck) -> Option<Code> {
    match check.state {
        BuildCheckState::Failed(code) => Some(code),
        _ => None,
    }
}

/// Judges an artifact by all expectations that name it.
#[must_use]
pub fn judge(rules: Rules<'_>, known: &Evidences<'_>) -> Judgement {
    let mut names = known.names.to_vec();
    names.extend(Name::digests(known.subject));
    let known = Evidences { names: &names, ..*known };
    let verdict = |expectation: &ArtifactExpectation| {
        let versions = expectation.concerns(known.names)?;
        Some(weigh(expectation, &versions, rules, &known))
    };
    Judgement { verdicts: rules.expectations.iter().filter_map(verdict).collect() }
}

fn weigh(
    expectation: &ArtifactExpectation,
    versions: &BTreeSet<String>,
    rules: Rules<'_>,
    known: &Evidences<'_>,
) -> Verdict {
    let mut checks = Vec::new();
    let mut wanted = expectation.build.clone();
    if !expectation.versioned.is_empty() {
        match (versions.first(), versions.len()) {
            (Some(version), 1) => wanted.references.extend(of_version(&expectation.versioned, version)),
            (_, count) => checks.push(BuildCheck {
                name: "ref",
                state: BuildCheckState::Failed(Code::VersionedTag),
                expected: expectation.versioned.first().map(ToString::to_string),
                actual: Some(format!("the names of the artifact say {count} versions")),
                place: "policy".into(),
            }),
        }
    }
    let mut builds = prove(expectation, &wanted, rules.builders, known);
    let mut excuses = Vec::new();
    let mut count = distinct(&builds);
    if count < expectation.threshold {
        for build in &mut builds {
            excuse(build, known, &mut excuses);
        }
        count = distinct(&builds);
    }
    let missing = is_missing(&builds);
    if missing && let Some(id) = excused(Code::NoEvidence, known) {
        excuses.push((Code::NoEvidence, id));
    } else if count > 0 {
        enough(&mut checks, count, expectation.threshold);
    }
    checks.extend(source_level(expectation.source_level, &builds, rules, known));
    for attestation in &expectation.attestations {
        checks.push(attested(attestation, &builds, rules.builders, known));
    }
    let mut open: Vec<Code> = Vec::new();
    for code in checks.iter().filter_map(failed) {
        match excused(code, known) {
            Some(id) => excuses.push((code, id)),
            None => open.push(code),
        }
    }
    let proven = count > 0 || (missing && excuses.iter().any(|(code, _)| *code == Code::NoEvidence));
    let state = match (proven && open.is_empty(), excuses.is_empty()) {
        (true, true) => VerdictState::Passed,
        (true, false) => VerdictState::Excused,
        (false, _) => VerdictState::Denied,
    };
    Verdict { line: expectation.line, state, checks, builds, excuses }
}

/// How many distinct builders are proven or excused.
fn distinct(builds: &[Build]) -> usize {
    let good = builds.iter().filter(|build| build.state != BuildState::Refused);
    good.filter_map(Build::builder_id).collect::<BTreeSet<_>>().len()
}

fn enough(checks: &mut Vec<BuildCheck>, count: usize, threshold: usize) {
    let state = match (count >= threshold, threshold) {
        (true, 0 | 1) => return,
        (true, _) => BuildCheckState::Passed,
        (false, _) => BuildCheckState::Failed(Code::TooFewBuilders),
    };
    checks.push(BuildCheck {
        name: "builders",
        state,
        expected: Some(format!("{threshold} distinct builders")),
        actual: Some(count.to_string()),
        place: "evidence".into(),
    });
}

#[cfg(test)]
mod tests;
