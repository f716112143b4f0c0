//! The package databases of rpm: `Packages` (Berkeley DB), `Packages.db` (NDB) and `rpmdb.sqlite`.
//! <https://rpm-software-management.github.io/rpm/manual/tags.html>
//!
//! What surprises:
//! - The epoch is a qualifier of the package URL and no part of its version (purl-spec, `rpm`).
//! - Public keys that rpm trusts are entries called `gpg-pubkey`. They are not packages.
//! - `Requires` names capabilities, files (`/bin/sh`) and, since rpm 4.13, boolean expressions (`(a if b)`), of which
//!   every installed operand that is not a condition gets an edge. `rpmlib(…)` asks for features of rpm itself.
//! - What a package recommends or suggests, and is there, gets an edge of optional scope.
//! - The digests in the database are of the header, or of header and payload together, never of the package file; they
//!   are properties, not hashes.

mod package;
mod requires;

use plimsoll_extract::prelude::*;

use crate::distribution::{Distributions, keep_release};
use crate::faults::Faults;
use crate::rpm::header::Header;
use crate::rpm::{Item, read};
use package::{Package, is_key};
use requires::{link, needed_files};

pub(in crate::formats) use package::component;
pub(in crate::formats) use requires::of as requirements;

/// Reads the databases of rpm.
pub(in crate::formats) struct Rpm;

/// Where the database lies below the root of its file system: since ever; SUSE and Fedora 36 and later; rpm-ostree.
const PLACES: [&str; 3] = ["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"];

/// The log beside an SQLite file that holds what is not yet in it.
const LOG: &[u8] = b"rpmdb.sqlite-wal";

impl Extractor for Rpm {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/rpm")
    }

    fn about(&self) -> About {
        About {
            title: "rpm databases: SQLite, NDB, Berkeley DB",
            specification: "https://rpm-software-management.github.io/rpm/manual/tags.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("var/lib/rpm/Packages"),
            Interest::Path("var/lib/rpm/Packages.db"),
            Interest::Path("var/lib/rpm/rpmdb.sqlite"),
            Interest::Path("var/lib/rpm/rpmdb.sqlite-wal"),
            Interest::Path("usr/lib/sysimage/rpm/Packages"),
            Interest::Path("usr/lib/sysimage/rpm/Packages.db"),
            Interest::Path("usr/lib/sysimage/rpm/rpmdb.sqlite"),
            Interest::Path("usr/lib/sysimage/rpm/rpmdb.sqlite-wal"),
            Interest::Path("usr/share/rpm/Packages"),
            Interest::Path("usr/share/rpm/Packages.db"),
            Interest::Path("usr/share/rpm/rpmdb.sqlite"),
            Interest::Path("usr/share/rpm/rpmdb.sqlite-wal"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        if file.path().name() == LOG {
            crate::sqlite::report_log(file.len(), out);
            return Ok(());
        }
        // rpm leaves empty files of the formats that it does not use.
        if file.is_empty() {
            return Ok(());
        }
        extract(&file.bytes()?, place_of(file.path().as_bytes()), out)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).settle(files, place_of);
    }
}

fn place_of(path: &[u8]) -> &'static str {
    let directory = path.rsplitn(2, |&byte| byte == b'/').nth(1).unwrap_or_default();
    PLACES.into_iter().find(|place| directory.ends_with(place.as_bytes())).unwrap_or("var/lib/rpm")
}

/// Reads the database twice: which of its very many paths matter to edges is known only at its end.
fn extract(bytes: &[u8], place: &str, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    out.rooted_at(place);
    let mut needed = std::collections::HashSet::new();
    read(bytes, &mut |item| {
        if let Item::Blob { bytes, .. } = item
            && let Some(header) = Header::parse(&bytes)
        {
            needed_files(&header, &mut needed);
        }
    })?;
    let mut faults = Faults::default();
    let mut packages: Vec<Package> = Vec::new();
    read(bytes, &mut |item| match item {
        Item::Fault { span, message } => faults.entry(out, span, message),
        Item::Blob { span, bytes } => match Header::parse(&bytes) {
            Some(header) if is_key(&header) => {}
            Some(header) => match component(&header) {
                Ok(component) => {
                    let at = out.observed(component, Observation { span: Some(span), ..Observation::default() });
                    let package = Package::read(at, &header, bytes.len(), &needed, out);
                    if package.has_cut_files {
                        faults.entry(out, span, "paths of a package are too long; not all of its files are known");
                    }
                    packages.push(package);
                }
                Err(message) => faults.entry(out, span, message),
            },
            None => faults.entry(out, span, "the header of a package does not fit into its entry; left out"),
        },
    })?;
    link(&packages, out);
    Ok(())
}
