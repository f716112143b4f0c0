//! `Gopkg.lock` of dep. <https://golang.github.io/dep/docs/Gopkg.lock.html>
//!
//! A project is a repository; which of its packages are used is listed, but not which need which, so there are no edges
//! between projects. `input-imports` are the packages that the project imports itself. The digest is one over a tree of
//! files, of an own kind: a property. `Gopkg.toml` says less and is not read.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use syntax::toml::{self, Table};

use crate::golang;

/// Reads the lockfile of dep.
pub(crate) struct DepLock;

impl Extractor for DepLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("go/dep-lock")
    }

    fn about(&self) -> About {
        About {
            title: "dep Gopkg.lock",
            specification: "https://golang.github.io/dep/docs/Gopkg.lock.html",
            facts: &[Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("Gopkg.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let (document, fault) = toml::parse_partial(&text.text, file.budget().limits());
        let root = document.root();
        let mut projects: HashMap<&str, ComponentRef> = HashMap::new();
        for table in root.tables("projects") {
            let Some(name) = table.get_str("name").filter(|name| !name.is_empty()) else {
                out.malformed_entry(table.line(), "a project without name");
                continue;
            };
            if let Some(component) = component(name, table, out) {
                projects.insert(name, out.component(component, table.line()));
            }
        }
        let imports = root.table("solve-meta").and_then(|meta| meta.array("input-imports"));
        let mut direct: Vec<ComponentRef> = Vec::new();
        for import in imports.into_iter().flat_map(|imports| imports.strs()) {
            let prefixes = std::iter::successors(Some(import), |path| path.rsplit_once('/').map(|(parent, _)| parent));
            direct.extend(prefixes.take(16).find_map(|prefix| projects.get(prefix)));
        }
        direct.sort_unstable();
        direct.dedup();
        direct.into_iter().for_each(|at| out.direct(at, Scope::Unspecified));
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn component(name: &str, table: Table<'_>, out: &mut Sink<'_>) -> Option<Component> {
    let text = |key: &str| table.get_str(key).unwrap_or_default();
    let mut component = golang::vendored(name, text("version"), text("revision"), table.line(), out)?;
    golang::add_source(&mut component, table.get_str("source"), text("revision"));
    for (property, key) in [("plimsoll:dep:digest", "digest"), ("plimsoll:git:branch", "branch")] {
        if let Some(value) = table.get_str(key) {
            component.properties.push((property.into(), value.into()));
        }
    }
    Some(component)
}
