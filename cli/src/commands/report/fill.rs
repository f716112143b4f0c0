//! What a report says, from what was gathered and decided.

use std::collections::BTreeSet;

use plimsoll_policy::compliance::{FrameworkReport, Known, comply};
use plimsoll_policy::gate::{self, Decision, GateCheck, GateCheckState, ProvenDocument, RuleDecision, proven_sboms};
use plimsoll_sbom::check::Check as SbomCheck;
use plimsoll_sbom::score::{self, Options, Profile};

use super::commands;
use super::page::{
    AdvisoryFacts, Artifact, Check, Compared, Control, Difference, Excepted, Framework, Input, Page, Rule, Sbom, Score,
    Tool,
};
use crate::args::ReportArguments;
use crate::commands::gather::{Gathered, Grounds, Material, Role};
use crate::failure::Failure;

const SCHEMA: &str = "plimsoll.report/1";
/// Differences between an SBOM and the artifact that are told; the others are counted.
const MOST_DIFFERENCES: usize = 200;
/// What every SBOM is scored by.
const PROFILES: [&str; 3] = ["cisa-2026", "ntia-2021", "bsi-2.1"];
const OF_CONTROLS: &str = "cisa-2026";

pub(super) fn page(arguments: &ReportArguments, gathered: &Gathered, grounds: &Grounds) -> Result<Page, Failure> {
    let decision = gathered.decide(grounds);
    let proven = gathered.with_input(grounds, proven_sboms);
    let controls = proven.first().and_then(|sbom| scored(sbom, &[OF_CONTROLS]).into_iter().next());
    let compliance = comply(Known { decision: &decision, sbom: controls.as_ref() });
    Ok(Page {
        schema: SCHEMA,
        tool: Tool { name: "plimsoll", version: env!("CARGO_PKG_VERSION") },
        at: grounds.settings.at.to_string(),
        artifact: artifact(gathered),
        verdict: decision.verdict.word(),
        broken_glass: decision.broken_glass.clone(),
        levels: decision.levels.clone(),
        inputs: inputs(gathered, grounds)?,
        advisories: grounds.snapshot.as_ref().map(|snapshot| AdvisoryFacts {
            digest: snapshot.digest().to_string(),
            as_of: snapshot.as_of().map(|time| time.to_string()),
        }),
        not_asked: not_asked(grounds),
        sboms: sboms(gathered, &proven),
        exceptions: exceptions(&decision, grounds),
        compliance: compliance.iter().map(framework).collect(),
        reproduce: commands::commands(arguments, grounds, &decision),
        rules: decision.rules.iter().map(rule).collect(),
    })
}

fn artifact(gathered: &Gathered) -> Artifact {
    let digests = gathered.subject.digests();
    let names: BTreeSet<String> = gathered.names.iter().map(ToString::to_string).collect();
    let digest = |name: &String| ["sha256:", "sha384:", "sha512:"].iter().any(|prefix| name.starts_with(prefix));
    Artifact {
        name: gathered.name.clone(),
        names: names.into_iter().filter(|name| !digest(name)).collect(),
        digests: digests.map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.to_owned())).collect(),
    }
}

fn inputs(gathered: &Gathered, grounds: &Grounds) -> Result<Vec<Input>, Failure> {
    let mut all = Vec::new();
    for material in grounds.materials.iter().chain(&gathered.materials) {
        if let Some(input) = input(material)? {
            all.push(input);
        }
    }
    all.sort();
    all.dedup();
    Ok(all)
}

fn input(material: &Material) -> Result<Option<Input>, Failure> {
    // What a scan found is told by what it was about.
    if material.role == Role::Observation {
        return Ok(None);
    }
    let sha256 = material.sha256()?.map(str::to_owned);
    Ok(sha256.map(|sha256| Input { role: material.role.word().to_owned(), name: material.name.clone(), sha256 }))
}

fn not_asked(grounds: &Grounds) -> Vec<&'static str> {
    let has = |name: &str| grounds.policy.gate_rules().any(|rule| rule.name().split('.').next() == Some(name));
    gate::rule_names().filter(|name| !has(name)).collect()
}

fn rule(decided: &RuleDecision) -> Rule {
    Rule {
        rule: decided.rule.clone(),
        line: decided.line,
        effective_on: decided.effective_on.map(|time| time.to_string()),
        state: decided.state.word(),
        checks: decided.checks.iter().map(check).collect(),
    }
}

fn check(found: &GateCheck) -> Check {
    let state = match (found.state, &found.excused_by) {
        (GateCheckState::Failed(_) | GateCheckState::Warned(_), Some(_)) => "excused",
        (GateCheckState::Passed, _) => "passed",
        (GateCheckState::Failed(_), None) => "failed",
        (GateCheckState::Warned(_), None) => "warned",
        _ => "not-checked",
    };
    Check {
        name: found.name,
        state,
        code: found.code().map(gate::GateCode::id),
        about: found.about.clone(),
        message: found.message.clone(),
        expected: found.expected.clone(),
        actual: found.actual.clone(),
        place: found.place.clone(),
        because: found.because.clone(),
        excused_by: found.excused_by.clone(),
    }
}

fn scored(sbom: &ProvenDocument, profiles: &[&str]) -> Vec<score::Report> {
    let profiles: Vec<&'static Profile> = profiles.iter().filter_map(|name| Profile::named(name)).collect();
    score::score(&sbom.parsed, &profiles, &Options { offenders: 0, signed: true })
}

fn sboms(gathered: &Gathered, proven: &[ProvenDocument]) -> Vec<Sbom> {
    let checks = || gathered.observed.iter().flat_map(|observed| &observed.checks);
    let proven = proven.iter().map(|sbom| Sbom {
        place: sbom.place.clone(),
        claim: "signed claim",
        signer: sbom.signer.clone(),
        components: sbom.document.components().count() as u64,
        scores: scored(sbom, &PROFILES)
            .iter()
            .map(|report| Score {
                profile: report.profile.name,
                title: report.profile.title,
                score: score::points(report.score),
            })
            .collect(),
        compared: checks().find(|(place, _)| *place == sbom.place).map(|(_, check)| compared(check)),
    });
    let loose = gathered.loose.iter().map(|sbom| Sbom {
        place: sbom.place.clone(),
        claim: "unsigned claim",
        signer: String::new(),
        components: sbom.document.components().count() as u64,
        scores: Vec::new(),
        compared: None,
    });
    proven.chain(loose).collect()
}

fn compared(check: &SbomCheck) -> Compared {
    let coverage = check.coverage();
    let rows: Vec<_> = check.rows().iter().filter(|row| row.counts_against()).collect();
    Compared {
        binding: check.binding().word(),
        judgements: check.judgements().into_iter().map(|judgement| judgement.word()).collect(),
        claimed: coverage.claimed,
        found: coverage.found,
        confirmed: coverage.confirmed,
        differences: rows
            .iter()
            .take(MOST_DIFFERENCES)
            .map(|row| Difference {
                kind: row.kind.word(),
                component: row.label().to_owned(),
                reason: row.detail.clone().or(row.reason.map(|reason| reason.word().to_owned())).unwrap_or_default(),
            })
            .collect(),
        more: rows.len().saturating_sub(MOST_DIFFERENCES),
    }
}

fn exceptions(decision: &Decision, grounds: &Grounds) -> Vec<Excepted> {
    let at = grounds.settings.at;
    let used = decision.excused_by();
    let findings = grounds.exceptions.findings(&used, at);
    let all = grounds.exceptions.all().iter().map(|exception| Excepted {
        id: exception.id.clone(),
        state: match () {
            () if used.contains(&exception.id) => "used",
            () if at >= exception.expires => "expired",
            () if at < exception.created => "not yet",
            () => "unused",
        },
        scope: exception.scope.iter().map(|scope| scope.as_str().to_owned()).collect(),
        rules: if exception.break_glass {
            vec!["all: it breaks the glass".to_owned()]
        } else {
            exception.rules.clone()
        },
        reason: exception.reason.clone(),
        owner: exception.owner.clone(),
        approver: exception.approver.clone(),
        created: exception.created.to_string(),
        expires: exception.expires.to_string(),
        findings: findings
            .iter()
            .filter(|(line, _)| *line == exception.line)
            .map(|(_, finding)| finding.to_string())
            .collect(),
    });
    all.collect()
}

fn framework(report: &FrameworkReport) -> Framework {
    Framework {
        id: report.framework.id,
        title: report.framework.title,
        source: report.framework.source,
        controls: report
            .controls
            .iter()
            .map(|found| Control {
                id: found.control.id,
                asks: found.control.asks,
                standing: found.standing.word(),
                evidence: found.evidence.clone(),
            })
            .collect(),
    }
}
