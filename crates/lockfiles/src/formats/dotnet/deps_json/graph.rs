//! The graph of one target.

use std::collections::{BTreeSet, HashMap};

use plimsoll_extract::prelude::*;
use syntax::json::{Lenient, Map};
use syntax::text::LineIndex;

use super::{Entry, Library};
use crate::nuget::{self, Version};

/// Steps through packages without files, for all edges together; a real file takes a few thousand.
const MAX_STEPS: usize = 1_000_000;

/// What the host calls the packages of the runtime of a self-contained program.
const RUNTIME_PACK: &str = "runtimepack.";

/// The libraries in the order of the file, and what each needs.
pub(super) struct Graph<'m, 'a> {
    nodes: Vec<Node<'m, 'a>>,
}

struct Node<'m, 'a> {
    key: &'m str,
    library: &'m Lenient<Library<'a>>,
    /// Positions of the libraries that it needs.
    needs: Vec<usize>,
    delivered: bool,
    needed: bool,
}

impl<'m, 'a> Graph<'m, 'a> {
    /// Joins the libraries with the target of this name; with all targets when there is none of that name.
    pub(super) fn new(
        target: &str,
        targets: &'m Map<'a, Map<'a, Lenient<Entry<'a>>>>,
        libraries: &'m Map<'a, Lenient<Library<'a>>>,
        lines: &LineIndex<'_>,
        out: &mut Sink<'_>,
    ) -> Self {
        let mut nodes: Vec<Node<'m, 'a>> = libraries
            .iter()
            .map(|(key, library)| Node { key, library, needs: Vec::new(), delivered: true, needed: false })
            .collect();
        let lower = |key: &str| key.to_ascii_lowercase();
        let by_key: HashMap<String, usize> = nodes.iter().enumerate().map(|(at, node)| (lower(node.key), at)).collect();
        let is_named = targets.iter().any(|(name, _)| name == target);
        for (_, entries) in targets.iter().filter(|(name, _)| !is_named || name == target) {
            let place = |key: &str| by_key.get(&lower(key)).copied();
            let by_id: HashMap<String, usize> =
                entries.iter().filter_map(|(key, _)| Some((lower(nuget::split_key(key)?.0), place(key)?))).collect();
            for (key, entry) in entries {
                let (Some(at), Some(entry)) = (place(key), entry.get()) else {
                    let line = lines.line_of(key).unwrap_or_default();
                    out.malformed_entry(line, format!("{key} in the target is not what is expected"));
                    continue;
                };
                let needs = entry.dependencies.iter().filter_map(|(id, _)| by_id.get(&lower(id)).copied());
                let needs: Vec<usize> = needs.filter(|&need| need != at).collect();
                for &need in &needs {
                    if let Some(node) = nodes.get_mut(need) {
                        node.needed = true;
                    }
                }
                if let Some(node) = nodes.get_mut(at) {
                    node.needs.extend(needs);
                    node.delivered = entry.is_delivered();
                }
            }
        }
        Self { nodes }
    }

    pub(super) fn emit(&self, path: &SourcePath, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
        let program = self.program(path);
        let mut places: Vec<Option<ComponentRef>> = Vec::with_capacity(self.nodes.len());
        for (at, node) in self.nodes.iter().enumerate() {
            let line = lines.line_of(node.key).unwrap_or_default();
            let is_program = Some(at) == program;
            let component = node.component(is_program, path, line, out);
            places.push(
                component.map(|held| if is_program { out.project(held, line) } else { out.component(held, line) }),
            );
        }
        let mut steps = 0;
        for (node, from) in self.nodes.iter().zip(&places) {
            let Some(from) = *from else { continue };
            for need in self.delivered(&node.needs, &places, &mut steps) {
                if from != need {
                    out.depends(from, need, Scope::Unspecified);
                }
            }
        }
        if steps > MAX_STEPS {
            out.diagnose(DiagnosticCode::TOO_MANY_ENTRIES, 0, "too many edges: some were left out");
        }
    }

    /// The program: the project named like the file, else the only project that nothing needs.
    fn program(&self, path: &SourcePath) -> Option<usize> {
        let stem = path.name().strip_suffix(b".deps.json").unwrap_or_default();
        let is_project = |node: &Node<'_, '_>| node.library.get().is_some_and(|library| library.kind == "project");
        let projects = || self.nodes.iter().enumerate().filter(|(_, node)| is_project(node));
        let named = |node: &Node<'_, '_>| {
            nuget::split_key(node.key).is_some_and(|(id, _)| id.as_bytes().eq_ignore_ascii_case(stem))
        };
        let mut unneeded = projects().filter(|(_, node)| !node.needed);
        let only = unneeded.next().filter(|_| unneeded.next().is_none());
        projects().find(|(_, node)| named(node)).or(only).map(|(at, _)| at)
    }

    /// The components among these libraries; for one that is none, those that it needs.
    fn delivered(&self, needs: &[usize], places: &[Option<ComponentRef>], steps: &mut usize) -> BTreeSet<ComponentRef> {
        let mut found = BTreeSet::new();
        let mut passed = BTreeSet::new();
        let mut pending = needs.to_vec();
        while let Some(at) = pending.pop() {
            if let Some(place) = places.get(at).copied().flatten() {
                found.insert(place);
            } else if *steps <= MAX_STEPS && passed.insert(at) {
                let further = self.nodes.get(at).map(|node| node.needs.as_slice()).unwrap_or_default();
                *steps = steps.saturating_add(further.len()).saturating_add(1);
                pending.extend(further);
            }
        }
        found
    }
}

impl Node<'_, '_> {
    fn component(&self, is_program: bool, path: &SourcePath, line: u32, out: &mut Sink<'_>) -> Option<Component> {
        let (Some((id, version)), Some(library)) = (nuget::split_key(self.key), self.library.get()) else {
            out.malformed_entry(line, format!("library {} is not what is expected", self.key));
            return None;
        };
        if is_program || !matches!(library.kind.as_str(), "package" | "runtimepack") {
            // A project, or an assembly referred to by its path: no registry knows it.
            let kind = if is_program { ComponentKind::Application } else { ComponentKind::Library };
            let (version, location) = (Some(version.into()), Some(path.clone()));
            return Some(Component { version, location, ..Component::new(kind, id) });
        }
        if !self.delivered {
            return None;
        }
        let id = id.strip_prefix(RUNTIME_PACK).unwrap_or(id);
        let mut component = nuget::package(id, Some(Version::Exact(version)), line, out)?;
        component.scope = Scope::Runtime;
        nuget::add_sha512(&mut component, library.sha512.as_deref(), line, out);
        Some(component)
    }
}
