//! The components of one side, each package version once, under names that can be compared.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::name::{Name, kind_word};
use crate::Document;
use crate::document::{Element, ElementIndex};
use crate::pairing::Item;

/// A component that one side lists, maybe several times.
pub(super) struct Entry<'a> {
    pub(super) elements: Vec<(ElementIndex, &'a Element)>,
    pub(super) name: Name,
    /// What it is whatever its version; another's key when it was recognised by its name.
    pub(super) key: String,
    pub(super) by_name: bool,
}

/// The components of a document.
pub(super) struct Side<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    /// Files, services and snippets: no components.
    pub(super) others: usize,
}

impl<'a> Side<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let mut side = Self { entries: Vec::new(), others: 0 };
        for (at, element) in document.indexed() {
            if document.roots.contains(&at) {
                continue;
            }
            if !element.is_component() || kind_word(element) == "file" && element.purls.is_empty() {
                side.others = side.others.saturating_add(1);
                continue;
            }
            let name = Name::of(element);
            side.entries.push(Entry { elements: vec![(at, element)], key: name.key(), name, by_name: false });
        }
        side
    }

    /// Lists each package version once.
    pub(super) fn merge(&mut self) {
        let mut places: HashMap<(String, String), usize> = HashMap::new();
        let mut merged: Vec<Entry<'a>> = Vec::new();
        for entry in self.entries.drain(..) {
            let at = *places.entry((entry.key.clone(), entry.name.version.clone())).or_insert(merged.len());
            match merged.get_mut(at) {
                Some(held) => held.elements.extend(entry.elements),
                None => merged.push(entry),
            }
        }
        self.entries = merged;
    }

    /// What is paired.
    pub(super) fn items(&self) -> Vec<Item<'a>> {
        let item = |entry: &Entry<'a>| Item {
            elements: entry.elements.iter().map(|(_, element)| *element).collect(),
            key: entry.key.clone(),
            version: entry.name.version.clone(),
            scheme: entry.name.scheme(),
        };
        self.entries.iter().map(item).collect()
    }

    /// The entries by key and version, after [`Side::merge`].
    pub(super) fn index(&self) -> HashMap<(&str, &str), &Entry<'a>> {
        self.entries.iter().map(|entry| ((entry.key.as_str(), entry.name.version.as_str()), entry)).collect()
    }
}

/// Gives both sides one key for what is named loosely on one of them, and keys of variants where both tell them apart.
pub(super) fn align(claimed: &mut Side<'_>, found: &mut Side<'_>) {
    recognise(claimed, found);
    recognise(found, claimed);
    variants(claimed, found);
    claimed.merge();
    found.merge();
}

/// Without a purl, or with a Maven purl without group, there is only a name.
fn is_loose(name: &Name) -> bool {
    name.kind.is_empty() || name.kind == "maven" && name.namespace.is_empty()
}

/// Gives what is loosely named the key of the only package of the other side that is called so.
fn recognise(side: &mut Side<'_>, other: &Side<'_>) {
    let keys: BTreeSet<&str> = other.entries.iter().map(|entry| entry.key.as_str()).collect();
    let mut called: HashMap<String, BTreeSet<(&str, &str)>> = HashMap::new();
    for entry in other.entries.iter().filter(|entry| !is_loose(&entry.name)) {
        let last = entry.name.name.to_lowercase();
        for text in [entry.name.spoken(), last] {
            called.entry(text).or_default().insert((&entry.name.kind, &entry.key));
        }
    }
    for entry in side.entries.iter_mut().filter(|entry| is_loose(&entry.name)) {
        if keys.contains(entry.key.as_str()) {
            continue;
        }
        let Some(found) = called.get(&entry.name.spoken()) else { continue };
        let mut fitting = found.iter().filter(|(kind, _)| entry.name.kind.is_empty() || entry.name.kind == **kind);
        if let (Some((_, key)), None) = (fitting.next(), fitting.next()) {
            entry.key = (*key).to_owned();
            entry.by_name = true;
        }
    }
}

/// Packages of several architectures in one artifact are several packages, as long as the document tells them apart too.
fn variants(claimed: &mut Side<'_>, found: &mut Side<'_>) {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in &found.entries {
        seen.entry(entry.key.clone()).or_default().insert(entry.name.variant.clone());
    }
    for entry in &claimed.entries {
        if entry.name.variant.is_empty() {
            seen.remove(&entry.key);
        }
    }
    let told = |key: &str| seen.get(key).is_some_and(|held| held.len() > 1 && !held.contains(""));
    let tell = |entry: &mut Entry<'_>| {
        if told(&entry.key) {
            entry.key = format!("{}?{}", entry.key, entry.name.variant);
        }
    };
    claimed.entries.iter_mut().for_each(tell);
    found.entries.iter_mut().for_each(tell);
}
