//! npm: `GET /-/npm/v1/attestations/NAME@VERSION`.
//! <https://docs.npmjs.com/generating-provenance-statements>, <https://github.com/npm/attestation>
//!
//! The answer holds two bundles: provenance, signed by the workflow that published, and a statement of the registry that it
//! published this, signed with its key and not with a certificate. The keys are at `GET /-/npm/v1/keys`, with the day on which
//! each ended. Both name the package by purl and SHA-512, which is what lockfiles call `integrity`.

use plimsoll_model::{Digest, DigestAlgorithm};
use plimsoll_verify::{PublicKey, Subject};
use serde::Deserialize;

use super::{Asker, Found, Item, JSON, Keys, Lookup, Source, Trouble, evidence, stated};
use crate::published::fetch::{Service, segment};
use crate::published::report::Binding;
use crate::published::{Dependency, What};

pub(super) const SOURCE: Source =
    Source { service: Service::Npm, types: &["npm"], look_up, counts: &[What::Provenance] };

#[derive(Deserialize)]
struct Version {
    dist: Option<Distribution>,
}

#[derive(Deserialize)]
struct Distribution {
    integrity: Option<String>,
}

#[derive(Deserialize)]
struct KeyList {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    key: String,
}

fn look_up(asker: &Asker<'_>, dependency: &Dependency) -> Result<Lookup, Trouble> {
    let (name, version) = name(dependency)?;
    let path = format!("/-/npm/v1/attestations/{name}@{version}");
    let found = evidence(asker.get(Service::Npm, path, JSON)?, "npm");
    if matches!(found, Found::Nothing) {
        return Ok(Lookup::nothing(None));
    }
    let (subject, binding) = match stated(&dependency.digests) {
        Some(subject) => (subject, Binding::Sbom),
        None => match integrity(asker, &name, &version)? {
            Some(subject) => (subject, Binding::Registry),
            None => return Ok(Lookup::nothing("neither the SBOM nor npm gives a digest to bind to".to_owned())),
        },
    };
    let keys = match asker.npm_keys.get_or_init(|| keys(asker)) {
        Ok(keys) => Keys::Known(keys.clone()),
        Err(reason) => Keys::Unavailable(reason.clone()),
    };
    Ok(Lookup::of(Item { keys, ..Item::new(subject, binding, found) }))
}

/// Name, with its scope, and version, as parts of a path.
fn name(dependency: &Dependency) -> Result<(String, String), Trouble> {
    let purl = &dependency.purl;
    let name = match purl.namespace() {
        Some(scope) => format!("{scope}/{}", purl.name()),
        None => purl.name().to_owned(),
    };
    let parts = (segment(&name), segment(purl.version().unwrap_or_default()));
    let (Some(name), Some(version)) = parts else {
        return Err(Trouble::NotApplicable("its name or version cannot be asked for".into()));
    };
    Ok((name, version))
}

/// The digest that the registry says.
fn integrity(asker: &Asker<'_>, name: &str, version: &str) -> Result<Option<Subject>, Trouble> {
    let Some(answer) = asker.get(Service::Npm, format!("/{name}/{version}"), JSON)? else { return Ok(None) };
    let read: Option<Version> = serde_json::from_slice(&answer).ok();
    let integrity = read.and_then(|version| version.dist).and_then(|dist| dist.integrity).unwrap_or_default();
    let digests: Vec<Digest> =
        Digest::from_sri(&integrity).filter(|digest| digest.algorithm() == DigestAlgorithm::Sha512).collect();
    Ok(Subject::from_digests(&digests))
}

/// The keys of the registry, as it serves them. One that ended is kept: what it signed before is still right, and the log says
/// when that was.
fn keys(asker: &Asker<'_>) -> Result<Vec<PublicKey>, String> {
    let answer = asker.get(Service::Npm, "/-/npm/v1/keys".into(), JSON).map_err(|error| error.chain())?;
    let answer = answer.ok_or_else(|| "npm serves no keys".to_owned())?;
    let list: KeyList = serde_json::from_slice(&answer).map_err(|error| format!("the keys of npm: {error}"))?;
    let read = |key: &Key| {
        let der = data_encoding::BASE64.decode(key.key.as_bytes()).ok()?;
        PublicKey::from_der(der).ok()
    };
    let keys: Vec<PublicKey> = list.keys.iter().take(64).filter_map(read).collect();
    if keys.is_empty() { Err("npm serves no key that can be read".into()) } else { Ok(keys) }
}
