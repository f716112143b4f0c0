//! The components of a document as advisories look for them, and the way to each.

use std::collections::VecDeque;

use plimsoll_advisory::Target;
use plimsoll_model::Purl;
use plimsoll_sbom::Document;
use plimsoll_sbom::document::{EdgeEnd, EdgeKind, Element, ElementIndex, ElementKind};

/// A component to be looked up.
pub(super) struct Component<'d> {
    pub(super) at: ElementIndex,
    pub(super) element: &'d Element,
    /// What it is looked for as; none without a purl.
    pub(super) target: Option<Target>,
}

/// Types of purls of what is not a package with advisories of its own when a document is about it.
const UNORDERED: [&str; 3] = ["docker", "generic", "oci"];

/// All components of a document, with all that is known about where they come from.
pub(super) fn components(document: &Document) -> Vec<Component<'_>> {
    let release = release(document);
    let mut found: Vec<Component<'_>> = document
        .components()
        .filter(|(at, element)| is_component(document, *at, element))
        .map(|(at, element)| Component { at, element, target: target(element, release.as_deref()) })
        .collect();
    let mut places: Vec<Option<usize>> = vec![None; document.elements.len()];
    for (place, component) in found.iter().enumerate() {
        if let Some(slot) = places.get_mut(component.at.get()) {
            *slot = Some(place);
        }
    }
    let place = |end: &EdgeEnd| match end {
        EdgeEnd::Element(at) => places.get(at.get()).copied().flatten(),
        _ => None,
    };
    let mut owned: Vec<(usize, Target)> = Vec::new();
    for edge in document.edges.iter().filter(|edge| edge.kind == EdgeKind::Contains) {
        let (Some(owner), Some(component)) = (place(&edge.from), place(&edge.to)) else { continue };
        let target = |place: usize| found.get(place).and_then(|component: &Component<'_>| component.target.as_ref());
        if let (Some(owner), Some(held)) = (target(owner), target(component))
            && is_system(owner)
            && !is_system(held)
        {
            owned.push((component, owner.clone()));
        }
    }
    for (place, owner) in owned {
        if let Some(component) = found.get_mut(place) {
            component.target = component.target.take().map(|target| target.owned_by(owner));
        }
    }
    found
}

fn is_system(target: &Target) -> bool {
    matches!(target.purl().kind(), "deb" | "rpm" | "apk" | "alpm")
}

/// What a document is about counts when it is a package itself; files and the operating system do not.
fn is_component(document: &Document, at: ElementIndex, element: &Element) -> bool {
    let ElementKind::Component(kind) = &element.kind else { return false };
    let purl = element.purls.first().and_then(|purl| Purl::parse(purl).ok());
    if document.roots.contains(&at) {
        return purl.is_some_and(|purl| !UNORDERED.contains(&purl.kind()));
    }
    !matches!(kind.as_str(), "operating-system" | "OPERATING_SYSTEM" | "OPERATING-SYSTEM" | "file" | "FILE")
        || purl.is_some()
}

/// The release of the distribution that a document is about, when it names just one: `debian-12`.
fn release(document: &Document) -> Option<String> {
    let mut systems = document.elements.iter().filter(|element| match &element.kind {
        ElementKind::Component(kind) => kind.eq_ignore_ascii_case("operating-system"),
        _ => false,
    });
    let system = systems.next().filter(|_| systems.next().is_none())?;
    Some(format!("{}-{}", system.name.to_ascii_lowercase(), system.version.as_deref()?))
}

fn target(element: &Element, release: Option<&str>) -> Option<Target> {
    let purl = element.purls.iter().find_map(|purl| Purl::parse(purl).ok())?;
    let property = |name: &str| {
        element.properties.iter().find(|property| property.name == name).map(|property| property.value.as_str())
    };
    let mut target = Target::new(purl);
    if let Some(version) = &element.version {
        target = target.with_version(version);
    }
    if let Some(release) = release {
        target = target.with_distribution(release);
    }
    if let Some(source) = property("plimsoll:os:source-package") {
        target = target.with_source(source, property("plimsoll:os:source-version"));
    }
    Some(target)
}

/// The most names of a way; of a longer one the end is told.
const LONGEST_WAY: usize = 64;

/// A shortest way from what the document is about to each element: the element before it on the way.
pub(super) struct Ways {
    before: Vec<Option<usize>>,
    reached: Vec<bool>,
}

impl Ways {
    pub(super) fn new(document: &Document) -> Self {
        let count = document.elements.len();
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
        for edge in &document.edges {
            if let (EdgeKind::DependsOn | EdgeKind::Contains, EdgeEnd::Element(from), EdgeEnd::Element(to)) =
                (&edge.kind, &edge.from, &edge.to)
                && let Some(list) = next.get_mut(from.get())
            {
                list.push(to.get());
            }
        }
        let mut ways = Self { before: vec![None; count], reached: vec![false; count] };
        let mut queue: VecDeque<usize> = VecDeque::new();
        for root in &document.roots {
            ways.reach(root.get(), None, &mut queue);
        }
        while let Some(at) = queue.pop_front() {
            for to in next.get(at).into_iter().flatten() {
                ways.reach(*to, Some(at), &mut queue);
            }
        }
        ways
    }

    fn reach(&mut self, at: usize, from: Option<usize>, queue: &mut VecDeque<usize>) {
        if let (Some(reached @ false), Some(before)) = (self.reached.get_mut(at), self.before.get_mut(at)) {
            *reached = true;
            *before = from;
            queue.push_back(at);
        }
    }

    /// The names between what the document is about and an element; `None` when no way leads there.
    pub(super) fn to(&self, document: &Document, at: ElementIndex) -> Option<Vec<String>> {
        if !self.reached.get(at.get()).copied().unwrap_or(false) {
            return None;
        }
        let mut names = Vec::new();
        let mut here = at.get();
        while let Some(before) = self.before.get(here).copied().flatten() {
            if names.len() >= LONGEST_WAY {
                names.push("\u{2026}".to_owned());
                break;
            }
            here = before;
            let element = document.elements.get(here);
            let is_root = self.before.get(here).copied().flatten().is_none();
            names.extend(element.filter(|_| !is_root).map(name));
        }
        names.reverse();
        Some(names)
    }
}

/// Name and version for people.
pub(super) fn name(element: &Element) -> String {
    match element.version.as_deref().filter(|version| !version.is_empty()) {
        Some(version) => format!("{}@{version}", element.full_name()),
        None => element.full_name(),
    }
}
