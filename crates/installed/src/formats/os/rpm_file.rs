//! RPM package files (`.rpm`): a lead, a signature header, and the header that a database holds too.
//! <https://rpm-software-management.github.io/rpm/manual/format_v4.html>
//!
//! - The signature is padded to 8 bytes; the header follows. Version 6 of the format keeps the shape.
//! - A source package (`.src.rpm`, tag 1106) says the architecture that it was made on; `src` is what it is for.

use plimsoll_extract::prelude::*;

use super::rpm::{component, requirements};
use crate::distribution::{Distributions, keep_release};
use crate::package_file::{digest, head, link};
use crate::relations::Relations;
use crate::rpm::header::{Header, Tag};

/// Reads RPM package files.
pub(in crate::formats) struct RpmFile;

const LEAD_MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];
/// Bytes of the lead.
const LEAD: u64 = 96;
const HEADER_MAGIC: [u8; 3] = [0x8e, 0xad, 0xe8];
/// Magic, version and reserved bytes before a header.
const INTRODUCTION: u64 = 8;
/// The limit of rpm itself (`hdrblobRead`).
const MAX_HEADER: u64 = 256 << 20;

/// Where package managers keep what they downloaded.
const CACHES: [&str; 4] = ["var/cache/dnf", "var/cache/yum", "var/cache/zypp", "var/cache/libdnf5"];

impl Extractor for RpmFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/rpm-file")
    }

    fn about(&self) -> About {
        About {
            title: "RPM package files (.rpm)",
            specification: "https://rpm-software-management.github.io/rpm/manual/format_v4.html",
            facts: &[Fact::Edges, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".rpm"), Interest::Path("etc/os-release"), Interest::Path("usr/lib/os-release")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        if head(file)? != LEAD_MAGIC {
            return Err(ExtractError::malformed("no lead of an RPM package"));
        }
        let (_, length) = header_at(file, LEAD)?;
        let at = LEAD.saturating_add(length).next_multiple_of(8);
        let (bytes, _) = header_at(file, at)?;
        let header = Header::parse(&bytes).ok_or_else(|| ExtractError::malformed("the header is broken"))?;
        let mut component = component(&header).map_err(ExtractError::malformed)?;
        if header.string(Tag::SOURCE_RPM).is_none() && header.numbers(Tag::SOURCE_PACKAGE).next() == Some(1) {
            component.purl = component.purl.take().map(as_source);
        }
        component.hashes.extend(digest(file));
        let span = Some(Span::Bytes { offset: at, length: bytes.len() as u64 });
        out.observed(component, Observation { span, ..Observation::default() });
        let mut relations = Relations::default();
        relations.name(header.string(Tag::NAME).unwrap_or_default());
        relations.architecture(header.string(Tag::ARCHITECTURE).unwrap_or_default());
        header.strings(Tag::PROVIDE_NAME).for_each(|name| relations.provide(name));
        requirements(&header).split(|&byte| byte == 0).for_each(|name| relations.need(name, Scope::Runtime));
        out.keep(relations.into_kept());
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).settle_some(files, |path| {
            CACHES.into_iter().find(|cache| memchr::memmem::find(path, cache.as_bytes()).is_some())
        });
        link(files, b"noarch");
    }
}

/// A header with its index and store, without its magic, and how long it is with it.
fn header_at(file: &File<'_>, at: u64) -> Result<(Vec<u8>, u64), ExtractError> {
    let start = file.range(at, INTRODUCTION.saturating_mul(2))?;
    if !start.starts_with(&HEADER_MAGIC) {
        return Err(ExtractError::malformed("no header where one must be"));
    }
    let number = |at: usize| crate::bytes::u32_be(&start, at).map(u64::from).unwrap_or_default();
    // The index has 16 bytes an entry.
    let length = number(8).saturating_mul(16).saturating_add(number(12)).saturating_add(INTRODUCTION);
    if length > MAX_HEADER || at.saturating_add(length) > file.len() {
        return Err(ExtractError::malformed("a header is longer than the file"));
    }
    let bytes = file.range(at.saturating_add(INTRODUCTION), length)?;
    Ok((bytes, length.saturating_add(INTRODUCTION)))
}

fn as_source(purl: Purl) -> Purl {
    let mut builder = Purl::builder("rpm", purl.name())
        .namespace(purl.namespace().unwrap_or_default())
        .version(purl.version().unwrap_or_default())
        .qualifier("arch", "src");
    for (key, value) in purl.qualifiers().filter(|(key, _)| *key != "arch") {
        builder = builder.qualifier(key, value);
    }
    builder.build().unwrap_or(purl)
}
