//! What checks look at: the neutral document, where its elements stand, and what only the tree or the encoding knows.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use crate::document::{
    Document, EdgeEnd, EdgeKind, Element, ElementIndex, Hash, LicenseClaim, Property, Slot, Unknown,
};
use crate::encoding::Parsed;
use crate::map;
use crate::tree::{Pointer, Value};
use crate::validate::validate_tree;

/// Properties that name what whoever made the document does not know, separated by commas: ours, and the one that is
/// proposed for CycloneDX (cyclonedx-property-taxonomy, pull request 186).
const UNKNOWN: &[&str] = &["plimsoll:unknown", "cdx:cisa:unknown-information"];

/// What the document says about the relationships of an element.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    /// It is an end of an edge.
    pub(super) related: bool,
    /// What it needs is said; that is nothing, or nobody knows.
    pub(super) needs: Option<Known>,
    /// How much of what it needs is listed is said.
    pub(super) completeness: Option<Known>,
    /// It is what the document is about.
    pub(super) root: bool,
    /// It is that, or one edge from there.
    pub(super) direct: bool,
}

/// Whether something is known, for what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
}

/// See the module.
pub(super) struct Facts<'a> {
    pub(super) parsed: &'a Parsed,
    pub(super) document: Document,
    tree: &'a Value,
    /// What the tree has of each element, and where.
    places: Vec<(&'a Value, Pointer)>,
    said: Vec<Said>,
    /// Files that are what a package is delivered as, by the package.
    artifacts: HashMap<ElementIndex, Vec<ElementIndex>>,
    pub(super) signed: bool,
    valid: OnceCell<bool>,
    /// Some component has a digest; a concluded licence.
    pub(super) any_hash: bool,
    pub(super) any_concluded: bool,
}

impl<'a> Facts<'a> {
    /// The tree is that of the document, with wrong spellings put right.
    pub(super) fn new(parsed: &'a Parsed, tree: &'a Value, signed: bool) -> Self {
        let document = map::tree_document(tree, parsed.encoding.standard_kind());
        let places = map::places(tree, parsed.encoding.standard_kind());
        let said = said(&document);
        let mut artifacts: HashMap<_, Vec<_>> = HashMap::new();
        for edge in document.edges.iter().filter(|edge| is_delivery(&edge.kind)) {
            if let (EdgeEnd::Element(from), EdgeEnd::Element(to)) = (&edge.from, &edge.to) {
                artifacts.entry(*from).or_default().push(*to);
            }
        }
        let concluded = |element: &Element| element.licenses.iter().any(|held| held.claim == LicenseClaim::Concluded);
        let any_hash = document.components().any(|(_, element)| !element.hashes.is_empty());
        let any_concluded = document.components().any(|(_, element)| concluded(element));
        Self {
            signed: signed || tree.get("signature").is_some(),
            valid: OnceCell::new(),
            any_hash,
            any_concluded,
            parsed,
            document,
            tree,
            places,
            said,
            artifacts,
        }
    }

    /// A value of the tree: the steps are member names.
    pub(super) fn value(&self, steps: &[&str]) -> Option<&Value> {
        steps.iter().try_fold(self.tree, |value, step| value.get(step))
    }

    /// The whole tree.
    pub(super) fn tree(&self) -> &Value {
        self.tree
    }

    /// Whether the document is valid; found out when it is asked.
    pub(super) fn is_valid(&self) -> bool {
        *self.valid.get_or_init(|| validate_tree(self.parsed).is_valid())
    }

    /// Where an element stands.
    pub(super) fn pointer(&self, at: ElementIndex) -> Pointer {
        self.places.get(at.get()).map(|(_, pointer)| pointer.clone()).unwrap_or_default()
    }

    /// What the document says of the relationships of an element.
    pub(super) fn said(&self, at: ElementIndex) -> Said {
        self.said.get(at.get()).copied().unwrap_or_default()
    }

    /// Whether the document says that something about itself is unknown.
    pub(super) fn is_unknown(&self, words: &[&str]) -> bool {
        is_unknown(&self.document.properties, words)
    }

    /// A component with what belongs to it.
    pub(super) fn item(&self, at: ElementIndex) -> Option<Item<'_>> {
        let element = self.document.element(at)?;
        let said = self.said(at);
        let files = self.artifacts.get(&at).into_iter().flatten();
        let files = files.filter_map(|file| Some((self.document.element(*file)?, self.node(*file))));
        Some(Item { element, node: self.node(at), files: files.collect(), is_root: said.root, said, facts: self })
    }

    fn node(&self, at: ElementIndex) -> &Value {
        self.places.get(at.get()).map_or(&Value::Null, |(node, _)| node)
    }
}

/// A component, as checks see it.
pub(super) struct Item<'a> {
    pub(super) element: &'a Element,
    /// What the tree has of it.
    pub(super) node: &'a Value,
    /// The files that it is delivered as, with what the tree has of them.
    pub(super) files: Vec<(&'a Element, &'a Value)>,
    pub(super) is_root: bool,
    pub(super) said: Said,
    pub(super) facts: &'a Facts<'a>,
}

impl Item<'_> {
    /// Whether the document says that something is unknown: in a slot of the standard, or by a property.
    pub(super) fn is_unknown(&self, slots: &[Slot], words: &[&str]) -> bool {
        slots.iter().any(|slot| self.element.unknown(*slot) == Some(Unknown::NoAssertion))
            || is_unknown(&self.element.properties, words)
    }

    /// Whether the document says that there is none.
    pub(super) fn is_none(&self, slot: Slot) -> bool {
        self.element.unknown(slot) == Some(Unknown::None)
    }

    /// Its digests, and those of the files that it is delivered as.
    pub(super) fn hashes(&self) -> impl Iterator<Item = &Hash> {
        let distribution = self.element.references.iter().filter(|held| is_distribution(&held.kind));
        let files = self.files.iter().flat_map(|(file, _)| &file.hashes);
        self.element.hashes.iter().chain(distribution.flat_map(|held| &held.hashes)).chain(files)
    }

    /// The value of a property.
    pub(super) fn property(&self, name: &str) -> Option<&str> {
        self.element.properties.iter().find(|held| held.name == name).map(|held| held.value.as_str())
    }
}

pub(super) fn is_distribution(kind: &str) -> bool {
    matches!(kind, "distribution" | "distribution-intake")
}

fn is_delivery(kind: &EdgeKind) -> bool {
    matches!(kind, EdgeKind::Other(word) if word == "DISTRIBUTION_ARTIFACT")
}

/// Whether one of the properties names one of the words.
fn is_unknown(properties: &[Property], words: &[&str]) -> bool {
    let stated = properties.iter().filter(|held| UNKNOWN.contains(&held.name.as_str()));
    stated.flat_map(|held| held.value.split([',', ';'])).any(|word| {
        let word = word.trim().to_ascii_lowercase().replace([' ', '_'], "-");
        let bare = word.strip_prefix("component-").or_else(|| word.strip_prefix("sbom-")).unwrap_or(&word);
        words.contains(&bare)
    })
}

/// Whether text stands for a value and is not a word for not having one.
pub(super) fn is_value(text: &str) -> bool {
    !text.trim().is_empty() && !stands_for_unknown(text)
}

/// Words that people and tools write where they have no value.
pub(super) fn stands_for_unknown(text: &str) -> bool {
    let text = text.trim();
    ["unknown", "noassertion"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn said(document: &Document) -> Vec<Said> {
    let mut said = vec![Said::default(); document.elements.len()];
    let mut set = |end: &EdgeEnd, change: &dyn Fn(&mut Said)| {
        if let EdgeEnd::Element(at) = end
            && let Some(held) = said.get_mut(at.get())
        {
            change(held);
        }
    };
    for root in &document.roots {
        set(&EdgeEnd::Element(*root), &|held| (held.root, held.direct) = (true, true));
    }
    let roots: HashSet<ElementIndex> = document.roots.iter().copied().collect();
    for edge in &document.edges {
        let inner = matches!(edge.kind, EdgeKind::DependsOn | EdgeKind::Contains);
        if edge.from != EdgeEnd::Document && edge.to != EdgeEnd::Document {
            set(&edge.from, &|held| held.related = true);
            set(&edge.to, &|held| held.related = true);
        }
        if inner {
            set(&edge.from, &|held| held.needs = Some(Known::Yes));
        }
        if inner && matches!(&edge.from, EdgeEnd::Element(from) if roots.contains(from)) {
            set(&edge.to, &|held| held.direct = true);
        }
    }
    for leaf in &document.leaves {
        set(&EdgeEnd::Element(*leaf), &|held| {
            held.related = true;
            held.needs = Some(Known::Yes);
        });
    }
    for (at, element) in document.indexed() {
        let stated = element.unknown(Slot::Dependencies).map(|unknown| match unknown {
            Unknown::None => Known::Yes,
            Unknown::NoAssertion => Known::No,
        });
        set(&EdgeEnd::Element(at), &|held| {
            held.needs = held.needs.or(stated);
            held.completeness = stated;
        });
    }
    for held in &document.completeness {
        let known = if matches!(held.aggregate.as_str(), "unknown" | "not_specified") { Known::No } else { Known::Yes };
        let needs = held.dependencies.iter().map(|end| (end, true));
        for (end, of_needs) in needs.chain(held.assemblies.iter().map(|end| (end, false))) {
            set(end, &|said| {
                said.completeness = Some(stronger(said.completeness, known));
                if of_needs && said.needs.is_none() {
                    said.needs = Some(known);
                }
            });
        }
    }
    said
}

/// What is known wins over what is said to be unknown.
fn stronger(held: Option<Known>, other: Known) -> Known {
    if held == Some(Known::Yes) { Known::Yes } else { other }
}
