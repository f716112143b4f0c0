//! Evidence against expectation.

use std::collections::BTreeSet;

use plimsoll_attest::{Statement, Subject as StatementSubject};
use rayon::prelude::*;

use crate::engine::{Bound, Means, Proof, Question, Refused, prove};
use crate::evidence::{SimpleSigning, distribution};
use crate::{
    AnySubject, Check, CheckState, Claim, Claims, Code, Evidence, EvidenceKind, Expectation, LogRule, NamedDigest,
    Outcome, Pattern, PublicKey, Refusal, SignerExpectation, Subject, TrustedRoot, Verified,
};

/// Verifies all evidence about a subject against what is expected, for each piece against every trusted root.
///
/// One piece that proves everything is enough; the others are told with the reason. No evidence is a refusal, never a success.
#[must_use]
pub fn verify(evidence: &[Evidence], subject: &Subject, expectation: &Expectation, roots: &[TrustedRoot]) -> Outcome {
    gather(evidence, subject, About::Artifact(subject), expectation, roots)
}

fn gather(
    evidence: &[Evidence],
    subject: &Subject,
    about: About<'_>,
    expectation: &Expectation,
    roots: &[TrustedRoot],
) -> Outcome {
    let judged: Vec<Result<Verified, Box<Refusal>>> =
        evidence.par_iter().map(|piece| judge(piece, about, expectation, roots)).collect();
    let mut outcome = Outcome { subject: subject.clone(), verified: Vec::new(), refused: Vec::new() };
    for verdict in judged {
        match verdict {
            Ok(verified) => outcome.verified.push(verified),
            Err(refusal) => outcome.refused.push(*refusal),
        }
    }
    if evidence.is_empty() {
        outcome.refused.push(Refusal {
            place: String::new(),
            kind: None,
            code: Code::NoEvidence,
            reason: "there is no evidence".into(),
            expected: None,
            actual: None,
            untrusted: Claims::default(),
        });
    }
    outcome
}

/// Verifies evidence about an artifact, or about what only digests of other kinds name. The outcome of the latter has a subject
/// without digests; what else is as in [`verify`].
#[must_use]
pub fn verify_about(
    evidence: &[Evidence],
    subject: &AnySubject,
    expectation: &Expectation,
    roots: &[TrustedRoot],
) -> Outcome {
    match subject {
        AnySubject::Artifact(subject) => verify(evidence, subject, expectation, roots),
        AnySubject::Named(digests) => gather(evidence, &Subject::unknown(), About::Named(digests), expectation, roots),
    }
}

/// A refusal with what was expected and found.
struct Reason {
    refused: Refused,
    expected: Option<String>,
    actual: Option<String>,
    untrusted: Claims,
}

impl From<Refused> for Box<Reason> {
    fn from(refused: Refused) -> Self {
        Self::new(Reason { refused, expected: None, actual: None, untrusted: Claims::default() })
    }
}

impl Reason {
    fn differs(code: Code, reason: String, expected: String, actual: Option<&str>) -> Box<Self> {
        let refused = Refused::new(code, reason);
        Box::new(Self {
            refused,
            expected: Some(expected),
            actual: actual.map(str::to_owned),
            untrusted: Claims::default(),
        })
    }
}

/// What evidence has to be about.
#[derive(Clone, Copy)]
pub(crate) enum About<'a> {
    /// An artifact.
    Artifact(&'a Subject),
    /// What one subject of the statement names by all of these digests, of whatever algorithm.
    Named(&'a [NamedDigest]),
}

pub(crate) fn judge(
    piece: &Evidence,
    about: About<'_>,
    expectation: &Expectation,
    roots: &[TrustedRoot],
) -> Result<Verified, Box<Refusal>> {
    let mut verified = identify_piece(piece, about, expectation, roots)?;
    let untrusted = |mut reason: Box<Reason>, claims: &Claims| {
        reason.untrusted = claims.clone();
        refusal(&piece.place, piece.kind, *reason)
    };
    expect_type(&mut verified.checks, verified.statement.as_deref(), expectation)
        .map_err(|reason| untrusted(reason, &verified.claims))?;
    expect_signer(&mut verified.checks, &verified.claims, &expectation.signer)
        .map_err(|reason| untrusted(reason, &verified.claims))?;
    Ok(verified)
}

fn refusal(place: &str, kind: EvidenceKind, reason: Reason) -> Box<Refusal> {
    Box::new(Refusal {
        place: place.to_owned(),
        kind: Some(kind),
        code: reason.refused.code,
        reason: reason.refused.reason,
        expected: reason.expected,
        actual: reason.actual,
        untrusted: reason.untrusted,
    })
}

/// What a piece proves by itself, whoever is expected.
pub(crate) fn identify_piece(
    piece: &Evidence,
    about: About<'_>,
    expectation: &Expectation,
    roots: &[TrustedRoot],
) -> Result<Verified, Box<Refusal>> {
    prove_piece(piece, about, expectation, roots).map_err(|reason| refusal(&piece.place, piece.kind, *reason))
}

/// Everything but who signed and what is stated. What this gives reaches nobody as it is.
fn prove_piece(
    piece: &Evidence,
    about: About<'_>,
    expectation: &Expectation,
    roots: &[TrustedRoot],
) -> Result<Verified, Box<Reason>> {
    let statement = piece.statement().transpose().map_err(|reason| Refused::new(Code::Statement, reason))?;
    let unknown = Subject::unknown();
    let (subject, bound) = match (about, &statement, &piece.claim) {
        (About::Artifact(subject), Some(statement), _) => match bind(statement, subject) {
            Ok(bound) => (subject, bound),
            // Here the signature needs no artifact, so that a statement that was changed is told from one about another.
            Err(other) if piece.kind == EvidenceKind::CloudBuild => {
                let judged = prove_by_any(piece, subject, Bound::Unstated, expectation, roots);
                return Err(judged.err().unwrap_or(other));
            }
            Err(other) => return Err(other),
        },
        (About::Artifact(subject), None, Some(claim)) => (subject, bind_claim(claim, subject)?),
        (About::Artifact(subject), None, None) => (subject, Bound::Unstated),
        (About::Named(digests), Some(statement), _) => (&unknown, bind_named(statement, digests)?),
        (About::Named(_), None, _) => {
            return Err(Refused::new(Code::Subject, "it is no statement, and nothing else names such a digest").into());
        }
    };
    // What was signed is the claim, and not the artifact.
    let signed = piece.claim.as_ref().map_or(subject, |claim| &claim.signed);
    let (proof, root, key) = prove_by_any(piece, signed, bound, expectation, roots)?;
    let mut checks = vec![
        passed(
            "signature",
            key.as_ref().map_or("by certificate".to_owned(), |key| format!("by key {}", key.fingerprint())),
        ),
        passed(
            "subject",
            match (bound, about) {
                (Bound::Digest(algorithm, hex), _) => format!("{}:{hex}", algorithm.token()),
                (_, About::Artifact(subject)) => subject.to_string(),
                (_, About::Named(digests)) => NamedDigest::list(digests),
            },
        ),
    ];
    if let Some(claim) = &piece.claim {
        checks.push(skipped("image-name", format!("it was {:?} for whoever signed it", claim.reference)));
    }
    if let (EvidenceKind::Pep740, Some(statement)) = (piece.kind, &statement) {
        let named = distribution(statement, subject.file_name()).map_err(|reason| Refused::new(Code::Subject, reason));
        checks.push(passed("distribution", named?));
    }
    evidence_checks(&mut checks, &proof, expectation, root, key)?;
    Ok(Verified {
        place: piece.place.clone(),
        kind: piece.kind,
        trusted_root: root.name().to_owned(),
        statement,
        claims: proof.claims,
        key: key.map(PublicKey::fingerprint),
        times: proof.times,
        checks,
    })
}

/// What was proven by itself, held to who may have signed.
pub(crate) fn accept(identified: &Verified, signer: &SignerExpectation) -> Result<Verified, Box<Refusal>> {
    let mut checks = identified.checks.clone();
    if let SignerExpectation::Keys(_) = signer {
        let reason = Refused::new(Code::KindOfSigner, "it is signed with a certificate, and a key is expected");
        return Err(refusal(&identified.place, identified.kind, *Box::<Reason>::from(reason)));
    }
    if let Err(mut reason) = expect_signer(&mut checks, &identified.claims, signer) {
        reason.untrusted = identified.claims.clone();
        return Err(refusal(&identified.place, identified.kind, *reason));
    }
    Ok(Verified {
        place: identified.place.clone(),
        kind: identified.kind,
        trusted_root: identified.trusted_root.clone(),
        statement: identified.statement.clone(),
        claims: identified.claims.clone(),
        key: identified.key.clone(),
        times: identified.times.clone(),
        checks,
    })
}

/// A digest that a statement and the subject have in common. A subject of the statement that agrees in one algorithm and
/// differs in another is not the same thing.
fn bind<'a>(statement: &Statement, subject: &'a Subject) -> Result<Bound<'a>, Box<Reason>> {
    let agrees = |named: &StatementSubject| {
        let mut common = subject
            .digests()
            .filter_map(|(algorithm, hex)| Some((algorithm, hex, named.digest.get(algorithm.token())?)));
        let first = common.next()?;
        (first.2 == first.1 && common.all(|(_, hex, value)| value == hex)).then_some(Bound::Digest(first.0, first.1))
    };
    statement.subjects().iter().find_map(agrees).ok_or_else(|| another(statement, subject.to_string()))
}

/// One subject of the statement has all of these digests.
fn bind_named(statement: &Statement, digests: &[NamedDigest]) -> Result<Bound<'static>, Box<Reason>> {
    let has = |subject: &StatementSubject, digest: &NamedDigest| {
        subject.digest.get(digest.algorithm()).is_some_and(|value| value == digest.value())
    };
    let one = statement.subjects().iter().find(|subject| digests.iter().all(|digest| has(subject, digest)));
    match one.filter(|_| !digests.is_empty()) {
        Some(_) => Ok(Bound::Named),
        None => Err(another(statement, NamedDigest::list(digests))),
    }
}

fn another(statement: &Statement, expected: String) -> Box<Reason> {
    let named: Vec<String> = statement
        .subjects()
        .iter()
        .take(3)
        .flat_map(|subject| subject.digest.iter().map(|(algorithm, hex)| format!("{algorithm}:{hex}")))
        .collect();
    let reason = "the statement is about another artifact".into();
    Reason::differs(Code::Subject, reason, expected, Some(&named.join(", ")))
}

/// The digest that a claim about an image names, when it is one of the subject.
fn bind_claim<'a>(claim: &SimpleSigning, subject: &'a Subject) -> Result<Bound<'a>, Box<Reason>> {
    let common = subject.hex(claim.algorithm).filter(|_| claim.is_about(subject));
    common.map(|hex| Bound::Digest(claim.algorithm, hex)).ok_or_else(|| {
        let actual = format!("{}:{}", claim.algorithm.token(), claim.hex);
        Reason::differs(
            Code::Subject,
            "the signature is about another image".into(),
            subject.to_string(),
            Some(&actual),
        )
    })
}

/// Proves it with any of the keys and trusted roots.
fn prove_by_any<'a>(
    piece: &Evidence,
    subject: &Subject,
    bound: Bound<'_>,
    expectation: &'a Expectation,
    roots: &'a [TrustedRoot],
) -> Result<(Proof, &'a TrustedRoot, Option<&'a PublicKey>), Box<Reason>> {
    let keys: Vec<Option<&PublicKey>> = match &expectation.signer {
        SignerExpectation::Keyless { .. } => vec![None],
        SignerExpectation::Keys(keys) => keys.iter().map(Some).collect(),
    };
    let mut best: Option<Refused> = None;
    for root in roots {
        for key in &keys {
            let logged = match expectation.log {
                LogRule::Required => root.has_logs(),
                LogRule::NotUsedWithKey => key.is_none() && root.has_logs(),
                LogRule::IgnoredInsecurely => false,
            };
            let question = Question {
                subject,
                bound,
                means: key.map_or(Means::Certificate, Means::Key),
                root,
                logged,
                timeless: expectation.is_timeless(),
                tell_authorities: expectation.times > 1,
            };
            match prove(&piece.form, question) {
                Ok(proof) => return Ok((proof, root, *key)),
                Err(refused) if best.as_ref().is_none_or(|best| far(best.code) < far(refused.code)) => {
                    best = Some(refused)
                }
                Err(_) => {}
            }
        }
    }
    Err(best.unwrap_or_else(|| Refused::new(Code::Authority, "nobody is trusted")).into())
}

/// Of several refusals the one that came furthest is told: that an instance is not the right one is the least of reasons.
fn far(code: Code) -> u8 {
    match code {
        Code::Authority | Code::UnknownLog | Code::AuthorityWithdrawn => 0,
        Code::Key | Code::NoTime | Code::NoLogEntry | Code::Timestamp | Code::CertificateLog => 1,
        _ => 2,
    }
}

/// Logs and times.
fn evidence_checks(
    checks: &mut Vec<Check>,
    proof: &Proof,
    expectation: &Expectation,
    root: &TrustedRoot,
    key: Option<&PublicKey>,
) -> Result<(), Box<Reason>> {
    match (key, proof.certificate_logged) {
        (Some(_), _) => {}
        (None, true) => {
            checks.push(passed("certificate", format!("issued by an authority of {}", root.name())));
            checks.push(passed("certificate-log", "a trusted log vouches for the certificate".into()));
        }
        (None, false) => {
            checks.push(passed("certificate", format!("issued by an authority of {}", root.name())));
            checks.push(skipped("certificate-log", format!("{} names no certificate log", root.name())));
        }
    }
    let least = if expectation.log == LogRule::Required { expectation.logs.max(1) } else { 0 };
    if proof.logs.is_empty() {
        let why = match expectation.log {
            LogRule::Required if root.has_logs() => {
                return Err(Refused::new(Code::NoLogEntry, "it has no log entry").into());
            }
            LogRule::Required => format!("{} names no transparency log", root.name()),
            LogRule::NotUsedWithKey => "not asked for (--no-tlog)".to_owned(),
            LogRule::IgnoredInsecurely => "ignored (--insecure-ignore-tlog)".to_owned(),
        };
        // Where there is no log, somebody else has to vouch for the time.
        if expectation.log == LogRule::Required && proof.times.is_empty() {
            let reason = format!("{} names no log, and no timestamp authority vouches for it", root.name());
            return Err(Refused::new(Code::NoTime, reason).into());
        }
        if expectation.logs > 1 {
            return Err(
                Refused::new(Code::Logs, format!("{} logs are asked for, and none is used", expectation.logs)).into()
            );
        }
        checks.push(skipped("log-entry", why));
    } else {
        if proof.logs.len() < least {
            let reason = format!("{least} distinct logs are asked for, and it is in {}", proof.logs.len());
            return Err(Refused::new(Code::Logs, reason).into());
        }
        checks.push(passed("log-entry", format!("in {} of the logs of {}", proof.logs.len(), root.name())));
    }
    checks.extend(proof.open.iter().map(|open| skipped("binding", (*open).to_owned())));
    let by: BTreeSet<&str> = proof.times.iter().map(|time| time.by.as_str()).collect();
    // A key has no end, so that nobody has to say when it was used, unless somebody asks.
    let least = match (key, expectation.times) {
        (None, _) if expectation.is_timeless() => 0,
        (None, asked) => asked.max(1),
        (Some(_), 0 | 1) => 0,
        (Some(_), asked) => asked,
    };
    if by.len() < least {
        let code = if by.is_empty() { Code::NoTime } else { Code::Times };
        let reason = format!("{least} distinct authorities have to vouch for its time, and {} do", by.len());
        return Err(Refused::new(code, reason).into());
    }
    if let Some(late) = proof.times.iter().find(|time| time.time > expectation.at) {
        let reason = format!("it was signed at {}, after {}", late.time, expectation.at);
        return Err(Refused::new(Code::Future, reason).into());
    }
    match proof.times.first() {
        Some(first) => checks.push(passed("time", format!("{} ({})", first.time, first.by))),
        None if key.is_none() => {
            let open = "nothing trusted says when it was signed; the certificate is taken as of its own beginning";
            checks.push(skipped("time", open.into()));
        }
        None => checks.push(skipped("time", "nothing says when it was signed; a key has no end".into())),
    }
    Ok(())
}

fn expect_type(
    checks: &mut Vec<Check>,
    statement: Option<&Statement>,
    expectation: &Expectation,
) -> Result<(), Box<Reason>> {
    match (&expectation.predicate_type, statement) {
        (Some(wanted), Some(statement)) if wanted.accepts(statement.predicate_type()) => {
            checks.push(passed("predicate-type", statement.predicate_type().to_owned()));
        }
        (Some(wanted), other) => {
            return Err(Reason::differs(
                Code::PredicateType,
                "it is of another type than was asked for".into(),
                wanted.to_string(),
                Some(other.map_or("a signature over the artifact itself", Statement::predicate_type)),
            ));
        }
        (None, Some(statement)) => {
            checks.push(skipped("predicate-type", format!("any will do; it is {}", statement.predicate_type())));
        }
        (None, None) => {}
    }
    Ok(())
}

fn expect_signer(checks: &mut Vec<Check>, claims: &Claims, signer: &SignerExpectation) -> Result<(), Box<Reason>> {
    let SignerExpectation::Keyless { identity, issuer, claims: wanted } = signer else {
        return Ok(());
    };
    // Whoever builds an expectation that names nobody gets nobody.
    if identity.is_empty() && wanted.is_empty() {
        return Err(Refused::new(Code::Identity, "nobody was named who may have signed").into());
    }
    expect(checks, "identity", Code::Identity, identity, claims.identity())?;
    expect(checks, "issuer", Code::Issuer, issuer, claims.get(Claim::Issuer))?;
    for (claim, pattern) in wanted {
        expect(checks, claim.name(), Code::ClaimMismatch, std::slice::from_ref(pattern), claims.get(*claim))?;
    }
    Ok(())
}

/// One of the patterns has to match; with none, the value is told and not checked.
fn expect(
    checks: &mut Vec<Check>,
    name: &'static str,
    code: Code,
    patterns: &[Pattern],
    value: Option<&str>,
) -> Result<(), Box<Reason>> {
    if patterns.is_empty() {
        checks.push(skipped(name, format!("any will do; it is {}", value.unwrap_or("not stated"))));
        return Ok(());
    }
    if let Some(value) = value
        && patterns.iter().any(|pattern| pattern.matches(value))
    {
        checks.push(passed(name, value.to_owned()));
        return Ok(());
    }
    let expected = patterns.iter().map(Pattern::to_string).collect::<Vec<_>>().join(" or ");
    Err(Reason::differs(code, format!("the {name} is not the one expected"), expected, value))
}

fn passed(name: &'static str, detail: String) -> Check {
    Check { name, state: CheckState::Passed, detail }
}

fn skipped(name: &'static str, detail: String) -> Check {
    Check { name, state: CheckState::NotChecked, detail }
}
