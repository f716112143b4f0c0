//! Bare DSSE envelopes: `*.intoto.jsonl`, one a line. <https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md>
//!
//! Generators of provenance put the certificate beside the signature (`cert`, PEM), where nothing authenticates it: it is read
//! like the certificate of a bundle. Signatures with certificates of their own are independent of each other, so that each
//! becomes a piece of evidence.

use plimsoll_attest::Envelope;
use serde::Deserialize;

use super::lines::chain;
use super::parts::{Content, Parts, Signer};
use super::wire::Capped;
use super::{Evidence, EvidenceKind, MAX_SIGNATURES, hold, pem};

#[derive(Deserialize)]
struct Certificates {
    signatures: Capped<Certificate, MAX_SIGNATURES>,
}

#[derive(Deserialize)]
struct Certificate {
    cert: Option<String>,
}

pub(super) fn read(document: &[u8], place: &str) -> Result<Vec<Evidence>, String> {
    let wire: Certificates = serde_json::from_slice(document).map_err(|error| error.to_string())?;
    let certificates: Vec<Option<String>> =
        wire.signatures.0.into_iter().map(|one| one.cert.filter(|cert| !cert.is_empty())).collect();
    let envelope = Envelope::parse(document).map_err(|error| chain(&error))?;
    if certificates.iter().all(Option::is_none) {
        return Ok(vec![evidence(envelope, Signer::Unknown, place)?]);
    }
    let Envelope { payload_type, payload, signatures } = envelope;
    let alone = signatures.len() == 1;
    let mut found = Vec::with_capacity(signatures.len());
    for (number, (signature, certificate)) in (1..).zip(signatures.into_iter().zip(certificates)) {
        let place = if alone { place.to_owned() } else { format!("{place}#{number}") };
        let signer = certificate.map_or(Ok(Signer::Unknown), |certificate| pem::signer(certificate.as_bytes()))?;
        let envelope =
            Envelope { payload_type: payload_type.clone(), payload: payload.clone(), signatures: vec![signature] };
        found.push(evidence(envelope, signer, &place)?);
    }
    Ok(found)
}

fn evidence(envelope: Envelope, signer: Signer, place: &str) -> Result<Evidence, String> {
    let signer = match (signer, envelope.signatures.first()) {
        (Signer::Unknown, Some(signature)) => Signer::Key(signature.keyid.clone()),
        (signer, _) => signer,
    };
    let content = Content::Envelope(envelope);
    let parts = Parts { content, signer, entries: Vec::new(), timestamps: Vec::new() };
    Ok(Evidence::new(EvidenceKind::Envelope, place, hold::form(parts)?))
}
