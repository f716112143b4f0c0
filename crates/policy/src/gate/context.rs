//! What several rules need, worked out once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use plimsoll_attest::PredicateType;
use plimsoll_model::Limits;
use plimsoll_sbom::{Document, map};
use plimsoll_verify::{
    BuildCheck, BuildCheckState, Code, Evidence, Expectation, LogRule, Outcome, SignerExpectation, Verified,
    VerifiedTime, verify,
};
use rayon::prelude::*;

use super::signed::{self, Refused, Signed, Statements, Verifications};
use super::{GateCheck, GateCode, GateInput};
use crate::audit::Audit;
use crate::{ArtifactExpectation, Build, BuildState, Evidences, Judgement, Rules, Verdict, judge};

/// The input, and what several rules need of it.
pub(super) struct Context<'a> {
    pub(super) input: &'a GateInput<'a>,
    judgement: OnceLock<Arc<Judgement>>,
    /// All that expectations came to, of the policy and of rules.
    judged: Mutex<Vec<Arc<Judgement>>>,
    sboms: OnceLock<Sboms>,
    /// What advisories say of each of the contents; the reason why they cannot be read.
    pub(super) audits: OnceLock<Result<Vec<Audit>, String>>,
    verifications: Verifications,
}

/// The SBOMs that are proven, and what is wrong with the others.
#[derive(Debug, Default)]
pub(super) struct Sboms {
    /// Signed by somebody whom the policy names, about this artifact, and read.
    pub(super) proven: Vec<ProvenSbom>,
    /// Signed so, and not to be read.
    pub(super) unreadable: Vec<UnreadableSbom>,
    /// What was refused.
    pub(super) refused: Vec<Refused>,
}

/// An SBOM that is proven.
#[derive(Debug)]
pub(super) struct ProvenSbom {
    /// Its place in the evidence.
    pub(super) piece: usize,
    pub(super) place: String,
    pub(super) document: Document,
    pub(super) parsed: plimsoll_sbom::encoding::Parsed,
    pub(super) times: Vec<VerifiedTime>,
    pub(super) signer: String,
}

/// An SBOM that is proven, for whoever reports on it.
#[derive(Debug)]
pub struct ProvenDocument {
    /// Where its evidence was.
    pub place: String,
    /// Who signed it.
    pub signer: String,
    /// What it says.
    pub document: Document,
    /// As it was read, for scores.
    pub parsed: plimsoll_sbom::encoding::Parsed,
}

/// An SBOM that somebody signed whom the policy names, and that cannot be read.
#[derive(Debug)]
pub(super) struct UnreadableSbom {
    /// Its place in the evidence.
    pub(super) piece: usize,
    pub(super) place: String,
    pub(super) reason: String,
}

/// The kinds of statements that are SBOMs.
pub(super) const SBOMS: &[&str] = &["cyclonedx", "spdx"];

/// Components to be looked at, and where they are from.
pub(super) struct Contents<'a> {
    pub(super) place: &'a str,
    pub(super) document: &'a Document,
    /// `observed`, `signed claim` or `unsigned claim`.
    pub(super) claim: &'static str,
    pub(super) incomplete: bool,
}

/// What advisories say of some of the contents.
pub(super) struct Searched<'a> {
    pub(super) place: &'a str,
    pub(super) audit: &'a Audit,
}

impl<'a> Context<'a> {
    pub(super) fn new(input: &'a GateInput<'a>) -> Self {
        Self {
            input,
            judgement: OnceLock::new(),
            judged: Mutex::default(),
            sboms: OnceLock::new(),
            audits: OnceLock::new(),
            verifications: Verifications::default(),
        }
    }

    pub(super) fn into_proven_sboms(self) -> Vec<ProvenDocument> {
        self.sboms();
        let sboms = self.sboms.into_inner().unwrap_or_default();
        let proven = sboms.proven.into_iter().map(|sbom| {
            let ProvenSbom { place, signer, document, parsed, .. } = sbom;
            ProvenDocument { place, signer, document, parsed }
        });
        proven.collect()
    }

    /// The evidence by what it has to prove. What several rules may ask is asked of [`Context::statements`].
    pub(super) fn verify(&self, signer: SignerExpectation, kind: Option<PredicateType>) -> Outcome {
        self.outcome(self.input.evidence, &self.expectation(signer, kind))
    }

    fn expectation(&self, signer: SignerExpectation, kind: Option<PredicateType>) -> Expectation {
        let log = self.log(&signer);
        let mut expectation = Expectation::new(signer, self.input.at);
        (expectation.log, expectation.predicate_type) = (log, kind);
        expectation
    }

    fn outcome(&self, evidence: &[Evidence], expectation: &Expectation) -> Outcome {
        verify(evidence, self.input.subject, expectation, self.input.roots)
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
    pub(super) fn judge(&self, expectations: &[ArtifactExpectation]) -> Arc<Judgement> {
        let GateInput { names, subject, evidence, roots, exceptions, log, at, .. } = *self.input;
        let known = Evidences { names, subject, evidence, roots, exceptions, log, logs: 1, times: 1, at };
        let judgement = Arc::new(judge(Rules { expectations, ..Rules::from(self.input.policy) }, &known));
        self.judged.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&judgement));
        judgement
    }

    /// The levels that are proven of what expectations name, where a rule asked.
    pub(super) fn levels(&self) -> Vec<String> {
        let judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        let verdicts = || judged.iter().flat_map(|judgement| judgement.verdicts());
        let builds = verdicts().flat_map(Verdict::builds);
        let level = builds.filter(|build| build.state() == BuildState::Proven).filter_map(Build::level).max();
        let build = level.map(|level| format!("SLSA_BUILD_LEVEL_{level}"));
        let source = |verdict: &Verdict| {
            let held = |check: &&BuildCheck| check.name == "source-level" && check.state == BuildCheckState::Passed;
            let actual = verdict.checks().iter().find(held)?.actual.as_deref()?;
            actual.split(", ").find(|level| level.starts_with("SLSA_SOURCE_LEVEL_")).map(str::to_owned)
        };
        build.into_iter().chain(verdicts().filter_map(source).max()).collect()
    }

    /// All evidence by what a signer has to prove, whatever it states. It is verified once for each signer.
    pub(super) fn signed(&self, signer: &SignerExpectation) -> Arc<Signed> {
        let expectation = self.expectation(signer.clone(), None);
        self.verifications.by(&expectation, self.input.evidence, &|pieces| match pieces {
            [] => self.verify(signer.clone(), None),
            pieces => self.outcome(pieces, &expectation),
        })
    }

    /// Statements of some kinds (short names or URIs), by any of some signers.
    pub(super) fn statements(&self, signers: &[SignerExpectation], kinds: &[&str]) -> Statements {
        let kinds: Vec<PredicateType> = kinds.iter().filter_map(|kind| PredicateType::parse(kind)).collect();
        let by: Vec<Arc<Signed>> = signers.iter().map(|signer| self.signed(signer)).collect();
        Statements::of(&by, &kinds, self.input.evidence)
    }

    /// The SBOMs of those who may sign them: `[sbom]` names them, else `[signed_by]` does.
    pub(super) fn sboms(&self) -> &Sboms {
        self.sboms.get_or_init(|| {
            let found = self.statements(&self.input.policy.sbom_signers(self.input.names), SBOMS);
            let read: Vec<_> = found
                .proven
                .par_iter()
                .filter_map(|stated| stated.verified().map(|verified| read(stated.piece, verified)))
                .collect();
            let mut all = Sboms { refused: found.refused, ..Sboms::default() };
            for one in read {
                match one {
                    Ok(sbom) => all.proven.push(sbom),
                    Err(unreadable) => all.unreadable.push(unreadable),
                }
            }
            all.proven.sort_by(|left, right| left.place.cmp(&right.place));
            all
        })
    }

    /// Gives what is large to others to be freed: an answer need not wait for that.
    pub(super) fn discard(self) {
        let (sboms, audits) = (self.sboms, self.audits);
        rayon::spawn(move || drop((sboms, audits)));
    }

    /// What is in the artifact, from all that may say so; with what has to be told where nothing proven does.
    pub(super) fn contents(&self) -> (Vec<Contents<'_>>, Vec<GateCheck>) {
        let mut all = Vec::new();
        let mut checks = Vec::new();
        if let Some(observed) = self.input.observed {
            let incomplete = observed.incomplete;
            // An SBOM that is asked about itself is what it lists.
            let place = if observed.is_artifact { "the SBOM" } else { "scan" };
            all.push(Contents { place, document: &observed.document, claim: "observed", incomplete });
        }
        for sbom in &self.sboms().proven {
            let incomplete = is_incomplete(&sbom.document);
            all.push(Contents { place: &sbom.place, document: &sbom.document, claim: "signed claim", incomplete });
        }
        for unreadable in &self.sboms().unreadable {
            let (place, reason) = (&unreadable.place, &unreadable.reason);
            checks.push(GateCheck::failed("contents", GateCode::Unreadable, reason).at(place));
        }
        if all.is_empty() {
            let mut check = GateCheck::failed("contents", GateCode::NoComponents, GateCode::NoComponents.means());
            let codes: BTreeSet<Code> = self.sboms().refused.iter().map(|refused| refused.code).collect();
            check.because = codes.into_iter().map(|code| code.to_string()).collect();
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

/// Reads an SBOM out of the bytes that were signed.
fn read(piece: usize, verified: &Verified) -> Result<ProvenSbom, UnreadableSbom> {
    let place = verified.place().to_owned();
    match parsed(verified) {
        Ok(parsed) => Ok(ProvenSbom {
            piece,
            place,
            document: map::document(&parsed),
            parsed,
            times: verified.times().to_vec(),
            signer: signed::signer(verified),
        }),
        Err(reason) => Err(UnreadableSbom { piece, place, reason }),
    }
}

fn parsed(verified: &Verified) -> Result<plimsoll_sbom::encoding::Parsed, String> {
    let statement = verified.statement().ok_or("it is no statement")?;
    let text = statement.predicate_text();
    let open = |text: &str| plimsoll_sbom::open(text.as_bytes(), &Limits::DEFAULT).map_err(|error| error.to_string());
    // What is no JSON is stated as a text: cosign does so with SPDX's tag-value form.
    match statement_text(&text) {
        Some(inner) => open(&inner),
        None => open(&text),
    }
}

fn statement_text(json: &str) -> Option<String> {
    json.starts_with('"').then(|| serde_json::from_str(json).ok()).flatten()
}
