//! `[[vsa]]`: summaries of somebody who verified the artifact before. <https://slsa.dev/spec/v1.2/verification_summary>
//!
//! ```toml
//! [[vsa]]
//! verifier = "https://acme.example/verifier"
//! signer = [{ key = "verifier" }]
//! resource = "oci:ghcr.io/acme/app*"
//! levels = ["SLSA_BUILD_LEVEL_3"]
//! policy = "https://acme.example/policy"
//! max_age_days = 30
//! ```
//!
//! One summary that says all of it, and `PASSED`, is enough. Its age is what it says itself: when the artifact was verified.

use jiff::SignedDuration;
use plimsoll_attest::{PredicateType, SlsaResult};
use plimsoll_verify::{
    AnySubject, BuildCheck, BuildCheckState, Evidence, Pattern, PolicyExpectation, ProvenSummary, ResourceRule,
    SignerExpectation, SummaryExpectation, SummaryKind, SummaryRefusal, VerifierRule, verify_summary,
};

use super::{Keys, Rule, RuleKind, signers, told, weak};
use crate::PolicyError;
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::{GateCheck, GateCode};

const KEYS: &[&str] = &["verifier", "signer", "resource", "levels", "policy", "max_age_days"];
pub(super) const KIND: RuleKind =
    RuleKind { name: "vsa", keys: KEYS, within: &[("signer", crate::builders::SIGNER)], read };

#[derive(Debug)]
struct Vsa {
    verifier: String,
    signers: Vec<SignerExpectation>,
    resource: ResourceRule,
    levels: Vec<SlsaResult>,
    policy: PolicyExpectation,
    max_age: Option<SignedDuration>,
}

fn read(fields: &Fields<'_>, keys: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let signers = signers(fields, "signer", keys)?;
    if signers.is_empty() {
        return Err(fields.missing("signer"));
    }
    let resource = fields.need_text("resource")?;
    let resource = if resource.contains(['*', '?', '[', '{', '\\']) {
        let glob = Pattern::glob(resource).map_err(|error| fields.fault("resource", error.to_string()))?;
        ResourceRule::Matches(glob)
    } else {
        ResourceRule::Exact(resource.to_owned())
    };
    let level = |name| SlsaResult::parse(name).map_err(|error| fields.fault("levels", error.to_string()));
    let policy = match fields.text("policy")? {
        None => PolicyExpectation::default(),
        Some(text) => match text.split_once(':') {
            Some((algorithm @ ("sha256" | "sha384" | "sha512"), hex)) => {
                let digest =
                    plimsoll_verify::Subject::digest(text).map_err(|error| fields.fault("policy", error.to_string()));
                digest?;
                PolicyExpectation { uri: None, digest: Some((algorithm.to_owned(), hex.to_owned())) }
            }
            _ => PolicyExpectation { uri: Some(text.to_owned()), digest: None },
        },
    };
    let days = super::days(fields, "max_age_days")?;
    Ok(Box::new(Vsa {
        verifier: fields.need_text("verifier")?.to_owned(),
        signers,
        resource,
        levels: fields.texts("levels")?.into_iter().map(level).collect::<Result<_, _>>()?,
        policy,
        max_age: days.map(|days| SignedDuration::from_hours(i64::from(days).saturating_mul(24))),
    }))
}

impl Rule for Vsa {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let input = context.input;
        let subject = AnySubject::Artifact(input.subject.clone());
        let mut refused: Vec<SummaryRefusal> = Vec::new();
        for signer in &self.signers {
            let rule = VerifierRule::new(self.verifier.as_str(), signer.clone());
            let kind = SummaryKind::Slsa { resource: self.resource.clone() };
            let mut wanted = SummaryExpectation::new(kind, vec![rule], input.at);
            (wanted.levels, wanted.policy) = (self.levels.clone(), self.policy.clone());
            (wanted.max_age, wanted.log) = (self.max_age, context.log(signer));
            let outcome = verify_summary(input.evidence, &subject, &wanted, input.roots);
            if let Some(proven) = outcome.proven().iter().min_by_key(|proven| proven.verified().place()) {
                return of_proven(proven);
            }
            refused.extend(outcome.into_refused());
        }
        self.missing(&refused, input.evidence)
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let mut sentences = vec![format!(
            "{} has to have verified the artifact as {}; signed: {}.",
            self.verifier,
            self.resource,
            told(&self.signers)
        )];
        if !self.levels.is_empty() {
            let levels: Vec<String> = self.levels.iter().map(ToString::to_string).collect();
            sentences.push(format!("It has to have found {}.", levels.join(" and ")));
        }
        if !self.policy.is_empty() {
            sentences.push(format!("It has to have verified it against {}.", self.policy));
        }
        if let Some(age) = self.max_age {
            sentences.push(format!("It has to have done so at most {} days ago.", age.as_hours().div_euclid(24)));
        }
        let mut warnings = weak(&self.signers);
        if self.levels.is_empty() {
            warnings.push("no level is asked for: that something passed says little".to_owned());
        }
        (sentences, warnings)
    }
}

fn of_proven(proven: &ProvenSummary) -> Vec<GateCheck> {
    let signer = crate::gate::signed::signer(proven.verified());
    let mut checks = vec![GateCheck::passed("summary", format!("{signer} signed it")).at(proven.verified().place())];
    checks.extend(proven.checks().iter().map(|check| of_check(check, proven.verified().place())));
    checks
}

fn of_check(check: &BuildCheck, place: &str) -> GateCheck {
    let name = check.name;
    let mut told = match check.state {
        BuildCheckState::Passed => GateCheck::passed(name, format!("the {name} is as expected, at {}", check.place)),
        BuildCheckState::Failed(code) => {
            let mut failed = GateCheck::failed(name, GateCode::Summary, code.means());
            failed.because.push(code.to_string());
            failed
        }
        _ => GateCheck::not_checked(name, format!("nothing is expected of the {name}, at {}", check.place)),
    };
    (told.expected, told.actual) = (check.expected.clone(), check.actual.clone());
    told.at(place)
}

impl Vsa {
    fn missing(&self, refused: &[SummaryRefusal], evidence: &[Evidence]) -> Vec<GateCheck> {
        let summaries = PredicateType::parse("vsa");
        let is_summary = |place: &str| {
            let said =
                evidence.iter().filter(|piece| piece.place() == place).filter_map(Evidence::unverified_predicate_type);
            said.into_iter().any(|said| summaries.as_ref().is_some_and(|kind| kind.accepts(&said)))
        };
        let about: Vec<&SummaryRefusal> = refused.iter().filter(|refusal| is_summary(refusal.place())).collect();
        // The one that came furthest says most.
        if let Some(best) = about.iter().find(|refusal| refusal.view().is_some()) {
            let mut checks: Vec<GateCheck> = best.checks().iter().map(|check| of_check(check, best.place())).collect();
            if !checks.iter().any(|check| check.code().is_some()) {
                checks.push(of_refusal(best));
            }
            return checks;
        }
        if let Some(first) = about.first() {
            let mut check = of_refusal(first);
            let codes: std::collections::BTreeSet<_> = about.iter().map(|refusal| refusal.code()).collect();
            check.because = codes.into_iter().map(|code| code.to_string()).collect();
            return vec![check];
        }
        let (code, expected) = (GateCode::NoSummary, format!("a summary of {}", self.verifier));
        vec![GateCheck::failed("summary", code, code.means()).between(expected, "none")]
    }
}

fn of_refusal(refusal: &SummaryRefusal) -> GateCheck {
    let mut check = GateCheck::failed("summary", GateCode::Summary, refusal.reason()).at(refusal.place());
    check.because.push(refusal.code().to_string());
    (check.expected, check.actual) = (refusal.expected().map(str::to_owned), refusal.actual().map(str::to_owned));
    check
}
