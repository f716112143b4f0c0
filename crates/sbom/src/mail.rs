//! Mail addresses.

/// Whether text is a mail address beyond doubt (the plain forms of RFC 5321 §4.1.2).
pub(crate) fn is_address(text: &str) -> bool {
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
            assert!(is_address(text), "{text}");
        }
        for text in ["jane", "@x", "a@", "a b@c", "a..b@c", "a@-b", "a@b\n", "a@b@c d", "jane(at)x@"] {
            assert!(!is_address(text), "{text:?}");
        }
    }
}
