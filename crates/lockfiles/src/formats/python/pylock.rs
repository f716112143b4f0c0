//! `pylock.toml` and `pylock.NAME.toml`, version 1.0 (PEP 751).
//! <https://packaging.python.org/en/latest/specifications/pylock-toml/>
//!
//! Made for installing, so dependencies between packages may be missing. A package can be locked several times, each
//! for other environments. The marker of a package says for which extras and groups of the project it is there.

use plimsoll_extract::prelude::*;
use syntax::toml::Table;

use crate::dependency_scope::{Node, ScopeGraph};
use crate::pypi::{self, Artifact, Names, Origin, Vcs};
use crate::python_project;

/// Reads the standard lockfile of Python.
pub(crate) struct Pylock;

impl Extractor for Pylock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("python/pylock")
    }

    fn about(&self) -> About {
        About {
            title: "pylock.toml, version 1.0 (PEP 751), with pyproject.toml",
            specification: "https://packaging.python.org/en/latest/specifications/pylock-toml/",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("pylock.toml"), Interest::Path("pylock.*.toml"), Interest::Name(python_project::NAME)]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.path().name() == python_project::NAME.as_bytes() {
            return python_project::keep(file, out);
        }
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (document, fault) = syntax::toml::parse_partial(&text, file.budget().limits());
        let root = document.root();
        if let Some(version) = root.get("lock-version") {
            let found = version.as_str().unwrap_or("of another type");
            if found.split('.').next() != Some("1") {
                out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, version.line(), format!("pylock version {found}"));
            }
        }
        // Where there are extras or groups, what has no marker is needed without them.
        let chosen = |key: &str| root.array(key).is_some_and(|list| !list.is_empty());
        let plain = if chosen("extras") || chosen("dependency-groups") { Scope::Runtime } else { Scope::Unspecified };
        let mut lock = Lock::default();
        for table in root.tables("packages") {
            lock.package(table, plain, file.path(), out);
        }
        lock.edges(out);
        out.keep(lock.graph.to_kept());
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        python_project::join(files);
    }
}

#[derive(Default)]
struct Lock<'d> {
    packages: Vec<(Table<'d>, Node)>,
    names: Names<'d>,
    graph: ScopeGraph,
}

impl<'d> Lock<'d> {
    fn package(&mut self, table: Table<'d>, plain: Scope, file: &SourcePath, out: &mut Sink<'_>) {
        let line = table.line();
        let Some(name) = table.get_str("name").filter(|name| !name.is_empty()) else {
            return out.malformed_entry(line, "package left out: it has no name");
        };
        let version = table.get_str("version");
        let Some(mut component) = pypi::component(out, file, (name, version), origin(table), line) else { return };
        let marker = table.get_str("marker");
        component.scope = match marker {
            None => plain,
            Some(marker) if marker.contains("dependency_groups") => Scope::Dev,
            Some(marker) if pypi::is_conditional(marker, &[]) => Scope::Optional,
            Some(_) => plain,
        };
        if let Some(marker) = marker {
            component.properties.push((pypi::MARKER.into(), marker.into()));
        }
        pypi::add_artifacts(&mut component, artifacts(table, out));
        let node = self.graph.component(out.component(component, line));
        self.names.insert(name, version, self.packages.len());
        self.packages.push((table, node));
    }

    fn edges(&mut self, out: &mut Sink<'_>) {
        for (table, from) in &self.packages {
            for dependency in table.tables("dependencies") {
                let name = dependency.get_str("name").unwrap_or_default();
                let found = self.names.find(name, dependency.get_str("version"));
                if found.is_empty() {
                    let line = dependency.line();
                    out.malformed_entry(line, format!("dependency on {name}, which is not locked"));
                }
                for to in found.iter().filter_map(|at| self.packages.get(*at)).map(|(_, node)| *node) {
                    self.graph.state(out, *from, to, Scope::Runtime);
                    self.graph.leads(*from, to, Scope::Runtime);
                }
            }
        }
    }
}

fn origin(package: Table<'_>) -> Origin<'_> {
    if let Some(vcs) = package.table("vcs") {
        let text = |key: &str| vcs.get_str(key);
        return Origin::Vcs(Vcs {
            tool: text("type").unwrap_or("git"),
            url: text("url").or_else(|| text("path")).unwrap_or_default(),
            revision: text("commit-id").or_else(|| text("requested-revision")),
            subdirectory: text("subdirectory"),
        });
    }
    if let Some(directory) = package.table("directory") {
        return Origin::Local(directory.get_str("path").unwrap_or_default());
    }
    if let Some(archive) = package.table("archive") {
        return match (archive.get_str("url"), archive.get_str("path")) {
            (Some(url), _) => Origin::Url(url),
            (None, path) => Origin::Local(path.unwrap_or_default()),
        };
    }
    package.get_str("index").map_or(Origin::Index(None), pypi::index)
}

fn artifacts<'d>(package: Table<'d>, out: &mut Sink<'_>) -> Vec<Artifact<'d>> {
    let single = ["archive", "sdist"].into_iter().filter_map(|key| package.table(key));
    let mut found = Vec::new();
    for file in single.chain(package.tables("wheels")) {
        let url = ["url", "name", "path"].iter().find_map(|key| file.get_str(key)).unwrap_or_default();
        let mut digests = Vec::new();
        for (algorithm, value) in file.table("hashes").into_iter().flat_map(Table::iter) {
            let text = format!("{algorithm}:{}", value.as_str().unwrap_or_default());
            digests.extend(pypi::digest(out, &text, value.line()));
        }
        found.push(Artifact { url, digests });
    }
    found
}
