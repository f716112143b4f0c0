//! Addresses of our own pages.

/// An address with parameters, percent-encoded; parameters without a value are left out.
pub(crate) fn link(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    let mut separator = '?';
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        text.push(separator);
        separator = '&';
        text.push_str(name);
        text.push('=');
        encode(value, &mut text);
    }
    text
}

/// One part of a path, percent-encoded.
pub(crate) fn segment(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    encode(value, &mut text);
    text
}

/// Everything but the unreserved characters of RFC 3986 is written as `%XX`.
fn encode(value: &str, text: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
}

/// Whether an address may be gone back to: a path of ours. `//host` and `/\host` are hosts to a browser.
pub(crate) fn is_local(address: &str) -> bool {
    address.starts_with('/')
        && !address.get(1..2).is_some_and(|second| second == "/" || second == "\\")
        && !address.contains(|c: char| c.is_control() || c == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded() {
        let query = r#"pkg:npm/%40a/b@<1 AND "x"&y=é"#;
        assert_eq!(
            link("/", &[("q", query), ("after", ""), ("by", "owner")]),
            "/?q=pkg%3Anpm%2F%2540a%2Fb%40%3C1%20AND%20%22x%22%26y%3D%C3%A9&by=owner"
        );
        assert_eq!(segment("../a?b"), "..%2Fa%3Fb");
    }

    #[test]
    fn only_paths_of_ours_are_gone_back_to() {
        assert!(is_local("/") && is_local("/?q=//x") && is_local("/artifacts"));
        for address in ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/a\r\nb"] {
            assert!(!is_local(address), "{address:?}");
        }
    }
}
