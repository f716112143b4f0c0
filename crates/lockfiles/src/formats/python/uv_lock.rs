//! `uv.lock` and `NAME.py.lock` (PEP 723 scripts), version 1 with its revisions.
//! <https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile>
//!
//! A package that is locked differently for different platforms has several entries with one name; a dependency then
//! says which version, or which source, it means. An entry whose source is `virtual`, `editable`, `directory` or
//! `path` is local: no registry knows it, so it has no purl. Extras and groups stand beside the dependencies of the
//! package that declares them; for a package from an index only the extras that something asks for are there.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use syntax::toml::{Document, Table, Value};

use crate::dependency_scope::{Node, ScopeGraph};
use crate::pypi::{self, Artifact, Names, Origin, Vcs};

/// The version of the format that this follows.
const VERSION: i64 = 1;

/// Reads the lockfile written by uv.
pub(crate) struct UvLock;

impl Extractor for UvLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("python/uv-lock")
    }

    fn about(&self) -> About {
        About {
            title: "uv.lock and script locks (*.py.lock), version 1",
            specification: "https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("uv.lock"), Interest::Suffix(".py.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (document, fault) = syntax::toml::parse_partial(&text, file.budget().limits());
        let root = document.root();
        if let Some(version) = root.get("version").filter(|version| version.as_integer() != Some(VERSION)) {
            let found = version.scalar_text().unwrap_or("of another type");
            out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, version.line(), format!("uv.lock version {found}"));
        }
        Lock::read(&document, file.path(), out).emit(out);
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

/// An entry of the lock.
struct Package<'d> {
    table: Table<'d>,
    name: &'d str,
    node: Node,
    /// Part of the workspace, so that its extras and groups are choices of this project.
    member: bool,
}

struct Lock<'d> {
    root: Table<'d>,
    packages: Vec<Package<'d>>,
    names: Names<'d>,
    /// The node of an extra of a package.
    extras: HashMap<(usize, &'d str), Node>,
    graph: ScopeGraph,
}

impl<'d> Lock<'d> {
    /// Emits the packages.
    fn read(document: &'d Document<'_>, file: &SourcePath, out: &mut Sink<'_>) -> Self {
        let root = document.root();
        let mut lock = Self {
            root,
            packages: Vec::new(),
            names: Names::default(),
            extras: HashMap::new(),
            graph: ScopeGraph::default(),
        };
        let mut has_project = false;
        // Before 0.4.0 the array was called `distribution`.
        for table in root.tables("package").chain(root.tables("distribution")) {
            let line = table.line();
            let Some(name) = table.get_str("name").filter(|name| !name.is_empty()) else {
                out.malformed_entry(line, "package left out: it has no name");
                continue;
            };
            let version = table.get_str("version");
            let source = table.table("source");
            let origin = source.map_or(Origin::Index(None), origin);
            let Some(mut component) = pypi::component(out, file, (name, version), origin, line) else { continue };
            pypi::add_artifacts(&mut component, artifacts(table, out));
            let place = source.and_then(|source| source.get_str("virtual").or_else(|| source.get_str("editable")));
            let is_root = place.is_some_and(|place| matches!(place, "." | ""));
            let at = if is_root && !has_project {
                has_project = true;
                component.kind = ComponentKind::Application;
                out.project(component, line)
            } else {
                if is_root {
                    out.diagnose(DiagnosticCode::MALFORMED, line, "a second package is at the root of the project");
                }
                out.component(component, line)
            };
            let node = lock.graph.component(at);
            lock.names.insert(name, version, lock.packages.len());
            lock.packages.push(Package { table, name, node, member: is_root || place.is_some() });
        }
        lock.mark_members();
        lock
    }

    /// When the lock lists the members of the workspace, an editable dependency from elsewhere is none.
    fn mark_members(&mut self) {
        let Some(members) = self.root.table("manifest").and_then(|manifest| manifest.array("members")) else { return };
        let members: std::collections::HashSet<_> = members.strs().map(pypi::normalise).collect();
        for package in &mut self.packages {
            package.member &= members.contains(&pypi::normalise(package.name));
        }
    }

    /// Emits the edges, then the scopes.
    fn emit(mut self, out: &mut Sink<'_>) {
        for at in 0..self.packages.len() {
            let Some(node) = self.packages.get(at).map(|package| package.node) else { continue };
            for (extra, _) in self.section(at, "optional-dependencies") {
                let node = self.graph.extra(node, extra);
                self.extras.insert((at, extra), node);
            }
        }
        for at in 0..self.packages.len() {
            self.package_edges(at, out);
        }
        self.manifest_edges(out);
        self.graph.settle(out);
    }

    fn section(&self, at: usize, key: &str) -> Vec<(&'d str, Value<'d>)> {
        let table = self.packages.get(at).and_then(|package| package.table.table(key));
        table.map(|table| table.iter().collect()).unwrap_or_default()
    }

    fn package_edges(&mut self, at: usize, out: &mut Sink<'_>) {
        let Some(&Package { table, node, member, .. }) = self.packages.get(at) else { return };
        if member {
            self.graph.start(node, Scope::Runtime);
        }
        for dependency in table.tables("dependencies") {
            self.edge(From { at, by: None, scope: Scope::Runtime }, dependency, out);
        }
        for (extra, list) in self.section(at, "optional-dependencies") {
            let by = self.extras.get(&(at, extra)).copied();
            if let (true, Some(by)) = (member, by) {
                self.graph.start(by, Scope::Optional);
            }
            for dependency in list.as_array().into_iter().flat_map(|list| list.iter()).filter_map(Value::as_table) {
                self.edge(From { at, by, scope: Scope::Optional }, dependency, out);
            }
        }
        for key in ["dev-dependencies", "dependency-groups"] {
            for (_, list) in self.section(at, key) {
                for dependency in list.as_array().into_iter().flat_map(|list| list.iter()).filter_map(Value::as_table) {
                    self.edge(From { at, by: None, scope: Scope::Dev }, dependency, out);
                }
            }
        }
    }

    /// One entry of a list of dependencies.
    fn edge(&mut self, from: From, dependency: Table<'d>, out: &mut Sink<'_>) {
        let Some(&Package { node, name, .. }) = self.packages.get(from.at) else { return };
        let target = dependency.get_str("name").unwrap_or_default();
        let marker = dependency.get_str("marker");
        let conditional = marker.is_some_and(|marker| pypi::is_conditional(marker, &[]));
        let along = if conditional { Scope::Optional } else { Scope::Runtime };
        if let Some(component) = marker.and_then(|_| out.get_mut(self.graph.at(node)?)) {
            let requirement = format!("{target} ; {}", marker.unwrap_or_default());
            component.properties.push((pypi::MARKER.into(), requirement.into()));
        }
        let found = self.find(dependency);
        if found.is_empty() {
            out.malformed_entry(dependency.line(), format!("{name} depends on {target}, which is not locked"));
        }
        for at in found {
            let Some(to) = self.packages.get(at).map(|package| package.node) else { continue };
            // The edge says that the extra is a choice; how the extra is come by says whether it was made.
            let (source, scope) = from.by.map_or((node, from.scope.min(along)), |extra| (extra, along));
            self.graph.state(out, node, to, from.scope.min(along));
            self.graph.leads(source, to, scope);
            for extra in extras(dependency) {
                if let Some(&asked) = self.extras.get(&(at, extra)) {
                    self.graph.leads(source, asked, scope);
                }
            }
        }
    }

    /// What a script, or a workspace without a root package, needs.
    fn manifest_edges(&mut self, out: &mut Sink<'_>) {
        let Some(manifest) = self.root.table("manifest") else { return };
        let mut wanted: Vec<(Table<'d>, Scope)> =
            manifest.tables("requirements").map(|requirement| (requirement, Scope::Runtime)).collect();
        for (_, list) in manifest.table("dependency-groups").into_iter().flat_map(Table::iter) {
            let list = list.as_array().into_iter().flat_map(|list| list.iter()).filter_map(Value::as_table);
            wanted.extend(list.map(|requirement| (requirement, Scope::Dev)));
        }
        for (requirement, scope) in wanted {
            let conditional = requirement.get_str("marker").is_some_and(|marker| pypi::is_conditional(marker, &[]));
            let scope = if conditional { scope.min(Scope::Optional) } else { scope };
            let name = requirement.get_str("name").unwrap_or_default();
            for &target in self.names.find(name, None) {
                let Some(package) = self.packages.get(target) else { continue };
                self.graph.direct(out, package.node, scope);
                for extra in extras(requirement) {
                    if let Some(&asked) = self.extras.get(&(target, extra)) {
                        self.graph.start(asked, scope);
                    }
                }
            }
        }
    }

    /// The entries that a dependency means.
    fn find(&self, dependency: Table<'d>) -> Vec<usize> {
        let Some(name) = dependency.get_str("name") else { return Vec::new() };
        let found = self.names.find(name, dependency.get_str("version"));
        let Some(source) = dependency.table("source").filter(|_| found.len() > 1) else { return found.to_vec() };
        let same = |at: &usize| {
            let held = self.packages.get(*at).and_then(|package| package.table.table("source"));
            held.is_some_and(|held| SOURCES.iter().all(|kind| source.get_str(kind) == held.get_str(kind)))
        };
        let exact: Vec<usize> = found.iter().copied().filter(same).collect();
        if exact.is_empty() { found.to_vec() } else { exact }
    }
}

/// Where a list of dependencies stands.
#[derive(Clone, Copy)]
struct From {
    /// The package that declares it.
    at: usize,
    /// The extra that it belongs to.
    by: Option<Node>,
    /// What the list is for.
    scope: Scope,
}

/// The kinds of sources.
const SOURCES: [&str; 7] = ["registry", "git", "url", "path", "directory", "editable", "virtual"];

fn origin(source: Table<'_>) -> Origin<'_> {
    let Some((kind, value)) = SOURCES.iter().find_map(|kind| Some((*kind, source.get_str(kind)?))) else {
        return Origin::Index(None);
    };
    match kind {
        // A local directory of wheels is an index too; its path says nothing elsewhere.
        "registry" if value.contains("://") => pypi::index(value),
        "registry" => Origin::Index(None),
        "git" => Origin::Vcs(git(value)),
        "url" => Origin::Url(value),
        _ => Origin::Local(value),
    }
}

/// `https://host/repository?subdirectory=a&rev=main#commit`
fn git(text: &str) -> Vcs<'_> {
    let (rest, commit) = text.split_once('#').map_or((text, None), |(rest, commit)| (rest, Some(commit)));
    let (url, query) = rest.split_once('?').unwrap_or((rest, ""));
    let value = |key: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == key);
    let asked = ["rev", "tag", "branch"].iter().find_map(|key| value(key)).map(|(_, value)| value);
    Vcs { tool: "git", url, revision: commit.or(asked), subdirectory: value("subdirectory").map(|(_, value)| value) }
}

/// The extras that a dependency asks for: `extra` in `uv.lock`, `extras` in its manifest.
fn extras(dependency: Table<'_>) -> impl Iterator<Item = &str> {
    ["extra", "extras"].into_iter().filter_map(move |key| dependency.array(key)).flat_map(|list| list.strs())
}

fn artifacts<'d>(package: Table<'d>, out: &mut Sink<'_>) -> Vec<Artifact<'d>> {
    let sdist = package.table("sdist");
    let mut found = Vec::new();
    for file in sdist.into_iter().chain(package.tables("wheels")) {
        let url = ["url", "path", "filename"].iter().find_map(|key| file.get_str(key)).unwrap_or_default();
        let digest = file.get_str("hash").and_then(|text| pypi::digest(out, text, file.line()));
        found.push(Artifact { url, digests: digest.into_iter().collect() });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_sources_keep_commit_and_directory() {
        let vcs = git("https://example.com/r.git?subdirectory=py&rev=v1#0a1b");
        assert_eq!(vcs.locator(), "git+https://example.com/r.git@0a1b#py");
        assert_eq!(git("https://example.com/r.git?tag=v2").locator(), "git+https://example.com/r.git@v2");
    }
}
