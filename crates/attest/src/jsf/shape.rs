//! The signature object: one signature, several independent ones, or a chain. Members that JSF does not define are refused,
//! as it demands (§6); so are extensions, none of which is known here.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

use super::{Jwk, WHAT};
use crate::AttestError;

/// More signatures than this in one document are an attempt to keep a verifier busy.
pub(super) const MAX_CORES: usize = 32;

/// How many signatures there are, and what each is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsfForm {
    /// One signature.
    Single,
    /// Signatures that do not know of each other.
    Signers,
    /// Signatures each of which is also over those before it.
    Chain,
}

impl JsfForm {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Single => "",
            Self::Signers => "signers",
            Self::Chain => "chain",
        }
    }

    /// What it is, in a sentence: `one signature`, `a chain of signatures`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Single => "one signature",
            Self::Signers => "independent signatures",
            Self::Chain => "a chain of signatures",
        }
    }
}

/// The signature of a document.
#[derive(Debug, Clone)]
pub struct JsfSignature {
    pub(super) form: JsfForm,
    pub(super) cores: Vec<JsfCore>,
    pub(super) excludes: Vec<String>,
}

impl JsfSignature {
    /// One, several or a chain.
    #[must_use]
    pub fn form(&self) -> JsfForm {
        self.form
    }

    /// The signatures, at least one, in the order of the document.
    #[must_use]
    pub fn cores(&self) -> &[JsfCore] {
        &self.cores
    }

    /// The members of the document that are not signed. Whoever has the document can change this list.
    #[must_use]
    pub fn excludes(&self) -> &[String] {
        &self.excludes
    }
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsfCore {
    /// How it was made.
    pub algorithm: JsfAlgorithm,
    /// A name for the key, which proves nothing.
    pub key_id: Option<String>,
    /// The key that made it, which proves nothing about whose key that is.
    pub public_key: Option<Jwk>,
    /// Whether it brings certificates.
    pub has_certificates: bool,
    /// The signature.
    pub value: Vec<u8>,
}

impl JsfCore {
    /// The signature as JSON, without its value.
    pub(super) fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("algorithm".to_owned(), self.algorithm.name().into());
        if let Some(key_id) = &self.key_id {
            object.insert("keyId".to_owned(), key_id.as_str().into());
        }
        if let Some(key) = &self.public_key {
            object.insert("publicKey".to_owned(), key.to_json());
        }
        Value::Object(object)
    }
}

/// An algorithm of JWA (RFC 7518 §3.1) or RFC 8037, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsfAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// RSA, PKCS #1 v1.5, with SHA-256.
    Rs256,
    /// RSA, PKCS #1 v1.5, with SHA-384.
    Rs384,
    /// RSA, PKCS #1 v1.5, with SHA-512.
    Rs512,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// RSA-PSS with SHA-384.
    Ps384,
    /// RSA-PSS with SHA-512.
    Ps512,
    /// Ed25519.
    Ed25519,
    /// Another one, which is not used here: a code with a shared secret (`HS256`) shows no one's signature.
    Other(String),
}

impl JsfAlgorithm {
    const NAMES: [(Self, &'static str); 9] = [
        (Self::Es256, "ES256"),
        (Self::Es384, "ES384"),
        (Self::Rs256, "RS256"),
        (Self::Rs384, "RS384"),
        (Self::Rs512, "RS512"),
        (Self::Ps256, "PS256"),
        (Self::Ps384, "PS384"),
        (Self::Ps512, "PS512"),
        (Self::Ed25519, "Ed25519"),
    ];

    /// The one with this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let known = Self::NAMES.into_iter().find(|(_, known)| *known == name);
        known.map_or_else(|| Self::Other(name.to_owned()), |(algorithm, _)| algorithm)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => Self::NAMES.iter().find(|(algorithm, _)| algorithm == known).map_or("", |(_, name)| name),
        }
    }
}

/// Reads a signature object.
pub(super) fn read(value: &Value) -> Result<JsfSignature, AttestError> {
    let object = value.as_object().ok_or_else(|| bad("it is no object"))?;
    let form = match (object.contains_key("signers"), object.contains_key("chain")) {
        (false, false) => JsfForm::Single,
        (true, false) => JsfForm::Signers,
        (false, true) => JsfForm::Chain,
        (true, true) => return Err(bad("it has both signers and a chain")),
    };
    if object.contains_key("extensions") {
        return Err(bad("it has extensions, and none is known here"));
    }
    let excludes = excludes(object.get("excludes"))?;
    let cores = if form == JsfForm::Single {
        vec![core(object, true)?]
    } else {
        if let Some(key) = object.keys().find(|key| *key != form.key() && *key != "excludes") {
            return Err(bad(format!("it has the member {key:?} beside {}", form.key())));
        }
        let list = object.get(form.key()).and_then(Value::as_array);
        let list =
            list.filter(|list| !list.is_empty()).ok_or_else(|| bad("its list of signatures is empty or no list"))?;
        if list.len() > MAX_CORES {
            return Err(bad(format!("it has more than {MAX_CORES} signatures")));
        }
        let one = |value: &Value| core(value.as_object().ok_or_else(|| bad("one of several is no object"))?, false);
        list.iter().map(one).collect::<Result<_, _>>()?
    };
    Ok(JsfSignature { form, cores, excludes })
}

fn excludes(value: Option<&Value>) -> Result<Vec<String>, AttestError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let names: Option<Vec<String>> =
        value.as_array().and_then(|list| list.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    let names = names.filter(|names| !names.is_empty()).ok_or_else(|| bad("its excludes is no list of names"))?;
    if names.iter().any(|name| name == super::PROPERTY) {
        return Err(bad("it excludes itself"));
    }
    Ok(names)
}

fn core(object: &Map<String, Value>, alone: bool) -> Result<JsfCore, AttestError> {
    let text = |name: &str| match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(bad(format!("its {name} is no text"))),
    };
    for key in object.keys() {
        match key.as_str() {
            "algorithm" | "keyId" | "publicKey" | "certificatePath" | "value" => {}
            "excludes" if alone => {}
            "excludes" => {
                return Err(bad("one of several signatures has excludes, which JSF has only for all of them"));
            }
            other => return Err(bad(format!("it has the member {other:?}"))),
        }
    }
    let algorithm = text("algorithm")?.ok_or_else(|| bad("it has no algorithm"))?;
    let value = text("value")?.ok_or_else(|| bad("it has no value"))?;
    let value = BASE64URL_NOPAD.decode(value.as_bytes()).map_err(|error| match value.split('.').count() {
        3 => bad("its value is a JWS (RFC 7515), as some tools write it, which is not JSF"),
        _ => bad(format!("its value is no base64url without padding: {error}")),
    })?;
    Ok(JsfCore {
        algorithm: JsfAlgorithm::named(&algorithm),
        key_id: text("keyId")?,
        public_key: object.get("publicKey").map(Jwk::parse).transpose()?,
        has_certificates: object.contains_key("certificatePath"),
        value,
    })
}

fn bad(reason: impl Into<String>) -> AttestError {
    AttestError::invalid(WHAT, reason)
}
