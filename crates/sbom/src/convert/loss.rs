//! What a conversion lost.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use plimsoll_model::Limits;

use super::{leaves, pairs};
use crate::convert::carry::RESIDUE;
use crate::document::{Document, EdgeEnd, EdgeKind, Element};
use crate::encoding::{self, Encoding};
use crate::map::StandardKind;
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
    /// What it is, for facts of the first order; for an element that was renamed its new name.
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

    /// All of it is carried along.
    pub(super) fn mark_all(&mut self) {
        for row in &mut self.rows {
            row.carried_as = Some("residue");
        }
    }

    /// These places are carried as properties.
    pub(super) fn mark_properties(&mut self, carried: &HashSet<String>) {
        for row in self.rows.iter_mut().filter(|row| row.kind == LossKind::Detail) {
            if carried.contains(row.pointer.as_str()) {
                row.carried_as = Some("property");
            }
        }
    }

    /// Adds what became of the names of elements.
    pub(super) fn add_names(
        &mut self,
        renamed: &[(String, String)],
        places: &HashMap<String, Pointer>,
        standard: StandardKind,
    ) {
        let member = match standard {
            StandardKind::CycloneDx => "bom-ref",
            StandardKind::Spdx2 => "SPDXID",
            StandardKind::Spdx3 => "spdxId",
        };
        for (now, then) in renamed.iter().filter(|(_, then)| !then.starts_with('#')) {
            self.rows.push(LossRow {
                kind: LossKind::Name,
                pointer: places.get(then).map(|place| place.member(member)).unwrap_or_default(),
                element: Some(then.clone()),
                fact: Some(now.clone()),
                reason: LossReason::Renamed,
                carried_as: None,
            });
        }
    }

    /// Adds facts of the first order.
    pub(super) fn add_facts(&mut self, missing: Vec<Fact>, places: &HashMap<String, Pointer>) {
        for fact in missing {
            self.rows.push(LossRow {
                kind: fact.kind,
                pointer: places.get(&fact.element).cloned().unwrap_or_default(),
                element: Some(fact.element),
                fact: Some(fact.text),
                reason: LossReason::NoEquivalent,
                carried_as: None,
            });
        }
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
    let name = |end: &EdgeEnd| match end {
        EdgeEnd::Element(at) => document.element(*at).map(|element| element.id.clone()).unwrap_or_default(),
        EdgeEnd::External(id) => id.clone(),
        EdgeEnd::Document => WHOLE.to_owned(),
    };
    for edge in &document.edges {
        let word = match &edge.kind {
            EdgeKind::Other(word) => word.clone(),
            kind => format!("{kind:?}"),
        };
        add(LossKind::Edge, &name(&edge.from), format!("{word} {}", name(&edge.to)));
    }
    // What a document is about is an edge in one standard and a field in another.
    for root in &document.roots {
        add(LossKind::Edge, WHOLE, format!("DESCRIBES {}", name(&EdgeEnd::Element(*root))));
    }
    out
}

/// The element that facts about the document itself belong to.
const WHOLE: &str = "the document";

/// Group, name and version; standards cut them differently.
fn full_name(element: &Element) -> String {
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

/// Whether `by` states every fact of the first order that a document states.
pub(super) fn covers(stated: &Document, by: &Document) -> bool {
    facts(stated).is_subset(&facts(by))
}

/// Whether what a document carries agrees with it: every fact of the first order that it states is still there, there are
/// no elements that it does not have, and no other digest or chief purl in the place of one it has.
pub(super) fn agrees(stated: &Document, restored: &Document) -> bool {
    let (mine, theirs) = (facts(stated), facts(restored));
    if !mine.is_subset(&theirs) {
        return false;
    }
    let held: HashMap<&str, &Element> = stated.elements.iter().map(|held| (held.id.as_str(), held)).collect();
    let algorithms: HashSet<(&str, &str)> =
        mine.iter().filter(|fact| fact.kind == LossKind::Hash).filter_map(digest_of).collect();
    let chief = |element: &Element| match held.get(element.id.as_str()) {
        Some(before) => before.purls.is_empty() || before.purls.first() == element.purls.first(),
        None => false,
    };
    restored.elements.len() == stated.elements.len()
        && restored.elements.iter().all(chief)
        && !theirs.difference(&mine).any(|fact| match fact.kind {
            LossKind::Component => true,
            LossKind::Hash => digest_of(fact).is_some_and(|digest| algorithms.contains(&digest)),
            _ => false,
        })
}

/// The element and algorithm of a digest.
fn digest_of(fact: &Fact) -> Option<(&str, &str)> {
    Some((fact.element.as_str(), fact.text.split_once(':')?.0))
}

/// Gives elements without a name the names of those that they were, when they are not as many any more.
pub(super) fn align(before: &Document, after: &mut Document) {
    let present: HashSet<String> = after.elements.iter().map(|element| element.id.clone()).collect();
    // CycloneDX 1.0 has no names at all.
    let nameless = |element: &&Element| element.unnamed || !present.contains(&element.id);
    let counts = before.elements.len() == after.elements.len();
    if counts && !before.elements.iter().any(|element| !element.unnamed && !present.contains(&element.id)) {
        return;
    }
    let mut names: HashMap<String, VecDeque<&str>> = HashMap::new();
    for element in before.elements.iter().filter(nameless) {
        names.entry(full_name(element)).or_default().push_back(&element.id);
    }
    for element in after.elements.iter_mut().filter(|element| element.unnamed) {
        let name = names.get_mut(&full_name(element)).and_then(VecDeque::pop_front);
        element.id = name.map_or_else(|| format!("{}-", element.id), str::to_owned);
    }
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

/// A tree, written in an encoding and read again.
pub(super) fn through(tree: &Value, encoding: Encoding, version: VersionIndex) -> Option<Value> {
    match encoding {
        Encoding::CycloneDxJson => return encoding::cyclonedx_xml::without(tree, version).map(|(rest, _)| rest),
        Encoding::SpdxJson | Encoding::Spdx3Json => return None,
        _ => {}
    }
    let mut bytes = Vec::new();
    encoding::write(tree, encoding, version, &mut bytes).ok()?;
    encoding::read(&bytes, encoding, &Limits::DEFAULT).ok().map(|parsed| parsed.tree)
}

/// Members that say which version a document follows, not what it says.
const MARKS: &[&str] = &["$schema", "specVersion", "spdxVersion", "@context"];

/// What of `before` is not in `after`, leaf by leaf; items of arrays are matched by their names, then by their content.
pub(super) fn compare(before: &Value, after: &Value) -> Losses {
    let mut rows = Vec::new();
    let mut comparer = Comparer { rows: &mut rows, at: Pointer::root(), element: None };
    if let (Value::Object(old), Value::Object(_)) = (before, after) {
        for (name, held) in old.iter().filter(|(name, _)| !MARKS.contains(name)) {
            comparer.at.push_member(name);
            comparer.value(held, after.get(name));
            comparer.at.pop();
        }
    } else {
        comparer.value(before, Some(after));
    }
    Losses { rows }
}

struct Comparer<'a> {
    rows: &'a mut Vec<LossRow>,
    at: Pointer,
    element: Option<String>,
}

impl Comparer<'_> {
    fn value(&mut self, before: &Value, after: Option<&Value>) {
        let outer = self.element.clone();
        if let Some(name) = name_of(before) {
            self.element = Some(name.to_owned());
        }
        match (before, after) {
            (before, Some(after)) if before == after => {}
            (Value::Object(old), Some(Value::Object(new))) => {
                for (name, held) in old.iter() {
                    self.at.push_member(name);
                    self.value(held, new.get(name));
                    self.at.pop();
                }
            }
            (Value::Array(old), Some(Value::Array(new))) => self.array(old, new),
            (before, after) => {
                let reason = if after.is_some() { LossReason::Narrowed } else { LossReason::NoEquivalent };
                self.lost(before, reason);
            }
        }
        self.element = outer;
    }

    fn array(&mut self, old: &[Value], new: &[Value]) {
        let partners = pairs::of(old, new);
        for (place, held) in old.iter().enumerate() {
            self.at.push_item(place);
            let other = partners.get(place).copied().flatten().and_then(|at| new.get(at));
            if other.is_none() && !matches!(held, Value::Object(_) | Value::Array(_)) {
                self.lost(held, LossReason::Cardinality);
            } else {
                self.value(held, other);
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
