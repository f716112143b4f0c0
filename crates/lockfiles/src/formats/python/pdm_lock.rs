//! `pdm.lock`, versions 2 to 4.5. <https://pdm-project.org/latest/usage/lockfile/>
//!
//! What an extra of a package needs stands in an entry of its own, with the name and version of the package and the
//! names of the extras. Since 4.0 files stand with their package, before in `[metadata.files]` by name and version.
//! `groups` names extras and development groups of the project alike; only `pyproject.toml` tells them apart.

use std::borrow::Cow;
use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use syntax::pep508::Requirement;
use syntax::toml::{Table, Value};

use crate::dependency_scope::{Node, ScopeGraph};
use crate::pypi::{self, Artifact, Names, Origin, Vcs, normalise};
use crate::{python_project, python_version};

/// Extras that one entry is about.
const MAX_EXTRAS: usize = 64;

/// Reads the lockfile written by PDM.
pub(crate) struct PdmLock;

impl Extractor for PdmLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("python/pdm-lock")
    }

    fn about(&self) -> About {
        About {
            title: "pdm.lock, versions 2 to 4.5, with pyproject.toml",
            specification: "https://pdm-project.org/latest/usage/lockfile/",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("pdm.lock"), Interest::Name(python_project::NAME)]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.path().name() == python_project::NAME.as_bytes() {
            return python_project::keep(file, out);
        }
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (document, fault) = syntax::toml::parse_partial(&text, file.budget().limits());
        let root = document.root();
        let metadata = root.table("metadata");
        if let Some(version) = metadata.and_then(|metadata| metadata.get("lock_version")) {
            let found = version.as_str().unwrap_or("of another type");
            if !matches!(found.split('.').next(), Some("2" | "3" | "4")) {
                out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, version.line(), format!("pdm.lock version {found}"));
            }
        }
        let mut lock = Lock::default();
        for table in root.tables("package").filter(|table| extras_of(*table).next().is_none()) {
            lock.package(table, metadata, file.path(), out);
        }
        for table in root.tables("package").filter(|table| extras_of(*table).next().is_some()) {
            lock.extra(table, metadata, file.path(), out);
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
    packages: Vec<(Option<&'d str>, Node)>,
    names: Names<'d>,
    /// The node of an extra of a package.
    extras: HashMap<(Node, Cow<'d, str>), Node>,
    /// An entry, the component that it is about, and the extras when it is about those.
    lists: Vec<(Table<'d>, Node, Vec<Node>)>,
    graph: ScopeGraph,
}

impl<'d> Lock<'d> {
    fn package(&mut self, table: Table<'d>, metadata: Option<Table<'d>>, file: &SourcePath, out: &mut Sink<'_>) {
        let line = table.line();
        let Some(name) = table.get_str("name").filter(|name| !name.is_empty()) else {
            return out.malformed_entry(line, "package left out: it has no name");
        };
        let version = table.get_str("version");
        let Some(mut component) = pypi::component(out, file, (name, version), origin(table), line) else { return };
        component.description = table.get_str("summary").filter(|text| !text.is_empty()).map(Into::into);
        component.scope = scope(table);
        if let Some(marker) = table.get_str("marker") {
            component.properties.push((pypi::MARKER.into(), marker.into()));
        }
        pypi::add_artifacts(&mut component, artifacts(table, metadata, (name, version), out));
        let node = self.graph.component(out.component(component, line));
        self.names.insert(name, version, self.packages.len());
        self.packages.push((version, node));
        self.lists.push((table, node, Vec::new()));
    }

    fn extra(&mut self, table: Table<'d>, metadata: Option<Table<'d>>, file: &SourcePath, out: &mut Sink<'_>) {
        let found = table.get_str("name").map(|name| self.names.find(name, table.get_str("version")));
        let base = found.and_then(|found| found.first()).and_then(|at| self.packages.get(*at)).map(|(_, node)| *node);
        let Some(base) = base else { return self.package(table, metadata, file, out) };
        let mut nodes = Vec::new();
        for name in extras_of(table).take(MAX_EXTRAS) {
            let node = *self.extras.entry((base, normalise(name))).or_insert_with(|| self.graph.extra(base, name));
            nodes.push(node);
        }
        self.lists.push((table, base, nodes));
    }

    fn edges(&mut self, out: &mut Sink<'_>) {
        for (table, from, extras) in std::mem::take(&mut self.lists) {
            let list = table.array("dependencies");
            for value in list.into_iter().flat_map(|list| list.iter()) {
                let Some(text) = value.as_str() else { continue };
                match Requirement::parse(text) {
                    Ok(requirement) => self.edge(&requirement, text, (from, &extras), out),
                    Err(_) => out.malformed_entry(value.line(), "dependency left out: it cannot be read"),
                }
            }
        }
    }

    fn edge(
        &mut self,
        requirement: &Requirement<'d>,
        text: &'d str,
        (from, extras): (Node, &[Node]),
        out: &mut Sink<'_>,
    ) {
        let marker = text.split_once(';').map(|(_, marker)| marker.trim()).filter(|_| requirement.marker.is_some());
        let conditional = marker.is_some_and(|marker| pypi::is_conditional(marker, &[]));
        let along = if conditional { Scope::Optional } else { Scope::Runtime };
        let found = self.names.find(requirement.name, None);
        let version = |at: &usize| self.packages.get(*at).and_then(|(version, _)| *version);
        let targets = python_version::matching(found, version, requirement.specifier);
        if let (Some(marker), false) = (marker, targets.is_empty())
            && let Some(component) = self.graph.at(from).and_then(|at| out.get_mut(at))
        {
            let requirement = format!("{} ; {marker}", requirement.name);
            component.properties.push((pypi::MARKER.into(), requirement.into()));
        }
        for at in targets {
            let Some(&(_, to)) = self.packages.get(at) else { continue };
            self.graph.state(out, from, to, if extras.is_empty() { along } else { Scope::Optional });
            let sources = if extras.is_empty() { std::slice::from_ref(&from) } else { extras };
            for &source in sources {
                self.graph.leads(source, to, along);
                for extra in &requirement.extras {
                    if let Some(&asked) = self.extras.get(&(to, normalise(extra))) {
                        self.graph.leads(source, asked, along);
                    }
                }
            }
        }
    }
}

fn extras_of(package: Table<'_>) -> impl Iterator<Item = &str> {
    package.array("extras").into_iter().flat_map(|list| list.strs())
}

/// `sections` was the name of `groups` before 3.0.
fn scope(package: Table<'_>) -> Scope {
    let Some(groups) = package.array("groups").or_else(|| package.array("sections")) else {
        return Scope::Unspecified;
    };
    let conditional = package.get_str("marker").is_some_and(|marker| pypi::is_conditional(marker, &[]));
    if !conditional && groups.strs().any(|group| group == "default") { Scope::Runtime } else { Scope::Optional }
}

fn origin(package: Table<'_>) -> Origin<'_> {
    let text = |key: &str| package.get_str(key);
    let vcs = ["git", "hg", "svn", "bzr"].iter().find_map(|tool| Some((*tool, text(tool)?)));
    if let Some((tool, url)) = vcs {
        let revision = text("revision").or_else(|| text("ref"));
        return Origin::Vcs(Vcs { tool, url, revision, subdirectory: text("subdirectory") });
    }
    match (text("path"), text("url")) {
        (Some(path), _) => Origin::Local(path),
        (None, Some(url)) => url.strip_prefix("file://").map_or(Origin::Url(url), Origin::Local),
        (None, None) => Origin::Index(None),
    }
}

fn artifacts<'d>(
    package: Table<'d>,
    metadata: Option<Table<'d>>,
    (name, version): (&str, Option<&str>),
    out: &mut Sink<'_>,
) -> Vec<Artifact<'d>> {
    let shared = || metadata?.table("files")?.array(&format!("{name} {}", version.unwrap_or_default()));
    let files = package.array("files").or_else(shared);
    let mut found = Vec::new();
    for file in files.into_iter().flat_map(|list| list.iter()).filter_map(Value::as_table) {
        let url = file.get_str("url").or_else(|| file.get_str("file")).unwrap_or_default();
        let digest = file.get_str("hash").and_then(|text| pypi::digest(out, text, file.line()));
        found.push(Artifact { url, digests: digest.into_iter().collect() });
    }
    found
}
