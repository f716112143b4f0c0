//! Checkpoints: signed notes about a tree. <https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md>,
//! <https://github.com/C2SP/C2SP/blob/main/signed-note.md>
//!
//! The identifier of a key differs with what it is: for Ed25519 it is a hash over the name, the algorithm and the key; for
//! ECDSA, and everything of Rekor v1, the hash of its SubjectPublicKeyInfo. Notes carry the first four bytes of it.

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

use crate::DevStackError;
use crate::key::{KeyKind, SigningKey};
use crate::merkle::Hash;

/// The algorithm byte of Ed25519 in signed notes.
const ED25519: u8 = 1;

/// What a checkpoint says.
pub(crate) struct Checkpoint<'a> {
    /// The log.
    pub(crate) origin: &'a str,
    /// How many leaves.
    pub(crate) size: u64,
    /// The root.
    pub(crate) root: Hash,
}

impl Checkpoint<'_> {
    /// The note, with one signature.
    pub(crate) fn signed(&self, name: &str, key: &SigningKey) -> Result<String, DevStackError> {
        let text = format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root));
        let mut signature = key_id(name, key).get(..4).unwrap_or_default().to_vec();
        signature.extend(key.sign(text.as_bytes())?);
        Ok(format!("{text}\n\u{2014} {name} {}\n", BASE64.encode(&signature)))
    }
}

/// The whole identifier of a key that signs notes under a name.
pub(crate) fn key_id(name: &str, key: &SigningKey) -> Hash {
    match key.kind() {
        KeyKind::Ed25519 => Sha256::new()
            .chain_update(name.as_bytes())
            .chain_update([b'\n', ED25519])
            .chain_update(key.raw())
            .finalize()
            .into(),
        KeyKind::Ecdsa | KeyKind::EcdsaFixed => key.id(),
    }
}

#[cfg(test)]
#[path = "tests/checkpoint.rs"]
mod tests;
