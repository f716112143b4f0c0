//! Documents read again, for what the index does not know: whole paths, whole digests, layers.
//!
//! The index narrows a question down to a few documents; these are read in parallel, and only so many. An answer says how many.

use globset::GlobMatcher;
use plimsoll_model::{Digest, Limits, Purl};
use plimsoll_sbom::document::{Element, ElementKind};
use plimsoll_sbom::encoding::Encoding;
use plimsoll_sbom::lean::{self, LeanComponent};
use plimsoll_sbom::{detect, encoding, map};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::body;
use crate::error::InventoryError;
use crate::intake::same_digest;
use crate::store::Database;

/// Documents that are in memory at once.
const AT_ONCE: usize = 32;

/// What is shown of what was found in one document.
const SHOWN: usize = 20;

/// What is looked for.
pub(crate) enum Wanted {
    /// A file of such a path.
    Path(GlobMatcher),
    /// A file of such a last part of its path.
    Name(GlobMatcher),
    /// A file or component of this digest.
    Digest(Digest),
    /// A component that this layer brought in; one of these, where there are any.
    Layer(String, Option<FxHashSet<String>>),
}

/// What a document says of a component or file.
struct Listed<'a> {
    file: bool,
    name: &'a str,
    purl: &'a str,
    version: &'a str,
    hashes: Vec<(&'a str, &'a str)>,
    properties: Vec<(&'a str, &'a str)>,
}

impl Wanted {
    fn is(&self, listed: &Listed<'_>) -> bool {
        let path = || listed.name.trim_start_matches("./").trim_start_matches('/');
        match self {
            Self::Path(glob) => listed.file && glob.is_match(path()),
            Self::Name(glob) => listed.file && glob.is_match(path().rsplit('/').next().unwrap_or_default()),
            Self::Digest(digest) => {
                listed.hashes.iter().any(|(algorithm, value)| same_digest(algorithm, value, digest))
            }
            Self::Layer(layer, among) => {
                let introduced = |(name, value): &(&str, &str)| *name == "plimsoll:layer:introduced" && value == layer;
                !listed.file
                    && listed.properties.iter().any(introduced)
                    && among.as_ref().is_none_or(|among| among.contains(&listed.text()))
            }
        }
    }
}

impl Listed<'_> {
    /// As the inventory calls it.
    fn text(&self) -> String {
        if self.file {
            return self.name.to_owned();
        }
        if let Ok(purl) = Purl::parse(self.purl) {
            return purl.to_string();
        }
        if self.version.is_empty() { self.name.to_owned() } else { format!("{}@{}", self.name, self.version) }
    }
}

/// Which of some documents have what is wanted, and what it is called there.
pub(crate) fn check(
    database: &mut Database,
    shard: i64,
    documents: &[u32],
    wanted: &Wanted,
) -> Result<Vec<(u32, Vec<String>)>, InventoryError> {
    let mut found = Vec::new();
    for some in documents.chunks(AT_ONCE) {
        let packed = some.iter().map(|document| body::packed(database, shard, *document));
        let packed: Vec<body::Packed> = packed.collect::<Result<_, _>>()?;
        let checked: Vec<Vec<String>> =
            packed.par_iter().map(|packed| names(&packed.unpack()?, wanted)).collect::<Result<_, InventoryError>>()?;
        found.extend(some.iter().copied().zip(checked).filter(|(_, names)| !names.is_empty()));
    }
    Ok(found)
}

/// What a document calls what is wanted.
fn names(bytes: &[u8], wanted: &Wanted) -> Result<Vec<String>, InventoryError> {
    let mut names = Vec::new();
    listed(bytes, |listed| {
        if names.len() < SHOWN && wanted.is(listed) {
            names.push(listed.text());
        }
    })?;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Hands over each component and file that a document lists.
fn listed(bytes: &[u8], mut each: impl FnMut(&Listed<'_>)) -> Result<(), InventoryError> {
    let encoding = detect(bytes)?;
    if matches!(encoding, Encoding::CycloneDxJson | Encoding::SpdxJson) {
        let text = lean::text(bytes)?;
        let lean = lean::lean(&text, encoding, &Limits::DEFAULT)?;
        for (at, component) in lean.components.iter().enumerate() {
            if Some(at) != lean.subject {
                each(&of_lean(component, matches!(&*component.kind, "file" | "FILE") && component.purl.is_empty()));
            }
        }
        lean.files.iter().for_each(|file| each(&of_lean(file, true)));
        return Ok(());
    }
    let document = map::document(&encoding::read(bytes, encoding, &Limits::DEFAULT)?);
    document.indexed().for_each(|(_, element)| each(&of_element(element)));
    Ok(())
}

fn of_lean<'a>(component: &'a LeanComponent<'_>, file: bool) -> Listed<'a> {
    Listed {
        file,
        name: &component.name,
        purl: &component.purl,
        version: &component.version,
        hashes: component.hashes.iter().map(|(algorithm, value)| (&**algorithm, &**value)).collect(),
        properties: component.properties.iter().map(|(name, value)| (&**name, &**value)).collect(),
    }
}

fn of_element(element: &Element) -> Listed<'_> {
    Listed {
        file: element.kind == ElementKind::File,
        name: &element.name,
        purl: element.purls.first().map(String::as_str).unwrap_or_default(),
        version: element.version.as_deref().unwrap_or_default(),
        hashes: element.hashes.iter().map(|hash| (hash.algorithm.as_str(), hash.value.as_str())).collect(),
        properties: element.properties.iter().map(|held| (&*held.name, &*held.value)).collect(),
    }
}
