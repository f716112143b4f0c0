//! CycloneDX XML, held against the official documents and schemas.

mod xmllint;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding, Parsed, ReadError};
use plimsoll_sbom::tree::Value;
use plimsoll_tests::{note, shared};

use xmllint::Xmllint;

const VERSIONS: [&str; 8] = ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

fn read(bytes: &[u8], encoding: Encoding) -> Result<Parsed, ReadError> {
    encoding::read(bytes, encoding, &Limits::DEFAULT)
}

/// The official XML documents: version, name, path.
fn documents() -> Option<Vec<(&'static str, String, PathBuf)>> {
    let root = shared("conformance/cyclonedx")?;
    let mut found = Vec::new();
    for version in VERSIONS {
        for entry in fs::read_dir(root.join(version)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "xml") {
                found.push((version, path.file_stem().unwrap().to_str().unwrap().to_owned(), path));
            }
        }
    }
    found.sort();
    Some(found)
}

/// What is wrong with a document; empty for a valid one.
fn verdict(bytes: &[u8]) -> Vec<String> {
    match read(bytes, Encoding::CycloneDxXml) {
        Ok(parsed) => parsed.faults.iter().filter(|fault| !fault.advice).map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn official_verdicts() {
    let Some(documents) = documents() else { return };
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<bool, usize> = BTreeMap::new();
    for (version, name, path) in &documents {
        let valid = name.starts_with("valid-");
        *counts.entry(valid).or_default() += 1;
        let faults = verdict(&fs::read(path).unwrap());
        if faults.is_empty() != valid {
            wrong.push(format!("{version}/{name}: {faults:?}"));
        }
    }
    note(&format!("CycloneDX XML: {counts:?}, {} wrong", wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn differences(path: String, one: &Value, other: &Value, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(mine), Value::Object(theirs)) => {
            for (name, value) in mine.iter() {
                match theirs.get(name) {
                    Some(other) => differences(format!("{path}/{name}"), value, other, found),
                    None => found.push(format!("{path}/{name} only in the first: {}", short(value))),
                }
            }
            for (name, value) in theirs.iter().filter(|(name, _)| !mine.has(name)) {
                found.push(format!("{path}/{name} only in the second: {}", short(value)));
            }
        }
        (Value::Array(mine), Value::Array(theirs)) if mine.len() == theirs.len() => {
            for (at, (value, other)) in mine.iter().zip(theirs).enumerate() {
                differences(format!("{path}/{at}"), value, other, found);
            }
        }
        _ if one == other => {}
        _ => found.push(format!("{path}: {} / {}", short(one), short(other))),
    }
}

fn short(value: &Value) -> String {
    format!("{value:?}").chars().take(90).collect()
}

#[test]
fn xml_and_json_of_one_name_are_one_document() {
    let Some(documents) = documents() else { return };
    let (mut pairs, mut wrong) = (0, Vec::new());
    for (version, name, path) in &documents {
        let sibling = path.with_extension("json");
        if !name.starts_with("valid-") || !sibling.exists() {
            continue;
        }
        pairs += 1;
        let xml = read(&fs::read(path).unwrap(), Encoding::CycloneDxXml).unwrap().tree;
        let mut json = read(&fs::read(&sibling).unwrap(), Encoding::CycloneDxJson).unwrap().tree;
        json.as_object_mut().unwrap().remove("$schema");
        let mut found = Vec::new();
        differences(String::new(), &xml, &json, &mut found);
        if !found.is_empty() {
            wrong.push(format!("{version}/{name}\n    {}", found.join("\n    ")));
        }
    }
    note(&format!("CycloneDX: {pairs} pairs of XML and JSON, {} differ", wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn written_documents_read_as_they_were() {
    let Some(documents) = documents() else { return };
    let mut wrong = Vec::new();
    for (version, name, path) in &documents {
        if !name.starts_with("valid-") {
            continue;
        }
        let first = read(&fs::read(path).unwrap(), Encoding::CycloneDxXml).unwrap();
        let mut written = Vec::new();
        encoding::write(&first.tree, Encoding::CycloneDxXml, first.version, &mut written).unwrap();
        match read(&written, Encoding::CycloneDxXml) {
            Ok(second) => {
                let mut found = Vec::new();
                differences(String::new(), &first.tree, &second.tree, &mut found);
                found.extend(second.faults.iter().filter(|fault| !fault.advice).map(ToString::to_string));
                if !found.is_empty() {
                    wrong.push(format!("{version}/{name}\n    {}", found.join("\n    ")));
                }
            }
            Err(error) => wrong.push(format!("{version}/{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is written from every valid document, XML and JSON, by version and name.
fn written() -> Option<BTreeMap<&'static str, BTreeMap<String, Vec<u8>>>> {
    let root = shared("conformance/cyclonedx")?;
    let mut all: BTreeMap<&'static str, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    for version in VERSIONS {
        for entry in fs::read_dir(root.join(version)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let encoding = match path.extension().and_then(|extension| extension.to_str()) {
                Some("xml") => Encoding::CycloneDxXml,
                Some("json") => Encoding::CycloneDxJson,
                _ => continue,
            };
            if !name.starts_with("valid-") {
                continue;
            }
            let parsed = read(&fs::read(&path).unwrap(), encoding).unwrap();
            let mut bytes = Vec::new();
            encoding::write(&parsed.tree, Encoding::CycloneDxXml, parsed.version, &mut bytes).unwrap();
            all.entry(version).or_default().insert(name, bytes);
        }
    }
    Some(all)
}

#[test]
fn written_documents_are_valid() {
    let (Some(xmllint), Some(written)) = (Xmllint::find(), written()) else { return };
    let (mut count, mut wrong) = (0, Vec::new());
    for (version, documents) in &written {
        for (name, verdict) in xmllint.verdicts(version, documents) {
            count += 1;
            if let Err(why) = verdict {
                wrong.push(format!("{version}/{name}: {why}"));
            }
        }
    }
    note(&format!("CycloneDX XML: xmllint checked {count} written documents, {} are not valid", wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn json_comes_back_from_xml() {
    let Some(root) = shared("conformance/cyclonedx") else { return };
    let (mut count, mut wrong) = (0, Vec::new());
    for version in VERSIONS {
        for entry in fs::read_dir(root.join(version)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if !(name.starts_with("valid-") && name.ends_with(".json")) {
                continue;
            }
            count += 1;
            let mut json = read(&fs::read(&path).unwrap(), Encoding::CycloneDxJson).unwrap();
            json.tree.as_object_mut().unwrap().remove("$schema");
            let mut bytes = Vec::new();
            encoding::write(&json.tree, Encoding::CycloneDxXml, json.version, &mut bytes).unwrap();
            let xml = read(&bytes, Encoding::CycloneDxXml).unwrap();
            let mut found = Vec::new();
            differences(String::new(), &json.tree, &xml.tree, &mut found);
            found.extend(xml.faults.iter().filter(|fault| !fault.advice).map(ToString::to_string));
            if !found.is_empty() {
                wrong.push(format!("{version}/{name}\n    {}", found.join("\n    ")));
            }
        }
    }
    note(&format!("CycloneDX: {count} JSON documents to XML and back, {} differ", wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
