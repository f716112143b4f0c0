//! SPDX 2 documents through the neutral document and back: valid, and saying the same.

mod properties;

use std::collections::HashSet;
use std::fs;

use plimsoll_model::Limits;
use plimsoll_sbom::Document;
use plimsoll_sbom::document::{Element, Slot};
use plimsoll_sbom::encoding::{self, Encoding, Parsed};
use plimsoll_sbom::map::{self, StandardKind};
use plimsoll_sbom::standard::Standard;
use plimsoll_tests::{fixtures, note, shared};
use serde_json::Value;

use crate::documents::scan_directory;
use crate::schemas::{errors, spdx2 as schema};

fn parse(bytes: &[u8]) -> Parsed {
    encoding::read(bytes, Encoding::SpdxJson, &Limits::DEFAULT).unwrap_or_else(|error| panic!("{error}"))
}

/// The document as JSON of a version.
fn write(document: &Document, version: &str) -> Vec<u8> {
    let version = Standard::spdx2().version(version).unwrap();
    let tree = map::tree(document, StandardKind::Spdx2, version);
    let mut out = Vec::new();
    encoding::write(&tree, Encoding::SpdxJson, version, &mut out).unwrap();
    out
}

/// What is wrong with the JSON: the schema, ids that are not legal or there twice, ends that lead nowhere, double edges.
fn faults(json: &[u8], version: &str) -> Vec<String> {
    let value: Value = serde_json::from_slice(json).unwrap();
    let mut out = schema(version).map(|schema| errors(schema, &value)).unwrap_or_default();
    let mut ids = HashSet::from(["NONE", "NOASSERTION"]);
    let lists = ["packages", "files", "snippets"].iter().filter_map(|list| value[*list].as_array()).flatten();
    for id in lists.chain([&value]).map(|held| held["SPDXID"].as_str().unwrap()) {
        let legal = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        if !id.strip_prefix("SPDXRef-").is_some_and(legal) {
            out.push(format!("{id:?} is no id"));
        }
        if !ids.insert(id) {
            out.push(format!("{id} is there twice"));
        }
    }
    let mut edges = HashSet::new();
    for edge in value["relationships"].as_array().into_iter().flatten() {
        for end in ["spdxElementId", "relatedSpdxElement"] {
            let end = edge[end].as_str().unwrap();
            if !ids.contains(end) && !end.starts_with("DocumentRef-") {
                out.push(format!("{edge} leads nowhere"));
            }
        }
        if !edges.insert(edge.to_string()) {
            out.push(format!("{edge} is there twice"));
        }
    }
    out
}

/// What a round trip may change: what a version demands is declared unknown, annotations stand with what they are about,
/// references and digests in the order of their fields, and names are on one line.
fn comparable(mut document: Document) -> Document {
    let demanded = [Slot::DownloadLocation, Slot::LicenseDeclared, Slot::LicenseConcluded, Slot::Copyright];
    for element in &mut document.elements {
        element.unknown.retain(|(slot, _)| !demanded.contains(slot));
        element.unknown.sort();
        element.references.sort();
        element.hashes.sort();
    }
    document.annotations.sort();
    for author in &mut document.authors {
        author.name = author.name.replace(char::is_control, " ").trim().to_owned();
    }
    document
}

fn differences(one: &Document, other: &Document) -> Vec<String> {
    let (one, other) = (comparable(one.clone()), comparable(other.clone()));
    if one == other {
        return Vec::new();
    }
    let lines = |document: &Document| -> Vec<String> { format!("{document:#?}").lines().map(str::to_owned).collect() };
    let (one, other) = (lines(&one), lines(&other));
    let missing = |from: &[String], to: &[String], mark: &str| -> Vec<String> {
        let held: HashSet<&String> = to.iter().collect();
        from.iter().filter(|line| !held.contains(line)).take(10).map(|line| format!("{mark} {line}")).collect()
    };
    let mut out = missing(&one, &other, "-");
    out.extend(missing(&other, &one, "+"));
    if out.is_empty() { vec!["another order".to_owned()] } else { out }
}

/// The cases in JSON: path, version and whether they are valid.
fn cases() -> Vec<(String, String, bool)> {
    let Some(root) = shared("conformance/spdx") else { return Vec::new() };
    let rows = fs::read_to_string(root.join("cases.tsv")).unwrap();
    let cases = rows.lines().filter_map(|row| {
        let [path, "spdx-json", version, expect] = *row.split('\t').collect::<Vec<_>>() else { return None };
        Some((path.to_owned(), version.to_owned(), expect != "invalid"))
    });
    cases.collect()
}

/// The document of a case. An invalid one has been through a round trip, which makes free text of what is no expression.
fn read_case(path: &str, version: &str, valid: bool) -> Document {
    let bytes = fs::read(shared("conformance/spdx").unwrap().join(path)).unwrap();
    let document = map::document(&parse(&bytes));
    if valid { document } else { map::document(&parse(&write(&document, version))) }
}

#[test]
fn official_documents_come_back() {
    let (mut wrong, mut count) = (String::new(), 0);
    for (path, version, valid) in cases() {
        let document = read_case(&path, &version, valid);
        assert!(!document.elements.is_empty(), "{path}");
        let json = write(&document, &version);
        let mut faults = faults(&json, &version);
        let again = map::document(&parse(&json));
        faults.extend(differences(&document, &again));
        if write(&again, &version) != json {
            faults.push("another text when written again".to_owned());
        }
        count += 1;
        if !faults.is_empty() {
            wrong += &format!("{path}\n  {}\n", faults.join("\n  "));
        }
    }
    note(&format!("SPDX 2 through the neutral document: {count} documents"));
    assert!(wrong.is_empty(), "{wrong}");
}

/// A document of one version as one of the other: still valid, and nothing of the core lost.
#[test]
fn official_documents_change_versions() {
    let mut wrong = String::new();
    for (path, version, valid) in cases() {
        let document = read_case(&path, &version, valid);
        let other = if version == "2.2" { "2.3" } else { "2.2" };
        let json = write(&document, other);
        let mut faults = faults(&json, other);
        faults.extend(differences(&document, &map::document(&parse(&json))));
        if !faults.is_empty() {
            wrong += &format!("{path}\n  {}\n", faults.join("\n  "));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn scans_are_valid() {
    let mut wrong = String::new();
    for fixture in fixtures() {
        let document = Document::from(&scan_directory(&fixture));
        for version in ["2.2", "2.3"] {
            let json = write(&document, version);
            let mut faults = faults(&json, version);
            if let Err(error) = serde_json::from_slice::<spdx_rs::models::SPDX>(&json) {
                faults.push(format!("spdx-rs: {error}"));
            }
            let back = map::document(&parse(&json));
            let facts = |document: &Document| document.elements.iter().map(core).collect::<Vec<_>>();
            if facts(&back) != facts(&document) || back.edges != document.edges || back.roots != document.roots {
                faults.push("another document comes back".to_owned());
            }
            if !faults.is_empty() {
                wrong += &format!("{} {version}\n  {}\n", fixture.display(), faults.join("\n  "));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What must never be lost of an element.
pub(crate) fn core(held: &Element) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut hashes = held.hashes.clone();
    hashes.sort();
    let licenses = held.licenses.clone();
    (
        (held.kind.clone(), held.id.clone(), held.group.clone(), held.name.clone(), held.version.clone()),
        (held.purls.clone(), held.cpes.clone(), hashes, licenses, held.properties.clone()),
    )
}
