//! The package database of dpkg: `var/lib/dpkg/status`, and one file a package below `status.d` in distroless images.
//! <https://www.debian.org/doc/debian-policy/ch-controlfields.html>, `dpkg(1)`, `deb-control(5)`
//!
//! What surprises:
//! - The database also lists what is gone. Only packages whose files are there are reported: states `installed`,
//!   `unpacked`, `half-configured`, `triggers-awaited` and `triggers-pending`; not `config-files` (removed, not purged),
//!   `half-installed` and `not-installed`.
//! - `Depends: a | b` is satisfied by either. Every alternative that is installed gets an edge: which of them the
//!   package uses is not recorded. A name that is no installed package is a virtual one, and stands for those that
//!   `Provides` it. `Pre-Depends` is a `Depends` that holds earlier (Debian policy §7.2), so it gives edges too;
//!   `Recommends` and `Suggests` do not.
//! - `available` is what dselect and others knew of packages, installed or not; of the very same version it has the
//!   digest of the package file, which `status` has not.
//! - A diversion (`dpkg-divert(1)`) moves a file of other packages aside: they own it where it went, and the path that it
//!   had belongs to the package that diverts it.
//! - The epoch is part of the version (purl-spec, `deb`).
//! - Licences are in `usr/share/doc/PACKAGE/copyright`, of which only the machine-readable sort is read.

mod copyright;
mod resolve;
mod status;

use plimsoll_extract::prelude::*;

pub(in crate::formats) use status::control;

use crate::distribution::keep_release;

/// Reads the dpkg database.
pub(in crate::formats) struct Dpkg;

/// Where the database lies below the root of its file system.
const PLACE: &str = "var/lib/dpkg";

/// What a file of the database is, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role<'p> {
    /// Paragraphs of packages.
    Status,
    /// The paths of the package of this name, one a line.
    List(&'p [u8]),
    /// The digests and paths of the package of this name.
    Digests(&'p [u8]),
    /// As `Digests`, for the package in the file of this name beside it.
    DistrolessDigests(&'p [u8]),
    /// Paragraphs of packages that could be installed, with the digests of their files.
    Available,
    /// Paths that a package has put aside.
    Diversions,
    /// The copyright file of the package of this name.
    Copyright(&'p [u8]),
    /// Something else.
    Other,
}

impl<'p> Role<'p> {
    fn of(path: &'p [u8]) -> Self {
        let mut parts = path.rsplit(|&byte| byte == b'/');
        let name = parts.next().unwrap_or_default();
        let directory = parts.next().unwrap_or_default();
        match directory {
            b"dpkg" if name == b"status" => Self::Status,
            b"dpkg" if name == b"available" => Self::Available,
            b"dpkg" if name == b"diversions" => Self::Diversions,
            b"status.d" => match name.strip_suffix(b".md5sums") {
                Some(package) => Self::DistrolessDigests(package),
                None => Self::Status,
            },
            package if name == b"copyright" => Self::Copyright(package),
            b"info" => match (name.strip_suffix(b".list"), name.strip_suffix(b".md5sums")) {
                (Some(package), _) => Self::List(package),
                (_, Some(package)) => Self::Digests(package),
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

impl Extractor for Dpkg {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/dpkg")
    }

    fn about(&self) -> About {
        About {
            title: "dpkg database (Debian, Ubuntu, distroless)",
            specification: "https://www.debian.org/doc/debian-policy/ch-controlfields.html",
            facts: &[
                Fact::Edges,
                Fact::Scope,
                Fact::Hashes,
                Fact::License,
                Fact::SourceUrl,
                Fact::Position,
                Fact::OwnedFiles,
            ],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("var/lib/dpkg/status"),
            Interest::Path("var/lib/dpkg/available"),
            Interest::Path("var/lib/dpkg/diversions"),
            Interest::Path("var/lib/dpkg/status.d/*"),
            Interest::Path("var/lib/dpkg/info/*.list"),
            Interest::Path("var/lib/dpkg/info/*.md5sums"),
            Interest::Path("usr/share/doc/*/copyright"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        let bytes = file.bytes()?;
        match Role::of(file.path().as_bytes()) {
            Role::Status => status::read(&bytes, out),
            Role::List(_) => out.keep(resolve::listed_files(&bytes)),
            Role::Digests(_) | Role::DistrolessDigests(_) => out.keep(resolve::digested_files(&bytes)),
            Role::Copyright(_) => out.keep(copyright::licenses(&bytes).join("\n")),
            Role::Available => out.keep(resolve::available_digests(&bytes)),
            Role::Diversions => out.keep(&*bytes),
            Role::Other => {}
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        resolve::run(files);
    }
}
