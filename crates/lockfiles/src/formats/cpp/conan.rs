//! Conan: `conan.lock`, `conanfile.txt`, `conanfile.py` and `conaninfo.txt`.
//! <https://docs.conan.io/2/tutorial/versioning/lockfiles.html>, <https://docs.conan.io/1/versioning/lockfiles/introduction.html>,
//! <https://docs.conan.io/2/reference/conanfile_txt.html>
//!
//! - In format 0.4 of the lock (Conan 1) a node without `ref`, or whose reference has no version, is the project of the
//!   lock; `path` alone does not make one, since editable packages have it too. `context: build` marks tools of the build.
//! - Format 0.5 (Conan 2) has no graph. `build_requires` are tools, `python_requires` and `config_requires` extend Conan
//!   itself: all of them run when the project is built.
//! - What a conanfile asks for is the locked package of that name when a lock lies beside it. A `conanfile.py` is a
//!   program, and nothing is ever run here: only string literals are looked at.
//! - `conaninfo.txt` lies in each package of Conan's cache, whose path says which package it is.

mod lock;
mod manifest;

use std::collections::{BTreeSet, HashMap};

use plimsoll_extract::prelude::*;

use crate::unpinned;

/// Reads the files of Conan.
pub(crate) struct Conan;

impl Extractor for Conan {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("cpp/conan")
    }

    fn about(&self) -> About {
        About {
            title: "conan.lock of Conan 1 and 2, conanfile.txt, conanfile.py, conaninfo.txt",
            specification: "https://docs.conan.io/2/tutorial/versioning/lockfiles.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("conan.lock"),
            Interest::Path("*conan*.lock"),
            Interest::Name("conanfile.txt"),
            Interest::Name("conanfile.py"),
            Interest::Name("conaninfo.txt"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        match file.path().name() {
            b"conanfile.txt" => manifest::text(file, out),
            b"conanfile.py" => manifest::program(file, out),
            b"conaninfo.txt" => manifest::info(file, out),
            _ => lock::read(file, out),
        }
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for lock in files.named("conan.lock") {
            for name in ["conanfile.txt", "conanfile.py"] {
                if let Some(manifest) = files.find_beside(lock, name) {
                    join(files, manifest, lock);
                }
            }
        }
        for file in files.files() {
            unpinned::say(files, file);
        }
    }
}

/// Puts the locked packages in the place of those that a conanfile asks for.
fn join(files: &mut Resolver<'_>, manifest: FileHandle, lock: FileHandle) {
    let mut locked: HashMap<String, Vec<Handle>> = HashMap::new();
    for (at, component) in files.components(lock) {
        locked.entry(component.name.to_string()).or_default().push(at);
    }
    let project = files.components(manifest).find(|(_, held)| held.kind == ComponentKind::Application);
    let project = project.map(|(at, _)| at);
    let mut direct: Vec<(Handle, Scope)> = Vec::new();
    let mut replaced = BTreeSet::new();
    let mut asked = BTreeSet::new();
    for (at, component) in files.components(manifest) {
        let Some(found) = component.purl.as_ref().and_then(|_| locked.get(&*component.name)) else { continue };
        replaced.insert(at.component);
        if asked.insert(component.name.clone()) {
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
