//! `go.work`, and modules that lie in the source themselves. <https://go.dev/ref/mod#workspaces>

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};

use super::modfile;
use super::module::{REPLACES, Replacements, replaced};

/// What is kept of a `go.work` for the second phase.
#[derive(Default, Serialize, Deserialize)]
struct Workspace {
    uses: Vec<String>,
    replacements: Replacements,
}

/// Reads a `go.work` and keeps it.
pub(super) fn keep(text: &str, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let mut workspace = Workspace::default();
    let outcome = modfile::read(text, out, |statement, _| {
        match statement.verb {
            "use" => workspace.uses.push(statement.argument(0).ok_or("use without a directory")?.to_owned()),
            "replace" => workspace.replacements.add(statement)?,
            _ => {}
        }
        Ok(())
    });
    if let Ok(kept) = serde_json::to_vec(&workspace) {
        out.keep(kept);
    }
    outcome
}

/// Applies every `go.work` to the modules that it uses: what they require of each other is local, and its replacements
/// are stronger than theirs.
pub(super) fn apply(files: &mut Resolver<'_>) {
    for work in files.named("go.work") {
        let Some(path) = files.path(work).cloned() else { continue };
        let Ok(workspace) = serde_json::from_slice::<Workspace>(files.kept(work)) else { continue };
        let uses: Vec<FileHandle> = workspace
            .uses
            .iter()
            .filter_map(|directory| files.find(&path.sibling(format!("{directory}/go.mod"))?))
            .collect();
        let local: HashMap<Box<str>, SourcePath> =
            uses.iter().filter_map(|&file| Some((module_name(files, file)?, files.path(file)?.clone()))).collect();
        for &file in &uses {
            replace(files, file, &path, &workspace.replacements);
            localise(files, file, &local);
        }
    }
}

/// Gives what is replaced by a directory the name of the module that lies there, so that the two are one.
pub(super) fn find_local_modules(files: &mut Resolver<'_>) {
    for file in files.files() {
        let found: Vec<(Handle, Box<str>)> = files
            .components(file)
            .filter(|(_, component)| component.kind == ComponentKind::Library)
            .filter_map(|(at, component)| Some((at, module_name(files, files.find(component.location.as_ref()?)?)?)))
            .collect();
        for (at, name) in found {
            if let Some(component) = files.get_mut(at) {
                component.kind = ComponentKind::Application;
                component.name = name;
            }
        }
    }
}

/// The path of the module that a `go.mod` declares.
fn module_name(files: &Resolver<'_>, file: FileHandle) -> Option<Box<str>> {
    let path = files.path(file)?;
    let is_project = |held: &Component| held.kind == ComponentKind::Application && held.location.as_ref() == Some(path);
    files.components(file).map(|(_, held)| held).find(|held| is_project(held)).map(|held| held.name.clone())
}

/// The module and version that a component was required as.
fn required_as(component: &Component) -> Option<(Box<str>, Box<str>)> {
    if let Some((_, replaced)) = component.properties.iter().find(|(name, _)| name == REPLACES) {
        return replaced.split_once('@').map(|(path, version)| (path.into(), version.into()));
    }
    component.purl.as_ref()?;
    Some((component.name.clone(), component.version.clone().unwrap_or_default()))
}

/// Makes the modules that the workspace uses those of the workspace, wherever they are required.
fn localise(files: &mut Resolver<'_>, file: FileHandle, local: &HashMap<Box<str>, SourcePath>) {
    let found: Vec<(Handle, Box<str>)> = files
        .components(file)
        .filter_map(|(at, component)| Some((at, required_as(component)?.0)))
        .filter(|(_, module)| local.contains_key(module))
        .collect();
    for (at, module) in found {
        let Some(component) = files.get_mut(at) else { continue };
        component.location = local.get(&module).cloned();
        component.name = module;
        component.kind = ComponentKind::Application;
        component.purl = None;
        component.version = None;
        component.version_range = None;
    }
}

/// Puts the workspace's replacements in the place of the modules that a `go.mod` requires.
fn replace(files: &mut Resolver<'_>, file: FileHandle, work: &SourcePath, replacements: &Replacements) {
    let found: Vec<(Handle, Box<str>, Box<str>, u32)> = files
        .components(file)
        .filter_map(|(at, component)| {
            let (module, version) = required_as(component)?;
            replacements.get(&module, &version)?;
            let line = match component.evidence.first().and_then(|evidence| evidence.span) {
                Some(Span::Line(line)) => line,
                _ => 0,
            };
            Some((at, module, version, line))
        })
        .collect();
    for (at, module, version, line) in found {
        let (Some(target), Some(mut sink)) = (replacements.get(&module, &version), files.sink(file)) else { continue };
        let Some(mut component) = replaced(&module, &version, target, work, line, &mut sink) else { continue };
        if let Some(held) = sink.get_mut(at.component) {
            let others = std::mem::take(&mut held.properties).into_iter().filter(|(name, _)| name != REPLACES);
            component.properties.extend(others);
            component.evidence = std::mem::take(&mut held.evidence);
            *held = component;
        }
    }
}
