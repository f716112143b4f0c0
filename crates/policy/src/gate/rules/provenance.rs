//! `[provenance]`: how the artifact has to have been built.
//!
//! ```toml
//! [provenance]
//! min_level = 2
//! builder = "https://github.com/acme/**"
//! source = "github.com/acme/app"
//! ref = { branch = "main" }
//! ```
//!
//! Every `[[expect]]` that names the artifact has to hold; what the table says itself has to hold on top. A table that says both
//! `source` and `min_level` is an expectation of its own, for artifacts that no `[[expect]]` names. A policy that has `[[expect]]` and no
//! such table has the rule all the same.
//!
//! Exceptions are for the codes of the verification (`provenance.level`, `PLM-V0815`), as they are for `plimsoll provenance verify`.

use std::collections::BTreeSet;

use plimsoll_verify::{BuildCheck, BuildCheckState, BuildExpectation, Code, ParameterRule, Pattern};

use super::{Keys, Rule, RuleKind};
use crate::expect::{self, REFERENCE};
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::{GateCheck, GateCode};
use crate::judgement::{Build, BuildState, Judgement, Verdict, VerdictState};
use crate::{ArtifactExpectation, NamePattern, PolicyError};

const KEYS: &[&str] = &["min_level", "builder", "source", "ref"];
pub(super) const KIND: RuleKind = RuleKind { name: "provenance", keys: KEYS, within: &[("ref", REFERENCE)], read };

#[derive(Debug, Default)]
struct Provenance {
    /// What the table says itself.
    own: Option<ArtifactExpectation>,
    /// Whether that is all that an expectation has to say.
    is_whole: bool,
}

/// The rule of a policy that has expectations and no such table.
pub(super) fn implied() -> Box<dyn Rule> {
    Box::new(Provenance::default())
}

fn read(fields: &Fields<'_>, _: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    if KEYS.iter().all(|key| fields.value(key).is_none()) {
        return Ok(implied());
    }
    let source = match fields.text("source")? {
        Some("any") | None => None,
        Some(_) => expect::repository(fields, "source")?,
    };
    let level = fields.within("min_level", 0, 3)?;
    let (references, versioned, commit) = expect::references(fields)?;
    let mut own = ArtifactExpectation::of_build(BuildExpectation {
        source,
        references,
        commit,
        builder: crate::builders::patterns(fields, "builder")?,
        level: level.unwrap_or(0),
        ..BuildExpectation::default()
    });
    for text in fields.texts("match")? {
        own.artifacts.push(NamePattern::parse(text).map_err(|problem| fields.fault("match", problem))?);
    }
    if !versioned.is_empty() && !own.artifacts.iter().any(NamePattern::captures_version) {
        let problem = "{version} of the artifact is not known: write it into match, as in file:app-{version}.tar.gz";
        return Err(fields.fault("ref", problem));
    }
    (own.versioned, own.line) = (versioned, fields.line(""));
    let is_whole = level.is_some() && fields.value("source").is_some();
    Ok(Box::new(Provenance { own: Some(own), is_whole }))
}

impl Rule for Provenance {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let named = context.judgement();
        let is_named = !named.verdicts().is_empty();
        let mut checks = told(named);
        if !is_named && !self.is_whole {
            let (code, means) = (GateCode::NoExpectation, GateCode::NoExpectation.means());
            checks.push(GateCheck::failed("expectation", code, means).at("policy"));
        } else if let Some(own) = &self.own {
            let mut own = own.clone();
            if is_named {
                // Which parameters a build may have is what the expectation says that names the artifact.
                own.build.parameters.insert("*".to_owned(), ParameterRule::Any);
            }
            checks.extend(told(&context.judge(&[own])));
        }
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let mut sentences = vec!["Provenance has to be as each [[expect]] says that names the artifact.".to_owned()];
        let mut warnings = Vec::new();
        if let Some(own) = &self.own {
            let build = &own.build;
            let source = build.source.as_ref().map(|source| format!(" from {source}")).unwrap_or_default();
            sentences.push(format!("It has to be built{source} by a build of level {} or more.", build.level));
            if !build.builder.is_empty() {
                let named: Vec<String> = build.builder.iter().map(Pattern::to_string).collect();
                sentences.push(format!("It has to be built by {}.", named.join(" or ")));
            }
            for reference in build.references.iter().chain(&own.versioned) {
                sentences.push(format!("It has to be built from {reference}."));
            }
            sentences.extend(build.commit.iter().map(|commit| format!("It has to be built from the commit {commit}.")));
        }
        if self.is_whole {
            sentences.push("An artifact that no [[expect]] names has to be that and no more.".to_owned());
            if self.own.as_ref().is_some_and(|own| own.build.source.is_none()) {
                warnings.push("any source will do: who may sign is all that is checked".to_owned());
            }
        }
        (sentences, warnings)
    }
}

/// All that was checked by all expectations that name the artifact.
fn told(judgement: &Judgement) -> Vec<GateCheck> {
    judgement.verdicts().iter().flat_map(of_verdict).collect()
}

fn of_verdict(verdict: &Verdict) -> Vec<GateCheck> {
    let mut checks: Vec<GateCheck> = verdict.checks().iter().map(|check| of_check(check, "", verdict)).collect();
    let good = |build: &&Build| build.state() != BuildState::Refused;
    if verdict.builds().iter().any(|build| good(&build)) {
        for build in verdict.builds().iter().filter(good) {
            checks.extend(of_build(build, verdict));
        }
    } else if verdict.state() == VerdictState::Excused {
        // There is none, and somebody lets that pass.
        checks.push(failed("evidence", Code::NoEvidence, "there is no provenance", verdict));
    } else if let Some(best) = verdict.builds().iter().max_by_key(|build| (build.level(), build.view().is_some())) {
        checks.extend(of_refused(best, verdict));
    }
    // What one thing hides in another has to be told all the same.
    let told: BTreeSet<String> = checks.iter().flat_map(|check| check.because.iter().cloned()).collect();
    let more: Vec<Code> = verdict.codes().into_iter().filter(|code| !told.contains(code.id())).collect();
    let open = |check: &GateCheck| check.code().is_some() && check.excused_by.is_none();
    if verdict.state() == VerdictState::Denied && (!more.is_empty() || !checks.iter().any(open)) {
        let mut check = GateCheck::failed("evidence", GateCode::Provenance, GateCode::Provenance.means());
        check.because = more.iter().map(ToString::to_string).collect();
        checks.push(check);
    }
    checks
}

/// A build that is proven or excused.
fn of_build(build: &Build, verdict: &Verdict) -> Vec<GateCheck> {
    build.checks().map(|check| of_check(check, build.place(), verdict)).collect()
}

/// The evidence that came furthest, where none proves what was expected.
fn of_refused(build: &Build, verdict: &Verdict) -> Vec<GateCheck> {
    let mut checks = of_build(build, verdict);
    if let Some(code) = build.code()
        && !checks.iter().any(|check| check.because.iter().any(|id| id == code.id()))
    {
        let (expected, actual) = build.difference();
        let mut check = failed("evidence", code, build.reason().unwrap_or(code.means()), verdict).at(build.place());
        (check.expected, check.actual) = (expected.map(str::to_owned), actual.map(str::to_owned));
        checks.push(check);
    }
    checks
}

fn of_check(check: &BuildCheck, place: &str, verdict: &Verdict) -> GateCheck {
    let place = if place.is_empty() { &check.place } else { place };
    let mut told = match check.state {
        BuildCheckState::Passed => GateCheck::passed(check.name, format!("{} is as expected", at(check))),
        BuildCheckState::Failed(code) => failed(check.name, code, code.means(), verdict),
        _ => GateCheck::not_checked(check.name, format!("nothing is expected of {}", at(check))),
    };
    (told.expected, told.actual) = (check.expected.clone(), check.actual.clone());
    told.at(place)
}

/// What was looked at, and where within its document.
fn at(check: &BuildCheck) -> String {
    let name = check.name.replace('-', " ");
    if check.place.starts_with('/') { format!("the {name} at {}", check.place) } else { format!("the {name}") }
}

/// Something that does not hold, unless an exception of the expectation lets it pass.
fn failed(name: &'static str, code: Code, means: &str, verdict: &Verdict) -> GateCheck {
    let mut check = GateCheck::failed(name, GateCode::Provenance, means);
    check.because.push(code.to_string());
    let excused = verdict.excuses().iter().find(|(excused, _)| *excused == code);
    check.excused_by = excused.map(|(_, id)| id.clone());
    check
}
