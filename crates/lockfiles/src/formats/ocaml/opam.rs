//! opam files: `NAME.opam` or `opam` of a project, the same of an installed or published package, and `*.opam.locked`.
//! <https://opam.ocaml.org/doc/Manual.html#opam>, <https://opam.ocaml.org/doc/man/opam-lock.html>
//!
//! - A file that states its version, itself or by its directory `NAME.VERSION`, is that of a published package. What it
//!   depends on is a matter of ranges: an edge leads to the package of that name where its own file is in the source,
//!   and all of them are a property.
//! - A file without a version is that of a project. Its ranges are reported, unless a locked file says what they became.
//! - A locked file pins all packages with `{= "1.0"}` and says nothing of edges; `pin-depends` has those from elsewhere.
//! - An executable may be called `opam` as well; it is no opam file.

mod file;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{self, OPAM};

use crate::project_manifest::{self, Manifest, Need};
use file::{Dependency, OpamFile};

/// Reads opam files.
pub(crate) struct Opam;

/// What a published package depends on, as the file says it.
const DEPENDS: &str = "plimsoll:opam:depends";

impl Extractor for Opam {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ocaml/opam")
    }

    fn about(&self) -> About {
        About {
            title: "opam files and opam.locked",
            specification: "https://opam.ocaml.org/doc/Manual.html#opam",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Suffix(".opam"),
            Interest::Name("opam"),
            Interest::Suffix(".opam.locked"),
            Interest::Name("opam.locked"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if matches!(file.path().parent().rsplit(|&byte| byte == b'/').next(), Some(b"bin" | b"sbin")) {
            return Ok(());
        }
        let bytes = file.bytes()?;
        if memchr::memmem::find(&bytes, b"opam-version").is_none() && file.path().name() == b"opam" {
            return Ok(());
        }
        let text = syntax::text::decode(&bytes).text;
        let (trees, fault) = trees::parse_partial(&text, &OPAM, file.budget().limits());
        let opam = OpamFile::read(&trees, file.path());
        if is_locked(file.path()) {
            locked(&opam, out);
        } else if opam.version.is_some() {
            published(&opam, out);
        } else {
            manifest(&opam).keep(out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        relate_published(files);
        for manifest in files.files() {
            let Some(path) = files.path(manifest).filter(|path| !is_locked(path)) else { continue };
            let name: &[u8] = path.name();
            let locked = format!("{}.locked", String::from_utf8_lossy(name));
            match files.find_beside(manifest, &locked) {
                Some(lock) => {
                    let names = project_manifest::names(files, lock);
                    let starts = project_manifest::relate(files, manifest, lock, &names);
                    project_manifest::settle(files, lock, &starts);
                }
                None => {
                    let purl = |need: &Need| Purl::builder("opam", need.name.as_str());
                    project_manifest::unpinned(files, manifest, &purl);
                }
            }
        }
    }
}

fn is_locked(path: &SourcePath) -> bool {
    path.name().ends_with(b".locked")
}

/// The packages that a locked file pins.
fn locked(opam: &OpamFile<'_>, out: &mut Sink<'_>) {
    for dependency in &opam.depends {
        let origin = opam.pins.get(dependency.name).map(|(_, url)| *url);
        let version = dependency.pinned.as_deref().or(opam.pins.get(dependency.name).map(|(version, _)| *version));
        let mut builder = Purl::builder("opam", dependency.name).version(version.unwrap_or_default());
        let origin = origin.map(file::origin);
        if let Some((key, _, url)) = &origin {
            builder = builder.qualifier(key, url.as_str());
        }
        let line = dependency.line;
        let Some(purl) = out.purl(builder, line) else { continue };
        let mut component = Component::from_purl(purl);
        if version.is_none() {
            component.version_range = (!dependency.range.is_empty()).then(|| dependency.range.as_str().into());
            out.diagnose(DiagnosticCode::UNPINNED, line, format!("{} is not pinned to a version", dependency.name));
        }
        component.references.extend(origin.map(|(_, kind, url)| crate::vcs::reference(kind, url)));
        if dependency.when != project_manifest::When::Runtime {
            component.scope = dependency.scope();
        }
        out.component(component, line);
    }
}

/// The package that the file describes.
fn published(opam: &OpamFile<'_>, out: &mut Sink<'_>) {
    let builder = Purl::builder("opam", &*opam.name).version(opam.version.as_deref().unwrap_or_default());
    let Some(purl) = out.purl(builder, opam.line) else { return };
    let mut component = Component::from_purl(purl);
    opam.describe(&mut component, out);
    for dependency in &opam.depends {
        component.properties.push((DEPENDS.into(), dependency.text().into()));
    }
    out.component(component, opam.line);
    manifest(opam).keep(out);
}

fn manifest(opam: &OpamFile<'_>) -> Manifest {
    let need = |dependency: &Dependency<'_>| Need {
        name: dependency.name.to_owned(),
        range: dependency.range.clone(),
        when: dependency.when,
        line: dependency.line,
        ..Need::default()
    };
    Manifest {
        name: Some(opam.name.to_string()),
        version: opam.version.as_deref().map(str::to_owned),
        description: opam.synopsis.map(str::to_owned),
        license: opam.license.clone(),
        line: opam.line,
        needs: opam.depends.iter().map(need).collect(),
    }
}

/// Edges between published packages that are in the source; what they kept is used up.
fn relate_published(files: &mut Resolver<'_>) {
    let mut by_name: HashMap<Box<str>, Handle> = HashMap::new();
    let mut published = Vec::new();
    for file in files.files() {
        if files.path(file).is_none_or(is_locked) {
            continue;
        }
        if let Some((handle, component)) = files.components(file).next() {
            by_name.entry(component.name.clone()).or_insert(handle);
            published.push((file, handle));
        }
    }
    for (file, from) in published {
        let kept = files.take_kept(file);
        let Ok(manifest) = serde_json::from_slice::<Manifest>(&kept) else { continue };
        for need in manifest.needs {
            if let Some(&to) = by_name.get(&*need.name) {
                files.relate(from, to, RelationshipKind::DependsOn, need.when.scope());
            }
        }
    }
}
