//! JSON Signature Format (JSF) 0.82, as CycloneDX embeds it. <https://cyberphone.github.io/doc/security/jsf.html>
//!
//! The document itself holds its `signature`. What is signed is the whole document in canonical JSON (RFC 8785) without the
//! `value` of that signature; of several independent `signers` the others are left out, of a `chain` those that follow.
//! Signatures are as in JWA (RFC 7518): those of ECDSA are both numbers one after the other, not DER.
//!
//! What surprises: `excludes` names members that are not signed, and is not signed itself, so that whoever has the document
//! can add to it. Canonical JSON knows only IEEE doubles (RFC 7493 §2.2): two integers beyond 2^53 can have one canonical
//! form, so documents with such numbers are refused. CycloneDX writes `excludes` within each of several signers, which JSF
//! forbids (§5, Global Signature Options); that is refused too.

mod jwk;
mod shape;
mod splice;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};

use crate::{AttestError, refuse_duplicates};

pub use jwk::Jwk;
pub use shape::{JsfAlgorithm, JsfCore, JsfForm, JsfSignature};

pub(crate) const WHAT: &str = "JSF signature";
const DOCUMENT: &str = "signed JSON document";
/// The member that CycloneDX keeps the signature in.
const PROPERTY: &str = "signature";
/// Integers up to here are exact in every reader: 2^53 - 1 (RFC 7493 §2.2).
const EXACT: f64 = 9_007_199_254_740_991.0;

/// A JSON document that has a signature, or is to have one.
#[derive(Debug, Clone)]
pub struct JsfDocument {
    members: Map<String, Value>,
    signature: Option<JsfSignature>,
}

impl JsfDocument {
    /// Reads a document.
    ///
    /// # Errors
    /// It is not a JSON object, has a key twice or a number that readers disagree about, or its signature is not of the
    /// shape that JSF gives it.
    pub fn parse(document: &[u8]) -> Result<Self, AttestError> {
        let malformed = |source| AttestError::Malformed { what: DOCUMENT, source };
        refuse_duplicates(document).map_err(malformed)?;
        let members: Map<String, Value> = serde_json::from_slice(document).map_err(malformed)?;
        if !members.values().all(is_exact) {
            return Err(AttestError::invalid(
                DOCUMENT,
                "it has a number beyond 2^53, which readers take for different ones",
            ));
        }
        let signature = members.get(PROPERTY).map(shape::read).transpose()?;
        Ok(Self { members, signature })
    }

    /// The signature of the document as a whole.
    #[must_use]
    pub fn signature(&self) -> Option<&JsfSignature> {
        self.signature.as_ref()
    }

    /// Whether it says that it is a CycloneDX document, which has a place for a signature.
    #[must_use]
    pub fn is_cyclonedx(&self) -> bool {
        self.members.get("bomFormat").and_then(Value::as_str) == Some("CycloneDX")
    }

    /// The document without its signature, to sign it anew.
    #[must_use]
    pub fn without_signature(mut self) -> Self {
        self.members.remove(PROPERTY);
        self.signature = None;
        self
    }

    /// Where else in the document there are signatures, such as those of components, as JSON pointers (RFC 6901).
    #[must_use]
    pub fn nested(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (key, value) in self.members.iter().filter(|(key, _)| *key != PROPERTY) {
            find(value, &format!("/{}", escaped(key)), &mut found);
        }
        found
    }

    /// The bytes that one of the signatures of the document is over.
    ///
    /// # Errors
    /// There is no such signature.
    pub fn signed_bytes(&self, index: usize) -> Result<Vec<u8>, AttestError> {
        let missing = || AttestError::invalid(WHAT, "there is no such signature");
        let (signature, raw) = self.signature.as_ref().zip(self.members.get(PROPERTY)).ok_or_else(missing)?;
        let mut object = raw.as_object().ok_or_else(missing)?.clone();
        object.remove("excludes");
        match signature.form {
            JsfForm::Single if index == 0 => drop(object.remove("value")),
            JsfForm::Single => return Err(missing()),
            form => {
                let list = object.get_mut(form.key()).and_then(Value::as_array_mut).ok_or_else(missing)?;
                let first = if form == JsfForm::Chain { 0 } else { index };
                let mut kept: Vec<Value> = list.get(first..=index).ok_or_else(missing)?.to_vec();
                kept.last_mut().and_then(Value::as_object_mut).ok_or_else(missing)?.remove("value");
                *list = kept;
            }
        }
        self.canonical(&Value::Object(object), &signature.excludes)
    }

    /// The signature to be, without its value, for [`JsfDocument::signed_with`]; and the bytes to sign.
    ///
    /// # Errors
    /// The document has a signature that this one cannot be added to.
    pub fn to_sign(&self, form: JsfForm, core: &JsfCore) -> Result<(Value, Vec<u8>), AttestError> {
        let new = core.to_json();
        let existing = match (&self.signature, form) {
            (None, _) | (Some(_), JsfForm::Single) => Vec::new(),
            (Some(held), form) if held.form == form && held.excludes.is_empty() => {
                let list = self.members.get(PROPERTY).and_then(|raw| raw.get(form.key())).and_then(Value::as_array);
                list.cloned().unwrap_or_default()
            }
            (Some(held), _) if !held.excludes.is_empty() => {
                return Err(AttestError::invalid(WHAT, "the signature that is there leaves out parts of the document"));
            }
            (Some(held), form) => {
                let reason =
                    format!("the document has {}, which {} cannot be added to", held.form.words(), form.words());
                return Err(AttestError::invalid(WHAT, reason));
            }
        };
        if existing.len() >= shape::MAX_CORES {
            return Err(AttestError::invalid(WHAT, format!("it has {} signatures already", shape::MAX_CORES)));
        }
        let all = [existing, vec![new.clone()]].concat();
        let (signed, whole) = match form {
            JsfForm::Single => (new.clone(), new),
            JsfForm::Signers => {
                let alone = json!({ "signers": [new] });
                (alone, json!({ "signers": all }))
            }
            JsfForm::Chain => {
                let whole = json!({ "chain": all });
                (whole.clone(), whole)
            }
        };
        Ok((whole, self.canonical(&signed, &[])?))
    }

    /// The text of a document with a signature that [`JsfDocument::to_sign`] prepared. All else stays byte for byte.
    ///
    /// # Errors
    /// The text is not that of a JSON object.
    pub fn signed_with(text: &[u8], signature: Value, value: &[u8]) -> Result<Vec<u8>, AttestError> {
        let mut signature = signature;
        let of_list = |signature: &Value| {
            ["signers", "chain"].into_iter().find(|key| signature.get(key).is_some_and(Value::is_array))
        };
        let core = match of_list(&signature) {
            Some(key) => signature.get_mut(key).and_then(Value::as_array_mut).and_then(|list| list.last_mut()),
            None => Some(&mut signature),
        };
        let core = core.and_then(Value::as_object_mut);
        let core = core.ok_or_else(|| AttestError::invalid(WHAT, "there is no place for its value"))?;
        core.insert("value".to_owned(), data_encoding::BASE64URL_NOPAD.encode(value).into());
        splice::put(text, PROPERTY, &signature)
    }

    fn canonical(&self, signature: &Value, excludes: &[String]) -> Result<Vec<u8>, AttestError> {
        let view = View { members: &self.members, signature, excludes };
        serde_json_canonicalizer::to_vec(&view).map_err(|source| AttestError::Malformed { what: DOCUMENT, source })
    }
}

/// The document as it is signed.
struct View<'a> {
    members: &'a Map<String, Value>,
    signature: &'a Value,
    excludes: &'a [String],
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.members {
            if key != PROPERTY && !self.excludes.contains(key) {
                map.serialize_entry(key, value)?;
            }
        }
        map.serialize_entry(PROPERTY, self.signature)?;
        map.end()
    }
}

/// Whether every number in it is the same number to every reader. Nesting was limited when it was read.
fn is_exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|number| number.abs() <= EXACT),
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
        _ => true,
    }
}

fn find(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let pointer = format!("{pointer}/{}", escaped(key));
                if key == PROPERTY && value.is_object() {
                    found.push(pointer.clone());
                }
                find(value, &pointer, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find(item, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
