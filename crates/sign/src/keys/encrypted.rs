//! PKCS #8 encrypted with PBES2 (RFC 5958 §3, RFC 8018 §6.2).
//!
//! Written: scrypt with N = 2¹⁴, r = 8, p = 5 and AES-256-CBC. That is 16 MiB of memory and as much work as N = 2¹⁷, p = 1;
//! OpenSSL 3 refuses to open what takes 32 MiB or more. Read: scrypt and PBKDF2 with SHA-2, with AES.

use der::Decode as _;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs8::{EncryptedPrivateKeyInfo, PrivateKeyInfo};
use zeroize::Zeroizing;

use super::key_file::{pem, random, scrypt_parameters};
use super::{KeyError, KeyFormat};
use crate::secret::{SecretBytes, SecretText};
use crate::signer::SoftwareSigner;

/// Rounds of PBKDF2 that a file may ask for.
const PBKDF2_ROUNDS: u32 = 10_000_000;

/// The PKCS #8 document in an encrypted one.
pub(super) fn open(body: &SecretBytes, password: &SecretText) -> Result<SecretBytes, KeyError> {
    let malformed = || KeyError::Malformed(KeyFormat::EncryptedPkcs8);
    let info = EncryptedPrivateKeyInfo::from_der(body.expose()).map_err(|_| malformed())?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        let name = info.encryption_algorithm.oid();
        return Err(KeyError::Cipher(format!("{name}, not PBES2; convert it with `openssl pkcs8 -topk8 -scrypt`")));
    };
    match &parameters.kdf {
        Kdf::Scrypt(scrypt) => {
            let (n, r, p) = (scrypt.cost_parameter, scrypt.block_size, scrypt.parallelization);
            scrypt_parameters(n, r.into(), p.into())?;
        }
        Kdf::Pbkdf2(pbkdf2) if pbkdf2.iteration_count > PBKDF2_ROUNDS => {
            return Err(KeyError::Cost("PBKDF2 would take too long"));
        }
        Kdf::Pbkdf2(_) => {}
        _ => return Err(KeyError::Cipher("an unknown derivation of keys".to_owned())),
    }
    let mut buffer = Zeroizing::new(info.encrypted_data.to_vec());
    let plain = parameters.decrypt_in_place(password.expose(), &mut buffer).map_err(|_| KeyError::Password)?;
    // Whatever a wrong password gives is no PKCS #8.
    PrivateKeyInfo::from_der(plain).map_err(|_| KeyError::Password)?;
    Ok(SecretBytes::new(plain.to_vec()))
}

/// A key as a PEM file that a password protects.
///
/// # Errors
/// The password is empty, or the library of cryptography failed.
pub fn to_encrypted_pem(key: &SoftwareSigner, password: &SecretText) -> Result<SecretText, KeyError> {
    if password.is_empty() {
        return Err(KeyError::EmptyPassword);
    }
    let pkcs8 = key.to_pkcs8_der().map_err(KeyError::Key)?;
    let info = PrivateKeyInfo::from_der(pkcs8.expose()).map_err(|_| KeyError::Cryptography)?;
    let (salt, iv) = (random::<16>()?, random::<16>()?);
    let parameters = Parameters::scrypt_aes256cbc(scrypt_parameters(1 << 14, 8, 5)?, salt.as_slice(), &iv);
    let parameters = parameters.map_err(|_| KeyError::Cryptography)?;
    let document = info.encrypt_with_params(parameters, password.expose()).map_err(|_| KeyError::Cryptography)?;
    pem("ENCRYPTED PRIVATE KEY", document.as_bytes())
}
