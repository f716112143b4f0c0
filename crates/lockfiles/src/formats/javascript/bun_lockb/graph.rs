//! The packages of a `bun.lockb` and their edges.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::npm::Origin;

use super::reader::{Lock, Package, Resolution};
use crate::npm_package::{NpmPackage, manifest_in, member, project};
use crate::npm_scope::spread;

/// Bits of a dependency.
const OPTIONAL: u8 = 1 << 2;
const DEVELOPMENT: u8 = 1 << 3;
const WORKSPACE: u8 = 1 << 5;

/// A package that was emitted.
struct Placed {
    at: Option<ComponentRef>,
    /// The project or a member of it: its development dependencies are installed.
    local: bool,
    needs: (usize, usize),
}

/// Emits the components and their edges.
pub(super) fn emit(file: &File<'_>, lock: &Lock<'_>, out: &mut Sink<'_>) {
    let mut placed = Vec::new();
    let mut unreadable = 0_usize;
    for row in 0..lock.count {
        let Some(package) = lock.package(row) else {
            unreadable = unreadable.saturating_add(1);
            placed.push(Placed { at: None, local: false, needs: (0, 0) });
            continue;
        };
        let local = matches!(package.resolution, Resolution::Root | Resolution::Workspace(_));
        placed.push(Placed { at: component(file, lock, &package, out), local, needs: package.needs });
    }
    if unreadable > 0 {
        out.malformed_entry(0, format!("packages left out, as a text of theirs is not in the file: {unreadable}"));
    }
    relate(lock, &placed, out);
}

fn component(file: &File<'_>, lock: &Lock<'_>, package: &Package, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let span = Some(Span::Bytes { offset: package.offset as u64, length: 8 });
    let how = Observation { span, ..Observation::default() };
    let name = package.name.as_str();
    let made = match &package.resolution {
        Resolution::Root => {
            let version = lock.workspace_version(package.hash);
            let held = project(name, version.as_deref(), manifest_in(file.path(), "."))?;
            let line = 0;
            let at = out.project(held, line);
            return Some(at);
        }
        Resolution::Workspace(path) => {
            let version = lock.workspace_version(package.hash);
            member(name, version.as_deref(), manifest_in(file.path(), path))
        }
        Resolution::Path(path) => member(name, None, manifest_in(file.path(), path)),
        Resolution::Unknown(tag) => {
            out.malformed_entry(0, format!("{name} comes from a kind of place that is not known ({tag})"));
            return None;
        }
        Resolution::Npm(version, url) => {
            let origin = Origin::Archive { url, sha1: None };
            let origin = if url.is_empty() { Origin::Registry } else { origin };
            published(name, Some(version), origin, package, out)
        }
        Resolution::Archive(url) => published(name, None, Origin::parse(url), package, out),
        Resolution::Git { owner, repository, commit } => {
            let url = match owner.as_str() {
                "" => format!("git+{}#{commit}", repository.strip_prefix("git+").unwrap_or(repository)),
                owner => format!("github:{owner}/{repository}#{commit}"),
            };
            published(name, None, Origin::parse(&url), package, out)
        }
    };
    if made.is_none() {
        out.malformed_entry(0, format!("package left out: {name:?} is not the name of one"));
    }
    Some(out.observed(made?, how))
}

fn published(
    name: &str,
    version: Option<&str>,
    origin: Origin<'_>,
    package: &Package,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let npm = NpmPackage { name, version, origin, integrity: None, scope: Scope::Unspecified };
    let mut component = npm.component(out, 0)?;
    component.hashes.extend(package.digest.clone());
    Some(component)
}

fn relate(lock: &Lock<'_>, placed: &[Placed], out: &mut Sink<'_>) {
    let mut needs: Vec<Vec<(usize, bool)>> = placed.iter().map(|_| Vec::new()).collect();
    let mut direct: Vec<(usize, Scope)> = Vec::new();
    // Each dependency belongs to one package; a file that lets packages share them would make edges without end.
    let mut left = lock.dependencies();
    for (from, dependent) in placed.iter().enumerate() {
        let (start, count) = dependent.needs;
        let count = count.min(left);
        left = left.saturating_sub(count);
        for need in (start..start.saturating_add(count)).map_while(|at| lock.need(at)) {
            let optional = need.behavior & OPTIONAL != 0;
            let Some(to) = need.to else { continue };
            let scope = match need.behavior {
                bits if bits & DEVELOPMENT != 0 => Scope::Dev,
                _ if optional => Scope::Optional,
                _ => Scope::Runtime,
            };
            if dependent.local {
                direct.push((to, scope));
            } else if let Some(needs) = needs.get_mut(from) {
                needs.push((to, optional));
            }
            let target = placed.get(to).and_then(|to| to.at);
            let target = target.filter(|_| scope != Scope::Dev || dependent.local);
            match (dependent.at, target) {
                // That the root holds its members is no dependency of its own.
                (Some(_), Some(to)) if from == 0 && need.behavior & WORKSPACE != 0 => {
                    out.direct(to, Scope::Unspecified);
                }
                (Some(from), Some(to)) => out.depends(from, to, scope),
                (None, Some(to)) if from == 0 => out.direct(to, scope),
                _ => {}
            }
        }
    }
    for (placed, scope) in placed.iter().zip(spread(&needs, &direct)) {
        let component = placed.at.filter(|_| !placed.local).and_then(|at| out.get_mut(at));
        if let (Some(component), Some(scope)) = (component, scope) {
            component.scope = scope;
        }
    }
}
