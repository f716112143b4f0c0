//! `plimsoll sbom convert`.

use std::fs;
use std::path::Path;

use plimsoll_tests::{Outcome, TemporaryDirectory, workspace};
use serde_json::Value;

use crate::run::{harbour, run_in, sbom, sbom_reading};

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Converts a document of `testdata/sbom/harbour`, or one of the directory, within the directory.
fn convert(directory: &TemporaryDirectory, document: &str, arguments: &[&str]) -> Outcome {
    let held = workspace().join("testdata/sbom/harbour").join(document);
    let document = if held.exists() { held } else { document.into() };
    let start = [Path::new("sbom"), Path::new("convert"), &document];
    run_in(directory, start.into_iter().chain(arguments.iter().map(Path::new)))
}

#[test]
fn the_result_goes_to_stdout_or_to_files() {
    let directory = TemporaryDirectory::new();
    let outcome = convert(&directory, "web-2.4.cdx.json", &["-o", "cyclonedx-xml"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    assert_eq!(outcome.stdout.as_bytes(), harbour("web-2.4.cdx.xml"));
    let several = ["-o", "spdx-tag-value=a.spdx", "-o", "spdx-json@3.0.1=a.spdx3.json", "-o", "purls"];
    let outcome = convert(&directory, "web-2.4.spdx.json", &several);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.stdout.lines().next(), Some("pkg:npm/accepts@1.3.8"));
    assert_eq!(fs::read(directory.path().join("a.spdx")).unwrap(), harbour("web-2.4.spdx"));
    assert_eq!(fs::read(directory.path().join("a.spdx3.json")).unwrap(), harbour("web-2.4.spdx3.json"));
    let read = sbom_reading(&["convert", "-", "-o", "cyclonedx-xml"], &harbour("web-2.4.cdx.json"));
    assert_eq!((read.status, read.stdout.as_bytes()), (Some(0), harbour("web-2.4.cdx.xml").as_slice()));
}

#[test]
fn every_format_that_is_written_is_valid() {
    let directory = TemporaryDirectory::new();
    for document in ["web-2.4.cdx.json", "web-2.4.spdx", "web-2.4.spdx3.json"] {
        for format in [
            "cyclonedx-json@1.2",
            "cyclonedx-json@1.7",
            "cyclonedx-xml@1.4",
            "cyclonedx-protobuf",
            "cyclonedx-textproto@1.3",
            "spdx-json@2.2",
            "spdx-json",
            "spdx-yaml",
            "spdx-xml",
            "spdx-tag-value",
            "spdx-json@3.0.1",
        ] {
            let output = format!("{format}=out");
            let outcome = convert(&directory, document, &["-o", &output, "--accept-loss"]);
            assert_eq!(outcome.status, Some(0), "{document} to {format}: {}", outcome.stderr);
            let outcome = run_in(&directory, ["sbom", "validate", "out"]);
            assert_eq!(outcome.status, Some(0), "{document} to {format}: {}", outcome.stdout);
        }
    }
}

#[test]
fn carried_in_full_it_comes_back_as_it_was() {
    let directory = TemporaryDirectory::new();
    for (document, there, back) in [
        ("web-2.4.cdx17.json", "spdx-json", "cyclonedx-json@1.7"),
        ("web-2.4.cdx17.json", "spdx-tag-value", "cyclonedx-json@1.7"),
        ("web-2.4.cdx17.json", "spdx-json@3.0.1", "cyclonedx-json@1.7"),
        ("provides.cdx.json", "spdx-json", "cyclonedx-json@1.6"),
        ("web-2.4.spdx.json", "cyclonedx-json", "spdx-json"),
        ("web-2.4.spdx3.json", "cyclonedx-xml", "spdx-json@3.0.1"),
    ] {
        let outcome = convert(&directory, document, &["-o", &format!("{there}=there"), "--carry", "full"]);
        assert_eq!(outcome.status, Some(0), "{document} to {there}: {}", outcome.stderr);
        let outcome = convert(&directory, "there", &["-o", &format!("{back}=back")]);
        assert_eq!(outcome.status, Some(0), "{document} from {there}: {}", outcome.stderr);
        let came = fs::read(directory.path().join("back")).unwrap();
        assert_eq!(json(&came), json(&harbour(document)), "{document} by way of {there}");
    }
}

/// What a document carries may add to what it shows, and never say otherwise.
#[test]
fn what_is_edited_wins_over_what_is_carried() {
    let directory = TemporaryDirectory::new();
    let there = convert(&directory, "web-2.4.cdx17.json", &["-o", "spdx-json=there", "--carry", "full"]);
    assert_eq!(there.status, Some(0));
    let shown = fs::read_to_string(directory.path().join("there")).unwrap();
    let back = |edited: &str| {
        directory.write("edited", edited);
        let outcome = convert(&directory, "edited", &["-o", "cyclonedx-json@1.7=back", "--accept-loss"]);
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        (fs::read_to_string(directory.path().join("back")).unwrap(), outcome.stderr)
    };
    // Somebody gives a component another licence. The carried one does not come back over it.
    let edited = shown.replacen("\"licenseDeclared\": \"MIT\"", "\"licenseDeclared\": \"GPL-3.0-only\"", 1);
    let (came, _) = back(&edited);
    assert_eq!((came.matches("GPL-3.0-only").count(), came.matches("\"MIT\"").count()), (1, 1), "{came}");
    assert!(came.contains("distributionConstraints"), "{came}");
    // Somebody takes a component away. It does not come back; what is carried of the others does.
    let mut tree = json(shown.as_bytes());
    tree["packages"].as_array_mut().unwrap().retain(|package| package["name"] != "left-pad");
    tree["relationships"].as_array_mut().unwrap().retain(|edge| !edge.to_string().contains("left-pad"));
    let (came, told) = back(&tree.to_string());
    assert!(!came.contains("left-pad") && came.contains("distributionConstraints"), "{told}: {came}");
}

#[test]
fn losing_an_edge_is_4_unless_it_is_accepted() {
    let directory = TemporaryDirectory::new();
    let older = ["-o", "cyclonedx-json@1.5=a.json", "--loss-report", "loss.json"];
    let outcome = convert(&directory, "provides.cdx.json", &older);
    assert_eq!(outcome.status, Some(4), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("cyclonedx-json@1.5 has no place for: edge 1"), "{}", outcome.stderr);
    let report = json(&fs::read(directory.path().join("loss.json")).unwrap());
    let lost = report["conversions"][0]["lost"].as_array().unwrap();
    let edges: Vec<&Value> = lost.iter().filter(|row| row["kind"] == "edge").collect();
    assert_eq!((edges.len(), &edges[0]["severity"], &edges[0]["element"]), (1, &"error".into(), &"rope".into()));
    assert_eq!(report["conversions"][0]["complete"], false);
    // The document is written all the same, and whoever knows may go on.
    assert!(directory.path().join("a.json").exists());
    let accepted = convert(&directory, "provides.cdx.json", &["-o", "cyclonedx-json@1.5=b.json", "--accept-loss"]);
    assert_eq!(accepted.status, Some(0), "{}", accepted.stderr);
}

/// CycloneDX 1.0 has components with purls, hashes and licences, but no names for them and no dependencies.
#[test]
fn the_oldest_version_loses_edges_and_no_more() {
    let directory = TemporaryDirectory::new();
    let arguments = ["-o", "cyclonedx-xml@1.0=a.xml", "--loss-report", "loss.json"];
    assert_eq!(convert(&directory, "web-2.4.cdx.json", &arguments).status, Some(4));
    let report = json(&fs::read(directory.path().join("loss.json")).unwrap());
    let counts = &report["conversions"][0]["counts"];
    assert_eq!((&counts["hash"], &counts["purl"], &counts["license"]), (&Value::Null, &Value::Null, &Value::Null));
    // Four dependencies, and that the document describes the application.
    assert_eq!(counts["edge"], 5, "{counts}");
}

#[test]
fn what_is_ambiguous_or_cannot_be_read_is_3_and_what_cannot_be_meant_is_2() {
    for (arguments, status, words) in [
        (&["convert", "ambiguous.cdx.json", "-o", "spdx-json"][..], 3, "ambiguous.cdx.json is ambiguous"),
        (&["convert", "nothing.json", "-o", "spdx-json"], 3, "cannot read nothing.json"),
        (&["convert", "README.md", "-o", "spdx-json"], 3, "not a document of a known standard"),
        (&["convert", "web-2.4.cdx.json"], 2, "--output"),
        (&["convert", "web-2.4.cdx.json", "-o", "spdx-json@9"], 2, "there are: cyclonedx-json@1.2..1.7"),
        (&["convert", "web-2.4.cdx.json", "-o", "spdx-rdf-xml"], 2, "unknown output format"),
        (&["convert", "web-2.4.cdx.json", "-o", "spdx-json", "--carry", "some"], 2, "--carry"),
        (&["convert", "-o", "spdx-json"], 2, "<SBOM>"),
    ] {
        let outcome = sbom(arguments);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status), ""), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(words), "{arguments:?}: {}", outcome.stderr);
    }
}
