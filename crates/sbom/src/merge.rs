//! Several documents made one.
//!
//! All inputs are brought to one standard and version first. Then they are merged as trees, guided by the tables, so that
//! whatever the standard can say survives: nothing goes through the neutral document that did not have to. Which things
//! are one thing is told by a ladder (`identity`); what they are called is settled last (`names`), so that references
//! hold whatever had to be renamed.
//!
//! Merging equal documents gives that document. Beyond names, the result of `flat` does not depend on the order of the
//! inputs, unless the policy is to take the first or the last.

mod content;
mod cyclonedx;
pub(crate) mod identity;
mod join;
mod label;
mod names;
mod options;
pub(crate) mod schema;
mod spdx2;
mod spdx3;
mod table;
mod values;

use crate::convert::{self, Carry, Losses};
use crate::map::StandardKind;
use crate::marks::Marker;
use crate::restrict::restrict;
use crate::tree::{Value, compact};
use crate::uuid::ContentUuid;
use join::Joiner;
use names::Names;
use schema::Schema;

pub(crate) use cyclonedx::component;
pub(crate) use label::label;
pub(crate) use names::sha256_hex;
pub use options::{Conflict, Input, MergeError, Merged, OnConflict, Options, Root, Strategy};
pub(crate) use spdx2::package_identity as package;
pub(crate) use spdx3::{element as node, graph};

/// The mark that names the documents that a document or component came from.
pub const SOURCE: &str = "plimsoll:merge:source";
/// The mark of a component that one of the merged documents was about.
pub const ROOT: &str = "plimsoll:merge:root";

/// What a merge works on: an input in the standard and version of the result.
struct Source {
    tree: Value,
    label: String,
    /// Who it is, in the result: a BOM-Link, a namespace or an IRI; its digest where it has no name.
    id: String,
    /// Whether the document has that name itself.
    named: bool,
    sha256: String,
    /// When it was made.
    time: Option<jiff::Timestamp>,
    created: Option<String>,
}

/// Merges documents.
///
/// # Errors
/// There are none, a root is needed, or values differ and that is forbidden.
pub fn merge(inputs: &[Input], options: &Options) -> Result<Merged, MergeError> {
    if inputs.is_empty() {
        return Err(MergeError::NoInput);
    }
    let needs_root = matches!(options.strategy, Strategy::Hierarchical | Strategy::Assembly);
    if needs_root && options.root.is_none() {
        return Err(MergeError::NoRoot);
    }
    let mut notes = Vec::new();
    let mut losses = Vec::new();
    let mut sources: Vec<Source> = Vec::new();
    let mut same_as = Vec::new();
    for (at, input) in inputs.iter().enumerate() {
        let conversion = convert::convert(&input.parsed, options.encoding, options.version, Carry::None);
        let lost = if input.parsed.encoding.standard_kind() == options.encoding.standard_kind()
            && input.parsed.version == options.version
        {
            Losses::default()
        } else {
            conversion.losses
        };
        losses.push(lost);
        let tree = conversion.tree;
        let held = sources.iter().position(|source| source.tree == tree);
        same_as.push(held.and_then(|held| same_as.iter().position(|place| *place == held)).unwrap_or(at));
        if held.is_none() {
            sources.push(source(tree, input, options.encoding.standard_kind()));
        }
    }
    // Places of distinct inputs among all.
    let places: Vec<usize> = same_as.iter().enumerate().filter(|(at, same)| at == *same).map(|(at, _)| at).collect();
    if options.root.is_none()
        && let [only] = sources.as_mut_slice()
    {
        let tree = std::mem::take(&mut only.tree);
        let things = count(&tree, options);
        let before = things.saturating_mul(inputs.len());
        let (conflicts, renamed) = (Vec::new(), Vec::new());
        return Ok(Merged { tree, losses, conflicts, renamed, same_as, things_before: before, things, notes });
    }
    let things_before = sources.iter().map(|source| count(&source.tree, options)).fold(0_usize, usize::saturating_add);
    let mut work = Work::new(sources, options, &mut notes);
    let tree = match options.encoding.standard_kind() {
        StandardKind::CycloneDx => work.cyclonedx(),
        StandardKind::Spdx2 => work.spdx2(),
        StandardKind::Spdx3 => work.spdx3(),
    };
    let Work { mut conflicts, mut renamed, .. } = work;
    let place = |at: usize| places.get(at).copied().unwrap_or(at);
    for conflict in &mut conflicts {
        conflict.kept.0 = place(conflict.kept.0);
        conflict.others.iter_mut().for_each(|(input, _)| *input = place(*input));
    }
    renamed.iter_mut().for_each(|(input, ..)| *input = place(*input));
    if options.on_conflict == OnConflict::Fail && !conflicts.is_empty() {
        return Err(MergeError::Conflicts(conflicts));
    }
    let things = count(&tree, options);
    Ok(Merged { tree, losses, conflicts, renamed, same_as, things_before, things, notes })
}

/// How many components, packages or files a tree lists.
fn count(tree: &Value, options: &Options) -> usize {
    fn components(items: &[Value]) -> usize {
        items
            .iter()
            .fold(0_usize, |sum, item| sum.saturating_add(1).saturating_add(components(item.items_of("components"))))
    }
    match options.encoding.standard_kind() {
        StandardKind::CycloneDx => {
            let root = tree.get("metadata").and_then(|metadata| metadata.get("component"));
            components(tree.items_of("components"))
                .saturating_add(root.map_or(0, |root| components(std::slice::from_ref(root))))
        }
        StandardKind::Spdx2 => tree.items_of("packages").len().saturating_add(tree.items_of("files").len()),
        StandardKind::Spdx3 => {
            let is_thing = |node: &&Value| matches!(node.text_of("type"), Some("software_Package" | "software_File"));
            tree.items_of("@graph").iter().filter(is_thing).count()
        }
    }
}

fn source(tree: Value, input: &Input, standard: StandardKind) -> Source {
    let sha256 = input.sha256.clone().unwrap_or_else(|| sha256_hex(compact(&tree).as_bytes()));
    let created = match standard {
        StandardKind::CycloneDx => tree.get("metadata").and_then(|metadata| metadata.text_of("timestamp")),
        StandardKind::Spdx2 => tree.get("creationInfo").and_then(|info| info.text_of("created")),
        StandardKind::Spdx3 => spdx3::created(&tree),
    };
    let created = created.map(str::to_owned);
    let own = match standard {
        StandardKind::CycloneDx => crate::map::bom_link(&tree),
        StandardKind::Spdx2 => tree.text_of("documentNamespace").map(str::to_owned),
        StandardKind::Spdx3 => spdx3::document(&tree),
    };
    let named = own.is_some();
    let id = own.unwrap_or_else(|| format!("urn:sha256:{sha256}"));
    let time = created.as_deref().and_then(|text| text.parse().ok());
    Source { tree, label: input.label.clone(), id, named, sha256, time, created }
}

/// The state of one merge.
struct Work<'a> {
    sources: Vec<Source>,
    options: &'a Options,
    standard: StandardKind,
    schema: Schema,
    names: Names,
    conflicts: Vec<Conflict>,
    renamed: Vec<(usize, String, String)>,
    notes: &'a mut Vec<String>,
}

impl<'a> Work<'a> {
    fn new(sources: Vec<Source>, options: &'a Options, notes: &'a mut Vec<String>) -> Self {
        let standard = options.encoding.standard_kind();
        let schema = Schema { standard: standard.table(), version: options.version };
        let names = Names::new(standard);
        Self { sources, options, standard, schema, names, conflicts: Vec::new(), renamed: Vec::new(), notes }
    }

    /// Every name and reference becomes a token.
    fn tokens(&mut self) {
        for (at, source) in self.sources.iter_mut().enumerate() {
            self.names.take_names(&mut source.tree, self.schema, at);
        }
        for (at, source) in self.sources.iter_mut().enumerate() {
            self.names.take_links(&mut source.tree, self.schema, at);
        }
        let root = self.schema.standard.root_type();
        for source in &self.sources {
            content::ties(&mut self.names, self.schema, &source.tree, root, "");
        }
    }

    /// Whether each thing of each input stays by itself.
    fn is_apart(&self) -> bool {
        self.options.strategy == Strategy::Hierarchical
    }

    /// When the newest of the inputs was made, as it says so.
    fn newest(&self) -> Option<String> {
        let newest = self.sources.iter().max_by_key(|source| (source.time, source.created.as_deref()));
        newest.and_then(|source| source.created.clone())
    }

    fn marker(&self) -> Marker {
        let version = self.options.tool.as_ref().and_then(|tool| tool.version.as_deref());
        Marker::new(self.standard, version, self.newest().as_deref())
    }

    fn policy(&self) -> OnConflict {
        match (self.options.strategy, self.options.on_conflict) {
            (Strategy::Overlay, OnConflict::Union) => OnConflict::First,
            (_, policy) => policy,
        }
    }

    fn joiner(&mut self) -> Joiner<'_> {
        let marker = self.marker();
        let policy = self.policy();
        let mut order: Vec<usize> = (0..self.sources.len()).collect();
        order.sort_by_key(|at| self.sources.get(*at).map(|source| (source.time, source.created.clone())));
        let mut times = vec![0_usize; order.len()];
        for (rank, at) in order.iter().enumerate() {
            let same = |other: usize| {
                let time = |at: usize| self.sources.get(at).map(|source| (source.time, source.created.as_deref()));
                time(other) == time(*at)
            };
            // Documents of one time have one rank, so that their order does not matter.
            let rank = order.iter().position(|other| same(*other)).unwrap_or(rank);
            if let Some(held) = times.get_mut(*at) {
                *held = rank;
            }
        }
        Joiner::new(&mut self.names, self.schema, self.standard, policy, marker, times)
    }

    /// Takes what a joiner found.
    fn found(&mut self, conflicts: Vec<Conflict>, signatures: usize) {
        self.conflicts.extend(conflicts);
        if signatures > 0 {
            self.notes.push(format!("{signatures} signatures of what was merged no longer hold and are left out"));
        }
    }

    /// The final names, in the tree.
    fn finish(&mut self, tree: &mut Value) {
        self.names.settle();
        let first = (self.options.strategy == Strategy::Overlay).then_some(0);
        let finals = self.names.finals(first);
        self.renamed = self.names.renamed(&finals);
        self.names.give_back(tree, self.schema, &finals);
        distinct(tree, self.schema);
    }

    /// Nothing of the result that its version does not have.
    fn fit(&mut self, tree: &mut Value) {
        let taken = restrict(tree, self.schema.standard, self.schema.version);
        if !taken.is_empty() {
            self.notes.push(format!("the version has no place for {} marks of the merge", taken.len()));
        }
    }

    /// A UUID for the result: that of its sources and how they were merged.
    fn uuid(&self) -> String {
        use std::io::Write;
        let mut ids: Vec<String> = self.origins().into_iter().map(|(id, _)| id).collect();
        ids.sort();
        let mut uuid = ContentUuid::new();
        let strategy = match self.options.strategy {
            Strategy::Flat => "flat",
            Strategy::Hierarchical => "hierarchical",
            Strategy::Assembly => "assembly",
            Strategy::Overlay => "overlay",
        };
        let policy = match self.options.on_conflict {
            OnConflict::Union => "union",
            OnConflict::First => "first",
            OnConflict::Last => "last",
            OnConflict::Newest => "newest",
            OnConflict::Fail => "fail",
        };
        let root = self.options.root.clone().unwrap_or_default();
        let (version, group) = (root.version.unwrap_or_default(), root.group.unwrap_or_default());
        // Writing to a hash does not fail.
        let _ = writeln!(uuid, "{strategy}\n{policy}\n{group}\n{}\n{version}\n{}", root.name, ids.join("\n"));
        uuid.finish()
    }

    /// The documents that the result came from: those that merged inputs were made from count instead of these.
    fn origins(&self) -> Vec<(String, Option<usize>)> {
        let mut origins: Vec<(String, Option<usize>)> = Vec::new();
        for (at, source) in self.sources.iter().enumerate() {
            let earlier = self.earlier(&source.tree);
            let found: Vec<(String, Option<usize>)> = if earlier.is_empty() {
                vec![(source.mark(), Some(at))]
            } else {
                earlier.into_iter().map(|id| (id, None)).collect()
            };
            for origin in found {
                if !origins.iter().any(|(id, _)| *id == origin.0) {
                    origins.push(origin);
                }
            }
        }
        origins
    }

    /// The documents that a document was merged from.
    fn earlier(&self, tree: &Value) -> Vec<String> {
        let bearer = match self.standard {
            StandardKind::CycloneDx => tree.get("metadata").and_then(Value::as_object),
            StandardKind::Spdx2 => tree.as_object(),
            StandardKind::Spdx3 => spdx3::document_node(tree).and_then(Value::as_object),
        };
        let marks = bearer.map(crate::marks::marks).unwrap_or_default();
        marks.into_iter().filter(|(name, _)| name == SOURCE).map(|(_, value)| value).collect()
    }
}

impl Source {
    /// The value of the mark for it.
    fn mark(&self) -> String {
        if self.named { format!("{} sha256:{}", self.id, self.sha256) } else { format!("sha256:{}", self.sha256) }
    }
}

/// Items of lists that must differ do.
fn distinct(tree: &mut Value, schema: Schema) {
    fn value(value_held: &mut Value, kind: &'static crate::standard::Type, unique: bool, schema: Schema) {
        let (object, item) = (schema.object(kind, value_held), schema.item(kind, value_held));
        match value_held {
            Value::Array(items) => {
                if let Some(item) = item {
                    items.iter_mut().for_each(|held| value(held, item, false, schema));
                }
                if unique {
                    let mut seen = std::collections::HashSet::new();
                    let keep: Vec<bool> = items.iter().map(|item| seen.insert(item)).collect();
                    let mut keep = keep.into_iter();
                    items.retain(|_| keep.next().unwrap_or(true));
                }
            }
            Value::Object(members) => {
                let Some(object) = object else { return };
                for (name, held) in members.iter_mut() {
                    if let Some(field) = schema.field(object, name) {
                        value(held, &field.kind, field.unique, schema);
                    }
                }
            }
            _ => {}
        }
    }
    value(tree, schema.standard.root_type(), false, schema);
}

#[cfg(test)]
mod tests;
