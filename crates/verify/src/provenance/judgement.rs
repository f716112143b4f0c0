//! Provenance against what is expected of the build.

use plimsoll_attest::Provenance;
use rayon::prelude::*;

use super::check::Checks;
use super::{
    BuildExpectation, BuildView, BuilderRule, BuilderSigner, ParameterRule, ProvenBuild, ProvenanceExpectation,
    ProvenanceOutcome, ProvenanceRefusal, Repository, references,
};
use crate::verification::{About, judge};
use crate::{
    Claim, Claims, Code, Evidence, EvidenceKind, Expectation, LogRule, Pattern, PublicKey, Refusal, SignerExpectation,
    Subject, TrustedRoot, Verified,
};

/// Verifies all provenance about an artifact against what is expected of its build.
///
/// One piece that proves all of it is enough, and what does not is told with the reason: nothing that is added to the evidence
/// turns a success into a failure. Statements of other types, and lines that hold nothing known, prove nothing.
#[must_use]
pub fn verify_provenance(
    evidence: &[Evidence],
    subject: &Subject,
    expectation: &ProvenanceExpectation,
    roots: &[TrustedRoot],
) -> ProvenanceOutcome {
    let signers = signers(&expectation.builders);
    let judged: Vec<Result<ProvenBuild, Box<ProvenanceRefusal>>> = evidence
        .par_iter()
        .map(|piece| match prove(piece, subject, expectation, &signers, roots) {
            Ok(verified) => weigh(verified, piece.payload().unwrap_or_default(), expectation),
            Err(refusal) => Err(Box::new(refused(*refusal))),
        })
        .collect();
    let mut outcome = ProvenanceOutcome { subject: subject.clone(), proven: Vec::new(), refused: Vec::new() };
    for verdict in judged {
        match verdict {
            Ok(build) => outcome.proven.push(build),
            Err(refusal) => outcome.refused.push(*refusal),
        }
    }
    if evidence.is_empty() {
        outcome.refused.push(ProvenanceRefusal {
            place: String::new(),
            kind: None,
            code: Code::NoEvidence,
            reason: "there is no provenance".into(),
            expected: None,
            actual: None,
            untrusted: Claims::default(),
            view: None,
            checks: Vec::new(),
        });
    }
    outcome
}

/// Any certificate, and all keys of the rules: who may sign for which builder is decided once it is known who did.
fn signers(rules: &[BuilderRule]) -> Vec<SignerExpectation> {
    let keys: Vec<PublicKey> = rules
        .iter()
        .filter_map(|rule| match &rule.signer {
            BuilderSigner::Keys(keys) => Some(keys.iter().cloned()),
            _ => None,
        })
        .flatten()
        .collect();
    let mut signers = Vec::new();
    if rules.iter().any(|rule| !matches!(rule.signer, BuilderSigner::Keys(_)))
        && let Ok(anybody) = Pattern::regex("(?s).*")
    {
        let (identity, issuer) = (vec![anybody.clone()], vec![anybody]);
        signers.push(SignerExpectation::Keyless { identity, issuer, claims: Vec::new() });
    }
    if !keys.is_empty() {
        signers.push(SignerExpectation::Keys(keys));
    }
    signers
}

/// The cryptography, and that it is about this artifact.
fn prove(
    piece: &Evidence,
    subject: &Subject,
    expectation: &ProvenanceExpectation,
    signers: &[SignerExpectation],
    roots: &[TrustedRoot],
) -> Result<Verified, Box<Refusal>> {
    let mut best: Option<Box<Refusal>> = None;
    for signer in signers {
        let mut wanted = Expectation::new(signer.clone(), expectation.at);
        (wanted.log, wanted.logs, wanted.times) = (expectation.log, expectation.logs, expectation.times);
        // What Google Cloud Build signs with its own keys is in no log. A policy that asks for one still refuses it.
        if piece.kind() == EvidenceKind::CloudBuild && wanted.log == LogRule::Required && wanted.logs <= 1 {
            wanted.log = LogRule::NotUsedWithKey;
        }
        match judge(piece, About::Artifact(subject), &wanted, roots) {
            Ok(verified) => return Ok(verified),
            // That it is signed with the other kind of thing is the least of reasons.
            Err(refusal) if best.as_ref().is_none_or(|best| best.code == Code::KindOfSigner) => best = Some(refusal),
            Err(_) => {}
        }
    }
    Err(best.unwrap_or_else(|| {
        Box::new(Refusal {
            place: piece.place().to_owned(),
            kind: Some(piece.kind()),
            code: Code::UntrustedBuilder,
            reason: "nobody is recognised as a builder".into(),
            expected: None,
            actual: None,
            untrusted: Claims::default(),
        })
    }))
}

pub(super) fn refused(refusal: Refusal) -> ProvenanceRefusal {
    ProvenanceRefusal {
        place: refusal.place,
        kind: refusal.kind,
        code: refusal.code,
        reason: refusal.reason,
        expected: refusal.expected,
        actual: refusal.actual,
        untrusted: refusal.untrusted,
        view: None,
        checks: Vec::new(),
    }
}

/// What a verified statement says of the build, against what is expected.
fn weigh(
    verified: Verified,
    payload: &[u8],
    expectation: &ProvenanceExpectation,
) -> Result<ProvenBuild, Box<ProvenanceRefusal>> {
    let fail = |verified: &Verified, code: Code, reason: String| {
        Box::new(ProvenanceRefusal {
            place: verified.place().to_owned(),
            kind: Some(verified.kind()),
            code,
            reason,
            expected: None,
            actual: None,
            untrusted: verified.claims().clone(),
            view: None,
            checks: Vec::new(),
        })
    };
    let Some(statement) = verified.statement().filter(|statement| Provenance::is_type(statement.predicate_type()))
    else {
        let what = verified.statement().map_or("a signature over the artifact", |found| found.predicate_type());
        return Err(fail(&verified, Code::PredicateType, format!("it is no provenance but {what}")));
    };
    let view = Provenance::of(statement)
        .map_err(|error| crate::evidence::chain(&error))
        .and_then(|provenance| BuildView::of(&provenance, statement.predicate_type()));
    let view = view.map_err(|reason| fail(&verified, Code::Provenance, reason))?;
    let mut checks = Checks::default();
    checks.of_evidence(verified.checks());
    let recognised = recognise(&mut checks, &view, &verified, expectation);
    if recognised.is_some() {
        check_build(&mut checks, &view, verified.claims(), &expectation.build);
    }
    let level = recognised.map_or(0, |rule| rule.level);
    checks.compare(
        level >= expectation.build.level,
        "level",
        Code::Level,
        format!("at least {}", expectation.build.level),
        Some(&level.to_string()),
        "signer and builder",
    );
    if let Some((failed, code)) = checks.failure() {
        let (expected, actual) = (failed.expected.clone(), failed.actual.clone());
        let mut refusal = fail(&verified, code, code.means().to_owned());
        (refusal.expected, refusal.actual) = (expected, actual);
        (refusal.view, refusal.checks) = (Some(view), checks.0);
        return Err(refusal);
    }
    let builder = recognised.map(|rule| rule.name.clone()).unwrap_or_default();
    Ok(ProvenBuild { verified, view, level, builder, checks: checks.0, payload: payload.to_vec() })
}

/// The rule that is worth most of those that recognise signer and builder.
fn recognise<'a>(
    checks: &mut Checks,
    view: &BuildView,
    verified: &Verified,
    expectation: &'a ProvenanceExpectation,
) -> Option<&'a BuilderRule> {
    let claims = verified.claims();
    let source = expectation.build.source.as_ref().or_else(|| view.source.as_ref()?.repository.as_ref());
    let source = source.map(Repository::to_uri);
    let recognising = expectation
        .builders
        .iter()
        .filter(|rule| rule.recognises(&view.builder_id, &view.build_type, claims, verified.key(), source.as_deref()));
    let rule = recognising.max_by_key(|rule| rule.level);
    let key = verified.key().map(|key| format!("key {key}"));
    let signer = claims.identity().map(str::to_owned).or(key).unwrap_or_default();
    let actual = format!("{signer} for {}", view.builder_id);
    match rule {
        Some(rule) => checks.passed("signer", rule.name.as_str(), &actual, "certificate"),
        None => {
            // The signer is a builder by itself, and the document names another.
            let other = claims.identity().is_some_and(|identity| {
                identity != view.builder_id
                    && expectation.builders.iter().any(|rule| {
                        rule.recognises(identity, &view.build_type, claims, verified.key(), source.as_deref())
                    })
            });
            let code = if other { Code::BuilderMismatch } else { Code::UntrustedBuilder };
            let names: Vec<&str> = expectation.builders.iter().map(|rule| rule.name.as_str()).collect();
            checks.failed("signer", code, names.join(", "), Some(&actual), "certificate");
        }
    }
    rule
}

fn check_build(checks: &mut Checks, view: &BuildView, claims: &Claims, expected: &BuildExpectation) {
    one_of(checks, "builder", Code::Builder, &expected.builder, &view.builder_id);
    one_of(checks, "build-type", Code::BuildType, &expected.build_types, &view.build_type);
    against_certificate(checks, view, claims);
    check_source(checks, view, claims, expected);
    check_source_id(checks, view, claims, expected.source_id.as_deref());
    references::check(checks, view, &expected.references);
    check_commit(checks, view, expected.commit.as_deref());
    match (&expected.workflow, &view.workflow) {
        (Some(pattern), found) => {
            let holds = found.as_deref().is_some_and(|path| pattern.matches(path));
            checks.compare(holds, "workflow", Code::Workflow, pattern.to_string(), found.as_deref(), "");
        }
        (None, found) => checks.not_checked("workflow", found.as_deref(), ""),
    }
    check_inputs(checks, view, expected);
    check_parameters(checks, view, expected);
}

fn one_of(checks: &mut Checks, name: &'static str, code: Code, patterns: &[Pattern], value: &str) {
    if patterns.is_empty() {
        return checks.not_checked(name, Some(value), "");
    }
    let holds = patterns.iter().any(|pattern| pattern.matches(value));
    let expected = patterns.iter().map(Pattern::to_string).collect::<Vec<_>>().join(" or ");
    checks.compare(holds, name, code, expected, Some(value), "");
}

/// What the document says and the certificate says too has to be the same.
fn against_certificate(checks: &mut Checks, view: &BuildView, claims: &Claims) {
    for (new, old) in [
        (Claim::SourceRepositoryDigest, Claim::GithubWorkflowSha),
        (Claim::SourceRepositoryRef, Claim::GithubWorkflowRef),
        (Claim::BuildTrigger, Claim::GithubWorkflowTrigger),
    ] {
        if let (Some(new), Some(old)) = (claims.get(new), claims.get(old))
            && new != old
        {
            checks.failed("certificate", Code::Contradiction, new, Some(old), "certificate");
        }
    }
    if let (Some(new), Some(old)) =
        (claims.get(Claim::SourceRepositoryUri), claims.get(Claim::GithubWorkflowRepository))
        && new.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path) != Some(old)
    {
        checks.failed("certificate", Code::Contradiction, new, Some(old), "certificate");
    }
    for stated in &view.stated {
        let Some(claimed) = claims.with_deprecated(stated.claim) else {
            let name = stated.claim.name();
            if view.forgeable {
                checks.failed(
                    name,
                    Code::Contradiction,
                    "the same in the certificate",
                    Some(&stated.value),
                    &stated.place,
                );
            } else {
                checks.not_checked(name, Some(&stated.value), &stated.place);
            }
            continue;
        };
        let same = match stated.claim {
            Claim::SourceRepositoryUri => {
                Repository::parse(&claimed).is_some_and(|claimed| Repository::parse(&stated.value) == Some(claimed))
            }
            // Where the attempt is not stated, that of the certificate may be any.
            Claim::RunInvocationUri => claimed.strip_prefix(&stated.value).is_some_and(|rest| {
                rest.is_empty() || (rest.starts_with("/attempts/") && !stated.value.contains("/attempts/"))
            }),
            _ => *claimed == *stated.value,
        };
        let name = stated.claim.name();
        checks.compare(same, name, Code::Contradiction, claimed, Some(&stated.value), &stated.place);
    }
}

fn check_source(checks: &mut Checks, view: &BuildView, claims: &Claims, expected: &BuildExpectation) {
    let claimed = claims.with_deprecated(Claim::SourceRepositoryUri);
    let Some(source) = &expected.source else {
        checks.not_checked("source", view.source.as_ref().map(|source| source.uri.as_str()), "");
        return;
    };
    if let Some(claimed) = &claimed {
        let same = Repository::parse(claimed).as_ref() == Some(source);
        checks.compare(same, "source", Code::Source, source.as_str(), Some(claimed), "certificate");
    }
    match &view.source {
        Some(found) => {
            let same = found.repository.as_ref() == Some(source);
            checks.compare(same, "source", Code::Source, source.as_str(), Some(&found.uri), &found.place);
        }
        None => checks.failed("source", Code::Source, source.as_str(), None, ""),
    }
    if let Some(found) = &view.definition {
        let same = found.repository.as_ref() == Some(source);
        checks.compare(same, "definition", Code::Source, source.as_str(), Some(&found.uri), &found.place);
    }
}

/// The number of the repository. It stays when the repository is renamed, so that it does by itself, without a name.
fn check_source_id(checks: &mut Checks, view: &BuildView, claims: &Claims, expected: Option<&str>) {
    let Some(id) = expected else { return };
    let stated = view.stated.iter().find(|stated| stated.claim == Claim::SourceRepositoryIdentifier);
    let (found, place) = match (claims.get(Claim::SourceRepositoryIdentifier), stated) {
        (Some(found), _) => (Some(found), "certificate"),
        (None, Some(stated)) => (Some(stated.value.as_str()), stated.place.as_str()),
        (None, None) => (None, "certificate"),
    };
    checks.compare(found == Some(id), "source-id", Code::Source, id, found, place);
}

fn check_commit(checks: &mut Checks, view: &BuildView, expected: Option<&str>) {
    let source = view.source.as_ref();
    let (found, place) =
        (source.and_then(|source| source.commit.as_deref()), source.map_or("", |source| &source.place));
    match expected {
        Some(commit) => {
            checks.compare(found == Some(commit), "commit", Code::Commit, commit, found, place);
        }
        None => checks.not_checked("commit", found, place),
    }
}

fn check_inputs(checks: &mut Checks, view: &BuildView, expected: &BuildExpectation) {
    for (name, value) in &expected.inputs {
        let found = view.inputs.get(name).map(plain);
        let (wanted, found) = (format!("{name}={value}"), found.map(|found| format!("{name}={found}")));
        let holds = found.as_deref() == Some(&wanted);
        checks.compare(holds, "input", Code::Inputs, wanted, found.as_deref(), "");
    }
}

/// Every parameter has to be one that the type of build has, or one that whoever verifies has named.
fn check_parameters(checks: &mut Checks, view: &BuildView, expected: &BuildExpectation) {
    let names = |rule: &str, path: &str| match rule.strip_suffix(".*") {
        Some(above) => path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.')),
        None => rule == "*" || rule == path,
    };
    for parameter in &view.parameters {
        let text = plain(&parameter.value);
        let rule = expected.parameters.iter().filter(|(rule, _)| names(rule, &parameter.path));
        // The longest rule is the one that says most.
        let (holds, wanted) = match rule.max_by_key(|(rule, _)| rule.len()) {
            Some((_, ParameterRule::Any)) => (true, "anything".to_owned()),
            Some((_, ParameterRule::Equal(value))) => (*value == parameter.value, plain(value)),
            Some((_, ParameterRule::Matches(pattern))) => {
                (parameter.value.as_str().is_some_and(|text| pattern.matches(text)), pattern.to_string())
            }
            None if parameter.known => {
                checks.not_checked("parameter", Some(&format!("{}={text}", parameter.path)), "");
                continue;
            }
            None => (false, "no parameter that nobody knows".to_owned()),
        };
        let found = format!("{}={text}", parameter.path);
        checks.compare(holds, "parameter", Code::Parameter, wanted, Some(&found), "");
    }
    for (rule, wanted) in &expected.parameters {
        if !matches!(wanted, ParameterRule::Any) && !view.parameters.iter().any(|found| names(rule, &found.path)) {
            checks.failed("parameter", Code::Parameter, rule.as_str(), None, "");
        }
    }
}

/// A value as text: that of a string without quotes.
fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
