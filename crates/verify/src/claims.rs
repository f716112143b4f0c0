//! What a Fulcio certificate says about who signed.
//! <https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md>

use std::collections::BTreeMap;
use std::fmt;

/// A claim that a certificate can make, besides its identity (the SAN).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Claim {
    /// `.1.8`, or `.1.1` where there is no other: who issued the token.
    Issuer,
    /// `.1.9`
    BuildSignerUri,
    /// `.1.10`
    BuildSignerDigest,
    /// `.1.11`
    RunnerEnvironment,
    /// `.1.12`
    SourceRepositoryUri,
    /// `.1.13`
    SourceRepositoryDigest,
    /// `.1.14`
    SourceRepositoryRef,
    /// `.1.15`
    SourceRepositoryIdentifier,
    /// `.1.16`
    SourceRepositoryOwnerUri,
    /// `.1.17`
    SourceRepositoryOwnerIdentifier,
    /// `.1.18`
    BuildConfigUri,
    /// `.1.19`
    BuildConfigDigest,
    /// `.1.20`
    BuildTrigger,
    /// `.1.21`
    RunInvocationUri,
    /// `.1.22`
    SourceRepositoryVisibility,
    /// `.1.23`
    DeploymentEnvironment,
    /// `.1.24`
    TokenSubject,
    /// `.1.2`, deprecated
    GithubWorkflowTrigger,
    /// `.1.3`, deprecated
    GithubWorkflowSha,
    /// `.1.4`, deprecated
    GithubWorkflowName,
    /// `.1.5`, deprecated
    GithubWorkflowRepository,
    /// `.1.6`, deprecated
    GithubWorkflowRef,
}

impl Claim {
    /// All of them, with their names on the command line and in reports.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Issuer, "issuer"),
        (Self::BuildSignerUri, "build-signer-uri"),
        (Self::BuildSignerDigest, "build-signer-digest"),
        (Self::RunnerEnvironment, "runner-environment"),
        (Self::SourceRepositoryUri, "source-repository-uri"),
        (Self::SourceRepositoryDigest, "source-repository-digest"),
        (Self::SourceRepositoryRef, "source-repository-ref"),
        (Self::SourceRepositoryIdentifier, "source-repository-identifier"),
        (Self::SourceRepositoryOwnerUri, "source-repository-owner-uri"),
        (Self::SourceRepositoryOwnerIdentifier, "source-repository-owner-identifier"),
        (Self::BuildConfigUri, "build-config-uri"),
        (Self::BuildConfigDigest, "build-config-digest"),
        (Self::BuildTrigger, "build-trigger"),
        (Self::RunInvocationUri, "run-invocation-uri"),
        (Self::SourceRepositoryVisibility, "source-repository-visibility"),
        (Self::DeploymentEnvironment, "deployment-environment"),
        (Self::TokenSubject, "token-subject"),
        (Self::GithubWorkflowTrigger, "github-workflow-trigger"),
        (Self::GithubWorkflowSha, "github-workflow-sha"),
        (Self::GithubWorkflowName, "github-workflow-name"),
        (Self::GithubWorkflowRepository, "github-workflow-repository"),
        (Self::GithubWorkflowRef, "github-workflow-ref"),
    ];

    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(claim, _)| *claim == self).map_or("", |(_, name)| name)
    }

    /// The claim with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(claim, _)| *claim)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who a certificate says signed. True only as far as the certificate was verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    pub(crate) identity: Option<String>,
    pub(crate) claims: BTreeMap<Claim, String>,
}

impl Claims {
    /// What a certificate (in DER) says, before anything of it is verified: to look at it before it is used. `None` if it is no
    /// certificate.
    #[must_use]
    pub fn unverified(der: &[u8]) -> Option<Self> {
        crate::engine::describe_certificate(der).map(|(claims, ..)| claims)
    }

    /// The subject alternative name: an e-mail address or URI.
    #[must_use]
    pub fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }

    /// One of the claims.
    #[must_use]
    pub fn get(&self, claim: Claim) -> Option<&str> {
        self.claims.get(&claim).map(String::as_str)
    }

    /// One of the claims, or the deprecated one of GitHub that says the same, in the form of the current one.
    #[must_use]
    pub fn with_deprecated(&self, claim: Claim) -> Option<String> {
        if let Some(value) = self.get(claim) {
            return Some(value.to_owned());
        }
        let old = |claim| self.get(claim).map(str::to_owned);
        match claim {
            Claim::SourceRepositoryUri => {
                old(Claim::GithubWorkflowRepository).map(|repository| format!("https://github.com/{repository}"))
            }
            Claim::SourceRepositoryDigest => old(Claim::GithubWorkflowSha),
            Claim::SourceRepositoryRef => old(Claim::GithubWorkflowRef),
            Claim::BuildTrigger => old(Claim::GithubWorkflowTrigger),
            _ => None,
        }
    }

    /// All claims, in the order of their object identifiers.
    pub fn iter(&self) -> impl Iterator<Item = (Claim, &str)> {
        self.claims.iter().map(|(claim, value)| (*claim, value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (claim, name) in Claim::ALL {
            assert_eq!((Claim::named(name), claim.name()), (Some(*claim), *name));
        }
        assert_eq!(Claim::named("no"), None);
    }
}
