//! Advisories on this machine: from files, from a server on this machine, to a file and back.

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use plimsoll_advisory::{Snapshot, SnapshotError, Target};
use plimsoll_tests::{AnswerServer, Outcome, TemporaryDirectory, note, plimsoll, shared, workspace, zip};
use serde_json::Value;

use crate::run::run_in;

const RECORD: &str = r#"{"id": "ACME-1", "aliases": ["CVE-2026-1000"], "modified": "2026-01-01T00:00:00Z",
    "summary": "A fault \u001b[2J", "affected": [{"package": {"ecosystem": "npm", "name": "harbour"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.0"}]}]}]}"#;
const KEV: &str = r#"{"catalogVersion": "1", "dateReleased": "2026-01-01T00:00:00Z", "vulnerabilities":
    [{"cveID": "CVE-2026-1000", "dateAdded": "2026-01-02", "dueDate": "2026-01-20", "knownRansomwareCampaignUse": "Known"}]}"#;
const EPSS: &str = "#score_date:2026-01-01T00:00:00Z\ncve,epss,percentile\nCVE-2026-1000,0.5,0.9\n";

fn record(id: &str, modified: &str) -> String {
    RECORD.replace("ACME-1", id).replace("2026-01-01T00:00:00Z", modified)
}

/// Runs a command of the store `a.db` in a directory.
fn run(directory: &TemporaryDirectory, arguments: &[&str]) -> Outcome {
    let (command, rest) = arguments.split_first().unwrap();
    run_in(directory, [&["advisories", command, "--advisories", "a.db"], rest].concat())
}

fn json(directory: &TemporaryDirectory, arguments: &[&str]) -> Value {
    let outcome = run(directory, &[arguments, &["--format", "json"]].concat());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn what_is_not_there_is_said() {
    let directory = TemporaryDirectory::new();
    for command in [&["status"][..], &["show", "CVE-1"], &["export", "-o", "x"]] {
        let outcome = run(&directory, command);
        assert_eq!(outcome.status, Some(3), "{command:?}");
        assert!(outcome.stderr.contains("plimsoll advisories update"), "{}", outcome.stderr);
    }
    // No home and no directory of data: never the working directory.
    assert_eq!(run_in(&directory, ["advisories", "status"]).status, Some(2));
    directory.write("x.json", "{}");
    let outcome = run(&directory, &["import", "x.json"]);
    assert_eq!(outcome.status, Some(3), "{}", outcome.stderr);
    assert!(!directory.path().join("a.db").exists());
}

#[test]
fn from_files() {
    let directory = TemporaryDirectory::new();
    directory
        .write("dumps/npm/all.zip", zip(&[("ACME-1.json", RECORD.as_bytes()), ("bad.json", b"{"), ("x.txt", b"")]));
    directory.write("dumps/more/ACME-2.json", record("ACME-2", "2026-02-01T00:00:00Z"));
    directory.write("kev.json", KEV);
    directory.write("epss.csv", EPSS);
    let report = json(&directory, &["import", "dumps", "kev.json", "epss.csv"]);
    let numbers = |report: &Value| {
        ["read", "refused", "exploited", "probabilities", "advisories"].map(|key| report[key].as_u64().unwrap())
    };
    assert_eq!(numbers(&report), [2, 1, 1, 1, 2]);
    let status = json(&directory, &["status"]);
    assert_eq!(status["asOf"], "2026-02-01T00:00:00Z");
    assert_eq!(status["digest"], report["digest"]);
    let names: Vec<_> =
        status["feeds"].as_array().unwrap().iter().map(|feed| feed["ecosystem"].as_str().unwrap()).collect();
    assert_eq!(names, ["EPSS", "KEV", "npm"]);
    assert_eq!(run(&directory, &["status", "--max-age", "1"]).status, Some(3));
    assert_eq!(run(&directory, &["status", "--max-age", "100000"]).status, Some(0));

    let shown = run(&directory, &["show", "CVE-2026-1000"]);
    assert_eq!(shown.status, Some(0));
    assert!(
        shown.stdout.contains("fixed in 1.2.0") && shown.stdout.contains("also for ransomware"),
        "{}",
        shown.stdout
    );
    assert!(!shown.stdout.contains('\u{1b}'));
    let shown = json(&directory, &["show", "ACME-1"]);
    assert_eq!(shown["advisories"][0]["affected"][0]["vers"], "vers:npm/<1.2.0");
    assert_eq!(run(&directory, &["show", "CVE-1"]).status, Some(1));

    // The order of the files does not matter, nor do doubles.
    let first = fs::read(directory.path().join("a.db")).unwrap();
    let digest = json(&directory, &["import", "--replace", "epss.csv", "dumps/more", "kev.json", "dumps/npm", "dumps"]);
    let second = fs::read(directory.path().join("a.db")).unwrap();
    assert_eq!(first.len(), second.len());
    assert_eq!(digest["advisories"], 2);
    json(&directory, &["import", "dumps", "--as-of", "2026-03-01T00:00:00Z"]);
    assert_eq!(json(&directory, &["status"])["asOf"], "2026-03-01T00:00:00Z");
}

#[test]
fn own_advisories() {
    let directory = TemporaryDirectory::new();
    directory.write("own.json", RECORD);
    assert_eq!(json(&directory, &["add", "own.json"])["advisories"], 1);
    // What is added by hand counts, however old it says it is.
    directory.write("own.json", record("ACME-1", "2020-01-01T00:00:00Z").replace("1.2.0", "1.3.0"));
    json(&directory, &["add", "own.json"]);
    let shown = json(&directory, &["show", "ACME-1"]);
    assert_eq!(shown["advisories"][0]["affected"][0]["ranges"][0]["events"][1]["fixed"], "1.3.0");
    directory.write("own.json", RECORD.replace("\"fixed\"", "\"fiksed\""));
    let outcome = run(&directory, &["add", "own.json"]);
    assert_eq!(outcome.status, Some(3), "{}", outcome.stderr);
}

#[test]
fn across_an_air_gap() {
    let (here, there) = (TemporaryDirectory::new(), TemporaryDirectory::new());
    here.write("own.json", RECORD);
    let report = json(&here, &["add", "own.json"]);
    let file = there.path().join("carried").display().to_string();
    assert_eq!(run(&here, &["export", "-o", &file]).status, Some(0));
    let wrong = run(&there, &["import", &file, "--digest", "sha256:00"]);
    assert_eq!(wrong.status, Some(3), "{}", wrong.stderr);
    let taken = json(&there, &["import", &file, "--digest", report["digest"].as_str().unwrap()]);
    assert_eq!((&taken["digest"], &taken["advisories"]), (&report["digest"], &report["advisories"]));
    assert_eq!(fs::read(here.path().join("a.db")).unwrap(), fs::read(there.path().join("a.db")).unwrap());
    there.write("pw", "pw");
    let made = run_in(&there, ["keys", "generate", "-o", "k", "--password-file", "pw"]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let unsigned = run(&there, &["import", &file, "--key", "k.pub", "--no-tlog"]);
    assert_eq!(unsigned.status, Some(3), "{}", unsigned.stderr);
    let signed = run_in(&there, ["sign", &file, "--key", "k.key", "--password-file", "pw", "--no-tlog"]);
    assert_eq!(signed.status, Some(0), "{}", signed.stderr);
    json(&there, &["import", &file, "--key", "k.pub", "--no-tlog"]);
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 1;
    fs::write(&file, bytes).unwrap();
    let damaged = run(&there, &["import", &file]);
    assert_eq!(damaged.status, Some(3));
    assert!(damaged.stderr.contains("damaged"), "{}", damaged.stderr);
}

#[test]
fn from_a_server() {
    let directory = TemporaryDirectory::new();
    let answers = |changed: &str, more: &[(&str, &str)]| {
        let mut answers = vec![
            ("/osv/ecosystems.txt".to_owned(), (200, b"npm\nAzure Linux:3\nAzure Linux\n".to_vec())),
            ("/osv/npm/all.zip".to_owned(), (200, zip(&[("ACME-1.json", RECORD.as_bytes())]))),
            ("/osv/Azure%20Linux/all.zip".to_owned(), (200, zip(&[]))),
            ("/osv/npm/modified_id.csv".to_owned(), (200, changed.as_bytes().to_vec())),
            ("/kev.json".to_owned(), (200, KEV.as_bytes().to_vec())),
            ("/epss.csv".to_owned(), (200, EPSS.as_bytes().to_vec())),
        ];
        answers.extend(more.iter().map(|(path, body)| ((*path).to_owned(), (200, body.as_bytes().to_vec()))));
        AnswerServer::of_bytes(answers)
    };
    let update = |server: &AnswerServer, more: &[&str]| {
        let at = |path: &str| format!("{}{path}", server.url());
        let (from, kev, epss) = (at("/osv"), at("/kev.json"), at("/epss.csv"));
        run(
            &directory,
            &[&["update", "--from", &from, "--kev", &kev, "--epss", &epss, "--retries", "0"], more].concat(),
        )
    };
    let server = answers("", &[]);
    let first = update(&server, &[]);
    assert_eq!(first.status, Some(0), "{}", first.stderr);
    assert!(first.stderr.contains("1 advisories"), "{}", first.stderr);
    assert_eq!(run(&directory, &["status", "--max-age", "1"]).status, Some(0));

    // Only what is newer is asked for: the server has no other record, and none of the dump any more.
    let list = "2026-03-01T00:00:00.5Z,ACME-2\n2026-01-01T00:00:00.9Z,ACME-1\n";
    let newer = record("ACME-2", "2026-03-01T00:00:00Z");
    let server = answers(list, &[("/osv/npm/ACME-2.json", &newer), ("/osv/npm/all.zip", "")]);
    let second = update(&server, &["--ecosystem", "npm"]);
    assert_eq!(second.status, Some(0), "{}", second.stderr);
    assert_eq!(json(&directory, &["status"])["advisories"], 2);

    // What cannot be had leaves the rest as it was, and the status says so.
    let third = update(&server, &["--ecosystem", "PyPI", "--ecosystem", "npm"]);
    assert_eq!(third.status, Some(3));
    assert!(third.stderr.contains("PyPI is as old as before"), "{}", third.stderr);
    assert_eq!(json(&directory, &["status"])["advisories"], 2);
    let mut offline = plimsoll(["--offline", "advisories", "update", "--advisories", "a.db"]);
    assert_eq!(Outcome::from(offline.current_dir(directory.path()).output().unwrap()).status, Some(2));
}

/// What is checked by hand holds for what is published, too.
#[test]
fn real_advisories() {
    let Some(dumps) = shared("advisories") else { return };
    let directory = TemporaryDirectory::new();
    let started = Instant::now();
    let report = json(&directory, &["import", dumps.to_str().unwrap()]);
    note(&format!("{} advisories imported in {:?}", report["advisories"], started.elapsed()));
    assert!(report["advisories"].as_u64().unwrap() > 8000 && report["refused"] == 0, "{report}");
    let snapshot = Snapshot::open(directory.path().join("a.db")).unwrap();
    let cases = fs::read_to_string(workspace().join("testdata/advisory/cases.tsv")).unwrap();
    let mut asked = 0;
    for case in cases.lines().skip(1) {
        let [purl, id, expected, _] = case.split('\t').collect::<Vec<_>>()[..] else { panic!("{case}") };
        if snapshot.record(id).unwrap().is_none() {
            continue;
        }
        asked += 1;
        let found = snapshot.matches(&[Target::parse(purl).unwrap()]).unwrap();
        let state = found[0].matches.iter().find(|found| found.id == id).map_or("absent", |found| found.state.as_str());
        assert_eq!(state, expected, "{case}");
    }
    assert!(asked > 50, "{asked}");

    let mut names = BTreeSet::new();
    let each = |ecosystem: &str, name: &str, _: &str| {
        let kind = match ecosystem {
            "Go" => "golang",
            "PyPI" => "pypi",
            _ => "cargo",
        };
        names.insert(format!("pkg:{kind}/{name}"));
        Ok::<_, SnapshotError>(())
    };
    snapshot.each_package(each).unwrap();
    let purls = names.iter().flat_map(|name| ["1.2.3", "0.3.0"].map(|version| format!("{name}@{version}")));
    let targets: Vec<_> = purls.filter_map(|purl| Target::parse(&purl).ok()).take(5000).collect();
    let started = Instant::now();
    let found = snapshot.matches(&targets).unwrap();
    let affected: usize = found.iter().map(|found| found.affected().count()).sum();
    note(&format!("{} components matched in {:?}: {affected} affected", targets.len(), started.elapsed()));
    assert!(affected > 1000);
}
