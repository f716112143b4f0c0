use plimsoll_model::Limits;

use super::super::{Justification, Nuance, VexDocument, VexResponse, VexStatement, VexStatus};

const ROCKET: &[u8] = include_bytes!("../../../../../testdata/vex/cyclonedx/rocket.json");

fn read(bytes: &[u8]) -> VexDocument {
    super::super::read(bytes, &Limits::DEFAULT).unwrap()
}

fn about<'d>(document: &'d VexDocument, id: &str) -> Vec<&'d VexStatement> {
    document.statements.iter().filter(|statement| statement.vulnerability.is(id)).collect()
}

#[test]
fn components_are_parts_of_what_the_document_is_about() {
    let document = read(ROCKET);
    let [statement] = about(&document, "GHSA-xxxx-yyyy-zzzz")[..] else { panic!() };
    assert_eq!(statement.justification, Some(Justification::RequiresEnvironment));
    assert_eq!(statement.responses, [VexResponse::WillNotFix, VexResponse::Update]);
    assert_eq!(statement.impact.as_deref(), Some("It only runs on the ground."));
    assert_eq!(statement.supplier.as_deref(), Some("Rocket Works"));
    let [fuel, named, nowhere] = statement.products.as_slice() else { panic!() };
    assert_eq!((fuel.identifiers.digests.len(), fuel.subcomponents[0].purls.len()), (1, 1));
    assert!(fuel.identifiers.understood && fuel.subcomponents[0].understood);
    assert!(!named.subcomponents[0].understood && !nowhere.identifiers.understood);
    // A disclosure is no statement, and a state that is not known is none either.
    assert!(about(&document, "CVE-2026-10004").is_empty() && about(&document, "CVE-2026-10006").is_empty());
}

#[test]
fn versions_have_states_of_their_own() {
    let document = read(ROCKET);
    let told: Vec<_> = about(&document, "CVE-2026-10002")
        .into_iter()
        .map(|statement| (statement.status, statement.products[0].subcomponents[0].label()))
        .collect();
    assert_eq!(
        told,
        [
            (VexStatus::Affected, "pkg:npm/fuel vers:npm/<1.4.0".to_owned()),
            (VexStatus::NotAffected, "pkg:npm/fuel vers:npm/1.4.0".to_owned()),
            (VexStatus::UnderInvestigation, "pkg:npm/fuel vers:npm/2.0.0-beta".to_owned()),
        ]
    );
    let [contradiction] = about(&document, "CVE-2026-10005")[..] else { panic!() };
    assert_eq!(contradiction.status, VexStatus::Affected);
    let rules: Vec<_> = document.faults.iter().map(|fault| fault.rule).collect();
    assert!(rules.contains(&"contradiction") && rules.contains(&"status"), "{rules:?}");
}

#[test]
fn links_lead_into_other_documents() {
    let document = read(ROCKET);
    let [statement] = about(&document, "CVE-2026-10003")[..] else { panic!() };
    assert_eq!(statement.nuance, Some(Nuance::FalsePositive));
    let [linked, root] = statement.products.as_slice() else { panic!() };
    assert_eq!(&*linked.identifiers.names[0], "urn:cdx:8b2b6b4c-6f0c-4d26-8f8b-5d4f9e6c0a11/1");
    assert_eq!(linked.subcomponents[0].label(), "pkg:npm/fuel@1.4.0");
    assert!(root.subcomponents.is_empty() && root.identifiers.purls.len() == 1);
}

#[test]
fn a_reference_that_stands_for_two_components_stands_for_neither() {
    let text = String::from_utf8(ROCKET.to_vec()).unwrap().replace("\"bom-ref\": \"named\"", "\"bom-ref\": \"fuel\"");
    let document = read(text.as_bytes());
    assert!(about(&document, "CVE-2026-10001")[0].products.iter().all(|product| !product.identifiers.understood));
}
