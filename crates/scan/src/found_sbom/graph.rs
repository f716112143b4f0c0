//! The elements of a document that are packages, and their edges.

use plimsoll_extract::prelude::*;
use plimsoll_sbom::Document;
use plimsoll_sbom::document::{EdgeEnd, EdgeKind, EdgeScope, ElementIndex};

use super::element;

/// Brackets within brackets that are looked through.
const MAX_BRACKETS: usize = 16;

/// Emits what a document names.
pub(super) fn emit(document: &Document, confidence: Confidence, path: &SourcePath, out: &mut Sink<'_>) {
    let placed: Vec<Option<ComponentRef>> = document
        .elements
        .iter()
        .map(|element| {
            let component = element::component(element, path)?;
            let how = Observation { technique: Technique::Attestation, confidence, ..Observation::default() };
            Some(out.observed(component, how))
        })
        .collect();
    let holders = holders(document, &placed);
    for edge in &document.edges {
        let contains = edge.kind == EdgeKind::Contains;
        if !contains && edge.kind != EdgeKind::DependsOn {
            continue;
        }
        let (EdgeEnd::Element(from), EdgeEnd::Element(to)) = (&edge.from, &edge.to) else { continue };
        let Some(to) = at(&placed, *to) else { continue };
        match holder(*from, &placed, &holders) {
            Some(from) if from == to => {}
            Some(from) if contains => out.contains(from, to),
            Some(from) => out.depends(from, to, scope(edge.scope)),
            None => {}
        }
    }
}

fn at(placed: &[Option<ComponentRef>], element: ElementIndex) -> Option<ComponentRef> {
    placed.get(element.get()).copied().flatten()
}

/// The first element that points at each one which is no component.
fn holders(document: &Document, placed: &[Option<ComponentRef>]) -> Vec<Option<ElementIndex>> {
    let mut holders: Vec<Option<ElementIndex>> = vec![None; placed.len()];
    for edge in &document.edges {
        let (EdgeEnd::Element(from), EdgeEnd::Element(to)) = (&edge.from, &edge.to) else { continue };
        let joins = matches!(edge.kind, EdgeKind::Contains | EdgeKind::DependsOn);
        if joins
            && from != to
            && at(placed, *to).is_none()
            && let Some(holder) = holders.get_mut(to.get())
        {
            holder.get_or_insert(*from);
        }
    }
    holders
}

/// The component that an element is, or that holds it.
fn holder(
    mut element: ElementIndex,
    placed: &[Option<ComponentRef>],
    holders: &[Option<ElementIndex>],
) -> Option<ComponentRef> {
    for _ in 0..MAX_BRACKETS {
        if let Some(found) = at(placed, element) {
            return Some(found);
        }
        element = holders.get(element.get()).copied().flatten()?;
    }
    None
}

fn scope(scope: EdgeScope) -> Scope {
    match scope {
        EdgeScope::Runtime => Scope::Runtime,
        EdgeScope::Build => Scope::Build,
        EdgeScope::Development | EdgeScope::Test => Scope::Dev,
        EdgeScope::Optional | EdgeScope::Provided => Scope::Optional,
        _ => Scope::Unspecified,
    }
}
