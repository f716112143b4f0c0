//! The files themselves: read up to a limit, written once and never over another.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::KeyError;
use crate::secret::{SecretBytes, SecretText};
use crate::signer::PublicKey;

/// Bytes of a file that may hold a key. RSA-4096 in cosign's box has about five thousand.
pub const KEY_FILE_LIMIT: usize = 64 << 10;

/// Reads the file of a private key.
///
/// # Errors
/// It cannot be read, or is too large.
pub fn read_key_file(path: &Path) -> Result<SecretBytes, KeyError> {
    let failed = |source| KeyError::Read { path: path.to_owned(), source };
    // As large as the file may be, so that no copy is left behind when it grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_FILE_LIMIT.saturating_add(1)));
    let taken = (KEY_FILE_LIMIT as u64).saturating_add(1);
    File::open(path).map_err(failed)?.take(taken).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > KEY_FILE_LIMIT {
        return Err(KeyError::TooLarge);
    }
    Ok(SecretBytes::new(std::mem::take(&mut bytes)))
}

/// Reads the file of a public key or certificate (PEM).
///
/// # Errors
/// It cannot be read, or holds no public key that can be used.
pub fn read_public_key(path: &Path) -> Result<PublicKey, KeyError> {
    let pem = read_key_file(path)?;
    PublicKey::from_pem(pem.expose()).map_err(|source| KeyError::Public { path: path.to_owned(), source })
}

/// Writes a private key that only its owner may read, and the public key beside it that everybody may. Both or neither.
///
/// # Errors
/// One of the files is there, or cannot be written.
pub fn write_key_pair(private: (&Path, &SecretText), public: (&Path, &PublicKey)) -> Result<(), KeyError> {
    let (private_path, private) = private;
    let (public_path, public) = public;
    for path in [private_path, public_path] {
        if fs::symlink_metadata(path).is_ok() {
            return Err(KeyError::Exists(path.to_owned()));
        }
    }
    write_new(private_path, private.expose().as_bytes(), 0o600)?;
    let written = write_new(public_path, public.to_pem().as_bytes(), 0o644);
    if written.is_err() {
        drop(fs::remove_file(private_path));
    }
    written
}

/// Writes a file that is not there yet. The mode is that of its making, so that nobody sees it with another.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), KeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
        _ => KeyError::Write { path: path.to_owned(), source },
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        drop(fs::remove_file(path));
    }
    written.map_err(failed)
}
