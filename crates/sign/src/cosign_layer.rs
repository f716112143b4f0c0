//! What was signed, in the layout that cosign used in registries before bundles: a layer of the image `sha256-HEX.sig` or
//! `.att`, with what belongs to it in annotations.
//! <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>
//!
//! - A signature is over a claim that names the digest of the image ("simple signing"), not over the image.
//! - The entry of the log is kept with the log's promise and no proof, so that it has to be one of version 1: version 2
//!   promises nothing.
//! - The timestamp of an attestation is left out: cosign takes it to be over the whole envelope, and not over the signature
//!   as everybody else.

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use der::pem::LineEnding;
use jiff::Timestamp;
use plimsoll_model::Digest;
use plimsoll_verify::{AnySubject, Evidence, Subject};
use serde_json::json;
use sigstore_types::bundle::TransparencyLogEntry;

use crate::bundle::{Content, Signatory};
use crate::session::Made;
use crate::{Artifact, LogVersion, Means, Session, SignError, SignedBundle};

const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";

/// A layer of cosign's, which verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CosignLayer {
    /// What it is.
    pub media_type: &'static str,
    /// The claim or the envelope.
    pub bytes: Vec<u8>,
    /// Signature, certificate, log entry.
    pub annotations: BTreeMap<String, String>,
}

impl Session {
    /// Fails where nothing can be signed for this layout: there is a log, and none of version 1.
    ///
    /// # Errors
    /// That.
    pub fn check_cosign_layout(&self) -> Result<(), SignError> {
        let logs = &self.services.logs;
        let unlogged = logs.is_empty() && matches!(self.means, Means::Key(_));
        if unlogged || logs.iter().any(|log| log.version == LogVersion::V1) {
            return Ok(());
        }
        Err(SignError::CosignLayout)
    }

    /// Signs the claim that an image has this digest and was called `reference`, as a layer of the image `.sig`.
    ///
    /// # Errors
    /// As for [`Session::sign`], or there is no log of version 1.
    pub fn sign_claim(
        &mut self,
        reference: &str,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<(SignedBundle, CosignLayer), SignError> {
        self.check_cosign_layout()?;
        let claim = json!({
            "critical": {
                "identity": { "docker-reference": reference },
                "image": { "docker-manifest-digest": digest.to_string() },
                "type": "cosign container image signature",
            },
            "optional": null,
        });
        let claim = claim.to_string().into_bytes();
        let signed = self.sign(&Artifact::Bytes(claim.clone()), now)?;
        let made = signed.made();
        let mut annotations = annotations(made, made.content.signature())?;
        if let Some(token) = made.stamps.first() {
            let stamp = json!({ "SignedRFC3161Timestamp": BASE64.encode(token) });
            annotations.insert("dev.sigstore.cosign/rfc3161timestamp".to_owned(), stamp.to_string());
        }
        let layer = CosignLayer { media_type: SIMPLE_SIGNING, bytes: claim, annotations };
        let subject = Subject::digest(&digest.to_string()).map_err(|_| SignError::Encode("digest"))?;
        self.prove(&layer, made, &subject, now)?;
        Ok((signed, layer))
    }

    /// A statement that was signed, as a layer of the image `.att`.
    ///
    /// # Errors
    /// It is no statement, is in no log of version 1, or does not verify like this.
    pub fn attestation_layer(&self, signed: &SignedBundle, now: Timestamp) -> Result<CosignLayer, SignError> {
        self.check_cosign_layout()?;
        let made = signed.made();
        let Content::Envelope(envelope) = &made.content else { return Err(SignError::Encode("envelope")) };
        // The signature is in the envelope; cosign wants the annotation to be there all the same.
        let mut annotations = annotations(made, &[])?;
        let verified = signed.outcome().verified().first();
        if let Some(statement) = verified.and_then(plimsoll_verify::Verified::statement) {
            annotations.insert("predicateType".to_owned(), statement.predicate_type().to_owned());
        }
        let bytes = envelope.to_json().to_string().into_bytes();
        let layer = CosignLayer { media_type: ENVELOPE, bytes, annotations };
        self.prove(&layer, made, signed.outcome().subject(), now)?;
        Ok(layer)
    }

    /// Verifies a layer as it would be read from a registry.
    fn prove(&self, layer: &CosignLayer, made: &Made, subject: &Subject, now: Timestamp) -> Result<(), SignError> {
        let refuse = |reason: String| SignError::DoesNotVerify { code: "malformed".to_owned(), reason };
        let read = Evidence::from_cosign_layer(layer.media_type, &layer.bytes, &layer.annotations, "the new layer");
        let evidence = read.map_err(|error| refuse(error.to_string()))?;
        let logs = usize::from(!self.services.logs.is_empty());
        self.holds(&[evidence], &AnySubject::Artifact(subject.clone()), &made.signatory, (logs, 1), now).map(drop)
    }
}

fn annotations(made: &Made, signature: &[u8]) -> Result<BTreeMap<String, String>, SignError> {
    let mut annotations = BTreeMap::new();
    let mut set = |name: &str, value: String| annotations.insert(name.to_owned(), value);
    set("dev.cosignproject.cosign/signature", BASE64.encode(signature));
    if let Signatory::Certificate(certificate) = &made.signatory {
        set("dev.sigstore.cosign/certificate", made.signatory.pem()?);
        let pem = |der: &Vec<u8>| der::pem::encode_string("CERTIFICATE", LineEnding::LF, der);
        let chain: Result<String, _> = certificate.chain().iter().map(pem).collect();
        let chain = chain.map_err(|_| SignError::Encode("certificate"))?;
        if !chain.is_empty() {
            set("dev.sigstore.cosign/chain", chain);
        }
    }
    if let Some(promised) = made.entries.iter().find_map(promised) {
        set("dev.sigstore.cosign/bundle", promised);
    }
    Ok(annotations)
}

/// An entry as cosign keeps it, if the log promised it.
fn promised(entry: &TransparencyLogEntry) -> Option<String> {
    let promise = entry.inclusion_promise.as_ref()?;
    let bundle = json!({
        "SignedEntryTimestamp": BASE64.encode(promise.signed_entry_timestamp.as_bytes()),
        "Payload": {
            "body": BASE64.encode(entry.canonicalized_body.as_bytes()),
            "integratedTime": entry.integrated_time?.as_second(),
            "logIndex": entry.log_index.get(),
            "logID": HEXLOWER.encode(entry.log_id.key_id.as_bytes()),
        },
    });
    Some(bundle.to_string())
}
