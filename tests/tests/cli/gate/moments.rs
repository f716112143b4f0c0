//! When a rule denies, what is a failure, and where a workflow shows it.

use std::fs;

use plimsoll_tests::{Outcome, plimsoll};

use super::place::{Answer, Place};

const POLICY: &str = r#"version = 1
[roots.keys.release]
file = "release.pub"

[signed_by]
signer = [{ key = "release" }]
effective_on = 2026-12-01
"#;

fn unsigned() -> Place {
    let place = Place::bare();
    place.directory.write("policy.toml", POLICY);
    place.directory.write("app.tar.gz", "ship");
    place
}

fn verdict(answer: &Answer) -> (&str, Option<i32>) {
    (answer.verdict(), answer.status)
}

#[test]
fn a_rule_warns_before_its_day_and_denies_from_it_on() {
    let place = unsigned();
    for (at, expected) in [
        ("1970-01-01T00:00:00Z", ("warn", Some(0))),
        ("2026-11-30T23:59:59Z", ("warn", Some(0))),
        // The day begins in UTC.
        ("2026-12-01T00:30:00+01:00", ("warn", Some(0))),
        ("2026-12-01T00:00:00Z", ("deny", Some(1))),
        ("2999-01-01T00:00:00Z", ("deny", Some(1))),
    ] {
        let answer = place.ask("app.tar.gz", &["--at", at]);
        assert_eq!(verdict(&answer), expected, "{at}: {:#}", answer.report);
        assert_eq!(answer.codes(), ["PLM-G0101"].into(), "{at}");
        assert_eq!(answer.report["subjects"][0]["rules"][0]["effectiveOn"], "2026-12-01T00:00:00Z");
    }
    for wrong in ["yesterday", "2026-12-01"] {
        let outcome = place.run(&["gate", "app.tar.gz", "--policy", "policy.toml", "--at", wrong]);
        assert_eq!(outcome.status, Some(2), "{wrong}: {}", outcome.stderr);
    }
}

#[test]
fn a_warning_is_a_failure_where_that_is_said() {
    let place = unsigned();
    let before = ["--at", "2026-11-30T00:00:00Z"];
    assert_eq!(verdict(&place.ask("app.tar.gz", &before)), ("warn", Some(0)));
    assert_eq!(verdict(&place.ask("app.tar.gz", &[&before[..], &["--fail-on", "warn"]].concat())), ("warn", Some(1)));
    let wrong = place.run(&["gate", "app.tar.gz", "--policy", "policy.toml", "--fail-on", "pass"]);
    assert_eq!(wrong.status, Some(2));
    place.must(&["sign", "app.tar.gz", "--key", "release.key", "--no-tlog"]);
    place.ask("app.tar.gz", &[&before[..], &["--fail-on", "warn"]].concat()).passes();
    // A replay says whether the answer is the same, whatever it is.
    fs::remove_file(place.path("app.tar.gz.sigstore.json")).unwrap();
    place.ask("app.tar.gz", &["--keep", "kept", "--at", "2026-11-30T00:00:00Z"]);
    place.must(&["gate", "--replay", "kept"]);
}

#[test]
fn a_decision_of_the_past_is_made_by_what_was_signed_whenever() {
    // A key has no time of its own: what it signed counts at any.
    let place = unsigned();
    place.must(&["sign", "app.tar.gz", "--key", "release.key", "--no-tlog"]);
    for at in ["1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z"] {
        place.ask("app.tar.gz", &["--at", at]).passes();
    }
}

fn step(place: &Place, format: &str, summary: &str) -> Outcome {
    let mut command =
        plimsoll(["gate", "app.tar.gz", "--policy", "policy.toml", "--at", "2026-12-02T00:00:00Z", "--format", format]);
    command.current_dir(place.directory.path()).env("GITHUB_STEP_SUMMARY", summary);
    Outcome::from(command.output().unwrap())
}

#[test]
fn the_summary_of_a_step_is_for_workflows_alone() {
    let place = unsigned();
    for format in ["text", "json", "markdown", "sarif", "junit", "ocsf"] {
        assert_eq!(step(&place, format, "summary.md").status, Some(1));
        assert!(!place.path("summary.md").exists(), "{format}");
    }
    // It is made where it is not there, and added to at each step.
    for _ in 0..2 {
        assert_eq!(step(&place, "github", "summary.md").status, Some(1));
    }
    let summary = fs::read_to_string(place.path("summary.md")).unwrap();
    assert_eq!(summary.matches("## deny: app.tar.gz").count(), 2, "{summary}");
    assert!(summary.contains("| signed\\_by | denied | PLM-G0101 |"), "{summary}");
    // One that cannot be written is told, and lets nothing pass.
    fs::create_dir(place.path("directory")).unwrap();
    let outcome = step(&place, "github", "directory");
    assert!(outcome.status == Some(3) && outcome.stdout.contains("::error"), "{}{}", outcome.stdout, outcome.stderr);
    assert_eq!(step(&place, "github", "").status, Some(1));
}
