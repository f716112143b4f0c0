//! Evidence of a case, signed by keys that are made for the run.

use data_encoding::BASE64;
use plimsoll_attest::{IN_TOTO_PAYLOAD_TYPE, PredicateType, StatementBuilder, Subject as StatementSubject, pae};
use plimsoll_verify::{Evidence, Subject, read_evidence};
use serde_json::{Value, json};
use sigstore_crypto::KeyPair;

const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";
pub(super) const COMMIT: &str = "9a04d1ee393b5be2773b1ce204f61fe0fd02366a";

pub(super) struct Keys {
    release: KeyPair,
    other: KeyPair,
    stranger: KeyPair,
}

impl Keys {
    pub(super) fn new() -> Self {
        let new = || KeyPair::generate_ecdsa_p256().unwrap();
        Self { release: new(), other: new(), stranger: new() }
    }

    fn pair(&self, name: &str) -> &KeyPair {
        match name {
            "release" => &self.release,
            "other" => &self.other,
            "stranger" => &self.stranger,
            other => panic!("no key {other}"),
        }
    }

    pub(super) fn pem(&self, name: &str) -> String {
        let der = self.pair(name).public_key_der().unwrap();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(der.as_bytes()))
    }

    /// The evidence of an entry. `components` are those of the case.
    pub(super) fn evidence(
        &self,
        entry: &Value,
        components: &[Value],
        artifact: &Subject,
        number: usize,
    ) -> Vec<Evidence> {
        let place = format!("evidence-{number}.json");
        let state = entry.get("state").and_then(Value::as_str).unwrap_or("good");
        let kind = entry["type"].as_str().unwrap();
        let uri = match kind {
            "signature" => SIGNED.to_owned(),
            other => PredicateType::parse(other).unwrap_or_else(|| panic!("no type {other}")).uri().to_owned(),
        };
        let predicate = match state {
            "unreadable" => json!({ "what": "is this" }),
            _ => predicate(entry, kind, components),
        };
        let other = Subject::bytes(b"another".to_vec());
        let subject = about(if state == "other-subject" { &other } else { artifact });
        let (_, mut payload) = StatementBuilder::new(&uri, predicate).about(subject).build().unwrap();
        let signature = self.pair(entry["by"].as_str().unwrap()).sign(&pae(IN_TOTO_PAYLOAD_TYPE, &payload)).unwrap();
        if state == "tampered" {
            payload.push(b' ');
        }
        let signature = match state {
            "unsigned" => BASE64.encode(b"no signature at all"),
            _ => BASE64.encode(signature.as_bytes()),
        };
        let envelope = json!({
            "payloadType": IN_TOTO_PAYLOAD_TYPE,
            "payload": BASE64.encode(&payload),
            "signatures": [{ "sig": signature }],
        });
        read_evidence(envelope.to_string().as_bytes(), &place).unwrap()
    }
}

fn about(artifact: &Subject) -> StatementSubject {
    let digest = artifact.digests().map(|(name, hex)| (name.token().to_owned(), hex.to_owned())).collect();
    StatementSubject { name: "app-1.2.3.tar.gz".into(), digest, ..StatementSubject::default() }
}

fn predicate(entry: &Value, kind: &str, components: &[Value]) -> Value {
    match (entry.get("predicate"), kind) {
        (Some(Value::String(text)), _) => serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")),
        (Some(given), _) => given.clone(),
        (None, "cyclonedx") => {
            let own = entry.get("components").map(|own| own.as_array().unwrap().as_slice());
            let complete = entry.get("incomplete") != Some(&Value::Bool(true));
            sbom(own.unwrap_or(components), complete)
        }
        (None, "slsaprovenance02") => build(entry),
        (None, "signature") => json!({}),
        (None, other) => panic!("{other} needs a predicate"),
    }
}

/// A build of a tag by hand, with what the entry names as `materials` beside its source.
fn build(entry: &Value) -> Value {
    let uri = entry.get("source").and_then(Value::as_str).unwrap_or("git+https://github.com/acme/app@refs/tags/v1.2.3");
    let mut materials = vec![json!({ "uri": uri, "digest": { "sha1": COMMIT } })];
    materials.extend(entry.get("materials").and_then(Value::as_array).into_iter().flatten().cloned());
    let builder = entry.get("builder").and_then(Value::as_str).unwrap_or("https://build.acme.example/desk@v1");
    json!({
        "builder": { "id": builder },
        "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "invocation": {
            "configSource": { "uri": uri, "digest": { "sha1": COMMIT }, "entryPoint": ".github/workflows/release.yml" },
            "environment": { "github_event_name": "push", "github_repository_id": "123" },
        },
        "materials": materials,
    })
}

/// An SBOM.
pub(super) fn sbom(components: &[Value], complete: bool) -> Value {
    let components: Vec<Value> = components.iter().map(component).collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": "app", "bom-ref": "app" } },
        "components": components,
        "compositions": [{ "aggregate": if complete { "complete" } else { "incomplete" }, "assemblies": ["app"] }],
    })
}

fn component(given: &Value) -> Value {
    let text = |key: &str| given.get(key).and_then(Value::as_str);
    let purl = given.as_str().or(text("purl"));
    let (name, version) = match purl {
        Some(purl) => {
            let tail = purl.rsplit('/').next().unwrap();
            let (name, version) = tail.split_once('@').unwrap_or((tail, ""));
            (name.to_owned(), version.split('?').next().unwrap().to_owned())
        }
        None => (text("name").unwrap().to_owned(), text("version").unwrap_or_default().to_owned()),
    };
    let reference = purl.unwrap_or(&name);
    let mut out = json!({ "type": "library", "name": name, "bom-ref": reference });
    if !version.is_empty() {
        out["version"] = json!(version);
    }
    if let Some(purl) = purl {
        out["purl"] = json!(purl);
    }
    if let Some(license) = text("license") {
        out["licenses"] = json!([{ "expression": license }]);
    }
    if let Some(licenses) = given.get("licenses") {
        out["licenses"] = licenses.clone();
    }
    if let Some(properties) = given.get("properties").and_then(Value::as_object) {
        out["properties"] = properties.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    }
    out
}
