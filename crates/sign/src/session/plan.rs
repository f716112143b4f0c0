//! What signing will make known, and to whom.
//!
//! A public log keeps for ever, for everybody, who signed what: the identity in the certificate, with the repository and the
//! workflow, and the digest. The certificate itself goes into a public log as well, by the authority that issues it. What an
//! identity says about its repository decides whether that needs somebody's word first.

use jiff::Timestamp;

use super::{Means, Session};
use crate::identity::{Provider, Visibility};
use crate::{Services, SignError};

/// The domains of instances that are open to everybody.
const PUBLIC: [&str; 2] = ["sigstore.dev", "sigstage.dev"];

/// What signing will make known, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// Who signs, without a key.
    pub identity: Option<PlannedIdentity>,
    /// What signs, with a key.
    pub key: Option<String>,
    /// Who is asked.
    pub services: Services,
    /// The addresses of those that make public what they are told.
    pub public: Vec<String>,
}

/// Who signs, by what the token says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedIdentity {
    /// Where the token comes from.
    pub provider: Provider,
    /// The name that the certificate will carry, as far as it can be told.
    pub principal: String,
    /// Who vouches for it.
    pub issuer: String,
    /// Whether the repository is public, as far as the token says.
    pub visibility: Visibility,
    /// What else the token says, that the certificate will repeat.
    pub claims: Vec<(String, String)>,
}

impl Plan {
    /// Why this should not be done without somebody's word: a public log would learn of what is not public, or may not be.
    #[must_use]
    pub fn refusal(&self) -> Option<SignError> {
        let (identity, log) = (self.identity.as_ref()?, self.public.first()?);
        let why = match identity.visibility {
            Visibility::Public => return None,
            Visibility::NotPublic => "the identity says that its repository is not public",
            Visibility::Unknown => "the identity does not say that its repository is public",
        };
        Some(SignError::NotPublic { log: log.clone(), why })
    }
}

impl Session {
    /// What signing will make known, and to whom. Keyless, a token is asked for, and shown to nobody.
    ///
    /// # Errors
    /// There is no token.
    pub fn plan(&mut self, now: Timestamp) -> Result<Plan, SignError> {
        let (identity, key) = match &mut self.means {
            Means::Key(signer) => (None, Some(signer.describe())),
            Means::Keyless(identity) => {
                let provider = identity.provider();
                let claims = identity.token(now)?.claims();
                let planned = PlannedIdentity {
                    provider,
                    principal: claims.known_principal().unwrap_or_else(|| claims.principal()),
                    issuer: claims.federated_issuer().unwrap_or_else(|| claims.issuer().to_owned()),
                    visibility: claims.visibility(),
                    claims: claims.shown().map(|(name, value)| (name.to_owned(), value)).collect(),
                };
                (Some(planned), None)
            }
        };
        let (keyless, services) = (identity.is_some(), self.services.clone());
        let asked = services.authority.iter().filter(|_| keyless);
        let public =
            asked.chain(services.logs.iter().map(|log| &log.url)).filter(|url| is_public(url)).cloned().collect();
        Ok(Plan { identity, key, public, services })
    }
}

/// Whether everybody can read what a service is told.
fn is_public(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default().split(['/', ':']).next().unwrap_or_default();
    PUBLIC.iter().any(|domain| host.strip_suffix(domain).is_some_and(|left| left.is_empty() || left.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_instances_are_known_by_their_domains() {
        for public in
            ["https://rekor.sigstore.dev", "https://log2026-1.rekor.sigstage.dev:443/x", "https://sigstore.dev"]
        {
            assert!(is_public(public), "{public}");
        }
        for other in ["https://rekor.notsigstore.dev", "http://127.0.0.1:3000", "https://sigstore.dev.example", ""] {
            assert!(!is_public(other), "{other}");
        }
    }
}
