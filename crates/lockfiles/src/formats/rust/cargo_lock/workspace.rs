//! The second phase: what the manifests of a workspace say about the packages of its lock.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::EdgeMut;
use plimsoll_extract::prelude::*;

use super::lock::COMPLETE;
use super::manifest::{Manifest, Package, kept};
use super::unlocked;

/// Scopes from the strongest down, for [`flow`].
const STRONGEST_FIRST: [Scope; 5] = [Scope::Runtime, Scope::Unspecified, Scope::Optional, Scope::Build, Scope::Dev];

/// A manifest of the source.
pub(super) struct Held {
    pub(super) file: FileHandle,
    pub(super) path: SourcePath,
    pub(super) manifest: Manifest,
}

/// A local package of a lock, and the manifest that it has.
struct Member {
    at: ComponentRef,
    held: usize,
}

/// Joins every lock with the manifests that it is the lock of.
pub(super) fn join(files: &mut Resolver<'_>) {
    let manifests: Vec<Held> = files
        .named("Cargo.toml")
        .into_iter()
        .filter_map(|file| Some(Held { file, path: files.path(file)?.clone(), manifest: kept(files.kept(file))? }))
        .collect();
    let locks = files.named("Cargo.lock");
    let roots: HashSet<Vec<u8>> = locks.iter().filter_map(|&lock| Some(files.path(lock)?.parent().to_vec())).collect();
    // Each manifest belongs to the nearest lock above it.
    let mut below: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (at, held) in manifests.iter().enumerate() {
        if let Some(directory) = ancestors(held.path.parent()).find(|&directory| roots.contains(directory)) {
            below.entry(directory).or_default().push(at);
        }
    }
    let unlocked = |held: &&Held| !ancestors(held.path.parent()).any(|directory| roots.contains(directory));
    unlocked::emit(manifests.iter().filter(unlocked), &manifests, files);
    for lock in locks {
        let Some(directory) = files.path(lock).map(|path| path.parent().to_vec()) else { continue };
        if let Some(own) = below.get(directory.as_slice()) {
            Joined::new(files, lock, &directory, &manifests, own).apply(files);
        }
    }
}

/// A directory and those above it, up to the empty path.
pub(super) fn ancestors(directory: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(directory), |directory| match directory.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => directory.get(..slash),
        None => (!directory.is_empty()).then_some(&[]),
    })
}

/// A lock with its manifests.
struct Joined<'m> {
    lock: FileHandle,
    manifests: &'m [Held],
    /// The manifest beside the lock.
    root: Option<&'m Manifest>,
    members: Vec<Member>,
    names: Vec<Box<str>>,
    registry: Vec<bool>,
}

impl<'m> Joined<'m> {
    fn new(files: &Resolver<'_>, lock: FileHandle, directory: &[u8], manifests: &'m [Held], own: &[usize]) -> Self {
        let held = |at: &usize| manifests.get(*at);
        let root = own.iter().filter_map(held).find(|held| held.path.parent() == directory);
        let root = root.map(|held| &held.manifest);
        // The manifest nearest to the lock, by name and version, and by name alone.
        let mut nearest: HashMap<(&str, Option<&str>), usize> = HashMap::new();
        let mut sorted: Vec<usize> = own.to_vec();
        sorted.sort_by_key(|at| held(at).map(|held| (held.path.as_bytes().len(), &held.path)));
        for at in sorted {
            let Some(manifest) = held(&at).map(|held| &held.manifest) else { continue };
            if let Some(package) = &manifest.package {
                nearest.entry((&package.name, manifest.version(root))).or_insert(at);
                nearest.entry((&package.name, None)).or_insert(at);
            }
        }
        let mut members = Vec::new();
        let mut names = Vec::new();
        let mut registry = Vec::new();
        for (handle, component) in files.components(lock) {
            names.push(component.name.clone());
            registry.push(component.purl.is_some());
            if component.purl.is_some() {
                continue;
            }
            let exact = nearest.get(&(&*component.name, component.version.as_deref()));
            if let Some(&held) = exact.or_else(|| nearest.get(&(&*component.name, None))) {
                members.push(Member { at: handle.component, held });
            }
        }
        Self { lock, manifests, root, members, names, registry }
    }

    fn apply(&self, files: &mut Resolver<'_>) {
        if self.members.is_empty() {
            return;
        }
        for member in &self.members {
            self.describe(member, files);
        }
        self.scope_edges(files);
        let scopes = self.spread(files);
        for (&scope, at) in scopes.values().zip(scopes.keys()) {
            if let Some(component) = files.get_mut(Handle { file: self.lock, component: *at }) {
                component.scope = scope;
            }
        }
        if let Some(mut sink) = files.sink(self.lock) {
            self.members.iter().for_each(|member| sink.direct(member.at, Scope::Runtime));
        }
        self.drop_stale(&scopes, files);
    }

    /// Says on the component of a member what its manifest says.
    fn describe(&self, member: &Member, files: &mut Resolver<'_>) {
        let Some(held) = self.manifests.get(member.held) else { return };
        let Some(package) = &held.manifest.package else { return };
        let Some(component) = files.get_mut(Handle { file: self.lock, component: member.at }) else { return };
        component.location = Some(held.path.clone());
        describe(component, package, self.root);
    }

    /// Sets the scopes of the edges that start at members.
    fn scope_edges(&self, files: &mut Resolver<'_>) {
        let mut asked: HashMap<(ComponentRef, &str), Scope> = HashMap::new();
        for member in &self.members {
            let Some(held) = self.manifests.get(member.held) else { continue };
            for dependency in &held.manifest.dependencies {
                let scope = asked.entry((member.at, dependency.package_name(self.root))).or_insert(Scope::Dev);
                *scope = dependency.scope().max(*scope);
            }
        }
        let names: HashMap<ComponentRef, &Box<str>> =
            files.components(self.lock).map(|(handle, _)| handle.component).zip(&self.names).collect();
        for EdgeMut { from, to, scope } in files.edges_mut(self.lock) {
            let (Some(from), Some(name)) = (from, names.get(&to)) else { continue };
            if let Some(&asked) = asked.get(&(from, name)) {
                *scope = asked;
            }
        }
    }

    /// The strongest scope in which each package is needed, from the members down: along a path the weakest scope
    /// counts. What a package of a registry needs, it needs as much as it is needed itself.
    fn spread(&self, files: &mut Resolver<'_>) -> HashMap<ComponentRef, Scope> {
        let local: HashSet<ComponentRef> = files
            .components(self.lock)
            .zip(&self.registry)
            .filter_map(|((handle, _), registry)| (!registry).then_some(handle.component))
            .collect();
        let mut edges: HashMap<ComponentRef, Vec<(ComponentRef, Scope)>> = HashMap::new();
        for EdgeMut { from, to, scope } in files.edges_mut(self.lock) {
            if let Some(from) = from {
                let scope = if local.contains(&from) { *scope } else { Scope::Runtime };
                edges.entry(from).or_default().push((to, scope));
            }
        }
        let mut scopes: HashMap<ComponentRef, Scope> = HashMap::new();
        let mut waiting: HashMap<Scope, Vec<ComponentRef>> = HashMap::new();
        waiting.insert(Scope::Runtime, self.members.iter().map(|member| member.at).collect());
        // A project without a manifest in the source still counts.
        let projects = files.components(self.lock).filter(|(_, held)| held.kind == ComponentKind::Application);
        waiting.insert(Scope::Unspecified, projects.map(|(handle, _)| handle.component).collect());
        flow(waiting, &edges, &mut scopes);
        // Local packages that only need each other count as well: what they are for is not known.
        let rest = local.into_iter().filter(|at| !scopes.contains_key(at)).collect();
        flow(HashMap::from([(Scope::Unspecified, rest)]), &edges, &mut scopes);
        scopes
    }

    /// Takes back the packages that no member needs. Cargo does the same when it next writes the lock, and does not
    /// build them. Only when the lock was understood to its end and the manifest beside it is there.
    fn drop_stale(&self, needed: &HashMap<ComponentRef, Scope>, files: &mut Resolver<'_>) {
        if self.root.is_none() || files.kept(self.lock) != COMPLETE {
            return;
        }
        let mut stale: Vec<(ComponentRef, Option<Span>, String)> = Vec::new();
        for (handle, component) in files.components(self.lock) {
            if component.purl.is_some() && !needed.contains_key(&handle.component) {
                let span = component.evidence.first().and_then(|evidence| evidence.span);
                let version = component.version.as_deref().unwrap_or_default();
                stale.push((handle.component, span, format!("{} {version} is locked, but not needed", component.name)));
            }
        }
        if stale.is_empty() {
            return;
        }
        let gone: HashSet<ComponentRef> = stale.iter().map(|(at, _, _)| *at).collect();
        if let Some(mut sink) = files.sink(self.lock) {
            for (_, span, message) in stale {
                sink.diagnose_at(DiagnosticCode::STALE_ENTRY, span, message);
            }
        }
        files.retain(self.lock, |at| !gone.contains(&at));
    }
}

/// Gives everything that can be reached the strongest scope in which it can be.
fn flow(
    mut waiting: HashMap<Scope, Vec<ComponentRef>>,
    edges: &HashMap<ComponentRef, Vec<(ComponentRef, Scope)>>,
    scopes: &mut HashMap<ComponentRef, Scope>,
) {
    for strength in STRONGEST_FIRST {
        let mut pending = waiting.remove(&strength).unwrap_or_default();
        while let Some(at) = pending.pop() {
            if scopes.contains_key(&at) {
                continue;
            }
            scopes.insert(at, strength);
            for &(to, scope) in edges.get(&at).into_iter().flatten() {
                match scope.min(strength) {
                    same if same == strength => pending.push(to),
                    weaker => waiting.entry(weaker).or_default().push(to),
                }
            }
        }
    }
}

/// Says on the component of a package what its manifest says.
pub(super) fn describe(component: &mut Component, package: &Package, workspace: Option<&Manifest>) {
    component.description = package.description.as_deref().map(Into::into);
    component.author = package.author.as_deref().map(Into::into);
    let shared = workspace.and_then(|root| root.workspace_license.as_deref()).filter(|_| package.inherits_license);
    component.licenses.extend(package.license.as_deref().or(shared).and_then(License::declared));
    if let Some(url) = &package.repository {
        let url = url.as_str().into();
        component.references.push(ExternalReference { kind: ReferenceKind::Vcs, url, hashes: Vec::new() });
    }
}
