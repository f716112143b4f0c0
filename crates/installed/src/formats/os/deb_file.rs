//! Debian package files (`.deb`, `.udeb`) and those of opkg (`.ipk`): `control` in `control.tar.*` in an `ar` archive, or
//! for older `.ipk` in a tar archive. `deb(5)`, <https://openwrt.org/docs/guide-developer/packages>
//!
//! - `ar` has a header of 60 bytes for each member; names may end with `/`, and members start at even offsets.
//! - A file in the cache of apt belongs to the distribution that the cache is in; of others nothing is known.

use std::ops::Range;

use plimsoll_extract::prelude::*;

use super::dpkg::control;
use crate::distribution::{Distributions, keep_release};
use crate::package_file::{MAX_METADATA, emit, head, link, member};

/// Reads Debian and opkg package files.
pub(in crate::formats) struct DebFile;

const AR: &[u8; 8] = b"!<arch>\n";
/// Bytes of the header of a member (`ar(5)`).
const AR_HEADER: u64 = 60;
/// `debian-binary`, `control.tar`, `data.tar` and at most a few signatures.
const MAX_MEMBERS: usize = 16;

/// Where package managers keep what they downloaded.
const CACHES: [&str; 2] = ["var/cache/apt/archives", "var/cache/opkg"];

impl Extractor for DebFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/deb-file")
    }

    fn about(&self) -> About {
        About {
            title: "Debian and opkg package files (.deb, .udeb, .ipk)",
            specification: "https://manpages.debian.org/deb.5",
            facts: &[Fact::Edges, Fact::Hashes, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Suffix(".deb"),
            Interest::Suffix(".udeb"),
            Interest::Suffix(".ipk"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        if file.is_empty() {
            return Err(ExtractError::Truncated { message: "the package file is empty".into() });
        }
        let is_control = |name: &[u8]| name == b"control";
        let found = if head(file)? == *AR {
            let range = control_of_ar(file)?.ok_or_else(|| ExtractError::malformed("no control.tar in the package"))?;
            member(file, range, usize::MAX, is_control)?
        } else {
            // An older `.ipk`: tar in tar.
            let outer = member(file, 0..file.len(), MAX_MEMBERS, |name| name.starts_with(b"control.tar"))?;
            let inner = outer.map(|(_, bytes)| bytes).unwrap_or_default();
            let inner = inner.as_slice();
            let path = file.path();
            member(&File::new(path, None, &inner, file.budget()), 0..MAX_METADATA, usize::MAX, is_control)?
        };
        let Some((_, bytes)) = found else { return Err(ExtractError::malformed("no control file in the package")) };
        let Some((component, _, relations)) = control(&bytes, out) else { return Ok(()) };
        let component = if file.path().name().ends_with(b".ipk") { as_opkg(component) } else { component };
        emit(component, file, b"control", relations, out);
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).settle_some(files, |path| {
            CACHES.into_iter().find(|cache| memchr::memmem::find(path, cache.as_bytes()).is_some())
        });
        link(files, b"all");
    }
}

/// Where the compressed `control.tar` lies in an `ar` archive.
fn control_of_ar(file: &File<'_>) -> Result<Option<Range<u64>>, ExtractError> {
    let mut at = AR.len() as u64;
    for _ in 0..MAX_MEMBERS {
        let Ok(header) = file.range(at, AR_HEADER) else { break };
        let field = |range: Range<usize>| header.get(range).unwrap_or_default().trim_ascii();
        let size = std::str::from_utf8(field(48..58)).ok().and_then(|size| size.parse::<u64>().ok());
        let size = size.ok_or_else(|| ExtractError::malformed("the size of an ar member is not a number"))?;
        let start = at.saturating_add(AR_HEADER);
        let end = start.saturating_add(size);
        if field(0..16).starts_with(b"control.tar") {
            return Ok(Some(start..end));
        }
        at = end.saturating_add(size & 1);
    }
    Ok(None)
}

/// The same package under the type of opkg.
fn as_opkg(component: Component) -> Component {
    let Some(purl) = &component.purl else { return component };
    let mut builder = Purl::builder("opkg", purl.name()).version(purl.version().unwrap_or_default());
    for (key, value) in purl.qualifiers().filter(|(key, _)| *key == "arch") {
        builder = builder.qualifier(key, value);
    }
    let purl = builder.build().ok().or_else(|| component.purl.clone());
    Component { purl, ..component }
}
