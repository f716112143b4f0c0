//! The shared hostile documents, on the commands that read documents: refused, in words, within the limits of each case.

use std::fs;
use std::process::Command;

use plimsoll_tests::{TemporaryDirectory, binary, note, shared};
use serde_json::Value;

use crate::suite::judge;

/// Nested too deep, entities in XML, two members of one name.
const CASES: &[&str] = &["sbom_deep", "sbom_xml_laughs", "sbom_dup_keys"];

/// What reads documents. What is wrong with one is the answer of `validate`, on stdout; the suite looks at stderr.
const COMMANDS: &[&str] = &[
    "sbom validate {path} 1>&2",
    "sbom convert {path} -o spdx-json={out}",
    "sbom convert {path} -o cyclonedx-json={out} --carry full --accept-loss",
    "sbom diff {path} {path} --format json > {out}",
    "sbom score {path} --format json > {out}",
];

#[test]
fn documents_are_refused() {
    let Some(script) = shared("hostile/make_hostile.py") else { return };
    let python = |arguments: &[&str]| {
        let output = Command::new("python3").arg(&script).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let directory = TemporaryDirectory::new();
    let (root, results) = (directory.path().join("cases"), directory.path().join("results.json"));
    let (root, results) = (root.to_str().unwrap(), results.to_str().unwrap());
    python(&[&["make", root], CASES].concat());
    let mut wrong = String::new();
    for command in COMMANDS {
        let line = format!("{} {command}", binary().display());
        python(&[&["run", root, results], CASES, &["--cmd", &line, "--timeout", "60"]].concat());
        let results: Value = serde_json::from_slice(&fs::read(results).unwrap()).unwrap();
        for result in results.as_array().unwrap() {
            // 1: not valid; 3: not read. Anything else was not refused for what it is.
            let refused = matches!(result["rc"].as_i64(), Some(1 | 3));
            if let (case, Some(fault)) = judge(result) {
                wrong += &format!("{command}: {case}: {fault}\n");
            } else if !refused {
                wrong += &format!("{command}: {}: status {}\n", result["case"], result["rc"]);
            }
        }
    }
    note(&format!("hostile documents: {} cases, {} commands", CASES.len(), COMMANDS.len()));
    assert!(wrong.is_empty(), "{wrong}");
}
