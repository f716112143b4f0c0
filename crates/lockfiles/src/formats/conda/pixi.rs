//! `pixi.lock`, versions 1 to 6, and `pixi.toml`. <https://pixi.sh/latest/workspace/lockfile/>,
//! <https://pixi.sh/latest/reference/pixi_manifest/>, <https://github.com/conda/rattler/tree/main/crates/rattler_lock>
//!
//! - Since version 4 `environments` says which packages each environment has on each platform, and `packages` describes
//!   them; before, `package` was one list as in conda-lock, with the platform of each entry.
//! - Since version 6 an entry starts with `conda: URL` or `pypi: URL`; before, it had `kind`. Name, version and build of
//!   a conda package are then those of its archive's name.
//! - An edge is there where both ends are in one environment on one platform.
//! - A dependency of the manifest is the locked package of its name; only without a lock it is listed with its range.

mod lock;
mod manifest;

use std::collections::{BTreeSet, HashMap};

use plimsoll_extract::prelude::*;

use crate::{pypi, unpinned};

/// Reads the lock and the manifest of pixi.
pub(crate) struct Pixi;

impl Extractor for Pixi {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("conda/pixi")
    }

    fn about(&self) -> About {
        About {
            title: "pixi.lock versions 1 to 6, pixi.toml",
            specification: "https://pixi.sh/latest/workspace/lockfile/",
            facts: &[Fact::Edges, Fact::Hashes, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("pixi.lock"), Interest::Name("pixi.toml")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.path().name() == b"pixi.toml" { manifest::read(file, out) } else { lock::read(file, out) }
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for file in files.named("pixi.toml") {
            match files.find_beside(file, "pixi.lock") {
                Some(lock) => join(files, file, lock),
                None => unpinned::say(files, file),
            }
        }
    }
}

/// What a component is called in the lock and in the manifest: type and name.
fn name_of(component: &Component) -> Option<(String, String)> {
    let kind = component.purl.as_ref()?.kind().to_owned();
    Some((kind, pypi::normalise(&component.name).into_owned()))
}

/// Puts the locked packages in the place of those that the manifest asks for.
fn join(files: &mut Resolver<'_>, manifest: FileHandle, lock: FileHandle) {
    let mut locked: HashMap<(String, String), Vec<Handle>> = HashMap::new();
    for (at, component) in files.components(lock) {
        locked.entry(name_of(component).unwrap_or_default()).or_default().push(at);
    }
    let project = files.components(manifest).find(|(_, held)| held.kind == ComponentKind::Application);
    let project = project.map(|(at, _)| at);
    let mut direct: Vec<(Handle, Scope)> = Vec::new();
    let mut replaced = BTreeSet::new();
    let mut asked = BTreeSet::new();
    for (at, component) in files.components(manifest) {
        let Some(name) = name_of(component) else { continue };
        let Some(found) = locked.get(&name) else { continue };
        replaced.insert(at.component);
        if asked.insert(name) {
            direct.extend(found.iter().map(|found| (*found, component.scope)));
        }
    }
    // The project comes first, so its handle stays.
    files.retain(manifest, |at| !replaced.contains(&at));
    for (at, scope) in direct {
        match project {
            Some(project) => files.relate(project, at, RelationshipKind::DependsOn, scope),
            None => {
                if let Some(mut sink) = files.sink(lock) {
                    sink.direct(at.component, scope);
                }
            }
        }
    }
}
