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

/// Whether text is a mail address beyond doubt (the plain forms of RFC 5321 §4.1.2).
pub(super) fn is_mail_address(text: &str) -> bool {
    let atom = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    let label = |part: &str| {
        let inside = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        matches!(part.len(), 1..=63) && inside && !part.starts_with('-') && !part.ends_with('-')
    };
    text.rsplit_once('@').is_some_and(|(local, domain)| {
        local.len() <= 64 && local.split('.').all(atom) && domain.len() <= 253 && domain.split('.').all(label)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses() {
        for text in ["jane@example.org", "a.b+c@x-y.example"] {
            assert!(is_mail_address(text), "{text}");
        }
        for text in ["jane", "@x", "a@", "a b@c", "a..b@c", "a@-b", "a@b\n", "a@b@c d", "jane(at)x@"] {
            assert!(!is_mail_address(text), "{text:?}");
        }
    }
}
