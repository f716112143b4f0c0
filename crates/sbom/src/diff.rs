//! What changed from one document to another.
//!
//! Components are matched by what they are whatever their version: the purl without it, else kind and name; what is left
//! over, by a strong digest they share. So an upgrade is one change, not a removal and an addition. The same version with
//! another digest is told apart from everything else: it is either a rebuild or an attack. Edges are compared between
//! packages whatever their versions, or every upgrade would drown them. `diff A A` is empty.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::Document;
use crate::document::{EdgeEnd, EdgeKind, Element, LicenseClaim};
use crate::identity::{label, package_key, scheme, version};
use crate::pairing::{Item, pairs, rehashed};

/// The sorts of changes; their words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The same version with another digest: the alarm.
    Rehashed,
    /// A component that was not there.
    Added,
    /// A component that is gone.
    Removed,
    /// A greater version.
    Upgraded,
    /// A lesser version.
    Downgraded,
    /// Another version, and nothing says which is greater.
    Reversioned,
    /// Other licences.
    Relicensed,
    /// Another fact of a component.
    Changed,
    /// A relationship that was not there.
    EdgeAdded,
    /// A relationship that is gone.
    EdgeRemoved,
    /// A fact about the document.
    Metadata,
}

impl ChangeKind {
    /// All of them, the alarm first.
    pub const ALL: [Self; 11] = [
        Self::Rehashed,
        Self::Added,
        Self::Removed,
        Self::Upgraded,
        Self::Downgraded,
        Self::Reversioned,
        Self::Relicensed,
        Self::Changed,
        Self::EdgeAdded,
        Self::EdgeRemoved,
        Self::Metadata,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rehashed => "rehashed",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Upgraded => "upgraded",
            Self::Downgraded => "downgraded",
            Self::Reversioned => "reversioned",
            Self::Relicensed => "relicensed",
            Self::Changed => "changed",
            Self::EdgeAdded => "edge-added",
            Self::EdgeRemoved => "edge-removed",
            Self::Metadata => "metadata",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What sort of change.
    pub kind: ChangeKind,
    /// What it is about: the component without its version, or for an edge where it starts.
    pub subject: String,
    /// Which fact, for changes of facts; for an edge where it leads.
    pub field: Option<String>,
    /// How it was.
    pub before: Option<String>,
    /// How it is.
    pub after: Option<String>,
}

/// Everything that changed, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    changes: Vec<Change>,
}

impl Difference {
    /// The changes, by kind and then by what they are about.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How many there are of each kind.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<ChangeKind, usize> {
        let mut counts = BTreeMap::new();
        for change in &self.changes {
            let count: &mut usize = counts.entry(change.kind).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }
}

/// What changed from one document to another.
#[must_use]
pub fn diff(before: &Document, after: &Document) -> Difference {
    let mut changes = Vec::new();
    let (old, new) = (items(before), items(after));
    for (old, new) in pairs(&old, &new) {
        match (old.and_then(Item::element), new.and_then(Item::element)) {
            (Some(old), Some(new)) => compare(old, new, &mut changes),
            (Some(old), None) => changes.push(whole(ChangeKind::Removed, old)),
            (None, Some(new)) => changes.push(whole(ChangeKind::Added, new)),
            (None, None) => {}
        }
    }
    edges(before, after, &mut changes);
    metadata(before, after, &mut changes);
    changes.sort_unstable();
    changes.dedup();
    Difference { changes }
}

/// The components of a document. The subjects are none.
fn items(document: &Document) -> Vec<Item<'_>> {
    let listed = document.indexed().filter(|(at, _)| !document.roots.contains(at));
    let item = |element| Item {
        elements: vec![element],
        key: package_key(element),
        version: version(element).unwrap_or_default().to_owned(),
        scheme: scheme(element),
    };
    listed.map(|(_, element)| item(element)).collect()
}

fn whole(kind: ChangeKind, element: &Element) -> Change {
    let version = version(element).map(str::to_owned);
    let (before, after) = if kind == ChangeKind::Added { (None, version) } else { (version, None) };
    Change { kind, subject: package_key(element), field: None, before, after }
}

fn compare(old: &Element, new: &Element, changes: &mut Vec<Change>) {
    let subject = package_key(new);
    let mut fact = |kind, field: Option<&str>, before: String, after: String| {
        if before != after {
            let some = |text: String| (!text.is_empty()).then_some(text);
            changes.push(Change {
                kind,
                subject: subject.clone(),
                field: field.map(str::to_owned),
                before: some(before),
                after: some(after),
            });
        }
    };
    let versions = (version(old).unwrap_or_default(), version(new).unwrap_or_default());
    let kind = match scheme(new).or_else(|| scheme(old)).map(|scheme| scheme.order(versions.0, versions.1)) {
        Some(Ordering::Less) => ChangeKind::Upgraded,
        Some(Ordering::Greater) => ChangeKind::Downgraded,
        _ => ChangeKind::Reversioned,
    };
    fact(kind, None, versions.0.to_owned(), versions.1.to_owned());
    if versions.0 == versions.1 {
        for (algorithm, before, after) in rehashed(&[old], &[new]) {
            fact(ChangeKind::Rehashed, Some(&algorithm), before, after);
        }
    }
    for (field, claim) in [("declared", false), ("concluded", true)] {
        fact(ChangeKind::Relicensed, Some(field), licenses(old, claim), licenses(new, claim));
    }
    let name = |agent: &Option<crate::document::Agent>| agent.as_ref().map(|agent| agent.name.clone());
    let facts = [
        ("purl", old.purls.first().map(|_| package_key(old)), new.purls.first().map(|_| package_key(new))),
        ("supplier", name(&old.supplier), name(&new.supplier)),
        ("manufacturer", name(&old.manufacturer), name(&new.manufacturer)),
        ("scope", scope(old), scope(new)),
        ("cpe", old.cpes.first().cloned(), new.cpes.first().cloned()),
    ];
    for (field, before, after) in facts {
        fact(ChangeKind::Changed, Some(field), before.unwrap_or_default(), after.unwrap_or_default());
    }
}

/// The scope; what says nothing is required, as CycloneDX has it.
fn scope(element: &Element) -> Option<String> {
    Some(element.scope.as_deref().unwrap_or("required").to_owned())
}

fn licenses(element: &Element, concluded: bool) -> String {
    let of = element.licenses.iter().filter(|license| match license.claim {
        LicenseClaim::Concluded => concluded,
        LicenseClaim::Observed => false,
        _ => !concluded,
    });
    let texts: BTreeSet<&str> = of.map(|license| license.text.as_str()).collect();
    texts.into_iter().collect::<Vec<_>>().join(", ")
}

fn edges(before: &Document, after: &Document, changes: &mut Vec<Change>) {
    let (old, new) = (edge_names(before), edge_names(after));
    let change = |kind, (from, word, to): &(String, String, String)| {
        let (before, after) = if kind == ChangeKind::EdgeAdded { (None, Some(word)) } else { (Some(word), None) };
        Change { kind, subject: from.clone(), field: Some(to.clone()), before: before.cloned(), after: after.cloned() }
    };
    changes.extend(new.difference(&old).map(|edge| change(ChangeKind::EdgeAdded, edge)));
    changes.extend(old.difference(&new).map(|edge| change(ChangeKind::EdgeRemoved, edge)));
}

/// The edges between packages, whatever their versions.
fn edge_names(document: &Document) -> BTreeSet<(String, String, String)> {
    let keys: Vec<String> = document.elements.iter().map(package_key).collect();
    let name = |end: &EdgeEnd| match end {
        EdgeEnd::Element(at) if document.roots.contains(at) => "the subject".to_owned(),
        EdgeEnd::Element(at) => keys.get(at.get()).cloned().unwrap_or_default(),
        EdgeEnd::Document => "the document".to_owned(),
        EdgeEnd::External(id) => id.clone(),
    };
    let word = |kind: &EdgeKind| match kind {
        EdgeKind::DependsOn => "depends on".to_owned(),
        EdgeKind::Contains => "contains".to_owned(),
        EdgeKind::Provides => "provides".to_owned(),
        EdgeKind::Other(word) => word.clone(),
    };
    document.edges.iter().map(|edge| (name(&edge.from), word(&edge.kind), name(&edge.to))).collect()
}

fn metadata(before: &Document, after: &Document, changes: &mut Vec<Change>) {
    let root = |document: &Document| document.roots.first().and_then(|at| document.element(*at)).map(label);
    let tools = |document: &Document| {
        let name = |tool: &crate::Tool| format!("{} {}", tool.name, tool.version.as_deref().unwrap_or_default());
        document.tools.iter().map(|tool| name(tool).trim().to_owned()).collect::<Vec<_>>().join(", ")
    };
    let authors =
        |document: &Document| document.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>().join(", ");
    let facts = [
        ("subject", root(before), root(after)),
        ("created", before.created.clone(), after.created.clone()),
        ("tools", Some(tools(before)), Some(tools(after))),
        ("authors", Some(authors(before)), Some(authors(after))),
        ("lifecycles", Some(before.lifecycles.join(", ")), Some(after.lifecycles.join(", "))),
    ];
    for (field, before, after) in facts {
        if before != after {
            changes.push(Change {
                kind: ChangeKind::Metadata,
                subject: "the document".to_owned(),
                field: Some(field.to_owned()),
                before: before.filter(|text| !text.is_empty()),
                after: after.filter(|text| !text.is_empty()),
            });
        }
    }
}

#[cfg(test)]
mod tests;
