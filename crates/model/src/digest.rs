//! Digests of bytes.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A digest algorithm, named as in the IANA and CycloneDX registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// MD5 (RFC 1321). Kept because package databases record it; proves nothing.
    Md5,
    /// SHA-1 (FIPS 180-4).
    Sha1,
    /// SHA-224 (FIPS 180-4).
    Sha224,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
    /// SHA-512 (FIPS 180-4).
    Sha512,
    /// SHA3-256 (FIPS 202).
    Sha3_256,
    /// BLAKE2b with 256 bits of output.
    Blake2b256,
    /// BLAKE3 with 256 bits of output.
    Blake3,
}

impl DigestAlgorithm {
    /// Output length in bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 | Self::Sha3_256 | Self::Blake2b256 | Self::Blake3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Always false: no algorithm has an empty output. Present because `len` is.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        false
    }

    /// The name in lower case without separators, as used in OCI digests and lockfiles: `sha256`.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Sha3_256 => "sha3-256",
            Self::Blake2b256 => "blake2b-256",
            Self::Blake3 => "blake3",
        }
    }

    /// The algorithm with this name, whatever its case and separators (`SHA-256`, `sha_256`, `sha256`).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut plain = name.to_ascii_lowercase();
        plain.retain(|c| c.is_ascii_alphanumeric());
        Some(match plain.as_str() {
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            "sha3256" => Self::Sha3_256,
            "blake2b256" => Self::Blake2b256,
            "blake3" => Self::Blake3,
            _ => return None,
        })
    }
}

/// The value of a digest and the algorithm that made it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    bytes: Box<[u8]>,
}

/// Why text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// The algorithm is not one that Plimsoll knows.
    #[error("unknown digest algorithm")]
    UnknownAlgorithm,
    /// The value is not hexadecimal or base64 text.
    #[error("digest value is not valid hexadecimal or base64")]
    Encoding,
    /// The value has the wrong number of bytes for its algorithm.
    #[error("digest value has {actual} bytes, {expected} expected")]
    Length {
        /// Bytes that the algorithm makes.
        expected: usize,
        /// Bytes found.
        actual: usize,
    },
}

impl Digest {
    /// A digest from its raw bytes.
    ///
    /// # Errors
    /// The length is not that of the algorithm.
    pub fn from_bytes(algorithm: DigestAlgorithm, bytes: impl Into<Box<[u8]>>) -> Result<Self, DigestError> {
        let bytes = bytes.into();
        if bytes.len() == algorithm.len() {
            Ok(Self { algorithm, bytes })
        } else {
            Err(DigestError::Length { expected: algorithm.len(), actual: bytes.len() })
        }
    }

    /// A digest from hexadecimal text in either case.
    ///
    /// # Errors
    /// The text is not hexadecimal, or has the wrong length.
    pub fn from_hex(algorithm: DigestAlgorithm, hex: &str) -> Result<Self, DigestError> {
        let bytes =
            data_encoding::HEXLOWER_PERMISSIVE.decode(hex.trim().as_bytes()).map_err(|_| DigestError::Encoding)?;
        Self::from_bytes(algorithm, bytes)
    }

    /// A digest from standard or URL-safe base64, padded or not.
    ///
    /// # Errors
    /// The text is not base64, or has the wrong length.
    pub fn from_base64(algorithm: DigestAlgorithm, text: &str) -> Result<Self, DigestError> {
        let plain = text.trim().trim_end_matches('=').replace('-', "+").replace('_', "/");
        let bytes = data_encoding::BASE64_NOPAD.decode(plain.as_bytes()).map_err(|_| DigestError::Encoding)?;
        Self::from_bytes(algorithm, bytes)
    }

    /// A digest written `sha256:hex` (OCI image-spec, descriptor digests; pip `--hash`).
    ///
    /// # Errors
    /// Unknown algorithm, bad hexadecimal or wrong length.
    pub fn from_prefixed(text: &str) -> Result<Self, DigestError> {
        let (name, hex) = text.split_once(':').ok_or(DigestError::Encoding)?;
        let algorithm = DigestAlgorithm::from_name(name).ok_or(DigestError::UnknownAlgorithm)?;
        Self::from_hex(algorithm, hex)
    }

    /// Every digest in a Subresource Integrity value: `sha512-BASE64 sha1-BASE64` (W3C SRI §3.5). Entries that do not
    /// parse are left out.
    pub fn from_sri(text: &str) -> impl Iterator<Item = Self> {
        text.split_ascii_whitespace().filter_map(|entry| {
            let (name, value) = entry.split_once('-')?;
            let value = value.split('?').next()?;
            Self::from_base64(DigestAlgorithm::from_name(name)?, value).ok()
        })
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The raw bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The value in lower-case hexadecimal.
    #[must_use]
    pub fn hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.token(), self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn reads_each_spelling() {
        let hex = Digest::from_prefixed(&format!("sha256:{EMPTY}")).unwrap();
        let sri: Vec<_> = Digest::from_sri("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= nonsense").collect();
        assert_eq!(sri, std::slice::from_ref(&hex));
        assert_eq!(
            Digest::from_base64(DigestAlgorithm::Sha256, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
            Ok(hex)
        );
    }

    #[test]
    fn refuses_wrong_lengths() {
        assert_eq!(
            Digest::from_hex(DigestAlgorithm::Sha1, EMPTY),
            Err(DigestError::Length { expected: 20, actual: 32 })
        );
        assert_eq!(Digest::from_prefixed("sha256:../../x"), Err(DigestError::Encoding));
        assert_eq!(Digest::from_prefixed("rot13:00"), Err(DigestError::UnknownAlgorithm));
    }
}
