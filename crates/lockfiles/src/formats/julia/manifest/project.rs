//! `Project.toml`: what a project asks for, or what an installed package is.

use std::collections::HashSet;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::toml::{Table, Value};

use crate::project_manifest::{Layout, Manifest, Need, When};

pub(super) const NAMES: &[&str] = &["Project.toml", "JuliaProject.toml"];

pub(super) const LAYOUT: Layout = Layout {
    is_lock: |name| name.ends_with(b".toml") && (name.starts_with(b"Manifest") || name.starts_with(b"JuliaManifest")),
    manifests: NAMES,
    fetched: &[".julia/packages", "depot/packages"],
};

pub(super) fn read(root: Table<'_>, path: &SourcePath, out: &mut Sink<'_>) {
    if is_installed(root, path) {
        return installed(root, out);
    }
    // Another tool's file of this name has no dependencies with UUIDs.
    let text = |key: &str| root.get_str(key).filter(|text| !text.is_empty()).map(str::to_owned);
    let compat = root.table("compat");
    let sources = root.table("sources");
    let dev: HashSet<&str> =
        root.table("targets").into_iter().flat_map(Table::iter).flat_map(|(_, list)| strs(list)).collect();
    let mut needs: Vec<Need> = Vec::new();
    for (section, when) in [("deps", When::Runtime), ("weakdeps", When::Optional), ("extras", When::Dev)] {
        for (name, uuid) in root.table(section).into_iter().flat_map(Table::iter) {
            // Extras count when a target names them.
            if when == When::Dev && !dev.contains(name) {
                continue;
            }
            let local =
                sources.and_then(|sources| sources.table(name)).is_some_and(|source| source.get("path").is_some());
            needs.push(Need {
                name: name.to_owned(),
                id: uuid.as_str().unwrap_or_default().to_owned(),
                range: compat.and_then(|compat| compat.get_str(name)).unwrap_or_default().to_owned(),
                when,
                local,
                line: uuid.line(),
            });
        }
    }
    let line = root.get("name").map_or(0, Value::line);
    let manifest =
        Manifest { name: text("name"), version: text("version"), description: None, license: None, line, needs };
    manifest.keep(out);
}

fn strs(list: Value<'_>) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flat_map(|list| list.strs())
}

/// In a depot, `packages/NAME/SLUG/Project.toml` with a slug of five characters.
fn is_installed(root: Table<'_>, path: &SourcePath) -> bool {
    let mut parts = path.parent().rsplit(|&byte| byte == b'/');
    let (slug, name, packages) = (parts.next(), parts.next(), parts.next());
    let named = root.get_str("name").map(str::as_bytes);
    packages == Some(b"packages") && name.is_some() && name == named && slug.is_some_and(|slug| slug.len() == 5)
}

fn installed(root: Table<'_>, out: &mut Sink<'_>) {
    let line = root.get("name").map_or(0, Value::line);
    let text = |key: &str| root.get_str(key).unwrap_or_default();
    let builder = Purl::builder("julia", text("name")).version(text("version")).qualifier("uuid", text("uuid"));
    if let Some(purl) = out.purl(builder, line) {
        out.component(Component::from_purl(purl), line);
    }
}
