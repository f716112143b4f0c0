//! `manifest.toml` of Gleam, with `gleam.toml`. <https://gleam.run/writing-gleam/gleam-toml/>
//!
//! Each package has its `requirements` by name, a source (`hex`, `git`, `local`), and for Hex the checksum of its file.
//! What surprises: the name of the file is common; one without `packages` that hold `build_tools` is another's.
//! `[requirements]` is what the project asks for, of run time and of development alike; `gleam.toml` tells them apart.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::toml::{Table, Value};

use crate::beam;
use crate::project_manifest::{self, Layout, Manifest, Need, When};

/// Reads the lockfile of Gleam.
pub(crate) struct ManifestToml;

const PROJECT: &str = "gleam.toml";

const LAYOUT: Layout =
    Layout { is_lock: |name| name == b"manifest.toml", manifests: &[PROJECT], fetched: &["build/packages"] };

impl Extractor for ManifestToml {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("gleam/manifest-toml")
    }

    fn about(&self) -> About {
        About {
            title: "Gleam manifest.toml, gleam.toml",
            specification: "https://gleam.run/writing-gleam/gleam-toml/",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("manifest.toml"), Interest::Name(PROJECT)]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let is_project = file.path().name() == PROJECT.as_bytes();
        if LAYOUT.is_fetched(file.path()) || !is_project && !text.contains("build_tools") {
            return Ok(());
        }
        let (document, fault) = syntax::toml::parse_partial(&text, file.budget().limits());
        if is_project {
            manifest(document.root()).keep(out);
        } else {
            emit(document.root(), file.path(), out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        project_manifest::join(files, &LAYOUT, |need| Purl::builder("hex", need.name.as_str()));
    }
}

fn emit(root: Table<'_>, path: &SourcePath, out: &mut Sink<'_>) {
    let mut by_name: HashMap<&str, ComponentRef> = HashMap::new();
    let mut needs = Vec::new();
    for table in root.tables("packages") {
        let line = table.line();
        let (Some(name), Some(version)) = (table.get_str("name"), table.get_str("version")) else {
            out.malformed_entry(line, "package left out: it has no name or no version");
            continue;
        };
        let component = match table.get_str("source") {
            Some("git") => {
                let text = |key: &str| table.get_str(key).unwrap_or_default();
                beam::repository(name, Some(version), (text("repo"), text("commit")), line, out)
            }
            Some("local") => {
                let mut component = Component::new(ComponentKind::Library, name);
                component.version = Some(version.into());
                let place = table.get_str("path").and_then(|place| path.sibling(place));
                component.location = Some(place.unwrap_or_else(|| path.clone()));
                Some(component)
            }
            _ => beam::hex(name, version, "", line, out),
        };
        let Some(mut component) = component else { continue };
        if let Some(hex) = table.get_str("outer_checksum") {
            beam::add_checksum(&mut component, hex, line, out);
        }
        let at = out.component(component, line);
        by_name.insert(name, at);
        let requirements = table.array("requirements").into_iter().flat_map(|list| list.strs());
        needs.extend(requirements.map(|requirement| (at, requirement)));
    }
    for (from, name) in needs {
        if let Some(&to) = by_name.get(name) {
            out.depends(from, to, Scope::Runtime);
        }
    }
}

fn manifest(root: Table<'_>) -> Manifest {
    let text = |key: &str| root.get_str(key).map(str::to_owned);
    let mut needs = Vec::new();
    // Gleam 1.13 took to underscores.
    for (section, when) in
        [("dependencies", When::Runtime), ("dev-dependencies", When::Dev), ("dev_dependencies", When::Dev)]
    {
        for (name, value) in root.table(section).into_iter().flat_map(Table::iter) {
            needs.push(need(name, value, when));
        }
    }
    Manifest {
        name: text("name"),
        version: text("version"),
        description: text("description"),
        license: root.array("licences").and_then(|list| list.strs().next()).map(str::to_owned),
        line: root.get("name").map_or(0, Value::line),
        needs,
    }
}

fn need(name: &str, value: Value<'_>, when: When) -> Need {
    let table = value.as_table();
    let range = value.as_str().or_else(|| table?.get_str("version")).unwrap_or_default();
    let local = table.is_some_and(|table| table.get("path").is_some());
    Need { name: name.to_owned(), range: range.to_owned(), when, local, line: value.line(), ..Need::default() }
}
