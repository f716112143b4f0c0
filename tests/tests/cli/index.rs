//! `plimsoll index`, and the index in a scan.

use std::fs;

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll, workspace};
use serde_json::Value;

fn run(stage: &TemporaryDirectory, arguments: &[&str]) -> Outcome {
    Outcome::from(plimsoll(arguments).current_dir(stage.path()).output().unwrap())
}

fn testdata(path: &str) -> String {
    workspace().join("testdata/jar-index").join(path).display().to_string()
}

#[test]
fn an_index_names_jars_wherever_they_lie() {
    let stage = TemporaryDirectory::new();
    let (repository, table, app) = (testdata("repository"), testdata("known.tsv"), testdata("app"));
    let made = run(&stage, &["index", "jars", &repository, "--table", &table, "-o", "jars.idx", "--format", "json"]);
    assert_eq!((made.status, made.stderr.as_str()), (Some(0), ""));
    let report: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!((&report["jars"], &report["passedOver"]), (&3.into(), &1.into()), "{report}");
    let scanned = run(&stage, &["scan", &app, "--jar-index", "jars.idx", "-o", "cyclonedx-json"]);
    assert_eq!(scanned.status, Some(0), "{}", scanned.stderr);
    let document: Value = serde_json::from_str(&scanned.stdout).unwrap();
    let mut found: Vec<(String, String)> = document["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let method = &one["evidence"]["identity"][0]["methods"][0]["technique"];
            (one["purl"].as_str().unwrap_or_default().to_owned(), method.as_str().unwrap_or_default().to_owned())
        })
        .collect();
    found.sort();
    let expected = [
        ("pkg:maven/com.vendor/driver@12.1", "hash-comparison"),
        ("pkg:maven/org.example/nameless@1.4", "hash-comparison"),
        ("pkg:maven/org.example/quiet@2.0?classifier=tests", "hash-comparison"),
        ("pkg:maven/org.example/shop@1.0", "binary-analysis"),
    ];
    assert_eq!(found, expected.map(|(purl, technique)| (purl.to_owned(), technique.to_owned())));
    let properties = document["metadata"]["properties"].to_string();
    assert!(properties.contains(report["digest"].as_str().unwrap()), "{properties}");
}

#[test]
fn the_same_jars_give_the_same_bytes() {
    let stage = TemporaryDirectory::new();
    let (repository, table) = (testdata("repository"), testdata("known.tsv"));
    let sources: [&[&str]; 2] = [&[&repository, "--table", &table], &["--table", &table, &repository, &repository]];
    for (name, arguments) in ["a.idx", "b.idx"].into_iter().zip(sources) {
        let made = run(&stage, &[&["index", "jars", "-o", name], arguments].concat());
        assert_eq!(made.status, Some(0), "{}", made.stderr);
    }
    let read = |name: &str| fs::read(stage.path().join(name)).unwrap();
    assert_eq!(read("a.idx"), read("b.idx"));
}

#[test]
fn what_is_no_index_is_refused() {
    let stage = TemporaryDirectory::new();
    stage.write("cut.idx", "PLMJARIX");
    stage.write("bad.tsv", "# c\nnot a digest\ta:b:1\n");
    for path in ["cut.idx", "gone.idx"] {
        let outcome = run(&stage, &["scan", ".", "--jar-index", path]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(3), ""), "{}", outcome.stderr);
    }
    let outcome = run(&stage, &["index", "jars", "--table", "bad.tsv", "-o", "x.idx"]);
    assert_eq!(outcome.status, Some(3));
    assert!(outcome.stderr.contains("line 2: not a SHA-1"), "{}", outcome.stderr);
    assert!(!stage.path().join("x.idx").exists());
    assert_eq!(run(&stage, &["index", "jars", "-o", "x.idx"]).status, Some(2));
}
