//! Which component of one document is which of the other.

use std::collections::{BTreeMap, HashMap};

use crate::Document;
use crate::document::Element;
use crate::identity::{package_key, scheme, version};

/// A component as it was and as it is.
pub(super) type Pair<'a> = (Option<&'a Element>, Option<&'a Element>);

/// Pairs the components of two documents. The subjects are no components of their documents.
pub(super) fn pairs<'a>(before: &'a Document, after: &'a Document) -> Vec<Pair<'a>> {
    let (old, new) = (groups(before), groups(after));
    let mut out = Vec::new();
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    let none = Vec::new();
    let keys: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
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
fn groups(document: &Document) -> BTreeMap<String, Vec<&Element>> {
    let mut groups: BTreeMap<String, Vec<&Element>> = BTreeMap::new();
    for (at, element) in document.indexed() {
        if !document.roots.contains(&at) {
            groups.entry(package_key(element)).or_default().push(element);
        }
    }
    for elements in groups.values_mut() {
        let scheme = elements.iter().find_map(|element| scheme(element));
        elements.sort_by(|one, other| {
            let (one_version, other_version) = (version(one).unwrap_or_default(), version(other).unwrap_or_default());
            let order = scheme.map(|scheme| scheme.order(one_version, other_version));
            order
                .unwrap_or_else(|| one_version.cmp(other_version))
                .then_with(|| one_version.cmp(other_version))
                .then_with(|| one.id.cmp(&other.id))
        });
    }
    groups
}

/// Pairs what has the same version, and gives back the rest.
fn same_versions<'a>(
    old: &[&'a Element],
    new: &[&'a Element],
    out: &mut Vec<Pair<'a>>,
) -> (Vec<&'a Element>, Vec<&'a Element>) {
    let mut left: Vec<Option<&Element>> = new.iter().copied().map(Some).collect();
    let mut places: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
    for (at, element) in new.iter().enumerate().rev() {
        places.entry(version(element)).or_default().push(at);
    }
    let mut rest = Vec::new();
    for element in old {
        let found = places.get_mut(&version(element)).and_then(Vec::pop);
        match found.and_then(|at| left.get_mut(at)).and_then(Option::take) {
            Some(same) => out.push((Some(*element), Some(same))),
            None => rest.push(*element),
        }
    }
    (rest, left.into_iter().flatten().collect())
}

/// Digests that no two different things share.
fn strong(element: &Element) -> impl Iterator<Item = String> {
    let weak = ["MD5", "SHA-1"];
    let strong = element.hashes.iter().filter(move |hash| !weak.contains(&hash.algorithm.as_str()));
    strong.map(|hash| format!("{}:{}", hash.algorithm, hash.value.to_ascii_lowercase()))
}

/// Pairs what has another name but the same content.
fn by_digest<'a>(gone: Vec<&'a Element>, come: Vec<&'a Element>, out: &mut Vec<Pair<'a>>) {
    let mut left: Vec<Option<&Element>> = come.iter().copied().map(Some).collect();
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, element) in come.iter().enumerate().rev() {
        for digest in strong(element) {
            places.entry(digest).or_default().push(at);
        }
    }
    for element in gone {
        let digests: Vec<String> = strong(element).collect();
        let mut candidates = digests.iter().filter_map(|digest| places.get(digest)).flat_map(|held| held.iter().rev());
        let found = candidates.find(|at| left.get(**at).is_some_and(Option::is_some)).copied();
        let same = found.and_then(|at| left.get_mut(at)).and_then(Option::take);
        out.push((Some(element), same));
    }
    out.extend(left.into_iter().flatten().map(|element| (None, Some(element))));
}
