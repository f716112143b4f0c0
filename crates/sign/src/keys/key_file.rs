//! A private key as a file has it: recognised by its PEM label (RFC 7468), unlocked when it is used.
//!
//! OpenSSL puts `EC PARAMETERS` before an `EC PRIVATE KEY`; they are passed over, since the key names its curve too. Its old
//! encryption (`Proc-Type: 4,ENCRYPTED`, RFC 1421) derives keys with one round of MD5 and is refused.

use std::fmt;

use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair};
use zeroize::Zeroizing;

use super::{KEY_FILE_LIMIT, KeyError, cosign, encrypted};
use crate::secret::{SecretBytes, SecretText};
use crate::signer::SoftwareSigner;

/// How a private key is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyFormat {
    /// `ENCRYPTED PRIVATE KEY`: PKCS #8 with PBES2 (RFC 5958 §3).
    EncryptedPkcs8,
    /// `PRIVATE KEY`: PKCS #8.
    Pkcs8,
    /// `EC PRIVATE KEY`: SEC 1 (RFC 5915).
    Sec1,
    /// `RSA PRIVATE KEY`: PKCS #1 (RFC 8017 §A.1.2).
    Pkcs1,
    /// `ENCRYPTED SIGSTORE PRIVATE KEY` and `ENCRYPTED COSIGN PRIVATE KEY`: PKCS #8 in a NaCl box in JSON.
    Cosign,
}

impl KeyFormat {
    fn of(label: &str) -> Option<Self> {
        Some(match label {
            "ENCRYPTED PRIVATE KEY" => Self::EncryptedPkcs8,
            "PRIVATE KEY" => Self::Pkcs8,
            "EC PRIVATE KEY" => Self::Sec1,
            "RSA PRIVATE KEY" => Self::Pkcs1,
            "ENCRYPTED SIGSTORE PRIVATE KEY" | "ENCRYPTED COSIGN PRIVATE KEY" => Self::Cosign,
            _ => return None,
        })
    }

    /// Whether a password protects keys that are written so.
    #[must_use]
    pub fn is_encrypted(self) -> bool {
        matches!(self, Self::EncryptedPkcs8 | Self::Cosign)
    }
}

impl fmt::Display for KeyFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EncryptedPkcs8 => "encrypted PKCS #8",
            Self::Pkcs8 => "PKCS #8",
            Self::Sec1 => "SEC 1",
            Self::Pkcs1 => "PKCS #1",
            Self::Cosign => "cosign key",
        })
    }
}

/// A private key that is not unlocked yet.
pub struct KeyFile {
    format: KeyFormat,
    body: SecretBytes,
}

impl KeyFile {
    /// Recognises a PEM file.
    ///
    /// # Errors
    /// It is no PEM file with one private key of a known format.
    pub fn parse(pem: &SecretBytes) -> Result<Self, KeyError> {
        let text = pem.expose().as_slice();
        if text.len() > KEY_FILE_LIMIT {
            return Err(KeyError::TooLarge);
        }
        let text = std::str::from_utf8(text).map_err(|_| KeyError::Pem("it is not text"))?;
        let text = without_parameters(text.trim());
        if text.matches("-----BEGIN ").count() != 1 {
            return Err(KeyError::Pem("it has no block, or several"));
        }
        if text.contains("Proc-Type:") {
            return Err(KeyError::Cipher(
                "OpenSSL's old method; convert it with `openssl pkcs8 -topk8 -scrypt`".to_owned(),
            ));
        }
        let (label, body) =
            der::pem::decode_vec(text.as_bytes()).map_err(|_| KeyError::Pem("the block is malformed"))?;
        let body = SecretBytes::new(body);
        match KeyFormat::of(label) {
            Some(format) => Ok(Self { format, body }),
            None => Err(KeyError::Label(shown(label))),
        }
    }

    /// How the key is written down.
    #[must_use]
    pub fn format(&self) -> KeyFormat {
        self.format
    }

    /// Unlocks a key with its password, which may be empty where another tool made it so. `label` says where it was.
    ///
    /// # Errors
    /// It is not encrypted, the password is wrong, or it is no key that can sign.
    pub fn unlock(&self, password: &SecretText, label: &str) -> Result<SoftwareSigner, KeyError> {
        let pkcs8 = match self.format {
            KeyFormat::EncryptedPkcs8 => encrypted::open(&self.body, password)?,
            KeyFormat::Cosign => cosign::open(&self.body, password)?,
            KeyFormat::Pkcs8 | KeyFormat::Sec1 | KeyFormat::Pkcs1 => return Err(KeyError::NotEncrypted),
        };
        SoftwareSigner::from_pkcs8_der(&pkcs8, label).map_err(KeyError::Key)
    }

    /// Uses a key that nothing protects. Whoever calls has said that this is meant.
    ///
    /// # Errors
    /// It is encrypted, or no key that can sign.
    pub fn unprotected(&self, label: &str) -> Result<SoftwareSigner, KeyError> {
        match self.format {
            KeyFormat::EncryptedPkcs8 | KeyFormat::Cosign => Err(KeyError::NeedsPassword),
            KeyFormat::Pkcs8 => SoftwareSigner::from_pkcs8_der(&self.body, label).map_err(KeyError::Key),
            KeyFormat::Sec1 => {
                let der = self.body.expose().as_slice();
                let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, der)
                    .or_else(|_| EcdsaKeyPair::from_private_key_der(&ECDSA_P384_SHA384_ASN1_SIGNING, der));
                let pair = pair.map_err(|_| KeyError::Malformed(self.format))?;
                SoftwareSigner::from_ecdsa(pair, label).map_err(KeyError::Key)
            }
            KeyFormat::Pkcs1 => {
                let pair = RsaKeyPair::from_der(self.body.expose()).map_err(|_| KeyError::Malformed(self.format))?;
                SoftwareSigner::from_rsa(pair, label).map_err(KeyError::Key)
            }
        }
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("format", &self.format).finish_non_exhaustive()
    }
}

/// What follows a leading block of `EC PARAMETERS`.
fn without_parameters(text: &str) -> &str {
    const END: &str = "-----END EC PARAMETERS-----";
    match text.strip_prefix("-----BEGIN EC PARAMETERS-----").and_then(|rest| rest.split_once(END)) {
        Some((_, rest)) => rest.trim_start(),
        None => text,
    }
}

/// A name out of a file, fit to be shown.
pub(super) fn shown(name: &str) -> String {
    plimsoll_model::printable(name).chars().take(80).collect()
}

/// A PEM file, which holds a secret until it is written.
pub(super) fn pem(label: &'static str, body: &[u8]) -> Result<SecretText, KeyError> {
    let text = der::pem::encode_string(label, der::pem::LineEnding::LF, body);
    text.map(SecretText::new).map_err(|_| KeyError::Cryptography)
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, KeyError> {
    let mut bytes = Zeroizing::new([0; N]);
    aws_lc_rs::rand::fill(bytes.as_mut_slice()).map_err(|_| KeyError::Cryptography)?;
    Ok(bytes)
}

/// Bytes of memory that scrypt may want: cosign's keys want 64 MiB.
const SCRYPT_MEMORY: u64 = 256 << 20;
/// What scrypt may cost: N · r · p. That of cosign's keys is 2¹⁹.
const SCRYPT_WORK: u64 = 1 << 23;

/// The parameters of scrypt (RFC 7914 §6), if they are sane.
pub(super) fn scrypt_parameters(n: u64, r: u64, p: u64) -> Result<scrypt::Params, KeyError> {
    if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
        return Err(KeyError::Cost("its parameters of scrypt are none"));
    }
    let blocks = n.checked_mul(r);
    if blocks.and_then(|blocks| blocks.checked_mul(128)).is_none_or(|bytes| bytes > SCRYPT_MEMORY) {
        return Err(KeyError::Cost("scrypt would take more than 256 MiB of memory"));
    }
    if blocks.and_then(|blocks| blocks.checked_mul(p)).is_none_or(|work| work > SCRYPT_WORK) {
        return Err(KeyError::Cost("scrypt would take too long"));
    }
    let narrow = |value: u64| u32::try_from(value).map_err(|_| KeyError::Cost("its parameters of scrypt are none"));
    let log_n = u8::try_from(n.trailing_zeros()).unwrap_or(u8::MAX);
    scrypt::Params::new(log_n, narrow(r)?, narrow(p)?, 32)
        .map_err(|_| KeyError::Cost("its parameters of scrypt are none"))
}
