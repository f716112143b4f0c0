//! `Cargo.lock`, versions 1 to 4, joined with the `Cargo.toml` files of its workspace.
//! <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>; the encoding is only described in cargo's own
//! `core/resolver/encode.rs`.
//!
//! - A dependency is `name`, `name version` or `name version (source)`: as much as it takes to be unambiguous. The source
//!   there has no commit (`#…`), that of the package has.
//! - A package without `source` is local: a workspace member or a path dependency. No registry knows it, so no purl.
//! - Version 1 has the checksums in `[metadata]`, and may have the project in `[root]`.
//! - The lock does not tell normal, build and development dependencies apart. The manifests do, for what the workspace
//!   itself needs; what the packages of a registry need, they need as much as they are needed themselves.
//! - Where there is no lock, the ranges of the manifests are all that is known.
//! - A lock without manifests is complete in itself: every entry of it is reported.

mod lock;
mod manifest;
mod source;
mod unlocked;
mod workspace;

use plimsoll_extract::prelude::*;

/// Reads `Cargo.lock` and `Cargo.toml`.
pub(crate) struct CargoLock;

impl Extractor for CargoLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("rust/cargo-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Cargo.lock 1 to 4, with Cargo.toml",
            specification: "https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("Cargo.lock"), Interest::Name("Cargo.toml")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (document, fault) = syntax::toml::parse_partial(&text, file.budget().limits());
        if file.path().name() == b"Cargo.toml" {
            manifest::keep(document.root(), out);
        } else {
            lock::read(document.root(), file.path(), fault.is_none(), out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        workspace::join(files);
    }
}

#[cfg(test)]
mod tests;
