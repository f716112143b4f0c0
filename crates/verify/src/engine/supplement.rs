//! What the library does not know: signatures in pieces, older log entries, timestamps finer than a second.
//!
//! The same checks as the library's, in this order, each of them on every piece that is there: the signature, the times, the
//! certificate at each of these times and its log, the log entries and that they are about this signature. A piece that does
//! not hold refuses all of it, whether or not the others would be enough.

mod certificate;
mod convert;
mod entry;
mod log;
mod sct;
mod signature;
mod time;
mod timestamp;
mod token;

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use plimsoll_model::DigestAlgorithm;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use sigstore_types::{Bundle, HashAlgorithm};

use super::{Bound, Means, Proof, Question, Refused, claims, library};
use crate::evidence::{Parts, PartsContent, PartsEntry, PartsSigner};
use crate::{Claims, Code, Subject, VerifiedTime};

pub(crate) use convert::convert;
pub(crate) use timestamp::is_finer_than_the_library;

/// What was signed, and with what.
struct Made<'a> {
    /// The signature, once it was verified.
    signature: &'a [u8],
    /// The certificate in DER, when there is one.
    leaf: Option<&'a [u8]>,
    /// The key: `SubjectPublicKeyInfo` in DER.
    key: &'a [u8],
    content: &'a PartsContent,
    subject: &'a Subject,
}

impl Made<'_> {
    /// A digest of the artifact, as it is known or from its bytes.
    fn subject_digest(&self, algorithm: HashAlgorithm) -> Result<Vec<u8>, Refused> {
        let known = match algorithm {
            HashAlgorithm::Sha2384 => DigestAlgorithm::Sha384,
            HashAlgorithm::Sha2512 => DigestAlgorithm::Sha512,
            _ => DigestAlgorithm::Sha256,
        };
        match self.subject.hex(known).and_then(|hex| HEXLOWER.decode(hex.as_bytes()).ok()) {
            Some(digest) => Ok(digest),
            None => digest(algorithm, &self.subject_bytes()?)
                .ok_or_else(|| Refused::new(Code::Unsupported, "signatures are not over such a digest")),
        }
    }

    /// The bytes of the artifact.
    fn subject_bytes(&self) -> Result<Cow<'_, [u8]>, Refused> {
        match self.subject.content() {
            Some(content) => library::read(content),
            None => Err(Refused::new(
                Code::Unsupported,
                format!("the digest {} does not do for this signature; the artifact is needed", self.subject),
            )),
        }
    }
}

/// What the library leaves unsaid about the log entries and timestamps of a bundle.
pub(super) fn agrees(bundle: &Bundle, question: Question<'_>) -> Result<(), Refused> {
    for token in &bundle.verification_material.timestamp_verification_data.rfc3161_timestamps {
        timestamp::agrees(token.signed_timestamp.as_bytes())?;
    }
    for entry in &bundle.verification_material.tlog_entries {
        let entry = convert::entry(entry);
        entry::is_what_it_says(&entry)?;
        if question.logged {
            log::agrees(&entry, question.root.material())?;
        }
    }
    Ok(())
}

/// Checks a signature in pieces.
pub(super) fn prove(parts: &Parts, question: Question<'_>) -> Result<Proof, Refused> {
    let material = question.root.material();
    if question.logged && parts.entries.is_empty() {
        return Err(Refused::new(Code::NoLogEntry, "it has no log entry"));
    }
    if matches!(parts.content, PartsContent::Envelope(_)) && matches!(question.bound, Bound::Unstated) {
        return Err(Refused::new(Code::Subject, "no digest of the statement is one of the artifact"));
    }
    let (certificates, info) = match (question.means, &parts.signer) {
        (Means::Key(_), PartsSigner::Key(_) | PartsSigner::Unknown) => (None, None),
        (Means::Key(_), PartsSigner::Certificates(_)) => {
            return Err(Refused::new(Code::KindOfSigner, "it is signed with a certificate, and a key is expected"));
        }
        (Means::Certificate, PartsSigner::Certificates(certificates)) => {
            let leaf = certificates.first().map(Vec::as_slice).unwrap_or_default();
            (Some(certificates.as_slice()), Some(certificate::read(leaf)?))
        }
        (Means::Certificate, PartsSigner::Key(hint)) => {
            let reason = format!("it is signed with a key ({hint:?}), and a certificate is expected");
            return Err(Refused::new(Code::KindOfSigner, reason));
        }
        (Means::Certificate, PartsSigner::Unknown) => {
            return Err(Refused::new(Code::KindOfSigner, "it brings no certificate, and one is expected"));
        }
    };
    let key: &[u8] = match (question.means, &info) {
        (Means::Key(key), _) => key.as_der(),
        (Means::Certificate, Some(info)) => info.public_key.as_bytes(),
        (Means::Certificate, None) => &[],
    };
    let leaf = certificates.and_then(|certificates| certificates.first()).map(Vec::as_slice);
    let mut made = Made { signature: &[], leaf, key, content: &parts.content, subject: question.subject };
    made.signature = signature::verify(parts, &made, leaf.is_some())?;
    let times = times(parts, &made, question)?;
    let mut certificate_logged = false;
    if let Some(certificates) = certificates {
        let issuer = match times.as_slice() {
            [] if question.timeless => certificate::verify(certificates, &[certificate::beginning(leaf)?], material)?,
            times => certificate::verify(certificates, times, material)?,
        };
        if question.root.has_certificate_logs() {
            sct::verify(leaf.unwrap_or_default(), &issuer, material)?;
            certificate_logged = true;
        }
    }
    let latest = times.iter().map(|time| time.time).max();
    let (mut logs, mut open) = (Vec::new(), Vec::new());
    for entry in &parts.entries {
        if question.logged {
            log::verify(entry, material, latest)?;
            logs.push(HEXLOWER.encode(&entry.log_id));
        }
        // Also where the log does not count: an entry about something else is never right.
        open.extend(entry::verify(entry, &made)?);
    }
    logs.sort();
    logs.dedup();
    if let PartsContent::Envelope(envelope) = &parts.content
        && envelope.signatures.len() > 1
    {
        open.push("the envelope has other signatures, which were not checked");
    }
    open.dedup();
    let claims = info.as_ref().map_or_else(Claims::default, claims::of);
    Ok(Proof { claims, times, logs, certificate_logged, open })
}

/// Fails unless a log entry is about this signature and this certificate. Nothing else of it is verified. `digest` is that of
/// the artifact.
pub(crate) fn is_about(parts: &Parts, entry: &PartsEntry, digest: &str) -> Result<(), String> {
    let PartsSigner::Certificates(certificates) = &parts.signer else {
        return Err("there is no certificate to compare with".into());
    };
    let leaf = certificates.first().map(Vec::as_slice).unwrap_or_default();
    let reason = |refused: Refused| refused.reason;
    let info = certificate::read(leaf).map_err(reason)?;
    let subject = Subject::digest(digest).map_err(|error| error.to_string())?;
    let mut made = Made {
        signature: &[],
        leaf: Some(leaf),
        key: info.public_key.as_bytes(),
        content: &parts.content,
        subject: &subject,
    };
    made.signature = match &parts.content {
        PartsContent::Message { signature, .. } => signature,
        PartsContent::Envelope(envelope) => match envelope.signatures.as_slice() {
            [only] => &only.signature,
            _ => return Err("there is not exactly one signature to compare with".into()),
        },
    };
    match entry::verify(entry, &made).map_err(reason)? {
        None => Ok(()),
        Some(open) => Err(format!("of the entry is not known whether it is about this signature: {open}")),
    }
}

/// All times that are proven: by authorities, and by logs that promised them.
fn times(parts: &Parts, made: &Made<'_>, question: Question<'_>) -> Result<Vec<VerifiedTime>, Refused> {
    let material = question.root.material();
    let mut times = timestamp::verify_all(&parts.timestamps, made.signature, material)?;
    // With a key nobody needs a time; where logs are left away, what they say is too.
    if question.logged || made.leaf.is_some() {
        for entry in &parts.entries {
            if let Some(time) = log::promised_time(entry, material)? {
                times.push(VerifiedTime { time, by: format!("log {}", HEXLOWER.encode(&entry.log_id)) });
            }
        }
    }
    times.sort();
    times.dedup();
    Ok(times)
}

/// A digest of bytes; `None` for algorithms that are too weak or unknown.
fn digest(algorithm: HashAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        HashAlgorithm::Sha2256 => Some(Sha256::digest(bytes).to_vec()),
        HashAlgorithm::Sha2384 => Some(Sha384::digest(bytes).to_vec()),
        HashAlgorithm::Sha2512 => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}
