//! CycloneDX: components are taken out of their lists, united, and put back where they belong.

mod parts;
mod place;
mod tidy;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::identity::{self, Identity};
use super::join::Part;
use super::names::{Sort, mark, marked};
use super::schema::CONTAINED_IN;
use super::{ROOT, Root, SOURCE, Source, Strategy, Work};
use crate::marks::add;
use crate::tree::{Members, Value};
pub(crate) use parts::component;
use parts::{component_type, list_type, named};
use place::{build, place};
use tidy::{drop_pointers, drop_residue, modern_tools};

/// A component of an input, taken out of its list.
struct Piece {
    input: usize,
    token: usize,
    /// The component that it stands in.
    parent: Option<usize>,
    is_root: bool,
    value: Value,
}

/// A component of the result.
struct Node {
    value: Value,
    parents: BTreeSet<usize>,
    inputs: BTreeSet<usize>,
    is_root: bool,
}

impl Work<'_> {
    pub(super) fn cyclonedx(&mut self) -> Value {
        for (at, source) in self.sources.iter().enumerate().filter(|(_, source)| source.named) {
            self.names.document(source.id.clone(), at);
        }
        let origins = self.origins();
        let (uuid, newest) = (self.uuid(), self.newest());
        let marks: Vec<Option<String>> =
            self.sources.iter().map(|source| self.earlier(&source.tree).is_empty().then(|| source.mark())).collect();
        self.tokens();
        let base = self
            .sources
            .first()
            .map(|source| (source.tree.get("serialNumber").cloned(), source.tree.get("version").cloned()));
        let pieces = self.take_out();
        let things: Vec<(usize, Identity)> =
            pieces.iter().map(|piece| (piece.token, component(&piece.value))).collect();
        if self.is_apart() {
            for (piece, (token, identity)) in pieces.iter().zip(&things) {
                let source = self.sources.get(piece.input).map(Source::mark).unwrap_or_default();
                self.names.tie(*token, format!("{}{source}", identity.tie()));
            }
        } else {
            identity::unite(&mut self.names, &things);
        }
        self.names.settle();
        let mut nodes = self.nodes(pieces);
        self.mark_nodes(&mut nodes, &marks);
        let mut bom = self.rest(newest.as_deref());
        let root = self.root_token();
        let containment = self.assemble(&mut bom, nodes, root);
        self.dependencies(&mut bom, &containment);
        self.metadata(&mut bom, &origins);
        match (self.options.strategy, base) {
            (Strategy::Overlay, Some((Some(serial), version))) => {
                bom.set("serialNumber", serial);
                let next = match version {
                    Some(Value::Number(text)) => text.parse::<u64>().unwrap_or(1).saturating_add(1),
                    _ => 2,
                };
                bom.set("version", Value::Number(next.to_string().into()));
            }
            _ => {
                bom.set_text("serialNumber", format!("urn:uuid:{uuid}"));
                bom.set("version", Value::Number("1".into()));
            }
        }
        let order = self.schema.standard.object(self.schema.standard.root());
        bom.sort_by_key(|name| {
            order.and_then(|object| object.fields.iter().position(|field| field.name == name)).unwrap_or(usize::MAX)
        });
        let mut tree = Value::Object(bom);
        self.finish(&mut tree);
        self.fit(&mut tree);
        tree
    }

    /// All components, out of their lists, each with a token.
    fn take_out(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for at in 0..self.sources.len() {
            let Some(tree) = self.sources.get_mut(at).and_then(|source| source.tree.as_object_mut()) else { continue };
            let root =
                tree.get_mut("metadata").and_then(Value::as_object_mut).and_then(|held| held.remove("component"));
            let list = tree.remove("components").unwrap_or_default();
            let label = self.sources.get(at).map(|source| source.label.clone()).unwrap_or_default();
            let root = root.or_else(|| {
                // A document about nothing: its file stands for what it is about.
                let needs = matches!(self.options.strategy, Strategy::Hierarchical | Strategy::Assembly);
                needs.then(|| named("application", &label, None, None))
            });
            let root = root.map(|root| self.piece(root, at, None, true, &mut pieces));
            let parent = root.filter(|_| self.is_apart());
            if let Value::Array(items) = list {
                for item in items {
                    self.piece(item, at, parent, false, &mut pieces);
                }
            }
        }
        pieces
    }

    fn piece(
        &mut self,
        value: Value,
        input: usize,
        parent: Option<usize>,
        is_root: bool,
        out: &mut Vec<Piece>,
    ) -> usize {
        // Depth is bounded by the reader.
        let mut value = value;
        let inner = value.as_object_mut().and_then(|members| members.remove("components")).unwrap_or_default();
        let held = value.text_of("bom-ref").and_then(marked);
        let token = held.unwrap_or_else(|| self.names.token(Sort::Element, None, input));
        out.push(Piece { input, token, parent, is_root, value });
        if let Value::Array(items) = inner {
            for item in items {
                self.piece(item, input, Some(token), false, out);
            }
        }
        token
    }

    /// The components of the result, by class.
    fn nodes(&mut self, pieces: Vec<Piece>) -> BTreeMap<usize, Node> {
        let mut classes: BTreeMap<usize, Vec<Piece>> = BTreeMap::new();
        for piece in pieces {
            classes.entry(self.names.find(piece.token)).or_default().push(piece);
        }
        let component = self.schema.standard.object_named("component");
        let kind = component.and_then(|_| component_type(self.schema.standard));
        let parents: Vec<(usize, BTreeSet<usize>)> = classes
            .iter()
            .map(|(class, held)| {
                let parents = held.iter().filter_map(|piece| Some(self.names.find(piece.parent?)));
                (*class, parents.filter(|parent| parent != class).collect())
            })
            .collect();
        let parents: HashMap<usize, BTreeSet<usize>> = parents.into_iter().collect();
        let mut joiner = self.joiner();
        let mut nodes = BTreeMap::new();
        for (class, held) in classes {
            let inputs = held.iter().map(|piece| piece.input).collect();
            let is_root = held.iter().any(|piece| piece.is_root);
            let parts = held.into_iter().map(|piece| Part { input: piece.input, value: piece.value }).collect();
            let value = kind.map(|kind| joiner.join(parts, kind, "component")).unwrap_or_default();
            let parents = parents.get(&class).cloned().unwrap_or_default();
            nodes.insert(class, Node { value, parents, inputs, is_root });
        }
        let (conflicts, signatures) = (std::mem::take(&mut joiner.conflicts), joiner.signatures);
        self.found(conflicts, signatures);
        nodes
    }

    /// Where each component came from.
    fn mark_nodes(&self, nodes: &mut BTreeMap<usize, Node>, marks: &[Option<String>]) {
        let marker = self.marker();
        let overlay = self.options.strategy == Strategy::Overlay;
        for node in nodes.values_mut() {
            let Value::Object(members) = &mut node.value else { continue };
            for input in node.inputs.iter().filter(|input| !overlay || **input > 0) {
                if let Some(Some(mark)) = marks.get(*input) {
                    marker.mark(members, SOURCE, mark);
                }
            }
        }
    }

    /// Everything but the components, joined.
    fn rest(&mut self, newest: Option<&str>) -> Members {
        let legacy = self.schema.standard.is_within("..1.4", self.schema.version);
        let modern = self.sources.iter().any(|source| {
            source
                .tree
                .get("metadata")
                .and_then(|held| held.get("tools"))
                .is_some_and(|held| held.as_object().is_some())
        });
        let mut parts = Vec::new();
        let mut dropped = [0_usize; 3];
        for (at, source) in self.sources.iter_mut().enumerate() {
            let Value::Object(mut bom) = std::mem::take(&mut source.tree) else { continue };
            for member in ["serialNumber", "version"] {
                bom.remove(member);
            }
            if bom.remove("signature").is_some() {
                dropped[0] = dropped[0].saturating_add(1);
            }
            dropped[1] = dropped[1].saturating_add(drop_pointers(&mut bom));
            if let Some(Value::Object(metadata)) = bom.get_mut("metadata") {
                dropped[2] = dropped[2].saturating_add(drop_residue(metadata));
                if let Some(newest) = newest.filter(|_| metadata.has("timestamp")) {
                    metadata.set_text("timestamp", newest);
                }
                if modern && !legacy {
                    modern_tools(metadata);
                }
            }
            parts.push(Part { input: at, value: Value::Object(bom) });
        }
        let [signatures, pointers, residues] = dropped;
        let root_type = self.schema.standard.root_type();
        let mut joiner = self.joiner();
        let joined = joiner.join(parts, root_type, "bom");
        let (conflicts, inner) = (std::mem::take(&mut joiner.conflicts), joiner.signatures);
        self.found(conflicts, signatures.saturating_add(inner));
        if pointers > 0 {
            self.notes.push(format!("{pointers} citations that point at places of their document are left out"));
        }
        if residues > 0 {
            self.notes.push(format!("what {residues} documents carried for another standard is left out"));
        }
        if let Value::Object(members) = joined { members } else { Members::new() }
    }

    /// A token for the new root.
    fn root_token(&mut self) -> Option<(usize, Root)> {
        let root = self.options.root.clone()?;
        let version = root.version.as_deref().map(|version| format!("@{version}")).unwrap_or_default();
        let group = root.group.as_deref().map(|group| format!("{group}/")).unwrap_or_default();
        let text = format!("{group}{}{version}", root.name);
        let token = self.names.token(Sort::Element, Some(&text), usize::MAX);
        self.names.tie(token, " ".to_owned());
        Some((token, root))
    }

    /// Puts the components in their places, and returns what lies in what beyond that, as pairs of classes.
    fn assemble(
        &mut self,
        bom: &mut Members,
        mut nodes: BTreeMap<usize, Node>,
        new_root: Option<(usize, Root)>,
    ) -> Vec<(usize, usize)> {
        let roots: Vec<usize> = self.root_order(&nodes);
        let first_root = match self.options.strategy {
            Strategy::Overlay => {
                roots.iter().copied().find(|root| nodes.get(root).is_some_and(|node| node.inputs.contains(&0)))
            }
            _ => None,
        };
        let main = match (&new_root, roots.as_slice()) {
            (Some(_), _) => None,
            (None, [only]) => Some(*only),
            (None, _) => first_root.or_else(|| match self.options.on_conflict {
                super::OnConflict::First => roots.first().copied(),
                super::OnConflict::Last => roots.last().copied(),
                _ => None,
            }),
        };
        if main.is_none() && new_root.is_none() && !roots.is_empty() {
            self.notes.push(format!("the result is about {} things; name a root to make it about one", roots.len()));
        }
        let marker = self.marker();
        for root in roots.iter().filter(|root| Some(**root) != main) {
            if let Some(Value::Object(members)) = nodes.get_mut(root).map(|node| &mut node.value) {
                marker.mark(members, ROOT, "true");
            }
        }
        let (placed, mut extra) = place(&nodes, main, &self.names.class_ties());
        // Names for whatever is referred to from here.
        let mut need: BTreeSet<usize> = roots.iter().copied().filter(|_| new_root.is_some()).collect();
        extra.iter().for_each(|(from, to)| need.extend([*from, *to]));
        self.ensure_names(&mut nodes, &need);
        for (from, to) in &extra {
            let from = mark(*from);
            if let Some(Value::Object(members)) = nodes.get_mut(to).map(|node| &mut node.value) {
                let mut property = Members::new();
                property.set_text("name", CONTAINED_IN);
                property.set_text("value", from);
                add(members, "properties", Value::Object(property));
            }
        }
        let mut compositions = Vec::new();
        if self.options.strategy == Strategy::Assembly {
            let all: BTreeSet<usize> = nodes.keys().copied().collect();
            self.ensure_names(&mut nodes, &all);
            compositions = self.whose(&nodes, &roots);
        }
        let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
        for class in nodes.keys().filter(|class| Some(**class) != main) {
            children.entry(placed.get(class).copied()).or_default().push(*class);
        }
        let mut values: BTreeMap<usize, Value> = nodes.into_iter().map(|(class, node)| (class, node.value)).collect();
        let top = children.remove(&None).unwrap_or_default();
        let main_value = main.and_then(|main| build(main, &mut values, &mut children));
        let mut list: Vec<Value> = Vec::new();
        let mut within: Vec<Value> = Vec::new();
        for class in top {
            let Some(value) = build(class, &mut values, &mut children) else { continue };
            let nested = self.options.strategy == Strategy::Assembly && roots.contains(&class);
            if nested { within.push(value) } else { list.push(value) }
        }
        let main_value = match new_root {
            Some((token, root)) => {
                let mut value = named("application", &root.name, root.version.as_deref(), root.group.as_deref());
                if let Value::Object(members) = &mut value {
                    members.set_text("bom-ref", mark(token));
                    members.set_items("components", within);
                }
                // It is about what the documents were about.
                if self.options.strategy != Strategy::Assembly {
                    self.edges_from_root(bom, token, &roots);
                }
                extra.retain(|(from, _)| *from != token);
                Some(value)
            }
            None => main_value,
        };
        if let Some(value) = main_value {
            if !bom.has("metadata") {
                bom.set("metadata", Value::Object(Members::new()));
            }
            if let Some(Value::Object(metadata)) = bom.get_mut("metadata") {
                metadata.set("component", value);
            }
        }
        bom.set_items("components", list);
        compositions.into_iter().for_each(|composition| add(bom, "compositions", composition));
        extra
    }

    /// The roots of the inputs, in the order of the inputs.
    fn root_order(&self, nodes: &BTreeMap<usize, Node>) -> Vec<usize> {
        let marked_root = |node: &Node| {
            node.is_root
                || node.value.as_object().is_some_and(|members| {
                    crate::marks::marks(members).iter().any(|(name, value)| name == ROOT && value == "true")
                })
        };
        let mut roots: Vec<(usize, usize)> = nodes
            .iter()
            .filter(|(_, node)| marked_root(node))
            .map(|(class, node)| (node.inputs.first().copied().unwrap_or_default(), *class))
            .collect();
        roots.sort_unstable();
        roots.into_iter().map(|(_, class)| class).collect()
    }

    /// Components that are referred to have names.
    fn ensure_names(&mut self, nodes: &mut BTreeMap<usize, Node>, classes: &BTreeSet<usize>) {
        for class in classes {
            let Some(node) = nodes.get_mut(class) else { continue };
            // Of several names the least is taken, so a made up one gives way to any other.
            let text = format!("~{}", super::label(&node.value));
            let Value::Object(members) = &mut node.value else { continue };
            if !members.has("bom-ref") {
                let token = self.names.token(Sort::Element, Some(&text), usize::MAX);
                self.names.tie(token, text);
                self.names.unite(*class, token);
                members.set_text("bom-ref", mark(*class));
            }
        }
    }

    fn edges_from_root(&self, bom: &mut Members, token: usize, roots: &[usize]) {
        let mut entry = Members::new();
        entry.set_text("ref", mark(token));
        entry.set_items("dependsOn", roots.iter().map(|root| Value::text(mark(*root))).collect());
        add(bom, "dependencies", Value::Object(entry));
    }

    /// Compositions that say which components each input lists.
    fn whose(&self, nodes: &BTreeMap<usize, Node>, roots: &[usize]) -> Vec<Value> {
        let mut out = Vec::new();
        for at in 0..self.sources.len() {
            let of = |class: &&usize| nodes.get(class).is_some_and(|node| node.inputs.contains(&at));
            let root =
                roots.iter().find(|root| nodes.get(root).is_some_and(|node| node.is_root && node.inputs.contains(&at)));
            let classes = root.into_iter().chain(nodes.keys().filter(|class| Some(*class) != root).filter(of));
            let mut composition = Members::new();
            composition.set_text("aggregate", "not_specified");
            composition.set_items("assemblies", classes.map(|class| Value::text(mark(*class))).collect());
            out.push(Value::Object(composition));
        }
        out
    }

    /// One entry for each component, without what became a circle of one.
    fn dependencies(&mut self, bom: &mut Members, containment: &[(usize, usize)]) {
        let mut entries: Vec<Value> = match bom.remove("dependencies") {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        for (from, to) in containment {
            let mut entry = Members::new();
            entry.set_text("ref", mark(*from));
            entry.set("dependsOn", Value::Array(vec![Value::text(mark(*to))]));
            entries.push(Value::Object(entry));
        }
        if entries.is_empty() {
            return;
        }
        let Some(kind) = list_type(self.schema.standard, "dependencies") else { return };
        let mut joiner = self.joiner();
        let joined = joiner.join(vec![Part { input: 0, value: Value::Array(entries) }], kind, "dependencies");
        let Value::Array(mut items) = joined else { return };
        for item in &mut items {
            let Value::Object(entry) = item else { continue };
            let from = entry.get("ref").and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
            let own = |text: &str| {
                text != from
                    && marked(text)
                        .zip(marked(&from))
                        .is_some_and(|(to, from)| self.names.find(to) == self.names.find(from))
            };
            for member in ["dependsOn", "provides"] {
                if let Some(Value::Array(targets)) = entry.get_mut(member) {
                    targets.retain(|target| !target.as_str().is_some_and(own));
                }
            }
        }
        bom.set("dependencies", Value::Array(items));
    }

    /// Where the result came from, and what made it.
    fn metadata(&mut self, bom: &mut Members, origins: &[(String, Option<usize>)]) {
        let marker = self.marker();
        let mut metadata = match bom.remove("metadata") {
            Some(Value::Object(members)) => members,
            _ => Members::new(),
        };
        if let Some(tool) = &self.options.tool {
            let legacy = self.schema.standard.is_within("..1.4", self.schema.version)
                || metadata.get("tools").is_some_and(|tools| tools.as_array().is_some());
            let mut held = Members::new();
            if !legacy {
                held.set_text("type", "application");
            }
            held.set_text("name", tool.name.as_str());
            held.set_some("version", tool.version.as_deref());
            let same = |item: &Value| {
                item.text_of("name") == Some(&tool.name) && item.text_of("version") == tool.version.as_deref()
            };
            if legacy {
                if !metadata.get("tools").and_then(Value::as_array).unwrap_or_default().iter().any(same) {
                    add(&mut metadata, "tools", Value::Object(held));
                }
            } else {
                if !metadata.has("tools") {
                    metadata.set("tools", Value::Object(Members::new()));
                }
                if let Some(Value::Object(tools)) = metadata.get_mut("tools")
                    && !tools.get("components").and_then(Value::as_array).unwrap_or_default().iter().any(same)
                {
                    add(tools, "components", Value::Object(held));
                }
            }
        }
        for (id, source) in origins {
            marker.mark(&mut metadata, SOURCE, id);
            let Some(source) = source.and_then(|at| self.sources.get(at)) else { continue };
            let mut reference = Members::new();
            reference.set_text("type", "bom");
            reference.set_text("url", source.id.as_str());
            let mut hash = Members::new();
            hash.set_text("alg", "SHA-256");
            hash.set_text("content", source.sha256.as_str());
            reference.set("hashes", Value::Array(vec![Value::Object(hash)]));
            add(bom, "externalReferences", Value::Object(reference));
        }
        let order = self.schema.standard.object_named("metadata").map(|(_, object)| object);
        metadata.sort_by_key(|name| {
            order.and_then(|object| object.fields.iter().position(|field| field.name == name)).unwrap_or(usize::MAX)
        });
        bom.set("metadata", Value::Object(metadata));
    }
}
