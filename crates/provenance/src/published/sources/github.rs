//! GitHub's attestations, by digest: `GET /repos/OWNER/NAME/attestations/sha256:HEX`.
//! <https://docs.github.com/en/rest/repos/attestations>
//!
//! Whoever may write to a repository may attest anything about any digest there, so the repository that is asked is a hint
//! where to look and nothing that counts: what counts is in the certificate. It comes from the SBOM (`vcs`). Without a token
//! GitHub answers sixty requests an hour. An attestation may be told as an address (`bundle_url`) instead of its content; that
//! is not fetched, and is said.

use plimsoll_model::Digest;
use plimsoll_verify::{Repository, Subject};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Asker, Found, Item, Lookup, Source, Trouble, evidence};
use crate::published::fetch::{Service, segment};
use crate::published::report::Binding;
use crate::published::repository::on_github;
use crate::published::{Dependency, What};

pub(super) const SOURCE: Source =
    Source { service: Service::GitHub, types: &["github"], look_up, counts: &[What::Provenance] };

const GITHUB_JSON: &str = "application/vnd.github+json";

/// Files of one component that are asked about.
const MAX_FILES: usize = 16;

/// Whether the SBOM says enough: a repository and a digest.
pub(super) fn applies(dependency: &Dependency) -> bool {
    repository(dependency).is_some() && !dependency.sha256().is_empty()
}

/// The repository: the one that the SBOM states, or that the package itself is.
fn repository(dependency: &Dependency) -> Option<Repository> {
    let own = || {
        let purl = &dependency.purl;
        Repository::parse(&format!("github.com/{}/{}", purl.namespace()?, purl.name()))
    };
    let own = if dependency.purl.kind() == "github" { own() } else { None };
    own.or_else(|| dependency.repository.clone()).filter(|repository| on_github(repository).is_some())
}

fn look_up(asker: &Asker<'_>, dependency: &Dependency) -> Result<Lookup, Trouble> {
    let Some(repository) = repository(dependency) else {
        return Err(Trouble::NotApplicable("the SBOM names no repository on GitHub".into()));
    };
    let digests = dependency.sha256();
    if digests.is_empty() {
        return Err(Trouble::NotApplicable("a commit is no artifact, and the SBOM states no SHA-256".into()));
    }
    let mut lookup = Lookup { not_asked: digests.len().saturating_sub(MAX_FILES), ..Lookup::default() };
    for digest in digests.into_iter().take(MAX_FILES) {
        let found = attestations(asker, &repository, digest)?;
        if let Some(subject) = Subject::from_digests([digest]) {
            lookup.items.push(Item::new(subject, Binding::Sbom, found));
        }
    }
    Ok(lookup)
}

/// What is attested about a digest in a repository.
pub(super) fn attestations(asker: &Asker<'_>, repository: &Repository, digest: &Digest) -> Result<Found, Trouble> {
    let parts = on_github(repository).and_then(|(owner, name)| Some((segment(owner)?, segment(name)?)));
    let Some((owner, name)) = parts else { return Ok(Found::Nothing) };
    let path = format!("/repos/{owner}/{name}/attestations/{digest}?per_page=100");
    let answer = asker.get(Service::GitHub, path, GITHUB_JSON)?;
    if answer.as_deref().is_some_and(is_elsewhere) {
        return Err(Trouble::Unreachable("GitHub tells where the attestations are instead of what they are".into()));
    }
    Ok(evidence(answer, "github"))
}

#[derive(Deserialize)]
struct Answer {
    attestations: Vec<Attestation>,
}

#[derive(Deserialize)]
struct Attestation {
    bundle: Option<IgnoredAny>,
    bundle_url: Option<IgnoredAny>,
}

/// Whether an answer has addresses and no bundle.
fn is_elsewhere(answer: &[u8]) -> bool {
    serde_json::from_slice::<Answer>(answer).is_ok_and(|answer| {
        let mut all = answer.attestations.iter();
        !answer.attestations.is_empty() && all.all(|one| one.bundle.is_none() && one.bundle_url.is_some())
    })
}
