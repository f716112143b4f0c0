//! Whether the certificate that signs the provenance says the same.
//!
//! What a build states of itself it could have made up; what the certificate says comes from the token, past it. So a
//! document that contradicts its certificate is never signed.

use plimsoll_verify::{Claim, Claims};

use super::field::Kind;
use super::{GenerateError, Generated};

/// A claim of the certificate that was compared with the provenance.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateCheck {
    /// Which.
    pub claim: Claim,
    /// What the provenance says.
    pub stated: String,
    /// What the certificate says, `None` if it does not.
    pub certified: Option<String>,
}

impl Generated {
    /// Compares what the provenance says with what the certificate of its signer does.
    ///
    /// # Errors
    /// They contradict each other.
    pub fn check_certificate(&self, claims: &Claims) -> Result<Vec<CertificateCheck>, GenerateError> {
        let compare = |(claim, stated): &(Claim, String)| {
            let certified = claims.get(*claim);
            let same = match claim {
                Claim::SourceRepositoryUri => Kind::Repository,
                _ => Kind::Text,
            };
            match certified {
                Some(certified) if !same.same(certified, stated) => Err(GenerateError::Certificate {
                    claim: claim.name(),
                    certified: certified.to_owned(),
                    stated: stated.clone(),
                }),
                _ => Ok(CertificateCheck {
                    claim: *claim,
                    stated: stated.clone(),
                    certified: certified.map(str::to_owned),
                }),
            }
        };
        self.certificate.iter().map(compare).collect()
    }
}
