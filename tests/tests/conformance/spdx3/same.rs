//! Whether two documents say the same.

use std::collections::BTreeSet;

use plimsoll_sbom::Document;
use plimsoll_sbom::document::{EdgeEnd, ElementIndex};

/// The document with everything in order whose order SPDX 3 does not keep.
pub(super) fn sorted(document: &Document) -> Document {
    let mut sorted = document.clone();
    let mut places: Vec<usize> = (0..document.elements.len()).collect();
    places.sort_by_key(|at| &document.elements[*at].id);
    sorted.elements = places.iter().map(|at| document.elements[*at].clone()).collect();
    let new = |old: ElementIndex| {
        let at = places.iter().position(|at| *at == old.get()).unwrap();
        ElementIndex(u32::try_from(at).unwrap())
    };
    let end = |end: &mut EdgeEnd| {
        if let EdgeEnd::Element(at) = end {
            *at = new(*at);
        }
    };
    sorted.roots.iter_mut().chain(&mut sorted.leaves).for_each(|at| *at = new(*at));
    for edge in &mut sorted.edges {
        end(&mut edge.from);
        end(&mut edge.to);
    }
    for held in &mut sorted.completeness {
        held.assemblies.iter_mut().chain(&mut held.dependencies).for_each(end);
    }
    sorted.annotations.iter_mut().for_each(|held| end(&mut held.subject));
    for element in &mut sorted.elements {
        element.licenses.sort();
        element.licenses.dedup();
        element.references.sort();
        element.unknown.sort();
    }
    sorted.edges.sort();
    sorted.edges.dedup();
    sorted.leaves.sort();
    sorted.leaves.dedup();
    sorted.custom_licenses.sort();
    sorted.lifecycles.sort();
    sorted
}

/// What differs, a line for each element and list.
pub(super) fn differences(was: &Document, is: &Document) -> String {
    let lines = |document: &Document| -> BTreeSet<String> {
        let mut bare = document.clone();
        let mut lines: BTreeSet<String> = BTreeSet::new();
        lines.extend(std::mem::take(&mut bare.elements).iter().map(|element| format!("{element:?}")));
        lines.extend(std::mem::take(&mut bare.edges).iter().map(|edge| format!("{edge:?}")));
        lines.extend(format!("{bare:#?}").lines().map(str::to_owned));
        lines
    };
    let (was, is) = (lines(was), lines(is));
    let gone = was.difference(&is).map(|line| format!("- {line}\n"));
    let new = is.difference(&was).map(|line| format!("+ {line}\n"));
    gone.chain(new).collect()
}
