//! `/opt/bitnami/.bitnami_components.json`: what the builder of a Bitnami image unpacked.
//! <https://github.com/bitnami/containers>
//!
//! A map of names to version, architecture, distribution and the SHA-256 digest of the archive. Later images have an SPDX
//! document for each as well, with the same purls.

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;

/// Reads the list of components of a Bitnami image.
pub(crate) struct BitnamiComponents;

loose_object! {
    struct Entry<'a> {
        "version" => version: Text<'a>,
        "arch" => arch: Text<'a>,
        "distro" => distro: Text<'a>,
        "digest" => digest: Text<'a>,
    }
}

impl Extractor for BitnamiComponents {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("bitnami/components")
    }

    fn about(&self) -> About {
        About {
            title: "Bitnami .bitnami_components.json",
            specification: "https://github.com/bitnami/containers",
            facts: &[Fact::Hashes, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name(".bitnami_components.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let mut root = Loose::<Map<'_, Loose<Entry<'_>>>>::Absent;
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let lines = LineIndex::new(&*bytes);
        for (name, entry) in root.entries() {
            let line = lines.line_of(name).unwrap_or(0);
            let Some((entry, version)) = entry.get().and_then(|entry| Some((entry, entry.version.as_str()?))) else {
                out.malformed_entry(line, format!("{name} left out: it has no version"));
                continue;
            };
            let builder = Purl::builder("bitnami", name.as_str())
                .version(version)
                .qualifier("arch", entry.arch.as_str().unwrap_or_default())
                .qualifier("distro", entry.distro.as_str().unwrap_or_default());
            let Some(purl) = out.purl(builder, line) else { continue };
            let mut component = Component::from_purl(purl);
            match entry.digest.as_str().map(|hex| Digest::from_hex(DigestAlgorithm::Sha256, hex)) {
                Some(Ok(digest)) => component.hashes.push(digest),
                Some(Err(error)) => out.malformed_entry(line, format!("digest of {name}: {error}")),
                None => {}
            }
            out.component(component, line);
        }
        outcome?;
        if root.get().is_none() { Err(ExtractError::malformed("not an object")) } else { Ok(()) }
    }
}
