//! The places of a `bun.lock`, and what a dependency leads to from one of them.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::Loose;
use plimsoll_extract::syntax::npm::{self, Origin};
use plimsoll_extract::syntax::text::LineIndex;

use super::{Info, Lock, Package, Ranges};
use crate::npm_package::{Missing, NpmPackage, manifest_in, member, project};
use crate::npm_scope::spread;

/// Longer keys are no places, and only make looking upwards slow.
const MAX_KEY: usize = 4096;

/// Something that has dependencies and, unless it is an unnamed project, a component.
struct Placed<'a> {
    /// Where its dependencies are looked for: its key, or for a workspace its name.
    key: &'a str,
    /// For messages.
    line: u32,
    info: &'a Info<'a>,
    at: Option<ComponentRef>,
    workspace: bool,
}

/// Emits the components and their edges.
pub(super) fn emit(file: &File<'_>, lock: &Lock<'_>, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let mut placed = Vec::new();
    let mut by_directory: HashMap<&str, usize> = HashMap::new();
    for (directory, info) in lock.workspaces.entries() {
        let line = lines.line_of(directory).unwrap_or(0);
        let Some(info) = info.get() else {
            out.malformed_entry(line, "workspace left out: not an object");
            continue;
        };
        by_directory.insert(directory, placed.len());
        placed.push(workspace(file, directory, info, line, out));
    }
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (key, package) in lock.packages.entries() {
        let line = lines.line_of(key).unwrap_or(0);
        let Some(package) = package.get().filter(|_| key.len() <= MAX_KEY) else {
            out.malformed_entry(line, "entry left out: not a list that starts with a name");
            continue;
        };
        let (_, reference) = npm::split_descriptor(package.texts.first().map_or("", |id| id.as_str()));
        let directory = reference.and_then(|reference| reference.strip_prefix("workspace:"));
        if let Some(&at) = directory.and_then(|directory| by_directory.get(directory)) {
            places.insert(key, at);
            continue;
        }
        let Some(component) = component(file, package, reference.unwrap_or_default(), line, out) else { continue };
        places.insert(key, placed.len());
        let at = Some(out.component(component, line));
        placed.push(Placed { key, line, info: &package.info, at, workspace: false });
    }
    relate(&placed, &places, out);
}

fn workspace<'a>(file: &File<'_>, directory: &'a str, info: &'a Info<'a>, line: u32, out: &mut Sink<'_>) -> Placed<'a> {
    let manifest = manifest_in(file.path(), directory);
    let (version, basename) = (info.version.as_str(), directory.rsplit('/').next().unwrap_or(directory));
    let at = if directory.is_empty() {
        info.name.as_str().and_then(|name| project(name, version, manifest)).map(|held| out.project(held, line))
    } else {
        let name = info.name.as_str().unwrap_or(basename);
        member(name, version, manifest).map(|held| out.component(held, line))
    };
    let key = if directory.is_empty() { "" } else { info.name.as_str().unwrap_or(basename) };
    Placed { key, line, info, at, workspace: true }
}

fn component(
    file: &File<'_>,
    package: &Package<'_>,
    reference: &str,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let (name, _) = npm::split_descriptor(package.texts.first()?);
    let parsed = Origin::parse(reference);
    if let Origin::Path(path) | Origin::Workspace(path) = parsed {
        let made = member(name, package.info.version.as_str(), manifest_in(file.path(), path));
        if made.is_none() {
            out.malformed_entry(line, format!("entry left out: {name:?} is not the name of a package"));
        }
        return made;
    }
    let rest = || package.texts.iter().skip(1).map(|text| text.as_str());
    let (version, origin) = match parsed {
        // The registry's own URL is only written when it is another one than the default.
        Origin::Registry => {
            let url = rest().find(|text| text.starts_with("https://") || text.starts_with("http://"));
            let archive = url.filter(|url| url.ends_with(".tgz")).map(|url| Origin::Archive { url, sha1: None });
            (Some(reference).filter(|version| !version.is_empty()), archive.unwrap_or(Origin::Registry))
        }
        origin => (package.info.version.as_str(), origin),
    };
    let integrity = rest().find(|text| text.starts_with("sha") && text.contains('-'));
    let package = NpmPackage { name, version, origin, integrity, scope: Scope::Unspecified };
    package.component(out, line)
}

/// Looks in the place of the dependent, then in each one around it.
fn find(places: &HashMap<&str, usize>, from: &str, name: &str) -> Option<usize> {
    let mut around = from;
    loop {
        let key = if around.is_empty() { name.to_owned() } else { format!("{around}/{name}") };
        if let Some(&at) = places.get(key.as_str()) {
            return Some(at);
        }
        if around.is_empty() {
            return None;
        }
        around = match around.rsplit_once('/') {
            // The slash of a scope is no step.
            Some((above, _)) if last_part(above).starts_with('@') => {
                above.rsplit_once('/').map_or("", |(above, _)| above)
            }
            Some((above, _)) => above,
            None => "",
        };
    }
}

fn last_part(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

fn relate(placed: &[Placed<'_>], places: &HashMap<&str, usize>, out: &mut Sink<'_>) {
    let mut missing = Missing::default();
    let mut needs: Vec<Vec<(usize, bool)>> = placed.iter().map(|_| Vec::new()).collect();
    let mut direct: Vec<(usize, Scope)> = Vec::new();
    for (from, dependent) in placed.iter().enumerate() {
        let optional_peers: HashSet<&str> =
            dependent.info.optional_peers.items().iter().filter_map(Loose::as_str).collect();
        for (ranges, scope, peer) in sections(dependent.info) {
            for (name, _) in ranges.entries() {
                let optional = scope == Scope::Optional || optional_peers.contains(name.as_str());
                let Some(to) = find(places, dependent.key, name) else {
                    if !optional && !peer {
                        let key = if dependent.key.is_empty() { "the project" } else { dependent.key };
                        missing.add(dependent.line, key, name);
                    }
                    continue;
                };
                let scope = if optional { Scope::Optional } else { scope };
                if dependent.workspace {
                    direct.push((to, scope));
                } else if let Some(needs) = needs.get_mut(from) {
                    needs.push((to, optional));
                }
                match (dependent.at, placed.get(to).and_then(|to| to.at)) {
                    (Some(from), Some(to)) => out.depends(from, to, scope),
                    (None, Some(to)) => out.direct(to, scope),
                    _ => {}
                }
            }
        }
    }
    missing.report(out);
    for (placed, scope) in placed.iter().zip(spread(&needs, &direct)) {
        let component = placed.at.filter(|_| !placed.workspace).and_then(|at| out.get_mut(at));
        if let (Some(component), Some(scope)) = (component, scope) {
            component.scope = scope;
        }
    }
}

/// What is needed, when, and whether it is a peer, which may be left to the user.
fn sections<'s, 'a>(info: &'s Info<'a>) -> [(&'s Loose<Ranges<'a>>, Scope, bool); 4] {
    [
        (&info.dependencies, Scope::Runtime, false),
        (&info.optional_dependencies, Scope::Optional, false),
        (&info.peer_dependencies, Scope::Runtime, true),
        (&info.dev_dependencies, Scope::Dev, false),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_outwards() {
        let places: HashMap<&str, usize> = [("a", 0), ("b/a", 1), ("@s/c/a", 2), ("b/@s/c/a", 3)].into();
        assert_eq!(find(&places, "", "a"), Some(0));
        assert_eq!(find(&places, "b/x", "a"), Some(1));
        assert_eq!(find(&places, "@s/c/y", "a"), Some(2));
        assert_eq!(find(&places, "@s/d", "a"), Some(0));
        assert_eq!(find(&places, "b/@s/c", "a"), Some(3));
        assert_eq!(find(&places, "b/@s/d", "a"), Some(1));
        assert_eq!(find(&places, "b", "zzz"), None);
    }
}
