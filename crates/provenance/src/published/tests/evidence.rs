//! Evidence as registries serve it, made by identities of a private Sigstore.

use std::sync::{Arc, OnceLock};

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use plimsoll_attest::StatementBuilder;
use plimsoll_dev_stack::{DevStack, Identity as Somebody, Options, RekorVersion, Workflow};
use plimsoll_sign::{
    Artifact, Identity, IdentityToken, Means, Needs, NetworkOptions, Overrides, Provider, Scheme, SecretText, Session,
    Signer as _, SigningConfig, SoftwareSigner,
};
use plimsoll_verify::TrustedRoot;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use super::Table;
use crate::published::signer::NPM_PUBLISH;

/// The private Sigstore of all tests here.
pub(super) fn stack() -> &'static DevStack {
    static STACK: OnceLock<DevStack> = OnceLock::new();
    STACK.get_or_init(|| DevStack::start(Options::new(Arc::new(Timestamp::now))).unwrap())
}

pub(super) fn issuer() -> String {
    stack().issuer(&somebody("a/b"))
}

fn somebody(repository: &str) -> Somebody {
    Somebody::Workflow(Box::new(Workflow::of(repository)))
}

fn session(means: Means) -> Session {
    let config = SigningConfig::parse(&stack().signing_config_json(&[RekorVersion::V1])).unwrap();
    let needs = Needs { certificate: matches!(means, Means::Keyless(_)), log: true, timestamps: false };
    let services = config.services(Timestamp::now(), needs, &Overrides::default()).unwrap();
    let root = TrustedRoot::parse("dev", &stack().trusted_root_json(), None).unwrap();
    Session::new(means, services, root, NetworkOptions::default())
}

fn keyless(repository: &str) -> Session {
    let token = SecretText::new(stack().token(&somebody(repository)).unwrap().expose().to_owned());
    let token = IdentityToken::parse(&token).unwrap();
    session(Means::Keyless(Box::new(Identity::fixed(Provider::Variable, "sigstore", token))))
}

pub(super) const SLSA: &str = "https://slsa.dev/provenance/v1";
pub(super) const PYPI: &str = "https://docs.pypi.org/attestations/publish/v1";

pub(super) fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

pub(super) fn sha512(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha512::digest(bytes))
}

fn statement(predicate_type: &str, name: &str, content: &[u8], predicate: Value) -> Vec<u8> {
    let digest = [("sha256".to_owned(), sha256(content)), ("sha512".to_owned(), sha512(content))];
    StatementBuilder::new(predicate_type, predicate).subject(name, digest.into_iter().collect()).build().unwrap().1
}

/// A bundle of a statement about a package, signed by the release workflow of a repository.
pub(super) fn attested(repository: &str, predicate_type: &str, name: &str, content: &[u8]) -> Value {
    let statement = statement(predicate_type, name, content, json!({}));
    let bundle = keyless(repository).attest(&statement, Timestamp::now()).unwrap();
    serde_json::from_slice(bundle.json()).unwrap()
}

/// A bundle over the bytes of a file.
pub(super) fn signed(repository: &str, content: &[u8]) -> Value {
    let bundle = keyless(repository).sign(&Artifact::Bytes(content.to_vec()), Timestamp::now()).unwrap();
    serde_json::from_slice(bundle.json()).unwrap()
}

/// A registry of npm: its key, and what it serves.
pub(super) struct Npm {
    signer: Box<SoftwareSigner>,
}

impl Npm {
    pub(super) fn new() -> Self {
        Self { signer: Box::new(SoftwareSigner::generate(Scheme::EcdsaP256Sha256).unwrap()) }
    }

    pub(super) fn keys(&self) -> String {
        let key = BASE64.encode(self.signer.public_key().spki_der());
        json!({ "keys": [{ "keyid": "SHA256:x", "keytype": "ecdsa-sha2-nistp256", "key": key, "expires": null }] })
            .to_string()
    }

    /// The registry's own statement.
    pub(super) fn publish(&self, purl: &str, name: &str, version: &str, content: &[u8]) -> Value {
        let predicate = json!({ "name": name, "version": version, "registry": "https://registry.npmjs.org" });
        let statement = statement(NPM_PUBLISH, purl, content, predicate);
        let pkcs8 = self.signer.to_pkcs8_der().unwrap();
        let signer = SoftwareSigner::from_pkcs8_der(&pkcs8, "npm").unwrap();
        let bundle = session(Means::Key(Box::new(signer))).attest(&statement, Timestamp::now()).unwrap();
        serde_json::from_slice(bundle.json()).unwrap()
    }

    /// The answer about a package.
    pub(super) fn answer(&self, repository: &str, name: &str, version: &str, content: &[u8]) -> String {
        let purl = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
        npm_answer(&[
            (NPM_PUBLISH, self.publish(&purl, name, version, content)),
            (SLSA, attested(repository, SLSA, &purl, content)),
        ])
    }
}

pub(super) fn npm_answer(bundles: &[(&str, Value)]) -> String {
    let attestations: Vec<_> =
        bundles.iter().map(|(kind, bundle)| json!({ "predicateType": kind, "bundle": bundle })).collect();
    json!({ "attestations": attestations }).to_string()
}

/// A bundle as PyPI serves it (PEP 740).
pub(super) fn pep740(bundles: &[Value]) -> String {
    let one = |bundle: &Value| {
        let material = &bundle["verificationMaterial"];
        json!({
            "version": 1,
            "verification_material": {
                "certificate": material["certificate"]["rawBytes"],
                "transparency_entries": material["tlogEntries"],
            },
            "envelope": {
                "statement": bundle["dsseEnvelope"]["payload"],
                "signature": bundle["dsseEnvelope"]["signatures"][0]["sig"],
            },
        })
    };
    let attestations: Vec<Value> = bundles.iter().map(one).collect();
    json!({
        "version": 1,
        "attestation_bundles": [{ "publisher": { "kind": "GitHub" }, "attestations": attestations }],
    })
    .to_string()
}

/// A bundle as RubyGems serves it: its certificate twice in base64, its log entry without kind.
pub(super) fn gem(mut bundle: Value) -> String {
    let certificate = bundle["verificationMaterial"]["certificate"]["rawBytes"].as_str().unwrap().to_owned();
    bundle["verificationMaterial"]["certificate"]["rawBytes"] = BASE64.encode(certificate.as_bytes()).into();
    bundle["verificationMaterial"]["tlogEntries"][0].as_object_mut().unwrap().remove("kindVersion");
    json!([bundle]).to_string()
}

/// npm with one good package, and the component that names it.
pub(super) fn one_npm_package(repository: &str) -> (Table, Value) {
    let npm = Npm::new();
    let table = Table::default()
        .with("npm /-/npm/v1/keys", npm.keys())
        .with("npm /-/npm/v1/attestations/left-pad@1.3.0", npm.answer(repository, "left-pad", "1.3.0", b"left"));
    (table, super::component("pkg:npm/left-pad@1.3.0", &[("SHA-512", &sha512(b"left"))]))
}
