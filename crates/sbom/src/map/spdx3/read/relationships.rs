//! Relationships to edges, licence statements and what is said of missing ones.

use std::collections::BTreeMap;

use super::super::carry::{Facts, unpack};
use super::super::words::{scope, spell, unspell};
use super::element::note;
use super::{Reader, items, link_of, owned, text};
use crate::document::{Completeness, Document, Edge, EdgeEnd, EdgeKind, EdgeScope, LicenseClaim, Slot, Unknown};
use crate::tree::Members;

impl<'a> Reader<'a> {
    /// Reads them all; gives what they say about completeness.
    pub(super) fn relationships(&self, document: &mut Document) -> Vec<Completeness> {
        let mut said: BTreeMap<(&str, bool), Vec<EdgeEnd>> = BTreeMap::new();
        let classes = ["Relationship", "LifecycleScopedRelationship"];
        for node in classes.iter().flat_map(|class| self.graph.of_class(class)) {
            let Some(from) = node.get("from").and_then(link_of) else { continue };
            let word = text(node, "relationshipType").unwrap_or_default();
            match word {
                "hasDeclaredLicense" | "hasConcludedLicense" => self.license_claims(document, node, from, word),
                _ => self.edges(document, node, from, word),
            }
            let none = items(node, "to").iter().filter_map(link_of).all(|to| individual(to).is_some());
            if let (Some(aggregate), Some(end), false) = (aggregate(node), self.end(from), none)
                && matches!(word, "dependsOn" | "contains")
            {
                said.entry((aggregate, word == "contains")).or_default().push(end);
            }
        }
        let completeness = said.into_iter().map(|((aggregate, contents), mut ends)| {
            ends.sort_unstable();
            ends.dedup();
            let (assemblies, dependencies) = if contents { (ends, Vec::new()) } else { (Vec::new(), ends) };
            Completeness { aggregate: aggregate.to_owned(), assemblies, dependencies }
        });
        completeness.collect()
    }

    fn edges(&self, document: &mut Document, node: &'a Members, from: &str, word: &str) {
        let Some(start) = self.end(from) else { return };
        let facts = Facts::of(node);
        let (mut kind, mut when, mut reversed) = unspell(word, text(node, "scope"));
        if let Some(said) = facts.get("kind") {
            kind = EdgeKind::Other(said.to_owned());
            reversed = spell(&kind, EdgeScope::Unsaid).reversed;
        }
        if let Some(said) = facts.get("scope") {
            when = scope(said);
        }
        let comment = owned(node, "comment");
        for to in items(node, "to").iter().filter_map(link_of) {
            if let Some(unknown) = individual(to) {
                let complete = text(node, "completeness") == Some("complete");
                Self::missing(document, &start, &kind, unknown, complete);
                continue;
            }
            let Some(end) = self.end(to) else { continue };
            let (from, to) = if reversed { (end, start.clone()) } else { (start.clone(), end) };
            document.edges.push(Edge { from, kind: kind.clone(), to, scope: when, comment: comment.clone() });
        }
    }

    /// A relationship to nothing, or to what nothing is said of.
    fn missing(document: &mut Document, from: &EdgeEnd, kind: &EdgeKind, unknown: Unknown, complete: bool) {
        let EdgeEnd::Element(at) = from else { return };
        let slot = match kind {
            EdgeKind::DependsOn if complete && unknown == Unknown::None => return document.leaves.push(*at),
            EdgeKind::DependsOn => Slot::Dependencies,
            EdgeKind::Contains => Slot::Contents,
            _ => return,
        };
        if let Some(element) = document.elements.get_mut(at.get()) {
            note(element, slot, unknown);
        }
    }

    fn license_claims(&self, document: &mut Document, node: &'a Members, from: &str, word: &str) {
        let Some(element) = self.elements.get(from).and_then(|at| document.elements.get_mut(at.get())) else { return };
        let (claim, slot) = match word {
            "hasConcludedLicense" => (LicenseClaim::Concluded, Slot::LicenseConcluded),
            _ => (LicenseClaim::Declared, Slot::LicenseDeclared),
        };
        let claim = match Facts::of(node).get("claim") {
            Some("unsaid") => LicenseClaim::Unsaid,
            Some("observed") => LicenseClaim::Observed,
            _ => claim,
        };
        for to in items(node, "to").iter().filter_map(link_of) {
            match (individual(to), self.license(to, claim)) {
                (Some(unknown), _) => note(element, slot, unknown),
                (None, Some(license)) => match unknown_expression(&license.text) {
                    Some(unknown) => note(element, slot, unknown),
                    None => element.licenses.push(license),
                },
                (None, None) => {}
            }
        }
    }

    /// What the document carries about completeness.
    pub(super) fn completeness(&self, facts: &Facts) -> Vec<Completeness> {
        let read = |said: &str| {
            let mut texts = unpack(said).into_iter().flatten();
            let mut held = Completeness { aggregate: texts.next()?, assemblies: Vec::new(), dependencies: Vec::new() };
            for text in texts {
                match text.split_at_checked(2) {
                    Some(("a:", iri)) => held.assemblies.extend(self.end(iri)),
                    Some(("d:", iri)) => held.dependencies.extend(self.end(iri)),
                    _ => {}
                }
            }
            Some(held)
        };
        facts.all("completeness").filter_map(read).collect()
    }
}

fn aggregate(node: &Members) -> Option<&'static str> {
    match text(node, "completeness")? {
        "complete" => Some("complete"),
        "incomplete" => Some("incomplete"),
        _ => None,
    }
}

/// An individual of the model, by its short name or IRI.
fn individual(iri: &str) -> Option<Unknown> {
    match iri.rsplit(['/', '_']).next()? {
        _ if iri.contains(':') && !iri.starts_with("https://spdx.org/rdf/3.0") => None,
        "NoneElement" | "NoneLicense" => Some(Unknown::None),
        "NoAssertionElement" | "NoAssertionLicense" => Some(Unknown::NoAssertion),
        _ => None,
    }
}

/// An expression that says what the individuals say.
fn unknown_expression(text: &str) -> Option<Unknown> {
    match text {
        "NONE" => Some(Unknown::None),
        "NOASSERTION" => Some(Unknown::NoAssertion),
        _ => None,
    }
}
