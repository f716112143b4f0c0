//! From what archives say that they need to edges: within one file while it is read, between files once all are known.

use std::collections::{BTreeSet, HashMap};

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};

use super::plugins::Plugin;
use super::pom::{Coordinates, Dependency};

/// Edges by `Class-Path` in one source: manifests could name every archive of a directory in each of them.
const MAX_CLASS_PATH_EDGES: usize = 1_000_000;

/// A component that was found, for the edges between them.
pub(super) struct Found {
    pub(super) at: ComponentRef,
    /// Its place among the components of the file.
    pub(super) position: u32,
    pub(super) coordinates: Coordinates,
    pub(super) container: Option<ComponentRef>,
    pub(super) dependencies: Vec<Dependency>,
}

/// What the second phase needs of a file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) open: Vec<Open>,
    /// Components that no `pom.properties` names.
    pub(super) derived: Vec<u32>,
    pub(super) class_path: Vec<String>,
    pub(super) plugin: Option<Plugin>,
}

/// A dependency that is not in the file itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Open {
    from: u32,
    group: String,
    artifact: String,
    version: Option<String>,
    optional: bool,
}

impl Kept {
    /// Keeps it for [`read`].
    pub(super) fn keep(&self, out: &mut Sink<'_>) {
        if let Ok(bytes) = serde_json::to_vec(self) {
            out.keep(bytes);
        }
    }
}

pub(super) fn scope(optional: bool) -> Scope {
    if optional { Scope::Optional } else { Scope::Runtime }
}

/// Relates the components of one file; gives the dependencies whose target is not in it.
pub(super) fn within(found: &[Found], out: &mut Sink<'_>) -> Vec<Open> {
    let mut open = Vec::new();
    let mut by_name: HashMap<(&str, &str), Vec<&Found>> = HashMap::new();
    for found in found {
        by_name.entry((&found.coordinates.group, &found.coordinates.artifact)).or_default().push(found);
    }
    for found in found {
        for wanted in &found.dependencies {
            let Some(targets) = by_name.get(&(wanted.group.as_str(), wanted.artifact.as_str())) else {
                open.push(Open {
                    from: found.position,
                    group: wanted.group.clone(),
                    artifact: wanted.artifact.clone(),
                    version: wanted.version.clone(),
                    optional: wanted.optional,
                });
                continue;
            };
            let exact =
                targets.iter().find(|one| wanted.version.is_some() && one.coordinates.version == wanted.version);
            let beside = || targets.iter().find(|one| one.container.is_some() && one.container == found.container);
            // Of several versions, none is known to be the one.
            let only = || targets.first().filter(|_| targets.len() == 1);
            if let Some(target) = exact.or_else(beside).or_else(only) {
                out.depends(found.at, target.at, scope(wanted.optional));
            }
        }
    }
    open
}

/// What was kept of each file, with its components.
pub(super) struct Archive {
    pub(super) file: FileHandle,
    kept: Kept,
    /// The places of its components, in order.
    handles: Vec<Handle>,
}

impl Archive {
    /// What it is among the plugins of Jenkins.
    pub(super) fn plugin(&self) -> Option<&Plugin> {
        self.kept.plugin.as_ref()
    }

    /// The component that the file is.
    pub(super) fn first(&self) -> Option<Handle> {
        self.handles.first().copied()
    }

    /// The components that no `pom.properties` names.
    pub(super) fn derived(&self) -> impl Iterator<Item = Handle> {
        self.kept.derived.iter().filter_map(|&at| self.handles.get(at as usize).copied())
    }
}

/// Reads what was kept.
pub(super) fn read(files: &mut Resolver<'_>) -> Vec<Archive> {
    let mut archives = Vec::new();
    for file in files.files() {
        let kept = serde_json::from_slice(&files.take_kept(file)).unwrap_or_default();
        let handles = files.components(file).map(|(at, _)| at).collect();
        archives.push(Archive { file, kept, handles });
    }
    archives
}

/// Archives without a package URL, but with one name, version and digest, are one component: it lies in several places.
pub(super) fn unite(archives: &[Archive], files: &mut Resolver<'_>) {
    let mut first: HashMap<(String, Option<Box<str>>, Digest), SourcePath> = HashMap::new();
    for archive in archives {
        for at in archive.derived() {
            let Some(component) = files.get_mut(at).filter(|component| component.purl.is_none()) else { continue };
            let (Some(digest), Some(location)) = (component.hashes.first().cloned(), component.location.clone()) else {
                continue;
            };
            let key = (component.name.to_string(), component.version.clone(), digest);
            component.location = Some(first.entry(key).or_insert(location).clone());
        }
    }
}

/// The components of one name, by version.
#[derive(Debug, Default)]
struct Versions(HashMap<Box<str>, Handle>);

impl Versions {
    fn add(&mut self, version: &str, at: Handle) {
        self.0.entry(version.into()).or_insert(at);
    }

    /// The version that is wanted, or the only one.
    fn choose(&self, version: Option<&str>) -> Option<Handle> {
        let exact = || self.0.get(version?);
        exact().or_else(|| self.0.values().next().filter(|_| self.0.len() == 1)).copied()
    }
}

/// Where the components of one name lie.
#[derive(Debug, Default)]
struct Targets {
    all: Versions,
    by_directory: HashMap<Box<[u8]>, Versions>,
}

impl Targets {
    /// The target of a dependency: in the directory of what needs it the version that is wanted, or else the only one
    /// that is there, since the build tool settled on that; otherwise the same in the whole source.
    fn choose(&self, directory: &[u8], version: Option<&str>) -> Option<Handle> {
        self.by_directory.get(directory).and_then(|near| near.choose(version)).or_else(|| self.all.choose(version))
    }
}

/// Relates components of different files.
pub(super) fn between(archives: &[Archive], files: &mut Resolver<'_>) {
    let wanted: BTreeSet<(&str, &str)> = archives
        .iter()
        .flat_map(|one| &one.kept.open)
        .map(|open| (open.group.as_str(), open.artifact.as_str()))
        .collect();
    let mut targets: HashMap<(&str, &str), Targets> = HashMap::new();
    for archive in archives {
        let directory = files.path(archive.file).map(SourcePath::parent).unwrap_or_default();
        for (at, component) in files.components(archive.file) {
            let (Some(group), Some(version)) = (&component.group, &component.version) else { continue };
            if let Some(&name) = wanted.get(&(&**group, &*component.name)) {
                let held = targets.entry(name).or_default();
                held.all.add(version, at);
                held.by_directory.entry(directory.into()).or_default().add(version, at);
            }
        }
    }
    let mut edges: Vec<(Handle, Handle, Scope)> = Vec::new();
    for archive in archives {
        let directory = files.path(archive.file).map(SourcePath::parent).unwrap_or_default();
        for open in &archive.kept.open {
            let Some(&from) = archive.handles.get(open.from as usize) else { continue };
            let held = targets.get(&(open.group.as_str(), open.artifact.as_str()));
            if let Some(to) = held.and_then(|held| held.choose(directory, open.version.as_deref())) {
                edges.push((from, to, scope(open.optional)));
            }
        }
    }
    for archive in archives {
        let Some(&from) = archive.handles.first() else { continue };
        let paths = archive.kept.class_path.iter();
        let there = paths.filter_map(|path| files.find_beside(archive.file, path)).filter(|file| *file != archive.file);
        let first = there.filter_map(|file| files.components(file).next().map(|(at, _)| at));
        edges.extend(first.map(|to| (from, to, Scope::Runtime)).take(MAX_CLASS_PATH_EDGES.saturating_sub(edges.len())));
    }
    for (from, to, scope) in edges {
        files.relate(from, to, RelationshipKind::DependsOn, scope);
    }
}
