//! The database of pkgtools (Slackware): one file a package in `var/lib/pkgtools/packages`, or in `var/log/packages`
//! before Slackware 15. <http://www.slackware.com/config/packages.php>
//!
//! The file is called `NAME-VERSION-ARCHITECTURE-BUILD`, where only the name may hold hyphens, and starts with
//! `PACKAGE NAME:`, which says the same. It knows no dependencies. The paths after `FILE LIST:` include directories.

use plimsoll_extract::prelude::*;

use crate::annotate::{self, ORIGIN, text};
use crate::control::split_line;
use crate::distribution::{Distributions, keep_release};

/// Reads the database of pkgtools.
pub(in crate::formats) struct Slackware;

const PLACES: [&str; 2] = ["var/lib/pkgtools/packages", "var/log/packages"];

impl Extractor for Slackware {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/slackware")
    }

    fn about(&self) -> About {
        About {
            title: "pkgtools database (Slackware)",
            specification: "http://www.slackware.com/config/packages.php",
            facts: &[Fact::SourceUrl, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("var/lib/pkgtools/packages/*"),
            Interest::Path("var/log/packages/*"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let Some(full) = bytes.strip_prefix(b"PACKAGE NAME:").and_then(split_line).and_then(|(line, _)| text(line))
        else {
            // Other things may lie in a directory called packages.
            return Ok(());
        };
        out.rooted_at(place_of(file.path().as_bytes()));
        let mut parts = full.rsplitn(4, '-');
        let (build, architecture) = (parts.next(), parts.next());
        let (Some(build), Some(architecture), Some(version), Some(name)) =
            (build, architecture, parts.next(), parts.next())
        else {
            return Err(ExtractError::malformed_at(1, format!("{full:?} is not NAME-VERSION-ARCHITECTURE-BUILD")));
        };
        let purl = Purl::builder("generic", name)
            .namespace("slackware")
            .version(format!("{version}-{build}"))
            .qualifier("arch", architecture);
        let Some(purl) = out.purl(purl, 1) else { return Ok(()) };
        let mut component = Component { group: None, ..Component::from_purl(purl) };
        let list = describe(&bytes, name, &mut component);
        let package = out.component(component, 1);
        own(list, |path| out.owns(package, path));
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).qualify(files, place_of);
    }
}

fn place_of(path: &[u8]) -> &'static str {
    let [new, old] = PLACES;
    if memchr::memmem::find(path, old.as_bytes()).is_some() { old } else { new }
}

/// Reads the fields before the list of files, and gives that list.
fn describe<'a>(bytes: &'a [u8], name: &str, component: &mut Component) -> &'a [u8] {
    let mut rest = bytes;
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        if line.starts_with(b"FILE LIST:") {
            break;
        }
        if let Some(location) = line.strip_prefix(b"PACKAGE LOCATION:") {
            annotate::property(component, ORIGIN, text(location));
        }
        // The description is lines of `NAME: text`; the first is `name (what it is)`.
        let words = line.strip_prefix(name.as_bytes()).and_then(|line| line.strip_prefix(b":")).and_then(text);
        if let (None, Some(words)) = (&component.description, words) {
            let inner = words.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')'));
            component.description = Some(inner.unwrap_or(&words).into());
        }
    }
    rest
}

fn own(list: &[u8], mut each: impl FnMut(&[u8])) {
    let mut rest = list;
    while let Some((path, after)) = split_line(rest) {
        rest = after;
        if !path.is_empty() && !path.ends_with(b"/") {
            each(path);
        }
    }
}
