//! Who signed a piece of published evidence, and what kind of thing was signed.

use plimsoll_attest::{PredicateType, Statement};
use plimsoll_verify::{Claim, Claims, Identified};

/// What a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum What {
    /// A statement of how it was built (SLSA provenance).
    Provenance,
    /// A statement that it was published to an index, signed by the publisher.
    Publish,
    /// A signature over the artifact, which states nothing.
    Signature,
    /// Another statement: an SBOM, a test result.
    Other,
}

impl What {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Provenance => "provenance",
            Self::Publish => "publish",
            Self::Signature => "signature",
            Self::Other => "statement",
        }
    }

    /// What a statement is; without one it is a signature.
    #[must_use]
    pub fn of(statement: Option<&Statement>) -> Self {
        let Some(statement) = statement else { return Self::Signature };
        let uri = statement.predicate_type();
        if PredicateType::parse("slsaprovenance").is_some_and(|provenance| provenance.accepts(uri)) {
            return Self::Provenance;
        }
        match uri {
            NPM_PUBLISH | PYPI_PUBLISH => Self::Publish,
            _ => Self::Other,
        }
    }
}

/// What the npm registry states: that it published this. Signed with its key.
pub(crate) const NPM_PUBLISH: &str = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1";
/// What a publisher states to PyPI.
const PYPI_PUBLISH: &str = "https://docs.pypi.org/attestations/publish/v1";

/// Who signed, as a certificate claims it: what is compared from one version of a package to the next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Signer {
    /// The subject alternative name, with its ref.
    pub identity: String,
    /// Who vouches for it.
    pub issuer: String,
    /// The repository that it was built from.
    pub source: Option<String>,
    /// The repository's number, which a new repository of the same name does not have.
    pub source_id: Option<String>,
    /// The branch or tag.
    pub source_ref: Option<String>,
    /// The commit.
    pub source_commit: Option<String>,
    /// The workflow that started it, where that is not the identity.
    pub workflow: Option<String>,
    /// `github-hosted`, `self-hosted`.
    pub runner: Option<String>,
}

impl Signer {
    /// From the claims of a certificate; `None` without identity or issuer.
    #[must_use]
    pub fn of(claims: &Claims) -> Option<Self> {
        let claim = |claim| claims.get(claim).map(str::to_owned);
        let identity = claims.identity()?.to_owned();
        let workflow = claim(Claim::BuildConfigUri);
        Some(Self {
            issuer: claim(Claim::Issuer)?,
            source: claim(Claim::SourceRepositoryUri).or_else(|| old_repository(claims)),
            source_id: claim(Claim::SourceRepositoryIdentifier),
            source_ref: claim(Claim::SourceRepositoryRef).or_else(|| claim(Claim::GithubWorkflowRef)),
            source_commit: claim(Claim::SourceRepositoryDigest).or_else(|| claim(Claim::GithubWorkflowSha)),
            workflow: workflow.filter(|workflow| without_ref(workflow) != without_ref(&identity)),
            runner: claim(Claim::RunnerEnvironment),
            identity,
        })
    }

    pub(crate) fn of_identified(identified: &Identified) -> Option<Self> {
        Self::of(identified.claims())
    }
}

/// Certificates of before 2023 name a repository of GitHub as `owner/name`.
fn old_repository(claims: &Claims) -> Option<String> {
    claims.get(Claim::GithubWorkflowRepository).map(|name| format!("https://github.com/{name}"))
}

/// The URI of a workflow without the ref after its `@`; anything else as it is. A ref may hold an `@` itself.
pub(crate) fn without_ref(identity: &str) -> &str {
    if !identity.contains("://") {
        return identity;
    }
    let split = identity.split_once("@refs/").or_else(|| identity.rsplit_once('@'));
    split.map_or(identity, |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ref_may_hold_an_at_sign_and_an_address_has_none() {
        let uri = "https://github.com/a/b/.github/workflows/x.yml";
        for git_ref in ["refs/tags/v1", "refs/tags/@acme/app@1.0", "4f1d8c2b9a3e5d7061728394a5b6c7d8e9f00112"] {
            assert_eq!(without_ref(&format!("{uri}@{git_ref}")), uri);
        }
        assert_eq!(without_ref("ada@example.org"), "ada@example.org");
    }
}
