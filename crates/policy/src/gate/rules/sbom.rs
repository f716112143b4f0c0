//! `[sbom]`: that there is an SBOM of somebody who may say so, and what it has to be.
//!
//! ```toml
//! [sbom]
//! signer = [{ key = "release" }]
//! formats = ["cyclonedx", "spdx-2"]
//! max_age_days = 90
//! profile = "cisa-2026"
//! min_score = 80
//! true = true
//! complete = true
//! ```
//!
//! One SBOM that has all of it is enough. Without `signer` it is whoever may sign the artifact. `true` compares the SBOM with what was
//! found by looking into the artifact.

use plimsoll_sbom::check::{Binding, Judgement};
use plimsoll_sbom::map::StandardKind;
use plimsoll_sbom::score::{self, Profile, points};
use plimsoll_verify::SignerExpectation;

use super::{Keys, Rule, RuleKind, signers, told, weak};
use crate::PolicyError;
use crate::file::Fields;
use crate::gate::context::{Context, ProvenSbom, SBOMS, is_incomplete};
use crate::gate::signed::{Statements, is_fresh};
use crate::gate::{GateCheck, GateCode};
use crate::words::{nearest, quote};

const KEYS: &[&str] = &["signer", "formats", "max_age_days", "profile", "min_score", "true", "complete"];
pub(super) const KIND: RuleKind =
    RuleKind { name: "sbom", keys: KEYS, within: &[("signer", crate::builders::SIGNER)], read };

/// What SBOMs may be called in a policy. They are JSON in statements, but for SPDX's tag-value form.
const FORMATS: &[&str] = &["cyclonedx", "spdx", "spdx-2", "spdx-3"];

#[derive(Debug)]
struct Sbom {
    signers: Vec<SignerExpectation>,
    formats: Vec<String>,
    max_age_days: Option<u32>,
    score: Option<(&'static Profile, u8)>,
    is_true: bool,
    is_complete: bool,
}

fn read(fields: &Fields<'_>, keys: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let formats: Vec<String> = fields.texts("formats")?.into_iter().map(str::to_owned).collect();
    if let Some(other) = formats.iter().find(|format| !FORMATS.contains(&format.as_str())) {
        let problem = format!("{} is no format{}", quote(other), nearest(other, FORMATS));
        return Err(fields.fault("formats", problem));
    }
    let named = match fields.text("profile")? {
        Some(name) => {
            let names: Vec<&str> = Profile::all().iter().map(|profile| profile.name).collect();
            let problem = || format!("{} is no profile{}", quote(name), nearest(name, &names));
            Some(Profile::named(name).ok_or_else(|| fields.fault("profile", problem()))?)
        }
        None => None,
    };
    let least = fields.within("min_score", 0, 100)?;
    let score = match (named.or(Profile::all().first()), least) {
        (Some(profile), Some(least)) => Some((profile, least)),
        (_, None) if named.is_some() => {
            return Err(fields.fault("profile", "profile says by what the score is: min_score is missing"));
        }
        (_, Some(_)) => return Err(fields.fault("min_score", "there is no profile")),
        (_, None) => None,
    };
    Ok(Box::new(Sbom {
        signers: signers(fields, "signer", keys)?,
        formats,
        max_age_days: super::days(fields, "max_age_days")?,
        score,
        is_true: fields.boolean("true")?.unwrap_or(false),
        is_complete: fields.boolean("complete")?.unwrap_or(false),
    }))
}

impl Rule for Sbom {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let all = context.sboms();
        let signers = match self.signers.as_slice() {
            [] => context.input.policy.sbom_signers(context.input.names),
            own => own.to_vec(),
        };
        let found = context.statements(&signers, SBOMS);
        let is_mine = |piece: usize| found.proven.iter().any(|stated| stated.piece == piece);
        let mut best: Option<Vec<GateCheck>> = None;
        let failures = |checks: &[GateCheck]| checks.iter().filter(|check| check.code().is_some()).count();
        for sbom in all.proven.iter().filter(|sbom| is_mine(sbom.piece)) {
            let checks = self.weigh(sbom, context);
            if best.as_ref().is_none_or(|best| failures(&checks) < failures(best)) {
                best = Some(checks);
            }
        }
        if let Some(best) = best {
            return best;
        }
        let unreadable = all.unreadable.iter().filter(|unreadable| is_mine(unreadable.piece));
        let told = unreadable.map(|unreadable| {
            let reason = format!("{}: {}", GateCode::Unreadable.means(), unreadable.reason);
            GateCheck::failed("sbom", GateCode::Unreadable, reason).at(&unreadable.place)
        });
        let told: Vec<GateCheck> = told.collect();
        if told.is_empty() { vec![missing(&found, &signers)] } else { told }
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let by = match self.signers.as_slice() {
            [] => "by whoever may sign the artifact".to_owned(),
            signers => format!("by {}", told(signers)),
        };
        let mut sentences = vec![format!("There has to be an SBOM, signed {by}.")];
        if !self.formats.is_empty() {
            sentences.push(format!("It has to be {}.", self.formats.join(" or ")));
        }
        if let Some(days) = self.max_age_days {
            sentences.push(format!("It has to be signed at most {days} days ago."));
        }
        if let Some((profile, least)) = self.score {
            sentences.push(format!("It has to have {least} of 100 points of {}.", profile.title));
        }
        if self.is_true {
            sentences.push("It has to say what is in the artifact.".to_owned());
        }
        if self.is_complete {
            sentences.push("It must not say itself that something is missing.".to_owned());
        }
        (sentences, weak(&self.signers))
    }

    fn sbom_signers(&self) -> &[SignerExpectation] {
        &self.signers
    }

    fn needs_observation(&self) -> bool {
        self.is_true
    }
}

/// No SBOM is proven.
fn missing(found: &Statements, signers: &[SignerExpectation]) -> GateCheck {
    let code = if found.has_unproven() { GateCode::SbomSigner } else { GateCode::NoSbom };
    let expected = if signers.is_empty() { "the policy names nobody".to_owned() } else { told(signers) };
    let mut check = GateCheck::failed("sbom", code, code.means()).between(expected, "none");
    check.because = found.codes();
    if let Some(refused) = found.refused.iter().find(|refused| refused.is_of_kind) {
        check.actual = Some(refused.reason.clone());
        check.place.clone_from(&refused.place);
    }
    check
}

/// A check that holds or does not.
fn compared(holds: bool, name: &'static str, code: GateCode, expected: String, actual: String) -> GateCheck {
    let check = if holds {
        GateCheck::passed(name, format!("its {name} is as expected"))
    } else {
        GateCheck::failed(name, code, code.means())
    };
    check.between(expected, actual)
}

impl Sbom {
    /// All that is asked of one SBOM.
    fn weigh(&self, sbom: &ProvenSbom, context: &Context<'_>) -> Vec<GateCheck> {
        let mut checks = vec![GateCheck::passed("sbom", format!("{} signed it", sbom.signer))];
        if !self.formats.is_empty() {
            let (general, exact) = match sbom.parsed.encoding.standard_kind() {
                StandardKind::Spdx2 => ("spdx", "spdx-2"),
                StandardKind::Spdx3 => ("spdx", "spdx-3"),
                _ => ("cyclonedx", "cyclonedx"),
            };
            let holds = self.formats.iter().any(|format| format == general || format == exact);
            checks.push(compared(holds, "format", GateCode::SbomFormat, self.formats.join(" or "), exact.to_owned()));
        }
        if let Some(days) = self.max_age_days {
            let at = context.input.at;
            let (holds, told) = match is_fresh(&sbom.times, days, at) {
                Ok(told) => (true, told),
                Err(told) => (false, told),
            };
            let expected = format!("at most {days} days before {at}");
            checks.push(compared(holds, "age", GateCode::SbomAge, expected, told));
        }
        if let Some((profile, least)) = self.score {
            // It is signed: a proven statement is made of it.
            let options = score::Options { offenders: 0, signed: true };
            let report = score::score(&sbom.parsed, &[profile], &options);
            let score = report.first().map_or(0.0, |report| points(report.score));
            let expected = format!("{least} or more by {}", profile.name);
            checks.push(compared(
                score >= f64::from(least),
                "score",
                GateCode::SbomScore,
                expected,
                format!("{score:.1}"),
            ));
        }
        if self.is_complete {
            let holds = !is_incomplete(&sbom.document);
            let actual = if holds { "it does not say that something is missing" } else { "it says so" };
            let expected = "nothing is missing".to_owned();
            checks.push(compared(holds, "completeness", GateCode::SbomIncomplete, expected, actual.to_owned()));
        }
        if self.is_true {
            checks.push(is_true(sbom, context));
        }
        checks.into_iter().map(|check| check.at(&sbom.place)).collect()
    }
}

/// Whether it says what is in the artifact.
fn is_true(sbom: &ProvenSbom, context: &Context<'_>) -> GateCheck {
    let expected = "what was found in the artifact";
    let unchecked = |why: &str| {
        let code = GateCode::SbomUnchecked;
        GateCheck::failed("truth", code, code.means()).between(expected, why)
    };
    let Some(observed) = context.input.observed else { return unchecked("nobody looked into the artifact") };
    let all: Vec<_> =
        observed.checks.iter().filter(|(place, _)| *place == sbom.place).map(|(_, check)| check).collect();
    if all.is_empty() {
        return unchecked("nobody compared it with the artifact");
    }
    let untrue = |check: &&&plimsoll_sbom::check::Check| {
        check.binding() == Binding::Contradicted || check.judgements().iter().any(|one| *one != Judgement::True)
    };
    if let Some(check) = all.iter().find(untrue) {
        let words: Vec<&str> = check.judgements().iter().map(|one| one.word()).collect();
        let against = check.rows().iter().filter(|row| row.counts_against());
        let labels: Vec<&str> = against.take(3).map(plimsoll_sbom::check::Row::label).collect();
        let labels = if labels.is_empty() { String::new() } else { format!(": {}", labels.join(", ")) };
        let message = format!("{}{labels}", GateCode::SbomUntrue.means());
        return GateCheck::failed("truth", GateCode::SbomUntrue, message).between(expected, words.join(", "));
    }
    if observed.incomplete && !context.input.allow_incomplete {
        return unchecked("the artifact could not be read as a whole");
    }
    GateCheck::passed("truth", "it says what is in the artifact").between(expected, "the same")
}
