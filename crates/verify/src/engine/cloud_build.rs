//! Provenance of Google Cloud Build: signed with keys that Google publishes, in no log, and in its older form not as DSSE says.
//!
//! Regional keys sign the payload itself. Bytes that are signed so could be taken for something of another type, which is what
//! the encoding of DSSE is against; so this is done for nothing else than this form, with nothing else than these keys, and
//! only where the name of the key says that it is one of them. A key that was given for anything else never comes here with
//! another answer: it has to be the one of the table under the name that the signature has.
//!
//! What stands beside the statement (a summary of the image, a copy for people) is not signed. It has to agree, or somebody
//! was shown something else than what was verified.

mod table;

use data_encoding::BASE64;
use plimsoll_attest::{EnvelopeSignature, IN_TOTO_PAYLOAD_TYPE, Statement};
use plimsoll_model::DigestAlgorithm;
use serde_json::{Map, Value};
use sigstore_crypto::VerificationKey;
use sigstore_types::SignatureBytes;

use super::{Means, Proof, Question, Refused};
use crate::evidence::{CloudBuild, CloudBuildUnsigned as Unsigned};
use crate::{Claims, Code, PublicKey, Subject};

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// The payload as it is.
    Payload,
    /// Its encoding by DSSE.
    Encoding,
}

/// The keys of Google Cloud Build, by what they sign for.
pub(crate) struct Keys {
    /// For provenance v0.1.
    pub(crate) first: Vec<PublicKey>,
    /// For provenance v1.
    pub(crate) worker: Vec<PublicKey>,
}

/// The keys that are built in.
pub(crate) fn keys() -> Keys {
    let key = |text: &str| PublicKey::from_der(BASE64.decode(text.as_bytes()).ok()?).ok();
    let regional = table::BUILT_BY_GCB.iter().filter_map(|(_, text)| key(text));
    Keys {
        first: regional.chain(key(table::PROVENANCE_SIGNER)).collect(),
        worker: key(table::HOSTED_WORKER).into_iter().collect(),
    }
}

/// The key that a name stands for, in base64, and what it signs. The whole of the name has to be that of a key.
fn named(keyid: &str) -> Option<(&'static str, Over)> {
    let rest = keyid.strip_prefix("projects/verified-builder/locations/")?;
    let (location, rest) = rest.split_once("/keyRings/attestor/cryptoKeys/")?;
    match (rest.strip_suffix("/cryptoKeyVersions/1")?, location) {
        ("google-hosted-worker", "global") => Some((table::HOSTED_WORKER, Over::Encoding)),
        ("provenanceSigner", "global") => Some((table::PROVENANCE_SIGNER, Over::Encoding)),
        ("builtByGCB", location) => {
            let (_, key) = table::BUILT_BY_GCB.iter().find(|(known, _)| *known == location)?;
            Some((key, Over::Payload))
        }
        _ => None,
    }
}

/// Checks the signatures with a key, and what stands beside what was signed. One signature is enough.
pub(super) fn prove(build: &CloudBuild, question: Question<'_>) -> Result<Proof, Refused> {
    let Means::Key(key) = question.means else {
        return Err(Refused::new(
            Code::KindOfSigner,
            "it is signed with a key of Google, and a certificate is expected",
        ));
    };
    if build.envelope.payload_type != IN_TOTO_PAYLOAD_TYPE {
        let reason = format!("the payload is {:?}, and not {IN_TOTO_PAYLOAD_TYPE}", build.envelope.payload_type);
        return Err(Refused::new(Code::Statement, reason));
    }
    let mut tried = false;
    let mut holds = |signature: &EnvelopeSignature| {
        let Some((known, over)) = named(&signature.keyid) else { return false };
        if BASE64.decode(known.as_bytes()).ok().as_deref() != Some(key.as_der()) {
            return false;
        }
        tried = true;
        verifies(key, over, build, &signature.signature)
    };
    if !build.envelope.signatures.iter().any(&mut holds) {
        return Err(match tried {
            true => Refused::new(Code::Signature, "the signature was not made over this with that key"),
            false => Refused::new(Code::Key, "no signature is said to be of this key"),
        });
    }
    agrees(&build.unsigned, &build.envelope.payload, question.subject)?;
    Ok(Proof {
        claims: Claims::default(),
        times: Vec::new(),
        logs: Vec::new(),
        certificate_logged: false,
        open: vec!["Google Cloud Build has no log"],
    })
}

fn verifies(key: &PublicKey, over: Over, build: &CloudBuild, signature: &[u8]) -> bool {
    let Ok(key) = VerificationKey::from_spki(key.spki()) else { return false };
    let signature = SignatureBytes::from_bytes(signature);
    match over {
        Over::Payload => key.verify(&build.envelope.payload, &signature),
        Over::Encoding => key.verify(build.envelope.pae(), &signature),
    }
    .is_ok()
}

/// What nobody signed has to say the same as what somebody did.
fn agrees(unsigned: &Unsigned, payload: &[u8], subject: &Subject) -> Result<(), Refused> {
    if unsigned.kind != "BUILD" {
        return Err(Refused::new(Code::Unsupported, format!("it is of kind {:?}, and not BUILD", unsigned.kind)));
    }
    let digest = subject.hex(DigestAlgorithm::Sha256).map(|hex| format!("sha256:{hex}"));
    let digest = digest.ok_or_else(|| Refused::new(Code::Subject, "the digest of an image is SHA-256"))?;
    let of_image = |name: &str| name.strip_suffix(&digest).is_some_and(|rest| rest.ends_with('@'));
    for (what, holds) in [
        ("resourceUri", of_image(&unsigned.resource)),
        ("image_summary.digest", unsigned.digest == digest),
        ("image_summary.fully_qualified_digest", of_image(&unsigned.qualified)),
    ] {
        if !holds {
            return Err(Refused::new(Code::Subject, format!("{what} is that of another image")));
        }
    }
    match same_text(unsigned, payload) {
        Some(true) => Ok(()),
        _ => Err(Refused::new(Code::TextCopy, "the copy for people says something else than what was signed")),
    }
}

/// Whether the copy says what was signed. `None` when one of them is not there or cannot be read.
fn same_text(unsigned: &Unsigned, payload: &[u8]) -> Option<bool> {
    let statement = Statement::parse(payload).ok()?;
    let is_first = statement.predicate_type() == plimsoll_attest::PROVENANCE_V0_1;
    let (text, predicate) = match is_first {
        true => (unsigned.text.as_ref()?, "slsaProvenance"),
        false => (unsigned.text_v1.as_ref()?, "predicate"),
    };
    let signed: Value = serde_json::from_slice(payload).ok()?;
    Some(told(&signed, "predicate", is_first)? == told(text, predicate, is_first)?)
}

/// What a statement says, in one spelling. In provenance v0.1 two fields are left out: they are written in one of the two
/// alone, or in another type.
fn told(statement: &Value, predicate: &str, is_first: bool) -> Option<Value> {
    let mut said = statement.get(predicate)?.clone();
    if is_first {
        for (object, field) in [("recipe", "definedInMaterial"), ("metadata", "buildInvocationId")] {
            if let Some(object) = said.get_mut(object).and_then(Value::as_object_mut) {
                object.remove(field);
            }
        }
    }
    let mut all = Map::new();
    for key in ["_type", "predicateType", "subject"] {
        all.insert(key.to_owned(), statement.get(key)?.clone());
    }
    all.insert("predicate".to_owned(), said);
    Some(bare(&Value::Object(all)))
}

/// Without what is the same as nothing: the one leaves out what the other writes as `false` or `{}`.
fn bare(value: &Value) -> Value {
    let is_something = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(object) => !object.is_empty(),
        _ => true,
    };
    match value {
        Value::Object(object) => {
            let told = object.iter().map(|(key, value)| (key.clone(), bare(value)));
            Value::Object(told.filter(|(_, value)| is_something(value)).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(bare).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
