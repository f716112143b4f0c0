//! The platforms that give identity tokens, and those that are only recognised.

use std::fmt;

/// Where an identity token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Provider {
    /// `SIGSTORE_ID_TOKEN`.
    Variable,
    /// A file that the user named, or the one of Kubernetes, Tekton and Jenkins volumes.
    File,
    /// GitHub Actions.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
    /// Google Cloud: the metadata server, or a service account that is impersonated.
    Google,
    /// Buildkite.
    Buildkite,
    /// CircleCI.
    CircleCi,
    /// SPIFFE's workload API.
    Spiffe,
    /// Jenkins.
    Jenkins,
    /// Azure DevOps.
    AzureDevOps,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// AWS CodeBuild and workloads with AWS web identities.
    Aws,
    /// A CI system that is not known.
    OtherCi,
    /// A person in a browser.
    Browser,
}

impl Provider {
    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Variable => "SIGSTORE_ID_TOKEN",
            Self::File => "the token file",
            Self::GitHub => "GitHub Actions",
            Self::GitLab => "GitLab CI/CD",
            Self::Google => "Google Cloud",
            Self::Buildkite => "Buildkite",
            Self::CircleCi => "CircleCI",
            Self::Spiffe => "SPIFFE",
            Self::Jenkins => "Jenkins",
            Self::AzureDevOps => "Azure DevOps",
            Self::Bitbucket => "Bitbucket Pipelines",
            Self::Aws => "AWS",
            Self::OtherCi => "this CI system",
            Self::Browser => "the identity provider",
        }
    }

    /// How a token is had from it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Variable => "set SIGSTORE_ID_TOKEN to an OpenID Connect token with the audience `sigstore`",
            Self::File => "name a file that holds an OpenID Connect token with --identity-token-file",
            Self::GitHub => {
                "give the job `permissions: id-token: write`; workflows that run for pull requests from forks cannot \
                 have it"
            }
            Self::GitLab => "give the job `id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore`",
            Self::Google => {
                "give the machine a service account, or let it impersonate the one in GOOGLE_SERVICE_ACCOUNT_NAME \
                 (roles/iam.serviceAccountTokenCreator)"
            }
            Self::Buildkite => {
                "run inside a job with buildkite-agent 3.48 or later; in a container, pass BUILDKITE, \
                 BUILDKITE_JOB_ID and BUILDKITE_AGENT_ACCESS_TOKEN on (propagate-environment: true)"
            }
            Self::CircleCi => "give the job a context, and have the `circleci` program in the PATH",
            Self::Spiffe => {
                "register this workload with the agent, or fetch a JWT-SVID for `sigstore` in another way and name \
                 its file with --identity-token-file"
            }
            Self::Jenkins => {
                "bind a credential of the OpenID Connect Provider plug-in to SIGSTORE_ID_TOKEN and sign with a Fulcio \
                 that trusts your Jenkins, or sign with a key (--key)"
            }
            Self::AzureDevOps => {
                "the public Fulcio does not accept its issuer: sign with a key (--key azurekms://…), or put a token into \
                 SIGSTORE_ID_TOKEN for a Fulcio of your own"
            }
            Self::Bitbucket => {
                "the public Fulcio does not accept its issuer: sign with a key (--key), or give the step `oidc: true` and \
                 SIGSTORE_ID_TOKEN=$BITBUCKET_STEP_OIDC_TOKEN for a Fulcio of your own"
            }
            Self::Aws => {
                "sign with a key (--key awskms:///…), or put a token into SIGSTORE_ID_TOKEN for a Fulcio that accepts its \
                 issuer"
            }
            Self::OtherCi => {
                "put an OpenID Connect token with the audience `sigstore` into SIGSTORE_ID_TOKEN, or sign with a key \
                 (--key); a browser is never opened in CI"
            }
            Self::Browser => "sign in as somebody who may",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
