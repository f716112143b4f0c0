//! The words of CycloneDX for ours, where they differ.

use plimsoll_model::{Acknowledgement, DigestAlgorithm, Scope};

/// `component.scope`; development and build dependencies are `excluded` from the result.
pub(super) const fn scope(scope: Scope) -> Option<&'static str> {
    match scope {
        Scope::Runtime => Some("required"),
        Scope::Optional => Some("optional"),
        Scope::Dev | Scope::Build => Some("excluded"),
        Scope::Unspecified => None,
    }
}

/// `hash.alg`; `None` for algorithms that the schema does not list.
pub(super) const fn hash_algorithm(algorithm: DigestAlgorithm) -> Option<&'static str> {
    Some(match algorithm {
        DigestAlgorithm::Md5 => "MD5",
        DigestAlgorithm::Sha1 => "SHA-1",
        DigestAlgorithm::Sha256 => "SHA-256",
        DigestAlgorithm::Sha384 => "SHA-384",
        DigestAlgorithm::Sha512 => "SHA-512",
        DigestAlgorithm::Sha3_256 => "SHA3-256",
        DigestAlgorithm::Blake2b256 => "BLAKE2b-256",
        DigestAlgorithm::Blake3 => "BLAKE3",
        _ => return None,
    })
}

/// `license.acknowledgement`.
pub(super) const fn acknowledgement(who: Acknowledgement) -> &'static str {
    match who {
        Acknowledgement::Declared => "declared",
        Acknowledgement::Concluded => "concluded",
    }
}
