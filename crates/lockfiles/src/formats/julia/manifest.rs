//! `Manifest.toml` of Julia's Pkg, formats 1 and 2, with `Project.toml`. <https://pkgdocs.julialang.org/v1/toml-files/>
//!
//! Format 2 keeps under `deps` what format 1 has at the top. A name may stand for several packages, told apart by their
//! UUIDs, which their purls need; `deps` is then a table of UUIDs instead of a list of names. What surprises: a package
//! of the standard library that is not versioned on its own has the version of Julia, which only format 2 states;
//! `git-tree-sha1` is the id of a git tree and no digest of a file, so it is a property.

mod project;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::toml::{Table, Value};

use crate::project_manifest;
use crate::vcs::{git_url, reference};

/// Reads the manifest of Julia.
pub(crate) struct JuliaManifest;

impl Extractor for JuliaManifest {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("julia/manifest")
    }

    fn about(&self) -> About {
        About {
            title: "Julia Manifest.toml 1 and 2, Project.toml",
            specification: "https://pkgdocs.julialang.org/v1/toml-files/",
            facts: &[Fact::Edges, Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("Manifest.toml"),
            Interest::Name("JuliaManifest.toml"),
            Interest::Path("Manifest-v*.toml"),
            Interest::Path("JuliaManifest-v*.toml"),
            Interest::Name("Project.toml"),
            Interest::Name("JuliaProject.toml"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (document, fault) = syntax::toml::parse_partial(&text, file.budget().limits());
        if project::NAMES.iter().any(|name| name.as_bytes() == file.path().name()) {
            project::read(document.root(), file.path(), out);
        } else if !project::LAYOUT.is_fetched(file.path()) {
            emit(document.root(), file.path(), out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        project_manifest::join(files, &project::LAYOUT, |need| {
            Purl::builder("julia", need.name.as_str()).qualifier("uuid", need.id.as_str())
        });
    }
}

fn emit(root: Table<'_>, path: &SourcePath, out: &mut Sink<'_>) {
    let format = root.get_str("manifest_format").unwrap_or("1");
    if !matches!(format.split('.').next(), Some("1" | "2")) {
        let line = root.get("manifest_format").map_or(0, Value::line);
        out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, line, format!("manifest format {format}"));
    }
    let julia = root.get_str("julia_version");
    let packages = root.table("deps").unwrap_or(root);
    let mut by_name: HashMap<&str, Vec<ComponentRef>> = HashMap::new();
    let mut by_uuid: HashMap<&str, ComponentRef> = HashMap::new();
    let mut read = Vec::new();
    for (name, entries) in packages.iter() {
        for entry in entries.as_array().into_iter().flat_map(|list| list.iter()) {
            let Some(table) = entry.as_table() else {
                out.malformed_entry(entry.line(), format!("{name} is no package"));
                continue;
            };
            let Some(component) = package(name, table, julia, path, out) else { continue };
            let at = out.component(component, table.line());
            by_name.entry(name).or_default().push(at);
            by_uuid.extend(table.get_str("uuid").map(|uuid| (uuid, at)));
            read.push((name, table, at));
        }
    }
    for (name, table, from) in read {
        for (needed, uuid) in needs(table) {
            let found = match uuid {
                Some(uuid) => by_uuid.get(uuid).copied(),
                None => match by_name.get(needed).map(Vec::as_slice) {
                    Some([only]) => Some(*only),
                    _ => None,
                },
            };
            match found {
                Some(to) => out.depends(from, to, Scope::Runtime),
                None => {
                    let message = format!("{name} needs {needed}, which is not there or not the only one of its name");
                    out.malformed_entry(table.line(), message);
                }
            }
        }
    }
}

/// Names of what a package needs, with their UUIDs where names are not enough.
fn needs(table: Table<'_>) -> Vec<(&str, Option<&str>)> {
    match table.table("deps") {
        Some(deps) => deps.iter().filter_map(|(name, uuid)| Some((name, Some(uuid.as_str()?)))).collect(),
        None => table.array("deps").into_iter().flat_map(|list| list.strs()).map(|name| (name, None)).collect(),
    }
}

fn package(
    name: &str,
    table: Table<'_>,
    julia: Option<&str>,
    path: &SourcePath,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let line = table.line();
    let text = |key: &str| table.get_str(key).filter(|text| !text.is_empty());
    // What has neither a tree nor a path comes with Julia.
    let bundled = text("git-tree-sha1").is_none() && text("path").is_none();
    let version = text("version").or(julia.filter(|_| bundled)).unwrap_or_default();
    let uuid = text("uuid").unwrap_or_default();
    let mut builder = Purl::builder("julia", name).version(version).qualifier("uuid", uuid);
    let vcs = text("repo-url").map(|remote| {
        let url = git_url(remote, text("repo-rev"));
        match text("repo-subdir") {
            Some(place) => format!("{url}#{place}"),
            None => url,
        }
    });
    if let Some(url) = &vcs {
        builder = builder.qualifier("vcs_url", url.as_str());
    }
    let mut component = Component::from_purl(out.purl(builder, line)?);
    component.references.extend(vcs.map(|url| reference(ReferenceKind::Vcs, url)));
    if let Some(tree) = text("git-tree-sha1") {
        component.properties.push(("plimsoll:julia:git-tree-sha1".into(), tree.into()));
    }
    if let Some(place) = text("path") {
        component.properties.push(("plimsoll:julia:path".into(), place.into()));
        component.location = path.sibling(place);
    }
    if version.is_empty() && text("path").is_none() {
        out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("{name} comes with a Julia that is not named"));
    }
    Some(component)
}
