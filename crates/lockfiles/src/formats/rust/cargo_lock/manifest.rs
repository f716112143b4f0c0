//! `Cargo.toml`: what the lock does not say. <https://doc.rust-lang.org/cargo/reference/manifest.html>

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::toml::{Table, Value};
use serde::{Deserialize, Serialize};

/// What is kept of a manifest for the second phase.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) package: Option<Package>,
    pub(super) is_workspace: bool,
    pub(super) workspace_version: Option<String>,
    pub(super) workspace_license: Option<String>,
    pub(super) workspace_dependencies: Vec<Dependency>,
    pub(super) dependencies: Vec<Dependency>,
}

/// `[package]`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    /// `None` when it is the workspace's.
    pub(super) version: Option<String>,
    pub(super) inherits_license: bool,
    pub(super) license: Option<String>,
    pub(super) description: Option<String>,
    pub(super) author: Option<String>,
    pub(super) repository: Option<String>,
    pub(super) line: u32,
}

/// An entry of one of the tables of dependencies.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Dependency {
    pub(super) key: String,
    /// The name of the package, when it is renamed.
    pub(super) package: Option<String>,
    pub(super) kind: Kind,
    /// A feature or a platform has to ask for it.
    pub(super) conditional: bool,
    /// The rest is in `[workspace.dependencies]`.
    pub(super) inherits: bool,
    /// The range that is asked for.
    pub(super) range: Option<String>,
    /// Where it is, when it is local.
    pub(super) path: Option<String>,
    pub(super) git: Option<String>,
    pub(super) registry: Option<String>,
    pub(super) line: u32,
}

/// The table that a dependency is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    Normal,
    Build,
    Dev,
}

const TABLES: &[(&str, Kind)] = &[
    ("dependencies", Kind::Normal),
    ("build-dependencies", Kind::Build),
    ("build_dependencies", Kind::Build),
    ("dev-dependencies", Kind::Dev),
    ("dev_dependencies", Kind::Dev),
];

impl Manifest {
    /// The version of the package, its own or that of the workspace.
    pub(super) fn version<'a>(&'a self, workspace: Option<&'a Self>) -> Option<&'a str> {
        let own = self.package.as_ref().and_then(|package| package.version.as_deref());
        own.or_else(|| workspace?.workspace_version.as_deref())
    }
}

impl Dependency {
    /// What `[workspace.dependencies]` says about it, when it inherits from there.
    pub(super) fn inherited<'a>(&self, workspace: Option<&'a Manifest>) -> Option<&'a Self> {
        let workspace = workspace.filter(|_| self.inherits)?;
        workspace.workspace_dependencies.iter().find(|other| other.key == self.key)
    }

    /// The name of the package, which may be renamed here or in the workspace.
    pub(super) fn package_name<'a>(&'a self, workspace: Option<&'a Manifest>) -> &'a str {
        let renamed = self.package.as_deref();
        renamed.or_else(|| self.inherited(workspace)?.package.as_deref()).unwrap_or(&self.key)
    }

    /// When it is needed.
    pub(super) fn scope(&self) -> Scope {
        match self.kind {
            Kind::Normal if self.conditional => Scope::Optional,
            Kind::Normal => Scope::Runtime,
            Kind::Build => Scope::Build,
            Kind::Dev => Scope::Dev,
        }
    }
}

/// Keeps what the second phase needs of a manifest.
pub(super) fn keep(root: Table<'_>, out: &mut Sink<'_>) {
    let manifest = read(root);
    if let Ok(kept) = serde_json::to_vec(&manifest) {
        out.keep(kept);
    }
}

/// The manifest that was kept; `None` for one that could not be read at all.
pub(super) fn kept(bytes: &[u8]) -> Option<Manifest> {
    serde_json::from_slice(bytes).ok()
}

fn read(root: Table<'_>) -> Manifest {
    let workspace = root.table("workspace");
    let shared = workspace.and_then(|table| table.table("package"));
    let mut manifest = Manifest {
        package: root.table("package").or_else(|| root.table("project")).and_then(package),
        is_workspace: workspace.is_some(),
        workspace_version: shared.and_then(|table| text(table, "version")),
        workspace_license: shared.and_then(|table| text(table, "license")),
        ..Manifest::default()
    };
    if let Some(table) = workspace.and_then(|table| table.table("dependencies")) {
        manifest.workspace_dependencies = dependencies(table, Kind::Normal, false).collect();
    }
    let mut read_tables = |table: Table<'_>, conditional: bool| {
        for &(name, kind) in TABLES {
            if let Some(table) = table.table(name) {
                manifest.dependencies.extend(dependencies(table, kind, conditional));
            }
        }
    };
    read_tables(root, false);
    for (_, target) in root.table("target").into_iter().flat_map(Table::iter) {
        if let Some(target) = target.as_table() {
            read_tables(target, true);
        }
    }
    manifest
}

fn package(table: Table<'_>) -> Option<Package> {
    let author = table.array("authors").and_then(|authors| authors.strs().next());
    Some(Package {
        name: text(table, "name")?,
        version: text(table, "version"),
        inherits_license: table.table("license").is_some(),
        license: text(table, "license"),
        description: text(table, "description"),
        author: author.map(str::to_owned),
        repository: text(table, "repository"),
        line: table.line(),
    })
}

fn dependencies<'d>(table: Table<'d>, kind: Kind, conditional: bool) -> impl Iterator<Item = Dependency> + use<'d> {
    table.iter().map(move |(key, value)| dependency(key, value, kind, conditional))
}

fn dependency(key: &str, value: Value<'_>, kind: Kind, conditional: bool) -> Dependency {
    let table = value.as_table();
    let get = |name: &str| table.and_then(|table| text(table, name));
    let flag = |name: &str| table.and_then(|table| table.get(name)?.as_bool()).unwrap_or(false);
    Dependency {
        key: key.to_owned(),
        package: get("package"),
        kind,
        conditional: conditional || flag("optional"),
        inherits: flag("workspace"),
        range: value.as_str().map(str::to_owned).or_else(|| get("version")),
        path: get("path"),
        git: get("git"),
        registry: get("registry-index"),
        line: value.line(),
    }
}

fn text(table: Table<'_>, key: &str) -> Option<String> {
    table.get_str(key).map(str::to_owned)
}
