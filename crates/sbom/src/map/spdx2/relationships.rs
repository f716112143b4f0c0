//! Relationships: what SPDX 2 has some sixty words for, in one direction, and back.
//!
//! Dependencies keep the word of SPDX for their scope where it has one that readers know; `plimsoll:` lines at the start
//! of a comment carry what no word says. What names an element that is not there leads to a package of our own that
//! stands for it, as SPDX asks for every end to exist.

use std::collections::{HashMap, HashSet};

use super::words::{self, DOCUMENT, NOASSERTION, NONE, id, is_foreign_id, value};
use crate::document::{Document, Edge, EdgeEnd, EdgeKind, EdgeScope, ElementIndex, Slot, Unknown};
use crate::standard::VersionIndex;
use crate::tree::{Members, Value};

const SCOPE: &str = "plimsoll:scope=";
const WORD: &str = "plimsoll:relationship=";

/// Scopes and their words.
const SCOPES: &[(EdgeScope, &str, &str)] = &[
    (EdgeScope::Runtime, "runtime", "RUNTIME_DEPENDENCY_OF"),
    (EdgeScope::Build, "build", "BUILD_DEPENDENCY_OF"),
    (EdgeScope::Development, "development", "DEV_DEPENDENCY_OF"),
    (EdgeScope::Test, "test", "TEST_DEPENDENCY_OF"),
    (EdgeScope::Optional, "optional", "OPTIONAL_DEPENDENCY_OF"),
    (EdgeScope::Provided, "provided", "PROVIDED_DEPENDENCY_OF"),
];

fn scope_word(scope: EdgeScope) -> Option<(&'static str, &'static str)> {
    SCOPES.iter().find(|(held, ..)| *held == scope).map(|(_, word, relationship)| (*word, *relationship))
}

/// Reads the relationships of a document whose elements are there already.
pub(super) struct Reader<'a> {
    ids: HashMap<String, ElementIndex>,
    document_id: &'a str,
    /// Packages that stand for what is not in the document, by id.
    stand_ins: HashMap<String, String>,
    roots: HashSet<ElementIndex>,
    leaves: HashSet<ElementIndex>,
    edges: HashSet<(EdgeEnd, EdgeKind, EdgeEnd)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        ids: HashMap<String, ElementIndex>,
        document_id: &'a str,
        stand_ins: HashMap<String, String>,
    ) -> Self {
        let (roots, leaves, edges) = (HashSet::new(), HashSet::new(), HashSet::new());
        Self { ids, document_id, stand_ins, roots, leaves, edges }
    }

    /// What an id names. Bitnami gives the document the id of its package, and means the package.
    pub(super) fn end(&self, text: &str) -> EdgeEnd {
        match (self.ids.get(text), self.stand_ins.get(text)) {
            (Some(at), _) => EdgeEnd::Element(*at),
            (None, _) if text == self.document_id => EdgeEnd::Document,
            (None, Some(name)) => EdgeEnd::External(name.clone()),
            (None, None) => EdgeEnd::External(text.to_owned()),
        }
    }

    /// The ends of a relationship. Only documents describe.
    fn ends(&self, from: &str, word: &str, to: &str) -> (EdgeEnd, EdgeEnd) {
        let end = |text: &str, describes: &str| match text == self.document_id && word == describes {
            true => EdgeEnd::Document,
            false => self.end(text),
        };
        (end(from, "DESCRIBES"), end(to, "DESCRIBED_BY"))
    }

    /// Everything that relates elements.
    pub(super) fn read(&mut self, tree: &Value, out: &mut Document) {
        for held in tree.items_of("relationships") {
            let text = |name: &str| held.text_of(name);
            let ends = (text("spdxElementId"), text("relationshipType"), text("relatedSpdxElement"));
            if let (Some(from), Some(word), Some(to)) = ends {
                self.relationship(from, word, to, text("comment").unwrap_or_default(), out);
            }
        }
        for held in tree.items_of("documentDescribes").iter().filter_map(Value::as_str) {
            self.relationship(self.document_id, "DESCRIBES", held, "", out);
        }
        for package in tree.items_of("packages") {
            let Some(from) = package.text_of("SPDXID").map(|id| self.end(id)) else { continue };
            for file in package.items_of("hasFiles").iter().filter_map(Value::as_str) {
                self.implied(from.clone(), EdgeKind::Contains, file, out);
            }
        }
        for file in tree.items_of("files") {
            let Some(from) = file.text_of("SPDXID").map(|id| self.end(id)) else { continue };
            for needed in file.items_of("fileDependencies").iter().filter_map(Value::as_str) {
                self.implied(from.clone(), EdgeKind::DependsOn, needed, out);
            }
        }
        for snippet in tree.items_of("snippets") {
            let end = |name: &str| snippet.text_of(name).map(|id| self.end(id));
            if let (Some(to), Some(from)) = (end("SPDXID"), end("snippetFromFile")) {
                self.add_implied(from, EdgeKind::Contains, to, out);
            }
        }
    }

    /// An edge that another field implies: added when no relationship says the same.
    fn implied(&mut self, from: EdgeEnd, kind: EdgeKind, to: &str, out: &mut Document) {
        let to = self.end(to);
        self.add_implied(from, kind, to, out);
    }

    fn add_implied(&mut self, from: EdgeEnd, kind: EdgeKind, to: EdgeEnd, out: &mut Document) {
        if self.edges.insert((from.clone(), kind.clone(), to.clone())) {
            out.edges.push(Edge { from, kind, to, scope: EdgeScope::Unsaid, comment: None });
        }
    }

    fn relationship(&mut self, from: &str, word: &str, to: &str, comment: &str, out: &mut Document) {
        let (stated_word, stated_scope, comment) = read_comment(comment);
        let word = if word == "OTHER" { stated_word.unwrap_or(word) } else { word };
        let (from, to) = self.ends(from, word, to);
        let (from, kind, to, scope) = normal(from, word, to);
        let scope = if scope == EdgeScope::Unsaid { stated_scope } else { scope };
        if comment.is_none() && scope == EdgeScope::Unsaid && self.is_statement(&from, &kind, &to, out) {
            return;
        }
        self.edges.insert((from.clone(), kind.clone(), to.clone()));
        out.edges.push(Edge { from, kind, to, scope, comment: comment.map(str::to_owned) });
    }

    /// Whether the relationship is not one between two elements but says what an element is or lacks.
    fn is_statement(&mut self, from: &EdgeEnd, kind: &EdgeKind, to: &EdgeEnd, out: &mut Document) -> bool {
        let what = match to {
            EdgeEnd::External(name) if name == NONE => Some(Unknown::None),
            EdgeEnd::External(name) if name == NOASSERTION => Some(Unknown::NoAssertion),
            _ => None,
        };
        match (from, kind, to) {
            (EdgeEnd::Document, EdgeKind::Other(word), EdgeEnd::Element(root)) if word == "DESCRIBES" => {
                if self.roots.insert(*root) {
                    out.roots.push(*root);
                }
                true
            }
            // It is written where there is no root.
            (EdgeEnd::Document, EdgeKind::Other(word), _) if word == "DESCRIBES" => what == Some(Unknown::NoAssertion),
            (EdgeEnd::Element(at), EdgeKind::DependsOn, _) if what == Some(Unknown::None) => {
                if self.leaves.insert(*at) {
                    out.leaves.push(*at);
                }
                true
            }
            (EdgeEnd::Element(at), EdgeKind::DependsOn | EdgeKind::Contains, _) => {
                let slot = if *kind == EdgeKind::DependsOn { Slot::Dependencies } else { Slot::Contents };
                let Some((what, element)) = what.zip(out.elements.get_mut(at.get())) else { return false };
                if element.unknown(slot).is_none() {
                    element.unknown.push((slot, what));
                }
                true
            }
            _ => false,
        }
    }
}

/// A relationship in the direction and kind that it has in a document.
fn normal(from: EdgeEnd, word: &str, to: EdgeEnd) -> (EdgeEnd, EdgeKind, EdgeEnd, EdgeScope) {
    let scope = SCOPES.iter().find(|(_, _, held)| *held == word).map(|(scope, ..)| *scope);
    match (word, scope) {
        (_, Some(scope)) => (to, EdgeKind::DependsOn, from, scope),
        ("DEPENDS_ON", _) => (from, EdgeKind::DependsOn, to, EdgeScope::Unsaid),
        ("DEPENDENCY_OF", _) => (to, EdgeKind::DependsOn, from, EdgeScope::Unsaid),
        ("CONTAINS", _) => (from, EdgeKind::Contains, to, EdgeScope::Unsaid),
        ("CONTAINED_BY", _) => (to, EdgeKind::Contains, from, EdgeScope::Unsaid),
        ("SPECIFICATION_FOR", _) => (to, EdgeKind::Provides, from, EdgeScope::Unsaid),
        ("DESCRIBED_BY", _) => (to, EdgeKind::Other("DESCRIBES".to_owned()), from, EdgeScope::Unsaid),
        _ => (from, EdgeKind::Other(word.to_owned()), to, EdgeScope::Unsaid),
    }
}

fn read_comment(mut text: &str) -> (Option<&str>, EdgeScope, Option<&str>) {
    let (mut word, mut scope) = (None, EdgeScope::Unsaid);
    loop {
        let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
        if let Some(held) = line.strip_prefix(WORD) {
            word = Some(held);
        } else if let Some(held) = line.strip_prefix(SCOPE)
            && let Some((known, ..)) = SCOPES.iter().find(|(_, name, _)| *name == held)
        {
            scope = *known;
        } else {
            return (word, scope, (!text.is_empty()).then_some(text));
        }
        text = rest;
    }
}

/// Writes the relationships.
pub(super) struct Writer<'a> {
    document: &'a Document,
    ids: &'a [String],
    version: VersionIndex,
    /// Ids of the packages that stand for what is not there.
    stand_ins: HashMap<&'a str, String>,
    /// Edges that another field says.
    implied: &'a HashSet<usize>,
    written: HashSet<(String, &'static str, String, Option<String>)>,
    out: Vec<Value>,
}

/// The packages that stand for what edges name and the document does not hold: name and id, in order.
pub(super) fn stand_ins<'a>(document: &'a Document, ids: &[String]) -> Vec<(&'a str, String)> {
    let mut taken: HashSet<String> = ids.iter().cloned().chain([DOCUMENT.to_owned()]).collect();
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for end in document.edges.iter().flat_map(|edge| [&edge.from, &edge.to]) {
        let EdgeEnd::External(name) = end else { continue };
        if matches!(name.as_str(), NONE | NOASSERTION) || is_foreign_id(name) || !seen.insert(name.as_str()) {
            continue;
        }
        // A name that could be an id keeps it, so that nobody has to look for it.
        let mut made = if words::is_legal_id(name) { name.clone() } else { id("External", name, name) };
        while !taken.insert(made.clone()) {
            made = id("External", name, &made);
        }
        out.push((name.as_str(), made));
    }
    out
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        document: &'a Document,
        ids: &'a [String],
        stand_ins: &[(&'a str, String)],
        implied: &'a HashSet<usize>,
        version: VersionIndex,
    ) -> Self {
        let stand_ins = stand_ins.iter().map(|(name, id)| (*name, id.clone())).collect();
        Self { document, ids, version, stand_ins, implied, written: HashSet::new(), out: Vec::new() }
    }

    fn end(&self, end: &EdgeEnd) -> Option<String> {
        match end {
            EdgeEnd::Document => Some(DOCUMENT.to_owned()),
            EdgeEnd::Element(at) => self.ids.get(at.get()).cloned(),
            EdgeEnd::External(name) => Some(self.stand_ins.get(name.as_str()).unwrap_or(name).clone()),
        }
    }

    fn put(&mut self, from: String, word: &'static str, to: String, comment: Option<String>) {
        let key = (from, word, to, comment);
        if self.written.contains(&key) {
            return;
        }
        let mut members = Members::new();
        members.push("spdxElementId", Value::text(key.0.as_str()));
        members.push("relationshipType", Value::text(key.1));
        members.push("relatedSpdxElement", Value::text(key.2.as_str()));
        members.set_some("comment", key.3.as_deref());
        self.out.push(Value::Object(members));
        self.written.insert(key);
    }

    /// All of them: what the document describes, the edges, and what is said to have none.
    pub(super) fn write(mut self) -> Vec<Value> {
        let document = self.document;
        let roots: Vec<String> = document.roots.iter().filter_map(|root| self.ids.get(root.get()).cloned()).collect();
        if roots.is_empty() {
            // A document has to say what it describes (SPDX 2.3 §11.1).
            self.put(DOCUMENT.to_owned(), "DESCRIBES", NOASSERTION.to_owned(), None);
        }
        for root in roots {
            self.put(DOCUMENT.to_owned(), "DESCRIBES", root, None);
        }
        for (at, edge) in document.edges.iter().enumerate() {
            if let (false, Some((from, to))) =
                (self.implied.contains(&at), self.end(&edge.from).zip(self.end(&edge.to)))
            {
                self.edge(edge, from, to);
            }
        }
        for leaf in &document.leaves {
            if let Some(id) = self.ids.get(leaf.get()) {
                self.put(id.clone(), "DEPENDS_ON", NONE.to_owned(), None);
            }
        }
        for (id, element) in self.ids.iter().zip(&document.elements) {
            for (slot, word) in [(Slot::Dependencies, "DEPENDS_ON"), (Slot::Contents, "CONTAINS")] {
                if let Some(what) = element.unknown(slot) {
                    let what = if what == Unknown::None { NONE } else { NOASSERTION };
                    self.put(id.clone(), word, what.to_owned(), None);
                }
            }
        }
        self.out
    }

    fn edge(&mut self, edge: &Edge, from: String, to: String) {
        // Words that name the other end first need that end.
        let ends_in_nothing = matches!(to.as_str(), NONE | NOASSERTION);
        let scope = scope_word(edge.scope);
        let mut lines: Vec<String> = Vec::new();
        let (from, word, to, said) = match (&edge.kind, scope) {
            // The common case keeps the common word, which every reader knows.
            (EdgeKind::DependsOn, Some((_, word))) if edge.scope != EdgeScope::Runtime && !ends_in_nothing => {
                (to, word, from, true)
            }
            (EdgeKind::DependsOn, _) => (from, "DEPENDS_ON", to, false),
            (EdgeKind::Contains, _) => (from, "CONTAINS", to, false),
            (EdgeKind::Provides, _) => (to, "SPECIFICATION_FOR", from, false),
            (EdgeKind::Other(word), _) => match value("relationship-type", word, self.version) {
                Some(word) => (from, word, to, false),
                None => {
                    lines.push(format!("{WORD}{}", words::one_line(word)));
                    (from, "OTHER", to, false)
                }
            },
        };
        let word = value("relationship-type", word, self.version).unwrap_or_else(|| {
            lines.push(format!("{WORD}{word}"));
            "OTHER"
        });
        if let (false, Some((name, _))) = (said, scope) {
            lines.push(format!("{SCOPE}{name}"));
        }
        lines.extend(edge.comment.clone());
        self.put(from, word, to, (!lines.is_empty()).then(|| lines.join("\n")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Element, ElementKind};
    use crate::standard::Standard;

    fn document() -> Document {
        let mut document = Document::default();
        for id in ["SPDXRef-a", "SPDXRef-b"] {
            document.push(Element::new(ElementKind::Component(String::new()), id, "x"));
        }
        document
    }

    fn read(relationships: &[[&str; 4]]) -> Document {
        let mut document = document();
        let ids = document.ids().into_iter().map(|(id, at)| (id.to_owned(), at)).collect();
        let mut reader = Reader::new(ids, DOCUMENT, HashMap::new());
        for [from, word, to, comment] in relationships {
            reader.relationship(from, word, to, comment, &mut document);
        }
        document
    }

    fn lines(document: &Document, version: &str) -> Vec<String> {
        let ids: Vec<String> = document.elements.iter().map(|held| held.id.clone()).collect();
        let version = Standard::spdx2().version(version).unwrap();
        let (stand_ins, implied) = (stand_ins(document, &ids), HashSet::new());
        let line = |held: Value| {
            let text = |name: &str| held.text_of(name).unwrap_or_default().replace("SPDXRef-", "");
            let words = ["spdxElementId", "relationshipType", "relatedSpdxElement", "comment"].map(text);
            words.join(" ").trim_end().to_owned()
        };
        Writer::new(document, &ids, &stand_ins, &implied, version).write().into_iter().map(line).collect()
    }

    #[test]
    fn directions_and_scopes() {
        let document = read(&[
            ["SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-a", ""],
            ["SPDXRef-b", "DEPENDENCY_OF", "SPDXRef-a", ""],
            ["SPDXRef-b", "DEV_DEPENDENCY_OF", "SPDXRef-a", "why"],
            ["SPDXRef-b", "RUNTIME_DEPENDENCY_OF", "SPDXRef-a", ""],
            ["SPDXRef-b", "CONTAINED_BY", "SPDXRef-a", ""],
            ["SPDXRef-b", "CONTAINED_BY", "SPDXRef-a", ""],
            ["SPDXRef-a", "AMENDS", "SPDXRef-b", ""],
            ["SPDXRef-b", "DEPENDS_ON", "NONE", ""],
            ["SPDXRef-b", "CONTAINS", "NOASSERTION", ""],
        ]);
        let want = [
            "DOCUMENT DESCRIBES a",
            "a DEPENDS_ON b",
            "b DEV_DEPENDENCY_OF a why",
            "a DEPENDS_ON b plimsoll:scope=runtime",
            "a CONTAINS b",
            "a AMENDS b",
            "b DEPENDS_ON NONE",
            "b CONTAINS NOASSERTION",
        ];
        assert_eq!(lines(&document, "2.3"), want);
        let old = lines(&document, "2.2");
        assert_eq!(old[5], "a OTHER b plimsoll:relationship=AMENDS");
        assert_eq!(document.roots, [ElementIndex(0)]);
        assert_eq!(document.leaves, [ElementIndex(1)]);
        assert_eq!(document.elements[1].unknown(Slot::Contents), Some(Unknown::NoAssertion));
    }

    #[test]
    fn every_edge_comes_back() {
        let kinds = [EdgeKind::DependsOn, EdgeKind::Contains, EdgeKind::Provides, EdgeKind::Other("AMENDS".into())];
        let scopes = SCOPES.iter().map(|(scope, ..)| *scope).chain([EdgeScope::Unsaid]);
        let mut held = document();
        for scope in scopes {
            for kind in &kinds {
                for comment in [None, Some("one\ntwo".to_owned())] {
                    let (from, to) = (EdgeEnd::Element(ElementIndex(0)), EdgeEnd::Element(ElementIndex(1)));
                    held.edges.push(Edge { from, kind: kind.clone(), to, scope, comment });
                }
            }
        }
        for version in ["2.2", "2.3"] {
            let ids: Vec<String> = held.elements.iter().map(|held| held.id.clone()).collect();
            let version = Standard::spdx2().version(version).unwrap();
            let implied = HashSet::new();
            let written = Writer::new(&held, &ids, &[], &implied, version).write();
            let mut tree = Members::new();
            tree.push("relationships", Value::Array(written));
            let ids = held.ids().into_iter().map(|(id, at)| (id.to_owned(), at)).collect();
            let mut back = document();
            Reader::new(ids, DOCUMENT, HashMap::new()).read(&Value::Object(tree), &mut back);
            assert_eq!(back.edges, held.edges);
        }
    }
}
