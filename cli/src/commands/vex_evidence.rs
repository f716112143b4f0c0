//! VEX as evidence: whose word a document is, by the signatures that are with it.
//!
//! A policy names whose VEX may take findings away (`[[vex.signer]]`). Two shapes are verified: a bundle or envelope whose
//! statement holds the VEX, which speaks of the subjects of the statement; and a signature over the document itself, in a
//! file beside it. What is not signed by somebody whom the policy names is read all the same, as a claim.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll_advisory::vex::{Party, Trust, VexBook, VexDocument, VexError, read};
use plimsoll_attest::{PredicateType, Statement};
use plimsoll_model::Limits;
use plimsoll_policy::VexSigner;
use plimsoll_verify::{
    AnySubject, Evidence, Expectation, LogRule, NamedDigest, Outcome, Refusal, Subject, TrustedRoot, read_evidence,
    verify, verify_about,
};
use serde_json::json;

use super::targets;
use crate::failure::Failure;
use crate::input;

/// Whom to believe.
pub(super) struct VexTrust<'a> {
    /// Whom the policy names ([`plimsoll_policy::Policy::vex_signers`]).
    pub(super) signers: &'a [VexSigner],
    pub(super) roots: &'a [TrustedRoot],
    /// Whether signatures by key need a log entry.
    pub(super) log: LogRule,
    /// The latest time at which it may have been signed.
    pub(super) at: Timestamp,
}

/// What was read, and what is to be told about it.
#[derive(Default)]
pub(super) struct ReadVex {
    pub(super) book: VexBook,
    /// Whose word each document is.
    pub(super) notes: Vec<String>,
    /// What is wrong with them.
    pub(super) warnings: Vec<String>,
}

/// Reads VEX from files: documents with or without a signature beside them, bundles, envelopes, lines of them.
///
/// # Errors
/// One of them cannot be read: a statement that is silently missing would be a finding that comes and goes.
pub(super) fn read_vex(files: &[PathBuf], trust: &VexTrust<'_>, limits: &Limits) -> Result<ReadVex, Failure> {
    let mut all = ReadVex::default();
    for path in files {
        let bytes = input::bytes(path, limits)?;
        let name = path.display().to_string();
        match read(&bytes, limits) {
            Ok(document) => {
                let beside = if path == Path::new("-") { Vec::new() } else { targets::beside(path, None)? };
                let outcome = signed_over(bytes, &beside, trust);
                all.add(&name, document, outcome);
            }
            Err(error) => {
                let pieces = read_evidence(&bytes, &name).unwrap_or_default();
                if !all.add_evidence(&pieces, trust, limits) {
                    return Err(unreadable(&name, error));
                }
            }
        }
    }
    Ok(all)
}

fn unreadable(name: &str, error: VexError) -> Failure {
    Failure::failed(anyhow::Error::new(error).context(format!("cannot read {name}")))
}

impl ReadVex {
    /// Adds the VEX in pieces of evidence, such as those that are attached to an image; what states something else is
    /// passed over. Says whether there was any.
    pub(super) fn add_evidence(&mut self, pieces: &[Evidence], trust: &VexTrust<'_>, limits: &Limits) -> bool {
        let mut any = false;
        for piece in pieces {
            let Some(statement) = piece.unverified_statement().filter(may_hold_vex) else { continue };
            let outcome = signed_statement(piece, &statement, trust);
            // What was verified is what is read.
            let statement = match &outcome {
                Ok((_, Some(verified))) => verified,
                _ => &statement,
            };
            let Some(document) = document(statement, limits) else { continue };
            any = true;
            self.add(piece.place(), document, outcome.map(|(trust, _)| trust));
        }
        any
    }

    fn add(&mut self, name: &str, document: VexDocument, outcome: Result<Trust, String>) {
        for fault in &document.faults {
            let line = fault.line.map(|line| format!("{line}:")).unwrap_or_default();
            self.warnings.push(format!("{name}:{line} {fault}"));
        }
        let (trust, note) = match outcome {
            Ok(trust) => (trust.clone(), format!("{name}: VEX {}", trust.label())),
            Err(reason) => (Trust::Unverified, format!("{name}: VEX that is shown as a claim: {reason}")),
        };
        self.notes.push(note);
        self.book.add(document, &trust);
    }
}

/// Whether a statement is of a type that VEX comes as.
fn may_hold_vex(statement: &Statement) -> bool {
    ["openvex", "cyclonedx"]
        .into_iter()
        .filter_map(PredicateType::parse)
        .any(|wanted| wanted.accepts(statement.predicate_type()))
}

/// The document in a statement.
pub(super) fn document(statement: &Statement, limits: &Limits) -> Option<VexDocument> {
    let subjects = statement.subjects().iter().map(|subject| json!({ "name": subject.name, "digest": subject.digest }));
    let payload = json!({
        "predicateType": statement.predicate_type(),
        "subject": subjects.collect::<Vec<_>>(),
        "predicate": statement.predicate(),
    });
    read(payload.to_string().as_bytes(), limits).ok()
}

/// Who signed the bytes of a document. A statement about it, say how it was built, is not its author's word.
fn signed_over(bytes: Vec<u8>, beside: &[Evidence], trust: &VexTrust<'_>) -> Result<Trust, String> {
    if beside.is_empty() {
        return Err("it is not signed".to_owned());
    }
    let subject = Subject::bytes(bytes);
    first_signer(trust, |expectation| {
        let outcome = verify(beside, &subject, expectation, trust.roots);
        let own = outcome.verified().iter().any(|verified| verified.statement().is_none());
        if own { Ok(()) } else { Err(reason(&outcome)) }
    })
    .map(|(trust, ())| trust)
}

/// Who signed a statement, and what was signed.
fn signed_statement(
    piece: &Evidence,
    statement: &Statement,
    trust: &VexTrust<'_>,
) -> Result<(Trust, Option<Statement>), String> {
    let subject = subject(statement).ok_or("it names no subject that can be told")?;
    first_signer(trust, |expectation| {
        let outcome = verify_about(std::slice::from_ref(piece), &subject, expectation, trust.roots);
        match outcome.verified().first() {
            Some(verified) => Ok(verified.statement().cloned()),
            None => Err(reason(&outcome)),
        }
    })
}

/// One subject of a statement: the signature is over all of them. Whether any is what is looked at is asked where the VEX is used.
fn subject(statement: &Statement) -> Option<AnySubject> {
    let named = || {
        statement.subjects().iter().flat_map(|subject| &subject.digest).map(|(name, value)| format!("{name}:{value}"))
    };
    let artifact = named().find_map(|text| Subject::digest(&text).ok()).map(AnySubject::Artifact);
    artifact.or_else(|| named().find_map(|text| NamedDigest::parse(&text).ok()).map(|one| AnySubject::Named(vec![one])))
}

/// The first whom the policy names of whom it is proven; the makers of products before others.
fn first_signer<T>(
    trust: &VexTrust<'_>,
    mut prove: impl FnMut(&Expectation) -> Result<T, String>,
) -> Result<(Trust, T), String> {
    let mut signers: Vec<&VexSigner> = trust.signers.iter().collect();
    signers.sort_by_key(|signer| signer.party != Party::First);
    let mut reasons: Vec<String> = Vec::new();
    for signer in signers {
        let mut expectation = Expectation::new(signer.signer.clone(), trust.at);
        expectation.log = trust.log;
        match prove(&expectation) {
            Ok(proven) => return Ok((signer.trust(), proven)),
            Err(reason) => reasons.push(format!("not by {}: {reason}", signer.name)),
        }
    }
    Err(if reasons.is_empty() { "no policy names whose VEX counts".to_owned() } else { reasons.join("; ") })
}

/// Why nothing was proven.
fn reason(outcome: &Outcome) -> String {
    let told: Vec<&str> = outcome.refused().iter().take(3).map(Refusal::reason).collect();
    if told.is_empty() { "it is signed for something else than its content".to_owned() } else { told.join(", ") }
}
