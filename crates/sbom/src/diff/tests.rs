use proptest::prelude::*;

use super::*;
use crate::document::{Edge, EdgeScope, ElementIndex, ElementKind, Hash, LicenseForm, LicenseStatement};

fn library(purl: &str, sha256: &str, license: &str) -> Element {
    let (name, version) = purl.rsplit_once('@').unwrap_or((purl, ""));
    let mut element = Element::new(ElementKind::Component("library".into()), purl, name);
    element.version = (!version.is_empty()).then(|| version.to_owned());
    element.purls = vec![format!("pkg:npm/{purl}")];
    if !sha256.is_empty() {
        element.hashes = vec![Hash { algorithm: "SHA-256".into(), value: sha256.repeat(64) }];
    }
    if !license.is_empty() {
        let statement = LicenseStatement { text: license.into(), form: LicenseForm::Id, ..LicenseStatement::default() };
        element.licenses = vec![statement];
    }
    element
}

fn document(elements: Vec<Element>) -> Document {
    Document { elements, ..Document::default() }
}

fn told(before: Vec<Element>, after: Vec<Element>) -> Vec<String> {
    let difference = diff(&document(before), &document(after));
    let line = |change: &Change| {
        let of = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        format!("{} {} {} {}", change.kind.word(), change.subject, of(&change.before), of(&change.after))
    };
    difference.changes().iter().map(line).collect()
}

#[test]
fn versions_go_up_and_down() {
    let lines = told(
        vec![library("a@1.9.0", "", ""), library("b@2.0.0", "", ""), library("c@1.0.0", "", "")],
        vec![library("a@1.10.0", "", ""), library("b@2.0.0-rc.1", "", ""), library("d@1.0.0", "", "")],
    );
    assert_eq!(
        lines,
        [
            "added pkg:npm/d - 1.0.0",
            "removed pkg:npm/c 1.0.0 -",
            "upgraded pkg:npm/a 1.9.0 1.10.0",
            "downgraded pkg:npm/b 2.0.0 2.0.0-rc.1"
        ]
    );
}

#[test]
fn the_same_version_with_another_digest_is_the_alarm() {
    let lines = told(vec![library("a@1.0.0", "a", "MIT")], vec![library("a@1.0.0", "b", "MIT")]);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("rehashed pkg:npm/a aaaa"), "{lines:?}");
    // A digest that is only new contradicts nothing.
    assert!(told(vec![library("a@1.0.0", "", "")], vec![library("a@1.0.0", "b", "")]).is_empty());
}

#[test]
fn licences_and_several_versions() {
    let lines = told(
        vec![library("a@1.0.0", "", "MIT"), library("a@2.0.0", "", "MIT")],
        vec![library("a@2.0.0", "", "GPL-3.0-only"), library("a@3.0.0", "", "MIT")],
    );
    assert_eq!(lines, ["upgraded pkg:npm/a 1.0.0 3.0.0", "relicensed pkg:npm/a MIT GPL-3.0-only"]);
}

#[test]
fn a_new_name_for_the_same_content_is_a_change() {
    let lines = told(vec![library("a@1.0.0", "c", "")], vec![library("b@1.0.0", "c", "")]);
    assert_eq!(lines, ["changed pkg:npm/b pkg:npm/a pkg:npm/b"]);
}

fn documents(hash: &'static str) -> impl Strategy<Value = Document> {
    let element = ("[a-d]", "[0-3]\\.[0-9]\\.0", hash, "(MIT|ISC|)")
        .prop_map(|(name, version, hash, license)| library(&format!("{name}@{version}"), &hash, &license));
    let edge = (0..6_u32, 0..6_u32);
    (prop::collection::vec(element, 0..6), prop::collection::vec(edge, 0..6)).prop_map(|(elements, edges)| {
        let mut document = document(elements);
        document.edges = edges
            .into_iter()
            .map(|(from, to)| Edge {
                from: EdgeEnd::Element(ElementIndex(from)),
                kind: EdgeKind::DependsOn,
                to: EdgeEnd::Element(ElementIndex(to)),
                scope: EdgeScope::Unsaid,
                comment: None,
            })
            .collect();
        document
    })
}

proptest! {
    #[test]
    fn a_document_does_not_differ_from_itself(document in documents("[a-c]?")) {
        prop_assert!(diff(&document, &document).changes().is_empty());
    }

    #[test]
    // Without digests: which of several namesakes in content was renamed is anybody's guess.
    fn the_way_back_has_as_many_changes(one in documents(""), other in documents("")) {
        let (there, back) = (diff(&one, &other), diff(&other, &one));
        prop_assert_eq!(there.changes().len(), back.changes().len());
        let count = |difference: &Difference, kind| difference.counts().get(&kind).copied().unwrap_or_default();
        prop_assert_eq!(count(&there, ChangeKind::Added), count(&back, ChangeKind::Removed));
        prop_assert_eq!(count(&there, ChangeKind::Upgraded), count(&back, ChangeKind::Downgraded));
    }
}
