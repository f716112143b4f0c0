use plimsoll_model::Limits;

use super::*;
use crate::encoding::{self, Encoding};

const BOM: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
  "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  "metadata": { "component": { "type": "application", "bom-ref": "app", "name": "app" },
    "properties": [{ "name": "plimsoll:residue:v1", "value": "AAAA" }] },
  "components": [
    { "type": "library", "bom-ref": "pkg:npm/%40acme/ledger@1", "group": "@acme", "name": "ledger", "version": "1",
      "purl": "pkg:npm/%40acme/ledger@1", "description": "the ledger of Acme", "hashes": [{ "alg": "MD5", "content": "d41d8cd98f00b204e9800998ecf8427e" }],
      "components": [{ "type": "library", "bom-ref": "inner", "name": "inner", "version": "2" }] },
    { "type": "library", "bom-ref": "open", "name": "open", "version": "3", "description": "made for @acme/ledger",
      "supplier": { "name": "Open", "contact": [{ "email": "jane@open.example" }] }, "author": "jane@open.example",
      "evidence": { "occurrences": [{ "location": "/home/jane/src/secret-project/open.jar" }] },
      "properties": [{ "name": "plimsoll:layer", "value": "x" }, { "name": "other", "value": "in /home/jane/src/secret-project/open.jar" }] }
  ],
  "dependencies": [
    { "ref": "app", "dependsOn": ["pkg:npm/%40acme/ledger@1"] },
    { "ref": "pkg:npm/%40acme/ledger@1", "dependsOn": ["open"] }
  ]
}"#;

fn parse(text: &str) -> Parsed {
    encoding::read(text.as_bytes(), Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap()
}

fn written(parsed: &Parsed, redacted: &Redacted) -> String {
    let result = Parsed { tree: redacted.tree.clone(), ..parsed.clone() };
    let verdict = crate::validate_tree(&result);
    assert!(verdict.is_valid(), "{:?}", verdict.faults);
    let mut out = Vec::new();
    encoding::write(&redacted.tree, parsed.encoding, parsed.version, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn redaction() -> Redaction {
    Redaction {
        components: vec![ComponentPattern::new("pkg:npm/%40acme/*").unwrap()],
        salt: b"sixteen bytes or more".to_vec(),
        ..Redaction::default()
    }
}

#[test]
fn a_component_is_nowhere_and_its_edges_are_still_there() {
    let parsed = parse(BOM);
    let redacted = redact(&parsed, &redaction()).unwrap();
    let text = written(&parsed, &redacted);
    for secret in ["ledger", "acme", "Acme", "d41d8cd98f", "AAAA", "3e671687"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(redacted.left.is_empty());
    let [held] = redacted.withheld.as_slice() else { panic!("{:?}", redacted.withheld) };
    let pseudonym = held.pseudonym.as_deref().unwrap();
    assert_eq!(held.element, "@acme/ledger@1");
    let dependencies = redacted.tree.items_of("dependencies");
    assert_eq!(dependencies[0].items_of("dependsOn")[0].as_str(), Some(pseudonym));
    assert_eq!(dependencies[1].text_of("ref"), Some(pseudonym));
    assert_eq!(dependencies[1].items_of("dependsOn")[0].as_str(), Some("open"));
    assert!(text.contains("\"inner\"") && text.contains("plimsoll:redacted") && text.contains("incomplete"));
    // Another salt, another name.
    let other = Redaction { salt: b"another sixteen bytes".to_vec(), ..redaction() };
    assert_ne!(redact(&parsed, &other).unwrap().withheld[0].pseudonym, held.pseudonym);
}

#[test]
fn names_are_never_digested_without_a_salt() {
    let redaction = Redaction { salt: b"short".to_vec(), ..redaction() };
    assert_eq!(redact(&parse(BOM), &redaction).unwrap_err(), RedactError::NoSalt);
}

#[test]
fn removed_components_leave_what_stood_in_them() {
    let parsed = parse(BOM);
    let redaction = Redaction { remove: true, salt: Vec::new(), ..redaction() };
    let redacted = redact(&parsed, &redaction).unwrap();
    let text = written(&parsed, &redacted);
    assert!(!text.contains("ledger") && text.contains("\"inner\""), "{text}");
    assert!(redacted.withheld[0].pseudonym.is_none());
}

#[test]
fn fields_and_paths() {
    let parsed = parse(BOM);
    let fields = ["supplier", "author", "properties[plimsoll:*]", "hashes"];
    let redaction = Redaction {
        fields: fields.iter().map(|field| FieldPattern::new(field).unwrap()).collect(),
        internal_paths: true,
        salt: b"sixteen bytes or more".to_vec(),
        ..Redaction::default()
    };
    let redacted = redact(&parsed, &redaction).unwrap();
    let text = written(&parsed, &redacted);
    for secret in ["Open\"", "jane", "secret-project", "plimsoll:layer", "d41d8cd98f"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("\"other\""));
    assert!(FieldPattern::new("supplier[x]").is_none() && FieldPattern::new("a b").is_none());
}

#[test]
fn kept_and_unmatched() {
    let parsed = parse(BOM);
    let redaction = Redaction { keep: vec![ComponentPattern::new("*ledger").unwrap()], ..redaction() };
    assert_eq!(redact(&parsed, &redaction).unwrap().tree, parsed.tree);
}

#[test]
fn a_name_that_another_component_has_is_reported() {
    let parsed = parse(&BOM.replace("\"name\": \"open\"", "\"name\": \"ledger-of-acme\""));
    let redaction = Redaction {
        components: vec![ComponentPattern::new("*/ledger@1").unwrap(), ComponentPattern::new("ledger").unwrap()],
        ..redaction()
    };
    let redacted = redact(&parsed, &redaction).unwrap();
    assert_eq!(redacted.left, [("ledger".to_owned(), "/components/1/name".to_owned())]);
}

#[test]
fn every_standard() {
    let parsed = parse(BOM);
    for (encoding, version) in [(Encoding::SpdxJson, "2.3"), (Encoding::Spdx3Json, "3.0.1")] {
        let version = encoding.standard().version(version).unwrap();
        let tree = crate::convert::convert(&parsed, encoding, version, crate::convert::Carry::Full).tree;
        let converted = Parsed { encoding, version, tree, faults: Vec::new() };
        let redaction = Redaction {
            components: vec![ComponentPattern::new("pkg:npm/%40acme/*").unwrap()],
            internal_paths: true,
            ..redaction()
        };
        let redacted = redact(&converted, &redaction).unwrap();
        let text = written(&converted, &redacted);
        for secret in ["ledger", "acme", "residue", "secret-project"] {
            assert!(!text.contains(secret), "{encoding}: {secret} in {text}");
        }
        assert!(text.contains("plimsoll:redacted"));
    }
}
