//! `plimsoll sbom diff`.

use insta::assert_snapshot;
use serde_json::Value;

use crate::run::{harbour, sbom, sbom_reading};

const BEFORE: &str = "web-2.4.cdx.json";
const AFTER: &str = "web-2.5.cdx.json";

fn diff(arguments: &[&str]) -> plimsoll_tests::Outcome {
    sbom(["diff", BEFORE, AFTER].iter().chain(arguments))
}

#[test]
fn the_same_version_with_another_digest_comes_first() {
    let outcome = diff(&[]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    assert_snapshot!(outcome.stdout, @r"
    rehashed (1): SAME VERSION, OTHER CONTENT
      ! pkg:npm/cookie SHA-256: d7e83e28a04b537e64424546b14caf9b67bad2f28dabce68116e0d372319fa00 -> fea2325c1b857a20be774ad2c540df0307bb4b887f003e66eac20c1c0a501999
    added (1)
      + pkg:npm/vary 1.1.2
    removed (1)
      - pkg:npm/left-pad 1.3.0
    upgraded (1)
      ^ pkg:npm/express 4.21.2 -> 5.0.1
    relicensed (1)
      ~ pkg:npm/accepts declared: MIT -> Apache-2.0
    edge-added (1)
      + pkg:npm/express depends on pkg:npm/vary
    edge-removed (1)
      - the subject depends on pkg:npm/left-pad
    metadata (1)
      ~ the document subject: harbour-web 2.4.0 -> harbour-web 2.5.0
    ");
}

#[test]
fn fail_on_is_1_when_there_is_such_a_change() {
    for (kinds, status) in [
        ("rehashed", 1),
        ("added", 1),
        ("removed", 1),
        ("upgraded", 1),
        ("relicensed", 1),
        ("edges", 1),
        ("metadata", 1),
        ("any", 1),
        ("downgraded,rehashed", 1),
        ("downgraded", 0),
        ("reversioned,changed", 0),
    ] {
        assert_eq!(diff(&["--fail-on", kinds]).status, Some(status), "{kinds}");
    }
    // What is left out fails nothing.
    assert_eq!(diff(&["--fail-on", "edges", "--components-only"]).status, Some(0));
    assert_eq!(sbom(["diff", AFTER, BEFORE, "--fail-on", "downgraded"]).status, Some(1));
    assert_eq!(sbom(["diff", BEFORE, BEFORE, "--fail-on", "any"]).status, Some(0));
}

#[test]
fn components_only_leaves_the_rest_out() {
    let outcome = diff(&["--components-only"]);
    assert!(outcome.stdout.contains("upgraded (1)"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("edge-") && !outcome.stdout.contains("metadata"), "{}", outcome.stdout);
}

#[test]
fn one_release_is_the_same_in_every_encoding() {
    for name in ["web-2.4.cdx.xml", "web-2.4.cdx14.json", "web-2.4.cdx14.xml"] {
        let outcome = sbom(["diff", BEFORE, name]);
        assert_eq!(
            (outcome.status, outcome.stdout.as_str(), outcome.stderr.as_str()),
            (Some(0), "", "nothing changed\n")
        );
    }
    for name in ["web-2.4.spdx.json", "web-2.4.spdx", "web-2.4.spdx.yaml", "web-2.4.spdx3.json"] {
        let outcome = sbom(["diff", BEFORE, name, "--components-only"]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), ""), "{name}");
        assert!(!sbom(["diff", BEFORE, name]).stdout.contains("edge-"), "{name}");
    }
}

#[test]
fn every_format_says_the_same() {
    let json: Value = serde_json::from_str(&diff(&["--format", "json"]).stdout).unwrap();
    let changes = json["changes"].as_array().unwrap();
    assert_eq!((changes.len(), &changes[0]["kind"]), (8, &"rehashed".into()));
    assert_eq!((&json["before"]["document"], &json["after"]["components"]), (&BEFORE.into(), &5.into()));
    assert_eq!(diff(&["--format", "markdown"]).stdout.lines().count(), 2 + 8);
    let csv = diff(&["--format", "csv"]).stdout;
    assert_eq!(csv.split("\r\n").filter(|line| !line.is_empty()).count(), 1 + 8);
    assert!(csv.contains("\r\nupgraded,pkg:npm/express,,4.21.2,5.0.1\r\n"), "{csv}");
    let sarif: Value = serde_json::from_str(&diff(&["--format", "sarif"]).stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[0]["level"]), (8, &"error".into()));
}

#[test]
fn standard_input_and_what_cannot_be_compared() {
    let outcome = sbom_reading(&["diff", BEFORE, "-"], &harbour(AFTER));
    assert_eq!((outcome.status, outcome.stdout), (Some(0), diff(&[]).stdout));
    for (arguments, status, words) in [
        (&["diff", BEFORE, "nothing.json"][..], 3, "cannot read nothing.json"),
        (&["diff", "README.md", AFTER], 3, "not a document of a known standard"),
        (&["diff", BEFORE, "ambiguous.cdx.json"], 3, "ambiguous.cdx.json is ambiguous"),
        (&["diff", BEFORE], 2, "<AFTER>"),
        (&["diff", BEFORE, AFTER, "--fail-on", "rebuilt"], 2, "--fail-on"),
        (&["diff", BEFORE, AFTER, "--format", "yaml"], 2, "--format"),
    ] {
        let outcome = sbom(arguments);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status), ""), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(words), "{arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn names_of_a_document_cannot_forge_cells() {
    let hostile = String::from_utf8(harbour(AFTER)).unwrap().replace("vary", "=cmd|' x'\\n| y <b>\\u001b");
    let markdown = sbom_reading(&["diff", BEFORE, "-", "--format", "markdown"], hostile.as_bytes()).stdout;
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(markdown.lines().all(|line| cells(line) == 6) && !markdown.contains("<b>"), "{markdown}");
    let text = sbom_reading(&["diff", BEFORE, "-"], hostile.as_bytes()).stdout;
    assert!(!text.contains('\u{1b}') && !text.lines().any(|line| line.starts_with('|')), "{text}");
}
