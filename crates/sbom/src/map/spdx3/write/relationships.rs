//! Edges, licence statements and what is said of missing ones, as relationships: one for all that share everything but
//! where they lead.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::carry::{Carried, pack};
use super::super::ids::digest;
use super::super::words::{scope_word, spell, unspell};
use super::{Writer, set, strings};
use crate::document::{
    Edge, EdgeEnd, EdgeKind, EdgeScope, Element, ElementIndex, ElementKind, LicenseClaim, Slot, Unknown,
};
use crate::tree::{Members, Value};

/// What relationships share that are written as one.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    from: String,
    word: &'static str,
    scope: Option<&'static str>,
    completeness: Option<&'static str>,
    comment: Option<String>,
    carried: Carried,
}

type Groups = BTreeMap<Key, BTreeSet<String>>;

impl Writer<'_> {
    pub(super) fn relationships(&mut self) {
        let document = self.document;
        let mut groups = Groups::new();
        let known = self.known_completeness();
        for (_, edge) in document.edges.iter().enumerate().filter(|(at, _)| !self.snippet_edges.contains(at)) {
            self.edge(edge, &known, &mut groups);
        }
        for (at, element) in document.indexed() {
            self.claims(at, element, &mut groups);
        }
        for at in &document.leaves {
            if let Some(from) = self.iri(*at) {
                let key =
                    Key { from: from.to_owned(), word: "dependsOn", completeness: Some("complete"), ..Key::default() };
                groups.entry(key).or_default().insert("NoneElement".to_owned());
            }
        }
        for license in &document.custom_licenses {
            self.custom_license(license);
        }
        for (key, to) in groups {
            self.relationship(key, to);
        }
    }

    fn relationship(&mut self, key: Key, to: BTreeSet<String>) {
        let class = if key.scope.is_some() { "LifecycleScopedRelationship" } else { "Relationship" };
        let mut node = Members::new();
        let texts = [key.from.as_str(), key.word, key.scope.unwrap_or("-"), key.completeness.unwrap_or("-")];
        let comment = key.comment.as_deref().into_iter().flat_map(|comment| ["comment", comment]);
        let what = format!("relationship-{}", digest(texts.into_iter().chain(comment).chain(key.carried.texts())));
        set(&mut node, "comment", key.comment.as_deref());
        node.set("from", Value::text(key.from));
        node.set("relationshipType", Value::text(key.word));
        node.set("to", strings(to));
        set(&mut node, "completeness", key.completeness);
        set(&mut node, "scope", key.scope);
        key.carried.add_to(&mut node);
        self.node(class, &what, node);
    }

    fn edge(&self, edge: &Edge, known: &HashMap<(String, &'static str), &'static str>, groups: &mut Groups) {
        let (Some(from), Some(to)) = (self.end(&edge.from), self.end(&edge.to)) else { return };
        let spelling = spell(&edge.kind, edge.scope);
        let (from, to) = if spelling.reversed { (to, from) } else { (from, to) };
        let mut carried = Carried::default();
        let (kind, scope, _) = unspell(spelling.word, spelling.scope);
        if let EdgeKind::Other(word) = &edge.kind
            && kind != edge.kind
        {
            carried.put("kind", word);
        }
        if scope != edge.scope {
            carried.put("scope", scope_word(edge.scope));
        }
        let plain = edge.comment.is_none() && carried == Carried::default() && spelling.scope.is_none();
        let completeness = known.get(&(from.clone(), spelling.word)).copied().filter(|_| plain);
        let (word, scope, comment) = (spelling.word, spelling.scope, edge.comment.clone());
        groups.entry(Key { from, word, scope, completeness, comment, carried }).or_default().insert(to);
    }

    /// Licence statements, and what is said instead of licences, dependencies and contents.
    fn claims(&mut self, at: ElementIndex, element: &Element, groups: &mut Groups) {
        let Some(from) = self.iri(at).map(str::to_owned) else { return };
        for license in &element.licenses {
            let to = self.license(license);
            let mut key = Key { from: from.clone(), word: "hasDeclaredLicense", ..Key::default() };
            match license.claim {
                LicenseClaim::Declared => {}
                LicenseClaim::Concluded => key.word = "hasConcludedLicense",
                LicenseClaim::Unsaid => key.carried.put("claim", "unsaid"),
                LicenseClaim::Observed => key.carried.put("claim", "observed"),
            }
            groups.entry(key).or_default().insert(to);
        }
        for (slot, unknown) in &element.unknown {
            let (word, individuals) = match slot {
                Slot::LicenseDeclared => ("hasDeclaredLicense", LICENSES),
                Slot::LicenseConcluded => ("hasConcludedLicense", LICENSES),
                Slot::Dependencies => ("dependsOn", ELEMENTS),
                Slot::Contents => ("contains", ELEMENTS),
                _ => continue,
            };
            let to = if *unknown == Unknown::None { individuals.0 } else { individuals.1 };
            let key = Key { from: from.clone(), word, ..Key::default() };
            groups.entry(key).or_default().insert(to.to_owned());
        }
    }

    /// How complete the relationships of an element are, by its IRI and their type.
    fn known_completeness(&self) -> HashMap<(String, &'static str), &'static str> {
        let mut known = HashMap::new();
        for held in &self.document.completeness {
            let word = match held.aggregate.as_str() {
                "complete" => "complete",
                "unknown" => "noAssertion",
                other if other.starts_with("incomplete") => "incomplete",
                _ => continue,
            };
            for (ends, kind) in [(&held.assemblies, "contains"), (&held.dependencies, "dependsOn")] {
                for iri in ends.iter().filter_map(|end| self.end(end)) {
                    known.insert((iri, kind), word);
                }
            }
        }
        known
    }

    /// The whole of what is said about completeness; SPDX 3 has it for relationships that are there.
    pub(super) fn completeness_facts(&self, carried: &mut Carried) {
        for held in &self.document.completeness {
            let mut texts = vec![held.aggregate.clone()];
            for (mark, ends) in [("a:", &held.assemblies), ("d:", &held.dependencies)] {
                texts.extend(ends.iter().filter_map(|end| self.end(end)).map(|iri| format!("{mark}{iri}")));
            }
            carried.put("completeness", pack(texts.iter().map(String::as_str)));
        }
    }

    /// Finds for each snippet the file that holds it: a field, not a relationship.
    pub(super) fn find_snippets(&mut self) {
        let document = self.document;
        let is = |at: ElementIndex, kind: ElementKind| document.element(at).is_some_and(|element| element.kind == kind);
        for (at, edge) in document.edges.iter().enumerate() {
            let plain = edge.kind == EdgeKind::Contains && edge.scope == EdgeScope::Unsaid && edge.comment.is_none();
            if let (true, EdgeEnd::Element(from), EdgeEnd::Element(to)) = (plain, &edge.from, &edge.to)
                && is(*from, ElementKind::File)
                && is(*to, ElementKind::Snippet)
                && !self.snippet_files.contains_key(to)
            {
                self.snippet_files.insert(*to, *from);
                self.snippet_edges.insert(at);
            }
        }
    }
}

/// The individuals for none and for no assertion.
const ELEMENTS: (&str, &str) = ("NoneElement", "NoAssertionElement");
const LICENSES: (&str, &str) = ("expandedlicensing_NoneLicense", "expandedlicensing_NoAssertionLicense");
