//! `plimsoll audit` and `plimsoll inventory stats`.

mod vex;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll, workspace};
use serde_json::Value;

const AT: &str = "2026-06-01T00:00:00Z";

/// A machine with advisories, and nothing else of a user.
struct Machine(TemporaryDirectory);

impl Machine {
    fn new() -> Self {
        let machine = Self(TemporaryDirectory::new());
        let records = fs::read(workspace().join("testdata/audit/advisories.json")).unwrap();
        for record in serde_json::from_slice::<Vec<Value>>(&records).unwrap() {
            let name = format!("osv/{}.json", record["id"].as_str().unwrap());
            machine.0.write(name, record.to_string());
        }
        machine.0.write(
            "kev.json",
            r#"{"dateReleased": "2026-05-20T00:00:00Z", "vulnerabilities": [
            {"cveID": "CVE-2026-3", "dateAdded": "2026-05-10", "dueDate": "2026-05-31"}]}"#,
        );
        machine.0.write(
            "epss.csv",
            "#model_version:v1,score_date:2026-05-20T00:00:00+0000\ncve,epss,percentile\nCVE-2026-4,0.5,0.9\nCVE-2026-3,0.1,0.8\n",
        );
        let osv = machine.0.path().join("osv").display().to_string();
        let (kev, epss) = (machine.path("kev.json"), machine.path("epss.csv"));
        let outcome = machine.run(&["advisories", "import", &osv, &kev, &epss]);
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        machine
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let mut command = plimsoll(arguments);
        command.env("XDG_DATA_HOME", self.0.path().join("data"));
        for name in ["PLIMSOLL_ADVISORIES", "PLIMSOLL_STORE", "PLIMSOLL_VEX"] {
            command.env_remove(name);
        }
        Outcome::from(command.output().unwrap())
    }

    /// An audit at a time at which the advisories are twelve days old.
    fn audit(&self, arguments: &[&str]) -> Outcome {
        self.run(&[&["audit", "--at", AT, "--max-age", "30"], arguments].concat())
    }
}

fn sbom() -> String {
    let path: PathBuf = workspace().join("testdata/audit/small.cdx.json");
    path.display().to_string()
}

#[test]
fn attacks_first_and_out_of_what() {
    let machine = Machine::new();
    let outcome = machine.audit(&[&sbom()]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert!(lines[0].starts_with("SEVERITY") && lines[1].starts_with("MALICIOUS  "), "{}", outcome.stdout);
    assert!(
        outcome.stdout.contains("critical 10.0") && outcome.stdout.contains("10.0%  2026-05-10"),
        "{}",
        outcome.stdout
    );
    assert!(outcome.stdout.contains("through shiplog@1.0.0; matched by range; unsigned claim"), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("pkg:npm/stowaway@1.0.0 is MALICIOUS (MAL-2026-1)"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("9 of 12 components checked"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("no advisories cover them: cargo 1"), "{}", outcome.stderr);
    // The same bytes twice, in every format.
    for format in ["text", "json", "sarif", "cyclonedx", "junit", "markdown", "csv"] {
        let run = || machine.audit(&[&sbom(), "--format", format]).stdout;
        let first = run();
        assert!(first.contains("GHSA-mvn-1") && first == run(), "{format}: {first}");
    }
    let by_probability = machine.audit(&[&sbom(), "--format", "csv", "--sort", "epss"]).stdout;
    let order: Vec<&str> = by_probability.lines().skip(1).take(3).map(|line| line.split(',').nth(7).unwrap()).collect();
    assert_eq!(order, ["MAL-2026-1", "GHSA-mvn-1", "GO-2026-1"]);
}

#[test]
fn exit_statuses() {
    let machine = Machine::new();
    let status = |arguments: &[&str]| {
        let outcome = machine.audit(&[&[sbom().as_str()], arguments].concat());
        (outcome.status, outcome.stderr)
    };
    assert_eq!(status(&["--fail-on", "critical"]).0, Some(1));
    let (refused, stderr) = status(&["--fail-on", "kev"]);
    assert!(refused == Some(1) && stderr.contains("refused: malicious packages"), "{stderr}");
    assert_eq!(status(&["--fail-on", "hihg"]).0, Some(2));
    let old = machine.run(&["audit", &sbom(), "--at", AT]);
    assert!(old.status == Some(3) && old.stderr.contains("12 days old") && old.stdout.is_empty(), "{}", old.stderr);
    let none = machine.run(&["audit", &sbom(), "--advisories", &machine.path("nothing")]);
    assert!(none.status == Some(3) && none.stdout.is_empty(), "{}", none.stderr);
    assert_eq!(machine.audit(&[&machine.path("absent")]).status, Some(3));
    let policy =
        machine.0.write("policy.toml", "version = 1\n[vulnerabilities]\nfail_on = \"low\"\nmax_age_days = 3\n");
    let policy = policy.display().to_string();
    assert_eq!(machine.run(&["audit", &sbom(), "--at", AT, "--policy", &policy]).status, Some(3));
    assert_eq!(status(&["--policy", &policy]).0, Some(1));
    // Nothing is refused, and the document says that something is missing.
    let partial = machine.0.write(
        "partial.json",
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
        {"type": "library", "bom-ref": "a", "name": "a", "version": "1", "purl": "pkg:npm/a@1"}],
        "compositions": [{"aggregate": "incomplete", "assemblies": ["a"]}]}"#,
    );
    let partial = partial.display().to_string();
    assert_eq!(machine.audit(&[&partial]).status, Some(0));
    assert_eq!(machine.audit(&[&partial, "--fail-on", "any"]).status, Some(4));
    assert_eq!(machine.audit(&[&partial, "--fail-on", "any", "--allow-incomplete"]).status, Some(0));
}

#[test]
fn what_is_claimed_and_what_is_said() {
    let machine = Machine::new();
    let statement = r#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.example/1", "author": "Acme",
        "timestamp": "2026-01-01T00:00:00Z", "version": 1, "statements": [{"vulnerability": {"name": "CVE-2026-1"},
        "products": [{"@id": "pkg:npm/hull@1.0.0"}], "status": "not_affected",
        "justification": "vulnerable_code_not_present"}]}"#;
    let file = machine.0.write("vex.json", statement).display().to_string();
    let finding = |arguments: &[&str]| {
        let outcome = machine.audit(&[&[sbom().as_str(), "--format", "json", "--show-suppressed"], arguments].concat());
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let found = report["findings"].as_array().unwrap().iter().find(|found| found["name"] == "hull").cloned();
        (found.unwrap(), report["suppressed"].as_u64().unwrap())
    };
    let (claimed, suppressed) = finding(&["--vex", &file]);
    assert_eq!((claimed["state"].as_str(), suppressed), (Some("open"), 0));
    assert!(claimed["claims"][0].as_str().unwrap().starts_with("not_affected"), "{claimed}");
    machine.0.write("own/vex.json", statement);
    let (said, suppressed) = finding(&["--vex-dir", &machine.path("own")]);
    assert_eq!((said["state"].as_str(), suppressed), (Some("vexed"), 1));
    let hidden = machine.audit(&[&sbom(), "--vex-dir", &machine.path("own")]);
    assert!(!hidden.stdout.contains("GHSA-npm-1") && hidden.stderr.contains("1 suppressed"), "{}", hidden.stderr);
}

#[test]
fn a_directory_is_scanned() {
    let machine = Machine::new();
    machine.0.write(
        "project/package-lock.json",
        r#"{"name": "p", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "p", "version": "1.0.0",
        "dependencies": {"hull": "1.0.0"}}, "node_modules/hull": {"version": "1.0.0"}}}"#,
    );
    let outcome = machine.audit(&[&machine.path("project"), "--format", "csv"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("GHSA-npm-1") && outcome.stdout.contains(",observed,"), "{}", outcome.stdout);
}

#[test]
fn the_fleet_and_how_it_goes() {
    let machine = Machine::new();
    let missing = machine.audit(&["--fleet"]);
    assert!(missing.status == Some(3) && missing.stdout.is_empty(), "{}", missing.stderr);
    let added = machine.run(&["inventory", "add", &sbom(), "--team", "crew"]);
    assert_eq!(added.status, Some(0), "{}", added.stderr);
    let early = machine.run(&["inventory", "stats"]);
    assert!(early.status == Some(3) && early.stderr.contains("audit --fleet"), "{}", early.stderr);
    let first = machine.audit(&["--fleet", "--format", "json"]);
    assert_eq!(first.status, Some(0), "{}", first.stderr);
    let report: Value = serde_json::from_str(&first.stdout).unwrap();
    assert_eq!((report["findings"].as_array().unwrap().len(), &report["events"]["opened"]), (8, &Value::from(8)));
    assert_eq!(report["findings"][0]["kind"], "malicious");
    assert_eq!(report["findings"][0]["team"], "crew");
    // What is said of one document is said of the fleet.
    let own = |report: &Value, key: &str| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|found| (found["advisory"].to_string(), found[key].to_string())).collect::<BTreeSet<_>>()
    };
    let alone: Value = serde_json::from_str(&machine.audit(&[&sbom(), "--format", "json"]).stdout).unwrap();
    for key in ["component", "score", "vector", "summary", "certain", "fixed", "knownExploitedSince"] {
        assert_eq!(own(&report, key), own(&alone, key), "{key}");
    }
    assert_eq!(report["components"], alone["components"]);
    let log = report["findings"].as_array().unwrap().iter().find(|found| found["name"] == "org.example/log-core");
    assert_eq!(log.unwrap()["path"], serde_json::json!(["example/shiplog@1.0.0"]));
    assert!(first.stderr.contains("9 of 12 distinct components checked"), "{}", first.stderr);
    assert!(first.stderr.contains("no advisories cover them: cargo 1"), "{}", first.stderr);
    let again = machine.audit(&["--fleet", "--fail-on", "critical"]);
    assert!(again.status == Some(1) && again.stderr.contains("nothing changed"), "{}", again.stderr);
    let stats = machine.run(&["inventory", "stats", "--from", "2026-05-25", "--to", "2026-06-08", "--format", "csv"]);
    let crew = "2026-05-25T00:00:00Z,2026-06-08T00:00:00Z,crew,8,0,8,,,168\r\n";
    assert!(stats.stdout.ends_with(crew), "{}{}", stats.stdout, stats.stderr);
}

#[test]
fn names_are_only_names() {
    let machine = Machine::new();
    let hostile = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {"type": "application",
        "bom-ref": "r", "name": "x"}}, "components": [{"type": "library", "bom-ref": "\u001b]0;x\u0007<script>",
        "name": "=cmd|' /C calc'!A0\u001b[2J|<img src=x>", "version": "1.0.0", "purl": "pkg:npm/hull@1.0.0"}]}"#;
    let path = machine.0.write("hostile.json", hostile).display().to_string();
    for format in ["text", "json", "sarif", "cyclonedx", "junit", "markdown", "csv"] {
        let outcome = machine.audit(&[&path, "--format", format]);
        assert_eq!(outcome.status, Some(0), "{format}: {}", outcome.stderr);
        let raw = |text: &str| text.contains(['\u{1b}', '\u{7}']);
        assert!(!raw(&outcome.stdout) && !raw(&outcome.stderr), "{format}: {}", outcome.stdout);
        assert!(outcome.stdout.contains("GHSA-npm-1"), "{format}");
        match format {
            "csv" => assert!(outcome.stdout.contains(",'=cmd|"), "{}", outcome.stdout),
            "junit" | "markdown" => assert!(!outcome.stdout.contains("<img"), "{}", outcome.stdout),
            _ => {}
        }
    }
}

#[test]
fn another_version_that_cannot_be_compared_is_told_too() {
    let machine = Machine::new();
    let path = machine.0.write(
        "two.cdx.json",
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {"type": "application",
        "bom-ref": "r", "name": "two", "version": "1"}}, "components": [
        {"type": "library", "bom-ref": "a", "name": "hull", "version": "1.0.0", "purl": "pkg:npm/hull@1.0.0"},
        {"type": "library", "bom-ref": "b", "name": "hull", "purl": "pkg:npm/hull"}]}"#,
    );
    let added = machine.run(&["inventory", "add", &path.display().to_string()]);
    assert_eq!(added.status, Some(0), "{}", added.stderr);
    let outcome = machine.audit(&["--fleet", "--format", "json"]);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let of_hull = report["findings"].as_array().unwrap().iter().filter(|found| found["name"] == "hull");
    let certain: BTreeSet<bool> = of_hull.map(|found| found["certain"].as_bool().unwrap()).collect();
    assert_eq!(certain, BTreeSet::from([false, true]), "{}", outcome.stdout);
}

#[test]
fn the_oldest_feed_that_is_needed_counts() {
    let machine = Machine::new();
    machine.0.write(
        "new.json",
        r#"{"id": "RUSTSEC-2026-1", "modified": "2026-05-31T00:00:00Z", "affected": [{"package": {"ecosystem":
        "crates.io", "name": "keelson"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]}]}"#,
    );
    let imported = machine.run(&["advisories", "import", &machine.path("new.json")]);
    assert_eq!(imported.status, Some(0), "{}", imported.stderr);
    let old = machine.run(&["audit", &sbom(), "--at", AT]);
    assert!(old.status == Some(3) && old.stderr.contains("12 days old") && old.stdout.is_empty(), "{}", old.stderr);
    let rust = machine.0.write(
        "rust.cdx.json",
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
        {"type": "library", "name": "keelson", "version": "1.0.0", "purl": "pkg:cargo/keelson@1.0.0"}]}"#,
    );
    let new = machine.run(&["audit", &rust.display().to_string(), "--at", AT]);
    assert!(new.status == Some(0) && new.stderr.contains("advisories of 2026-05-31"), "{}", new.stderr);
}

#[test]
fn nothing_found_is_said_once_and_weaknesses_are_told() {
    let machine = Machine::new();
    let clean = machine.0.write("clean.json", r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}"#);
    let outcome = machine.audit(&[&clean.display().to_string()]);
    assert!(outcome.stdout.is_empty() && outcome.stderr.matches("0 findings").count() == 1, "{}", outcome.stderr);
    machine.0.write(
        "cwe.json",
        r#"{"id": "GHSA-cwe", "modified": "2026-05-20T00:00:00Z", "database_specific": {"cwe_ids": ["CWE-79"]},
        "affected": [{"package": {"ecosystem": "npm", "name": "hull"}, "versions": ["1.0.0"]}]}"#,
    );
    let imported = machine.run(&["advisories", "import", &machine.path("cwe.json")]);
    assert_eq!(imported.status, Some(0), "{}", imported.stderr);
    let report = machine.audit(&[&sbom(), "--format", "cyclonedx"]).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    let told = report["vulnerabilities"].as_array().unwrap().iter().find(|told| told["id"] == "GHSA-cwe").unwrap();
    assert_eq!(told["cwes"], serde_json::json!([79]));
}

#[test]
fn the_same_advisories_are_the_same_bytes() {
    let machine = Machine::new();
    let bytes = |name: &str, epoch: Option<&str>| {
        let mut command = plimsoll(["advisories", "import", &machine.path("osv"), "--advisories", &machine.path(name)]);
        command.envs(epoch.map(|epoch| ("SOURCE_DATE_EPOCH", epoch)));
        assert!(command.output().unwrap().status.success());
        fs::read(machine.path(name)).unwrap()
    };
    let first = bytes("first", None);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(first == bytes("second", None));
    assert!(
        first != bytes("third", Some("1700000000"))
            && bytes("third", Some("1700000000")) == bytes("fourth", Some("1700000000"))
    );
}
