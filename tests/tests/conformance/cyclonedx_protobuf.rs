//! The official text-form files of CycloneDX protobuf, and its official definitions as an oracle for the binary form.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{self, Encoding, Parsed, protobuf};
use plimsoll_sbom::tree::{Pointer, Value};
use plimsoll_tests::{note, shared};

const VERSIONS: [&str; 5] = ["1.3", "1.4", "1.5", "1.6", "1.7"];

/// The files of all versions whose names end like this, with their versions.
fn files(extension: &str) -> Option<Vec<(&'static str, PathBuf)>> {
    let root = shared("conformance/cyclonedx")?;
    let mut files = Vec::new();
    for version in VERSIONS {
        let mut names: Vec<PathBuf> = fs::read_dir(root.join(version))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|held| held == extension))
            .collect();
        names.sort();
        files.extend(names.into_iter().map(|path| (version, path)));
    }
    Some(files)
}

fn read(path: &PathBuf, encoding: Encoding) -> Parsed {
    let parsed = encoding::read(&fs::read(path).unwrap(), encoding, &Limits::default());
    parsed.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn name(path: &PathBuf) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Where two trees differ, as deep as they can be compared.
fn differences(left: &Value, right: &Value, at: &Pointer, found: &mut BTreeMap<Pointer, String>) {
    match (left, right) {
        (Value::Object(mine), Value::Object(theirs)) => {
            for (name, value) in mine.iter() {
                match theirs.get(name) {
                    Some(other) => differences(value, other, &at.member(name), found),
                    None => drop(found.insert(at.member(name), "only left".into())),
                }
            }
            for (name, _) in theirs.iter().filter(|(name, _)| !mine.has(name)) {
                found.insert(at.member(name), "only right".into());
            }
        }
        (Value::Array(mine), Value::Array(theirs)) if mine.len() == theirs.len() => {
            for (item, (value, other)) in mine.iter().zip(theirs).enumerate() {
                differences(value, other, &at.item(item), found);
            }
        }
        (left, right) if left == right => {}
        (left, right) => drop(found.insert(at.clone(), format!("{left:?} and {right:?}"))),
    }
}

#[test]
fn text_files_say_what_json_files_say() {
    let Some(files) = files("textproto") else { return };
    let mut details = String::new();
    for (version, path) in files.iter().filter(|(_, path)| name(path).starts_with("valid")) {
        let text = read(path, Encoding::CycloneDxTextproto);
        let faults: Vec<_> = text.faults.iter().map(ToString::to_string).collect();
        if !faults.is_empty() {
            details += &format!("{version}/{}: {}\n", name(path), faults.join("; "));
        }
        let json = path.with_extension("json");
        if !json.exists() {
            details += &format!("{version}/{}: no JSON\n", name(path));
            continue;
        }
        let json = read(&json, Encoding::CycloneDxJson);
        let mut found = BTreeMap::new();
        differences(&json.tree, &text.tree, &Pointer::root(), &mut found);
        for (pointer, what) in found {
            details += &format!("{version}/{} {pointer}: {}\n", name(path), what.chars().take(300).collect::<String>());
        }
    }
    note(&details);
}
