//! The packages of a `deno.lock`, and what a dependency leads to.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Text};
use plimsoll_extract::syntax::npm::{self, Origin};
use plimsoll_extract::syntax::text::LineIndex;

use super::{Lock, Needs, Package, Workspace, jsr, remote, split_key};
use crate::npm_package::{Missing, NpmPackage, member};

/// A package of the lock file.
struct Placed<'l, 'a> {
    at: ComponentRef,
    package: &'l Package<'a>,
    key: &'l str,
    line: u32,
    jsr: bool,
}

/// Packages of one registry by key, and by name where one key has it.
#[derive(Default)]
struct Registry<'l> {
    by_key: HashMap<&'l str, usize>,
    by_name: HashMap<&'l str, Option<usize>>,
}

impl<'l> Registry<'l> {
    fn add(&mut self, key: &'l str, at: usize) {
        self.by_key.insert(key, at);
        if let Some((name, _)) = split_key(key) {
            self.by_name.entry(name).and_modify(|held| *held = None).or_insert(Some(at));
        }
    }

    fn find(&self, key: &str) -> Option<usize> {
        let alone = || self.by_name.get(key).copied().flatten();
        self.by_key.get(key).copied().or_else(alone)
    }
}

/// What dependencies and specifiers are looked up in.
#[derive(Default)]
struct Index<'l> {
    npm: Registry<'l>,
    jsr: Registry<'l>,
    specifiers: HashMap<&'l str, &'l str>,
    /// Specifiers by what comes before their range, where there is one.
    bare: HashMap<&'l str, Option<&'l str>>,
}

impl<'l> Index<'l> {
    fn specify(&mut self, specifiers: &'l [(Text<'_>, Loose<Text<'_>>)]) {
        for (specifier, target) in specifiers {
            let Some(target) = target.as_str() else { continue };
            self.specifiers.insert(specifier, target);
            let bare = without_range(specifier);
            self.bare.entry(bare).and_modify(|held| *held = None).or_insert(Some(specifier));
        }
    }

    /// What `npm:NAME@RANGE` or `jsr:NAME@RANGE` leads to.
    fn specified(&self, specifier: &str) -> Option<usize> {
        let whole = self.specifiers.contains_key(specifier).then_some(specifier);
        let specifier = whole.or_else(|| self.bare.get(specifier).copied().flatten()).unwrap_or(specifier);
        let target = self.specifiers.get(specifier).copied();
        let name = without_range(specifier);
        let (registry, name) = match (name.strip_prefix("jsr:"), name.strip_prefix("npm:")) {
            (Some(name), _) => (&self.jsr, name),
            (_, Some(name)) => (&self.npm, name),
            // Version 2 has no registries in its specifiers.
            _ => (&self.npm, name),
        };
        let target = target.map(|target| target.trim_start_matches("jsr:").trim_start_matches("npm:"));
        match target {
            // The whole key, before version 4.
            Some(target) if target.starts_with(name) => registry.find(target),
            Some(version) => registry.find(&format!("{name}@{version}")),
            None => registry.find(name),
        }
    }

    /// What a dependency of an npm package leads to: a name, a key, or `ALIAS@npm:KEY`.
    fn npm(&self, need: &str) -> Option<usize> {
        let real = need.split_once("@npm:").map_or(need, |(_, real)| real);
        self.npm.find(real).or_else(|| self.npm.find(npm::split_descriptor(real).0))
    }
}

/// `jsr:@std/assert` of `jsr:@std/assert@^1`.
fn without_range(specifier: &str) -> &str {
    let name = specifier.find(':').map_or(0, |colon| colon.saturating_add(1));
    let from = name.saturating_add(usize::from(specifier.get(name..).is_some_and(|rest| rest.starts_with('@'))));
    let at = specifier.get(from..).and_then(|rest| rest.find('@')).map(|at| at.saturating_add(from));
    at.and_then(|at| specifier.get(..at)).unwrap_or(specifier)
}

/// Emits the components and their edges.
pub(super) fn emit(file: &File<'_>, lock: &Lock<'_>, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let parts = lock.packages.get();
    let mut placed = Vec::new();
    let mut index = Index::default();
    let npm_parts = parts.and_then(|parts| parts.npm.get()).into_iter().chain(lock.npm.get());
    for part in npm_parts {
        index.specify(&part.specifiers);
        packages(&part.packages, false, lines, out, &mut placed, &mut index);
    }
    for jsr in parts.map(|parts| parts.jsr.entries()).into_iter().chain([lock.jsr.entries()]) {
        packages(jsr, true, lines, out, &mut placed, &mut index);
    }
    for specifiers in parts.map(|parts| parts.specifiers.entries()).into_iter().chain([lock.specifiers.entries()]) {
        index.specify(specifiers);
    }
    relate(&placed, &index, out);
    remote::emit(lock.remote.entries(), lines, out);
    if let Some(workspace) = lock.workspace.get() {
        for need in asked_for(workspace) {
            if let Some(to) = index.specified(need).and_then(|at| placed.get(at)) {
                out.direct(to.at, Scope::Unspecified);
            }
        }
        members(file, workspace, &index, &placed, lines, out);
    }
}

fn packages<'l, 'a>(
    entries: &'l [(Text<'a>, Loose<Package<'a>>)],
    is_jsr: bool,
    lines: &LineIndex<'_>,
    out: &mut Sink<'_>,
    placed: &mut Vec<Placed<'l, 'a>>,
    index: &mut Index<'l>,
) {
    for (key, package) in entries {
        let line = lines.line_of(key).unwrap_or(0);
        let (Some((name, version)), Some(package)) = (split_key(key), package.get()) else {
            out.malformed_entry(line, "entry left out: not a name, a version and an object");
            continue;
        };
        let component = match is_jsr {
            true => jsr_component(name, version, package, line, out),
            false => npm_component(name, version, package, line, out),
        };
        let Some(component) = component else { continue };
        let registry = if is_jsr { &mut index.jsr } else { &mut index.npm };
        registry.add(key, placed.len());
        placed.push(Placed { at: out.component(component, line), package, key, line, jsr: is_jsr });
    }
}

fn npm_component(name: &str, version: &str, package: &Package<'_>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let url = package.tarball.as_str().filter(|url| url.contains("://"));
    let origin = url.map_or(Origin::Registry, |url| Origin::Archive { url, sha1: None });
    let integrity = package.integrity.as_str();
    NpmPackage { name, version: Some(version), origin, integrity, scope: Scope::Unspecified }.component(out, line)
}

fn jsr_component(name: &str, version: &str, package: &Package<'_>, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let Some(builder) = jsr(name) else {
        out.malformed_entry(line, format!("entry left out: {name:?} is not the name of a package"));
        return None;
    };
    let mut component = Component::from_purl(out.purl(builder.version(version), line)?);
    let digest = package.integrity.as_str().map(|hex| Digest::from_hex(DigestAlgorithm::Sha256, hex));
    if let Some(Err(error)) = &digest {
        out.malformed_entry(line, format!("integrity of {name}: {error}"));
    }
    component.references.push(ExternalReference {
        kind: ReferenceKind::Distribution,
        url: format!("https://jsr.io/{name}/{version}_meta.json").into(),
        hashes: digest.and_then(Result::ok).into_iter().collect(),
    });
    Some(component)
}

fn relate(placed: &[Placed<'_, '_>], index: &Index<'_>, out: &mut Sink<'_>) {
    let mut missing = Missing::default();
    for from in placed {
        let package = from.package;
        for (needs, scope) in [
            (&package.dependencies, Scope::Runtime),
            (&package.optional_dependencies, Scope::Optional),
            (&package.optional_peers, Scope::Optional),
        ] {
            for need in needs.get().into_iter().flat_map(|Needs(needs)| needs).filter_map(Loose::as_str) {
                let to = if from.jsr { index.specified(need) } else { index.npm(need) };
                match to.and_then(|to| placed.get(to)) {
                    Some(to) => out.depends(from.at, to.at, scope),
                    None if scope == Scope::Optional => {}
                    None => missing.add(from.line, from.key, need),
                }
            }
        }
    }
    missing.report(out);
}

/// The specifiers that a project asks for.
fn asked_for<'l>(workspace: &'l Workspace<'_>) -> impl Iterator<Item = &'l str> {
    let package_json = workspace.package_json.get().map(|json| json.dependencies.items()).unwrap_or_default();
    workspace.dependencies.items().iter().chain(package_json).filter_map(Loose::as_str)
}

fn members(
    file: &File<'_>,
    workspace: &Workspace<'_>,
    index: &Index<'_>,
    placed: &[Placed<'_, '_>],
    lines: &LineIndex<'_>,
    out: &mut Sink<'_>,
) {
    for (directory, held) in workspace.members.entries() {
        let line = lines.line_of(directory).unwrap_or(0);
        let name = directory.rsplit('/').next().unwrap_or(directory);
        let location = file.path().sibling(format!("{directory}/deno.json"));
        let (Some(held), Some(component)) = (held.get(), member(name, None, location)) else { continue };
        let from = out.component(component, line);
        out.direct(from, Scope::Unspecified);
        for need in asked_for(held) {
            if let Some(to) = index.specified(need).and_then(|at| placed.get(at)) {
                out.depends(from, to.at, Scope::Runtime);
            }
        }
    }
}
