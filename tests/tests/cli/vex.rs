//! `plimsoll vex`.

use std::fs;

use insta::assert_snapshot;
use plimsoll_tests::{Outcome, TemporaryDirectory, workspace};
use serde_json::{Value, json};

use crate::run::run_in;

const TIME: &str = "2026-05-01T00:00:00Z";

fn run(directory: &TemporaryDirectory, arguments: &[&str]) -> Outcome {
    run_in(directory, ["vex"].iter().chain(arguments))
}

fn fixture(name: &str) -> String {
    workspace().join("testdata/vex").join(name).display().to_string()
}

#[test]
fn add_writes_what_show_reads() {
    let directory = TemporaryDirectory::new();
    directory.write("app.tar", "app");
    let arguments = [
        "add",
        "--product",
        "app.tar",
        "--component",
        "pkg:npm/fuel@1.4.0",
        "--vulnerability",
        "CVE-2026-1",
        "--alias",
        "GHSA-x",
        "--status",
        "not_affected",
        "--justification",
        "vulnerable_code_not_present",
        "--author",
        "Rocket Works",
        "--timestamp",
        TIME,
        "-o",
        "openvex=app.vex.json",
    ];
    let outcome = run(&directory, &arguments);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    let outcome = run(&directory, &["show", "app.vex.json"]);
    assert_snapshot!(outcome.stdout, @r"
    app.vex.json: OpenVEX 0.2.0, https://plimsoll.dev/vex/76b7eae55b7ec8cb5b3e6ad7d8a4fd6a0e0c5cbb4ef33ca8f63ca4b8e37a3a27, revision 1, by Rocket Works
      CVE-2026-1 (GHSA-x): not_affected
        sha256:a172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333: pkg:npm/fuel@1.4.0
          because vulnerable_code_not_present
          since 2026-05-01T00:00:00Z
    ");
    // A second statement counts the revision up and keeps the first.
    let arguments = [
        "add",
        "--document",
        "app.vex.json",
        "--product",
        "pkg:npm/fuel@1.4.1",
        "--vulnerability",
        "CVE-2026-2",
        "--status",
        "fixed",
        "--timestamp",
        TIME,
        "-o",
        "cyclonedx",
    ];
    let outcome = run(&directory, &arguments);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&document["version"], document["vulnerabilities"].as_array().unwrap().len()), (&json!(2), 2));
}

#[test]
fn add_asks_for_reasons() {
    let directory = TemporaryDirectory::new();
    let add = |more: &[&str]| {
        let arguments = ["add", "--vulnerability", "CVE-1", "--author", "me", "--product"];
        run(&directory, &[&arguments[..], more].concat())
    };
    for (more, said) in [
        (&["pkg:npm/a", "--status", "not_affected"][..], "needs a --justification or an --impact"),
        (&["pkg:npm/a", "--status", "affected"], "needs an --action"),
        (&["pkg:npm/a", "--status", "fixed"], "with a version or digest"),
        (&["pkg:npm/a@1", "--status", "fixed", "--impact", "x"], "--impact is for not_affected"),
        (&["pkg:npm/a", "--status", "not_affected", "--justification", "because"], "there are component_not_present"),
        (&["pkg:npm", "--status", "under_investigation"], "not a package URL"),
        (&["no-such-file", "--status", "under_investigation"], "neither a package URL, a CPE, a digest nor a file"),
    ] {
        let outcome = add(more);
        assert!(outcome.status == Some(2) && outcome.stderr.contains(said), "{}", outcome.stderr);
    }
}

#[test]
fn the_local_directory_is_kept() {
    let directory = TemporaryDirectory::new();
    let arguments = [
        "add",
        "--local",
        "--vex-dir",
        "own",
        "--product",
        "pkg:npm/a@1",
        "--vulnerability",
        "CVE-2026-1/../x",
        "--status",
        "not_affected",
        "--impact",
        "It is not called.\u{1b}[2J",
        "--timestamp",
        TIME,
    ];
    for _ in 0..2 {
        let outcome = run(&directory, &arguments);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), ""), "{}", outcome.stderr);
    }
    let files: Vec<_> =
        fs::read_dir(directory.path().join("own")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files.len(), 1);
    assert!(files[0].to_string_lossy().starts_with("CVE-2026-1_____x-"), "{files:?}");
    let outcome = run(&directory, &["show", "--local", "--vex-dir", "own", "--format", "csv"]);
    assert!(
        outcome.stdout.contains("CVE-2026-1/../x,not_affected,pkg:npm/a@1,,It is not called.\\u{1b}[2J"),
        "{}",
        outcome.stdout
    );
    directory.write("own/broken.json", "{");
    assert_eq!(run(&directory, &["show", "--local", "--vex-dir", "own"]).status, Some(3));
}

#[test]
fn convert_and_merge_tell_what_they_lose() {
    let directory = TemporaryDirectory::new();
    let harbour = fixture("csaf/harbour.json");
    let outcome = run(&directory, &["convert", &harbour, "-o", "openvex"]);
    assert_eq!(outcome.status, Some(4));
    assert!(outcome.stderr.contains("warning: /vulnerabilities/0/product_status/known_not_affected: the product pump"));
    assert_eq!(run(&directory, &["convert", &harbour, "-o", "openvex", "--accept-loss"]).status, Some(0));
    assert_eq!(run(&directory, &["convert", &harbour]).status, Some(2));
    let (one, two) = (fixture("openvex/rocket.json"), fixture("openvex/first-version.json"));
    let outcome = run(&directory, &["merge", &one, &two]);
    assert!(outcome.status == Some(2) && outcome.stderr.contains("give --author"), "{}", outcome.stderr);
    let merged = run(&directory, &["merge", &one, &two, &one, "--author", "Rocket Works", "--timestamp", TIME]);
    assert_eq!(merged.status, Some(0));
    let document: Value = serde_json::from_str(&merged.stdout).unwrap();
    assert_eq!(document["statements"].as_array().unwrap().len(), 6);
    let again = run(&directory, &["merge", &two, &one, "--author", "Rocket Works", "--timestamp", TIME]);
    assert_eq!(again.stdout, merged.stdout);
}

#[test]
fn check_names_places() {
    let directory = TemporaryDirectory::new();
    let outcome = run(&directory, &["check", &fixture("openvex/rocket.json")]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stdout);
    let broken = fixture("openvex/broken.json");
    let outcome = run(&directory, &["check", &broken]);
    assert_eq!(outcome.status, Some(1));
    assert!(
        outcome.stdout.contains("error [unjustified] 8: /statements/0: not_affected has neither"),
        "{}",
        outcome.stdout
    );
    let sarif = run(&directory, &["check", &broken, "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "vex-time");
    let junit = run(&directory, &["check", &broken, "--format", "junit"]);
    assert!(junit.stdout.contains("<failure type=\"vex-unjustified\""), "{}", junit.stdout);
    directory.write("x.json", "{}");
    assert_eq!(run(&directory, &["check", "x.json"]).status, Some(1));
    assert_eq!(run(&directory, &["show", "x.json"]).status, Some(3));
}
