//! The packing lists of OpenBSD packages and of NetBSD's pkgsrc: `+CONTENTS` in one directory a package below
//! `var/db/pkg` or `usr/pkg/pkgdb`. <https://man.openbsd.org/package.5>, <https://man.netbsd.org/pkg_create.1>
//!
//! - Lines are paths, relative to the last `@cwd`, and `@` words. The name is `STEM-VERSION`, where the version starts after
//!   the last hyphen that a digit follows; OpenBSD may add flavours: `vim-9.0-no_x11`.
//! - OpenBSD needs `PKGPATH:PATTERN:PACKAGE` (`@depend`), pkgsrc a pattern (`@pkgdep`) and what was there while building
//!   (`@blddep`), which names the exact package that satisfies the pattern.
//! - Licence and home page of pkgsrc are in `+BUILD_INFO`; OpenBSD keeps no licence.

use plimsoll_extract::prelude::*;

use crate::annotate::{self, ORIGIN, text};
use crate::control::split_line;
use crate::relations::{self, Relations};

/// Reads packing lists.
pub(in crate::formats) struct BsdPackages;

const PLACES: [&str; 4] = ["usr/pkg/pkgdb", "opt/pkg/pkgdb", "usr/pkg/var/db/pkg", "var/db/pkg"];

/// A directory is written once and used by many files. Paths together longer than this many times the list are made to
/// fill memory.
const MAX_EXPANSION: usize = 32;

/// Longer paths do not exist (`PATH_MAX` of both is 1024).
const MAX_PATH: usize = 4096;

impl Extractor for BsdPackages {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/bsd-packages")
    }

    fn about(&self) -> About {
        About {
            title: "packing lists (OpenBSD, NetBSD pkgsrc)",
            specification: "https://man.openbsd.org/package.5",
            facts: &[Fact::Edges, Fact::License, Fact::SourceUrl, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("+CONTENTS"), Interest::Name("+BUILD_INFO"), Interest::Name("+COMMENT")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        if file.path().name() != b"+CONTENTS" {
            out.keep(bytes.get(..MAX_INFO).unwrap_or(&bytes));
            return Ok(());
        }
        if let Some(place) =
            PLACES.into_iter().find(|place| memchr::memmem::find(file.path().as_bytes(), place.as_bytes()).is_some())
        {
            out.rooted_at(place);
        }
        let list = PackingList::read(&bytes);
        let Some((name, version)) = list.name.and_then(split_package) else {
            return Err(ExtractError::malformed("packing list without a @name that has a version"));
        };
        let lossy = String::from_utf8_lossy;
        let namespace = if list.is_pkgsrc { "pkgsrc" } else { "openbsd" };
        let purl = Purl::builder("generic", lossy(name))
            .namespace(namespace)
            .version(lossy(version))
            .qualifier("arch", list.architecture.and_then(text).filter(|found| found != "*").unwrap_or_default());
        let Some(purl) = out.purl(purl, list.line) else { return Ok(()) };
        let mut component = Component { group: None, ..Component::from_purl(purl) };
        annotate::property(&mut component, ORIGIN, list.path.and_then(text));
        let package = out.component(component, list.line);
        if list.was_chosen {
            out.direct(package, Scope::Runtime);
        }
        let mut spare = bytes.len().saturating_mul(MAX_EXPANSION);
        owned(&bytes, |path| {
            spare = spare.saturating_sub(path.len());
            if spare > 0 {
                out.owns(package, path);
            }
        });
        if spare == 0 {
            out.malformed_entry(list.line, "paths of the package are too long; not all are known");
        }
        let mut relations = list.relations;
        relations.name(name);
        relations.provide(list.name.unwrap_or_default());
        out.keep(relations.into_kept());
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for contents in files.named("+CONTENTS") {
            let Some(package) = files.components(contents).next().map(|(handle, _)| handle) else { continue };
            let kept = |files: &Resolver<'_>, name: &str| {
                files.find_beside(contents, name).map(|file| files.kept(file).to_vec()).unwrap_or_default()
            };
            let (info, comment) = (kept(files, "+BUILD_INFO"), kept(files, "+COMMENT"));
            let Some(component) = files.get_mut(package) else { continue };
            component.description = text(&comment).map(Into::into);
            let mut rest = info.as_slice();
            while let Some((line, after)) = split_line(rest) {
                rest = after;
                match line.split_once_at(b'=') {
                    Some((b"LICENSE", value)) => annotate::license(component, text(value)),
                    Some((b"HOMEPAGE", value)) => annotate::refer(component, ReferenceKind::Website, text(value)),
                    Some((b"PKGPATH", value)) => annotate::property(component, ORIGIN, text(value)),
                    _ => {}
                }
            }
        }
        relations::link(files, b"", |path| {
            path.ends_with(b"/+CONTENTS")
                .then(|| path.rsplitn(3, |&byte| byte == b'/').nth(2).unwrap_or_default().to_vec())
        });
    }
}

/// Longer files of build information are cut.
const MAX_INFO: usize = 64 << 10;

/// `split_once` of slices.
trait SplitOnce {
    fn split_once_at(&self, at: u8) -> Option<(&[u8], &[u8])>;
}

impl SplitOnce for [u8] {
    fn split_once_at(&self, at: u8) -> Option<(&[u8], &[u8])> {
        let place = memchr::memchr(at, self)?;
        Some((self.get(..place)?, self.get(place.saturating_add(1)..)?))
    }
}

/// What a packing list says about its package.
#[derive(Default)]
struct PackingList<'a> {
    name: Option<&'a [u8]>,
    line: u32,
    architecture: Option<&'a [u8]>,
    path: Option<&'a [u8]>,
    is_pkgsrc: bool,
    was_chosen: bool,
    relations: Relations,
}

impl<'a> PackingList<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        let mut list = Self::default();
        let (mut rest, mut number) = (bytes, 0_u32);
        while let Some((line, after)) = split_line(rest) {
            rest = after;
            number = number.saturating_add(1);
            let Some((word, value)) = line.strip_prefix(b"@").and_then(|line| line.split_once_at(b' ')) else {
                list.was_chosen |= line == b"@option manual-installation";
                continue;
            };
            list.field(word, value.trim_ascii(), number);
        }
        list
    }

    fn field(&mut self, word: &[u8], value: &'a [u8], number: u32) {
        match word {
            b"name" => (self.name, self.line) = (Some(value), number),
            b"arch" => self.architecture = Some(value),
            b"comment" => {
                let path = value.strip_prefix(b"pkgpath=").map(|path| path.split(u8::is_ascii_whitespace).next());
                self.path = self.path.or(path.flatten());
                self.is_pkgsrc |= value.starts_with(b"MD5:") || value.starts_with(b"$NetBSD");
            }
            b"option" => self.was_chosen |= value == b"manual-installation",
            b"depend" => {
                let package = value.rsplit(|&byte| byte == b':').next();
                self.relations.need(package.and_then(split_package).map_or(&[], |(name, _)| name), Scope::Runtime);
            }
            b"pkgdep" => {
                self.is_pkgsrc = true;
                let pattern = value.strip_prefix(b"{").unwrap_or(value);
                let end = pattern.iter().position(|byte| matches!(byte, b'<' | b'>' | b'=' | b'[' | b'*' | b'{'));
                let name = match end {
                    Some(end) => pattern.get(..end).map(|name| name.strip_suffix(b"-").unwrap_or(name)),
                    None => split_package(pattern).map(|(name, _)| name),
                };
                self.relations.need(name.unwrap_or(pattern), Scope::Runtime);
            }
            b"blddep" => self.is_pkgsrc = true,
            _ => {}
        }
    }
}

/// `STEM-VERSION[-FLAVOUR]`.
fn split_package(full: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = full.len();
    loop {
        at = full.get(..at)?.iter().rposition(|&byte| byte == b'-')?;
        let after = full.get(at.saturating_add(1)..)?;
        if after.first().is_some_and(u8::is_ascii_digit) {
            return Some((full.get(..at).filter(|name| !name.is_empty())?, after));
        }
    }
}

/// The paths of a list.
fn owned(bytes: &[u8], mut each: impl FnMut(&[u8])) {
    let mut directory: &[u8] = b"/usr/local";
    let mut path = Vec::new();
    let mut rest = bytes;
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        let name = match line.strip_prefix(b"@").and_then(|line| line.split_once_at(b' ')) {
            Some((b"cwd", value)) => {
                directory = value.trim_ascii();
                continue;
            }
            Some((b"bin" | b"lib" | b"so" | b"man" | b"info" | b"shell" | b"file" | b"static-lib", value)) => value,
            Some(_) => continue,
            None if line.starts_with(b"@") || line.starts_with(b"+") || line.ends_with(b"/") => continue,
            None => line,
        };
        // The path is written out for each file: a hostile directory name is not to be multiplied.
        if !name.is_empty() && directory.len().saturating_add(name.len()) <= MAX_PATH {
            path.clear();
            path.extend_from_slice(directory);
            path.push(b'/');
            path.extend_from_slice(name);
            each(&path);
        }
    }
}
