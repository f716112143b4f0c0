//! SPDX 3.0.1: the official examples, and what we write.

mod documents;
mod mutants;
mod own;
mod same;

use std::fs;
use std::path::PathBuf;

use plimsoll_model::Limits;
use plimsoll_sbom::Fault;
use plimsoll_sbom::encoding::{Encoding, Parsed, read, write};
use plimsoll_sbom::validate::validate;
use plimsoll_tests::{note, shared};
use serde_json::Value;

/// The official documents of 3.0.1, from the list of cases.
fn examples() -> Vec<(PathBuf, Vec<u8>)> {
    let Some(root) = shared("conformance/spdx") else { return Vec::new() };
    let cases = fs::read_to_string(root.join("cases.tsv")).unwrap();
    let rows = cases.lines().filter_map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
        [path, "spdx3-jsonld", "3.0.1", "valid"] => Some(root.join(path)),
        _ => None,
    });
    rows.map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

fn parse(bytes: &[u8]) -> Parsed {
    read(bytes, Encoding::Spdx3Json, &Limits::DEFAULT).unwrap()
}

fn faults(faults: &[Fault]) -> Vec<String> {
    faults.iter().filter(|fault| !fault.advice).map(ToString::to_string).collect()
}

#[test]
fn official_examples_are_accepted_and_written_as_they_were() {
    let examples = examples();
    let mut wrong = String::new();
    for (path, bytes) in &examples {
        let parsed = parse(bytes);
        let faults = faults(&validate(bytes, Encoding::Spdx3Json, &Limits::DEFAULT).unwrap().faults);
        if !faults.is_empty() {
            wrong += &format!("{}\n  {}\n", path.display(), faults.join("\n  "));
        }
        let mut out = Vec::new();
        write(&parsed.tree, Encoding::Spdx3Json, parsed.version, &mut out).unwrap();
        let (was, is): (Value, Value) = (serde_json::from_slice(bytes).unwrap(), serde_json::from_slice(&out).unwrap());
        assert_eq!(was, is, "{}", path.display());
        assert_eq!(parsed.tree, parse(&out).tree);
    }
    assert!(wrong.is_empty(), "{wrong}");
    note(&format!("SPDX 3.0.1: {} official examples accepted", examples.len()));
    if shared("conformance/spdx").is_some() {
        assert_eq!(examples.len(), 26);
    }
}
