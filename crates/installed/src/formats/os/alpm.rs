//! The local database of pacman: one directory a package below `var/lib/pacman/local`, with `desc` and `files`.
//! <https://man.archlinux.org/man/alpm-db-desc.5>, `alpm-db-files(5)`
//!
//! - A file is sections of `%NAME%`, values one a line, and an empty line. Unknown sections are passed over.
//! - `%REASON%` 1 means that the package came as a dependency; without it, it was asked for by name.
//! - `%OPTDEPENDS%` says `name: why`; what is installed of these is used, so it gets an edge of optional scope.
//! - The digests of the files are in `mtree`; they are of files, not of the package, and are not kept.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

use crate::annotate::{self, ORIGIN, SOURCE_PACKAGE, text};
use crate::control::split_line;
use crate::distribution::{Distributions, keep_release, root_of};
use crate::relations::{self, Relations};

/// Reads the local database of pacman.
pub(in crate::formats) struct Alpm;

const PLACE: &str = "var/lib/pacman/local";

/// The sections of a file, in the order of their names.
pub(in crate::formats) struct Sections<'a>(BTreeMap<&'a [u8], Section<'a>>);

struct Section<'a> {
    line: u32,
    values: Vec<&'a [u8]>,
}

impl<'a> Sections<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        let mut sections: BTreeMap<&[u8], Section<'_>> = BTreeMap::new();
        let mut open: Option<&[u8]> = None;
        let (mut rest, mut number) = (bytes, 0_u32);
        while let Some((line, after)) = split_line(rest) {
            rest = after;
            number = number.saturating_add(1);
            let line = line.trim_ascii();
            let name = line.strip_prefix(b"%").and_then(|line| line.strip_suffix(b"%")).filter(|name| !name.is_empty());
            if line.is_empty() {
                open = None;
            } else if let Some(name) = name.filter(|_| open.is_none()) {
                open = Some(name);
                sections.entry(name).or_insert_with(|| Section { line: number, values: Vec::new() });
            } else if let Some(section) = open.and_then(|open| sections.get_mut(open)) {
                section.values.push(line);
            }
        }
        Self(sections)
    }

    fn all(&self, name: &str) -> &[&'a [u8]] {
        self.0.get(name.as_bytes()).map(|section| section.values.as_slice()).unwrap_or_default()
    }

    fn first(&self, name: &str) -> Option<std::borrow::Cow<'a, str>> {
        self.all(name).first().and_then(|value| text(value))
    }

    fn line(&self, name: &str) -> u32 {
        self.0.get(name.as_bytes()).map(|section| section.line).unwrap_or_default()
    }
}

impl Extractor for Alpm {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/alpm")
    }

    fn about(&self) -> About {
        About {
            title: "pacman local database (Arch Linux, MSYS2)",
            specification: "https://man.archlinux.org/man/alpm-db-desc.5",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("var/lib/pacman/local/*/desc"),
            Interest::Path("var/lib/pacman/local/*/files"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let sections = Sections::read(&bytes);
        if file.path().name() == b"files" {
            let paths = sections.all("FILES").iter().filter(|path| !path.ends_with(b"/"));
            out.keep(paths.copied().collect::<Vec<_>>().join(&0));
            return Ok(());
        }
        out.rooted_at(PLACE);
        let line = sections.line("NAME");
        let (Some(name), Some(version)) = (sections.first("NAME"), sections.first("VERSION")) else {
            return Err(ExtractError::malformed("package without a %NAME% or %VERSION%"));
        };
        let base = sections.first("BASE");
        let purl = Purl::builder("alpm", name.clone())
            .namespace("arch")
            .version(version.clone())
            .qualifier("arch", sections.first("ARCH").unwrap_or_default())
            .qualifier("upstream", base.clone().filter(|base| *base != name).unwrap_or_default());
        let Some(purl) = out.purl(purl, line) else { return Ok(()) };
        let mut component = Component::from_purl(purl);
        component.description = sections.first("DESC").map(Into::into);
        component.supplier = sections.first("PACKAGER").filter(|who| who != "Unknown Packager").map(Into::into);
        annotate::license(&mut component, sections.all("LICENSE").iter().filter_map(|license| text(license)));
        annotate::refer(&mut component, ReferenceKind::Website, sections.first("URL"));
        annotate::property(&mut component, SOURCE_PACKAGE, base);
        annotate::property(&mut component, ORIGIN, sections.first("INSTALLED_DB"));
        let package = out.component(component, line);
        if sections.first("REASON").is_none_or(|reason| reason == "0") {
            out.direct(package, Scope::Runtime);
        }
        out.keep(relations_of(&sections).into_kept());
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).settle(files, |_| PLACE);
        for list in files.named("files") {
            let Some(description) = files.find_beside(list, "desc") else { continue };
            let paths = files.take_kept(list);
            let Some(package) = files.components(description).next().map(|(handle, _)| handle) else { continue };
            let Some(mut sink) = files.sink(description) else { continue };
            paths.split(|&byte| byte == 0).for_each(|path| sink.owns(package.component, path));
        }
        relations::link(files, b"any", |path| path.ends_with(b"/desc").then(|| root_of(path, PLACE).to_vec()));
    }
}

fn relations_of(sections: &Sections<'_>) -> Relations {
    let mut relations = Relations::default();
    sections.all("NAME").first().iter().for_each(|name| relations.name(name));
    sections.all("PROVIDES").iter().for_each(|name| relations.provide(bare(name)));
    sections.all("DEPENDS").iter().for_each(|name| relations.need(bare(name), Scope::Runtime));
    sections.all("OPTDEPENDS").iter().for_each(|name| relations.need(bare(name), Scope::Optional));
    relations
}

/// The name in `glibc>=2.38`, `libcurl.so=4-64` or `python: for scripts`.
pub(in crate::formats) fn bare(relation: &[u8]) -> &[u8] {
    let end = relation.iter().position(|byte| matches!(byte, b'<' | b'>' | b'=' | b':'));
    relation.get(..end.unwrap_or(relation.len())).unwrap_or_default().trim_ascii()
}
