//! Signing what is read once and not kept.

use std::io::Read;

use plimsoll_model::{Digest, DigestAlgorithm};
use sha2::{Digest as _, Sha256, Sha384};

use super::{Signer, SignerError};

/// Bytes of a message that an Ed25519 key may sign: it needs them all in memory.
pub const ED25519_LIMIT: usize = 32 << 20;

/// Bytes that are read at a time.
const PIECE: usize = 128 << 10;

/// A signature over what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    digest: Digest,
    signature: Vec<u8>,
    length: u64,
}

impl Signed {
    /// The digest of what was read: that which was signed, or SHA-256 where the message itself was.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// How many bytes were read.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// Signs everything that a reader gives. Memory does not grow with it, but for Ed25519, which takes [`ED25519_LIMIT`] bytes
/// at most.
///
/// # Errors
/// It cannot be read, is too large for the scheme, or the key cannot be used.
pub fn sign_reader(signer: &dyn Signer, reader: &mut dyn Read) -> Result<Signed, SignerError> {
    let scheme = signer.scheme();
    let Some(algorithm) = scheme.digest_algorithm() else {
        let mut message = Vec::new();
        let taken = (ED25519_LIMIT as u64).saturating_add(1);
        let length = reader.take(taken).read_to_end(&mut message).map_err(SignerError::Read)?;
        if length > ED25519_LIMIT {
            return Err(SignerError::MessageTooLarge { scheme, limit: ED25519_LIMIT });
        }
        let digest = Digest::from_bytes(DigestAlgorithm::Sha256, Sha256::digest(&message).to_vec());
        let digest = digest.map_err(|_| SignerError::Cryptography)?;
        return Ok(Signed { digest, signature: signer.sign_message(&message)?, length: length as u64 });
    };
    let (digest, length) = digest_reader(algorithm, reader)?;
    let signature = signer.sign_digest(&digest)?;
    Ok(Signed { digest, signature, length })
}

fn digest_reader(algorithm: DigestAlgorithm, reader: &mut dyn Read) -> Result<(Digest, u64), SignerError> {
    let (bytes, length) = match algorithm {
        DigestAlgorithm::Sha384 => drain::<Sha384>(reader)?,
        _ => drain::<Sha256>(reader)?,
    };
    let digest = Digest::from_bytes(algorithm, bytes).map_err(|_| SignerError::Cryptography)?;
    Ok((digest, length))
}

fn drain<D: sha2::Digest>(reader: &mut dyn Read) -> Result<(Vec<u8>, u64), SignerError> {
    let mut hasher = D::new();
    let mut piece = vec![0; PIECE];
    let mut length = 0_u64;
    loop {
        let count = match reader.read(&mut piece) {
            Ok(0) => return Ok((hasher.finalize().to_vec(), length)),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(SignerError::Read(error)),
        };
        hasher.update(piece.get(..count).unwrap_or_default());
        length = length.saturating_add(count as u64);
    }
}
