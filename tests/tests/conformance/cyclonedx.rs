//! CycloneDX: our verdicts beside those of the official files and schemas.
//!
//! The official test files say in their names whether they are valid. The official schemas are asked about these files
//! and about thousands of seeded changes of them; a difference is an error of our table or is listed with its reason.

mod mutate;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use jsonschema::{Registry, Validator};
use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding};
use plimsoll_sbom::tree::Value as Tree;
use plimsoll_sbom::{FaultKind, Verdict, validate, validate_tree};
use plimsoll_tests::{note, shared};
use serde_json::Value;

/// Versions that have JSON, and their schemas.
const VERSIONS: &[(&str, &str)] = &[
    ("1.2", "bom-1.2-strict"),
    ("1.3", "bom-1.3-strict"),
    ("1.4", "bom-1.4"),
    ("1.5", "bom-1.5"),
    ("1.6", "bom-1.6"),
    ("1.7", "bom-1.7"),
];

/// The official JSON files of a version: path, and whether it is valid.
fn files(version: &str) -> Vec<(PathBuf, bool)> {
    let Some(root) = shared("conformance/cyclonedx") else { return Vec::new() };
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(version)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push((path.clone(), name.starts_with("valid-")));
        }
    }
    files.sort();
    files
}

fn schema(name: &str) -> Validator {
    let root = shared("conformance/cyclonedx/schema").unwrap();
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(root.join(format!("{name}.schema.json"))).unwrap()).unwrap()
    };
    let mut registry = Registry::new();
    for name in ["spdx", "jsf-0.82", "cryptography-defs"] {
        registry = registry.add(format!("http://cyclonedx.org/schema/{name}.schema.json"), read(name)).unwrap();
    }
    let registry = registry.prepare().unwrap();
    jsonschema::options().should_validate_formats(true).with_registry(&registry).build(&read(name)).unwrap()
}

fn judge(bytes: &[u8]) -> Result<Verdict, encoding::ReadError> {
    validate(bytes, Encoding::CycloneDxJson, &Limits::DEFAULT)
}

/// Whether the schema would accept what we found: references are none of its business.
fn as_schema(verdict: &Verdict) -> bool {
    verdict.faults.iter().all(|fault| fault.advice || matches!(fault.kind, FaultKind::Reference | FaultKind::Duplicate))
}

fn told(verdict: &Result<Verdict, encoding::ReadError>) -> String {
    match verdict {
        Ok(verdict) => {
            let faults = verdict.faults.iter().filter(|fault| !fault.advice).take(4);
            faults.map(|fault| format!("\n    {fault}")).collect()
        }
        Err(error) => format!("\n    {error}"),
    }
}

#[test]
fn official_files_are_judged_right() {
    let mut wrong = String::new();
    let mut total = 0;
    for (version, _) in VERSIONS {
        for (path, valid) in files(version) {
            total += 1;
            let verdict = judge(&fs::read(&path).unwrap());
            if verdict.as_ref().is_ok_and(Verdict::is_valid) != valid {
                wrong += &format!("{}{}\n", path.display(), told(&verdict));
            }
        }
    }
    let failed = wrong.lines().filter(|line| line.starts_with('/')).count();
    note(&format!("CycloneDX JSON: {} of {total} official files judged right", total - failed));
    assert!(wrong.is_empty(), "{wrong}");
    if shared("conformance").is_some() {
        // 218 valid, 139 invalid, and 2 that only the text of 1.7 forbids.
        assert_eq!(total, 359);
    }
}

/// The licence ids that we accept are those of the official list, letter by letter.
#[test]
fn license_ids_are_the_official_ones() {
    let Some(root) = shared("conformance/cyclonedx/schema") else { return };
    let schema: Value = serde_json::from_slice(&fs::read(root.join("spdx.schema.json")).unwrap()).unwrap();
    let listed: BTreeSet<&str> = schema["enum"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let held = spdx::identifiers::LICENSES.iter().map(|license| license.name);
    let held = held.chain(spdx::identifiers::EXCEPTIONS.iter().map(|exception| exception.name));
    let accepted = |id: &str| {
        let document = serde_json::json!({
            "bomFormat": "CycloneDX", "specVersion": "1.6",
            "components": [{"type": "library", "name": "x", "licenses": [{"license": {"id": id}}]}],
        });
        judge(&serde_json::to_vec(&document).unwrap()).unwrap().is_valid()
    };
    let differ: Vec<&str> =
        listed.iter().copied().chain(held).filter(|id| accepted(id) != listed.contains(id)).collect();
    assert!(differ.is_empty(), "{differ:?}");
    assert_eq!(listed.len(), 811);
}

#[test]
fn a_tree_has_the_verdict_of_its_bytes() {
    for (version, _) in VERSIONS {
        for (path, _) in files(version) {
            let bytes = fs::read(&path).unwrap();
            let (Ok(verdict), Ok(parsed)) =
                (judge(&bytes), encoding::read(&bytes, Encoding::CycloneDxJson, &Limits::DEFAULT))
            else {
                continue;
            };
            let of_tree = validate_tree(&parsed);
            assert_eq!(verdict.is_valid(), of_tree.is_valid(), "{}", path.display());
            let without_line = |verdict: &Verdict| -> Vec<_> {
                verdict.faults.iter().map(|fault| (fault.pointer.clone(), fault.message.clone())).collect()
            };
            assert_eq!(without_line(&verdict), without_line(&of_tree), "{}", path.display());
            assert_eq!(verdict.counts, of_tree.counts);
        }
    }
}

#[test]
fn reading_and_writing_loses_nothing() {
    for (version, _) in VERSIONS {
        for (path, _) in files(version).into_iter().filter(|(_, valid)| *valid) {
            let bytes = fs::read(&path).unwrap();
            let parsed = encoding::read(&bytes, Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap();
            assert!(parsed.faults.is_empty(), "{}: {:?}", path.display(), parsed.faults);
            let mut written = Vec::new();
            encoding::write(&parsed.tree, parsed.encoding, parsed.version, &mut written).unwrap();
            let again = encoding::read(&written, Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap();
            assert_eq!(parsed.tree, again.tree, "{}", path.display());
            let expected: Value = serde_json::from_slice(&bytes).unwrap();
            let value: Value = serde_json::from_slice(&written).unwrap();
            assert_eq!(value, expected, "{}", path.display());
            assert_eq!(as_json(&parsed.tree), expected, "{}", path.display());
        }
    }
}

fn as_json(tree: &Tree) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Boolean(value) => (*value).into(),
        Tree::Number(text) => serde_json::from_str(text).unwrap(),
        Tree::String(text) => (**text).into(),
        Tree::Array(items) => items.iter().map(as_json).collect(),
        Tree::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.to_owned(), as_json(value))).collect())
        }
    }
}

/// The official schemas and our table agree on changed files.
#[test]
fn changed_files_are_judged_as_the_schemas_do() {
    let mut differences: BTreeMap<String, String> = BTreeMap::new();
    let (mut total, mut accepted) = (0, 0);
    for (version, name) in VERSIONS {
        let files = files(version);
        if files.is_empty() {
            return;
        }
        let schema = schema(name);
        for (path, _) in files {
            let Ok(document) = serde_json::from_slice::<Value>(&fs::read(&path).unwrap()) else { continue };
            for (what, changed) in mutate::changes(&document, path.to_str().unwrap()) {
                total += 1;
                let bytes = serde_json::to_vec(&changed).unwrap();
                let ours = judge(&bytes);
                let mine = ours.as_ref().is_ok_and(as_schema);
                let theirs = schema.is_valid(&changed);
                accepted += usize::from(theirs);
                if mine != theirs && !ours.as_ref().is_ok_and(|verdict| is_known(version, verdict)) {
                    let file = path.file_name().unwrap().to_str().unwrap();
                    let errors: String = schema
                        .iter_errors(&changed)
                        .take(2)
                        .map(|error| format!("\n    schema: {}: {:.200}", error.instance_path(), error.to_string()))
                        .collect();
                    differences.insert(format!("{version} {file}: {what}"), told(&ours) + &errors);
                }
            }
        }
    }
    note(&format!("CycloneDX JSON: {total} changed files, {accepted} of them valid"));
    let list: String = differences.iter().take(40).map(|(what, told)| format!("{what}{told}\n")).collect();
    assert!(differences.is_empty(), "{} differences\n{list}", differences.len());
}

/// Differences that are meant: what was changed, and the place and form of the only fault that we find.
fn is_known(version: &str, verdict: &Verdict) -> bool {
    let mut faults = verdict.faults.iter().filter(|fault| !fault.advice);
    let (Some(fault), None) = (faults.next(), faults.next()) else { return false };
    let place = fault.pointer.as_str();
    let item_of = |name: &str| place.rsplit('/').nth(1) == Some(name);
    // The library that judges by the schemas knows no `idn-email`.
    let mail = place.ends_with("/email") && fault.kind == FaultKind::Format && version >= "1.4";
    // The 1.2 schema names the type of these arrays and forgets that of their items.
    let untyped = version == "1.2" && ["url", "endpoints", "references"].into_iter().any(item_of);
    // The 1.4 schema says what members these items have, and forgets to say that they are objects.
    let no_object =
        version == "1.4" && fault.kind == FaultKind::Type && ["affects", "references"].into_iter().any(item_of);
    mail || untyped || no_object
}
