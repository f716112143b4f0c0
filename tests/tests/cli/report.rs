//! `plimsoll report`: the same bytes each time, and commands that give what it says.

use std::fs;
use std::path::Path;

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll, workspace};
use serde_json::Value;

const AT: &str = "2026-11-22T20:00:00Z";

fn run(directory: &Path, arguments: &[&str]) -> Outcome {
    Outcome::from(plimsoll(arguments).current_dir(directory).output().unwrap())
}

/// A copy of an artifact with proven provenance, and of the policy that it satisfies.
fn place() -> TemporaryDirectory {
    let place = TemporaryDirectory::new();
    for entry in fs::read_dir(workspace().join("testdata/policy/tour")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), place.path().join(entry.file_name())).unwrap();
    }
    place
}

fn report(directory: &Path, policy: &str) -> Value {
    let arguments = ["report", "harbour-2.4.0.tar.gz", "--policy", policy, "--at", AT, "--vex-dir", "vex"];
    let outcome = run(directory, &[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn twice_is_the_same_bytes() {
    let place = place();
    let write = |number: u8| {
        let names = ["html", "md", "json"].map(|ending| format!("{number}.{ending}"));
        let mut arguments =
            vec!["report", "harbour-2.4.0.tar.gz", "--policy", "policy.toml", "--at", AT, "--vex-dir", "vex"];
        names.iter().for_each(|name| arguments.extend(["-o", name]));
        let outcome = run(place.path(), &arguments);
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        names.map(|name| fs::read(place.path().join(name)).unwrap())
    };
    let (first, second) = (write(1), write(2));
    assert_eq!(first, second);
    let html = String::from_utf8_lossy(&first[0]).into_owned();
    assert!(!html.contains("<script") && !html.contains("src="), "it needs nothing else");
    assert!(html.contains("default-src &#39;none&#39;") || html.contains("default-src 'none'"), "{html}");
}

#[test]
fn what_it_says_can_be_had_again() {
    let place = place();
    fs::write(
        place.path().join("refusing.toml"),
        format!(
            "{}\n[signed_by]\nsigner = {{ issuer = \"https://issuer.example\", san = \"nobody\" }}\n",
            fs::read_to_string(place.path().join("policy.toml")).unwrap()
        ),
    )
    .unwrap();
    for (policy, verdict) in [("policy.toml", "pass"), ("refusing.toml", "deny")] {
        let report = report(place.path(), policy);
        assert_eq!(report["verdict"], verdict, "{report:#}");
        let commands = report["reproduce"].as_array().unwrap();
        assert!(commands.len() >= 3);
        for command in commands {
            let words: Vec<&str> = command["command"].as_str().unwrap().split(' ').skip(1).collect();
            let outcome = run(place.path(), &words);
            assert_eq!(outcome.status.map(i64::from), command["status"].as_i64(), "{words:?}: {}", outcome.stderr);
            if words[0] == "report" {
                assert_eq!(serde_json::from_str::<Value>(&outcome.stdout).unwrap(), report);
            }
            if words[0] == "gate" {
                assert!(outcome.stdout.starts_with(&verdict.to_uppercase()), "{}", outcome.stdout);
            }
        }
    }
}

#[test]
fn a_control_without_evidence_says_so() {
    let report = report(place().path(), "policy.toml");
    let frameworks = report["compliance"].as_array().unwrap();
    let find = |framework: &str, id: &str| {
        let of = frameworks.iter().find(|one| one["id"] == framework).unwrap();
        let control = of["controls"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
        control["standing"].as_str().unwrap().to_owned()
    };
    assert_eq!(find("slsa", "Build L2"), "shown");
    assert_eq!(find("slsa", "Build L3"), "contrary");
    assert_eq!(find("nist-ssdf", "PS.3.2"), "partial");
    assert_eq!(find("pci-dss-4", "6.3.2"), "no evidence");
    assert_eq!(find("nist-800-53", "SR-6"), "out of scope");
    let levels = report["levels"].as_array().unwrap();
    assert_eq!(levels[0], "SLSA_BUILD_LEVEL_2");
    let inputs = report["inputs"].as_array().unwrap();
    for role in ["artifact", "evidence", "policy", "trusted-root"] {
        assert!(inputs.iter().any(|input| input["role"] == role), "{role}");
    }
}
