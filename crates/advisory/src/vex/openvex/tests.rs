use plimsoll_model::Limits;

use super::super::{FaultLevel, Justification, VexDocument, VexStatus};

const ROCKET: &[u8] = include_bytes!("../../../../../testdata/vex/openvex/rocket.json");
const FIRST: &[u8] = include_bytes!("../../../../../testdata/vex/openvex/first-version.json");
const BROKEN: &[u8] = include_bytes!("../../../../../testdata/vex/openvex/broken.json");

fn read(bytes: &[u8]) -> VexDocument {
    super::super::read(bytes, &Limits::DEFAULT).unwrap()
}

#[test]
fn current_documents() {
    let document = read(ROCKET);
    assert_eq!(document.faults, []);
    assert_eq!((&*document.format_version, document.version.as_deref()), ("0.2.0", Some("3")));
    let [first, second, third, last] = document.statements.as_slice() else { panic!("{document:#?}") };
    assert_eq!(first.vulnerability.aliases.len(), 2);
    assert!(first.vulnerability.is("ghsa-xxxx-yyyy-zzzz"));
    assert_eq!(first.justification, Some(Justification::VulnerableCodeNotInExecutePath));
    assert_eq!((first.products[0].subcomponents.len(), first.products[0].identifiers.digests.len()), (2, 1));
    assert_eq!(first.effective(), document.last_updated);
    // A statement with a time of its own does not inherit.
    assert_eq!(second.effective().unwrap().to_string(), "2026-03-02T10:00:00Z");
    assert_eq!(second.action.as_deref(), Some("Update to 2.0.2."));
    let named = &second.products[0].identifiers;
    assert_eq!((named.names.len(), named.purls.len(), named.cpes.len(), named.digests.len()), (1, 1, 1, 1));
    assert_eq!((third.status, last.status), (VexStatus::Fixed, VexStatus::UnderInvestigation));
    assert!(document.statements.iter().all(|statement| statement.sound));
}

#[test]
fn the_first_version() {
    let document = read(FIRST);
    assert_eq!(document.faults, []);
    assert_eq!(&*document.format_version, "0.0.1");
    let [first, second] = document.statements.as_slice() else { panic!("{document:#?}") };
    assert_eq!((first.products.len(), first.products[1].subcomponents.len()), (2, 1));
    assert_eq!(second.products.len(), 1);
    assert_eq!(second.timestamp.unwrap().to_string(), "2023-01-09T00:02:03.647787998Z");
}

#[test]
fn faults_have_lines_and_cost_what_they_must() {
    let document = read(BROKEN);
    let faults: Vec<_> = document.faults.iter().map(|fault| (fault.line.unwrap(), fault.rule)).collect();
    assert_eq!(
        faults,
        [
            (5, "time"),
            (8, "no-time"),
            (8, "unjustified"),
            (9, "status"),
            (10, "no-time"),
            (13, "product"),
            (14, "product"),
            (15, "product"),
            (16, "product"),
            (22, "no-vulnerability"),
            (23, "no-time"),
            (23, "justification"),
            (24, "no-action"),
            (24, "no-time"),
            (24, "no-product"),
            (25, "type"),
        ]
    );
    let sound: Vec<_> =
        document.statements.iter().map(|statement| (&*statement.vulnerability.id, statement.sound)).collect();
    assert_eq!(sound, [("CVE-2026-1", false), ("CVE-2026-3", true), ("CVE-2026-5", false), ("CVE-2026-6", true)]);
    let understood = document.statements[1].products.iter().map(|product| product.identifiers.understood);
    assert_eq!(understood.collect::<Vec<_>>(), [false, false, false, false, true]);
}

#[test]
fn a_document_that_breaks_off_is_never_sound() {
    let text = String::from_utf8(ROCKET.to_vec()).unwrap();
    let end = text.find("under_investigation").unwrap();
    let document = read(&text.as_bytes()[..end]);
    assert!(document.statements.len() >= 3);
    assert!(document.statements.iter().all(|statement| !statement.sound));
    assert!(document.faults.iter().any(|fault| fault.rule == "syntax" && fault.level == FaultLevel::Error));
}

#[test]
fn shared_products_have_a_limit() {
    let products: Vec<String> = (0..1000).map(|at| format!("\"pkg:npm/p{at}\"")).collect();
    let statements = vec!["{\"vulnerability\": \"CVE-1\", \"status\": \"fixed\"}"; 1000];
    let text = format!(
        "{{\"@context\": \"https://openvex.dev/ns\", \"products\": [{}], \"statements\": [{}]}}",
        products.join(","),
        statements.join(",")
    );
    let mut limits = Limits::DEFAULT;
    limits.entries = 10_000;
    let document = super::super::read(text.as_bytes(), &limits).unwrap();
    let kept: usize = document.statements.iter().map(|statement| statement.products.len()).sum();
    assert_eq!(kept, 10_000);
    assert!(document.faults.iter().any(|fault| fault.rule == "too-many"));
}

#[test]
fn other_versions_are_refused() {
    for context in ["https://openvex.dev/ns/v1.0.0", "https://openvex.dev/ns/v0.3.0"] {
        let text = format!("{{\"@context\": \"{context}\", \"statements\": []}}");
        let error = super::super::read(text.as_bytes(), &Limits::DEFAULT).unwrap_err();
        assert!(error.to_string().contains("is not supported"), "{error}");
    }
}
