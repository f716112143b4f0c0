//! Provenance among the files of gh, PyPI and sigstore-js: what it proves, by whose word.

use std::collections::BTreeMap;
use std::fs;

use plimsoll_tests::{note, shared};
use plimsoll_verify::{LogRule, read_evidence, verify_provenance};

use super::{expectation, files, roots};

/// Files with provenance that holds.
const HOLD: &[&str] = &[
    "gh/github_provenance_demo-0.0.12-py3-none-any-bundle.jsonl",
    "gh/reusable-workflow-attestation.sigstore.json",
    "gh/sigstore-js-2.1.0-bundle-v0.1.json",
    "gh/sigstore-js-2.1.0-bundle.json",
    "gh/sigstore-js-2.1.0_with_2_bundles.jsonl",
    "gh/custom-issuer.sigstore.json",
    "pypi/pypi_attestations-0.0.19.tar.gz.slsa.attestation",
];

/// What is no provenance, or is broken, proves nothing, whatever is expected.
#[test]
fn provenance_of_other_clients() {
    let Some(folder) = shared("conformance/slsa") else { return };
    let Some(roots) = roots() else { return };
    let (mut held, mut codes) = (Vec::new(), BTreeMap::new());
    for path in ["gh", "pypi", "sigstore-js-bundles"].iter().flat_map(|part| files(&folder.join(part))) {
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        let Ok(bytes) = fs::read(&path) else { continue };
        let Ok(evidence) = read_evidence(&bytes, &name) else { continue };
        let expected = evidence.iter().find_map(|piece| expectation(piece, LogRule::Required));
        let anything = || {
            HOLD.iter().find_map(|hold| {
                let evidence = read_evidence(&fs::read(folder.join(hold)).ok()?, hold).ok()?;
                evidence.iter().find_map(|piece| expectation(piece, LogRule::Required))
            })
        };
        let Some((subject, expected)) = expected.or_else(anything) else { panic!("{name}: nothing to expect") };
        let outcome = verify_provenance(&evidence, &subject, &expected, &roots);
        if outcome.is_proven() {
            held.push(name);
            continue;
        }
        for refusal in outcome.refused() {
            *codes.entry(refusal.code().to_string()).or_insert(0) += 1;
        }
    }
    note(&format!("{} files hold; refusals of the others: {codes:?}", held.len()));
    let mut wanted: Vec<&str> = HOLD.to_vec();
    wanted.sort_unstable();
    held.sort();
    assert_eq!(held, wanted);
    assert!(codes.values().sum::<i32>() >= 10, "{codes:?}");
}
