//! `plimsoll sbom score`.

use insta::assert_snapshot;
use plimsoll_tests::{Outcome, TemporaryDirectory, workspace};
use serde_json::Value;

use crate::run::run_in;

/// Scores a document of the fixtures, which is called `sbom.json` here.
fn score(document: &str, arguments: &[&str]) -> Outcome {
    let directory = TemporaryDirectory::new();
    directory.write("sbom.json", std::fs::read(workspace().join("testdata/sbom/score").join(document)).unwrap());
    directory.write("sbom.json.sigstore.json", "{}");
    run_in(&directory, ["sbom", "score", "sbom.json"].iter().chain(arguments))
}

#[test]
fn text_says_what_to_add_where() {
    let outcome = score("cdxgen-1.4.json", &["--offenders", "1"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    assert_snapshot!(outcome.stdout, @r"
    sbom.json (cyclonedx-json@1.4)

    cisa-2026: 68.6 of 100, grade D; required 68.6 %, recommended 0.0 %; 3 components
      100.0 %  required     SBOM author
        0.0 %  required     SBOM author signature
                 sign the document: add `signature` (JSF), or make a detached signature and name it with --signature
      100.0 %  required     Data format name
      100.0 %  required     Data format version
        0.0 %  required     SBOM generation context
                 convert it to 1.5 or later and add `metadata.lifecycles[].phase`
      100.0 %  required     SBOM timestamp
      100.0 %  required     SBOM tool name
      100.0 %  required     SBOM tool version
      100.0 %  required     SBOM version
       33.3 %  required     Component producer (1 present, 2 missing)
                 shop 1.0.0: add `supplier.name` to /metadata/component
                 and 1 more (--offenders all)
      100.0 %  required     Component name (3 present)
       66.6 %  required     Component version (2 present, 1 missing)
                 no-version: add `version` to /components/1
      100.0 %  required     Component identifiers (3 present)
       33.3 %  required     Component hash value (1 present, 2 missing)
                 shop 1.0.0: add `hashes[].content` to /metadata/component
                 and 1 more (--offenders all)
       33.3 %  required     Component hash algorithm (1 present, 2 missing)
                 shop 1.0.0: add `hashes[].alg` to /metadata/component
                 and 1 more (--offenders all)
       33.3 %  required     Component license (1 present, 2 missing)
                 shop 1.0.0: add `licenses[]` to /metadata/component
                 and 1 more (--offenders all)
       66.6 %  required     Component dependency relationship (2 present, 1 missing)
                 no-version: name no-version in `dependencies[]`: in `dependsOn` of what includes it, or as `ref`
        0.0 %  recommended  Coverage is stated
                 add `compositions[]` with an `aggregate`, `unknown` if nobody knows, for `/metadata/component`
    ");
}

#[test]
fn scores_below_the_limit_fail() {
    let outcome = score("cdxgen-1.4.json", &["--fail-under", "90"]);
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.stderr.contains("cisa-2026: 68.6 is under 90"), "{}", outcome.stderr);
    assert_eq!(score("cdxgen-1.4.json", &["--fail-under", "68.6"]).status, Some(0));
    // The lowest of several decides.
    let profiles = ["--profile", "cisa-2026", "--profile", "bsi-2.1", "--fail-under", "60"];
    assert_eq!(score("cdxgen-1.4.json", &profiles).status, Some(1));
}

#[test]
fn wrong_usage_is_told() {
    for arguments in [["--fail-under", "101"], ["--profile", "iso"], ["--offenders", "few"], ["--compat", "other"]] {
        assert_eq!(score("cdxgen-1.4.json", &arguments).status, Some(2), "{arguments:?}");
    }
    assert_eq!(score("cdxgen-1.4.json", &["--signature", "not-there.json"]).status, Some(3));
}

#[test]
fn json_has_all_profiles_and_offenders() {
    let outcome = score("syft-2.3.spdx.json", &["--profile", "all", "--format", "json", "--offenders", "all"]);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let profiles = report["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), 7);
    let mut seen = 0;
    for field in profiles.iter().flat_map(|profile| profile["fields"].as_array().unwrap()) {
        let count = |name: &str| field["counts"][name].as_u64().unwrap();
        let listed = field["offenders"].as_array().unwrap().len() as u64;
        assert_eq!(listed, count("missing") + count("unknown") + count("cannotTell"), "{field}");
        assert_eq!(field["more"], 0);
        seen += listed;
    }
    assert!(seen > 50);
}

#[test]
fn a_detached_signature_is_a_signature() {
    let with = score("cdxgen-1.4.json", &["--signature", "sbom.json.sigstore.json", "--format", "json"]);
    let report: Value = serde_json::from_str(&with.stdout).unwrap();
    assert_eq!(report["profiles"][0]["score"], 74.5);
}

#[test]
fn sbomqs_has_its_own_names() {
    let outcome = score("cdxgen-1.4.json", &["--compat", "sbomqs", "--profile", "ntia-2021"]);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let file = &report["files"][0];
    assert_eq!((&file["sbom_quality_score"], &file["grade"]), (&5.6.into(), &"D".into()));
    assert_eq!(
        (&file["num_components"], &file["spec"], &file["spec_version"]),
        (&3.into(), &"cyclonedx".into(), &"1.4".into())
    );
    let categories = file["comprehenssive"].as_array().unwrap();
    assert_eq!(categories.len(), 7);
    assert_eq!(categories[0]["features"][1]["key"], "comp_with_version");
    assert_eq!(categories[0]["features"][1]["description"], "add to 1 component");
    assert_eq!(file["profiles"][0]["profile"], "ntia");
    assert_eq!(file["profiles"][0]["features"][0]["key"], "comp_supplier");
}

#[test]
fn tables_and_findings() {
    let markdown = score("cdxgen-1.4.json", &["--format", "markdown"]).stdout;
    assert!(
        markdown.contains("| Component version | no-version | /components/1 | add \\`version\\` to /components/1 |"),
        "{markdown}"
    );
    let csv = score("cdxgen-1.4.json", &["--format", "csv"]).stdout;
    let row = "cisa-2026,68.6,component-version,required,66.6,missing,pkg:npm/no-version,no-version,/components/1,add `version` to /components/1\r\n";
    assert!(csv.contains(row), "{csv}");
    let sarif: Value = serde_json::from_str(&score("cdxgen-1.4.json", &["--format", "sarif"]).stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(
        results.iter().any(|result| result["ruleId"] == "cisa-2026/component-version" && result["level"] == "error")
    );
}

#[test]
fn names_of_documents_do_not_reach_the_terminal() {
    let directory = TemporaryDirectory::new();
    let name = "\\u001b[31m|`=1\\u202e";
    let json = format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{{"type": "library", "name": "{name}"}}]}}"#
    );
    directory.write("sbom.json", json);
    for format in ["text", "json", "markdown", "csv", "sarif"] {
        let outcome = run_in(&directory, ["sbom", "score", "sbom.json", "--profile", "all", "--format", format]);
        assert_eq!(outcome.status, Some(0));
        assert!(!outcome.stdout.contains(['\u{1b}', '\u{202e}']), "{format}");
    }
}
