//! `pubspec.yaml`: what a project or package asks for.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::yaml::Node;

use super::{LOCK, MANIFEST, NEED};
use crate::project_manifest::{self, Layout, Manifest, Need, When};

pub(super) fn read(root: &Node) -> Manifest {
    let text = |key: &str| root.get_str(key).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut needs = Vec::new();
    for (section, when) in [("dependencies", When::Runtime), ("dev_dependencies", When::Dev)] {
        for (key, value) in root.get(section).and_then(Node::as_map).unwrap_or_default() {
            let Some(name) = key.as_str() else { continue };
            let range = value.as_str().or_else(|| value.get_str("version")).unwrap_or_default();
            // `any` is no range.
            let range = if range == "any" { "" } else { range };
            let local = ["path", "sdk"].iter().any(|place| value.get(place).is_some());
            needs.push(Need {
                name: name.to_owned(),
                range: range.to_owned(),
                when,
                local,
                line: key.line(),
                ..Need::default()
            });
        }
    }
    Manifest {
        name: text("name"),
        version: text("version"),
        description: text("description"),
        license: None,
        line: root.get("name").map_or(0, Node::line),
        needs,
    }
}

/// A package of a cache is no project.
const LAYOUT: Layout =
    Layout { is_lock: |name| name == LOCK.as_bytes(), manifests: &[MANIFEST], fetched: &[".pub-cache", "hosted"] };

/// Joins the locks with their manifests; what a lock without one says that its project needs stands in the lock.
pub(super) fn join(files: &mut Resolver<'_>) {
    let alone = project_manifest::join(files, &LAYOUT, |need| Purl::builder("pub", need.name.as_str()));
    alone.into_iter().for_each(|lock| direct(files, lock));
}

/// What a lock without its manifest says that the project needs.
fn direct(files: &mut Resolver<'_>, lock: FileHandle) {
    let needed: Vec<(ComponentRef, Scope)> = files
        .components(lock)
        .filter(|(_, component)| component.properties.iter().any(|(key, _)| key == NEED))
        .map(|(handle, component)| (handle.component, component.scope))
        .collect();
    if let Some(mut sink) = files.sink(lock) {
        needed.iter().for_each(|&(at, scope)| sink.direct(at, scope));
    }
    project_manifest::settle(files, lock, &needed);
}
