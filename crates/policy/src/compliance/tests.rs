use super::*;
use crate::gate::{GateCheck, GateCode};

fn known(checks: Vec<(&str, Vec<GateCheck>)>) -> Decision {
    Decision::for_tests(checks)
}

fn standing_of(decision: &Decision, framework: &str, id: &str) -> Standing {
    let all = comply(Known { decision, sbom: None });
    let framework = all.iter().find(|report| report.framework.id == framework).unwrap();
    framework.controls.iter().find(|report| report.control.id == id).unwrap().standing
}

#[test]
fn a_control_is_what_its_rules_found() {
    let passed = || vec![GateCheck::passed("x", "holds")];
    let missing = || vec![GateCheck::failed("x", GateCode::Unsigned, "not signed")];
    let wrong = || vec![GateCheck::failed("x", GateCode::Vulnerable, "bad")];
    let decision = known(vec![("signed_by", passed()), ("vulnerabilities", wrong()), ("malicious", passed())]);
    assert_eq!(standing_of(&decision, "nist-ssdf", "PS.2.1"), Standing::Shown);
    assert_eq!(standing_of(&decision, "nist-ssdf", "RV.1.1"), Standing::Contrary);
    assert_eq!(standing_of(&decision, "nist-800-53", "SI-3"), Standing::Shown);
    assert_eq!(standing_of(&decision, "nist-800-53", "SR-11"), Standing::Partial);
    assert_eq!(standing_of(&decision, "nist-800-53", "SA-11(1)"), Standing::NoEvidence);
    assert_eq!(standing_of(&decision, "nist-800-53", "SR-6"), Standing::OutOfScope);
    assert_eq!(standing_of(&decision, "slsa", "Build L1"), Standing::NoEvidence);
    let unsigned = known(vec![("signed_by", missing())]);
    assert_eq!(standing_of(&unsigned, "nist-ssdf", "PS.2.1"), Standing::NoEvidence);
}

#[test]
fn every_field_of_the_profile_is_a_control() {
    let profile = score::Profile::named("cisa-2026").unwrap();
    let framework = FRAMEWORKS.iter().find(|framework| framework.id == "cisa-2026").unwrap();
    let named: Vec<&str> = framework
        .controls
        .iter()
        .flat_map(|control| control.facts)
        .filter_map(|fact| match fact {
            Fact::SbomField(id) => Some(*id),
            _ => None,
        })
        .collect();
    for field in profile.fields.iter().filter(|field| field.name != "coverage" && field.name != "sbom-author-signature")
    {
        assert!(named.contains(&field.name), "{}", field.name);
    }
    assert_eq!(framework.controls.len(), 17);
}

#[test]
fn ids_are_unique() {
    for framework in FRAMEWORKS {
        let ids: std::collections::BTreeSet<&str> = framework.controls.iter().map(|control| control.id).collect();
        assert_eq!(ids.len(), framework.controls.len(), "{}", framework.id);
    }
}
