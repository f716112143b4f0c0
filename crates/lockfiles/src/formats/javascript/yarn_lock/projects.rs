//! The project and its workspaces, from `package.json`: what they are called, what they ask for, and with it when each
//! locked package is needed.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use super::locked::{Index, Kept, Workspace};
use crate::npm_manifest::{Manifest, matches_workspace};
use crate::npm_package::member;
use crate::npm_scope::spread;

/// A project or workspace, and the locked packages that it needs.
struct Dependent {
    at: Option<Handle>,
    needs: Vec<(usize, Scope)>,
}

/// Joins each lock file with the manifests that it was made from.
pub(super) fn join(files: &mut Resolver<'_>) {
    let locks = files.named("yarn.lock");
    if locks.is_empty() {
        return;
    }
    let mut manifests: Vec<(SourcePath, FileHandle)> =
        files.named("package.json").into_iter().filter_map(|file| Some((files.path(file)?.clone(), file))).collect();
    manifests.retain(|(_, file)| !files.kept(*file).is_empty());
    manifests.sort();
    for lock in locks {
        let kept = files.take_kept(lock);
        let Ok(kept) = serde_json::from_slice::<Kept>(&kept) else { continue };
        let locked: Vec<Handle> = files.components(lock).map(|(at, _)| at).collect();
        let dependents = if kept.workspaces.is_empty() {
            projects(files, lock, &kept, &manifests)
        } else {
            workspaces(files, lock, &kept, &locked)
        };
        relate(files, lock, &kept, &locked, &dependents);
    }
}

/// The workspaces that a lock file of Berry lists, with what their manifests add: versions and scopes.
fn workspaces(files: &mut Resolver<'_>, lock: FileHandle, kept: &Kept, locked: &[Handle]) -> Vec<Dependent> {
    let mut dependents = Vec::new();
    for Workspace { at, directory, needs } in &kept.workspaces {
        let Some(&at) = locked.get(*at) else { continue };
        let manifest = files.find_beside(lock, &format!("{directory}/package.json"));
        let bytes = manifest.map(|manifest| files.kept(manifest).to_vec()).unwrap_or_default();
        let read = read(files, manifest, &bytes);
        let scopes: HashMap<&str, Scope> = read.needs().map(|(name, _, scope)| (name, scope)).collect();
        if let Some(component) = files.get_mut(at) {
            component.version = read.version.as_str().map(Into::into);
            component.licenses = read.licenses();
        }
        let scope = |name: &str| scopes.get(name).copied().unwrap_or_default();
        dependents.push(Dependent { at: Some(at), needs: needs.iter().map(|(name, to)| (*to, scope(name))).collect() });
    }
    dependents
}

/// The project beside a lock file of Classic, and those that its `workspaces` name.
fn projects(
    files: &mut Resolver<'_>,
    lock: FileHandle,
    kept: &Kept,
    manifests: &[(SourcePath, FileHandle)],
) -> Vec<Dependent> {
    let Some(root) = files.find_beside(lock, "package.json") else { return Vec::new() };
    let (Some(root_path), bytes) = (files.path(root).cloned(), files.kept(root).to_vec()) else { return Vec::new() };
    let manifest = read(files, Some(root), &bytes);
    let index = Index::new(kept.descriptors.iter().map(|(text, at)| (text.as_str(), *at)));
    let mut all = vec![(root, root_path.clone(), manifest.project(&root_path))];
    let prefix = [root_path.parent(), b"/"].concat();
    let prefix = prefix.strip_prefix(b"/").unwrap_or(&prefix);
    let globs = manifest.workspace_globs();
    let below = manifests.get(manifests.partition_point(|(path, _)| path.as_bytes() < prefix)..).unwrap_or_default();
    let below = below.iter().take_while(|(path, _)| path.as_bytes().starts_with(prefix)).filter(|_| !globs.is_empty());
    for (path, file) in below {
        let Some(directory) = path.parent().strip_prefix(prefix).and_then(|rest| std::str::from_utf8(rest).ok()) else {
            continue;
        };
        if matches_workspace(&globs, directory) {
            let bytes = files.kept(*file).to_vec();
            let read = read(files, Some(*file), &bytes);
            let name = read.name.as_str().unwrap_or(directory.rsplit('/').next().unwrap_or_default());
            let component = member(name, read.version.as_str(), Some(path.clone()));
            all.push((*file, path.clone(), component.map(|held| Component { licenses: read.licenses(), ..held })));
        }
    }
    emit_projects(files, all, &index)
}

fn emit_projects(
    files: &mut Resolver<'_>,
    all: Vec<(FileHandle, SourcePath, Option<Component>)>,
    index: &Index<'_>,
) -> Vec<Dependent> {
    let mut dependents = Vec::new();
    let mut members: HashMap<String, Handle> = HashMap::new();
    let mut manifests = Vec::new();
    for (file, _, component) in all {
        let is_root = dependents.is_empty();
        let name = component.as_ref().map(full_name);
        let at = component.zip(files.sink(file)).map(|(component, mut sink)| {
            let at = if is_root { sink.project(component, 0) } else { sink.component(component, 0) };
            Handle { file, component: at }
        });
        members.extend(name.zip(at).filter(|_| !is_root));
        dependents.push(Dependent { at, needs: Vec::new() });
        manifests.push(files.kept(file).to_vec());
    }
    for (position, bytes) in manifests.iter().enumerate() {
        let (manifest, _) = Manifest::read(bytes);
        let Some(dependent) = dependents.get_mut(position) else { continue };
        for (name, range, scope) in manifest.needs() {
            match (index.find(name, &format!("{name}@{range}")), dependent.at, members.get(name)) {
                (Some(to), ..) => dependent.needs.push((to, scope)),
                (None, Some(from), Some(&to)) => files.relate(from, to, RelationshipKind::DependsOn, scope),
                _ => {}
            }
        }
    }
    // Yarn installs every workspace into the root, as if the root depended on it.
    if let Some(root) = dependents.first().and_then(|root| root.at) {
        for dependent in dependents.iter().skip(1).filter_map(|dependent| dependent.at) {
            files.relate(root, dependent, RelationshipKind::DependsOn, Scope::Runtime);
        }
    }
    dependents
}

fn full_name(component: &Component) -> String {
    match &component.group {
        Some(scope) => format!("{scope}/{}", component.name),
        None => component.name.to_string(),
    }
}

fn read<'b>(files: &mut Resolver<'_>, manifest: Option<FileHandle>, bytes: &'b [u8]) -> Manifest<'b> {
    let (read, fault) = if manifest.is_some() { Manifest::read(bytes) } else { Default::default() };
    if let (Some(fault), Some(mut sink)) = (fault, manifest.and_then(|manifest| files.sink(manifest))) {
        let span = fault.line().map(Span::Line);
        sink.diagnose_at(fault.code(), span, format!("read in part: {fault}"));
    }
    read
}

/// Adds the edges of the dependents, and says when each locked package is needed.
fn relate(files: &mut Resolver<'_>, lock: FileHandle, kept: &Kept, locked: &[Handle], dependents: &[Dependent]) {
    for dependent in dependents {
        for &(to, scope) in &dependent.needs {
            let Some(&to) = locked.get(to) else { continue };
            match dependent.at {
                Some(from) => files.relate(from, to, RelationshipKind::DependsOn, scope),
                None => {
                    if let Some(mut sink) = files.sink(lock) {
                        sink.direct(to.component, scope);
                    }
                }
            }
        }
    }
    let direct: Vec<(usize, Scope)> = dependents.iter().flat_map(|dependent| dependent.needs.iter().copied()).collect();
    let scopes = spread(&kept.needs, &direct);
    for (&at, scope) in locked.iter().zip(scopes) {
        if let (Some(component), Some(scope)) = (files.get_mut(at), scope)
            && component.purl.is_some()
        {
            component.scope = scope;
        }
    }
}
