//! `poetry.lock`, from the first to version 2.1. <https://python-poetry.org/docs/basic-usage/#committing-your-poetrylock-file-to-version-control>
//!
//! Up to version 1.1 the files of all packages stand in `[metadata.files]`, by name alone; since 2.0 each package has
//! its own. `category` told run time from development until 1.5 of Poetry, `groups` does since lock version 2.1; between
//! them only `pyproject.toml` tells. A dependency need not be locked: it may be for another Python, or an extra that
//! nobody asked for.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use syntax::toml::{Kind, Table, Value};

use crate::dependency_scope::{Node, ScopeGraph};
use crate::pypi::{self, Artifact, Names, Origin, Vcs, normalise};
use crate::{python_project, python_version};

/// Extras that bring in one dependency.
const MAX_EXTRAS: usize = 64;

/// Reads the lockfile written by Poetry.
pub(crate) struct PoetryLock;

impl Extractor for PoetryLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("python/poetry-lock")
    }

    fn about(&self) -> About {
        About {
            title: "poetry.lock, versions 1.0 to 2.1, with pyproject.toml",
            specification: "https://python-poetry.org/docs/basic-usage/",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("poetry.lock"), Interest::Name(python_project::NAME)]
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
        let version = metadata.and_then(|metadata| metadata.get("lock-version"));
        if let Some(version) = version.filter(|version| !is_supported(version.as_str())) {
            let found = version.scalar_text().unwrap_or("of another type");
            out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, version.line(), format!("poetry.lock version {found}"));
        }
        let mut lock = Lock::default();
        for table in root.tables("package") {
            lock.package(table, metadata, file.path(), out);
        }
        lock.edges(out);
        out.keep(lock.graph.to_kept());
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        python_project::join(files);
    }
}

fn is_supported(version: Option<&str>) -> bool {
    version.is_some_and(|version| matches!(version.split('.').next(), Some("0" | "1" | "2")))
}

#[derive(Default)]
struct Lock<'d> {
    packages: Vec<(Table<'d>, Node)>,
    names: Names<'d>,
    graph: ScopeGraph,
}

impl<'d> Lock<'d> {
    fn package(&mut self, table: Table<'d>, metadata: Option<Table<'d>>, file: &SourcePath, out: &mut Sink<'_>) {
        let line = table.line();
        let (Some(name), Some(version)) = (table.get_str("name"), table.get_str("version")) else {
            return out.malformed_entry(line, "package left out: it has no name or no version");
        };
        let origin = table.table("source").map_or(Origin::Index(None), origin);
        let Some(mut component) = pypi::component(out, file, (name, Some(version)), origin, line) else { return };
        component.description = table.get_str("description").filter(|text| !text.is_empty()).map(Into::into);
        component.scope = scope(table);
        let markers = table.get("markers").or_else(|| table.get("marker"));
        for marker in markers.into_iter().flat_map(texts) {
            component.properties.push((pypi::MARKER.into(), marker.into()));
        }
        pypi::add_artifacts(&mut component, artifacts(table, metadata, (name, version), out));
        let node = self.graph.component(out.component(component, line));
        self.names.insert(name, Some(version), self.packages.len());
        self.packages.push((table, node));
    }

    fn edges(&mut self, out: &mut Sink<'_>) {
        let packages = std::mem::take(&mut self.packages);
        let mut extras = HashMap::new();
        for (table, node) in &packages {
            for (name, _) in table.table("extras").into_iter().flat_map(Table::iter) {
                let extra = self.graph.extra(*node, name);
                extras.insert((*node, normalise(name)), extra);
            }
        }
        for (table, node) in &packages {
            let members = extra_members(*table);
            for (name, value) in table.table("dependencies").into_iter().flat_map(Table::iter) {
                let single = std::iter::once(value).filter(|value| value.kind() != Kind::Array);
                for value in single.chain(value.as_array().into_iter().flat_map(|list| list.iter())) {
                    let named = members.get(&normalise(name)).map(Vec::as_slice).unwrap_or_default();
                    let named = named.get(..MAX_EXTRAS).unwrap_or(named).to_vec();
                    let by = named.iter().filter_map(|extra| extras.get(&(*node, normalise(extra))).copied());
                    let entry = Entry { from: *node, name, value, by: by.collect(), extras: named };
                    self.edge(&entry, &packages, &extras, out);
                }
            }
        }
    }

    fn edge(
        &mut self,
        entry: &Entry<'d>,
        packages: &[(Table<'d>, Node)],
        extras: &HashMap<(Node, std::borrow::Cow<'d, str>), Node>,
        out: &mut Sink<'_>,
    ) {
        let table = entry.value.as_table();
        let marker = table.and_then(|table| table.get_str("markers"));
        let optional = table.and_then(|table| table.get("optional")).and_then(Value::as_bool) == Some(true);
        let range = entry.value.as_str().or_else(|| table?.get_str("version")).unwrap_or_default();
        let conditional = marker.is_some_and(|marker| pypi::is_conditional(marker, &entry.extras));
        let along = if conditional { Scope::Optional } else { Scope::Runtime };
        let found = self.names.find(entry.name, None);
        let version = |at: &usize| packages.get(*at).and_then(|(table, _)| table.get_str("version"));
        for at in python_version::matching(found, version, range) {
            let Some(&(_, to)) = packages.get(at) else { continue };
            self.graph.state(out, entry.from, to, if optional { Scope::Optional } else { along });
            let sources: &[Node] = if optional { &entry.by } else { &[entry.from] };
            for &source in sources {
                self.graph.leads(source, to, along);
                for extra in table.and_then(|table| table.array("extras")).into_iter().flat_map(|list| list.strs()) {
                    if let Some(&asked) = extras.get(&(to, normalise(extra))) {
                        self.graph.leads(source, asked, along);
                    }
                }
            }
        }
        if let (Some(marker), false, Some(component)) =
            (marker, found.is_empty(), self.graph.at(entry.from).and_then(|at| out.get_mut(at)))
        {
            component.properties.push((pypi::MARKER.into(), format!("{} ; {marker}", entry.name).into()));
        }
    }
}

/// A dependency of a package.
struct Entry<'d> {
    from: Node,
    name: &'d str,
    value: Value<'d>,
    /// The extras that bring it in, as nodes and by name.
    by: Vec<Node>,
    extras: Vec<&'d str>,
}

/// The extras that name each dependency: `socks = ["pysocks (>=1.5.6)"]`.
fn extra_members(package: Table<'_>) -> HashMap<std::borrow::Cow<'_, str>, Vec<&str>> {
    let mut members: HashMap<_, Vec<&str>> = HashMap::new();
    for (extra, list) in package.table("extras").into_iter().flat_map(Table::iter) {
        for requirement in list.as_array().into_iter().flat_map(|list| list.strs()) {
            let end = requirement.find([' ', '(', '[', ';', '=', '<', '>', '!', '~', '@']).unwrap_or(requirement.len());
            let name = requirement.get(..end).unwrap_or(requirement);
            members.entry(normalise(name)).or_default().push(extra);
        }
    }
    members
}

/// What the lock itself says: `groups` since 2.1, `category` before 2.0.
fn scope(package: Table<'_>) -> Scope {
    let flag = |key: &str| package.get(key).and_then(Value::as_bool) == Some(true);
    let markers = package.get("markers").or_else(|| package.get("marker")).map(texts).unwrap_or_default();
    // Of a table for several groups, each marker may hold.
    let conditional = !markers.is_empty() && markers.iter().all(|marker| pypi::is_conditional(marker, &[]));
    let limited = flag("optional") || conditional;
    let main = match (package.array("groups"), package.get_str("category")) {
        (Some(groups), _) => groups.strs().any(|group| group == "main"),
        (None, Some(category)) => category == "main",
        (None, None) => return if limited { Scope::Optional } else { Scope::Unspecified },
    };
    match (main, limited) {
        (false, _) => Scope::Dev,
        (true, true) => Scope::Optional,
        (true, false) => Scope::Runtime,
    }
}

/// A text, or the texts of a table: markers differ by group when they must.
fn texts(value: Value<'_>) -> Vec<&str> {
    match value.as_table() {
        Some(table) => table.iter().filter_map(|(_, value)| value.as_str()).collect(),
        None => value.as_str().into_iter().collect(),
    }
}

fn origin(source: Table<'_>) -> Origin<'_> {
    let text = |key: &str| source.get_str(key);
    let url = text("url").unwrap_or_default();
    match text("type").unwrap_or("legacy") {
        "git" => Origin::Vcs(Vcs {
            tool: "git",
            url,
            revision: text("resolved_reference").or_else(|| text("reference")),
            subdirectory: text("subdirectory"),
        }),
        "url" => Origin::Url(url),
        "directory" | "file" => Origin::Local(url),
        _ => pypi::index(url),
    }
}

fn artifacts<'d>(
    package: Table<'d>,
    metadata: Option<Table<'d>>,
    (name, version): (&str, &str),
    out: &mut Sink<'_>,
) -> Vec<Artifact<'d>> {
    let own = package.array("files");
    let shared = || metadata?.table("files")?.array(name);
    let mut found = Vec::new();
    for file in own.or_else(shared).into_iter().flat_map(|list| list.iter()).filter_map(Value::as_table) {
        let url = file.get_str("url").or_else(|| file.get_str("file")).unwrap_or_default();
        // The shared list holds the files of all versions of the name.
        if own.is_none() && !url.contains(version) {
            continue;
        }
        let digest = file.get_str("hash").and_then(|text| pypi::digest(out, text, file.line()));
        found.push(Artifact { url, digests: digest.into_iter().collect() });
    }
    // Before 1.0 there were only digests, of SHA-256.
    let bare = metadata.and_then(|metadata| metadata.table("hashes")?.array(name));
    for hex in bare.into_iter().flat_map(|list| list.strs()) {
        let digest = Digest::from_hex(DigestAlgorithm::Sha256, hex).ok();
        found.push(Artifact { url: "", digests: digest.into_iter().collect() });
    }
    found
}
