//! Evidence that npm and PyPI really served, where the shared folder is.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use plimsoll_verify::BuiltIn;
use serde_json::{Value, json};

use super::evidence::sha256;
use super::*;

/// A folder of the shared suites; `None` where it is absent.
fn shared(part: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("PLIMSOLL_SHARED").map_or(beside, PathBuf::from).join(part);
    if path.exists() {
        return Some(path);
    }
    // The harness would swallow `eprintln`.
    drop(writeln!(std::io::stderr(), "{} is not present: skipped", path.display()));
    None
}

fn setting() -> Setting {
    let mut setting = Setting::new(BuiltIn::PublicGood.json());
    let expect =
        |purl: &str, source: &str| DependencyExpectation::new(purl, Some(source), None, None, "policy").unwrap();
    setting.expectations = vec![
        expect("pkg:npm/sigstore", "github.com/sigstore/sigstore-js"),
        expect("pkg:pypi/pypi-attestations", "github.com/trailofbits/pypi-attestations"),
    ];
    setting
}

/// The SHA-512 that the first statement of an answer names, and the name of its subject.
fn subject(answer: &Value) -> (String, String) {
    let payload = answer["attestations"][0]["bundle"]["dsseEnvelope"]["payload"].as_str().unwrap();
    let payload = data_encoding::BASE64.decode(payload.as_bytes()).unwrap();
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    let subject = &statement["subject"][0];
    (subject["name"].as_str().unwrap().to_owned(), subject["digest"]["sha512"].as_str().unwrap().to_owned())
}

#[test]
fn npm_as_it_was_served() {
    let (Some(folder), Some(keys)) =
        (shared("conformance/slsa/slsa-verifier/npm/gha"), shared("conformance/slsa/keys/npm-keys.json"))
    else {
        return;
    };
    let keys = fs::read(keys).unwrap();
    let mut seen = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap().flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let bytes = fs::read(file.path()).unwrap();
        let (purl, sha512) = subject(&serde_json::from_slice(&bytes).unwrap());
        let path = purl.strip_prefix("pkg:npm/").unwrap().replace("%40", "@");
        let (package, version) = path.rsplit_once('@').unwrap();
        let request = format!("npm /-/npm/v1/attestations/{}@{version}", package.replace('/', "%2f"));
        let table = Table::default().with("npm /-/npm/v1/keys", keys.clone()).with(&request, bytes);
        let row = setting().row(component(&purl, &[("SHA-512", &sha512)]), &table);
        let broken = name.contains("invalidsig");
        assert_eq!(row.status == Status::Invalid, broken, "{name}: {row:?}");
        *seen.entry(row.status).or_insert(0) += 1;
    }
    assert_eq!((seen.get(&Status::Invalid), seen.contains_key(&Status::Verified)), (Some(&10), true), "{seen:?}");
}

#[test]
fn pypi_as_it_was_served() {
    let Some(folder) = shared("conformance/slsa/pypi") else { return };
    let name = "pypi_attestations-0.0.19.tar.gz";
    let content = fs::read(folder.join(name)).unwrap();
    let provenance = fs::read(folder.join(format!("{name}.provenance"))).unwrap();
    let release = json!({ "urls": [{ "filename": name, "digests": { "sha256": sha256(&content) } }] });
    let table = Table::default()
        .with("pypi /pypi/pypi-attestations/0.0.19/json", release.to_string())
        .with(&format!("pypi /integrity/pypi-attestations/0.0.19/{name}/provenance"), provenance);
    let named = component("pkg:pypi/pypi-attestations@0.0.19", &[("SHA-256", &sha256(&content))]);
    let row = setting().row(named, &table);
    assert_eq!(row.status, Status::Verified, "{row:?}");
}
