use plimsoll_model::Limits;

use crate::vex::{FaultLevel, Justification, VexDocument, VexResponse, VexStatus, read};

const HARBOUR: &[u8] = include_bytes!("../../../../testdata/vex/csaf/harbour.json");
const BROKEN: &[u8] = include_bytes!("../../../../testdata/vex/csaf/broken.json");

fn document(bytes: &[u8]) -> VexDocument {
    read(bytes, &Limits::DEFAULT).unwrap()
}

#[test]
fn trees_and_relationships() {
    let document = document(HARBOUR);
    assert_eq!(document.faults, []);
    assert_eq!(document.id.as_deref(), Some("HSA-2026-20001"));
    let fixed: Vec<_> = document.statements.iter().filter(|next| next.status == VexStatus::Fixed).collect();
    // The flag that its group has makes the package another statement than the rest.
    assert_eq!(fixed.len(), 2);
    let products: Vec<_> = fixed.iter().flat_map(|statement| &statement.products).collect();
    let package = products.iter().find(|product| !product.subcomponents.is_empty()).unwrap();
    assert_eq!(package.identifiers.cpes, ["cpe:/o:harbour:linux:9".into()]);
    assert_eq!(package.subcomponents[0].label(), "pkg:rpm/harbour/fuel@1.4-2.hb9?arch=x86_64");
    let tank = products.iter().find(|product| product.subcomponents.is_empty()).unwrap();
    assert_eq!(tank.identifiers.range.as_ref().unwrap().to_string(), "vers:npm/1.4.2");
    let affected = document.statements.iter().find(|next| next.status == VexStatus::Affected).unwrap();
    assert_eq!(affected.action.as_deref(), Some("Update to 1.4.2\nhttps://harbour.example/1"));
    assert_eq!(affected.responses, [VexResponse::Update]);
    assert_eq!(affected.products[0].identifiers.label(), "pkg:npm/tank vers:npm/>=1.0.0|<1.4.2");
    assert!(affected.vulnerability.is("HB-77"));
}

#[test]
fn reasons_are_found_product_by_product() {
    let document = document(HARBOUR);
    let clear: Vec<_> = document.statements.iter().filter(|next| next.status == VexStatus::NotAffected).collect();
    let told: Vec<_> = clear.iter().map(|next| (next.justification.clone(), next.impact.as_deref())).collect();
    assert!(told.contains(&(Some(Justification::VulnerableCodeNotPresent), None)));
    assert!(told.contains(&(None, Some("The pump has no parser."))));
    assert!(clear.iter().all(|statement| statement.sound));
    // A device without any identifier is a name for people only.
    let pump = clear.iter().find(|statement| statement.impact.is_some()).unwrap();
    assert!(!pump.products[0].identifiers.understood);
}

#[test]
fn faults() {
    let document = document(BROKEN);
    let rules: Vec<_> = document.faults.iter().map(|fault| (fault.line, fault.rule)).collect();
    for expected in [
        (11, "product"),
        (13, "product"),
        (15, "product"),
        (36, "contradiction"),
        (38, "unjustified"),
        (38, "product"),
        (41, "group"),
        (45, "no-vulnerability"),
    ] {
        assert!(rules.contains(&(Some(expected.0), expected.1)), "{expected:?} {rules:?}");
    }
    assert_eq!(document.faults.iter().filter(|fault| fault.message.contains("nowhere")).count(), 1);
    assert!(document.faults.iter().any(|fault| fault.message.contains("lead to themselves")));
    // A product id that is there twice, one with a serial number, one that no package URL names: none is understood.
    let clear = document.statements.iter().filter(|next| next.status == VexStatus::NotAffected);
    let products = clear.flat_map(|statement| &statement.products);
    let understood: Vec<_> = products.filter(|product| product.identifiers.understood).collect();
    assert_eq!(understood.len(), 1);
    assert_eq!(understood[0].identifiers.label(), "pkg:npm/a@1");
}

fn with(tree: &str, vulnerability: &str, limits: &Limits) -> VexDocument {
    let text = format!(
        "{{\"document\": {{\"csaf_version\": \"2.1\"}}, \"product_tree\": {tree}, \"vulnerabilities\": [{vulnerability}]}}"
    );
    read(text.as_bytes(), limits).unwrap()
}

#[test]
fn deep_branches_end() {
    let depth = 5000;
    let tree = format!("{}{}", "{\"branches\": [".repeat(depth), "]}".repeat(depth));
    let document = with(&tree, "{}", &Limits::DEFAULT);
    assert!(document.faults.iter().any(|fault| fault.level == FaultLevel::Error && fault.rule == "syntax"));
}

#[test]
fn groups_that_multiply_have_a_limit() {
    let ids: Vec<String> = (0..1000).map(|at| format!("\"p{at}\"")).collect();
    let products: Vec<String> = ids
        .iter()
        .enumerate()
        .map(|(at, id)| {
            format!(
                "{{\"product_id\": {id}, \"name\": {id}, \"product_identification_helper\": {{\"purl\": \"pkg:npm/p{at}@1\"}}}}"
            )
        })
        .collect();
    let tree = format!(
        "{{\"full_product_names\": [{}], \"product_groups\": [{{\"group_id\": \"g\", \"product_ids\": [{}]}}]}}",
        products.join(","),
        ids.join(",")
    );
    let flag = "{\"label\": \"vulnerable_code_not_present\", \"group_ids\": [\"g\"]}";
    let vulnerability = format!(
        "{{\"cve\": \"CVE-1\", \"product_status\": {{\"known_not_affected\": [{}]}}, \"flags\": [{}]}}",
        ids.join(","),
        vec![flag; 1000].join(",")
    );
    let mut limits = Limits::DEFAULT;
    limits.entries = 50_000;
    let document = with(&tree, &vulnerability, &limits);
    assert!(document.faults.iter().any(|fault| fault.rule == "too-many"));
    assert!(document.statements.iter().all(|statement| !statement.sound));
    let reasons = vec!["{\"category\": \"impact\", \"details\": \"x\"}"; 1000].join(",");
    let vulnerability =
        format!("{{\"cve\": \"CVE-1\", \"product_status\": {{\"fixed\": [\"p1\"]}}, \"threats\": [{reasons}]}}");
    assert!(!with(&tree, &vulnerability, &Limits::DEFAULT).statements[0].sound);
}

#[test]
fn drafts_are_not_sound() {
    let text = String::from_utf8(HARBOUR.to_vec()).unwrap().replace("\"final\"", "\"draft\"");
    assert!(document(text.as_bytes()).statements.iter().all(|statement| !statement.sound));
}
