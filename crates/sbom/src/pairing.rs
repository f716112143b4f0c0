//! Which component of one document is which of the other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_version::Scheme;

use crate::document::{Element, Hash};

/// A component of one of two documents, with what it is paired by.
pub(crate) struct Item<'a> {
    /// The elements that say it: one, unless a document lists a component several times.
    pub(crate) elements: Vec<&'a Element>,
    /// What it is whatever its version.
    pub(crate) key: String,
    /// Its version; empty for none.
    pub(crate) version: String,
    /// How its versions are ordered.
    pub(crate) scheme: Option<Scheme>,
}

impl<'a> Item<'a> {
    /// The element to speak of.
    pub(crate) fn element(&self) -> Option<&'a Element> {
        self.elements.first().copied()
    }

    /// Digests that no two different things share.
    fn strong(&self) -> impl Iterator<Item = String> {
        let hashes = self.elements.iter().flat_map(|element| &element.hashes);
        let strong = hashes.filter(|hash| !["MD5", "SHA-1"].contains(&hash.algorithm.as_str()));
        strong.map(|hash| format!("{}:{}", hash.algorithm, hash.value.to_ascii_lowercase()))
    }
}

/// A component as it is in one document and in the other.
pub(crate) type Pair<'i, 'a> = (Option<&'i Item<'a>>, Option<&'i Item<'a>>);

/// Pairs the components of two documents: by key and version, then by key in the order of versions, then by a digest.
pub(crate) fn pairs<'i, 'a>(before: &'i [Item<'a>], after: &'i [Item<'a>]) -> Vec<Pair<'i, 'a>> {
    let (old, new) = (groups(before), groups(after));
    let mut out = Vec::new();
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    let none = Vec::new();
    let keys: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    for key in keys {
        let (was, is) = (old.get(key).unwrap_or(&none), new.get(key).unwrap_or(&none));
        let (rest_old, rest_new) = same_versions(was, is, &mut out);
        // Versions come and go in order: the least that is gone became the least that is new.
        let both = rest_old.len().min(rest_new.len());
        for (old, new) in rest_old.iter().zip(&rest_new) {
            out.push((Some(*old), Some(*new)));
        }
        gone.extend(rest_old.into_iter().skip(both));
        come.extend(rest_new.into_iter().skip(both));
    }
    by_digest(gone, come, &mut out);
    out
}

/// The components by package, each list in the order of versions.
fn groups<'i, 'a>(items: &'i [Item<'a>]) -> BTreeMap<&'i str, Vec<&'i Item<'a>>> {
    let mut groups: BTreeMap<&str, Vec<&Item<'_>>> = BTreeMap::new();
    for item in items {
        groups.entry(&item.key).or_default().push(item);
    }
    for group in groups.values_mut() {
        let scheme = group.iter().find_map(|item| item.scheme);
        group.sort_by(|one, other| {
            let order = scheme.map(|scheme| scheme.order(&one.version, &other.version));
            let id = |item: &Item<'_>| item.element().map(|element| element.id.clone());
            order
                .unwrap_or_else(|| one.version.cmp(&other.version))
                .then_with(|| one.version.cmp(&other.version))
                .then_with(|| id(one).cmp(&id(other)))
        });
    }
    groups
}

/// Pairs what has the same version, and gives back the rest.
fn same_versions<'i, 'a>(
    old: &[&'i Item<'a>],
    new: &[&'i Item<'a>],
    out: &mut Vec<Pair<'i, 'a>>,
) -> (Vec<&'i Item<'a>>, Vec<&'i Item<'a>>) {
    let mut left: Vec<Option<&Item<'_>>> = new.iter().copied().map(Some).collect();
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, item) in new.iter().enumerate().rev() {
        places.entry(&item.version).or_default().push(at);
    }
    let mut rest = Vec::new();
    for item in old {
        let found = places.get_mut(item.version.as_str()).and_then(Vec::pop);
        match found.and_then(|at| left.get_mut(at)).and_then(Option::take) {
            Some(same) => out.push((Some(*item), Some(same))),
            None => rest.push(*item),
        }
    }
    (rest, left.into_iter().flatten().collect())
}

/// Pairs what has another name but the same content.
fn by_digest<'i, 'a>(gone: Vec<&'i Item<'a>>, come: Vec<&'i Item<'a>>, out: &mut Vec<Pair<'i, 'a>>) {
    let mut left: Vec<Option<&Item<'_>>> = come.iter().copied().map(Some).collect();
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, item) in come.iter().enumerate().rev() {
        for digest in item.strong() {
            places.entry(digest).or_default().push(at);
        }
    }
    for item in gone {
        let mut same = None;
        for digest in item.strong() {
            let held = places.get_mut(&digest);
            // A place that another digest has led to is passed over once and for all.
            for at in held.into_iter().flat_map(|held| std::iter::from_fn(|| held.pop())) {
                same = left.get_mut(at).and_then(Option::take);
                if same.is_some() {
                    break;
                }
            }
            if same.is_some() {
                break;
            }
        }
        out.push((Some(item), same));
    }
    out.extend(left.into_iter().flatten().map(|item| (None, Some(item))));
}

/// Digests of one algorithm that differ: algorithm, before and after. One that only one of them states is no
/// contradiction.
pub(crate) fn rehashed(old: &[&Element], new: &[&Element]) -> Vec<(String, String, String)> {
    let hashes = |elements: &[&Element]| -> BTreeMap<String, BTreeSet<String>> {
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for Hash { algorithm, value } in elements.iter().flat_map(|element| &element.hashes) {
            values.entry(algorithm.clone()).or_default().insert(value.to_ascii_lowercase());
        }
        values
    };
    let (old, new) = (hashes(old), hashes(new));
    let differing = old.into_iter().filter_map(|(algorithm, before)| {
        let after = new.get(&algorithm)?;
        let join = |values: &BTreeSet<String>| values.iter().cloned().collect::<Vec<_>>().join(", ");
        before.is_disjoint(after).then(|| (algorithm, join(&before), join(after)))
    });
    differing.collect()
}
