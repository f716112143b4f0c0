//! Rules in Rego in a program without them: they are never left out. With them: `crates/policy/src/gate/rules/rego/`.

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll};

const POLICY: &str =
    "version = 1\n[roots.sigstore]\ninstance = \"public-good\"\n[packages]\ndeny = [{ match = \"pkg:npm/x\" }]\n";
const RULES: &str = "package main\ndeny contains \"no\" if true\n";

fn gate(directory: &TemporaryDirectory, policy: &str, more: &[&str]) -> Outcome {
    let path = |name: &str| directory.path().join(name).display().to_string();
    let (subject, policy) = (path("app.tar.gz"), path(policy));
    let mut words = vec!["gate", subject.as_str(), "--policy", policy.as_str()];
    words.extend(more);
    Outcome::from(plimsoll(words).output().unwrap())
}

#[test]
fn without_the_feature_rules_are_refused_and_not_left_out() {
    let directory = TemporaryDirectory::new();
    directory.write("app.tar.gz", "ship");
    directory.write("policy.toml", POLICY);
    directory.write("rego.toml", format!("{POLICY}[rego]\nfiles = [\"rules/gate.rego\"]\n"));
    std::fs::create_dir_all(directory.path().join("rules")).unwrap();
    directory.write("rules/gate.rego", RULES);
    let rules = directory.path().join("rules").display().to_string();
    let file = directory.path().join("rules/gate.rego").display().to_string();
    for (policy, more) in [
        ("rego.toml", vec![]),
        ("policy.toml", vec!["--rego", rules.as_str()]),
        ("policy.toml", vec!["--rego", file.as_str()]),
    ] {
        let outcome = gate(&directory, policy, &more);
        assert_eq!(outcome.status, Some(2), "{policy} {more:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("the feature `rego`"), "{}", outcome.stderr);
        assert!(outcome.stdout.is_empty(), "{}", outcome.stdout);
    }
}

#[test]
fn a_directory_without_rules_is_refused() {
    let directory = TemporaryDirectory::new();
    directory.write("app.tar.gz", "ship");
    directory.write("policy.toml", POLICY);
    for name in ["empty", "tests"] {
        std::fs::create_dir_all(directory.path().join(name)).unwrap();
    }
    directory.write("tests/gate_test.rego", RULES);
    directory.write("tests/data.json", "{}");
    for name in ["empty", "tests"] {
        let path = directory.path().join(name).display().to_string();
        let outcome = gate(&directory, "policy.toml", &["--rego", &path]);
        assert_eq!(outcome.status, Some(2), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("it has no files in Rego"), "{}", outcome.stderr);
    }
}
