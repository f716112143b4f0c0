//! `packages` and `snapshots`.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::npm::Origin;
use plimsoll_extract::syntax::yaml::Node;

use super::path;
use crate::npm_package::{Missing, NpmPackage};

/// The locked packages and what they need.
pub(super) struct Graph<'a> {
    major: u32,
    packages: Vec<ComponentRef>,
    /// Paths, with peers and without, to packages.
    paths: HashMap<&'a str, usize>,
    /// The mapping that has the dependencies of a package, with its path.
    holders: Vec<(usize, &'a str, u32, &'a Node)>,
    /// For each package, what it needs, and whether that is optional.
    pub(super) needs: Vec<Vec<(usize, bool)>>,
}

/// Emits the packages.
pub(super) fn read<'a>(document: &'a Node, major: u32, out: &mut Sink<'_>) -> Graph<'a> {
    let mut graph =
        Graph { major, packages: Vec::new(), paths: HashMap::new(), holders: Vec::new(), needs: Vec::new() };
    for (path, line, entry) in entries(document, "packages", out) {
        let Some(at) = graph.add(path, line, entry, out) else { continue };
        graph.holders.push((at, path, line, entry));
    }
    for (path, line, entry) in entries(document, "snapshots", out) {
        let known = graph.paths.get(path).or_else(|| graph.paths.get(path::without_peers(path))).copied();
        let Some(at) = known.or_else(|| graph.add(path, line, entry, out)) else { continue };
        graph.paths.insert(path, at);
        graph.holders.push((at, path, line, entry));
    }
    for (at, path, _, entry) in &graph.holders {
        let patched = path.contains("(patch_hash=") || entry.get("patched").and_then(Node::as_bool) == Some(true);
        let component = graph.component(*at).and_then(|at| out.get_mut(at));
        if let Some(component) = component.filter(|_| patched) {
            component.properties.push(("plimsoll:pnpm:patched".into(), "true".into()));
        }
    }
    graph
}

/// The entries of a section. One that is not a mapping is diagnosed, but its key still says a good deal.
fn entries<'a>(document: &'a Node, section: &str, out: &mut Sink<'_>) -> Vec<(&'a str, u32, &'a Node)> {
    let Some(section) = document.get(section) else { return Vec::new() };
    if section.as_map().is_none() && !section.is_null() {
        out.malformed_entry(section.line(), "not a mapping");
    }
    let mut found = Vec::new();
    for (key, entry) in section.as_map().unwrap_or_default() {
        if entry.as_map().is_none() && !entry.is_null() {
            out.malformed_entry(key.line(), "entry is not a mapping");
        }
        match key.as_str() {
            Some(path) => found.push((path, key.line(), entry)),
            None => out.malformed_entry(key.line(), "entry left out: its key is not text"),
        }
    }
    found
}

impl<'a> Graph<'a> {
    fn add(&mut self, path: &'a str, line: u32, entry: &'a Node, out: &mut Sink<'_>) -> Option<usize> {
        let parsed = path::parse(path, self.major);
        let resolution = entry.get("resolution");
        let text = |key: &str| resolution.and_then(|resolution| resolution.get_str(key));
        let by_path = Origin::parse(parsed.reference);
        let origin = match (text("repo"), text("directory"), text("tarball")) {
            (Some(repository), ..) => Origin::Git(crate::vcs::git_url(repository, text("commit")).into()),
            (None, Some(directory), _) => Origin::Path(directory),
            (None, None, Some(tarball)) => Origin::parse(tarball),
            (None, None, None) => by_path.clone(),
        };
        let is_version = by_path == Origin::Registry && parsed.name.is_some();
        let stated = entry.get_str("version");
        let Some(name) = entry.get_str("name").or(parsed.name) else {
            out.malformed_entry(line, format!("entry left out: {path:?} has no name"));
            return None;
        };
        let version = stated.or(is_version.then_some(parsed.reference)).filter(|version| !version.is_empty());
        let scope = scope(entry);
        let package = NpmPackage { name, version, origin, integrity: text("integrity"), scope };
        let mut component = package.component(out, line)?;
        let mut property = |name: &'static str, value: Option<&str>| {
            component.properties.extend(value.map(|value| (name.into(), value.into())));
        };
        let is_true = |key: &str| entry.get(key).and_then(Node::as_bool) == Some(true);
        property("plimsoll:npm:deprecated", entry.get_str("deprecated"));
        property("plimsoll:npm:install-script", is_true("requiresBuild").then_some("true"));
        Some(self.push(component, path, line, out))
    }

    /// A package that only an importer speaks of.
    pub(super) fn add_direct(
        &mut self,
        name: &str,
        reference: &str,
        line: u32,
        out: &mut Sink<'_>,
    ) -> Option<ComponentRef> {
        let version = path::without_peers(reference).split('_').next()?;
        if !version.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let origin = Origin::Registry;
        let package = NpmPackage { name, version: Some(version), origin, integrity: None, scope: Scope::Unspecified };
        let component = package.component(out, line)?;
        Some(out.component(component, line))
    }

    fn push(&mut self, component: Component, path: &'a str, line: u32, out: &mut Sink<'_>) -> usize {
        let at = self.packages.len();
        self.packages.push(out.component(component, line));
        self.needs.push(Vec::new());
        self.paths.insert(path, at);
        at
    }

    /// The package that `name: reference` leads to.
    pub(super) fn find(&self, name: &str, reference: &str) -> Option<usize> {
        let look = |path: &str| self.paths.get(path).or_else(|| self.paths.get(path::without_peers(path))).copied();
        look(&format!("{name}@{reference}"))
            .or_else(|| look(reference))
            .or_else(|| look(&format!("/{name}@{reference}")))
            .or_else(|| look(&format!("/{name}/{reference}")))
    }

    pub(super) fn component(&self, at: usize) -> Option<ComponentRef> {
        self.packages.get(at).copied()
    }

    /// Emits the edges between packages.
    pub(super) fn relate(&mut self, missing: &mut Missing, out: &mut Sink<'_>) {
        for (from, path, line, entry) in std::mem::take(&mut self.holders) {
            for (section, optional) in [("dependencies", false), ("optionalDependencies", true)] {
                for (name, reference) in entry.get(section).into_iter().flat_map(Node::entries) {
                    let reference = reference.as_str().unwrap_or_default();
                    match self.find(name, reference) {
                        Some(to) => self.edge(from, to, optional, out),
                        None if optional || reference.starts_with("link:") => {}
                        None => missing.add(line, path, &format!("{name}@{reference}")),
                    }
                }
            }
        }
    }

    fn edge(&mut self, from: usize, to: usize, optional: bool, out: &mut Sink<'_>) {
        if let Some(needs) = self.needs.get_mut(from) {
            needs.push((to, optional));
        }
        if let (Some(from), Some(to)) = (self.component(from), self.component(to)) {
            out.depends(from, to, if optional { Scope::Optional } else { Scope::Runtime });
        }
    }
}

/// What versions 5 and 6 say themselves; the importers may know better.
fn scope(entry: &Node) -> Scope {
    let flag = |key: &str| entry.get(key).and_then(Node::as_bool);
    match (flag("dev"), flag("optional")) {
        (Some(true), _) => Scope::Dev,
        (_, Some(true)) => Scope::Optional,
        (Some(false), _) => Scope::Runtime,
        (None, _) => Scope::Unspecified,
    }
}
