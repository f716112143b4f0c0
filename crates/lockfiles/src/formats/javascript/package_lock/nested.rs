//! `dependencies`: entries inside entries, as in version 1.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Text};
use plimsoll_extract::syntax::npm::{self, Origin};
use plimsoll_extract::syntax::text::LineIndex;

use super::{Lock, Nested};
use crate::npm_manifest;
use crate::npm_package::{Missing, NpmPackage, manifest_in, member, project};

type Entries<'s, 'a> = &'s [(Text<'a>, Loose<Nested<'a>>)];

/// An entry, and the one that it is inside of.
struct Placed<'a> {
    name: &'a str,
    entry: &'a Nested<'a>,
    parent: Option<usize>,
    line: u32,
    at: ComponentRef,
}

/// Emits the components and the edges between them.
pub(super) fn emit(file: &File<'_>, lock: &Lock<'_>, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let project =
        lock.name.as_str().and_then(|name| project(name, lock.version.as_str(), manifest_in(file.path(), ".")));
    if let Some(project) = project {
        out.project(project, 1);
    }
    let mut placed = Vec::new();
    // Breadth first: those that the project can see come before all others, as `join_manifests` needs it.
    let mut level: Vec<(Option<usize>, Entries<'_, '_>)> = vec![(None, lock.dependencies.entries())];
    while !level.is_empty() {
        let mut below = Vec::new();
        for (parent, entries) in level {
            for (name, entry) in entries {
                let line = lines.line_of(name).unwrap_or(0);
                let Some(entry) = entry.get() else {
                    out.malformed_entry(line, "entry left out: not an object");
                    continue;
                };
                let Some(component) = component(file, name, entry, line, out) else { continue };
                let at = out.component(component, line);
                below.push((Some(placed.len()), entry.dependencies.entries()));
                placed.push(Placed { name, entry, parent, line, at });
            }
        }
        level = below;
    }
    relate(&placed, out);
    let top: Vec<&str> = placed.iter().filter(|entry| entry.parent.is_none()).map(|entry| entry.name).collect();
    out.keep(serde_json::to_vec(&top).unwrap_or_default());
}

fn component(file: &File<'_>, name: &str, entry: &Nested<'_>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let scope = match (entry.dev.is_true(), entry.optional.is_true()) {
        (true, _) => Scope::Dev,
        (false, true) => Scope::Optional,
        (false, false) => Scope::Runtime,
    };
    if entry.version.is_wrong() {
        out.malformed_entry(line, format!("the version of {name} is not text"));
    }
    let stated = entry.version.as_str();
    // A version is one of the registry, or says where the package comes from.
    let (real, version, origin) = match stated.map(|text| (npm::alias(text), Origin::parse(text))) {
        Some((Some((real, version)), _)) => (real, version, Origin::Registry),
        Some((None, Origin::Path(path))) if !path.ends_with("gz") => {
            return member(name, None, manifest_in(file.path(), path));
        }
        Some((None, Origin::Registry)) | None => (name, stated, Origin::Registry),
        Some((None, origin)) => (name, None, origin),
    };
    let origin = match (origin, entry.resolved.as_str()) {
        (Origin::Registry, Some(resolved)) => Origin::parse(resolved),
        (origin, _) => origin,
    };
    let package = NpmPackage { name: real, version, origin, integrity: entry.integrity.as_str(), scope };
    let mut component = package.component(out, line)?;
    if entry.bundled.is_true() {
        component.properties.push(("plimsoll:npm:bundled".into(), "true".into()));
    }
    Some(component)
}

fn relate(placed: &[Placed<'_>], out: &mut Sink<'_>) {
    let index: HashMap<(Option<usize>, &str), usize> =
        placed.iter().enumerate().map(|(at, entry)| ((entry.parent, entry.name), at)).collect();
    let mut missing = Missing::default();
    for (at, dependent) in placed.iter().enumerate() {
        for (name, _) in dependent.entry.requires.entries() {
            match find(placed, &index, at, name) {
                Some(to) => out.depends(dependent.at, to.at, scope_of(dependent.entry, to.entry)),
                None if dependent.entry.optional.is_true() => {}
                None => missing.add(dependent.line, dependent.name, name),
            }
        }
    }
    missing.report(out);
}

/// The file does not tell optional requirements from others; what only optional packages lead to is one.
fn scope_of(from: &Nested<'_>, to: &Nested<'_>) -> Scope {
    if to.optional.is_true() && !from.optional.is_true() { Scope::Optional } else { Scope::Runtime }
}

/// Looks in the entry itself, then in each one around it.
fn find<'p, 'a>(
    placed: &'p [Placed<'a>],
    index: &HashMap<(Option<usize>, &'a str), usize>,
    from: usize,
    name: &str,
) -> Option<&'p Placed<'a>> {
    let mut inside = Some(from);
    loop {
        if let Some(&found) = index.get(&(inside, name)) {
            return placed.get(found);
        }
        inside = placed.get(inside?)?.parent;
    }
}

/// Adds what the project asks for, which only `package.json` says.
pub(super) fn join_manifests(files: &mut Resolver<'_>) {
    let locks = [files.named("package-lock.json"), files.named("npm-shrinkwrap.json")].concat();
    for lock in locks {
        let kept = files.take_kept(lock);
        let Ok(names) = serde_json::from_slice::<Vec<Text<'_>>>(&kept) else { continue };
        let Some(manifest) = files.find_beside(lock, "package.json") else { continue };
        let names: HashMap<&str, usize> = names.iter().map(Text::as_str).zip(0..).collect();
        let libraries: Vec<Handle> = files
            .components(lock)
            .filter(|(_, component)| component.kind == ComponentKind::Library)
            .map(|(at, _)| at)
            .collect();
        npm_manifest::join(files, lock, manifest, |name, _| libraries.get(*names.get(name)?).copied());
    }
}
