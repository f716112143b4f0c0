//! Our own documents in `testdata/sbom/spdx3`: what is wrong with each, and what the valid ones say.

use std::fs;
use std::path::PathBuf;

use plimsoll_model::Limits;
use plimsoll_sbom::Document;
use plimsoll_sbom::document::{EdgeEnd, EdgeKind, EdgeScope, ElementKind, LicenseClaim, Slot, Unknown};
use plimsoll_sbom::encoding::Encoding;
use plimsoll_sbom::map::document;
use plimsoll_sbom::validate::validate;
use plimsoll_tests::workspace;

use super::parse;

fn file(name: &str) -> PathBuf {
    workspace().join("testdata/sbom/spdx3").join(name)
}

fn read(name: &str) -> Document {
    document(&parse(&fs::read(file(&format!("{name}.spdx3.json"))).unwrap()))
}

#[test]
fn faults_are_those_that_are_listed() {
    for name in ["application", "inline", "broken-fields", "broken-references"] {
        let bytes = fs::read(file(&format!("{name}.spdx3.json"))).unwrap();
        let verdict = validate(&bytes, Encoding::Spdx3Json, &Limits::DEFAULT).unwrap();
        let found: String = verdict
            .faults
            .iter()
            .map(|fault| {
                let advice = if fault.advice { " advice" } else { "" };
                format!("{} {}{advice}\n", fault.kind.word(), fault.pointer)
            })
            .collect();
        let listed = fs::read_to_string(file(&format!("{name}.faults"))).unwrap();
        let messages: Vec<String> = verdict.faults.iter().map(ToString::to_string).collect();
        assert_eq!(found, listed, "{name}:\n{}", messages.join("\n"));
        assert_eq!(verdict.is_valid(), !name.starts_with("broken"));
    }
}

#[test]
fn an_application_says_what_it_says() {
    let document = read("application");
    assert_eq!(document.uri.as_deref(), Some("https://sbom.example/harbour-2.1.0"));
    assert_eq!(document.created.as_deref(), Some("2026-05-04T09:30:00Z"));
    assert_eq!(document.authors[0].email.as_deref(), Some("jane@harbour.example"));
    assert_eq!(document.tools[0].name, "dockside-4");
    assert_eq!(document.data_license.as_deref(), Some("CC0-1.0"));
    assert_eq!(document.license_list_version.as_deref(), Some("3.25.0"));
    assert_eq!(document.lifecycles, ["build"]);
    let ids: Vec<&str> = document.elements.iter().map(|element| element.id.as_str()).collect();
    assert_eq!(ids, ["harbour", "rope", "readme", "quote"]);
    let [harbour, rope, readme, quote] = document.elements.as_slice() else { panic!() };
    assert_eq!(document.roots.iter().map(|at| at.get()).collect::<Vec<_>>(), [0]);
    assert_eq!(harbour.kind, ElementKind::Component("application".into()));
    assert_eq!(harbour.manufacturer.as_ref().map(|agent| agent.name.as_str()), Some("Harbour Inc."));
    assert_eq!(harbour.authors[0].name, "Jane Doe");
    assert_eq!(rope.purls, ["pkg:cargo/rope@0.9.3"]);
    assert_eq!(rope.cpes.len(), 1);
    assert_eq!((rope.identifiers[0].kind.as_str(), rope.hashes[0].algorithm.as_str()), ("swhid", "SHA-512"));
    let references: Vec<_> = rope.references.iter().map(|held| (held.kind.as_str(), held.url.as_str())).collect();
    assert_eq!(
        references,
        [("distribution", "https://crates.example/rope-0.9.3.crate"), ("vcs", "https://git.example/rope")]
    );
    assert_eq!(rope.properties[0].name, "team");
    assert_eq!(
        (rope.licenses[0].text.as_str(), rope.licenses[0].claim),
        ("MIT OR LicenseRef-rope", LicenseClaim::Declared)
    );
    assert_eq!(rope.unknown, [(Slot::LicenseConcluded, Unknown::NoAssertion)]);
    assert_eq!(document.custom_licenses[0].id, "LicenseRef-rope");
    assert_eq!((&readme.kind, &quote.kind), (&ElementKind::File, &ElementKind::Snippet));
    assert_eq!(document.leaves.iter().map(|at| at.get()).collect::<Vec<_>>(), [1]);
    let edges: Vec<_> = document.edges.iter().map(|edge| (&edge.from, &edge.kind, &edge.to, edge.scope)).collect();
    let element = |at| EdgeEnd::Element(plimsoll_sbom::document::ElementIndex(at));
    assert!(edges.contains(&(&element(0), &EdgeKind::DependsOn, &element(1), EdgeScope::Runtime)));
    assert!(edges.contains(&(&element(2), &EdgeKind::Contains, &element(3), EdgeScope::Unsaid)));
    let libc = EdgeEnd::External("https://sbom.example/base-12#libc".into());
    assert!(edges.contains(&(&element(0), &EdgeKind::DependsOn, &libc, EdgeScope::Runtime)));
    assert_eq!(document.completeness[0].dependencies, [element(0)]);
    assert_eq!(document.external_documents[0].id, "base");
    assert_eq!(
        (document.annotations[0].kind.as_str(), document.annotations[0].annotator.as_str()),
        ("REVIEW", "Person: Jane Doe (jane@harbour.example)")
    );
}

#[test]
fn nodes_in_place_are_read() {
    let document = read("inline");
    let kinds: Vec<_> = document.elements.iter().map(|element| element.kind.clone()).collect();
    assert_eq!(kinds, [ElementKind::Component("machine-learning-model".into()), ElementKind::Component("data".into())]);
    assert_eq!(document.authors[0].name, "Harbour Inc.");
    assert_eq!(document.edges.len(), 2);
    assert_eq!(document.edges[1].to, EdgeEnd::External("urn:harbour:charts".into()));
    assert_eq!(document.edges[0].kind, EdgeKind::Other("trainedOn".into()));
}
