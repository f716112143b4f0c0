//! SBOMs that lie in what is scanned.

use std::fs;

use crate::run::{project, run_in};

#[test]
fn a_second_run_does_not_read_what_the_first_wrote() {
    let directory = project();
    let scan = || {
        let outcome = run_in(&directory, ["scan", ".", "-o", "cyclonedx-json=own.cdx.json"]);
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        fs::read_to_string(directory.path().join("own.cdx.json")).unwrap()
    };
    assert_eq!(scan(), scan());
}

#[test]
fn a_document_in_the_source_proves_nothing_about_itself() {
    let directory = project();
    let claim = r#"{ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
        { "type": "library", "name": "left-pad", "version": "1.3.0", "purl": "pkg:npm/left-pad@1.3.0" } ] }"#;
    directory.write("claim.cdx.json", claim);
    let listed = run_in(&directory, ["scan", ".", "-o", "purls"]);
    assert!(listed.stdout.contains("pkg:npm/left-pad@1.3.0"), "{}", listed.stdout);
    let checked =
        run_in(&directory, ["sbom", "check", "claim.cdx.json", "--against", ".", "--fail-on", "claimed-only"]);
    assert_eq!(checked.status, Some(1), "{}{}", checked.stdout, checked.stderr);
}
