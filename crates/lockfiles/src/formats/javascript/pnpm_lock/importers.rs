//! `importers`: the project and its workspaces; a lock file of a single project may leave the level out.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::npm;
use plimsoll_extract::syntax::yaml::Node;

use super::packages::Graph;
use crate::npm_manifest::Manifest;
use crate::npm_package::{Missing, manifest_in, member};
use crate::npm_scope::spread;

const SECTIONS: &[(&str, Scope)] = &[
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Dev),
    // pnpm itself and what configures it, since version 10.
    ("configDependencies", Scope::Build),
    ("packageManagerDependencies", Scope::Build),
];

/// Emits the workspaces and the edges of all importers, and says when each package is needed.
pub(super) fn read(
    file: &File<'_>,
    document: &Node,
    hidden: bool,
    graph: &mut Graph<'_>,
    missing: &mut Missing,
    out: &mut Sink<'_>,
) {
    let importers: Vec<(&str, u32, &Node)> = match document.get("importers").and_then(Node::as_map) {
        Some(map) => map.iter().filter_map(|(key, node)| Some((key.as_str()?, key.line(), node))).collect(),
        None => vec![(".", document.line(), document)],
    };
    let mut members: HashMap<SourcePath, ComponentRef> = HashMap::new();
    for &(directory, line, _) in importers.iter().filter(|(directory, ..)| *directory != "." && !hidden) {
        let Some(path) = manifest_in(file.path(), directory) else { continue };
        let name = directory.rsplit('/').next().unwrap_or(directory);
        if let Some(component) = member(name, None, Some(path.clone())) {
            members.insert(path, out.component(component, line));
        }
    }
    let mut direct = Vec::new();
    for (directory, line, importer) in importers {
        let own = manifest_in(file.path(), directory);
        let from = own.and_then(|path| members.get(&path).copied());
        for &(section, scope) in SECTIONS {
            for (name, value) in importer.get(section).into_iter().flat_map(Node::entries) {
                let reference = value.as_str().or(value.get_str("version")).unwrap_or_default();
                let to = if let Some(link) = reference.strip_prefix("link:") {
                    linked(file, directory, link, &members)
                } else if let Some(at) = graph.find(name, reference) {
                    direct.push((at, scope));
                    graph.component(at)
                } else {
                    missing.add(line, directory, &format!("{name}@{reference}"));
                    let shipped = matches!(scope, Scope::Runtime | Scope::Optional);
                    shipped.then(|| graph.add_direct(name, reference, value.line(), out)).flatten()
                };
                match (from, to) {
                    (Some(from), Some(to)) => out.depends(from, to, scope),
                    (None, Some(to)) => out.direct(to, scope),
                    (_, None) => {}
                }
            }
        }
    }
    for (at, scope) in spread(&graph.needs, &direct).into_iter().enumerate() {
        let component = graph.component(at).and_then(|at| out.get_mut(at));
        if let (Some(component), Some(scope)) = (component, scope) {
            component.scope = scope;
        }
    }
}

/// The workspace that `link:` leads to, relative to the importer.
fn linked(
    file: &File<'_>,
    directory: &str,
    link: &str,
    members: &HashMap<SourcePath, ComponentRef>,
) -> Option<ComponentRef> {
    let path = manifest_in(file.path(), &format!("{directory}/{link}"))?;
    members.get(&path).copied()
}

/// Gives the project and its workspaces the names and versions of their manifests.
pub(super) fn join_manifests(files: &mut Resolver<'_>) {
    for lock in files.named("pnpm-lock.yaml") {
        let named: Vec<(Handle, FileHandle)> = files
            .components(lock)
            .filter_map(|(at, component)| Some((at, files.find(component.location.as_ref()?)?)))
            .collect();
        for (at, manifest) in named {
            let bytes = files.kept(manifest).to_vec();
            let read = read_manifest(files, manifest, &bytes);
            let name = read.name.as_str().and_then(npm::split_name);
            let Some(component) = files.get_mut(at) else { continue };
            if let Some((scope, name)) = name {
                component.group = scope.map(Into::into);
                component.name = name.into();
            }
            component.version = read.version.as_str().map(Into::into);
            component.licenses = read.licenses();
        }
        let Some(manifest) = files.find_beside(lock, "package.json") else { continue };
        let Some(path) = files.path(manifest).cloned() else { continue };
        let bytes = files.kept(manifest).to_vec();
        let project = read_manifest(files, manifest, &bytes).project(&path);
        if let (Some(project), Some(mut sink)) = (project, files.sink(lock)) {
            sink.project(project, 0);
        }
    }
}

fn read_manifest<'b>(files: &mut Resolver<'_>, manifest: FileHandle, bytes: &'b [u8]) -> Manifest<'b> {
    let (read, fault) = Manifest::read(bytes);
    if let (Some(fault), Some(mut sink)) = (fault, files.sink(manifest)) {
        sink.diagnose_at(fault.code(), fault.line().map(Span::Line), format!("read in part: {fault}"));
    }
    read
}
