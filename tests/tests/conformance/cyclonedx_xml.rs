//! CycloneDX XML, held against the official documents and schemas.

mod mutants;
mod xmllint;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding, Parsed, ReadError};
use plimsoll_sbom::tree::Value;
use plimsoll_sbom::validate;
use plimsoll_tests::{note, shared};

use xmllint::Xmllint;

/// Differences that are known, with their reasons.
const KNOWN: &str = include_str!("cyclonedx-xml-known.txt");

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
    match validate(bytes, Encoding::CycloneDxXml, &Limits::DEFAULT) {
        Ok(verdict) => {
            let faults: Vec<String> =
                verdict.faults.iter().filter(|fault| !fault.advice).map(ToString::to_string).collect();
            assert_eq!(faults.is_empty(), verdict.is_valid());
            faults
        }
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn official_verdicts() {
    let Some(documents) = documents() else { return };
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (version, name, path) in &documents {
        // `informal-invalid-…`: what the text of 1.7 forbids and the XML schema cannot say. We refuse it in JSON and XML.
        let (kind, _) = name.split_once('-').unwrap();
        *counts.entry(kind).or_default() += 1;
        let faults = verdict(&fs::read(path).unwrap());
        if faults.is_empty() != (kind == "valid") {
            wrong.push(format!("{version}/{name}: {faults:?}"));
        }
    }
    note(&format!("CycloneDX XML: official files {counts:?}, {} judged wrong", wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(counts, BTreeMap::from([("informal", 2), ("invalid", 167), ("valid", 246)]));
}

/// Where two trees differ, each with both values.
fn differences(path: &str, one: &Value, other: &Value, found: &mut BTreeMap<String, String>) {
    let mut add = |path: String, one: Option<&Value>, other: Option<&Value>| {
        let short = |value: Option<&Value>| format!("{value:?}").chars().take(90).collect::<String>();
        found.insert(path, format!("{} / {}", short(one), short(other)));
    };
    match (one, other) {
        (Value::Object(mine), Value::Object(theirs)) => {
            for (name, value) in mine.iter() {
                match theirs.get(name) {
                    Some(other) => differences(&format!("{path}/{name}"), value, other, found),
                    None => {
                        found.insert(format!("{path}/{name}"), "only in the first".to_owned());
                    }
                }
            }
            for (name, _) in theirs.iter().filter(|(name, _)| !mine.has(name)) {
                found.insert(format!("{path}/{name}"), "only in the second".to_owned());
            }
        }
        (Value::Array(mine), Value::Array(theirs)) if mine.len() == theirs.len() => {
            for (at, (value, other)) in mine.iter().zip(theirs).enumerate() {
                differences(&format!("{path}/{at}"), value, other, found);
            }
        }
        _ if one == other => {}
        _ => add(path.to_owned(), Some(one), Some(other)),
    }
}

/// Takes out of a tree what the other encoding has no way to say: JSON and XML signatures, where its schema is, and that
/// a list whose items have no element around them is empty.
fn comparable(value: &mut Value) {
    const BARE_LISTS: [&str; 3] = ["dependsOn", "provides", "contact"];
    match value {
        Value::Object(members) => {
            members.retain(|name, value| {
                let empty = BARE_LISTS.contains(&name) && value.as_array().is_some_and(<[Value]>::is_empty);
                !(empty || matches!(name, "$schema" | "signature" | "xml:elements"))
            });
            members.iter_mut().for_each(|(_, value)| comparable(value));
        }
        Value::Array(items) => items.iter_mut().for_each(comparable),
        _ => {}
    }
}

/// The known differences of a part of the list: `VERSION/NAME POINTER`.
fn known(part: &str) -> BTreeSet<&'static str> {
    let lines = KNOWN.lines().skip_while(|line| *line != format!("[{part}]")).skip(1);
    lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// Holds what was found against what is known.
fn settle(part: &str, found: &BTreeMap<String, String>) {
    let known = known(part);
    let new: Vec<_> = found.iter().filter(|(name, _)| !known.contains(name.as_str())).collect();
    let gone: Vec<_> = known.iter().filter(|name| !found.contains_key(**name)).collect();
    let list = |lines: Vec<String>| lines.join("\n");
    assert!(new.is_empty(), "new:\n{}", list(new.iter().map(|(name, why)| format!("{name} {why}")).collect()));
    assert!(
        gone.is_empty(),
        "no more, take them off the list:\n{}",
        list(gone.iter().map(ToString::to_string).collect())
    );
}

#[test]
fn xml_and_json_of_one_name_are_one_document() {
    let Some(documents) = documents() else { return };
    let (mut pairs, mut all) = (0, BTreeMap::new());
    for (version, name, path) in &documents {
        let sibling = path.with_extension("json");
        if !name.starts_with("valid-") || !sibling.exists() {
            continue;
        }
        pairs += 1;
        let mut xml = read(&fs::read(path).unwrap(), Encoding::CycloneDxXml).unwrap().tree;
        let mut json = read(&fs::read(&sibling).unwrap(), Encoding::CycloneDxJson).unwrap().tree;
        comparable(&mut xml);
        comparable(&mut json);
        let mut found = BTreeMap::new();
        differences("", &xml, &json, &mut found);
        all.extend(found.into_iter().map(|(pointer, why)| (format!("{version}/{name} {pointer}"), why)));
    }
    let files: BTreeSet<_> = all.keys().filter_map(|key: &String| key.split(' ').next()).collect();
    note(&format!("CycloneDX: {} of {pairs} pairs of XML and JSON are equal", pairs - files.len()));
    settle("pairs", &all);
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
                let mut found = BTreeMap::new();
                differences("", &first.tree, &second.tree, &mut found);
                if !found.is_empty() {
                    wrong.push(format!("{version}/{name}: {found:?}"));
                }
                let mut again = Vec::new();
                encoding::write(&second.tree, Encoding::CycloneDxXml, second.version, &mut again).unwrap();
                assert_eq!(String::from_utf8(written), String::from_utf8(again));
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
    let (mut count, mut wrong) = (0, BTreeMap::new());
    for (version, documents) in &written {
        for (name, verdict) in xmllint.verdicts(version, documents) {
            count += 1;
            if let Err(why) = verdict {
                wrong.insert(format!("{version}/{name}"), why);
            }
        }
    }
    note(&format!("CycloneDX XML: {} of {count} documents that we wrote are valid for xmllint", count - wrong.len()));
    settle("written", &wrong);
}

#[test]
fn json_comes_back_from_xml() {
    let Some(root) = shared("conformance/cyclonedx") else { return };
    let (mut count, mut all) = (0, BTreeMap::new());
    for version in VERSIONS {
        for entry in fs::read_dir(root.join(version)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if !name.starts_with("valid-") || path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            count += 1;
            let mut json = read(&fs::read(&path).unwrap(), Encoding::CycloneDxJson).unwrap();
            let mut bytes = Vec::new();
            let lost =
                encoding::write_with_omissions(&json.tree, Encoding::CycloneDxXml, json.version, &mut bytes).unwrap();
            let mut xml = read(&bytes, Encoding::CycloneDxXml).unwrap();
            assert!(xml.faults.is_empty(), "{version}/{name}: {:?}", xml.faults);
            json.tree.as_object_mut().unwrap().remove("$schema");
            let mut found = BTreeMap::new();
            differences("", &json.tree, &xml.tree, &mut found);
            // What is missing is what the writer said, no more and no less.
            let lost: BTreeSet<String> = lost.iter().map(|lost| lost.pointer.to_string()).collect();
            let missing: BTreeSet<String> = found.keys().filter(|key| !key.ends_with("/identity")).cloned().collect();
            assert_eq!(lost, missing, "{version}/{name}");
            comparable(&mut json.tree);
            comparable(&mut xml.tree);
            let mut found = BTreeMap::new();
            differences("", &json.tree, &xml.tree, &mut found);
            all.extend(found.into_iter().map(|(pointer, why)| (format!("{version}/{name} {pointer}"), why)));
        }
    }
    let files: BTreeSet<_> = all.keys().filter_map(|key: &String| key.split(' ').next()).collect();
    note(&format!("CycloneDX: {} of {count} JSON documents come back from XML as they were", count - files.len()));
    settle("json", &all);
}
