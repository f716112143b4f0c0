//! There and back: every official document by way of the other standards, with what they have no place for carried along.

use std::fs;
use std::path::PathBuf;

use plimsoll_model::Limits;
use plimsoll_sbom::convert::{Carry, convert};
use plimsoll_sbom::encoding::{self, Encoding, Parsed};
use plimsoll_sbom::{Format, open};
use plimsoll_tests::{note, shared};
use serde_json::Value;

/// The official valid documents in JSON, of every standard.
fn documents() -> Option<Vec<PathBuf>> {
    let root = shared("conformance")?;
    let mut paths = Vec::new();
    for version in ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"] {
        for entry in fs::read_dir(root.join("cyclonedx").join(version)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.starts_with("valid-") && name.ends_with(".json") {
                paths.push(path);
            }
        }
    }
    let cases = fs::read_to_string(root.join("spdx/cases.tsv")).unwrap();
    paths.extend(cases.lines().filter_map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
        [path, "spdx-json" | "spdx3-jsonld", _, "valid"] => Some(root.join("spdx").join(path)),
        _ => None,
    }));
    paths.sort();
    Some(paths)
}

fn json(tree: &plimsoll_sbom::tree::Value, parsed: &Parsed) -> Value {
    let mut out = Vec::new();
    encoding::write(tree, parsed.encoding, parsed.version, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn carried_in_full_every_document_comes_back() {
    let Some(paths) = documents() else { return };
    let (mut ways, mut wrong) = (0, String::new());
    for path in &paths {
        let parsed = open(&fs::read(path).unwrap(), &Limits::DEFAULT).unwrap();
        for format in ["cyclonedx-json@1.7", "spdx-json@2.3", "spdx-json@3.0.1"] {
            let Format::Standard(encoding, version) = Format::parse(format).unwrap() else { panic!("{format}") };
            if encoding.standard_kind() == parsed.encoding.standard_kind() {
                continue;
            }
            ways += 1;
            let there = convert(&parsed, encoding, version, Carry::Full);
            let mut bytes = Vec::new();
            encoding::write(&there.tree, encoding, version, &mut bytes).unwrap();
            let read = open(&bytes, &Limits::DEFAULT).unwrap();
            let back = convert(&read, parsed.encoding, parsed.version, Carry::None);
            if back.refused || json(&back.tree, &parsed) != json(&parsed.tree, &parsed) {
                wrong += &format!("{} by way of {format}: refused {}\n", path.display(), back.refused);
            }
        }
    }
    let failed = wrong.lines().count();
    note(&format!(
        "there and back with everything carried: {} of {ways} ways of {} documents",
        ways - failed,
        paths.len()
    ));
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!((ways, paths.len()), (532, 266));
}

/// Facts of the first order that a conversion does not report as lost are there in what it writes.
#[test]
fn what_is_not_reported_as_lost_is_there() {
    let Some(paths) = documents() else { return };
    let mut wrong = String::new();
    for path in &paths {
        let parsed = open(&fs::read(path).unwrap(), &Limits::DEFAULT).unwrap();
        for encoding in [Encoding::CycloneDxJson, Encoding::SpdxJson, Encoding::Spdx3Json] {
            let version = encoding.standard().latest();
            let conversion = convert(&parsed, encoding, version, Carry::None);
            let mut out = Vec::new();
            encoding::write(&conversion.tree, encoding, version, &mut out).unwrap();
            let written = String::from_utf8(out).unwrap();
            let lost: Vec<&str> = conversion.losses.rows().iter().filter_map(|row| row.fact.as_deref()).collect();
            let document = plimsoll_sbom::map::document(&parsed);
            for element in &document.elements {
                let hashes = element.hashes.iter().map(|hash| hash.value.to_ascii_lowercase());
                for fact in element.purls.iter().cloned().chain(hashes) {
                    let reported = lost.iter().any(|lost| lost.contains(&*fact));
                    if !reported && !written.to_ascii_lowercase().contains(&fact.to_ascii_lowercase()) {
                        wrong += &format!("{} to {encoding:?}: {fact}\n", path.display());
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
