//! `plimsoll sbom validate`.

use insta::assert_snapshot;
use serde_json::Value;

use crate::run::{harbour, sbom, sbom_reading};

/// The same release in every encoding, and what each is.
const VALID: &[(&str, &str)] = &[
    ("web-2.4.cdx14.json", "cyclonedx-json@1.4"),
    ("web-2.4.cdx14.xml", "cyclonedx-xml@1.4"),
    ("web-2.4.cdx.json", "cyclonedx-json@1.6"),
    ("web-2.4.cdx.xml", "cyclonedx-xml@1.6"),
    ("web-2.4.cdx17.json", "cyclonedx-json@1.7"),
    ("web-2.4.cdx17.xml", "cyclonedx-xml@1.7"),
    ("web-2.4.spdx.json", "spdx-json@2.3"),
    ("web-2.4.spdx", "spdx-tag-value@2.3"),
    ("web-2.4.spdx.yaml", "spdx-yaml@2.3"),
    ("web-2.4.spdx3.json", "spdx-json@3.0.1"),
];

const BROKEN: &[&str] = &[
    "ambiguous.cdx.json",
    "broken.cdx.json",
    "broken.cdx.xml",
    "broken.spdx",
    "broken.spdx.json",
    "broken.spdx.yaml",
    "../spdx3/broken-fields.spdx3.json",
];

#[test]
fn valid_documents_are_0() {
    for (name, format) in VALID {
        let outcome = sbom(["validate", name]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{name}: {}", outcome.stdout);
        assert!(outcome.stdout.starts_with(&format!("{name}: valid {format}, ")), "{}", outcome.stdout);
        assert!(outcome.stdout.ends_with(", 0 wrong, 0 advised\n"), "{}", outcome.stdout);
        let read = sbom_reading(&["validate", "-"], &harbour(name));
        assert_eq!((read.status, read.stdout), (Some(0), outcome.stdout.replacen(name, "-", 1)));
    }
}

#[test]
fn broken_documents_are_1_and_each_fault_has_its_place() {
    for name in BROKEN {
        let outcome = sbom(["validate", name]);
        assert_eq!(outcome.status, Some(1), "{name}: {}", outcome.stdout);
        assert!(outcome.stdout.starts_with(&format!("{name}: NOT VALID ")), "{}", outcome.stdout);
        assert!(outcome.stdout.lines().any(|line| line.starts_with("  fault [")), "{}", outcome.stdout);
    }
    assert_snapshot!(sbom(["validate", "broken.cdx.json"]).stdout, @r#"
    broken.cdx.json: NOT VALID cyclonedx-json@1.6, 3 component objects, 1 dependency objects, 2 wrong, 2 advised
      fault [value] line 18: /components/0/type: "librarie" is not a value of 1.6; did you mean "library"?
      fault [missing] line 22: /components/1: "name" is missing, which component needs
      advice [reference] line 24: /components/1/bom-ref: another element is named "a"
      advice [reference] line 32: /dependencies/0/dependsOn/0: nothing in this document is named "gone"
    "#);
    assert_snapshot!(sbom(["validate", "ambiguous.cdx.json"]).stdout, @r"
    ambiguous.cdx.json: NOT VALID cyclonedx-json@1.6, 2 component objects, 1 wrong, 0 advised
      fault [duplicate] line 38: /components: a member of this name was there before
    ");
}

#[test]
fn several_are_counted_and_one_that_is_broken_makes_1() {
    let outcome = sbom(["validate", "web-2.4.spdx", "broken.spdx", "--show", "1"]);
    assert_eq!(outcome.status, Some(1));
    assert_eq!(outcome.stderr, "1 of 2 documents are valid\n");
    assert!(outcome.stdout.ends_with("  and 5 more (--show 0)\n"), "{}", outcome.stdout);
}

#[test]
fn what_cannot_be_read_is_3_and_what_cannot_be_meant_is_2() {
    for (arguments, status, words) in [
        (&["validate", "nothing.json"][..], 3, "cannot read nothing.json"),
        (&["validate", "README.md"], 3, "not a document of a known standard"),
        (&["validate", "."], 3, "cannot read ."),
        (&["validate", "web-2.4.spdx", "--max-member-bytes", "10"], 3, "--max-member-bytes"),
        (&["validate"], 2, "<SBOM>"),
        (&["validate", "web-2.4.spdx", "--format", "yaml"], 2, "--format"),
        (&["validate", "web-2.4.spdx", "--show", "many"], 2, "--show"),
        (&[], 2, "Usage: plimsoll sbom"),
    ] {
        let outcome = sbom(arguments);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status), ""), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(words), "{arguments:?}: {}", outcome.stderr);
    }
    for input in ["", "{}", "{\"bomFormat\": \"Cyclone\"}", "<html/>", "name,version\n"] {
        let outcome = sbom_reading(&["validate", "-"], input.as_bytes());
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(3), ""), "{input:?}: {}", outcome.stderr);
    }
    let cut = harbour("web-2.4.cdx.json");
    let outcome = sbom_reading(&["validate", "-"], &cut[..cut.len() / 2]);
    assert_eq!(outcome.status, Some(1), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("fault [syntax]"), "{}", outcome.stdout);
}

#[test]
fn strict_refuses_advice() {
    let document = br#"{"bomFormat": "CycloneDX", "specVersion": "1.6",
        "components": [{"type": "library", "name": "a", "bom-ref": "a"}], "dependencies": [{"ref": "b"}]}"#;
    assert_eq!(sbom_reading(&["validate", "-"], document).status, Some(0));
    let strict = sbom_reading(&["validate", "-", "--strict"], document);
    assert_eq!(strict.status, Some(1), "{}", strict.stdout);
    assert!(strict.stdout.starts_with("-: NOT VALID ") && strict.stdout.contains("  advice [reference]"));
}

#[test]
fn every_format_says_the_same() {
    let arguments = |format| sbom(["validate", "web-2.4.cdx.json", "broken.cdx.json", "--format", format]);
    let json: Value = serde_json::from_str(&arguments("json").stdout).unwrap();
    let faults = json["documents"][1]["faults"].as_array().unwrap();
    assert_eq!((&json["documents"][0]["valid"], &json["documents"][1]["valid"]), (&true.into(), &false.into()));
    assert_eq!(faults.len(), 4);
    let sarif: Value = serde_json::from_str(&arguments("sarif").stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), faults.len());
    let place = "/locations/0/physicalLocation/artifactLocation/uri";
    assert!(results.iter().all(|result| result.pointer(place).unwrap() == "broken.cdx.json"));
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 2);
    let junit = arguments("junit");
    assert_eq!(junit.status, Some(1));
    assert!(junit.stdout.contains(r#"tests="2" failures="1""#), "{}", junit.stdout);
    assert_eq!(junit.stdout.matches("<failure ").count(), 2);
}

#[test]
fn names_of_a_document_cannot_forge_lines() {
    let document = "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"a\\n-: valid\\u001b[2J<\\u202e\": 1}";
    for format in ["text", "junit", "sarif", "json"] {
        let outcome = sbom_reading(&["validate", "-", "--format", format], document.as_bytes());
        assert_eq!(outcome.status, Some(1));
        let bad = |character: char| character == '\u{1b}' || character == '\u{202e}';
        assert!(
            !outcome.stdout.contains(bad) && !outcome.stdout.contains("\n-: valid"),
            "{format}: {}",
            outcome.stdout
        );
    }
}
