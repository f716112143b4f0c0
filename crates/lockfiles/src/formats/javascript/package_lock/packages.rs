//! `packages`: paths to entries, since version 2.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Text};
use plimsoll_extract::syntax::npm::Origin;
use plimsoll_extract::syntax::text::LineIndex;

use super::{Entry, Lock, Ranges};
use crate::npm_package::{Missing, NpmPackage, manifest_in, member, project};

/// Longer keys are no paths, and only make looking upwards slow.
const MAX_KEY: usize = 4096;

/// An entry that became a component, and what it needs. The rest of it is given back at once: a lock file may have a
/// million of these.
struct Placed<'a> {
    key: Text<'a>,
    line: u32,
    /// `None` for the project itself when the file does not name it.
    at: Option<ComponentRef>,
    needs: Box<[Need<'a>]>,
}

/// A dependency, by the name that the dependent uses.
struct Need<'a> {
    name: Text<'a>,
    scope: Scope,
    /// It has to be in the file.
    must: bool,
}

/// Links: where they are, and the directories that they lead to.
type Links<'a> = Vec<(Text<'a>, Text<'a>)>;

/// Emits the components and their edges.
pub(super) fn emit(file: &File<'_>, lock: Lock<'_>, lines: &LineIndex<'_>, hidden: bool, out: &mut Sink<'_>) {
    let Lock { name, version, packages, .. } = lock;
    let links = links(packages.entries());
    let linked: HashMap<&str, &str> =
        links.iter().filter_map(|(key, target)| Some((target.as_str(), split_key(key)?.1))).collect();
    let mut has_workspaces = false;
    let mut placed = Vec::with_capacity(packages.entries().len());
    for (key, entry) in packages.into_option().unwrap_or_default() {
        let line = lines.line_of(&key).unwrap_or(0);
        let Some(entry) = entry.into_option().filter(|_| key.len() <= MAX_KEY) else {
            out.malformed_entry(line, "entry left out: not an object under a path");
            continue;
        };
        // A link stands for the entry that it leads to.
        if entry.link.is_true() && entry.resolved.as_str().is_some_and(|target| linked.contains_key(target)) {
            continue;
        }
        let at = match key.as_str() {
            "" if hidden => continue,
            "" => {
                has_workspaces = !matches!(entry.workspaces, Loose::Absent);
                let name = entry.name.as_str().or(name.as_str());
                let version = entry.version.as_str().or(version.as_str());
                name.and_then(|name| root(file, name, version, &entry, out))
            }
            key => match component(file, key, &entry, &linked, line, out) {
                Some(component) => Some(out.component(component, line)),
                None => continue,
            },
        };
        let is_built_here = split_key(&key).is_none();
        placed.push(Placed { key, line, at, needs: needs(*entry, is_built_here) });
    }
    relate(&links, &placed, has_workspaces, hidden, out);
}

/// The links whose targets are in the file.
fn links<'a>(entries: &[(Text<'a>, Loose<Box<Entry<'a>>>)]) -> Links<'a> {
    let mut links: Links<'a> = Vec::new();
    for (key, entry) in entries {
        if let Some(entry) = entry.get().filter(|entry| entry.link.is_true()) {
            links.extend(entry.resolved.get().map(|target| (key.clone(), target.clone())));
        }
    }
    if !links.is_empty() {
        let held: HashSet<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        links.retain(|(_, target)| held.contains(target.as_str()));
    }
    links
}

/// The directory whose `node_modules` holds an entry, and what it is called there; `None` for a path outside any.
fn split_key(key: &str) -> Option<(&str, &str)> {
    match key.rsplit_once("/node_modules/") {
        Some(parts) => Some(parts),
        None => key.strip_prefix("node_modules/").map(|name| ("", name)),
    }
}

fn root(
    file: &File<'_>,
    name: &str,
    version: Option<&str>,
    entry: &Entry<'_>,
    out: &mut Sink<'_>,
) -> Option<ComponentRef> {
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
    let mut found: Vec<License> =
        fields.into_iter().filter_map(Loose::get).flat_map(|field| field.statements()).collect();
    found.shrink_to_fit();
    found
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

/// What an entry needs; development dependencies only of what is built here, as npm leaves those of packages out.
fn needs<'a>(entry: Entry<'a>, is_built_here: bool) -> Box<[Need<'a>]> {
    let optional_peers = optional_peers(&entry);
    let mut found: Vec<Need<'a>> = Vec::new();
    let names = |ranges: Loose<Ranges<'a>>| ranges.into_option().unwrap_or_default().into_iter().map(|(name, _)| name);
    {
        // npm repeats optional dependencies among the others.
        let optional = names_of(&entry.optional_dependencies);
        let required = entry.dependencies.entries().iter().filter(|(name, _)| !optional.contains(name.as_str()));
        found.extend(required.map(|(name, _)| Need { name: name.clone(), scope: Scope::Runtime, must: true }));
    }
    found.extend(names(entry.optional_dependencies).map(|name| Need { name, scope: Scope::Optional, must: false }));
    // A peer may be left to the user, with `--legacy-peer-deps`.
    found.extend(names(entry.peer_dependencies).map(|name| {
        let scope = if optional_peers.contains(name.as_str()) { Scope::Optional } else { Scope::Runtime };
        Need { name, scope, must: false }
    }));
    if is_built_here {
        found.extend(names(entry.dev_dependencies).map(|name| Need { name, scope: Scope::Dev, must: true }));
    }
    found.into_boxed_slice()
}

/// Components by the directory whose `node_modules` holds them, and what they are called there.
struct Tree<'a>(HashMap<(&'a str, &'a str), ComponentRef>);

impl<'a> Tree<'a> {
    fn new(links: &'a Links<'_>, placed: &'a [Placed<'_>]) -> Self {
        let mut installed = HashMap::with_capacity(placed.len());
        let mut targets = HashMap::new();
        for entry in placed {
            let Some(at) = entry.at else { continue };
            match split_key(&entry.key) {
                Some(place) => installed.insert(place, at),
                None => targets.insert(entry.key.as_str(), at),
            };
        }
        for (key, target) in links {
            if let (Some(place), Some(&at)) = (split_key(key), targets.get(target.as_str())) {
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

fn relate(links: &Links<'_>, placed: &[Placed<'_>], has_workspaces: bool, hidden: bool, out: &mut Sink<'_>) {
    let tree = Tree::new(links, placed);
    if has_workspaces {
        members(links, &tree, out);
    }
    let mut missing = Missing::default();
    for Placed { key, line, at, needs } in placed {
        let dependent = if key.is_empty() { "the project" } else { key.as_str() };
        for need in needs {
            match (tree.find(key, &need.name), at) {
                (Some(to), _) if key.is_empty() => out.direct(to, need.scope),
                (Some(to), Some(from)) => out.depends(*from, to, need.scope),
                (None, _) if need.must && !hidden => missing.add(*line, dependent, &need.name),
                _ => {}
            }
        }
    }
    missing.report(out);
}

/// npm installs every member of a workspace into its root, as if the root depended on it.
fn members(links: &Links<'_>, tree: &Tree<'_>, out: &mut Sink<'_>) {
    for (key, target) in links {
        if let Some(("", name)) = split_key(key).filter(|_| !target.starts_with(".."))
            && let Some(member) = tree.find("", name)
        {
            out.direct(member, Scope::Runtime);
        }
    }
}

fn names_of<'a>(ranges: &'a Loose<Ranges<'_>>) -> HashSet<&'a str> {
    ranges.entries().iter().map(|(name, _)| name.as_str()).collect()
}

fn optional_peers<'a>(entry: &Entry<'a>) -> HashSet<Text<'a>> {
    let optional = entry
        .peer_meta
        .entries()
        .iter()
        .filter(|(_, meta)| meta.entries().iter().any(|(name, value)| name == "optional" && value.is_true()));
    optional.map(|(name, _)| name.clone()).collect()
}
