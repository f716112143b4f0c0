//! What others know of the same components, added where a document says nothing.
//!
//! Nothing is overwritten, removed or weakened: a fact is added only where there is none, and each is marked with its
//! source. Which component is meant is told by the ladder of `merge`; what fits several is left alone.

mod facts;
mod texts;

use std::collections::{BTreeMap, HashMap};

use crate::Document;
use crate::convert::{self, Carry};
use crate::encoding::Parsed;
use crate::map::StandardKind;
use crate::marks::Marker;
use crate::merge::identity::Identity;
use crate::merge::label;
use crate::tree::{Members, Value};

pub use texts::LicenseText;

/// The prefix of the marks: `plimsoll:enriched:FIELD` is the source of the field.
pub const ENRICHED: &str = "plimsoll:enriched:";

/// A document to take facts from.
#[derive(Debug, Clone)]
pub struct Knowledge {
    /// It, as read or written from a scan.
    pub parsed: Parsed,
    /// What to call it in marks and reports.
    pub label: String,
}

impl Knowledge {
    /// What a scan knows, in the standard of the document that it will be used for.
    #[must_use]
    pub fn of(document: &Document, like: &Parsed, label: impl Into<String>) -> Self {
        let (encoding, version) = (like.encoding, like.version);
        let tree = convert::tree_of(document, encoding.standard_kind(), version);
        Self { parsed: Parsed { encoding, version, tree, faults: Vec::new() }, label: label.into() }
    }
}

/// One fact that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Added {
    /// The component.
    pub element: String,
    /// The field.
    pub field: String,
    /// The value, shortened.
    pub value: String,
    /// Where it comes from.
    pub source: String,
    /// How the component was recognised: `purl`, `hash`, `cpe`, `name`.
    pub matched_by: &'static str,
}

/// An enriched document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Enriched {
    /// The tree.
    pub tree: Value,
    /// What was added.
    pub added: Vec<Added>,
    /// Components of the document.
    pub components: usize,
    /// Of these, how many some source knows.
    pub matched: usize,
    /// What else to know.
    pub notes: Vec<String>,
}

/// Adds what the sources know. The first source that has a fact gives it.
#[must_use]
pub fn enrich(parsed: &Parsed, sources: &[Knowledge], texts: &[LicenseText]) -> Enriched {
    let standard = parsed.encoding.standard_kind();
    let mut tree = parsed.tree.clone();
    if standard == StandardKind::Spdx3 && !sources.is_empty() {
        crate::merge::graph(&mut tree);
    }
    let marker = Marker::new(standard, None, parsed.tree.get("creationInfo").and_then(|info| info.text_of("created")));
    let mut work = Work { parsed, standard, marker, added: Vec::new(), notes: Vec::new() };
    let mut matched = std::collections::BTreeSet::new();
    let own = places(&tree, standard);
    for source in sources {
        let known = work.known(source);
        let pairs = pair(&tree, &own, &known, standard);
        matched.extend(pairs.iter().map(|(at, ..)| *at));
        for (at, other, how) in &pairs {
            let (Some(path), Some(other)) = (own.get(*at), known.get(*other)) else { continue };
            if let Some(Value::Object(members)) = find_mut(&mut tree, path) {
                work.facts(members, other, &source.label, how);
            }
        }
        work.edges(&mut tree, &own, &known, &pairs, source);
    }
    for path in &own {
        if let Some(Value::Object(members)) = find_mut(&mut tree, path) {
            work.license_texts(members, texts);
        }
    }
    if work.added.is_empty() {
        tree = parsed.tree.clone();
    }
    Enriched { tree, added: work.added, components: own.len(), matched: matched.len(), notes: work.notes }
}

/// The name of an element, and what to call it.
type Known = (String, String);

/// The way to a component: members and places.
type Path = Vec<Step>;

#[derive(Debug, Clone)]
enum Step {
    Member(&'static str),
    Item(usize),
}

struct Work<'a> {
    parsed: &'a Parsed,
    standard: StandardKind,
    marker: Marker,
    added: Vec<Added>,
    notes: Vec<String>,
}

impl Work<'_> {
    /// The components of a source, in the standard of the document.
    fn known(&mut self, source: &Knowledge) -> Vec<Value> {
        let parsed = &source.parsed;
        let same = parsed.encoding.standard_kind() == self.standard && parsed.version == self.parsed.version;
        let mut tree = if same {
            parsed.tree.clone()
        } else {
            convert::convert(parsed, self.parsed.encoding, self.parsed.version, Carry::None).tree
        };
        if self.standard == StandardKind::Spdx3 {
            crate::merge::graph(&mut tree);
        }
        let paths = places(&tree, self.standard);
        let mut known: Vec<Value> = paths.iter().filter_map(|path| find(&tree, path).cloned()).collect();
        // What stands within another is known by itself.
        for held in &mut known {
            if let Value::Object(members) = held {
                members.remove("components");
            }
        }
        known
    }

    /// Relationships between components that both documents have.
    fn edges(
        &mut self,
        tree: &mut Value,
        own: &[Path],
        known: &[Value],
        pairs: &[(usize, usize, &'static str)],
        source: &Knowledge,
    ) {
        let id = |value: &Value| {
            ["bom-ref", "SPDXID", "spdxId"].iter().find_map(|name| value.text_of(name)).map(str::to_owned)
        };
        let mut names: HashMap<String, Known> = HashMap::new();
        for (at, other, _) in pairs {
            let mine = own.get(*at).and_then(|path| find(tree, path));
            if let (Some(mine), Some(theirs)) = (mine, known.get(*other).and_then(id))
                && let Some(name) = id(mine)
            {
                names.insert(theirs, (name, label(mine)));
            }
        }
        let same =
            source.parsed.encoding.standard_kind() == self.standard && source.parsed.version == self.parsed.version;
        let converted;
        let other = if same {
            &source.parsed.tree
        } else {
            converted = convert::convert(&source.parsed, self.parsed.encoding, self.parsed.version, Carry::None).tree;
            &converted
        };
        let wanted: Vec<(&Known, &Known)> = dependencies(other, self.standard)
            .iter()
            .filter_map(|(from, to)| Some((names.get(from)?, names.get(to)?)))
            .filter(|(from, to)| from.0 != to.0)
            .collect();
        let mut held: std::collections::HashSet<(String, String)> =
            dependencies(tree, self.standard).into_iter().collect();
        for (from, to) in wanted {
            if held.insert((from.0.clone(), to.0.clone())) && self.add_edge(tree, &from.0, &to.0) {
                self.added.push(Added {
                    element: from.1.clone(),
                    field: "dependsOn".to_owned(),
                    value: to.1.clone(),
                    source: source.label.clone(),
                    matched_by: "edge",
                });
            }
        }
    }

    fn add_edge(&self, tree: &mut Value, from: &str, to: &str) -> bool {
        let Value::Object(document) = tree else { return false };
        match self.standard {
            StandardKind::CycloneDx => {
                if !document.has("dependencies") {
                    document.set("dependencies", Value::Array(Vec::new()));
                }
                let Some(Value::Array(entries)) = document.get_mut("dependencies") else { return false };
                let held = entries.iter_mut().find(|entry| entry.text_of("ref") == Some(from));
                if let Some(Value::Object(entry)) = held {
                    crate::marks::add(entry, "dependsOn", Value::text(to));
                } else {
                    let mut entry = Members::new();
                    entry.set_text("ref", from);
                    entry.set("dependsOn", Value::Array(vec![Value::text(to)]));
                    entries.push(Value::Object(entry));
                }
                true
            }
            StandardKind::Spdx2 => {
                let mut entry = Members::new();
                entry.set_text("spdxElementId", from);
                entry.set_text("relationshipType", "DEPENDS_ON");
                entry.set_text("relatedSpdxElement", to);
                crate::marks::add(document, "relationships", Value::Object(entry));
                true
            }
            StandardKind::Spdx3 => {
                let Some(Value::Array(nodes)) = document.get_mut("@graph") else { return false };
                let info = nodes
                    .iter()
                    .find(|node| node.text_of("spdxId") == Some(from))
                    .and_then(|node| node.get("creationInfo"));
                let Some(info) = info.cloned() else { return false };
                let mut node = Members::new();
                node.set_text("type", "Relationship");
                let name = crate::merge::sha256_hex(format!("{from}\n{to}").as_bytes());
                node.set_text("spdxId", format!("urn:plimsoll:enriched:{}", name.get(..20).unwrap_or_default()));
                node.set("creationInfo", info);
                node.set_text("from", from);
                node.set_text("relationshipType", "dependsOn");
                node.set("to", Value::Array(vec![Value::text(to)]));
                nodes.push(Value::Object(node));
                true
            }
        }
    }
}

/// What depends on what, by name.
fn dependencies(tree: &Value, standard: StandardKind) -> Vec<(String, String)> {
    let text = |value: &Value, name: &str| value.text_of(name).unwrap_or_default().to_owned();
    let mut out = Vec::new();
    match standard {
        StandardKind::CycloneDx => {
            for entry in tree.items_of("dependencies") {
                let targets = entry.items_of("dependsOn").iter().filter_map(Value::as_str);
                out.extend(targets.map(|to| (text(entry, "ref"), to.to_owned())));
            }
        }
        StandardKind::Spdx2 => {
            for held in tree.items_of("relationships") {
                let ends = (text(held, "spdxElementId"), text(held, "relatedSpdxElement"));
                match held.text_of("relationshipType") {
                    Some("DEPENDS_ON") => out.push(ends),
                    // Whatever the reason, there is no second edge to add.
                    Some(word) if word.ends_with("DEPENDENCY_OF") => out.push((ends.1, ends.0)),
                    _ => {}
                }
            }
        }
        StandardKind::Spdx3 => {
            let nodes = tree.items_of("@graph").iter();
            for node in nodes.filter(|node| node.text_of("relationshipType") == Some("dependsOn")) {
                let targets = node.items_of("to").iter().filter_map(Value::as_str);
                out.extend(targets.map(|to| (text(node, "from"), to.to_owned())));
            }
        }
    }
    out
}

/// The ways to all components of a tree.
fn places(tree: &Value, standard: StandardKind) -> Vec<Path> {
    fn nested(items: &[Value], path: &Path, out: &mut Vec<Path>) {
        for (at, item) in items.iter().enumerate() {
            let mut path = path.clone();
            path.push(Step::Member("components"));
            path.push(Step::Item(at));
            out.push(path.clone());
            nested(item.items_of("components"), &path, out);
        }
    }
    let mut out = Vec::new();
    match standard {
        StandardKind::CycloneDx => {
            if let Some(root) = tree.get("metadata").and_then(|metadata| metadata.get("component")) {
                let path = vec![Step::Member("metadata"), Step::Member("component")];
                out.push(path.clone());
                nested(root.items_of("components"), &path, &mut out);
            }
            nested(tree.items_of("components"), &Vec::new(), &mut out);
        }
        StandardKind::Spdx2 => {
            for (at, _) in tree.items_of("packages").iter().enumerate() {
                out.push(vec![Step::Member("packages"), Step::Item(at)]);
            }
        }
        StandardKind::Spdx3 => {
            for (at, node) in tree.items_of("@graph").iter().enumerate() {
                if node.text_of("type") == Some("software_Package") {
                    out.push(vec![Step::Member("@graph"), Step::Item(at)]);
                }
            }
        }
    }
    out
}

fn find<'v>(tree: &'v Value, path: &Path) -> Option<&'v Value> {
    path.iter().try_fold(tree, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Item(at) => value.as_array()?.get(*at),
    })
}

fn find_mut<'v>(tree: &'v mut Value, path: &Path) -> Option<&'v mut Value> {
    path.iter().try_fold(tree, |value, step| match (step, value) {
        (Step::Member(name), Value::Object(members)) => members.get_mut(name),
        (Step::Item(at), Value::Array(items)) => items.get_mut(*at),
        _ => None,
    })
}

fn identity(value: &Value, standard: StandardKind) -> Identity {
    match standard {
        StandardKind::CycloneDx => crate::merge::component(value),
        StandardKind::Spdx2 => crate::merge::package(value),
        StandardKind::Spdx3 => crate::merge::node(value),
    }
}

/// Which component of a source is which of the document, and how that is known.
fn pair(tree: &Value, own: &[Path], known: &[Value], standard: StandardKind) -> Vec<(usize, usize, &'static str)> {
    let theirs: Vec<Identity> = known.iter().map(|value| identity(value, standard)).collect();
    let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, identity) in theirs.iter().enumerate() {
        for key in identity.all_keys() {
            by_key.entry(key).or_default().push(at);
        }
    }
    let mut pairs = Vec::new();
    for (at, path) in own.iter().enumerate() {
        let Some(mine) = find(tree, path).map(|value| identity(value, standard)) else { continue };
        // The keys are in the order of the ladder.
        for key in mine.all_keys() {
            let Some(candidates) = by_key.get(&key) else { continue };
            let fitting: Vec<(usize, &'static str)> =
                candidates.iter().filter_map(|other| Some((*other, mine.matches(theirs.get(*other)?)?))).collect();
            let purls: std::collections::BTreeSet<_> =
                fitting.iter().filter_map(|(other, _)| theirs.get(*other)).map(|held| &held.purl).collect();
            if purls.len() == 1 {
                pairs.extend(fitting.iter().map(|(other, how)| (at, *other, *how)));
            }
            if !fitting.is_empty() {
                break;
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests;
