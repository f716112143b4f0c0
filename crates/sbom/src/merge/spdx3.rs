//! SPDX 3: the nodes of all graphs in one graph. Nodes with an IRI are the same wherever they are; others are when they
//! say the same of the same things.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::content::content_of;
use super::identity::{self, Identity};
use super::join::Part;
use super::names::{Sort, mark, marked};
use super::{ROOT, SOURCE, Strategy, Work};
use crate::marks::add;
use crate::standard::Type;
use crate::tree::{Members, Value};

/// How often equal nodes are looked for: a node is equal only once those that it refers to are known to be.
const ROUNDS: usize = 8;

const DOCUMENT: &str = "SpdxDocument";

/// The node of the document, in a graph or alone.
pub(super) fn document_node(tree: &Value) -> Option<&Value> {
    let is_document = |node: &&Value| node.text_of("type") == Some(DOCUMENT);
    tree.items_of("@graph").iter().find(is_document).or_else(|| Some(tree).filter(is_document))
}

/// Its IRI.
pub(super) fn document(tree: &Value) -> Option<String> {
    document_node(tree)?.text_of("spdxId").map(str::to_owned)
}

/// When it was made.
pub(super) fn created(tree: &Value) -> Option<&str> {
    let info = document_node(tree)?.get("creationInfo")?;
    match info {
        Value::String(name) => {
            let named = |node: &&Value| node.text_of("@id") == Some(name);
            tree.items_of("@graph").iter().find(named)?.text_of("created")
        }
        info => info.text_of("created"),
    }
}

/// A node of an input.
struct Node {
    input: usize,
    token: Option<usize>,
    value: Value,
}

impl Work<'_> {
    pub(super) fn spdx3(&mut self) -> Value {
        let (origins, uuid, newest) = (self.origins(), self.uuid(), self.newest());
        let marks: Vec<Option<String>> =
            self.sources.iter().map(|source| self.earlier(&source.tree).is_empty().then(|| source.mark())).collect();
        let context = self.sources.iter().find_map(|source| source.tree.get("@context").cloned()).unwrap_or_default();
        for source in &mut self.sources {
            graph(&mut source.tree);
        }
        self.tokens();
        let mut nodes = self.graph_nodes();
        let documents = self.unite_nodes(&nodes);
        self.names.settle();
        let id = match (self.options.strategy, self.sources.first()) {
            (Strategy::Overlay, Some(first)) => format!("{}-{uuid}", first.id),
            _ => format!("urn:uuid:{uuid}"),
        };
        let document = documents.first().copied().unwrap_or_else(|| self.names.token(Sort::Element, None, 0));
        self.names.force(document, id.clone());
        let info = self.creation(&mut nodes, newest.as_deref());
        self.mark_nodes3(&mut nodes, &marks);
        let (graph, others) = self.join_nodes(nodes);
        let mut graph = graph;
        graph.extend(others);
        self.document3(&mut graph, document, &id, info, &origins);
        let mut members = Members::new();
        members.set("@context", context);
        members.set("@graph", Value::Array(graph));
        let mut tree = Value::Object(members);
        self.finish(&mut tree);
        self.fit(&mut tree);
        tree
    }

    fn graph_nodes(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        for (input, source) in self.sources.iter_mut().enumerate() {
            let Some(Value::Array(items)) = source.tree.as_object_mut().and_then(|tree| tree.remove("@graph")) else {
                continue;
            };
            for value in items {
                let token = value.text_of("spdxId").or_else(|| value.text_of("@id")).and_then(marked);
                nodes.push(Node { input, token, value });
            }
        }
        nodes
    }

    /// Unites nodes that are one; returns the tokens of the documents.
    fn unite_nodes(&mut self, nodes: &[Node]) -> Vec<usize> {
        let is = |node: &Node, class: &str| node.value.text_of("type") == Some(class);
        let documents: Vec<usize> =
            nodes.iter().filter(|node| is(node, DOCUMENT)).filter_map(|node| node.token).collect();
        if let Some((first, rest)) = documents.split_first() {
            rest.iter().for_each(|other| self.names.unite(*first, *other));
        }
        let digests: BTreeMap<usize, (String, String)> = nodes
            .iter()
            .filter_map(|node| {
                let text = |name| node.value.text_of(name).map(str::to_owned);
                Some((node.token?, (text("algorithm")?, text("hashValue")?)))
            })
            .collect();
        let is_thing = |node: &&Node| is(node, "software_Package") || is(node, "software_File");
        let things: Vec<(usize, Identity)> = nodes
            .iter()
            .filter(is_thing)
            .filter_map(|node| {
                let mut identity = element(&node.value);
                for link in node.value.items_of("verifiedUsing").iter().filter_map(|held| marked(held.as_str()?)) {
                    if let Some((algorithm, value)) = digests.get(&link) {
                        identity.hash(algorithm, value);
                    }
                }
                Some((node.token?, identity))
            })
            .collect();
        if !self.is_apart() {
            identity::unite(&mut self.names, &things);
        }
        let Some(kind) = node_type(self.schema.standard) else { return documents };
        let own: HashSet<usize> = things.iter().map(|(token, _)| *token).chain(documents.iter().copied()).collect();
        for _ in 0..ROUNDS {
            self.names.settle();
            let mut equal: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
            for node in nodes {
                let Some(token) = node.token.filter(|token| !own.contains(token)) else { continue };
                let content = content_of(&self.names, self.schema, &node.value, kind);
                equal.entry(content).or_default().insert(self.names.find(token));
            }
            let mut changed = false;
            for tokens in equal.into_values() {
                let mut tokens = tokens.into_iter();
                let Some(first) = tokens.next() else { continue };
                for other in tokens {
                    self.names.unite(first, other);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        documents
    }

    /// Who made the new document: those who made the old ones.
    fn creation(&mut self, nodes: &mut Vec<Node>, newest: Option<&str>) -> usize {
        let infos: HashSet<usize> = nodes
            .iter()
            .filter(|node| node.value.text_of("type") == Some(DOCUMENT))
            .filter_map(|node| node.value.text_of("creationInfo").and_then(marked))
            .map(|token| self.names.find(token))
            .collect();
        let token = self.names.token(Sort::Element, Some("_:merge"), usize::MAX);
        let mut made = Members::new();
        made.set_text("type", "CreationInfo");
        made.set_text("@id", mark(token));
        made.set_text("specVersion", "3.0.1");
        made.set_text("created", newest.unwrap_or("1970-01-01T00:00:00Z"));
        let mut by = BTreeSet::new();
        let mut using = BTreeSet::new();
        for node in nodes.iter() {
            let is_info = node.token.is_some_and(|token| infos.contains(&self.names.find(token)));
            if is_info {
                let links = |name| {
                    node.value
                        .items_of(name)
                        .iter()
                        .filter_map(|held| held.as_str().map(str::to_owned))
                        .collect::<Vec<_>>()
                };
                by.extend(links("createdBy"));
                using.extend(links("createdUsing"));
            }
        }
        // What an earlier merge made for its document is made anew.
        let is_merged = |node: &Node| {
            let members = node.value.as_object();
            members.is_some_and(|members| crate::marks::marks(members).iter().any(|(name, _)| name == SOURCE))
        };
        let earlier: HashSet<usize> = nodes
            .iter()
            .filter(|node| node.value.text_of("type") == Some(DOCUMENT) && is_merged(node))
            .filter_map(|node| node.value.text_of("creationInfo").and_then(marked))
            .map(|token| self.names.find(token))
            .collect();
        nodes.retain(|node| !node.token.is_some_and(|token| earlier.contains(&self.names.find(token))));
        earlier.iter().for_each(|held| self.names.unite(token, *held));
        self.names.settle();
        if let Some(tool) = &self.options.tool {
            let text = format!("urn:plimsoll:tool:{}-{}", tool.name, tool.version.as_deref().unwrap_or_default());
            let tool_token = self.names.token(Sort::Element, Some(&text), usize::MAX);
            let mut node = Members::new();
            node.set_text("type", "Tool");
            node.set_text("spdxId", mark(tool_token));
            node.set_text("creationInfo", mark(token));
            let version = tool.version.as_deref().map(|version| format!("-{version}")).unwrap_or_default();
            node.set_text("name", format!("{}{version}", tool.name));
            using.insert(mark(tool_token));
            nodes.push(Node { input: 0, token: Some(tool_token), value: Value::Object(node) });
        }
        if by.is_empty() {
            by.insert("SpdxOrganization".to_owned());
        }
        let list = |links: BTreeSet<String>| links.into_iter().map(Value::text).collect::<Vec<_>>();
        made.set_items("createdBy", list(by));
        made.set_items("createdUsing", list(using));
        nodes.push(Node { input: 0, token: Some(token), value: Value::Object(made) });
        token
    }

    fn mark_nodes3(&self, nodes: &mut [Node], marks: &[Option<String>]) {
        let marker = self.marker();
        let overlay = self.options.strategy == Strategy::Overlay;
        for node in nodes.iter_mut().filter(|node| !overlay || node.input > 0) {
            let Some(Some(mark)) = marks.get(node.input) else { continue };
            let is_package = node.value.text_of("type") == Some("software_Package");
            if let Value::Object(members) = &mut node.value
                && is_package
            {
                marker.mark(members, SOURCE, mark);
            }
        }
    }

    /// One node of each class; the nodes without names besides, each once.
    fn join_nodes(&mut self, nodes: Vec<Node>) -> (Vec<Value>, Vec<Value>) {
        let Some(kind) = node_type(self.schema.standard) else { return (Vec::new(), Vec::new()) };
        let mut order: Vec<usize> = Vec::new();
        let mut classes: BTreeMap<usize, Vec<Part>> = BTreeMap::new();
        let mut others: Vec<Value> = Vec::new();
        let mut seen: HashSet<Value> = HashSet::new();
        for node in nodes {
            match node.token {
                Some(token) => {
                    let class = self.names.find(token);
                    let held = classes.entry(class).or_insert_with(|| {
                        order.push(class);
                        Vec::new()
                    });
                    held.push(Part { input: node.input, value: node.value });
                }
                None if seen.insert(node.value.clone()) => others.push(node.value),
                None => {}
            }
        }
        let mut joiner = self.joiner();
        let mut out = Vec::new();
        for class in order {
            let parts = classes.remove(&class).unwrap_or_default();
            out.push(joiner.join(parts, kind, "@graph"));
        }
        let (conflicts, signatures) = (std::mem::take(&mut joiner.conflicts), joiner.signatures);
        self.found(conflicts, signatures);
        (out, others)
    }

    /// The node of the document, and those of a new root.
    fn document3(
        &mut self,
        graph: &mut Vec<Value>,
        token: usize,
        id: &str,
        info: usize,
        origins: &[(String, Option<usize>)],
    ) {
        let at = graph.iter().position(|node| node.text_of("type") == Some(DOCUMENT));
        let mut held = match at.map(|at| graph.swap_remove(at)) {
            Some(Value::Object(members)) => members,
            _ => {
                let mut members = Members::new();
                members.set_text("type", DOCUMENT);
                members
            }
        };
        held.set_text("spdxId", mark(token));
        held.set_text("creationInfo", mark(info));
        let marker = self.marker();
        for (origin, source) in origins {
            marker.mark(&mut held, SOURCE, origin);
            let Some(source) = source.and_then(|at| self.sources.get(at)).filter(|source| source.named) else {
                continue;
            };
            let mut hash = Members::new();
            hash.set_text("type", "Hash");
            hash.set_text("algorithm", "sha256");
            hash.set_text("hashValue", source.sha256.as_str());
            let mut map = Members::new();
            map.set_text("type", "ExternalMap");
            map.set_text("externalSpdxId", source.id.as_str());
            map.set("verifiedUsing", Value::Array(vec![Value::Object(hash)]));
            add(&mut held, "import", Value::Object(map));
        }
        if let Some(root) = self.options.root.clone() {
            let roots: Vec<Value> = held.get("rootElement").and_then(Value::as_array).unwrap_or_default().to_vec();
            let text = format!("{id}#{}", root.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
            let root_token = self.names.token(Sort::Element, Some(&text), usize::MAX);
            let mut node = Members::new();
            node.set_text("type", "software_Package");
            node.set_text("spdxId", mark(root_token));
            node.set_text("creationInfo", mark(info));
            node.set_text("name", root.name.as_str());
            node.set_some("software_packageVersion", root.version.as_deref());
            graph.push(Value::Object(node));
            for node in graph.iter_mut() {
                let is_root =
                    node.text_of("spdxId").is_some_and(|id| roots.iter().any(|root| root.as_str() == Some(id)));
                if let Value::Object(members) = node
                    && is_root
                {
                    marker.mark(members, ROOT, "true");
                }
            }
            if !roots.is_empty() {
                let relation_token = self.names.token(Sort::Element, Some(&format!("{text}-contents")), usize::MAX);
                let mut relation = Members::new();
                relation.set_text("type", "Relationship");
                relation.set_text("spdxId", mark(relation_token));
                relation.set_text("creationInfo", mark(info));
                relation.set_text("from", mark(root_token));
                let word = if self.options.strategy == Strategy::Flat { "dependsOn" } else { "contains" };
                relation.set_text("relationshipType", word);
                relation.set("to", Value::Array(roots));
                add(&mut held, "element", Value::text(mark(relation_token)));
                graph.push(Value::Object(relation));
            }
            add(&mut held, "element", Value::text(mark(root_token)));
            held.set("rootElement", Value::Array(vec![Value::text(mark(root_token))]));
        }
        graph.insert(0, Value::Object(held));
    }
}

/// What a package or file is known by; digests that are nodes of their own aside.
pub(crate) fn element(node: &Value) -> Identity {
    let is_file = node.text_of("type") == Some("software_File");
    let version = node.text_of("software_packageVersion");
    let mut identity =
        Identity::new(if is_file { "file" } else { "package" }, node.text_of("name").unwrap_or_default(), version);
    if let Some(purl) = node.text_of("software_packageUrl") {
        identity.purl(purl, version);
    }
    for held in node.items_of("externalIdentifier") {
        let text = held.text_of("identifier").unwrap_or_default();
        match held.text_of("externalIdentifierType") {
            Some("packageUrl") => identity.purl(text, version),
            Some("cpe23" | "cpe22") => identity.cpe(text),
            _ => {}
        }
    }
    for held in node.items_of("verifiedUsing") {
        identity.hash(held.text_of("algorithm").unwrap_or_default(), held.text_of("hashValue").unwrap_or_default());
    }
    identity
}

fn node_type(standard: &'static crate::standard::Standard) -> Option<&'static Type> {
    let document = standard.object(standard.root())?;
    match &document.fields.iter().find(|field| field.name == "@graph")?.kind {
        Type::Array(item) => Some(item),
        _ => None,
    }
}

/// Every node that has a name stands in the graph itself.
pub(crate) fn graph(tree: &mut Value) {
    let Value::Object(document) = tree else { return };
    if !document.has("@graph") {
        let context = document.remove("@context");
        let node = Value::Object(std::mem::take(document));
        if let Some(context) = context {
            document.set("@context", context);
        }
        document.set("@graph", Value::Array(vec![node]));
    }
    let Some(Value::Array(items)) = document.get_mut("@graph") else { return };
    let mut moved = Vec::new();
    for item in items.iter_mut() {
        if let Value::Object(members) = item {
            members.iter_mut().for_each(|(_, held)| hoist(held, &mut moved));
        }
    }
    items.append(&mut moved);
}

fn hoist(value: &mut Value, moved: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|held| hoist(held, moved)),
        Value::Object(members) => {
            members.iter_mut().for_each(|(_, held)| hoist(held, moved));
            let name = ["spdxId", "@id"].iter().find_map(|name| members.get(name)?.as_str().map(str::to_owned));
            if let Some(name) = name {
                moved.push(std::mem::replace(value, Value::text(name)));
            }
        }
        _ => {}
    }
}
