//! The claim about an image that cosign and `skopeo` sign ("simple signing").
//! <https://github.com/containers/image/blob/main/docs/containers-signature.5.md>
//!
//! The signature is over this JSON, and not over the image: the subject is the digest that it names. A signature that holds
//! therefore proves nothing before that digest is the one of the artifact.

use plimsoll_attest::refuse_duplicates;
use plimsoll_model::DigestAlgorithm;
use serde::Deserialize;

use crate::Subject;

/// A claim is a few hundred bytes; annotations of users make it longer.
const MAX_BYTES: usize = 1 << 20;
/// What `critical.type` may be: of cosign, and of the specification.
const TYPES: [&str; 2] = ["cosign container image signature", "atomic container signature"];

/// A claim about an image.
#[derive(Debug, Clone)]
pub(crate) struct SimpleSigning {
    /// What was signed, as what a signature is checked over.
    pub(crate) signed: Subject,
    /// What it is about.
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) hex: String,
    /// The name that the image had for whoever signed it, which need not be where it is now.
    pub(crate) reference: String,
}

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    #[serde(rename = "type")]
    type_: String,
    image: Image,
    identity: Identity,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Image {
    docker_manifest_digest: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Identity {
    docker_reference: String,
}

impl SimpleSigning {
    /// Reads the claim that was signed.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, String> {
        if payload.len() > MAX_BYTES {
            return Err(format!("the claim is larger than {MAX_BYTES} bytes"));
        }
        refuse_duplicates(payload).map_err(|error| error.to_string())?;
        let Payload { critical } = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
        if !TYPES.contains(&critical.type_.as_str()) {
            return Err(format!("{:?} is no claim about an image", critical.type_));
        }
        let named = Subject::digest(&critical.image.docker_manifest_digest).map_err(|error| error.to_string())?;
        let (algorithm, hex) = named.digests().next().ok_or("it names no digest")?;
        Ok(Self {
            signed: Subject::bytes(payload.to_vec()),
            algorithm,
            hex: hex.to_owned(),
            reference: critical.identity.docker_reference,
        })
    }

    /// Whether it is about this.
    pub(crate) fn is_about(&self, subject: &Subject) -> bool {
        subject.hex(self.algorithm) == Some(self.hex.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn payload(kind: &str, digest: &str) -> String {
        format!(
            r#"{{"critical":{{"identity":{{"docker-reference":"example.org/app"}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"{kind}"}},"optional":null}}"#
        )
    }

    #[test]
    fn the_subject_is_the_digest_that_it_names() {
        for kind in TYPES {
            let claim = SimpleSigning::parse(payload(kind, &format!("sha256:{HEX}")).as_bytes()).unwrap();
            assert!(claim.is_about(&Subject::bytes(Vec::new())));
            assert!(!claim.is_about(&Subject::bytes(b"other".to_vec())));
            assert_eq!(claim.reference, "example.org/app");
        }
    }

    #[test]
    fn other_claims_are_refused() {
        let good = payload(TYPES[0], &format!("sha256:{HEX}"));
        for bad in [
            payload("something else", &format!("sha256:{HEX}")),
            payload(TYPES[0], HEX),
            payload(TYPES[0], "sha256:00"),
            good.replace("\"type\"", "\"type\":\"x\",\"type\""),
            good.replace("critical", "uncritical"),
        ] {
            assert!(SimpleSigning::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
