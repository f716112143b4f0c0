//! What a manifest says of its project, joined with the lockfile beside it.
//!
//! A lockfile lists what was chosen; what the project itself asks for, and for what, stands in a manifest. Where there
//! is no lockfile, the ranges of the manifest are all that is known, and are reported as such.

use std::collections::{BTreeMap, HashMap};

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};

use crate::beam;
use crate::dependency_scope::carry;

/// The most components of one name that an edge of a project leads to.
const MAX_NAMESAKES: usize = 64;

/// What a project says of itself, kept for the second phase.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) license: Option<String>,
    /// The line of the name.
    pub(crate) line: u32,
    pub(crate) needs: Vec<Need>,
}

/// Something that a project asks for.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Need {
    pub(crate) name: String,
    /// What the registry needs besides the name to tell it apart; empty for most.
    pub(crate) id: String,
    /// In the words of the format; empty when anything goes.
    pub(crate) range: String,
    pub(crate) when: When,
    /// In a directory of the project: no registry knows it.
    pub(crate) local: bool,
    pub(crate) line: u32,
}

/// When a dependency is needed, as a kept form of [`Scope`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum When {
    #[default]
    Runtime,
    Dev,
    Build,
    Optional,
}

impl When {
    pub(crate) fn scope(self) -> Scope {
        match self {
            Self::Runtime => Scope::Runtime,
            Self::Dev => Scope::Dev,
            Self::Build => Scope::Build,
            Self::Optional => Scope::Optional,
        }
    }
}

impl Manifest {
    pub(crate) fn keep(&self, out: &mut Sink<'_>) {
        if let Ok(kept) = serde_json::to_vec(self) {
            out.keep(kept);
        }
    }

    pub(crate) fn kept(files: &Resolver<'_>, file: FileHandle) -> Option<Self> {
        serde_json::from_slice(files.kept(file)).ok()
    }

    /// The project as a component in the facts of its own file; `None` when it has no name.
    pub(crate) fn project(&self, files: &mut Resolver<'_>, file: FileHandle) -> Option<Handle> {
        if let Some((handle, _)) = files.components(file).next() {
            return Some(handle);
        }
        let mut component = Component::new(ComponentKind::Application, self.name.as_deref()?);
        component.version = self.version.as_deref().map(Into::into);
        component.description = self.description.as_deref().map(Into::into);
        component.licenses.extend(self.license.as_deref().and_then(License::declared));
        component.location = files.path(file).cloned();
        component.scope = Scope::Runtime;
        Some(Handle { file, component: files.sink(file)?.project(component, self.line) })
    }
}

/// Which files belong together.
pub(crate) struct Layout {
    /// Whether this is the name of a lockfile.
    pub(crate) is_lock: fn(&[u8]) -> bool,
    /// The names that a manifest may have.
    pub(crate) manifests: &'static [&'static str],
    /// Directories of fetched packages, of one part or several: a manifest below one is that of no project.
    pub(crate) fetched: &'static [&'static str],
}

/// Joins every manifest with the lockfile beside it or, as for members of a workspace, in the nearest directory above.
/// A manifest without one is a project of ranges. Gives the lockfiles that no manifest belongs to.
pub(crate) fn join(files: &mut Resolver<'_>, layout: &Layout, purl: impl Fn(&Need) -> PurlBuilder) -> Vec<FileHandle> {
    let manifests = layout.manifests.iter().flat_map(|name| files.named(name)).collect();
    join_files(files, layout, manifests, purl)
}

/// As [`join`], for manifests that no fixed names tell.
pub(crate) fn join_files(
    files: &mut Resolver<'_>,
    layout: &Layout,
    manifests: Vec<FileHandle>,
    purl: impl Fn(&Need) -> PurlBuilder,
) -> Vec<FileHandle> {
    let mut locks: BTreeMap<Vec<u8>, (Vec<FileHandle>, Vec<FileHandle>)> = BTreeMap::new();
    for lock in files.files() {
        let Some(path) = files.path(lock).filter(|path| (layout.is_lock)(path.name())) else { continue };
        locks.entry(path.parent().to_vec()).or_default().0.push(lock);
    }
    for manifest in manifests {
        let Some(path) = files.path(manifest).filter(|path| !layout.is_fetched(path)) else { continue };
        let directory = path.parent().to_vec();
        match nearest(&directory, &locks) {
            Some(place) => {
                if let Some((_, manifests)) = locks.get_mut(&place) {
                    manifests.push(manifest);
                }
            }
            None => unpinned(files, manifest, &purl),
        }
    }
    let mut alone = Vec::new();
    for (locks, manifests) in locks.into_values() {
        for lock in locks {
            let names = names(files, lock);
            let starts: Vec<_> = manifests.iter().flat_map(|&manifest| relate(files, manifest, lock, &names)).collect();
            settle(files, lock, &starts);
            if manifests.is_empty() {
                alone.push(lock);
            }
        }
    }
    alone
}

impl Layout {
    /// Whether a file lies in a directory of fetched packages. A lockfile there is what a package was developed with;
    /// nobody who depends on the package uses it.
    pub(crate) fn is_fetched(&self, path: &SourcePath) -> bool {
        let directory = [b"/", path.parent(), b"/"].concat();
        let below = |place: &&str| memchr::memmem::find(&directory, format!("/{place}/").as_bytes()).is_some();
        self.fetched.iter().any(below)
    }
}

/// This directory, or the nearest above it, that has a lockfile.
fn nearest<V>(directory: &[u8], locks: &BTreeMap<Vec<u8>, V>) -> Option<Vec<u8>> {
    let mut place = directory;
    loop {
        if locks.contains_key(place) {
            return Some(place.to_vec());
        }
        if place.is_empty() {
            return None;
        }
        let end = place.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        place = place.get(..end)?;
    }
}

/// What is locked, by the names that projects ask for.
pub(crate) type Names = HashMap<Box<str>, Vec<ComponentRef>>;

pub(crate) fn names(files: &Resolver<'_>, lock: FileHandle) -> Names {
    let mut by_name = Names::new();
    for (handle, component) in files.components(lock) {
        let alias = component.properties.iter().find(|(key, _)| key == beam::APPLICATION).map(|(_, name)| name);
        by_name.entry(alias.unwrap_or(&component.name).clone()).or_default().push(handle.component);
    }
    by_name
}

/// The edges of a project to what is locked; gives where they lead.
pub(crate) fn relate(
    files: &mut Resolver<'_>,
    manifest: FileHandle,
    lock: FileHandle,
    names: &Names,
) -> Vec<(ComponentRef, Scope)> {
    let Some(held) = Manifest::kept(files, manifest) else { return Vec::new() };
    let project = held.project(files, manifest);
    let mut starts = Vec::new();
    for need in &held.needs {
        let found = names.get(&*need.name).map(Vec::as_slice).unwrap_or_default();
        // Many of one name are a mistake or an attack.
        for &component in found.iter().take(MAX_NAMESAKES) {
            let scope = need.when.scope();
            starts.push((component, scope));
            match project {
                Some(project) => {
                    files.relate(project, Handle { file: lock, component }, RelationshipKind::DependsOn, scope);
                }
                None => {
                    if let Some(mut sink) = files.sink(lock) {
                        sink.direct(component, scope);
                    }
                }
            }
        }
    }
    starts
}

/// Sets the scope of every component of a lockfile that has none, from what the project asks for.
pub(crate) fn settle(files: &mut Resolver<'_>, lock: FileHandle, starts: &[(ComponentRef, Scope)]) {
    let all: Vec<ComponentRef> = files.components(lock).map(|(handle, _)| handle.component).collect();
    let position: HashMap<ComponentRef, usize> = all.iter().enumerate().map(|(at, held)| (*held, at)).collect();
    let mut edges: Vec<(usize, usize, Scope)> = files
        .edges_mut(lock)
        .filter_map(|edge| {
            let along = if *edge.scope == Scope::Unspecified { Scope::Runtime } else { *edge.scope };
            Some((*position.get(&edge.from?)?, *position.get(&edge.to)?, along))
        })
        .collect();
    let starts: Vec<(usize, Scope)> =
        starts.iter().filter_map(|(at, scope)| Some((*position.get(at)?, *scope))).collect();
    let scopes = carry(all.len(), &mut edges, &starts);
    for (component, scope) in all.into_iter().zip(scopes) {
        let component = files.get_mut(Handle { file: lock, component });
        if let (Some(component), Some(scope)) = (component, scope)
            && component.scope == Scope::Unspecified
        {
            component.scope = scope;
        }
    }
}

/// Emits a project without a lockfile: itself, and the ranges that it asks for.
pub(crate) fn unpinned(files: &mut Resolver<'_>, manifest: FileHandle, purl: &impl Fn(&Need) -> PurlBuilder) {
    let Some(held) = Manifest::kept(files, manifest) else { return };
    held.project(files, manifest);
    ranges(files, manifest, &held.needs, purl);
}

/// Emits the ranges that a project asks for.
pub(crate) fn ranges(
    files: &mut Resolver<'_>,
    manifest: FileHandle,
    needs: &[Need],
    purl: &impl Fn(&Need) -> PurlBuilder,
) {
    let Some(mut sink) = files.sink(manifest) else { return };
    for need in needs.iter().filter(|need| !need.local) {
        let Some(purl) = sink.purl(purl(need), need.line) else { continue };
        let mut component = Component::from_purl(purl);
        component.version_range = (!need.range.is_empty()).then(|| need.range.as_str().into());
        component.scope = need.when.scope();
        let at = sink.component(component, need.line);
        sink.direct(at, need.when.scope());
        sink.diagnose(DiagnosticCode::UNPINNED, need.line, format!("{} is not pinned to a version", need.name));
    }
}
