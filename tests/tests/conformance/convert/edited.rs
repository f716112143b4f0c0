//! Documents that were changed after they got something to carry, by people and by attackers.

use std::io::Write as _;

use data_encoding::BASE64URL_NOPAD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use plimsoll_sbom::convert::{Carry, LossKind};
use plimsoll_sbom::encoding::Encoding;
use serde_json::{Value, json};

use super::{faults, read, to, write};

const CYCLONEDX: (Encoding, &str) = (Encoding::CycloneDxJson, "1.6");
const SPDX: (Encoding, &str) = (Encoding::SpdxJson, "2.3");

/// A document with much that SPDX has no place for.
fn source() -> Value {
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata": {"component": {"type": "application", "bom-ref": "app", "name": "app", "version": "1"}},
        "components": [
            {"type": "library", "bom-ref": "a", "name": "a", "version": "1", "purl": "pkg:npm/a@1",
                "hashes": [{"alg": "SHA-1", "content": "0123456789012345678901234567890123456789"}],
                "licenses": [{"license": {"id": "MIT"}}],
                "pedigree": {"notes": "a note"}, "modelCard": {"bom-ref": "card"}},
            {"type": "library", "bom-ref": "b", "name": "b", "version": "2", "purl": "pkg:npm/b@2", "pedigree": {"notes": "b note"}},
        ],
        "dependencies": [{"ref": "app", "dependsOn": ["a", "b"]}, {"ref": "a", "dependsOn": ["b"]}, {"ref": "b"}],
        "vulnerabilities": [{"id": "CVE-2024-1", "affects": [{"ref": "a"}]}],
    })
}

/// The source as SPDX, changed by `edit`, and back: the tree, and whether what was carried was put back or refused.
fn edited(edit: impl FnOnce(&mut Value)) -> (Value, bool, bool) {
    let parsed = read(source().to_string().as_bytes(), CYCLONEDX.0);
    let mut there: Value = serde_json::from_slice(&write(&to(&parsed, SPDX, Carry::Full).tree, SPDX)).unwrap();
    edit(&mut there);
    back(&there)
}

fn back(there: &Value) -> (Value, bool, bool) {
    let back = to(&read(there.to_string().as_bytes(), SPDX.0), CYCLONEDX, Carry::None);
    let bytes = write(&back.tree, CYCLONEDX);
    assert_eq!(faults(&bytes, CYCLONEDX.0), Vec::<String>::new());
    (serde_json::from_slice(&bytes).unwrap(), back.restored, back.refused)
}

fn package<'v>(there: &'v mut Value, name: &str) -> &'v mut Value {
    there["packages"].as_array_mut().unwrap().iter_mut().find(|package| package["name"] == name).unwrap()
}

fn component<'v>(tree: &'v Value, name: &str) -> Option<&'v Value> {
    tree["components"].as_array().unwrap().iter().find(|component| component["name"] == name)
}

#[test]
fn unchanged_it_is_the_source() {
    let (tree, restored, refused) = edited(|_| {});
    assert_eq!((tree, restored, refused), (source(), true, false));
}

#[test]
fn a_new_package_is_there_and_the_rest_is_put_back() {
    let (tree, restored, _) = edited(|there| {
        let new =
            json!({"SPDXID": "SPDXRef-new", "name": "new", "versionInfo": "3", "downloadLocation": "NOASSERTION"});
        there["packages"].as_array_mut().unwrap().push(new);
    });
    assert!(restored);
    assert_eq!(component(&tree, "new").unwrap()["version"], "3");
    assert_eq!(component(&tree, "a").unwrap()["pedigree"]["notes"], "a note");
    assert_eq!(tree["vulnerabilities"][0]["id"], "CVE-2024-1");
}

#[test]
fn a_package_that_was_taken_out_stays_out() {
    let (tree, ..) = edited(|there| {
        let id = package(there, "b")["SPDXID"].clone();
        there["packages"].as_array_mut().unwrap().retain(|package| package["SPDXID"] != id);
        there["relationships"]
            .as_array_mut()
            .unwrap()
            .retain(|edge| edge["relatedSpdxElement"] != id && edge["spdxElementId"] != id);
    });
    assert!(component(&tree, "b").is_none());
    assert!(!tree["dependencies"].to_string().contains("\"b\""), "{}", tree["dependencies"]);
    assert!(component(&tree, "a").is_some());
}

#[test]
fn a_new_version_stays() {
    let (tree, ..) = edited(|there| package(there, "a")["versionInfo"] = json!("1.1"));
    assert_eq!(component(&tree, "a").unwrap()["version"], "1.1");
}

/// The document as SPDX with this as what it carries.
fn forged(text: &str) -> Value {
    let parsed = read(source().to_string().as_bytes(), CYCLONEDX.0);
    let plain: Value = serde_json::from_slice(&write(&to(&parsed, SPDX, Carry::Full).tree, SPDX)).unwrap();
    let all = plain.to_string();
    let start = all.find("plimsoll:residue:v1").unwrap();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let real = all[start + "plimsoll:residue:v1".len()..].trim_start_matches(|c| !is_part(c));
    let real = &real[..real.find(|c| !is_part(c)).unwrap()];
    assert!(real.len() > 100, "{real}");
    serde_json::from_str(&all.replace(real, text)).unwrap()
}

fn pack(text: &[u8]) -> String {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
    packer.write_all(text).unwrap();
    BASE64URL_NOPAD.encode(&packer.finish().unwrap())
}

/// What a document would carry.
fn residue(names: &Value, patch: &Value) -> String {
    let residue = json!({"standard": "cyclonedx", "version": "1.6", "names": names, "patch": patch});
    pack(residue.to_string().as_bytes())
}

#[test]
fn what_contradicts_the_document_is_refused() {
    let (plain, ..) = back(&forged(&residue(&json!({}), &json!([]))));
    let id = |name: &str| component(&plain, name).unwrap()["bom-ref"].as_str().unwrap().to_owned();
    let (a, b) = (id("a"), id("b"));
    let change = |change: Value| json!(["o", {"components": ["k", {(a.clone()): change}]}]);
    let member = |name: &str, value: Value| change(json!(["o", {(name): value}]));
    let forgeries = [
        change(json!(["-"])),
        json!(["o", {"components": ["=", []]}]),
        json!(["o", {"components": ["-"]}]),
        json!(["o", {"dependencies": ["-"]}]),
        json!(["o", {"dependencies": ["=", [{"ref": b.clone(), "dependsOn": [a.clone()]}]]}]),
        json!(["o", {"components": ["k", {"evil": ["=", {"type": "library", "bom-ref": "evil", "name": "evil"}]}]}]),
        member("version", json!(["=", "6.6.6"])),
        member("name", json!(["=", "evil"])),
        member("purl", json!(["=", "pkg:npm/evil@1"])),
        member("purl", json!(["-"])),
        member("hashes", json!(["-"])),
        member("hashes", json!(["=", [{"alg": "SHA-1", "content": "6666666666666666666666666666666666666666"}]])),
        member(
            "hashes",
            json!(["=", [
                {"alg": "SHA-1", "content": "6666666666666666666666666666666666666666"},
                {"alg": "SHA-1", "content": "0123456789012345678901234567890123456789"},
            ]]),
        ),
        member("licenses", json!(["=", [{"license": {"id": "0BSD"}}]])),
        json!(["=", {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}]),
        json!(["=", "x"]),
    ];
    for forgery in forgeries {
        let (tree, restored, refused) = back(&forged(&residue(&json!({}), &forgery)));
        assert!(!restored && refused, "{forgery}: {restored} {refused} {tree}");
        assert!(!tree.to_string().contains("evil"), "{forgery}");
        assert_eq!(component(&tree, "a").unwrap()["version"], "1", "{forgery}");
    }
}

#[test]
fn two_elements_cannot_be_made_one() {
    let mut plain = forged(&residue(&json!({}), &json!([])));
    let mut id = |name: &str| package(&mut plain, name)["SPDXID"].as_str().unwrap().to_owned();
    let (tree, ..) = back(&forged(&residue(&json!({(id("a")): "x", (id("b")): "x"}), &json!([]))));
    assert!(component(&tree, "a").is_some() && component(&tree, "b").is_some());
    let refs: std::collections::HashSet<&str> =
        tree["components"].as_array().unwrap().iter().map(|held| held["bom-ref"].as_str().unwrap()).collect();
    assert_eq!(refs.len(), 2);
}

#[test]
fn what_unpacks_without_end_is_refused() {
    let start = br#"{"standard":"cyclonedx","version":"1.6","names":{},"patch":["#.as_slice();
    let bombs = [
        vec![b' '; 300 << 20],
        [start, &b"[],".repeat(20 << 20), b"[]]}"].concat(),
        b"[".repeat(1 << 20),
        b"not JSON".to_vec(),
    ];
    for bomb in bombs {
        let (tree, restored, refused) = back(&forged(&pack(&bomb)));
        assert!(!restored && refused);
        assert_eq!(tree["components"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn edges_without_a_word_in_the_target_are_lost_as_edges() {
    let words = ["GENERATED_FROM", "VARIANT_OF", "AMENDS", "METAFILE_OF", "COPY_OF", "PATCH_FOR", "OTHER"];
    for word in words {
        let document = json!({
            "SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "name": "x", "dataLicense": "CC0-1.0",
            "documentNamespace": "https://example.org/x",
            "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Tool: x"]},
            "packages": [
                {"SPDXID": "SPDXRef-a", "name": "a", "downloadLocation": "NONE"},
                {"SPDXID": "SPDXRef-b", "name": "b", "downloadLocation": "NONE"},
            ],
            "relationships": [
                {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-a"},
                {"spdxElementId": "SPDXRef-a", "relationshipType": word, "relatedSpdxElement": "SPDXRef-b"},
            ],
        });
        let parsed = read(document.to_string().as_bytes(), SPDX.0);
        let conversion = to(&parsed, CYCLONEDX, Carry::None);
        let edges: Vec<_> = conversion.losses.rows().iter().filter(|row| row.kind == LossKind::Edge).collect();
        assert_eq!(edges.len(), 1, "{word}: {edges:?}");
        assert_eq!(edges[0].pointer.as_str(), "/packages/0", "{word}");
        assert!(conversion.losses.is_first_order());
        let there = to(&parsed, (Encoding::Spdx3Json, "3.0.1"), Carry::None);
        assert!(!there.losses.is_first_order(), "{word}: {:?}", there.losses.rows());
    }
}
