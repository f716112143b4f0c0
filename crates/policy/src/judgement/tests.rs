//! Decisions, each by a whole policy over signed evidence.

mod evidence;
mod expectations;
mod states;

use std::collections::BTreeMap;

use evidence::{Case, Key, Keys, predicate};
use serde_json::json;

/// Decides many cases with the same keys and tells all that came out otherwise.
fn decide(cases: Vec<Case>) {
    let keys = Keys::new();
    let mut wrong = BTreeMap::new();
    let mut names = std::collections::BTreeSet::new();
    for case in &cases {
        assert!(names.insert(case.name.clone()), "{} is there twice", case.name);
        let found = case.decide(&keys);
        if found != case.expected {
            wrong.insert(&case.name, (&case.expected, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn several_expectations_have_to_hold_all() {
    let second = "\n[[expect]]\nmatch = \"file:app-*\"\nsource = \"github.com/acme/app\"\nmin_build_level = 2\n";
    let elsewhere = second.replace("app-*", "other-*");
    decide(vec![
        Case::new("both hold", second.replace("= 2", "= 1"), "passed"),
        Case::new("the second does not", second, "PLM-V0815"),
        Case::new("the second is of another artifact", &elsewhere, "passed"),
        Case::new("none names it", "", "unnamed").named("file:other"),
        Case::new("by its digest", "", "unnamed").named("file:other").named("pkg:npm/app@1"),
    ]);
}

#[test]
fn builders_are_counted_without_their_versions() {
    let threshold = "threshold = 2\n";
    let by = |key: Key, id: &str| {
        let mut predicate = predicate();
        predicate["builder"]["id"] = json!(id);
        (key, predicate)
    };
    let other = by(Key::Other, "https://other.example/builder@v1");
    let second = by(Key::Release, "https://build.acme.example/desk@v2");
    decide(vec![
        Case::new("threshold: one", threshold, "PLM-V0852"),
        Case::new("threshold: two", threshold, "passed").also(other.clone()),
        Case::new("threshold: two versions of one", threshold, "PLM-V0852").also(second),
        Case::new("threshold: one is enough for one", "threshold = 1\n", "passed").also(other),
        Case::new("threshold: none", threshold, "PLM-V0101").without_evidence(),
    ]);
}

#[test]
fn statements_beside_the_provenance() {
    let sbom = "attestations = [\"provenance\", \"sbom\"]\n";
    let aged = "attestations = [{ type = \"sbom\", max_age = \"7d\" }]\n";
    let signed = "attestations = [{ type = \"sbom\", signer = { key = \"other\" } }]\n";
    let cyclonedx = "https://cyclonedx.org/bom";
    decide(vec![
        Case::new("sbom: there", sbom, "passed").attested(Key::Release, cyclonedx),
        Case::new("sbom: SPDX", sbom, "passed").attested(Key::Release, "https://spdx.dev/Document"),
        Case::new("sbom: missing", sbom, "PLM-V0854"),
        Case::new("sbom: something else", sbom, "PLM-V0854").attested(Key::Release, "https://openvex.dev/ns"),
        Case::new("sbom: of somebody else", sbom, "PLM-V0854").attested(Key::Other, cyclonedx),
        Case::new("sbom: of nobody known", sbom, "PLM-V0854").attested(Key::Stranger, cyclonedx),
        Case::new("sbom: nobody says how old", aged, "PLM-V0855").attested(Key::Release, cyclonedx),
        Case::new("sbom: of whom the policy names", signed, "passed").attested(Key::Other, cyclonedx),
        Case::new("sbom: of the builder instead", signed, "PLM-V0854").attested(Key::Release, cyclonedx),
        Case::new("provenance alone", "attestations = [\"provenance\"]\n", "passed"),
    ]);
}

#[test]
fn the_level_of_the_source() {
    let level = "min_source_level = 3\n";
    decide(vec![
        Case::new("source level: reached", level, "passed").summary(Key::Other, 3),
        Case::new("source level: exceeded", level, "passed").summary(Key::Other, 4),
        Case::new("source level: too low", level, "PLM-V0853").summary(Key::Other, 2),
        Case::new("source level: missing", level, "PLM-V0853"),
        Case::new("source level: by somebody else", level, "PLM-V0853").summary(Key::Release, 3),
        Case::new("source level: of another commit", level, "PLM-V0853").summary(Key::Other, 3).with(|predicate| {
            predicate["materials"][0]["digest"]["sha1"] = json!("b".repeat(40));
        }),
        Case::new("source level: no commit", level, "PLM-V0853").summary(Key::Other, 3).with(|predicate| {
            predicate["materials"][0]["digest"] = json!({});
        }),
    ]);
}

#[test]
fn exceptions_excuse_expectations_and_nothing_else() {
    let level = "min_build_level = 2\n";
    let excuse = |name: &str, rule: &str, expected: &str| Case::new(name, level, expected).excused(rule, "2026-12-31");
    let elsewhere = |predicate: &mut serde_json::Value| {
        for at in ["/materials/0/uri", "/invocation/configSource/uri"] {
            *predicate.pointer_mut(at).unwrap() = json!("git+https://github.com/evil/app@refs/tags/v1.2.3");
        }
    };
    decide(vec![
        excuse("level: by code", "PLM-V0815", "excused"),
        excuse("level: by name", "provenance.level", "excused"),
        excuse("level: by word", "level", "excused"),
        excuse("level: another rule", "provenance.source", "PLM-V0815"),
        Case::new("level: expired", level, "PLM-V0815").excused("provenance.level", "2026-11-21"),
        Case::new("source: excused", "", "excused").with(elsewhere).excused("provenance.source", "2026-12-31"),
        Case::new("source and level: one is", level, "PLM-V0805 PLM-V0815")
            .with(elsewhere)
            .excused("provenance.level", "2026-12-31"),
        Case::new("missing: excused", "", "excused").without_evidence().excused("provenance.missing", "2026-12-31"),
        Case::new("missing: by code", "", "excused").without_evidence().excused("PLM-V0101", "2026-12-31"),
        Case::new("missing: beside an SBOM", "", "excused")
            .without_evidence()
            .attested(Key::Release, "https://cyclonedx.org/bom")
            .excused("provenance.missing", "2026-12-31"),
        Case::new("missing: not when it is bad", "", "PLM-V0201")
            .by(Key::Stranger)
            .excused("provenance.missing", "2026-12-31"),
        Case::new("attestation: excused", "attestations = [\"sbom\"]\n", "excused").excused("PLM-V0854", "2026-12-31"),
        Case::new("threshold: excused", "threshold = 2\n", "excused").excused("PLM-V0852", "2026-12-31"),
        Case::new("signature: never", "", "PLM-V0201").by(Key::Stranger).excused("PLM-V0201", "2026-12-31"),
        Case::new("builder: never", "", "PLM-V0801")
            .with(|predicate| predicate["builder"]["id"] = json!("https://evil.example"))
            .excused("PLM-V0801", "2026-12-31"),
        Case::new("subject: never", "", "PLM-V0202").of_another().excused("PLM-V0202", "2026-12-31"),
        Case::new("nothing to excuse", "", "passed").excused("provenance.level", "2026-12-31"),
    ]);
}
