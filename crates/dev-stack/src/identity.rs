//! Who signs: what tokens claim, and what Fulcio makes of it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Somebody who can get a token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// A person with an address.
    Email(String),
    /// A job of a workflow, as GitHub Actions tells it.
    Workflow(Box<Workflow>),
}

/// A job of a workflow. The fields are the claims of GitHub's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// `owner/name`
    pub repository: String,
    /// `refs/heads/main`
    pub git_ref: String,
    /// The commit, in hex.
    pub sha: String,
    /// The file of the workflow, in the repository.
    pub path: String,
    /// The workflow that the job is defined in, when it is a reusable one: `owner/name/PATH@REF`.
    pub reusable: Option<String>,
    /// Its name.
    pub name: String,
    /// `push`
    pub event: String,
    /// `public`, `private` or `internal`
    pub visibility: String,
    /// `github-hosted` or `self-hosted`
    pub runner: String,
    /// The environment that the job deploys to, if any.
    pub environment: Option<String>,
}

impl Workflow {
    /// A release of a public repository on a push to `main`.
    #[must_use]
    pub fn of(repository: &str) -> Self {
        Self {
            repository: repository.to_owned(),
            git_ref: "refs/heads/main".to_owned(),
            sha: "4f1d8c2b9a3e5d7061728394a5b6c7d8e9f00112".to_owned(),
            path: ".github/workflows/release.yml".to_owned(),
            reusable: None,
            name: "Release".to_owned(),
            event: "push".to_owned(),
            visibility: "public".to_owned(),
            runner: "github-hosted".to_owned(),
            environment: None,
        }
    }

    fn workflow_ref(&self) -> String {
        format!("{}/{}@{}", self.repository, self.path, self.git_ref)
    }

    fn subject(&self) -> String {
        match &self.environment {
            Some(environment) => format!("repo:{}:environment:{environment}", self.repository),
            None => format!("repo:{}:ref:{}", self.repository, self.git_ref),
        }
    }

    fn claims(&self) -> Value {
        let owner = self.repository.split('/').next().unwrap_or_default();
        json!({
            "sub": self.subject(),
            "repository": self.repository,
            "repository_id": "1001",
            "repository_owner": owner,
            "repository_owner_id": "101",
            "repository_visibility": self.visibility,
            "ref": self.git_ref,
            "ref_type": if self.git_ref.starts_with("refs/tags/") { "tag" } else { "branch" },
            "sha": self.sha,
            "workflow": self.name,
            "workflow_ref": self.workflow_ref(),
            "workflow_sha": self.sha,
            "job_workflow_ref": self.reusable.clone().unwrap_or_else(|| self.workflow_ref()),
            "job_workflow_sha": self.sha,
            "event_name": self.event,
            "runner_environment": self.runner,
            "actor": "plimsoll",
            "actor_id": "7",
            "run_id": "9001",
            "run_number": "12",
            "run_attempt": "1",
            "head_ref": "",
            "base_ref": "",
            "environment": self.environment,
        })
    }
}

impl Identity {
    /// What Fulcio will certify: the address, or the URI of the workflow.
    #[must_use]
    pub fn certified(&self) -> String {
        match self {
            Self::Email(address) => address.clone(),
            Self::Workflow(workflow) => {
                let reference = workflow.reusable.clone().unwrap_or_else(|| workflow.workflow_ref());
                format!("https://github.com/{reference}")
            }
        }
    }

    /// All claims of a token. Clients that do not know this issuer sign `sub` to prove possession, those of Dex the address:
    /// here they are the same.
    pub(crate) fn claims(&self, issuer: &str, audience: &str, from: Timestamp, until: Timestamp) -> Map<String, Value> {
        let own = match self {
            Self::Email(address) => json!({ "sub": address, "email": address, "email_verified": true }),
            Self::Workflow(workflow) => workflow.claims(),
        };
        let mut claims = match own {
            Value::Object(claims) => claims,
            _ => Map::new(),
        };
        claims.retain(|_, value| !value.is_null());
        claims.insert("iss".to_owned(), issuer.into());
        claims.insert("aud".to_owned(), audience.into());
        claims.insert("iat".to_owned(), from.as_second().into());
        claims.insert("nbf".to_owned(), from.as_second().into());
        claims.insert("exp".to_owned(), until.as_second().into());
        claims
    }
}
