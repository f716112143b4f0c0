//! What a conversion lost.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use plimsoll_model::Limits;

use super::leaves;
use crate::convert::Carry;
use crate::convert::carry::RESIDUE;
use crate::document::{Document, EdgeEnd};
use crate::encoding::{self, Encoding};
use crate::patch::name_of;
use crate::standard::VersionIndex;
use crate::tree::{Pointer, Value};

/// What sort of fact was lost. All but [`Self::Detail`] and [`Self::Name`] are of the first order: losing one without
/// saying so would make the document a lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LossKind {
    /// A component, service or file.
    Component,
    /// A relationship.
    Edge,
    /// A digest.
    Hash,
    /// A package URL.
    Purl,
    /// A licence statement.
    License,
    /// How an element is named within the document.
    Name,
    /// Anything else.
    Detail,
}

impl LossKind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Edge => "edge",
            Self::Hash => "hash",
            Self::Purl => "purl",
            Self::License => "license",
            Self::Name => "name",
            Self::Detail => "detail",
        }
    }

    /// Whether losing it makes a conversion incomplete.
    #[must_use]
    pub const fn is_first_order(self) -> bool {
        !matches!(self, Self::Name | Self::Detail)
    }
}

/// Why it was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LossReason {
    /// The target has no place for it.
    NoEquivalent,
    /// The target says it less exactly.
    Narrowed,
    /// The target has fewer places than there are values.
    Cardinality,
    /// The target does not allow the name.
    Renamed,
}

impl LossReason {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoEquivalent => "no-equivalent",
            Self::Narrowed => "narrowed",
            Self::Cardinality => "cardinality",
            Self::Renamed => "renamed",
        }
    }
}

/// One lost fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LossRow {
    /// What sort of fact.
    pub kind: LossKind,
    /// Where it stands in the source; for an edge the element that it starts from.
    pub pointer: Pointer,
    /// The element that it belongs to.
    pub element: Option<String>,
    /// What it is, for facts of the first order.
    pub fact: Option<String>,
    /// Why.
    pub reason: LossReason,
    /// How it was carried, when it was.
    pub carried_as: Option<&'static str>,
}

/// What a conversion lost, in the order of the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    rows: Vec<LossRow>,
}

impl Losses {
    /// All of it.
    #[must_use]
    pub fn rows(&self) -> &[LossRow] {
        &self.rows
    }

    /// Whether a component, edge, hash, purl or licence is gone.
    #[must_use]
    pub fn is_first_order(&self) -> bool {
        self.rows.iter().any(|row| row.kind.is_first_order() && row.carried_as.is_none())
    }

    /// How often each sort of fact was lost.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<LossKind, usize> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            let count: &mut usize = counts.entry(row.kind).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }

    /// The same, without what only carries other facts.
    pub(super) fn without_carrier(mut self, tree: &Value) -> Self {
        let carriers: HashSet<String> = self
            .rows
            .iter()
            .filter(|row| tree.at(&row.pointer).and_then(Value::as_str).is_some_and(|text| text.contains(RESIDUE)))
            .map(|row| row.pointer.as_str().rsplit_once('/').map(|(parent, _)| parent).unwrap_or_default().to_owned())
            .collect();
        self.rows.retain(|row| {
            let parent = row.pointer.as_str().rsplit_once('/').map(|(parent, _)| parent).unwrap_or_default();
            !carriers.contains(parent)
        });
        self
    }

    /// The same, with how it was carried.
    pub(super) fn carried(mut self, carry: Carry) -> Self {
        let word = match carry {
            Carry::None => return self,
            Carry::Properties => "property",
            Carry::Full => "residue",
        };
        for row in &mut self.rows {
            // Properties hold values of elements; names and edges are not values.
            if carry == Carry::Full || row.kind == LossKind::Detail {
                row.carried_as = Some(word);
            }
        }
        self
    }
}

/// A fact of the first order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Fact {
    kind: LossKind,
    element: String,
    text: String,
}

impl Fact {
    /// What sort of fact.
    pub(super) fn kind(&self) -> LossKind {
        self.kind
    }
}

/// The facts of the first order that a document states.
fn facts(document: &Document) -> BTreeSet<Fact> {
    let mut out = BTreeSet::new();
    let mut add = |kind, element: &str, text: String| {
        out.insert(Fact { kind, element: element.to_owned(), text });
    };
    for element in &document.elements {
        let id = element.id.as_str();
        add(LossKind::Component, id, full_name(element));
        for hash in &element.hashes {
            add(LossKind::Hash, id, format!("{}:{}", hash.algorithm, hash.value.to_ascii_lowercase()));
        }
        for reference in &element.references {
            for hash in &reference.hashes {
                add(LossKind::Hash, id, format!("{}:{}", hash.algorithm, hash.value.to_ascii_lowercase()));
            }
        }
        for purl in &element.purls {
            add(LossKind::Purl, id, purl.clone());
        }
        for word in element.licenses.iter().flat_map(|license| license_words(&license.text)) {
            add(LossKind::License, id, word);
        }
    }
    for edge in &document.edges {
        let name = |end: &EdgeEnd| match end {
            EdgeEnd::Element(at) => document.element(*at).map(|element| element.id.clone()).unwrap_or_default(),
            EdgeEnd::External(id) => id.clone(),
            EdgeEnd::Document => "the document".to_owned(),
        };
        add(LossKind::Edge, &name(&edge.from), format!("{:?} {}", edge.kind, name(&edge.to)));
    }
    out
}

/// Group, name and version; standards cut them differently.
fn full_name(element: &crate::document::Element) -> String {
    let name = element.full_name().replace(':', "/");
    match element.version.as_deref() {
        Some(version) if !version.is_empty() => format!("{name}@{version}"),
        _ => name,
    }
}

/// The licences that a statement names. How statements are joined is a detail; that one is gone is not.
fn license_words(text: &str) -> Vec<String> {
    if text.contains(" OR ") || text.contains(" AND ") || text.contains(" WITH ") {
        let words = text.split([' ', '(', ')']).filter(|word| !word.is_empty());
        words.filter(|word| !matches!(*word, "OR" | "AND" | "WITH")).map(str::to_owned).collect()
    } else {
        vec![text.to_owned()]
    }
}

/// The facts of the first order that `before` states and `after` does not.
pub(super) fn missing(before: &Document, after: &Document) -> Vec<Fact> {
    let after = facts(after);
    facts(before).into_iter().filter(|fact| !after.contains(fact)).collect()
}

/// The names that elements have in `after`, and had in `before`, where they differ: CycloneDX 1.0 has no names. Elements
/// whose name is gone are those of the same name and version, in order.
pub(super) fn renamed(before: &Document, after: &Document) -> Vec<(String, String)> {
    let old: HashSet<&str> = before.elements.iter().map(|element| element.id.as_str()).collect();
    let new: HashSet<&str> = after.elements.iter().map(|element| element.id.as_str()).collect();
    let mut gone: HashMap<String, VecDeque<&str>> = HashMap::new();
    for element in before.elements.iter().filter(|element| !new.contains(element.id.as_str())) {
        gone.entry(full_name(element)).or_default().push_back(&element.id);
    }
    let unknown = after.elements.iter().filter(|element| !old.contains(element.id.as_str()));
    unknown
        .filter_map(|element| {
            let had = gone.get_mut(&full_name(element))?.pop_front()?;
            Some((element.id.clone(), had.to_owned()))
        })
        .collect()
}

/// Whether a document states every fact of the first order that another states.
pub(super) fn covers(stated: &Document, by: &Document) -> bool {
    facts(stated).is_subset(&facts(by))
}

/// A tree, written in an encoding and read again.
pub(super) fn through(tree: &Value, encoding: Encoding, version: VersionIndex) -> Option<Value> {
    if matches!(encoding, Encoding::CycloneDxJson | Encoding::SpdxJson | Encoding::Spdx3Json) {
        return None;
    }
    let mut bytes = Vec::new();
    encoding::write(tree, encoding, version, &mut bytes).ok()?;
    encoding::read(&bytes, encoding, &Limits::DEFAULT).ok().map(|parsed| parsed.tree)
}

/// Members that say which version a document follows, not what it says.
const MARKS: &[&str] = &["$schema", "specVersion", "spdxVersion", "@context"];

/// What of `before` is not in `after`, leaf by leaf; items of arrays are matched by their names, then by their content.
pub(super) fn compare(before: &Value, after: &Value, missing: &[Fact]) -> Losses {
    let mut rows = Vec::new();
    let mut comparer = Comparer { rows: &mut rows, at: Pointer::root(), element: None, elements: HashMap::new() };
    if let (Value::Object(old), Value::Object(_)) = (before, after) {
        for (name, held) in old.iter().filter(|(name, _)| !MARKS.contains(name)) {
            comparer.at.push_member(name);
            comparer.value(held, after.get(name));
            comparer.at.pop();
        }
    } else {
        comparer.value(before, Some(after));
    }
    let elements = comparer.elements;
    for fact in missing {
        rows.push(LossRow {
            kind: fact.kind,
            pointer: elements.get(&fact.element).cloned().unwrap_or_default(),
            element: Some(fact.element.clone()),
            fact: Some(fact.text.clone()),
            reason: LossReason::NoEquivalent,
            carried_as: None,
        });
    }
    Losses { rows }
}

struct Comparer<'a> {
    rows: &'a mut Vec<LossRow>,
    at: Pointer,
    element: Option<String>,
    /// Where each named element stands.
    elements: HashMap<String, Pointer>,
}

impl Comparer<'_> {
    fn value(&mut self, before: &Value, after: Option<&Value>) {
        let outer = self.element.clone();
        if let Some(name) = name_of(before) {
            self.element = Some(name.to_owned());
            self.elements.entry(name.to_owned()).or_insert_with(|| self.at.clone());
        }
        match (before, after) {
            (before, Some(after)) if before == after => {
                // Equal, but inner elements must be known by their place.
                self.note_elements(before);
            }
            (Value::Object(old), Some(Value::Object(new))) => {
                for (name, held) in old.iter() {
                    self.at.push_member(name);
                    self.value(held, new.get(name));
                    self.at.pop();
                }
            }
            (Value::Array(old), Some(Value::Array(new))) => self.array(old, new),
            (before, after) => {
                self.note_elements(before);
                let reason = if after.is_some() { LossReason::Narrowed } else { LossReason::NoEquivalent };
                self.lost(before, reason);
            }
        }
        self.element = outer;
    }

    fn note_elements(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(name) = name_of(value) {
                    self.elements.entry(name.to_owned()).or_insert_with(|| self.at.clone());
                }
                for (name, held) in members.iter().filter(|(_, held)| !matches!(held, Value::String(_))) {
                    self.at.push_member(name);
                    self.note_elements(held);
                    self.at.pop();
                }
            }
            Value::Array(items) => {
                for (place, held) in items.iter().enumerate().filter(|(_, held)| !matches!(held, Value::String(_))) {
                    self.at.push_item(place);
                    self.note_elements(held);
                    self.at.pop();
                }
            }
            _ => {}
        }
    }

    fn array(&mut self, old: &[Value], new: &[Value]) {
        let named: HashMap<&str, &Value> = new.iter().filter_map(|item| Some((name_of(item)?, item))).collect();
        let mut equal: HashMap<&Value, usize> = HashMap::new();
        for item in new {
            let count = equal.entry(item).or_default();
            *count = count.saturating_add(1);
        }
        let mut claimed: HashSet<usize> = HashSet::new();
        for (place, held) in old.iter().enumerate() {
            self.at.push_item(place);
            if let Some(count) = equal.get_mut(held).filter(|count| **count > 0) {
                *count = count.saturating_sub(1);
                self.note_elements(held);
            } else if let Some(other) = name_of(held).and_then(|name| named.get(name)) {
                self.value(held, Some(other));
            } else {
                // The item at the same place, when it is like this one in what it says and is nobody else's.
                let unnamed = |other: &Value| name_of(other).is_none_or(|name| Some(name) == name_of(held));
                let like = new.get(place).filter(|other| unnamed(other) && alike(held, other));
                let other = like.filter(|_| claimed.insert(place));
                if other.is_none() && !matches!(held, Value::Object(_) | Value::Array(_)) {
                    self.lost(held, LossReason::Cardinality);
                } else {
                    self.value(held, other);
                }
            }
            self.at.pop();
        }
    }

    fn lost(&mut self, value: &Value, reason: LossReason) {
        let mut found = Vec::new();
        leaves(value, &mut self.at.clone(), &mut found);
        for pointer in found {
            let is_name = ["/bom-ref", "/SPDXID", "/spdxId"].iter().any(|end| pointer.as_str().ends_with(end));
            self.rows.push(LossRow {
                kind: if is_name { LossKind::Name } else { LossKind::Detail },
                pointer,
                element: self.element.clone(),
                fact: None,
                reason: if is_name { LossReason::Renamed } else { reason },
                carried_as: None,
            });
        }
    }
}

/// Whether two objects share a member of the same value, so that one may be what became of the other.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(mine), Value::Object(theirs)) => {
            mine.iter().any(|(name, value)| theirs.get(name) == Some(value))
        }
        _ => false,
    }
}
