//! The shared hostile cases, on the binary, with the limits on time, memory and disk that each case sets.
//!
//! Runs under `PLIMSOLL_HOSTILE=1` (all but the heavy cases) or `all`. What does not pass yet is in
//! `tests/hostile/known.toml` with its reason; that list only shrinks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use plimsoll_tests::{TemporaryDirectory, binary, note, shared};
use serde_json::Value;

const KNOWN: &str = include_str!("../../hostile/known.toml");

/// Cases that take long to make: they run under `PLIMSOLL_HOSTILE=all` only.
const HEAVY: &[&str] = &[
    "img_dpkg_huge",
    "img_layer_bomb",
    "img_tar_1e6",
    "img_zstd_window",
    "lock_200mb",
    "many_files_200k",
    "zip_bomb_nested_jar",
];

/// `case = "reason"`, one a line.
fn known() -> BTreeMap<&'static str, &'static str> {
    let entries = KNOWN.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    entries.map(|(case, reason)| (case.trim(), reason.trim().trim_matches('"'))).collect()
}

#[test]
fn suite() {
    let Ok(which) = std::env::var("PLIMSOLL_HOSTILE") else {
        return note("PLIMSOLL_HOSTILE is not set: the hostile suite is skipped");
    };
    let Some(script) = shared("hostile/make_hostile.py") else { return };
    let python = |arguments: &[&str]| {
        let output = Command::new("python3").arg(&script).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let listed = python(&["list"]);
    let cases: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|case| which == "all" || !HEAVY.contains(case))
        .collect();
    let directory = TemporaryDirectory::new();
    let root = directory.path().join("cases");
    let results = directory.path().join("results.json");
    let command = format!("{} scan {{scheme}}:{{path}} -o cyclonedx-json={{out}}", binary().display());
    let mut verdicts = Vec::new();
    // One at a time: some are large.
    for case in &cases {
        let (root, results) = (root.to_str().unwrap(), results.to_str().unwrap());
        python(&["make", root, case]);
        python(&["run", root, results, case, "--cmd", &command, "--timeout", "60", "--src-map", "oci-dir=oci-layout"]);
        let result: Value = serde_json::from_slice(&fs::read(results).unwrap()).unwrap();
        verdicts.extend(result.as_array().unwrap().iter().map(judge));
        drop(fs::remove_dir_all(format!("{root}/{case}")));
    }
    report(&verdicts);
}

/// A case and what is wrong with it; nothing when it passes.
pub(crate) fn judge(result: &Value) -> (String, Option<String>) {
    let case = result["case"].as_str().unwrap().to_owned();
    let over = result["over_budget"].as_array().is_none_or(|over| !over.is_empty());
    let silent = result["diag_expected"] == true && result["diag_seen"] == false;
    let control = result["ctrl_bytes"].as_u64() != Some(0);
    if result["correct"] == true && !over && !silent && !control {
        return (case, None);
    }
    let facts = [
        "rc",
        "timed_out",
        "missing",
        "forbidden",
        "wrote_outside",
        "over_budget",
        "diag_seen",
        "ctrl_bytes",
        "stderr",
    ];
    let facts: Vec<String> = facts.iter().map(|name| format!("{name}: {}", result[*name])).collect();
    (case, Some(facts.join("; ")))
}

fn report(verdicts: &[(String, Option<String>)]) {
    let known = known();
    let mut new = String::new();
    for (case, fault) in verdicts {
        match fault {
            Some(fault) if !known.contains_key(case.as_str()) => new += &format!("{case}: {fault}\n"),
            _ => {}
        }
    }
    let passing: BTreeSet<&str> =
        verdicts.iter().filter(|(_, fault)| fault.is_none()).map(|(case, _)| case.as_str()).collect();
    let stale: Vec<_> = known.keys().filter(|case| passing.contains(**case)).collect();
    note(&format!("hostile suite: {} of {} pass", passing.len(), verdicts.len()));
    assert!(new.is_empty(), "hostile cases that fail:\n{new}");
    assert!(stale.is_empty(), "these pass now, take them off the list: {stale:?}");
}
