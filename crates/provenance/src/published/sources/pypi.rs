//! PyPI: `GET /integrity/PROJECT/VERSION/FILE/provenance` for each file of a release (PEP 740).
//! <https://docs.pypi.org/api/integrity/>
//!
//! A release is several files, and which of them was installed depends on the machine. Those that the SBOM names are asked
//! about, or the ones that have a digest that it states: `GET /pypi/PROJECT/VERSION/json` tells the names. Without digests all
//! files of the release are asked about, and bound to the index's word. A component is as good as the worst of its files.

use std::collections::BTreeMap;

use plimsoll_model::{Digest, DigestAlgorithm};
use plimsoll_verify::Subject;
use serde::Deserialize;

use super::{Asker, Item, JSON, Lookup, Source, Trouble, evidence};
use crate::published::fetch::{Service, segment};
use crate::published::report::Binding;
use crate::published::{Dependency, What};

pub(super) const SOURCE: Source =
    Source { service: Service::PyPi, types: &["pypi"], look_up, counts: &[What::Provenance, What::Publish] };

const INTEGRITY: &str = "application/vnd.pypi.integrity.v1+json";
/// Files of one release that are asked about; some projects have a hundred.
const MAX_FILES: usize = 64;

#[derive(Deserialize)]
struct Release {
    urls: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    digests: Digests,
}

#[derive(Deserialize)]
struct Digests {
    sha256: Option<String>,
}

/// A file to ask about: its name, and the digest that binds it.
type Wanted = BTreeMap<String, (Digest, Binding)>;

fn look_up(asker: &Asker<'_>, dependency: &Dependency) -> Result<Lookup, Trouble> {
    let purl = &dependency.purl;
    let parts = segment(&normalised(purl.name())).zip(segment(purl.version().unwrap_or_default()));
    let Some((project, version)) = parts else {
        return Err(Trouble::NotApplicable("its name or version cannot be asked for".into()));
    };
    let mut lookup = Lookup::default();
    let wanted = wanted(asker, dependency, &project, &version, &mut lookup)?;
    lookup.not_asked = wanted.len().saturating_sub(MAX_FILES);
    for (name, (digest, binding)) in wanted.into_iter().take(MAX_FILES) {
        let (Some(file), Some(subject)) = (segment(&name), Subject::from_digests([&digest])) else { continue };
        let path = format!("/integrity/{project}/{version}/{file}/provenance");
        let found = evidence(asker.get(Service::PyPi, path, INTEGRITY)?, &name);
        let item = Item::new(subject.named(name.clone()), binding, found);
        lookup.items.push(Item { file: Some(name), ..item });
    }
    Ok(lookup)
}

/// The files to ask about.
fn wanted(
    asker: &Asker<'_>,
    dependency: &Dependency,
    project: &str,
    version: &str,
    lookup: &mut Lookup,
) -> Result<Wanted, Trouble> {
    let mut wanted = Wanted::new();
    let sha256 =
        |digests: &[Digest]| digests.iter().find(|digest| digest.algorithm() == DigestAlgorithm::Sha256).cloned();
    for file in &dependency.files {
        if let (Some(name), Some(digest)) = (&file.name, sha256(&file.digests)) {
            wanted.insert(name.clone(), (digest, Binding::Sbom));
        }
    }
    let named: Vec<&Digest> = wanted.values().map(|(digest, _)| digest).collect();
    let open: Vec<Digest> = dependency.sha256().into_iter().filter(|digest| !named.contains(digest)).cloned().collect();
    if open.is_empty() && !wanted.is_empty() {
        return Ok(wanted);
    }
    let Some(answer) = asker.get(Service::PyPi, format!("/pypi/{project}/{version}/json"), JSON)? else {
        lookup.notes.push("PyPI does not have this version".into());
        return Ok(wanted);
    };
    let release: Release = serde_json::from_slice(&answer)
        .map_err(|error| Trouble::Unreachable(format!("the list of files of PyPI cannot be read: {error}")))?;
    let mut left = open.clone();
    for file in release.urls {
        let digest = file.digests.sha256.and_then(|hex| Digest::from_hex(DigestAlgorithm::Sha256, &hex).ok());
        let Some(digest) = digest else { continue };
        left.retain(|stated| *stated != digest);
        if open.contains(&digest) {
            wanted.insert(file.filename, (digest, Binding::Sbom));
        } else if open.is_empty() {
            wanted.insert(file.filename, (digest, Binding::Registry));
        }
    }
    lookup.notes.extend(left.iter().map(|digest| format!("no file of this release at PyPI is {digest}")));
    Ok(wanted)
}

/// The name of a project in the spelling of addresses (PEP 503).
fn normalised(name: &str) -> String {
    let words: Vec<&str> = name.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}
