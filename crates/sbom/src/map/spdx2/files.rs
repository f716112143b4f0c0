//! Which elements are files and snippets of SPDX, and which are packages that say what they are.

use std::collections::{HashMap, HashSet};

use super::RANGE;
use super::words;
use crate::document::{Document, EdgeEnd, EdgeKind, EdgeScope, Element, ElementKind, Property};
use crate::standard::VersionIndex;
use crate::tree::{Members, Value};

/// Which elements are written as files and snippets, and which edges that says.
pub(super) struct Files {
    pub(super) files: HashSet<usize>,
    /// The file of a snippet.
    pub(super) snippets: HashMap<usize, String>,
    pub(super) implied: HashSet<usize>,
}

impl Files {
    pub(super) fn of(document: &Document, ids: &[String], version: VersionIndex) -> Self {
        let is_file = |held: &Element| {
            let bare = held.purls.is_empty() && held.cpes.is_empty() && held.identifiers.is_empty();
            let digest = held.hashes.iter().any(|hash| words::checksum(hash, version).is_some());
            held.kind == ElementKind::File && bare && digest && held.references.is_empty() && held.version.is_none()
        };
        let elements = || document.indexed().map(|(at, held)| (at.get(), held));
        let files: HashSet<usize> = elements().filter(|(_, held)| is_file(held)).map(|(at, _)| at).collect();
        let ranged = |held: &Element| {
            held.kind == ElementKind::Snippet && held.properties.iter().any(|held| range(held, "").is_some())
        };
        let ranged: HashSet<usize> = elements().filter(|(_, held)| ranged(held)).map(|(at, _)| at).collect();
        let mut out = Self { files, snippets: HashMap::new(), implied: HashSet::new() };
        for (at, edge) in document.edges.iter().enumerate() {
            let EdgeEnd::Element(snippet) = edge.to else { continue };
            let plain = edge.kind == EdgeKind::Contains && edge.scope == EdgeScope::Unsaid && edge.comment.is_none();
            if !plain || !ranged.contains(&snippet.get()) || out.snippets.contains_key(&snippet.get()) {
                continue;
            }
            let file = match &edge.from {
                EdgeEnd::Element(file) if out.files.contains(&file.get()) => ids.get(file.get()),
                EdgeEnd::External(name) if words::is_foreign_id(name) => Some(name),
                _ => None,
            };
            if let Some(file) = file {
                out.snippets.insert(snippet.get(), file.clone());
                out.implied.insert(at);
            }
        }
        out
    }
}

/// The range that a property holds.
pub(super) fn range(property: &Property, file: &str) -> Option<Value> {
    if property.name != RANGE {
        return None;
    }
    let mut words = property.value.split(' ');
    let (word, start, end, rest) = (words.next()?, words.next()?, words.next()?, words.next());
    let name = match word {
        "offset" => "offset",
        "line" => "lineNumber",
        _ => return None,
    };
    let is_number = |text: &str| !text.is_empty() && text.len() < 16 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = |text: &str| is_number(text) && (text == "0" || !text.starts_with('0'));
    if rest.is_some() || !is_number(start) || !is_number(end) {
        return None;
    }
    let pointer = |number: &str| {
        let mut members = Members::new();
        members.push("reference", Value::text(file));
        members.push(name, Value::Number(number.into()));
        Value::Object(members)
    };
    let mut members = Members::new();
    members.push("startPointer", pointer(start));
    members.push("endPointer", pointer(end));
    Some(Value::Object(members))
}
