//! crates.io: `GET /api/v1/crates/NAME/VERSION`, then GitHub's attestations of the `.crate`.
//! <https://crates.io/docs/trusted-publishing>
//!
//! crates.io publishes no provenance. Its `trustpub_data` says which workflow published a version: the registry's word, which
//! nobody signed, so it is told as asserted and the status stays *none*. A repository may have attested the `.crate` with
//! GitHub all the same.

use plimsoll_model::{Digest, DigestAlgorithm};
use plimsoll_verify::Subject;
use serde::Deserialize;

use super::{Asker, Item, JSON, Lookup, Source, Trouble, github};
use crate::published::fetch::{Service, segment};
use crate::published::report::{Asserted, Binding};
use crate::published::repository::{on_github, stated};
use crate::published::{Dependency, What};

pub(super) const SOURCE: Source =
    Source { service: Service::Crates, types: &["cargo"], look_up, counts: &[What::Provenance] };

#[derive(Deserialize)]
struct Answer {
    version: Version,
}

#[derive(Deserialize)]
struct Version {
    checksum: Option<String>,
    trustpub_data: Option<TrustedPublishing>,
}

#[derive(Deserialize)]
struct TrustedPublishing {
    provider: Option<String>,
    repository: Option<String>,
    run_id: Option<String>,
    sha: Option<String>,
}

fn look_up(asker: &Asker<'_>, dependency: &Dependency) -> Result<Lookup, Trouble> {
    let purl = &dependency.purl;
    let parts = segment(purl.name()).zip(segment(purl.version().unwrap_or_default()));
    let Some((name, version)) = parts else {
        return Err(Trouble::NotApplicable("its name or version cannot be asked for".into()));
    };
    let Some(answer) = asker.get(Service::Crates, format!("/api/v1/crates/{name}/{version}"), JSON)? else {
        return Ok(Lookup::nothing("crates.io does not have this version".to_owned()));
    };
    let version = match serde_json::from_slice::<Answer>(&answer) {
        Ok(answer) => answer.version,
        Err(error) => return Err(Trouble::Unreachable(format!("the answer of crates.io cannot be read: {error}"))),
    };
    let mut lookup = Lookup::default();
    let published = version.trustpub_data.as_ref();
    let said = published.and_then(|data| Some(format!("https://github.com/{}", data.repository.as_deref()?)));
    lookup.asserted = published.map(|data| Asserted {
        by: "crates.io".into(),
        provider: data.provider.clone(),
        repository: said.clone(),
        commit: data.sha.clone(),
        run: data.run_id.clone(),
    });
    let repository = dependency.repository.clone().or_else(|| stated(said.as_deref()?));
    let Some(repository) = repository.filter(|repository| on_github(repository).is_some()) else {
        return Ok(lookup);
    };
    let checksum = version.checksum.as_deref().and_then(|hex| Digest::from_hex(DigestAlgorithm::Sha256, hex).ok());
    let ours = dependency.sha256().into_iter().next();
    if let (Some(ours), Some(checksum)) = (ours, &checksum)
        && ours != checksum
    {
        lookup.notes.push(format!("crates.io has another file of this version: {checksum}"));
    }
    let (digest, binding) = match (ours, &checksum) {
        (Some(ours), _) => (ours, Binding::Sbom),
        (None, Some(checksum)) => (checksum, Binding::Registry),
        (None, None) => return Ok(lookup),
    };
    let found = github::attestations(asker, &repository, digest)?;
    lookup.items.extend(Subject::from_digests([digest]).map(|subject| Item::new(subject, binding, found)));
    Ok(lookup)
}
