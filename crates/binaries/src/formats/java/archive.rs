//! Java archives: jar, war, ear and their kin, and the archives within them.
//! <https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html>
//!
//! Only the central directory, `pom.properties`, `pom.xml`, the manifest and nested archives are read. Several
//! `pom.properties` in one archive mean that others were shaded into it: each is a component within the archive's own.
//! Archives nest (a jar in a war in an ear, a Spring Boot jar): stored ones are read where they lie; of identical ones
//! only the first is read. Dependencies that a `pom.xml` declares become edges when their target is in the source, and so
//! does the `Class-Path` of a manifest. Archives that nothing names are one when their digests are.

mod identity;
mod indexed;
mod known_groups;
mod manifest;
mod members;
mod name;
mod plugins;
mod pom;
mod relate;
mod walk;

use plimsoll_extract::prelude::*;

use walk::Walk;

pub use indexed::IndexedJavaArchive;

/// Reads Java archives.
pub(crate) struct JavaArchive;

/// Names of archives. Some of these are also other things (`.rar`, `.par`, `.nar`, `.kar`): those are passed over.
const SUFFIXES: [&str; 13] =
    [".jar", ".war", ".ear", ".par", ".sar", ".jpi", ".hpi", ".lpkg", ".jmod", ".nar", ".rar", ".kar", ".aar"];

/// Names that are always Java archives.
const ALWAYS: [&str; 3] = [".jar", ".war", ".ear"];

impl Extractor for JavaArchive {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/archive")
    }

    fn about(&self) -> About {
        About {
            title: "Java archives, nested and shaded (jar, war, ear, par, sar, jpi, hpi, lpkg, jmod, nar, rar, kar, aar)",
            specification: "https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html",
            facts: &[Fact::Edges, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        const INTERESTS: [Interest; SUFFIXES.len()] = {
            let [a, b, c, d, e, f, g, h, i, j, k, l, m] = SUFFIXES;
            [
                Interest::Suffix(a),
                Interest::Suffix(b),
                Interest::Suffix(c),
                Interest::Suffix(d),
                Interest::Suffix(e),
                Interest::Suffix(f),
                Interest::Suffix(g),
                Interest::Suffix(h),
                Interest::Suffix(i),
                Interest::Suffix(j),
                Interest::Suffix(k),
                Interest::Suffix(l),
                Interest::Suffix(m),
            ]
        };
        &INTERESTS
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let name = file.path().name();
        let always = ALWAYS.iter().any(|suffix| name.ends_with(suffix.as_bytes()));
        if is_part_of_jdk(name) {
            return Ok(());
        }
        let mut head = [0; 4];
        let count = file.body().read_at(0, &mut head).map_err(ReadError::from)?;
        let zip = matches!(head, [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] | [b'J', b'M', 1, 0]);
        if !always && !zip {
            return Ok(());
        }
        if count == 0 {
            return Err(ExtractError::Truncated { message: "the archive is empty".into() });
        }
        let mut walk = Walk::new(file, out);
        walk.outermost();
        walk.relate();
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        finish(&relate::read(files), files);
    }
}

/// Whether a file is a module of the JDK itself: no other may have such a name (JLS §7.7.1). It is part of what the
/// `release` file of the JDK names.
fn is_part_of_jdk(name: &[u8]) -> bool {
    name.ends_with(b".jmod") && (name.starts_with(b"java.") || name.starts_with(b"jdk."))
}

/// The second phase, once archives have their names.
fn finish(archives: &[relate::Archive], files: &mut Resolver<'_>) {
    relate::unite(archives, files);
    relate::between(archives, files);
    plugins::relate(archives, files);
}

/// Whether the name of a member is that of an archive.
fn is_archive(name: &[u8]) -> bool {
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix.as_bytes()))
}
