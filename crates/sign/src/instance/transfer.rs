//! An instance in one file: the client trust configuration that other clients read and write.
//! <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto>

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Instance, Origin};

/// The media type of such a file.
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json";

/// Whom to trust and where to sign, in one file.
#[derive(Debug)]
pub struct TrustConfig {
    /// The trusted root, as JSON.
    pub trusted_root: String,
    /// The signing configuration, as JSON.
    pub signing_config: Option<String>,
}

/// Why a file is no trust configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustConfigError {
    /// It is not JSON of this shape.
    #[error("not a client trust configuration")]
    Malformed(#[from] serde_json::Error),
    /// It is of another type or version.
    #[error("its media type is {0:?}")]
    MediaType(String),
}

impl TrustConfig {
    /// Reads one.
    ///
    /// # Errors
    /// It is none, or of another version.
    pub fn parse(text: &str) -> Result<Self, TrustConfigError> {
        plimsoll_attest::refuse_duplicates(text.as_bytes())?;
        let wire: Wire = serde_json::from_str(text)?;
        if wire.media_type != MEDIA_TYPE {
            return Err(TrustConfigError::MediaType(wire.media_type));
        }
        let signing_config = wire.signing_config.map(|config| config.get().to_owned());
        Ok(Self { trusted_root: wire.trusted_root.get().to_owned(), signing_config })
    }

    /// As an instance of a name.
    #[must_use]
    pub fn into_instance(self, name: &str) -> Instance {
        let Self { trusted_root, signing_config } = self;
        Instance { name: name.to_owned(), trusted_root, signing_config, origin: Origin::Files, as_of: None }
    }
}

impl Instance {
    /// Writes it in one file.
    ///
    /// # Errors
    /// Its files are not JSON.
    pub fn to_trust_config(&self) -> Result<String, TrustConfigError> {
        let wire = Wire {
            media_type: MEDIA_TYPE.to_owned(),
            trusted_root: RawValue::from_string(self.trusted_root.clone())?,
            signing_config: self.signing_config.clone().map(RawValue::from_string).transpose()?,
        };
        Ok(serde_json::to_string(&wire)?)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    media_type: String,
    trusted_root: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signing_config: Option<Box<RawValue>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Instances;

    #[test]
    fn an_instance_goes_both_ways() {
        for name in ["public-good", "github"] {
            let instance = Instances::new("/nowhere").get(name).unwrap();
            let read = TrustConfig::parse(&instance.to_trust_config().unwrap()).unwrap().into_instance("copy");
            assert_eq!(read.trusted_root, instance.trusted_root.trim());
            assert_eq!(read.signing_config.is_some(), instance.signing_config.is_some());
            read.trusted_root().unwrap();
        }
        assert!(TrustConfig::parse("{}").is_err());
        assert!(TrustConfig::parse(r#"{"mediaType":"x","trustedRoot":{}}"#).is_err());
    }
}
