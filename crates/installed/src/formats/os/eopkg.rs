//! The database of eopkg (Solus, once PiSi of Pardus): `metadata.xml` and `files.xml` in one directory a package below
//! `var/lib/eopkg/package`. <https://github.com/getsolus/eopkg>
//!
//! The version is that of the first `<Update>` of the history, with its release: `1.2.3-7`.

use plimsoll_extract::prelude::*;
use syntax::xml::{self, Element};

use crate::annotate::{self, SOURCE_PACKAGE};
use crate::distribution::{Distributions, keep_release, root_of};
use crate::relations::{self, Relations};

/// Reads the database of eopkg.
pub(in crate::formats) struct Eopkg;

const PLACE: &str = "var/lib/eopkg/package";

impl Extractor for Eopkg {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/eopkg")
    }

    fn about(&self) -> About {
        About {
            title: "eopkg database (Solus)",
            specification: "https://github.com/getsolus/eopkg",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("var/lib/eopkg/package/*/metadata.xml"),
            Interest::Path("var/lib/eopkg/package/*/files.xml"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        out.rooted_at(PLACE);
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let (root, fault) = xml::parse_partial(&text.text, file.budget().limits());
        if let Some(root) = &root {
            if file.path().name() == b"files.xml" {
                let paths: Vec<&str> = root.children("File").filter_map(|file| file.text_of("Path")).collect();
                out.keep(paths.join("\0"));
            } else if !package(root, out) && fault.is_none() {
                return Err(ExtractError::malformed("no package with a name and a version"));
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).qualify(files, |_| PLACE);
        for list in files.named("files.xml") {
            let Some(metadata) = files.find_beside(list, "metadata.xml") else { continue };
            let paths = files.take_kept(list);
            let Some(package) = files.components(metadata).next().map(|(handle, _)| handle) else { continue };
            let Some(mut sink) = files.sink(metadata) else { continue };
            paths.split(|&byte| byte == 0).for_each(|path| sink.owns(package.component, path));
        }
        relations::link(files, b"", |path| path.ends_with(b"/metadata.xml").then(|| root_of(path, PLACE).to_vec()));
    }
}

fn package(root: &Element<'_>, out: &mut Sink<'_>) -> bool {
    let Some(package) = root.child("Package") else { return false };
    let update = package.child("History").and_then(|history| history.child("Update"));
    let (Some(name), Some(update)) = (package.text_of("Name"), update) else { return false };
    let Some(version) = update.text_of("Version") else { return false };
    let version = match update.attribute("release") {
        Some(release) => format!("{version}-{release}"),
        None => version.to_owned(),
    };
    let purl = Purl::builder("generic", name)
        .namespace("solus")
        .version(version)
        .qualifier("arch", package.text_of("Architecture").unwrap_or_default());
    let Some(purl) = out.purl(purl, package.line()) else { return true };
    let mut component = Component { group: None, ..Component::from_purl(purl) };
    component.description = package.text_of("Summary").map(Into::into);
    annotate::license(&mut component, package.children("License").map(Element::text));
    if let Some(source) = root.child("Source") {
        annotate::refer(&mut component, ReferenceKind::Website, source.text_of("Homepage"));
        annotate::property(&mut component, SOURCE_PACKAGE, source.text_of("Name"));
        let packager = source.child("Packager").and_then(|packager| packager.text_of("Name"));
        component.supplier = packager.map(Into::into);
    }
    out.component(component, package.line());
    let mut relations = Relations::default();
    relations.name(name.as_bytes());
    for provided in package.child("Provides").map(Element::elements).unwrap_or_default() {
        relations.provide(provided.text().as_bytes());
    }
    for needed in package.child("RuntimeDependencies").map(Element::elements).unwrap_or_default() {
        // `<AnyDependency>` holds alternatives.
        let alternatives = needed.elements().iter().map(Element::text);
        for name in alternatives.chain(std::iter::once(needed.text())) {
            relations.need(name.as_bytes(), Scope::Runtime);
        }
    }
    out.keep(relations.into_kept());
    true
}
