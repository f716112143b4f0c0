//! `packages`: paths to entries, since version 2.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::Loose;
use plimsoll_extract::syntax::npm::Origin;
use plimsoll_extract::syntax::text::LineIndex;

use super::{Entry, Lock, Ranges};
use crate::npm_package::{Missing, NpmPackage, manifest_in, member, project};

/// Longer keys are no paths, and only make looking upwards slow.
const MAX_KEY: usize = 4096;

/// An entry that became a component.
#[derive(Clone, Copy)]
struct Placed<'a> {
    key: &'a str,
    entry: &'a Entry<'a>,
    line: u32,
    /// `None` for the project itself when the file does not name it.
    at: Option<ComponentRef>,
}

/// Emits the components and their edges.
pub(super) fn emit(file: &File<'_>, lock: &Lock<'_>, lines: &LineIndex<'_>, hidden: bool, out: &mut Sink<'_>) {
    let linked = linked_names(lock);
    let mut placed = Vec::with_capacity(lock.packages.entries().len());
    for (key, entry) in lock.packages.entries() {
        let line = lines.line_of(key).unwrap_or(0);
        let Some(entry) = entry.get().filter(|_| key.len() <= MAX_KEY) else {
            out.malformed_entry(line, "entry left out: not an object under a path");
            continue;
        };
        // A link stands for the entry that it leads to.
        if entry.link.is_true() && entry.resolved.as_str().is_some_and(|target| linked.contains_key(target)) {
            continue;
        }
        let at = match key.as_str() {
            "" if hidden => continue,
            "" => root(file, lock, entry, out),
            key => match component(file, key, entry, &linked, line, out) {
                Some(component) => Some(out.component(component, line)),
                None => continue,
            },
        };
        placed.push(Placed { key, entry, line, at });
    }
    relate(lock, &placed, hidden, out);
}

/// What links call the entries that they lead to.
fn linked_names<'a>(lock: &'a Lock<'_>) -> HashMap<&'a str, &'a str> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    for (key, entry) in lock.packages.entries() {
        if let Some(entry) = entry.get().filter(|entry| entry.link.is_true()) {
            names.extend(entry.resolved.as_str().zip(split_key(key).map(|(_, name)| name)));
        }
    }
    if !names.is_empty() {
        let held: HashSet<&str> = lock.packages.entries().iter().map(|(key, _)| key.as_str()).collect();
        names.retain(|target, _| held.contains(target));
    }
    names
}

/// The directory whose `node_modules` holds an entry, and what it is called there; `None` for a path outside any.
fn split_key(key: &str) -> Option<(&str, &str)> {
    match key.rsplit_once("/node_modules/") {
        Some(parts) => Some(parts),
        None => key.strip_prefix("node_modules/").map(|name| ("", name)),
    }
}

fn root(file: &File<'_>, lock: &Lock<'_>, entry: &Entry<'_>, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let name = entry.name.as_str().or(lock.name.as_str())?;
    let version = entry.version.as_str().or(lock.version.as_str());
    let mut component = project(name, version, manifest_in(file.path(), "."))?;
    component.licenses = licenses(entry);
    Some(out.project(component, 1))
}

fn component(
    file: &File<'_>,
    key: &str,
    entry: &Entry<'_>,
    linked: &HashMap<&str, &str>,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let place = split_key(key);
    let mut component = if place.is_none() || entry.link.is_true() {
        let directory = if entry.link.is_true() { entry.resolved.as_str().unwrap_or(key) } else { key };
        let called = linked.get(key).copied().or(place.map(|(_, name)| name));
        let basename = directory.rsplit('/').next().unwrap_or(directory);
        let name = entry.name.as_str().or(called).unwrap_or(basename);
        let made = member(name, entry.version.as_str(), manifest_in(file.path(), directory));
        if made.is_none() {
            out.malformed_entry(line, format!("entry left out: {name:?} is not the name of a package"));
        }
        made?
    } else {
        let name = entry.name.as_str().or(place.map(|(_, name)| name)).unwrap_or_default();
        if entry.version.is_wrong() {
            out.malformed_entry(line, format!("the version of {name} is not text"));
        }
        let package = NpmPackage {
            name,
            version: entry.version.as_str(),
            origin: entry.resolved.as_str().map_or(Origin::Registry, Origin::parse),
            integrity: entry.integrity.as_str(),
            scope: scope(entry),
        };
        package.component(out, line)?
    };
    component.licenses = licenses(entry);
    let mut property = |name: &'static str, value: Option<&str>| {
        component.properties.extend(value.map(|value| (name.into(), value.into())));
    };
    property("plimsoll:npm:bundled", entry.bundled.is_true().then_some("true"));
    property("plimsoll:npm:install-script", entry.install_script.is_true().then_some("true"));
    property("plimsoll:npm:deprecated", entry.deprecated.as_str());
    Some(component)
}

fn licenses(entry: &Entry<'_>) -> Vec<License> {
    let fields = [&entry.license, &entry.licenses];
    fields.into_iter().filter_map(Loose::get).flat_map(|field| field.statements()).collect()
}

/// `devOptional` is needed by a development dependency and by an optional one; the stronger of the two holds.
fn scope(entry: &Entry<'_>) -> Scope {
    if entry.dev.is_true() {
        Scope::Dev
    } else if entry.optional.is_true() || entry.dev_optional.is_true() {
        Scope::Optional
    } else {
        Scope::Runtime
    }
}

/// Components by the directory whose `node_modules` holds them, and what they are called there.
struct Tree<'a>(HashMap<(&'a str, &'a str), ComponentRef>);

impl<'a> Tree<'a> {
    fn new(lock: &'a Lock<'_>, placed: &[Placed<'a>]) -> Self {
        let mut installed = HashMap::with_capacity(placed.len());
        let mut targets = HashMap::new();
        for entry in placed {
            let Some(at) = entry.at else { continue };
            match split_key(entry.key) {
                Some(place) => installed.insert(place, at),
                None => targets.insert(entry.key, at),
            };
        }
        for (key, entry) in lock.packages.entries() {
            let target = entry.get().filter(|entry| entry.link.is_true()).and_then(|entry| entry.resolved.as_str());
            if let (Some(place), Some(&at)) = (split_key(key), target.and_then(|target| targets.get(target))) {
                installed.insert(place, at);
            }
        }
        Self(installed)
    }

    /// Looks where Node.js does: in the `node_modules` of the dependent, then of each directory above it
    /// (<https://nodejs.org/api/modules.html#loading-from-node_modules-folders>).
    fn find(&self, from: &str, name: &str) -> Option<ComponentRef> {
        let mut directory = from;
        loop {
            if let Some(&found) = self.0.get(&(directory, name)) {
                return Some(found);
            }
            if directory.is_empty() {
                return None;
            }
            directory = directory.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
}

fn relate<'a>(lock: &'a Lock<'_>, placed: &[Placed<'a>], hidden: bool, out: &mut Sink<'_>) {
    let tree = Tree::new(lock, placed);
    members(lock, &tree, out);
    let mut missing = Missing::default();
    for &Placed { key, entry, line, at } in placed {
        let dependent = if key.is_empty() { "the project" } else { key };
        let optional = names_of(&entry.optional_dependencies);
        let optional_peers = optional_peers(entry);
        let mut needs = |name: &str, scope: Scope, must: bool| match (tree.find(key, name), at) {
            (Some(to), _) if key.is_empty() => out.direct(to, scope),
            (Some(to), Some(from)) => out.depends(from, to, scope),
            (None, _) if must && !hidden => missing.add(line, dependent, name),
            _ => {}
        };
        for (name, _) in entry.dependencies.entries() {
            if !optional.contains(name.as_str()) {
                needs(name, Scope::Runtime, true);
            }
        }
        for (name, _) in entry.optional_dependencies.entries() {
            needs(name, Scope::Optional, false);
        }
        for (name, _) in entry.peer_dependencies.entries() {
            let scope = if optional_peers.contains(name.as_str()) { Scope::Optional } else { Scope::Runtime };
            // A peer may be left to the user, with `--legacy-peer-deps`.
            needs(name, scope, false);
        }
        // Only of what is built here; npm leaves those of packages out.
        if split_key(key).is_none() {
            for (name, _) in entry.dev_dependencies.entries() {
                needs(name, Scope::Dev, true);
            }
        }
    }
    missing.report(out);
}

/// npm installs every member of a workspace into its root, as if the root depended on it.
fn members(lock: &Lock<'_>, tree: &Tree<'_>, out: &mut Sink<'_>) {
    let root = lock.packages.entries().iter().find(|(key, _)| key.is_empty()).and_then(|(_, entry)| entry.get());
    if root.is_none_or(|root| matches!(root.workspaces, Loose::Absent)) {
        return;
    }
    for (key, entry) in lock.packages.entries() {
        let link = entry.get().filter(|entry| entry.link.is_true());
        let inside = link.and_then(|link| link.resolved.as_str()).is_some_and(|target| !target.starts_with(".."));
        if let Some(("", name)) = split_key(key).filter(|_| inside)
            && let Some(member) = tree.find("", name)
        {
            out.direct(member, Scope::Runtime);
        }
    }
}

fn names_of<'a>(ranges: &'a Loose<Ranges<'_>>) -> HashSet<&'a str> {
    ranges.entries().iter().map(|(name, _)| name.as_str()).collect()
}

fn optional_peers<'a>(entry: &'a Entry<'_>) -> HashSet<&'a str> {
    let optional = entry
        .peer_meta
        .entries()
        .iter()
        .filter(|(_, meta)| meta.entries().iter().any(|(name, value)| name == "optional" && value.is_true()));
    optional.map(|(name, _)| name.as_str()).collect()
}
