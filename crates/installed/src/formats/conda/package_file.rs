//! Conda package files: `.conda` (a zip archive with `info-*.tar.zst`) and `.tar.bz2`.
//! <https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/packages.html>
//!
//! - `info/index.json` has the identity and what the package needs, as `NAME [VERSION [BUILD]]`; `info/about.json` has
//!   addresses and the description. In a `.tar.bz2` they come before the files.
//! - Of the many files that end in `.tar.bz2` those are looked at that lie where conda keeps packages.

use std::ops::{ControlFlow, Range};

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use syntax::conda::{self, Archive};
use syntax::json::{Loose, Text, fill};
use zip::Zip;

use crate::annotate;
use crate::package_file::{MAX_METADATA, emit, link};
use crate::relations::Relations;

/// Reads conda package files.
pub(crate) struct PackageFile;

/// Members of an archive before which the metadata must come.
const MAX_MEMBERS: usize = 256;

const INDEX: &[u8] = b"info/index.json";

loose_object! {
    struct Index<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "build" => build: Text<'a>,
        "subdir" => subdir: Text<'a>,
        "license" => license: Text<'a>,
        "depends" => depends: Vec<Loose<Text<'a>>>,
    }
}

loose_object! {
    struct AboutPackage<'a> {
        "home" => home: Text<'a>,
        "dev_url" => repository: Text<'a>,
        "summary" => summary: Text<'a>,
    }
}

impl Extractor for PackageFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("conda/package-file")
    }

    fn about(&self) -> About {
        About {
            title: "conda package files (.conda, .tar.bz2)",
            specification: "https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/packages.html",
            facts: &[Fact::Edges, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Suffix(".conda"),
            Interest::Path("pkgs/*-*-*.tar.bz2"),
            Interest::Path("noarch/*-*-*.tar.bz2"),
            Interest::Path("linux-*/*-*-*.tar.bz2"),
            Interest::Path("osx-*/*-*-*.tar.bz2"),
            Interest::Path("win-*/*-*-*.tar.bz2"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let metadata = if file.path().name().ends_with(b".conda") {
            let Some(bytes) = info_archive(file, out)? else { return Ok(()) };
            let bytes = bytes.as_slice();
            read(&bytes, 0..MAX_METADATA.saturating_mul(16), file)?
        } else {
            read(file.body(), 0..file.len(), file)?
        };
        let Some(index) = metadata.index else {
            return Err(ExtractError::malformed("no info/index.json in the package"));
        };
        package(&index, metadata.about.as_deref().unwrap_or_default(), file, out)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        link(files, b"");
    }
}

/// The `info-*.tar.zst` of a `.conda` file.
fn info_archive(file: &File<'_>, out: &mut Sink<'_>) -> Result<Option<Vec<u8>>, ExtractError> {
    let archive = match Zip::open(file.body(), file.budget()) {
        Ok(archive) => archive,
        Err(error) => {
            out.diagnose(error.code(), 0, error.to_string());
            return Ok(None);
        }
    };
    let entry = archive.entries().find(|entry| entry.name().starts_with(b"info-"));
    let Some(entry) = entry else { return Err(ExtractError::malformed("no info archive in the package")) };
    match entry.read(file.budget().limits().member_bytes) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) => {
            out.diagnose(error.code(), 0, error.to_string());
            Ok(None)
        }
    }
}

#[derive(Default)]
struct Metadata {
    index: Option<Vec<u8>>,
    about: Option<Vec<u8>>,
}

fn read(body: &dyn Body, range: Range<u64>, file: &File<'_>) -> Result<Metadata, ExtractError> {
    let stream = packed::decompressed(body, range, file.budget())?;
    let mut metadata = Metadata::default();
    let mut seen = 0_usize;
    packed::tar_members(stream, file.budget(), &mut |mut member| {
        seen = seen.saturating_add(1);
        match member.name() {
            INDEX => metadata.index = Some(member.read(MAX_METADATA)?),
            b"info/about.json" => metadata.about = Some(member.read(MAX_METADATA)?),
            _ => {}
        }
        let is_done = metadata.index.is_some() && metadata.about.is_some() || seen >= MAX_MEMBERS;
        Ok(if is_done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(metadata)
}

fn package(bytes: &[u8], about: &[u8], file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let limits = file.budget().limits();
    let mut root: Loose<Index<'_>> = Loose::default();
    let outcome = fill(bytes, limits, &mut root);
    let named = root.get().and_then(|index| Some((index, index.name.as_str()?, index.version.as_str()?)));
    let Some((index, name, version)) = named else {
        outcome?;
        return Err(ExtractError::malformed("info/index.json without a name and a version"));
    };
    let kind = if file.path().name().ends_with(b".conda") { "conda" } else { "tar.bz2" };
    let archive = Archive {
        name,
        version,
        build: index.build.as_str().unwrap_or_default(),
        subdir: index.subdir.as_str().unwrap_or_default(),
        kind,
        channel: "",
    };
    let purl = conda::purl(&archive);
    let Some(purl) = out.purl(purl, 0) else { return Ok(()) };
    let mut component = Component::from_purl(purl);
    annotate::license(&mut component, index.license.as_str());
    let mut described: Loose<AboutPackage<'_>> = Loose::default();
    // What is broken here costs a description only.
    if fill(about, limits, &mut described).is_ok()
        && let Some(about) = described.get()
    {
        component.description = about.summary.as_str().map(Into::into);
        annotate::refer(&mut component, ReferenceKind::Website, about.home.as_str());
        annotate::refer(&mut component, ReferenceKind::Vcs, about.repository.as_str());
    }
    let mut relations = Relations::default();
    relations.name(name.as_bytes());
    for dependency in index.depends.items().iter().filter_map(Loose::as_str) {
        relations.need(conda::spec_name(dependency).as_bytes(), Scope::Runtime);
    }
    emit(component, file, INDEX, relations, out);
    outcome.map_err(Into::into)
}
