//! What several rules need, worked out once.

use std::sync::OnceLock;

use plimsoll_model::Limits;
use plimsoll_sbom::{Document, map};
use plimsoll_verify::{
    BuildCheck, BuildCheckState, Expectation, LogRule, Outcome, SignerExpectation, Verified, VerifiedTime, verify,
};

use super::{GateCheck, GateCode, GateInput};
use crate::{ArtifactExpectation, Build, BuildState, Evidences, Judgement, Rules, Verdict, judge};

/// The input, and what several rules need of it.
pub(super) struct Context<'a> {
    pub(super) input: &'a GateInput<'a>,
    judgement: OnceLock<Judgement>,
    sboms: OnceLock<Sboms>,
}

/// The SBOMs that are proven, and what is wrong with the others.
#[derive(Debug, Default)]
pub(super) struct Sboms {
    /// Signed by somebody whom the policy names, about this artifact, and read.
    pub(super) proven: Vec<ProvenSbom>,
    /// Signed so, and not to be read: place and reason.
    pub(super) unreadable: Vec<(String, String)>,
    /// What was refused: place, code and reason.
    pub(super) refused: Vec<(String, String, String)>,
}

/// An SBOM that is proven.
#[derive(Debug)]
pub(super) struct ProvenSbom {
    pub(super) place: String,
    pub(super) predicate_type: String,
    pub(super) document: Document,
    pub(super) parsed: plimsoll_sbom::encoding::Parsed,
    pub(super) times: Vec<VerifiedTime>,
    pub(super) signer: String,
}

/// Components to be looked at, and where they are from.
pub(super) struct Contents<'a> {
    pub(super) place: &'a str,
    pub(super) document: &'a Document,
    /// `observed`, `signed claim` or `unsigned claim`.
    pub(super) claim: &'static str,
    pub(super) incomplete: bool,
}

impl<'a> Context<'a> {
    pub(super) fn new(input: &'a GateInput<'a>) -> Self {
        Self { input, judgement: OnceLock::new(), sboms: OnceLock::new() }
    }

    /// The evidence by what it has to prove.
    pub(super) fn verify(&self, signer: SignerExpectation, kind: Option<plimsoll_attest::PredicateType>) -> Outcome {
        let input = self.input;
        let mut expectation = Expectation::new(signer, input.at);
        expectation.log = self.log(&expectation.signer);
        expectation.predicate_type = kind;
        verify(input.evidence, input.subject, &expectation, input.roots)
    }

    /// Whether there has to be a log entry: a key that a builder of the policy may use without one may be used so for all.
    pub(super) fn log(&self, signer: &SignerExpectation) -> LogRule {
        crate::judgement::log_for(signer, self.input.policy.builders(), self.input.log)
    }

    /// What the expectations that name the artifact come to.
    pub(super) fn judgement(&self) -> &Judgement {
        self.judgement.get_or_init(|| self.judge(self.input.policy.expectations()))
    }

    /// What expectations come to, by the builders and verifiers of source of the policy.
    pub(super) fn judge(&self, expectations: &[ArtifactExpectation]) -> Judgement {
        let GateInput { names, subject, evidence, roots, exceptions, log, at, .. } = *self.input;
        let known = Evidences { names, subject, evidence, roots, exceptions, log, logs: 1, times: 1, at };
        judge(Rules { expectations, ..Rules::from(self.input.policy) }, &known)
    }

    /// The levels that are proven of what expectations name, where a rule asked.
    pub(super) fn levels(&self) -> Vec<String> {
        let Some(judgement) = self.judgement.get() else { return Vec::new() };
        let builds = judgement.verdicts().iter().flat_map(Verdict::builds);
        let level = builds.filter(|build| build.state() == BuildState::Proven).filter_map(Build::level).max();
        let build = level.map(|level| format!("SLSA_BUILD_LEVEL_{level}"));
        let source = |verdict: &Verdict| {
            let held = |check: &&BuildCheck| check.name == "source-level" && check.state == BuildCheckState::Passed;
            let actual = verdict.checks().iter().find(held)?.actual.as_deref()?;
            actual.split(", ").find(|level| level.starts_with("SLSA_SOURCE_LEVEL_")).map(str::to_owned)
        };
        build.into_iter().chain(judgement.verdicts().iter().filter_map(source).max()).collect()
    }

    /// The SBOMs of those who may sign them: `[sbom]` names them, else `[signed_by]` does.
    pub(super) fn sboms(&self) -> &Sboms {
        self.sboms.get_or_init(|| {
            let mut all = Sboms::default();
            for signer in self.input.policy.sbom_signers(self.input.names) {
                for kind in ["cyclonedx", "spdx"] {
                    let kind = plimsoll_attest::PredicateType::parse(kind);
                    self.collect(&self.verify(signer.clone(), kind), &mut all);
                }
            }
            all.proven.sort_by(|left, right| left.place.cmp(&right.place));
            all.proven.dedup_by(|left, right| left.place == right.place);
            all.refused.sort();
            all.refused.dedup();
            let proven: Vec<String> = all.proven.iter().map(|sbom| sbom.place.clone()).collect();
            all.refused.retain(|(place, ..)| !proven.contains(place));
            all
        })
    }

    fn collect(&self, outcome: &Outcome, all: &mut Sboms) {
        for verified in outcome.verified() {
            match read(verified) {
                Ok(sbom) => all.proven.push(sbom),
                Err(reason) => all.unreadable.push((verified.place().to_owned(), reason)),
            }
        }
        for refusal in outcome.refused() {
            all.refused.push((refusal.place().to_owned(), refusal.code().to_string(), refusal.reason().to_owned()));
        }
    }

    /// What is in the artifact, from all that may say so; with what has to be told where nothing proven does.
    pub(super) fn contents(&self) -> (Vec<Contents<'_>>, Vec<GateCheck>) {
        let mut all = Vec::new();
        let mut checks = Vec::new();
        if let Some(observed) = self.input.observed {
            let incomplete = observed.incomplete;
            all.push(Contents { place: "scan", document: &observed.document, claim: "observed", incomplete });
        }
        for sbom in &self.sboms().proven {
            let incomplete = is_incomplete(&sbom.document);
            all.push(Contents { place: &sbom.place, document: &sbom.document, claim: "signed claim", incomplete });
        }
        for (place, reason) in &self.sboms().unreadable {
            checks.push(GateCheck::failed("contents", GateCode::Unreadable, reason).at(place));
        }
        if all.is_empty() {
            let mut check = GateCheck::failed("contents", GateCode::NoComponents, GateCode::NoComponents.means());
            check.because = self.sboms().refused.iter().map(|(_, code, _)| code.clone()).collect();
            check.because.dedup();
            checks.push(check);
        }
        for contents in all.iter().filter(|contents| contents.incomplete) {
            let (code, message) = (GateCode::IncompleteComponents, GateCode::IncompleteComponents.means());
            checks.push(if self.input.allow_incomplete {
                GateCheck::warned("contents", code, message).at(contents.place)
            } else {
                GateCheck::failed("contents", code, message).at(contents.place)
            });
        }
        for loose in self.input.loose {
            let (place, document) = (loose.place.as_str(), &loose.document);
            all.push(Contents { place, document, claim: "unsigned claim", incomplete: false });
        }
        (all, checks)
    }
}

/// What a document says itself of what is missing.
pub(super) fn is_incomplete(document: &Document) -> bool {
    document.completeness.iter().any(|held| held.aggregate.starts_with("incomplete"))
}

fn read(verified: &Verified) -> Result<ProvenSbom, String> {
    let statement = verified.statement().ok_or("it is no statement")?;
    let bytes = serde_json::to_vec(statement.predicate()).map_err(|error| error.to_string())?;
    let parsed = plimsoll_sbom::open(&bytes, &Limits::DEFAULT).map_err(|error| error.to_string())?;
    let signer = match (verified.claims().identity(), verified.key()) {
        (Some(identity), _) => identity.to_owned(),
        (None, Some(key)) => format!("key sha256:{key}"),
        (None, None) => String::new(),
    };
    Ok(ProvenSbom {
        place: verified.place().to_owned(),
        predicate_type: statement.predicate_type().to_owned(),
        document: map::document(&parsed),
        parsed,
        times: verified.times().to_vec(),
        signer,
    })
}
