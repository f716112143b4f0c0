//! cosign's private keys: PKCS #8 in a NaCl secret box, its key from scrypt, all in JSON in PEM.
//!
//! The JSON is that of go-securesystemslib's `encrypted`: `kdf` (`scrypt` with `N`, `r`, `p` and `salt`), `cipher`
//! (`nacl/secretbox` with `nonce`), `ciphertext`; bytes are in base64. cosign 2 and 3 write N = 65536, earlier ones 32768.
//! An empty password is a password there.

use crypto_secretbox::aead::Aead as _;
use crypto_secretbox::{Key, KeyInit as _, Nonce, XSalsa20Poly1305};
use data_encoding::BASE64;
use plimsoll_attest::refuse_duplicates;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::key_file::{pem, random, scrypt_parameters, shown};
use super::{KeyError, KeyFormat};
use crate::secret::{SecretBytes, SecretText};
use crate::signer::SoftwareSigner;

const LABEL: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
/// What cosign writes.
const N: u64 = 1 << 16;
/// Bytes of salt that may be given; cosign's have 32.
const SALT_LIMIT: usize = 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    kdf: Derivation,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Derivation {
    name: String,
    params: Cost,
    salt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    #[serde(rename = "N")]
    n: u64,
    r: u64,
    p: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cipher {
    name: String,
    nonce: String,
}

/// The PKCS #8 document in a box.
pub(super) fn open(body: &SecretBytes, password: &SecretText) -> Result<SecretBytes, KeyError> {
    let malformed = || KeyError::Malformed(KeyFormat::Cosign);
    refuse_duplicates(body.expose()).map_err(|_| malformed())?;
    let sealed: Sealed = serde_json::from_slice(body.expose()).map_err(|_| malformed())?;
    if sealed.kdf.name != "scrypt" || sealed.cipher.name != "nacl/secretbox" {
        let names = format!("{} and {}", sealed.kdf.name, sealed.cipher.name);
        return Err(KeyError::Cipher(shown(&names)));
    }
    let bytes = |text: &str| BASE64.decode(text.as_bytes()).map_err(|_| malformed());
    let (salt, nonce, ciphertext) =
        (bytes(&sealed.kdf.salt)?, bytes(&sealed.cipher.nonce)?, bytes(&sealed.ciphertext)?);
    let nonce: [u8; 24] = nonce.try_into().map_err(|_| malformed())?;
    if salt.len() > SALT_LIMIT || ciphertext.len() < XSalsa20Poly1305::TAG_SIZE {
        return Err(malformed());
    }
    let sealer = derive(password, &salt, &sealed.kdf.params)?;
    let plain = sealer.decrypt(Nonce::from_slice(&nonce), ciphertext.as_slice()).map_err(|_| KeyError::Password)?;
    Ok(SecretBytes::new(plain))
}

/// A key as a PEM file that cosign reads.
///
/// # Errors
/// The password is empty, or the library of cryptography failed.
pub fn to_cosign_pem(key: &SoftwareSigner, password: &SecretText) -> Result<SecretText, KeyError> {
    if password.is_empty() {
        return Err(KeyError::EmptyPassword);
    }
    let (salt, nonce) = (random::<32>()?, random::<24>()?);
    let cost = Cost { n: N, r: 8, p: 1 };
    let pkcs8 = key.to_pkcs8_der().map_err(KeyError::Key)?;
    let sealer = derive(password, salt.as_slice(), &cost)?;
    let ciphertext = sealer
        .encrypt(Nonce::from_slice(nonce.as_slice()), pkcs8.expose().as_slice())
        .map_err(|_| KeyError::Cryptography)?;
    let sealed = Sealed {
        kdf: Derivation { name: "scrypt".to_owned(), params: cost, salt: BASE64.encode(salt.as_slice()) },
        cipher: Cipher { name: "nacl/secretbox".to_owned(), nonce: BASE64.encode(nonce.as_slice()) },
        ciphertext: BASE64.encode(&ciphertext),
    };
    let json = serde_json::to_vec(&sealed).map_err(|_| KeyError::Cryptography)?;
    pem(LABEL, &json)
}

fn derive(password: &SecretText, salt: &[u8], cost: &Cost) -> Result<XSalsa20Poly1305, KeyError> {
    let parameters = scrypt_parameters(cost.n, cost.r, cost.p)?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(password.expose().as_bytes(), salt, &parameters, key.as_mut_slice())
        .map_err(|_| KeyError::Cryptography)?;
    Ok(XSalsa20Poly1305::new(Key::from_slice(key.as_slice())))
}
