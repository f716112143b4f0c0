//! Whom to believe: the authorities and logs of a Sigstore instance.

use std::fmt;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sigstore_trust_root::trusted_root::CertificateEntry;
use sigstore_trust_root::{SigstoreInstance, TimeRange, TrustedRoot as Material};

use crate::VerifyError;
use crate::engine::Library;

/// The authorities and logs of one instance, ready to verify with.
pub struct TrustedRoot {
    name: String,
    digest: String,
    as_of: Option<Timestamp>,
    material: Material,
    library: Library,
}

/// One of those that a trusted root names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// `certificate-authority`, `log`, `certificate-log` or `timestamp-authority`.
    pub kind: &'static str,
    /// Its URL, empty where it has none.
    pub name: String,
    /// SHA-256 of its key (logs) or certificate, in hex.
    pub fingerprint: String,
    /// From when on it is trusted.
    pub since: Option<Timestamp>,
    /// Until when it is trusted.
    pub until: Option<Timestamp>,
}

/// An instance whose trusted root is part of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuiltIn {
    /// The public-good instance, `sigstore.dev`.
    PublicGood,
    /// Its rehearsal, `sigstage.dev`.
    Staging,
    /// GitHub's, for attestations of private repositories.
    GitHub,
}

/// The day on which the built-in trusted roots were taken from their repositories.
const BUILT_IN_AS_OF: &str = "2026-10-20T00:00:00Z";
/// A trusted root is a few kilobytes.
const MAX_ROOT: usize = 4 << 20;

impl BuiltIn {
    /// All of them, with their names on the command line.
    pub const ALL: &'static [(Self, &'static str)] =
        &[(Self::PublicGood, "public-good"), (Self::Staging, "staging"), (Self::GitHub, "github")];

    /// The one with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(built_in, _)| *built_in)
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(built_in, _)| *built_in == self).map_or("", |(_, name)| name)
    }

    /// Its trusted root as JSON.
    #[must_use]
    pub fn json(self) -> &'static str {
        match self {
            Self::PublicGood => SigstoreInstance::PublicGood,
            Self::Staging => SigstoreInstance::Staging,
            Self::GitHub => SigstoreInstance::GitHub,
        }
        .embedded_trusted_root_json()
    }

    /// The trusted root that is part of this program.
    ///
    /// # Errors
    /// Never, unless the program was built from damaged parts.
    pub fn trusted_root(self) -> Result<TrustedRoot, VerifyError> {
        TrustedRoot::parse(self.name(), self.json(), BUILT_IN_AS_OF.parse().ok())
    }
}

impl TrustedRoot {
    /// Reads a trusted root (`application/vnd.dev.sigstore.trustedroot+json;version=0.1`). `as_of` is when it was fetched,
    /// where that is known.
    ///
    /// # Errors
    /// It is none, has a key twice, or a key or certificate in it is of no use.
    pub fn parse(name: &str, json: &str, as_of: Option<Timestamp>) -> Result<Self, VerifyError> {
        let bad = |reason: String| VerifyError::TrustedRoot { reason };
        if json.len() > MAX_ROOT {
            return Err(bad(format!("it is larger than {MAX_ROOT} bytes")));
        }
        plimsoll_attest::refuse_duplicates(json.as_bytes()).map_err(|error| bad(error.to_string()))?;
        let material = Material::from_json(json).map_err(|error| bad(error.to_string()))?;
        let library = Library::new(&material).map_err(|error| bad(error.to_string()))?;
        let digest = HEXLOWER.encode(&Sha256::digest(json.as_bytes()));
        Ok(Self { name: name.to_owned(), digest, as_of, material, library })
    }

    /// What it is called: the name of the instance or of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the document, in hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// When it was fetched, where that is known.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        self.as_of
    }

    /// Whether it names transparency logs, so that signatures have to be in one.
    #[must_use]
    pub fn has_logs(&self) -> bool {
        !self.material.tlogs.is_empty()
    }

    /// Whether it names certificate transparency logs, so that certificates have to be in one.
    #[must_use]
    pub fn has_certificate_logs(&self) -> bool {
        !self.material.ctlogs.is_empty()
    }

    /// How many it names of each: certificate authorities, transparency logs, certificate logs, timestamp authorities.
    #[must_use]
    pub fn counts(&self) -> [usize; 4] {
        let material = &self.material;
        [
            material.certificate_authorities.len(),
            material.tlogs.len(),
            material.ctlogs.len(),
            material.timestamp_authorities.len(),
        ]
    }

    /// Everybody that it names.
    #[must_use]
    pub fn authorities(&self) -> Vec<Authority> {
        let chain = |kind, uri: &Option<String>, certificates: &[CertificateEntry], valid: Option<TimeRange>| {
            let leaf = certificates.first().map(|entry| entry.raw_bytes.as_bytes()).unwrap_or_default();
            Authority {
                kind,
                name: uri.clone().unwrap_or_default(),
                fingerprint: HEXLOWER.encode(&Sha256::digest(leaf)),
                since: valid.map(|range| range.start),
                until: valid.and_then(|range| range.end),
            }
        };
        let log = |kind, url: &str, id: &[u8], valid: Option<TimeRange>| Authority {
            kind,
            name: url.to_owned(),
            fingerprint: HEXLOWER.encode(id),
            since: valid.map(|range| range.start),
            until: valid.and_then(|range| range.end),
        };
        let material = &self.material;
        let mut all = Vec::new();
        for ca in &material.certificate_authorities {
            all.push(chain("certificate-authority", &Some(ca.uri.clone()), &ca.cert_chain.certificates, ca.valid_for));
        }
        for tlog in &material.tlogs {
            let id = tlog.log_id.key_id.as_bytes();
            all.push(log("log", &tlog.base_url, id, tlog.public_key.valid_for));
        }
        for ctlog in &material.ctlogs {
            let id = ctlog.log_id.key_id.as_bytes();
            all.push(log("certificate-log", &ctlog.base_url, id, ctlog.public_key.valid_for));
        }
        for tsa in &material.timestamp_authorities {
            all.push(chain("timestamp-authority", &tsa.uri, &tsa.cert_chain.certificates, tsa.valid_for));
        }
        all
    }

    pub(crate) fn material(&self) -> &Material {
        &self.material
    }

    pub(crate) fn library(&self) -> &Library {
        &self.library
    }
}

impl fmt::Debug for TrustedRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustedRoot({} sha256:{})", self.name, self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_roots_can_be_used() {
        for (built_in, name) in BuiltIn::ALL {
            let root = built_in.trusted_root().unwrap();
            assert_eq!((root.name(), BuiltIn::named(name)), (*name, Some(*built_in)));
            assert_eq!(root.has_logs(), *built_in != BuiltIn::GitHub);
        }
    }

    #[test]
    fn what_is_no_trusted_root_is_refused() {
        for text in ["", "{}", "[]", r#"{"mediaType":"x","mediaType":"x"}"#] {
            assert!(TrustedRoot::parse("x", text, None).is_err(), "{text}");
        }
    }
}
