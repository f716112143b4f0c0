//! What an identity token claims: for display, for the rule about public logs, and to know when it expires.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use super::{TokenError, token::unique};

/// Whether the repository that a token speaks for may be known to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Visibility {
    /// The token says that it is public.
    Public,
    /// The token says that it is not.
    NotPublic,
    /// The token does not say.
    Unknown,
}

/// What a token claims. Nobody has checked it.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    issuer: String,
    subject: String,
    audiences: Vec<String>,
    expires_at: Timestamp,
    all: BTreeMap<String, Value>,
}

/// Claims that say who asked, in the order in which they are shown. What is not here is not shown: it may be personal.
const SHOWN: [&str; 22] = [
    "email",
    "repository",
    "repository_visibility",
    "repository_owner",
    "workflow_ref",
    "job_workflow_ref",
    "ref",
    "sha",
    "event_name",
    "environment",
    "runner_environment",
    "project_path",
    "project_visibility",
    "ci_config_ref_uri",
    "pipeline_source",
    "organization_slug",
    "pipeline_slug",
    "build_branch",
    "build_commit",
    "oidc.circleci.com/project-id",
    "oidc.circleci.com/vcs-origin",
    "federated_claims",
];

impl Claims {
    pub(super) fn read(payload: &[u8]) -> Result<Self, TokenError> {
        unique(payload)?;
        let all: BTreeMap<String, Value> =
            serde_json::from_slice(payload).map_err(|_| TokenError::Malformed("the payload is no JSON object"))?;
        let text = |name: &'static str| {
            let found = all.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
            found.map(str::to_owned).ok_or(TokenError::Claim(name))
        };
        let audiences = match all.get("aud") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => many
                .iter()
                .map(|one| one.as_str().map(str::to_owned).ok_or(TokenError::Claim("aud")))
                .collect::<Result<_, _>>()?,
            _ => return Err(TokenError::Claim("aud")),
        };
        let expires_at = all.get("exp").and_then(numeric_date).ok_or(TokenError::Claim("exp"))?;
        Ok(Self { issuer: text("iss")?, subject: text("sub")?, audiences, expires_at, all })
    }

    /// Who issued the token (`iss`).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whom it speaks for (`sub`).
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whom it is for (`aud`).
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// Whether it is for this audience.
    #[must_use]
    pub fn is_for(&self, audience: &str) -> bool {
        self.audiences.iter().any(|one| one == audience)
    }

    /// When it stops being accepted (`exp`).
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// All that the token claims, by name. Some of it may be personal.
    #[must_use]
    pub fn all(&self) -> &BTreeMap<String, Value> {
        &self.all
    }

    /// The address of a person or service account (`email`), if the token has one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// Whether the issuer has checked the address; `None` when it does not say.
    #[must_use]
    pub fn email_is_verified(&self) -> Option<bool> {
        match self.all.get("email_verified")? {
            Value::Bool(verified) => Some(*verified),
            Value::String(text) => Some(text == "true"),
            _ => None,
        }
    }

    /// A claim that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.all.get(name).and_then(Value::as_str)
    }

    /// The name that the certificate will carry, as far as it can be told: that of Fulcio for the issuers it knows.
    #[must_use]
    pub fn principal(&self) -> String {
        if let (Some(workflow), true) = (self.text("job_workflow_ref"), self.text("repository").is_some()) {
            let server = github_server(&self.issuer);
            return format!("https://{server}/{workflow}");
        }
        if let Some(config) = self.text("ci_config_ref_uri") {
            return format!("https://{config}");
        }
        self.email().unwrap_or(&self.subject).to_owned()
    }

    /// The name that the certificate must carry, where the rule of the issuer is known: an address, or the workflow of a
    /// public instance of GitHub or GitLab. `None` where an authority may have a rule of its own.
    #[must_use]
    pub fn known_principal(&self) -> Option<String> {
        match self.issuer.as_str() {
            "https://token.actions.githubusercontent.com" => self.text("job_workflow_ref").map(|_| self.principal()),
            "https://gitlab.com" => self.text("ci_config_ref_uri").map(|_| self.principal()),
            _ if self.email_is_verified() == Some(true) => self.email().map(str::to_owned),
            _ => None,
        }
    }

    /// The issuer that this one stands in for, as Dex says it (`federated_claims.connector_id`): Fulcio certifies that one.
    #[must_use]
    pub fn federated_issuer(&self) -> Option<String> {
        self.all.get("federated_claims")?.get("connector_id")?.as_str().map(str::to_owned)
    }

    /// What a proof that one has the key is made over: the address where there is one, else the subject (Fulcio's API,
    /// `proofOfPossession`).
    #[must_use]
    pub fn proof_subject(&self) -> &str {
        self.email().unwrap_or(&self.subject)
    }

    /// Whether the repository is public, as far as the token says.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        let said: Vec<&str> =
            ["repository_visibility", "project_visibility"].iter().filter_map(|name| self.text(name)).collect();
        if said.is_empty() {
            Visibility::Unknown
        } else if said.iter().all(|said| *said == "public") {
            Visibility::Public
        } else {
            Visibility::NotPublic
        }
    }

    /// The claims that say who asked, by name: what is worth showing before it is published.
    pub fn shown(&self) -> impl Iterator<Item = (&'static str, String)> {
        SHOWN.iter().filter_map(|name| {
            let value = match self.all.get(*name)? {
                Value::String(text) => text.clone(),
                Value::Null => return None,
                other => other.to_string(),
            };
            Some((*name, value))
        })
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("audiences", &self.audiences)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The web address of the GitHub that issues as `issuer`: github.com, a tenant of ghe.com, or a server of one's own.
fn github_server(issuer: &str) -> &str {
    let host = issuer.trim_start_matches("https://").split('/').next().unwrap_or_default();
    match host.strip_prefix("token.actions.") {
        Some("githubusercontent.com") => "github.com",
        Some(tenant) => tenant,
        None => host,
    }
}

/// RFC 7519 §2, NumericDate: seconds since 1970, which may have a fraction.
fn numeric_date(value: &Value) -> Option<Timestamp> {
    let seconds = match value.as_i64() {
        Some(seconds) => seconds,
        None => {
            let seconds = value.as_f64().filter(|seconds| seconds.is_finite() && seconds.abs() < 1e11)?;
            format!("{:.0}", seconds.floor()).parse().ok()?
        }
    };
    Timestamp::from_second(seconds).ok()
}
