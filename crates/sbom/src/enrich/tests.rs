use plimsoll_model::Limits;

use super::*;
use crate::encoding::{self, Encoding};

const BASE: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
  "components": [
    { "type": "library", "bom-ref": "a", "name": "a", "version": "1", "purl": "pkg:npm/a@1", "description": "mine" },
    { "type": "library", "bom-ref": "b", "name": "b", "version": "1", "purl": "pkg:npm/b@1",
      "hashes": [{ "alg": "SHA-1", "content": "da39a3ee5e6b4b0d3255bfef95601890afd80709" }] },
    { "type": "library", "bom-ref": "c", "name": "c", "version": "1" }
  ]
}"#;

const OTHER: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
  "components": [
    { "type": "library", "bom-ref": "x", "name": "a", "version": "1", "purl": "pkg:npm/a@1", "description": "theirs",
      "supplier": { "name": "A", "bom-ref": "s" }, "licenses": [{ "license": { "id": "MIT", "bom-ref": "l" } }] },
    { "type": "library", "bom-ref": "y", "name": "b", "version": "1", "purl": "pkg:npm/b@1", "scope": "optional",
      "hashes": [{ "alg": "SHA-1", "content": "ffffffffffffffffffffffffffffffffffffffff" },
        { "alg": "MD5", "content": "d41d8cd98f00b204e9800998ecf8427e" }] },
    { "type": "library", "bom-ref": "z", "name": "a", "version": "2", "purl": "pkg:npm/a@2", "copyright": "not yours" }
  ],
  "dependencies": [{ "ref": "x", "dependsOn": ["y", "z"] }]
}"#;

fn parse(text: &str) -> Parsed {
    encoding::read(text.as_bytes(), Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap()
}

fn source(text: &str) -> Knowledge {
    Knowledge { parsed: parse(text), label: "other".to_owned() }
}

#[test]
fn adds_only_what_is_missing() {
    let parsed = parse(BASE);
    let enriched = enrich(&parsed, &[source(OTHER)], &[]);
    let [a, b, c] = enriched.tree.items_of("components") else { panic!() };
    assert_eq!(a.text_of("description"), Some("mine"));
    assert_eq!(a.get("supplier").and_then(|held| held.text_of("name")), Some("A"));
    assert!(a.get("copyright").is_none());
    assert_eq!(b.text_of("scope"), Some("optional"));
    let hashes = b.items_of("hashes");
    assert_eq!(hashes.len(), 2);
    assert_eq!(hashes[0].text_of("content"), Some("da39a3ee5e6b4b0d3255bfef95601890afd80709"));
    assert_eq!(c, &parsed.tree.items_of("components")[2]);
    let text = crate::tree::compact(&enriched.tree);
    assert!(
        text.contains(r#""name":"plimsoll:enriched:supplier","value":"other""#) && !text.contains(r#""bom-ref":"l""#)
    );
    let edges = enriched.tree.items_of("dependencies");
    assert_eq!(edges.len(), 1);
    assert_eq!(edges[0].items_of("dependsOn").len(), 1);
    assert_eq!((enriched.components, enriched.matched), (3, 2));
    let verdict = crate::validate_tree(&Parsed { tree: enriched.tree.clone(), ..parsed.clone() });
    assert!(verdict.is_valid(), "{:?}", verdict.faults);
    // A second time there is nothing to add.
    let again = enrich(&Parsed { tree: enriched.tree.clone(), ..parsed }, &[source(OTHER)], &[]);
    assert!(again.added.is_empty() && again.tree == enriched.tree, "{:?}", again.added);
}

#[test]
fn every_standard() {
    let parsed = parse(BASE);
    for (encoding, version) in [(Encoding::SpdxJson, "2.3"), (Encoding::Spdx3Json, "3.0.1")] {
        let version = encoding.standard().version(version).unwrap();
        let tree = convert::convert(&parsed, encoding, version, Carry::None).tree;
        let converted = Parsed { encoding, version, tree, faults: Vec::new() };
        let enriched = enrich(&converted, &[source(OTHER)], &[]);
        let result = Parsed { tree: enriched.tree.clone(), ..converted.clone() };
        let verdict = crate::validate_tree(&result);
        assert!(verdict.is_valid(), "{encoding}: {:?}", verdict.faults);
        let fields: std::collections::BTreeSet<&str> =
            enriched.added.iter().map(|added| added.field.as_str()).collect();
        assert!(fields.contains("hashes") && fields.contains("dependsOn"), "{encoding}: {fields:?}");
        let (before, after) = (crate::map::document(&converted), crate::map::document(&result));
        assert!(after.edges.len() > before.edges.len());
    }
}

#[test]
fn licence_texts() {
    let text = LicenseText {
        name: "c".to_owned(),
        version: Some("1".to_owned()),
        text: "SPDX-License-Identifier: Apache-2.0".to_owned(),
        label: "c@1/LICENSE".to_owned(),
    };
    let parsed = parse(BASE);
    let other = LicenseText { version: Some("2".to_owned()), ..text.clone() };
    assert!(enrich(&parsed, &[], &[other]).added.is_empty());
    let enriched = enrich(&parsed, &[], &[text]);
    let compact = crate::tree::compact(&enriched.tree);
    assert!(
        compact.contains(r#""licenses":[{"license":{"acknowledgement":"concluded","id":"Apache-2.0"}}]"#),
        "{compact}"
    );
}
