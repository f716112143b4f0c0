//! The cryptography: what a signature, its certificate, its log entries and timestamps prove by themselves. Whether that is
//! what was expected is decided above.

mod claims;
mod cloud_build;
mod library;
mod supplement;

use plimsoll_attest::{IN_TOTO_PAYLOAD_TYPE, is_in_toto_payload};
use sigstore_types::{Bundle, HashAlgorithm, KindVersion, SignatureContent, TransparencyLogEntry};

use crate::evidence::Form;
use crate::{Claims, Code, PublicKey, Subject, TrustedRoot, VerifiedTime};

pub(crate) use cloud_build::keys as cloud_build_keys;
pub(crate) use library::{Library, describe_certificate};
pub(crate) use supplement::{convert, is_about};

/// What the cryptography proved.
pub(crate) struct Proof {
    /// Who signed, by certificate.
    pub(crate) claims: Claims,
    pub(crate) times: Vec<VerifiedTime>,
    /// The logs that hold it, by the fingerprints of their keys; distinct.
    pub(crate) logs: Vec<String>,
    /// Whether a certificate log vouches for the certificate.
    pub(crate) certificate_logged: bool,
    /// What the checks leave open.
    pub(crate) open: Vec<&'static str>,
}

/// Why it proved nothing.
pub(crate) struct Refused {
    pub(crate) code: Code,
    pub(crate) reason: String,
}

impl Refused {
    pub(crate) fn new(code: Code, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

/// How a signature has to be made.
#[derive(Clone, Copy)]
pub(crate) enum Means<'a> {
    /// With a certificate of one of the trusted authorities.
    Certificate,
    /// With this key.
    Key(&'a PublicKey),
}

/// How a statement is about what is asked for.
#[derive(Clone, Copy)]
pub(crate) enum Bound<'a> {
    /// There is no statement: the signature is over the subject.
    Unstated,
    /// By a digest that it and the subject have in common.
    Digest(plimsoll_model::DigestAlgorithm, &'a str),
    /// By digests of other kinds, which were compared before.
    Named,
}

/// What is asked of the cryptography.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) subject: &'a Subject,
    /// How the statement is about the subject.
    pub(crate) bound: Bound<'a>,
    pub(crate) means: Means<'a>,
    pub(crate) root: &'a TrustedRoot,
    /// Whether log entries have to be proven.
    pub(crate) logged: bool,
    /// Whether a certificate of which nobody says when it was used is taken as of its own beginning.
    pub(crate) timeless: bool,
    /// Whether timestamp authorities have to be told apart.
    pub(crate) tell_authorities: bool,
}

/// Checks a signature and all that it brings along.
pub(crate) fn prove(form: &Form, question: Question<'_>) -> Result<Proof, Refused> {
    match form {
        Form::Bundle(bundle) if is_beyond_the_library(bundle, question.bound) => {
            supplement::prove(&convert(bundle, question.logged)?, question)
        }
        Form::Bundle(bundle) => {
            supplement::agrees(bundle, question)?;
            library::prove(bundle, question)
        }
        Form::Parts(parts) => supplement::prove(parts, question),
        Form::CloudBuild(build) => cloud_build::prove(build, question),
        Form::Unreadable(reason) => Err(Refused::new(Code::Malformed, reason.clone())),
    }
}

/// Whether a bundle has something that the library takes for malformed or does not know: a timestamp finer than a second,
/// nobody's word for the time (which a key does not need), a signature over a digest that is not SHA-256, a payload of which the
/// type names the predicate, an entry of another kind of key, a statement about a commit.
fn is_beyond_the_library(bundle: &Bundle, bound: Bound<'_>) -> bool {
    let material = &bundle.verification_material;
    let tokens = &material.timestamp_verification_data.rfc3161_timestamps;
    let over_sha384 = match &bundle.content {
        SignatureContent::MessageSignature(message) => {
            message.message_digest.as_ref().is_some_and(|digest| digest.algorithm == HashAlgorithm::Sha2384)
        }
        _ => false,
    };
    // Of statements the library reads those of which the type of the payload does not name the predicate.
    let named_predicate = match &bundle.content {
        SignatureContent::DsseEnvelope(envelope) => {
            envelope.payload_type != IN_TOTO_PAYLOAD_TYPE && is_in_toto_payload(&envelope.payload_type)
        }
        _ => false,
    };
    // Of entries of version 2 the library reads those of P-256 keys alone.
    let other_key = |entry: &TransparencyLogEntry| {
        let body = entry.canonicalized_body.as_bytes();
        entry.kind_version == KindVersion::HashedRekordV002 && !contains(body, b"\"PKIX_ECDSA_P256_SHA_256\"")
    };
    over_sha384
        || matches!(bound, Bound::Named)
        || named_predicate
        || material.tlog_entries.iter().any(other_key)
        || (tokens.is_empty() && material.tlog_entries.is_empty())
        || tokens.iter().any(|token| supplement::is_finer_than_the_library(token.signed_timestamp.as_bytes()))
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}
