//! Documents for people who may not see everything.
//!
//! A redacted component keeps its place in the graph under a pseudonym, which is a salted digest of what it is: the same
//! in every document of one salt, and nothing that could be found by guessing without it. A document that was redacted
//! says so, says which fields are withheld, and no longer claims to be complete. What was taken out is then looked for in
//! all that is left: text goes, and what cannot go without making another component a lie is reported.

mod fields;
mod scrub;
mod targets;

use std::collections::{BTreeMap, HashSet};

use crate::encoding::Parsed;
use crate::map::StandardKind;
use crate::marks::Marker;
use crate::merge::schema::{Role, Schema};
use crate::merge::sha256_hex;
use crate::restrict::restrict;
use crate::tree::{Members, Value};

pub use fields::FieldPattern;
pub use targets::ComponentPattern;

/// The mark of what is withheld: on an element the word `withheld`, or the name of a field; on the document a summary.
pub const REDACTED: &str = "plimsoll:redacted";

/// What stands for text that cannot be left out.
const WITHHELD: &str = "WITHHELD";

/// Marks that hold whole documents.
const CARRIERS: &[&str] = &["plimsoll:residue:v1"];

/// What to withhold.
#[derive(Debug, Clone, Default)]
pub struct Redaction {
    /// Components whose package URL or name matches one of these.
    pub components: Vec<ComponentPattern>,
    /// Those that stay although they match.
    pub keep: Vec<ComponentPattern>,
    /// Matching components go with all their relationships, instead of getting a pseudonym.
    pub remove: bool,
    /// Fields of all components and of the document.
    pub fields: Vec<FieldPattern>,
    /// Where files lie: occurrences, names of files.
    pub internal_paths: bool,
    /// The secret that pseudonyms derive from. Needed wherever one is made.
    pub salt: Vec<u8>,
}

/// One thing that was withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withheld {
    /// The component, as it was; empty for the document.
    pub element: String,
    /// What: `component` or the name of a field.
    pub what: String,
    /// The pseudonym that stands for it, when there is one.
    pub pseudonym: Option<String>,
}

/// A redacted document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Redacted {
    /// The tree.
    pub tree: Value,
    /// What was withheld. This list is for whoever redacts; it is not in the document.
    pub withheld: Vec<Withheld>,
    /// Texts that are still there, and the pointers where: other components are called so.
    pub left: Vec<(String, String)>,
    /// What else to know.
    pub notes: Vec<String>,
}

/// Why nothing was redacted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedactError {
    /// Pseudonyms of names can be guessed when there is no secret in them.
    #[error("pseudonyms need a salt of at least 16 bytes")]
    NoSalt,
}

/// Withholds what is asked for. A document of which nothing matches stays as it is.
///
/// # Errors
/// Pseudonyms are needed and there is no salt.
pub fn redact(parsed: &Parsed, redaction: &Redaction) -> Result<Redacted, RedactError> {
    let needs_salt = (!redaction.components.is_empty() && !redaction.remove) || redaction.internal_paths;
    if needs_salt && redaction.salt.len() < 16 {
        return Err(RedactError::NoSalt);
    }
    let standard = parsed.encoding.standard_kind();
    let schema = Schema { standard: standard.table(), version: parsed.version };
    let mut work = Work {
        redaction,
        standard,
        schema,
        marker: Marker::new(standard, None, created(&parsed.tree)),
        withheld: Vec::new(),
        secrets: BTreeMap::new(),
        renamed: BTreeMap::new(),
        given: BTreeMap::new(),
        removed: HashSet::new(),
        notes: Vec::new(),
    };
    let mut tree = parsed.tree.clone();
    if standard == StandardKind::Spdx3 {
        crate::merge::graph(&mut tree);
    }
    work.components(&mut tree);
    work.names(&mut tree);
    work.fields(&mut tree);
    if redaction.internal_paths {
        work.paths(&mut tree);
    }
    if work.withheld.is_empty() {
        return Ok(Redacted { tree: parsed.tree.clone(), withheld: Vec::new(), left: Vec::new(), notes: work.notes });
    }
    work.drop_carriers(&mut tree);
    restrict(&mut tree, schema.standard, schema.version);
    let left = work.scrub(&mut tree);
    work.tell(&mut tree);
    restrict(&mut tree, schema.standard, schema.version);
    work.withheld.sort_by(|one, other| (&one.element, &one.what).cmp(&(&other.element, &other.what)));
    Ok(Redacted { tree, withheld: work.withheld, left, notes: work.notes })
}

/// The time of a document of SPDX 2, by which our annotations are told.
fn created(tree: &Value) -> Option<&str> {
    tree.get("creationInfo")?.text_of("created")
}

struct Work<'a> {
    redaction: &'a Redaction,
    standard: StandardKind,
    schema: Schema,
    marker: Marker,
    withheld: Vec<Withheld>,
    /// Texts that may be nowhere, and what stands for them.
    secrets: BTreeMap<String, String>,
    /// Names of elements, then and now.
    renamed: BTreeMap<String, String>,
    /// How often each new name was given.
    given: BTreeMap<String, usize>,
    /// Names of elements that are gone.
    removed: HashSet<String>,
    notes: Vec<String>,
}

impl Work<'_> {
    /// The word that stands for a text.
    fn pseudonym(&self, text: &str) -> String {
        let mut bytes = self.redaction.salt.clone();
        bytes.push(0);
        bytes.extend_from_slice(text.as_bytes());
        let digest = sha256_hex(&bytes);
        format!("withheld-{}", digest.get(..16).unwrap_or_default())
    }

    /// What stands for a text wherever else it is: a pseudonym when there is a salt.
    fn stand_in(&self, text: &str) -> String {
        if self.redaction.salt.len() < 16 { "withheld".to_owned() } else { self.pseudonym(text) }
    }

    /// References follow names; those to what is gone go with it.
    fn names(&mut self, tree: &mut Value) {
        if self.renamed.is_empty() && self.removed.is_empty() {
            return;
        }
        let (renamed, removed) = (&self.renamed, &self.removed);
        self.schema.visit(tree, self.schema.standard.root_type(), &mut |role, value| {
            if !matches!(role, Role::Name | Role::Link) {
                return;
            }
            let Some(text) = value.as_str() else { return };
            if let Some(now) = renamed.get(text) {
                *value = Value::text(now.as_str());
            } else if removed.contains(text) {
                // Taken out below: nothing is named so.
                *value = Value::Null;
            }
        });
        if !self.removed.is_empty() {
            prune(tree);
        }
    }

    /// Facts that an earlier conversion carried may be anything.
    fn drop_carriers(&mut self, tree: &mut Value) {
        fn walk(value: &mut Value, dropped: &mut usize) {
            match value {
                Value::Array(items) => {
                    let before = items.len();
                    items.retain(|item| {
                        let name = item.text_of("name").or_else(|| item.text_of("extension_cdxPropName"));
                        let text = item.text_of("comment").unwrap_or_default();
                        let carries = |carrier: &str| {
                            name == Some(carrier)
                                || text.strip_prefix(carrier).is_some_and(|rest| rest.starts_with('='))
                        };
                        !CARRIERS.iter().any(|carrier| carries(carrier))
                    });
                    *dropped = dropped.saturating_add(before.saturating_sub(items.len()));
                    items.iter_mut().for_each(|item| walk(item, dropped));
                }
                Value::Object(members) => {
                    if members.remove("signature").is_some() {
                        *dropped = dropped.saturating_add(1);
                    }
                    members.iter_mut().for_each(|(_, held)| walk(held, dropped));
                }
                _ => {}
            }
        }
        let mut dropped = 0;
        walk(tree, &mut dropped);
        if dropped > 0 {
            self.notes.push(format!("{dropped} signatures and carried facts of the whole document are left out"));
        }
    }

    /// The document says that it was redacted, and is another document.
    fn tell(&self, tree: &mut Value) {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for held in &self.withheld {
            let count = counts.entry(held.what.as_str()).or_default();
            *count = count.saturating_add(1);
        }
        let summary: Vec<String> = counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
        let summary = summary.join(", ");
        let uuid = crate::json::uuid_of(tree);
        let Value::Object(document) = tree else { return };
        match self.standard {
            StandardKind::CycloneDx => {
                if document.has("serialNumber") {
                    document.set_text("serialNumber", format!("urn:uuid:{uuid}"));
                    document.set("version", Value::Number("1".into()));
                }
                if !document.has("metadata") {
                    document.set("metadata", Value::Object(Members::new()));
                }
                let root = document.get("metadata").and_then(|held| held.get("component"));
                let root = root.and_then(|root| root.text_of("bom-ref")).map(str::to_owned);
                if let Some(Value::Object(metadata)) = document.get_mut("metadata") {
                    self.marker.mark(metadata, REDACTED, &summary);
                }
                let mut composition = Members::new();
                composition.set_text("aggregate", "incomplete");
                composition.set_items("assemblies", root.into_iter().map(Value::text).collect());
                crate::marks::add(document, "compositions", Value::Object(composition));
            }
            StandardKind::Spdx2 => {
                let namespace = format!("https://spdx.org/spdxdocs/redacted-{uuid}");
                document.set_text("documentNamespace", namespace);
                self.marker.mark(document, REDACTED, &summary);
                self.marker.mark(document, "plimsoll:completeness", "incomplete");
            }
            StandardKind::Spdx3 => {
                let nodes = document.get_mut("@graph").and_then(Value::as_array_mut).into_iter().flatten();
                for node in nodes.filter(|node| node.text_of("type") == Some("SpdxDocument")) {
                    if let Value::Object(members) = node {
                        self.marker.mark(members, REDACTED, &summary);
                    }
                }
            }
        }
    }
}

/// Takes out what is null, and lists that became empty by it.
fn prune(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| !matches!(item, Value::Null));
            items.iter_mut().for_each(prune);
        }
        Value::Object(members) => {
            members.retain(|_, held| {
                let had = held.as_array().is_some_and(|items| !items.is_empty());
                prune(held);
                let emptied = had && held.as_array().is_some_and(<[Value]>::is_empty);
                !matches!(held, Value::Null) && !emptied
            });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
