//! Keys in the transit engine of Vault and OpenBao: `hashivault://NAME`.
//! <https://developer.hashicorp.com/vault/api-docs/secret/transit>
//!
//! As in cosign, `VAULT_ADDR`, `VAULT_TOKEN` (or `~/.vault-token`), `VAULT_NAMESPACE` and `TRANSIT_SECRET_ENGINE_PATH` say
//! where. The newest version of the key signs, and the one whose public key was read: a rotation in between changes nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;

use data_encoding::BASE64;
use plimsoll_model::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::material::ed25519_key;
use super::service::{READ, SIGN, Service, is_name};
use super::{KeyOptions, PublicKey, Scheme, Signer, SignerError};
use crate::remote::Call;
use crate::secret::SecretText;

struct VaultSigner {
    service: Service,
    /// `https://vault.example:8200/v1/transit`
    engine: String,
    name: String,
    version: u64,
    token: SecretText,
    namespace: Option<String>,
    public_key: PublicKey,
}

#[derive(Deserialize)]
struct KeyAnswer {
    data: KeyData,
}

#[derive(Deserialize)]
struct KeyData {
    #[serde(rename = "type")]
    kind: String,
    latest_version: u64,
    /// A symmetric key has a number here instead.
    keys: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct SignAnswer {
    data: SignData,
}

#[derive(Deserialize)]
struct SignData {
    signature: String,
}

pub(super) fn open(reference: &str, options: &KeyOptions) -> Result<Box<dyn Signer>, SignerError> {
    let name = reference.trim_start_matches("hashivault://");
    if !is_name(name, b".") {
        let reason = "hashivault:// is followed by the name of a key";
        return Err(SignerError::Reference { key: plimsoll_model::printable(reference), reason });
    }
    let environment = &options.environment;
    let service = Service::new(reference, options);
    let address = environment.text("VAULT_ADDR").ok_or_else(|| service.wanted("VAULT_ADDR"))?;
    let token = environment.secret("VAULT_TOKEN").or_else(|| token_file(options));
    let token = token.ok_or_else(|| service.wanted("VAULT_TOKEN"))?;
    let mount = environment.text("TRANSIT_SECRET_ENGINE_PATH").unwrap_or_else(|| "transit".to_owned());
    let mount = mount.trim_matches('/');
    if !is_name(mount, b"./") {
        let reason = "TRANSIT_SECRET_ENGINE_PATH is no path of an engine".to_owned();
        return Err(SignerError::Configuration { key: service.key, reason });
    }
    let engine = format!("{}/v1/{mount}", address.trim_end_matches('/'));
    let namespace = environment.text("VAULT_NAMESPACE");
    let url = format!("{engine}/keys/{name}");
    let read: KeyAnswer = service.ask(READ, &authorised(Call::get(&url), &token, namespace.as_deref()))?;
    let version = read.data.latest_version;
    let entry = read.data.keys.get(&version.to_string()).and_then(|entry| entry.get("public_key")?.as_str());
    let text = entry.ok_or_else(|| service.failed(READ, format!("a key of type {} cannot sign", read.data.kind)))?;
    let public_key = if read.data.kind == "ed25519" {
        service.usable(ed25519_key(&service.base64(READ, text)?))?
    } else {
        service.usable(PublicKey::from_pem(text.as_bytes()))?
    };
    Ok(Box::new(VaultSigner { service, engine, name: name.to_owned(), version, token, namespace, public_key }))
}

/// What `vault login` leaves behind.
fn token_file(options: &KeyOptions) -> Option<SecretText> {
    let path = options.environment.path("HOME")?.join(".vault-token");
    let mut text = String::new();
    File::open(path).ok()?.take(4096).read_to_string(&mut text).ok()?;
    Some(SecretText::new(text.trim().to_owned())).filter(|token| !token.is_empty())
}

fn authorised<'a>(call: Call<'a>, token: &SecretText, namespace: Option<&str>) -> Call<'a> {
    let call = call.with("X-Vault-Token", token.expose().as_str()).with("X-Vault-Request", "true");
    match namespace {
        Some(namespace) => call.with("X-Vault-Namespace", namespace),
        None => call,
    }
}

impl VaultSigner {
    fn request(&self, body: &Value) -> Result<Vec<u8>, SignerError> {
        let url = format!("{}/sign/{}", self.engine, self.name);
        let call = authorised(Call::post_json(&url, body), &self.token, self.namespace.as_deref());
        let answer: SignAnswer = self.service.ask(SIGN, &call)?;
        // `vault:v1:BASE64`
        let text = answer.data.signature.rsplit(':').next().unwrap_or_default();
        self.service.base64(SIGN, text)
    }
}

impl Signer for VaultSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>, SignerError> {
        self.scheme().accept(digest)?;
        let hash = if self.scheme() == Scheme::EcdsaP384Sha384 { "sha2-384" } else { "sha2-256" };
        let signature = self.request(&json!({
            "input": BASE64.encode(digest.bytes()),
            "prehashed": true,
            "hash_algorithm": hash,
            "key_version": self.version,
            "marshaling_algorithm": "asn1",
            "signature_algorithm": "pkcs1v15",
        }))?;
        self.service.checked(&self.public_key, digest, signature)
    }

    fn sign_message(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        if self.scheme() != Scheme::Ed25519 {
            return self.sign_digest(&self.scheme().digest(message)?);
        }
        let signature = self.request(&json!({ "input": BASE64.encode(message), "key_version": self.version }))?;
        if self.public_key.verifies_message(message, &signature) {
            return Ok(signature);
        }
        Err(SignerError::BadSignature { key: self.service.key.clone() })
    }

    fn describe(&self) -> String {
        self.service.key.clone()
    }
}
