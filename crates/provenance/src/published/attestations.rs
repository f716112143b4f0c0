//! All that GitHub has about a digest, as `gh attestation` asks for it: of a repository, or of all repositories of an owner.
//! <https://docs.github.com/en/rest/repos/attestations>
//!
//! An attestation is told whole (`bundle`), or as an address (`bundle_url`) where it is packed with Snappy. The address is one
//! of a store of GitHub's; it is asked without the token, like a place that a service points to.

use plimsoll_attest::refuse_duplicates;
use plimsoll_model::Digest;
use serde::Deserialize;
use serde_json::Value;

use super::fetch::{Answer, FetchError, Request, Service, segment};
use super::{HttpFetch, snappy};

const GITHUB_JSON: &str = "application/vnd.github+json";
/// What GitHub tells at once.
const PAGE: u32 = 100;
/// Bytes of one bundle, unpacked.
const BUNDLE_LIMIT: usize = 32 << 20;

/// Whose attestations are asked for.
#[derive(Debug, Clone, Copy)]
pub enum GitHubScope<'a> {
    /// Those of one repository.
    Repository {
        /// Its owner.
        owner: &'a str,
        /// Its name.
        name: &'a str,
    },
    /// Those of all repositories of an organisation or person.
    Owner(&'a str),
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct GitHubQuery<'a> {
    /// Whose.
    pub scope: GitHubScope<'a>,
    /// About what.
    pub digest: &'a Digest,
    /// Of which type of predicate; all, when left out.
    pub predicate_type: Option<&'a str>,
    /// How many. GitHub tells 100 at once, and no more are asked for.
    pub limit: u32,
}

/// What GitHub has.
#[derive(Debug, Default)]
pub struct GitHubAttestations {
    /// The bundles, each JSON without line breaks.
    pub bundles: Vec<String>,
    /// Attestations that could not be had, with the reason.
    pub unread: Vec<String>,
    /// Whether there may be more than were told.
    pub more: bool,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    attestations: Vec<Attestation>,
}

#[derive(Deserialize)]
struct Attestation {
    #[serde(default)]
    bundle: Option<Value>,
    #[serde(default)]
    bundle_url: Option<String>,
}

impl HttpFetch {
    /// Asks GitHub what it has about a digest. Nothing is verified.
    ///
    /// # Errors
    /// It cannot be asked, or answers what is no list of attestations.
    pub fn github_attestations(&self, query: GitHubQuery<'_>) -> Result<GitHubAttestations, FetchError> {
        let mut answer = Answer::Absent;
        for path in paths(&query) {
            answer = self.ask(&Request::new(Service::GitHub, path, GITHUB_JSON))?;
            if answer != Answer::Absent {
                break;
            }
        }
        let Answer::Found(body) = answer else { return Ok(GitHubAttestations::default()) };
        let malformed =
            |error: serde_json::Error| FetchError::Malformed { service: Service::GitHub, reason: error.to_string() };
        refuse_duplicates(&body).map_err(malformed)?;
        let page: Page = serde_json::from_slice(&body).map_err(malformed)?;
        let mut all = GitHubAttestations::default();
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        all.more = page.attestations.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX) && query.limit > PAGE;
        for attestation in page.attestations.into_iter().take(limit) {
            match self.bundle(attestation) {
                Ok(bundle) => all.bundles.push(bundle),
                Err(reason) => all.unread.push(reason),
            }
        }
        Ok(all)
    }

    fn bundle(&self, attestation: Attestation) -> Result<String, String> {
        if let Some(bundle) = attestation.bundle.filter(|bundle| !bundle.is_null()) {
            return Ok(bundle.to_string());
        }
        let address = attestation.bundle_url.filter(|address| !address.is_empty());
        let address = address.ok_or("it has neither a bundle nor an address of one")?;
        let packed = match self.linked(Service::GitHub, &address) {
            Ok(Answer::Found(packed)) => packed,
            Ok(Answer::Absent) => return Err("there is nothing at the address of its bundle".into()),
            Err(error) => return Err(error.chain()),
        };
        // JSON begins with a brace, which as a length of Snappy would be 123 bytes: fewer than any bundle has.
        let json = match packed.trim_ascii().first() {
            Some(b'{') => packed,
            _ => snappy::unpack(&packed, BUNDLE_LIMIT).ok_or("its bundle is not packed as GitHub packs them")?,
        };
        let malformed = |error: serde_json::Error| format!("its bundle is no JSON: {error}");
        refuse_duplicates(&json).map_err(malformed)?;
        serde_json::from_slice::<Value>(&json).map(|bundle| bundle.to_string()).map_err(malformed)
    }
}

/// Where to ask: an owner is an organisation or a person, which only the answer tells.
fn paths(query: &GitHubQuery<'_>) -> Vec<String> {
    let page = query.limit.clamp(1, PAGE);
    let kind = query.predicate_type.and_then(segment).map(|kind| format!("&predicate_type={kind}")).unwrap_or_default();
    let path = |scope: String| format!("/{scope}/attestations/{}?per_page={page}{kind}", query.digest);
    match query.scope {
        GitHubScope::Repository { owner, name } => {
            let parts = segment(owner).zip(segment(name));
            parts.map(|(owner, name)| path(format!("repos/{owner}/{name}"))).into_iter().collect()
        }
        GitHubScope::Owner(owner) => {
            let owner = segment(owner);
            ["orgs", "users"].into_iter().filter_map(|of| Some(path(format!("{of}/{}", owner.as_ref()?)))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_stays_a_segment() {
        let digest = Digest::from_prefixed(&format!("sha256:{}", "0".repeat(64))).unwrap();
        let query = |scope| GitHubQuery { scope, digest: &digest, predicate_type: Some("https://x/y?z"), limit: 1000 };
        let one = paths(&query(GitHubScope::Repository { owner: "acme", name: "a/../b" }));
        let zeros = "0".repeat(64);
        assert_eq!(
            one,
            [format!(
                "/repos/acme/a%2f..%2fb/attestations/sha256:{zeros}?per_page=100&predicate_type=https%3a%2f%2fx%2fy%3fz"
            )]
        );
        assert_eq!(paths(&query(GitHubScope::Owner("acme"))).len(), 2);
        assert!(paths(&query(GitHubScope::Owner(".."))).is_empty());
    }
}
