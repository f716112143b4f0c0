//! `plimsoll sbom jsf-sign` and `jsf-verify`.

use plimsoll_tests::{Outcome, TemporaryDirectory, workspace};
use serde_json::Value;

use crate::run::run_in;

const BOM: &str = "{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.6\",\n  \"version\": 1,\n  \"components\": [\n    {\"type\": \"library\", \"name\": \"a\", \"signature\": {\"algorithm\": \"ES256\", \"value\": \"AA\"}}\n  ]\n}\n";

fn key(name: &str) -> String {
    workspace().join("testdata/keys").join(name).display().to_string()
}

fn jsf(directory: &TemporaryDirectory, arguments: &[&str]) -> Outcome {
    run_in(directory, [&["sbom"], arguments].concat())
}

fn signed() -> TemporaryDirectory {
    let directory = TemporaryDirectory::new();
    directory.write("bom.json", BOM);
    let outcome = jsf(
        &directory,
        &["jsf-sign", "bom.json", "--key", &key("pkcs8-p256.pem"), "-o", "bom.json", "--key-id", "release"],
    );
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    directory
}

#[test]
fn signs_in_place_and_verifies() {
    let directory = signed();
    let outcome = jsf(&directory, &["jsf-verify", "bom.json", "--key", &key("p256.pub"), "--format", "json"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&report["verified"], &report["signatures"][0]["algorithm"]), (&true.into(), &"ES256".into()));
    assert_eq!(report["nested"], serde_json::json!(["/components/0/signature"]));
    let validated = jsf(&directory, &["validate", "bom.json"]);
    assert_eq!(validated.status, Some(0), "{}{}", validated.stdout, validated.stderr);
}

#[test]
fn refuses_with_1() {
    let directory = signed();
    let text = std::fs::read_to_string(directory.path().join("bom.json")).unwrap();
    directory.write("changed.json", text.replace("\"a\"", "\"b\""));
    directory.write("excluding.json", text.replace("\"keyId\"", "\"excludes\": [\"more\"],\n    \"keyId\""));
    directory.write("unsigned.json", BOM);
    for (name, code) in [("changed.json", "PLM-V0201"), ("excluding.json", "PLM-V0207"), ("unsigned.json", "PLM-V0101")]
    {
        let outcome = jsf(&directory, &["jsf-verify", name, "--key", &key("p256.pub")]);
        assert_eq!(outcome.status, Some(1), "{name}: {}", outcome.stderr);
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains(code), "{name}: {}", outcome.stderr);
    }
    let accepted = jsf(&directory, &["jsf-verify", "excluding.json", "--allow-excludes", "--key", &key("p256.pub")]);
    assert_eq!(accepted.status, Some(0), "{}", accepted.stderr);
    assert!(accepted.stdout.contains("not signed: more"), "{}", accepted.stdout);
    let without = jsf(&directory, &["jsf-verify", "bom.json"]);
    assert_eq!(without.status, Some(2));
}

#[test]
fn what_cannot_be_signed_is_said() {
    let directory = signed();
    directory.write("bom.xml", "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\"/>");
    directory.write("spdx.json", "{\"spdxVersion\": \"SPDX-2.3\"}");
    for (name, status, says) in
        [("bom.json", 2, "--replace"), ("bom.xml", 3, "is XML"), ("spdx.json", 3, "not CycloneDX")]
    {
        let outcome = jsf(&directory, &["jsf-sign", name, "--key", &key("pkcs8-p256.pem")]);
        assert_eq!(outcome.status, Some(status), "{name}: {}", outcome.stderr);
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains(says), "{name}: {}", outcome.stderr);
    }
}
