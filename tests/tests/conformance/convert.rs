//! The laws of conversion, over every official document that is valid: what is carried comes back, what is reported lost
//! is lost and nothing else is, and what is written is valid.

mod edited;
mod full;
mod losses;
mod valid;

use std::fs;
use std::path::PathBuf;

use plimsoll_model::Limits;
use plimsoll_sbom::convert::{Carry, Conversion, convert};
use plimsoll_sbom::encoding::{self, Encoding, Parsed};
use plimsoll_sbom::tree::Value;
use plimsoll_sbom::validate;
use plimsoll_tests::shared;

/// Targets: name and version.
const TARGETS: &[(Encoding, &str)] = &[
    (Encoding::CycloneDxJson, "1.2"),
    (Encoding::CycloneDxJson, "1.4"),
    (Encoding::CycloneDxJson, "1.6"),
    (Encoding::CycloneDxJson, "1.7"),
    (Encoding::CycloneDxXml, "1.5"),
    (Encoding::CycloneDxXml, "1.7"),
    (Encoding::CycloneDxProtobuf, "1.6"),
    (Encoding::CycloneDxTextproto, "1.7"),
    (Encoding::SpdxJson, "2.2"),
    (Encoding::SpdxJson, "2.3"),
    (Encoding::SpdxTagValue, "2.2"),
    (Encoding::SpdxTagValue, "2.3"),
    (Encoding::SpdxYaml, "2.3"),
    (Encoding::SpdxXml, "2.3"),
    (Encoding::Spdx3Json, "3.0.1"),
];

/// An official document.
struct Sample {
    path: PathBuf,
    parsed: Parsed,
}

impl Sample {
    fn name(&self) -> String {
        format!("{} {}", self.parsed.encoding, self.path.file_name().unwrap().to_string_lossy())
    }

    /// The targets of other standards.
    fn others(&self) -> impl Iterator<Item = (Encoding, &'static str)> {
        let own = self.parsed.encoding.standard_kind();
        TARGETS.iter().copied().filter(move |(encoding, _)| encoding.standard_kind() != own)
    }

    /// The targets of its own standard.
    fn own(&self) -> impl Iterator<Item = (Encoding, &'static str)> {
        let own = self.parsed.encoding.standard_kind();
        TARGETS.iter().copied().filter(move |(encoding, _)| encoding.standard_kind() == own)
    }
}

fn read(bytes: &[u8], encoding: Encoding) -> Parsed {
    encoding::read(bytes, encoding, &Limits::DEFAULT).unwrap_or_else(|error| panic!("{encoding}: {error}"))
}

fn to(parsed: &Parsed, (encoding, version): (Encoding, &str), carry: Carry) -> Conversion {
    convert(parsed, encoding, encoding.standard().version(version).unwrap(), carry)
}

fn write(tree: &Value, (encoding, version): (Encoding, &str)) -> Vec<u8> {
    let mut out = Vec::new();
    encoding::write(tree, encoding, encoding.standard().version(version).unwrap(), &mut out).unwrap();
    out
}

/// What is wrong with a document, advice left out.
fn faults(bytes: &[u8], encoding: Encoding) -> Vec<String> {
    match validate(bytes, encoding, &Limits::DEFAULT) {
        Ok(verdict) => verdict.faults.iter().filter(|fault| !fault.advice).map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// The official JSON documents that are valid: CycloneDX, SPDX 2 and SPDX 3.
fn samples() -> Vec<Sample> {
    let mut paths = Vec::new();
    if let Some(root) = shared("conformance/cyclonedx") {
        for version in ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"] {
            for entry in fs::read_dir(root.join(version)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if name.starts_with("valid-") && name.ends_with(".json") {
                    paths.push((Encoding::CycloneDxJson, path));
                }
            }
        }
    }
    if let Some(root) = shared("conformance/spdx") {
        for line in fs::read_to_string(root.join("cases.tsv")).unwrap().lines() {
            match line.split('\t').collect::<Vec<_>>()[..] {
                [path, "spdx-json", _, "valid"] => paths.push((Encoding::SpdxJson, root.join(path))),
                [path, "spdx3-jsonld", "3.0.1", "valid"] => paths.push((Encoding::Spdx3Json, root.join(path))),
                _ => {}
            }
        }
    }
    paths.sort();
    let sample =
        |(encoding, path): (Encoding, PathBuf)| Sample { parsed: read(&fs::read(&path).unwrap(), encoding), path };
    paths.into_iter().map(sample).collect()
}

/// Fails with the first lines of what is wrong.
fn none(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.iter().take(60).cloned().collect::<Vec<_>>().join("\n")
    );
}
