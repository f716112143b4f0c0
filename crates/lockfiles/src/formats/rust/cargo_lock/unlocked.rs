//! Manifests without a lock: their ranges are all that is known.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::locator::without_password;

use super::manifest::{Dependency, Manifest};
use super::workspace::{Held, ancestors};

/// Emits the packages of manifests that no lock covers, and the ranges that they ask for.
pub(super) fn emit<'m>(unlocked: impl Iterator<Item = &'m Held>, all: &'m [Held], files: &mut Resolver<'_>) {
    let by_path: HashMap<&SourcePath, &Held> = all.iter().map(|held| (&held.path, held)).collect();
    let workspaces: HashMap<&[u8], &Manifest> =
        all.iter().filter(|held| held.manifest.is_workspace).map(|held| (held.path.parent(), &held.manifest)).collect();
    for held in unlocked.filter(|held| !is_fetched(held.path.parent())) {
        let workspace = ancestors(held.path.parent()).find_map(|directory| workspaces.get(directory).copied());
        let Some(mut sink) = files.sink(held.file) else { continue };
        let Some(component) = package(held, workspace) else { continue };
        sink.project(component, held.manifest.package.as_ref().map_or(0, |package| package.line));
        for dependency in &held.manifest.dependencies {
            let path = dependency.path.as_deref().and_then(|path| held.path.sibling(format!("{path}/Cargo.toml")));
            let local = path.as_ref().and_then(|path| by_path.get(path));
            let component = match local.and_then(|local| package(local, workspace)) {
                Some(local) => Some(local),
                None => asked_for(dependency, workspace, path, &mut sink),
            };
            if let Some(mut component) = component {
                component.scope = dependency.scope();
                let at = sink.component(component, dependency.line);
                sink.direct(at, dependency.scope());
            }
        }
    }
}

/// Whether this is the source of a package that was fetched (`cargo vendor`, cargo's caches): what it asks for is no
/// statement about what is here.
fn is_fetched(directory: &[u8]) -> bool {
    let text = String::from_utf8_lossy(directory);
    let parts = || text.split('/');
    let caches = ["registry/src/", "git/checkouts/"];
    parts().any(|part| matches!(part, "vendor" | "node_modules")) || caches.iter().any(|cache| text.contains(cache))
}

/// The package that a manifest is of.
fn package(held: &Held, workspace: Option<&Manifest>) -> Option<Component> {
    let package = held.manifest.package.as_ref()?;
    let mut component = Component::new(ComponentKind::Application, package.name.as_str());
    component.version = held.manifest.version(workspace).map(Into::into);
    component.location = Some(held.path.clone());
    super::workspace::describe(&mut component, package, workspace);
    Some(component)
}

/// What a dependency asks for.
fn asked_for(
    dependency: &Dependency,
    workspace: Option<&Manifest>,
    path: Option<SourcePath>,
    sink: &mut Sink<'_>,
) -> Option<Component> {
    let inherited = dependency.inherited(workspace);
    let name = dependency.package_name(workspace);
    let range = dependency.range.as_deref().or_else(|| inherited?.range.as_deref());
    let git = dependency.git.as_deref().or_else(|| inherited?.git.as_deref());
    let registry = dependency.registry.as_deref().or_else(|| inherited?.registry.as_deref());
    let is_local = dependency.path.is_some() || inherited.is_some_and(|inherited| inherited.path.is_some());
    if is_local && range.is_none() {
        let mut component = Component::new(ComponentKind::Library, name);
        component.location = path;
        return Some(component);
    }
    let mut builder = Purl::builder("cargo", name);
    if let Some(url) = git {
        builder = builder.qualifier("vcs_url", crate::vcs::git_url(url, None));
    } else if let Some(url) = registry {
        builder = builder.qualifier("repository_url", without_password(url.trim_start_matches("sparse+")));
    }
    let mut component = Component::from_purl(sink.purl(builder, dependency.line)?);
    component.version_range = Some(range.unwrap_or("*").into());
    sink.diagnose(DiagnosticCode::UNPINNED, dependency.line, format!("{name} is asked for by a range"));
    Some(component)
}
