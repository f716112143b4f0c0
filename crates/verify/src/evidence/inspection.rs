//! What evidence says of itself, unverified: to see what there is, never to rely on.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use plimsoll_attest::Statement;

use super::parts::{Content, Parts, Signer};
use super::{Evidence, EvidenceKind, Form, hold};
use crate::Claims;
use crate::engine::describe_certificate;

/// What a piece of evidence says of itself. Nothing of it is checked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inspection {
    /// What kind it is.
    pub kind: EvidenceKind,
    /// Where it is.
    pub place: String,
    /// Why it cannot be read, when it cannot; all else is empty then.
    pub unreadable: Option<String>,
    /// The media type of a bundle.
    pub media_type: Option<String>,
    /// `message` for a signature over the artifact, `envelope`, or `claim` for one about an image.
    pub content: Option<&'static str>,
    /// How many signatures it has.
    pub signatures: usize,
    /// The certificate of who signed.
    pub certificate: Option<InspectedCertificate>,
    /// The hint about the key that signed, where a key did. May be empty.
    pub key_hint: Option<String>,
    /// The entries of transparency logs.
    pub entries: Vec<InspectedEntry>,
    /// How many timestamps it has.
    pub timestamps: usize,
    /// What the envelope holds.
    pub payload_type: Option<String>,
    /// The statement, when it is one.
    pub statement: Option<Statement>,
    /// The digest of the artifact, where a signature or claim names it: algorithm and hex.
    pub digest: Option<(String, String)>,
}

/// What a certificate says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InspectedCertificate {
    /// Who, by whose word, and from where.
    pub claims: Claims,
    /// When it begins.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
}

/// What a log entry says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InspectedEntry {
    /// The log, by the fingerprint of its key in hex.
    pub log: String,
    /// The number of the entry.
    pub index: u64,
    /// Its kind, such as `hashedrekord`.
    pub kind: String,
    /// The version of its kind.
    pub version: String,
    /// When the log took it in, where it says so.
    pub time: Option<Timestamp>,
    /// Whether the log promised to take it in.
    pub promise: bool,
    /// Whether there is proof that it is in the log.
    pub proof: bool,
}

impl Evidence {
    /// What it says of itself, unverified: to tell what there is, never to rely on.
    #[must_use]
    pub fn inspect(&self) -> Inspection {
        let mut inspection = Inspection {
            kind: self.kind,
            place: self.place.clone(),
            unreadable: None,
            media_type: self.media_type.map(|media_type| media_type.as_str().to_owned()),
            content: None,
            signatures: 0,
            certificate: None,
            key_hint: None,
            entries: Vec::new(),
            timestamps: 0,
            payload_type: None,
            statement: self.unverified_statement(),
            digest: self.claim.as_ref().map(|claim| (claim.algorithm.token().to_owned(), claim.hex.clone())),
        };
        match &self.form {
            Form::Bundle(bundle) => match hold::parts(bundle) {
                Some(parts) => inspection.of(&parts),
                None => inspection.unreadable = Some("its content is not known".into()),
            },
            Form::Parts(parts) => inspection.of(parts),
            Form::CloudBuild(build) => {
                (inspection.content, inspection.signatures) = (Some("envelope"), build.envelope.signatures.len());
                inspection.payload_type = Some(build.envelope.payload_type.clone());
            }
            Form::Unreadable(reason) => inspection.unreadable = Some(reason.clone()),
        }
        if self.claim.is_some() {
            inspection.content = Some("claim");
        }
        inspection
    }
}

impl Inspection {
    fn of(&mut self, parts: &Parts) {
        match &parts.content {
            Content::Message { digest, .. } => {
                (self.content, self.signatures) = (Some("message"), 1);
                if let Some((algorithm, value)) = digest {
                    self.digest = Some((algorithm.token().to_owned(), HEXLOWER.encode(value)));
                }
            }
            Content::Envelope(envelope) => {
                (self.content, self.signatures) = (Some("envelope"), envelope.signatures.len());
                self.payload_type = Some(envelope.payload_type.clone());
            }
        }
        match &parts.signer {
            Signer::Certificates(chain) => {
                let described = chain.first().and_then(|leaf| describe_certificate(leaf));
                self.certificate = described.map(|(claims, not_before, not_after)| InspectedCertificate {
                    claims,
                    not_before,
                    not_after,
                });
            }
            Signer::Key(hint) => self.key_hint = Some(hint.clone()),
            Signer::Unknown => {}
        }
        self.timestamps = parts.timestamps.len();
        self.entries = parts
            .entries
            .iter()
            .map(|entry| InspectedEntry {
                log: HEXLOWER.encode(&entry.log_id),
                index: entry.log_index,
                kind: entry.kind.clone(),
                version: entry.version.clone(),
                time: entry.integrated_time.and_then(|seconds| Timestamp::from_second(seconds).ok()),
                promise: entry.promise.is_some(),
                proof: entry.proof.is_some(),
            })
            .collect();
    }
}
