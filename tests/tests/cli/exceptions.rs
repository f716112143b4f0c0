//! `plimsoll exceptions`.

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll};
use serde_json::Value;

const EXCEPTIONS: &str = r#"version = 1

[[exception]]
id = "EX-1"
scope = "pkg:npm/left-pad@1.3.0"
rule = "vulnerabilities.found"
reason = "the next release drops it"
owner = "quay@acme.example"
approver = "security@acme.example"
created = 2026-11-01
expires = 2026-12-10

[[exception]]
id = "EX-2"
scope = "file:app-*.tar.gz"
rule = "age.too-new"
reason = "an urgent fix"
owner = "quay@acme.example"
approver = "quay@acme.example"
created = 2026-10-01
expires = 2026-10-31
"#;

const POLICY: &str = r#"version = 1
[exceptions]
file = "exceptions.toml"
max_days = 30
approvers = ["security@acme.example"]
"#;

fn run(directory: &TemporaryDirectory, words: &[&str]) -> Outcome {
    Outcome::from(
        plimsoll(words).args(["--at", "2026-11-22T00:00:00Z"]).current_dir(directory.path()).output().unwrap(),
    )
}

#[test]
fn states_and_findings() {
    let directory = TemporaryDirectory::new();
    directory.write("exceptions.toml", EXCEPTIONS);
    directory.write("policy.toml", POLICY);

    let listed = run(&directory, &["exceptions", "list", "exceptions.toml"]);
    assert_eq!(listed.status, Some(0), "{}", listed.stderr);
    assert!(listed.stdout.contains("EX-1  live, 19 days left"), "{}", listed.stdout);
    assert!(listed.stdout.contains("EX-2  expired, over for 21 days"), "{}", listed.stdout);

    // The policy ends the first one sooner.
    let listed = run(&directory, &["exceptions", "list", "--policy", "policy.toml", "--format", "json"]);
    let report: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(report["exceptions"][0]["daysLeft"], 9, "{report:#}");
    let near = run(&directory, &["exceptions", "list", "--policy", "policy.toml", "--within", "5"]);
    assert!(!near.stdout.contains("EX-1") && near.stdout.contains("EX-2"), "{}", near.stdout);

    let checked = run(&directory, &["exceptions", "check", "--policy", "policy.toml"]);
    assert_eq!(checked.status, Some(1));
    for told in ["EX-1 ends at", "EX-2 expired", "EX-2 was approved by quay@acme.example, who may not"] {
        assert!(checked.stdout.contains(told), "{told}: {}", checked.stdout);
    }
    assert!(!checked.stdout.contains("excused nothing"), "{}", checked.stdout);
}

#[test]
fn nothing_wrong_is_status_0() {
    let directory = TemporaryDirectory::new();
    directory.write("exceptions.toml", EXCEPTIONS.split("\n[[exception]]\nid = \"EX-2\"").next().unwrap());
    let checked = run(&directory, &["exceptions", "check", "exceptions.toml"]);
    assert_eq!((checked.status, checked.stdout.as_str()), (Some(0), ""), "{}", checked.stderr);
    let nameless = run(&directory, &["exceptions", "check"]);
    assert_eq!(nameless.status, Some(2));
}
