//! `plimsoll sbom merge`, `redact` and `enrich`.

use std::fs;

use plimsoll_tests::{Outcome, TemporaryDirectory, workspace};
use serde_json::Value;

use crate::run::run_in;

/// A directory with the documents of `testdata/sbom/merge`.
fn documents() -> TemporaryDirectory {
    let directory = TemporaryDirectory::new();
    for name in ["api.cdx.json", "worker.cdx.json", "report.spdx", "broken.cdx.json"] {
        directory.write(name, fs::read_to_string(workspace().join("testdata/sbom/merge").join(name)).unwrap());
    }
    directory.write("salt", "0123456789abcdef0123456789abcdef");
    directory
}

fn run(directory: &TemporaryDirectory, arguments: &str) -> Outcome {
    run_in(directory, ["sbom"].into_iter().chain(arguments.split(' ')))
}

fn json(directory: &TemporaryDirectory, name: &str) -> Value {
    serde_json::from_slice(&fs::read(directory.path().join(name)).unwrap()).unwrap()
}

#[test]
fn merge_makes_one_document_of_three() {
    let directory = documents();
    let arguments = "merge api.cdx.json worker.cdx.json report.spdx --name shop --version 1 -o cyclonedx-json=all.json --report r.json";
    let outcome = run(&directory, arguments);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), ""), "{}", outcome.stderr);
    let merged = json(&directory, "all.json");
    assert_eq!(merged["metadata"]["component"]["name"], "shop");
    let names: Vec<&str> =
        merged["components"].as_array().unwrap().iter().map(|held| held["name"].as_str().unwrap()).collect();
    assert_eq!(names.iter().filter(|name| **name == "requests").count(), 1);
    assert_eq!(names.len(), 6);
    let requests = merged["components"].as_array().unwrap().iter().find(|held| held["name"] == "requests").unwrap();
    assert_eq!(requests["supplier"]["name"], "Python Software Foundation");
    assert_eq!(requests["licenses"].as_array().unwrap().len(), 1);
    let report = json(&directory, "r.json");
    assert_eq!(report["schema"], "plimsoll.sbom.merge/1");
    assert_eq!(report["inputs"].as_array().unwrap().len(), 3);
    assert!(
        outcome.stderr.contains("description is \"Keeps the books of a shop\" (worker.cdx.json)"),
        "{}",
        outcome.stderr
    );
    assert_eq!(run(&directory, "validate all.json").status, Some(0));
}

#[test]
fn merge_refuses_what_it_is_told_to() {
    let directory = documents();
    let outcome = run(&directory, "merge api.cdx.json worker.cdx.json --on-conflict fail -o cyclonedx-json=all.json");
    assert_eq!(outcome.status, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("@acme/ledger@7.0.1: description"), "{}", outcome.stderr);
    assert!(!directory.path().join("all.json").exists());
    assert_eq!(run(&directory, "merge api.cdx.json worker.cdx.json --strategy hierarchical").status, Some(2));
    assert_eq!(run(&directory, "merge api.cdx.json broken.cdx.json").status, Some(3));
    assert_eq!(run(&directory, "merge").status, Some(2));
}

#[test]
fn merging_a_document_with_itself_changes_nothing() {
    let directory = documents();
    assert_eq!(run(&directory, "merge api.cdx.json api.cdx.json -o cyclonedx-json=all.json").status, Some(0));
    assert_eq!(json(&directory, "all.json"), json(&directory, "api.cdx.json"));
}

#[test]
fn redact_says_what_it_withheld() {
    let directory = documents();
    let needs_salt = run(&directory, "redact api.cdx.json --component *ledger*");
    assert_eq!(needs_salt.status, Some(2));
    assert!(needs_salt.stderr.contains("--pseudonyms-salt"), "{}", needs_salt.stderr);
    let arguments = "redact api.cdx.json --component *ledger* --internal-paths --pseudonyms-salt salt -o cyclonedx-json=out.json --report r.json";
    let outcome = run(&directory, arguments);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("withheld: component of @acme/ledger@7.0.1 (now withheld-"), "{}", outcome.stderr);
    let bytes = fs::read_to_string(directory.path().join("out.json")).unwrap();
    for secret in ["ledger", "acme", "jane", "Bookkeeping"] {
        assert!(!bytes.contains(secret), "{secret}");
    }
    assert_eq!(json(&directory, "r.json")["schema"], "plimsoll.sbom.redact/1");
    assert_eq!(run(&directory, "validate out.json").status, Some(0));
}

#[test]
fn enrich_adds_and_marks() {
    let directory = documents();
    directory.write("texts/@acme/ledger@7.0.1/LICENSE", "SPDX-License-Identifier: MIT\n");
    directory.write(
        "src/requirements.txt",
        "requests==2.32.3 --hash=sha256:70761cfe03c773ceb22aa2f671b4757976145175cdfca038c02654d061d6dcc6\n",
    );
    let arguments = "enrich api.cdx.json --from src --from report.spdx --licenses-from texts -o cyclonedx-json=out.json --report r.json";
    let outcome = run(&directory, arguments);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let enriched = json(&directory, "out.json");
    let requests = &enriched["components"][0];
    assert_eq!(requests["supplier"]["name"], "Python Software Foundation");
    assert_eq!(requests["licenses"], json(&directory, "api.cdx.json")["components"][0]["licenses"]);
    assert_eq!(enriched["components"][1]["licenses"][0]["license"]["id"], "MIT");
    let properties = requests["properties"].as_array().unwrap();
    assert!(
        properties.iter().any(|held| held["name"] == "plimsoll:enriched:supplier" && held["value"] == "report.spdx")
    );
    assert!(properties.iter().any(|held| held["name"] == "plimsoll:enriched:hashes"), "{properties:?}");
    assert_eq!(json(&directory, "r.json")["schema"], "plimsoll.sbom.enrich/1");
    assert_eq!(run(&directory, "validate out.json").status, Some(0));
    assert_eq!(run(&directory, "enrich api.cdx.json").status, Some(2));
}
