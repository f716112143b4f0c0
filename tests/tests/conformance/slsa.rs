//! Provenance of others: every case of slsa-verifier, by the program that takes its commands.
//!
//! Whether it verifies has to agree for every row. So does the reason, but for the rows that are named here.

mod unit;

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_tests::{Outcome, note, plimsoll, shared};
use rayon::prelude::*;

/// Rows that are refused for another reason than slsa-verifier's, and why.
const OTHER_REASONS: &[(&str, &str)] = &[
    // slsa-verifier asks the log first, which knows nothing of these two. Here the log is left away, as the suite asks for, and
    // the certificate turns out to be none of the instance: it is in no certificate log.
    ("ErrorRekorSearch", "ErrorInvalidCertificate"),
];
/// Rows that no command line can make: the reference leaves out flags that its own command line demands.
const WITHOUT_REASON: &[&str] = &["fail: gke, wrong key id"];

struct Row {
    id: String,
    name: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    is_ok: bool,
    class: String,
    /// Whether it brings no log entry, which has to be left away by name.
    is_bare: bool,
}

/// The rows as command lines, as the suite's own runner makes them.
fn rows(root: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(root.join("cases.tsv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines.map(|line| row(&names.iter().copied().zip(line.split('\t')).collect(), &root.join("slsa-verifier"))).collect()
}

fn row(cells: &BTreeMap<&str, &str>, evidence: &Path) -> Row {
    let beside = |name: &str| evidence.join(name).to_str().unwrap().to_owned();
    let mut arguments: Vec<String> = ["compat", "slsa-verifier", cells["command"]].map(str::to_owned).to_vec();
    for subject in cells["subject"].split_whitespace() {
        arguments.push(match subject.split_once(':') {
            Some(("ocilayout", layout)) => format!("oci-layout:{}", beside(layout)),
            Some(("oci", image)) => image.to_owned(),
            _ => subject.to_owned(),
        });
    }
    if !cells["provenance"].is_empty() {
        let flag = match cells["command"] {
            "verify-npm-package" => "--attestations-path",
            "verify-github-attestation" | "verify-vsa" => "--attestation-path",
            _ => "--provenance-path",
        };
        arguments.extend([flag.to_owned(), beside(cells["provenance"])]);
    }
    let mut is_path = false;
    for flag in words(cells["flags"]) {
        let names_path = flag == "--public-key-path";
        arguments.push(if is_path { beside(&flag) } else { flag });
        is_path = names_path;
    }
    let pair = |text: &str| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    Row {
        id: cells["id"].to_owned(),
        name: cells["test_name"].to_owned(),
        arguments,
        environment: cells["env"].split_whitespace().filter_map(pair).collect(),
        is_ok: cells["expected"] == "ok",
        class: cells["expected_error"].to_owned(),
        is_bare: cells["trust"] == "dsse+cert-no-tlog",
    }
}

/// The words of a command line, some of them in single quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), None::<String>, false);
    for character in line.chars() {
        match character {
            '\'' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            ' ' if !is_quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

fn run(row: &Row, more: &[&str]) -> Outcome {
    let arguments = row.arguments.iter().map(String::as_str).chain(more.iter().copied());
    let mut command = plimsoll(arguments);
    command.envs(row.environment.iter().map(|(name, value)| (name, value)));
    Outcome::from(command.output().unwrap())
}

/// What differs, if anything.
fn differs(row: &Row) -> Option<String> {
    let more: &[&str] = if row.is_bare { &["--insecure-ignore-tlog"] } else { &[] };
    let outcome = run(row, more);
    let last = outcome.stderr.lines().last().unwrap_or_default();
    let wanted = if row.is_ok { 0 } else { 1 };
    if outcome.status != Some(wanted) {
        return Some(format!("{} {}: exit {:?}, not {wanted}: {last}", row.id, row.name, outcome.status));
    }
    let class = last.rsplit_once('[').and_then(|(_, class)| class.strip_suffix(']')).unwrap_or_default();
    let is_known = WITHOUT_REASON.contains(&row.name.as_str()) || OTHER_REASONS.contains(&(row.class.as_str(), class));
    (class != row.class && !is_known).then(|| format!("{} {}: {class}, not {}: {last}", row.id, row.name, row.class))
}

#[test]
fn every_case_of_slsa_verifier() {
    let Some(root) = shared("conformance/slsa") else { return };
    let rows = rows(&root);
    let wrong: Vec<String> = rows.par_iter().filter_map(differs).collect();
    note(&format!("{} cases of slsa-verifier, {} wrong", rows.len(), wrong.len()));
    assert!(rows.len() == 2776 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Without a log entry nothing is proven, whatever else holds. One case in ten is enough for a test; the runner takes all.
#[test]
fn what_brings_no_log_entry_proves_nothing() {
    let Some(root) = shared("conformance/slsa") else { return };
    let rows: Vec<Row> = rows(&root).into_iter().filter(|row| row.is_bare && row.is_ok).step_by(10).collect();
    let wrong: Vec<&str> = rows
        .par_iter()
        .filter(|row| {
            let outcome = run(row, &[]);
            outcome.status != Some(1) || !outcome.stderr.contains("PLM-V0501")
        })
        .map(|row| row.id.as_str())
        .collect();
    assert!(rows.len() > 30 && wrong.is_empty(), "{wrong:?}");
}

/// What Google Cloud Build signs is in no log: its own keys are enough for our own command too, unless two logs are asked for.
#[test]
fn cloud_build_is_proven_without_a_log() {
    let Some(root) = shared("conformance/slsa/slsa-verifier/gcb_container/v0.3") else { return };
    let verify = |file: &str, source: &str, more: &[&str]| {
        let subject = "sha256:f472ca4b68898c951ac3b476cba919d0d56fca4ced631fabcead51e4b2b690e7";
        let mut command = plimsoll(["provenance", "verify", subject, "--source-repo", source, "--bundle"]);
        Outcome::from(command.arg(root.join(file)).args(more).output().unwrap())
    };
    let (good, source) = ("gcloud-container-github.json", "github.com/laurentsimon/gcb-tests");
    let proven = verify(good, source, &["--level", "3"]);
    assert_eq!(proven.status, Some(0), "{}", proven.stderr);
    let open = proven.stdout.lines().find(|line| line.trim_start().starts_with("not checked:")).unwrap_or_default();
    assert!(open.contains("log-entry") && open.contains("time"), "{}", proven.stdout);
    for (file, source, more, code) in [
        (good, "github.com/laurentsimon/other", &[][..], "PLM-V0805"),
        (good, source, &["--logs", "2"], "PLM-V05"),
        ("gcloud-container-invalid-signature-region.json", source, &[], "PLM-V02"),
    ] {
        let outcome = verify(file, source, more);
        assert!(outcome.status == Some(1) && outcome.stderr.contains(code), "{file}: {}", outcome.stderr);
    }
}
