//! Documents of real scans: every fixture, and a project full of hostile names.

use std::path::Path;

use plimsoll_sbom::{Document, Format, Observation};
use plimsoll_scan::{ScanOptions, scan};
use plimsoll_source::{Scheme, SourceReference};
use plimsoll_tests::{TemporaryDirectory, fixtures};
use serde_json::{Value, json};

use crate::schemas::{errors, official, own};

pub(crate) fn scan_directory(path: &Path) -> Observation {
    let reference = SourceReference { scheme: Scheme::Directory, path: path.to_owned() };
    scan(&reference, &ScanOptions::default()).unwrap().pop().unwrap().document
}

pub(crate) fn encode(document: &Observation, format: &str) -> String {
    let mut out = Vec::new();
    Format::parse(format).unwrap().write_observation(document, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What is wrong with the document in any of the formats that have a schema or another reader.
pub(crate) fn faults(document: &Observation) -> Vec<String> {
    let mut out = Vec::new();
    for (format, validator) in official().unwrap_or_default() {
        let value: Value = serde_json::from_str(&encode(document, format)).unwrap();
        out.extend(errors(validator, &value).into_iter().map(|error| format!("{format}: {error}")));
    }
    let value: Value = serde_json::from_str(&encode(document, "plimsoll-json")).unwrap();
    out.extend(errors(own("plimsoll.scan.1"), &value).into_iter().map(|error| format!("plimsoll-json: {error}")));
    if let Err(error) = serde_json::from_str::<spdx_rs::models::SPDX>(&encode(document, "spdx-json")) {
        out.push(format!("spdx-rs: {error}"));
    }
    out
}

#[test]
fn every_fixture_is_valid() {
    let fixtures = fixtures();
    assert!(!fixtures.is_empty());
    let mut wrong = String::new();
    for fixture in fixtures {
        let faults = faults(&scan_directory(&fixture));
        if !faults.is_empty() {
            wrong += &format!("{}\n  {}\n", fixture.display(), faults.join("\n  "));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn one_component_at_a_time_gives_the_bytes_of_the_tree() {
    let Format::Standard(encoding, version) = Format::parse("cyclonedx-json@1.6").unwrap() else { panic!() };
    for fixture in fixtures() {
        let observation = scan_directory(&fixture);
        let mut tree = Vec::new();
        Format::Standard(encoding, version).write_document(&Document::from(&observation), &mut tree).unwrap();
        assert!(encode(&observation, "cyclonedx-json@1.6").into_bytes() == tree, "{}", fixture.display());
    }
}

#[test]
fn hostile_names_are_valid() {
    let hostile = [
        "a\nb",
        "tab\tname",
        "\u{1b}[31mred",
        "\u{202e}gnp.exe",
        "\u{0}nul",
        "\u{7f}\u{9b}",
        "sp ace",
        "ü",
        "\"},{\"",
        "\\u0000",
        "<script>",
        "",
        " ",
        "\u{feff}bom",
        "\u{fffe}",
        "../../etc",
        "a@b@c",
        "%2e%2e",
        "x\r\nPackageName: forged",
    ];
    let urls = [
        "git@github.com:a/b",
        "git+ssh://git@github.com:a/b.git#c",
        "https://h/a b",
        "https://[bad/x",
        "http://h:port/",
        "//x",
        "https://é/ü?q=ü#f#g",
        "1:2",
        "",
        ":",
        "mailto:a b",
        "C:\\x",
        "file:../x",
        "https://h/%zz",
        "https://\u{202e}/x",
    ];
    let licences = [
        "MIT/Apache-2.0",
        "GPL-2.0+",
        "Apache-2.0+",
        "SEE LICENSE IN x\ny",
        "DocumentRef-a:LicenseRef-b",
        "(MIT",
        "NONE",
    ];
    let mut packages = serde_json::Map::new();
    packages.insert(String::new(), json!({ "name": "root", "version": "1.0.0", "license": "x\ny" }));
    for (at, name) in hostile.iter().enumerate() {
        let package = json!({
            "version": format!("1.0.{at}{name}"), "resolved": urls[at % urls.len()], "license": licences[at % licences.len()],
            "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        });
        packages.insert(format!("node_modules/{name}"), package);
    }
    let lock = json!({ "name": "root", "version": "1.0.0", "lockfileVersion": 3, "packages": packages });
    let directory = TemporaryDirectory::new();
    for name in ["plain", "new\nline", "\u{202e}rtl", "esc\u{1b}[2J", "quo\"te"] {
        directory.write(Path::new(name).join("package-lock.json"), lock.to_string());
        directory.write(Path::new(name).join("requirements.txt"), "a==1.0\n\u{1b}[31m==2\n");
    }
    let document = scan_directory(directory.path());
    assert!(document.graph.len() > 10, "{} components", document.graph.len());
    let faults = faults(&document);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
