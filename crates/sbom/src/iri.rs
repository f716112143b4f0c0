//! URLs as they come, made IRI references (RFC 3987 §2.2), which is what CycloneDX asks of a `url`.
//!
//! Nothing is judged or left out: what may not stand in a part is percent-encoded, so that `git@host:a/b`, spaces and
//! brackets survive in a form that reads back to the same text.

use std::net::Ipv6Addr;

const UNRESERVED: &[u8] = b"-._~";
const SUB_DELIMITERS: &[u8] = b"!$&'()*+,;=";

/// Makes text an IRI reference.
pub(crate) fn reference(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (text, fragment) = cut(text, '#');
    let (text, query) = cut(text, '?');
    let rest = match scheme(text) {
        Some((scheme, rest)) => {
            out.push_str(scheme);
            out.push(':');
            rest
        }
        None => {
            // A first part with a colon would read as a scheme (RFC 3986 §4.2).
            if text.split('/').next().is_some_and(|first| first.contains(':')) {
                out.push_str("./");
            }
            text
        }
    };
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            out.push_str("//");
            write_authority(&mut out, authority);
            path
        }
        None => rest,
    };
    write_part(&mut out, path, b":@/");
    for (mark, part) in [('?', query), ('#', fragment)] {
        if let Some(part) = part {
            out.push(mark);
            write_part(&mut out, part, b":@/?");
        }
    }
    out
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let first = scheme.bytes().next()?.is_ascii_alphabetic();
    let valid = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (first && valid).then_some((scheme, rest))
}

fn write_authority(out: &mut String, authority: &str) {
    let host = match authority.rsplit_once('@') {
        Some((user, host)) => {
            write_part(out, user, b":");
            out.push('@');
            host
        }
        None => authority,
    };
    let literal = host.strip_prefix('[').and_then(|host| host.split_once(']'));
    if let Some((address, port)) = literal
        && address.parse::<Ipv6Addr>().is_ok()
        && port.strip_prefix(':').unwrap_or(port).bytes().all(|byte| byte.is_ascii_digit())
        && (port.is_empty() || port.starts_with(':'))
    {
        return out.push_str(host);
    }
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            write_part(out, name, b"");
            out.push(':');
            out.push_str(port);
        }
        // Not a port: `ssh://git@host:owner/name`.
        _ => write_part(out, host, b""),
    }
}

/// Writes a part, percent-encoding all but letters, digits, the characters of every part and `more`.
fn write_part(out: &mut String, text: &str, more: &[u8]) {
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
        let allowed = match u8::try_from(character) {
            Ok(b'%') => rest.as_bytes().get(..2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit)),
            Ok(byte) if byte.is_ascii() => {
                byte.is_ascii_alphanumeric() || [UNRESERVED, SUB_DELIMITERS, more].iter().any(|set| set.contains(&byte))
            }
            _ => is_ucschar(character),
        };
        if allowed {
            out.push(character);
        } else {
            let mut bytes = [0; 4];
            out.extend(character.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
}

/// `ucschar` (RFC 3987 §2.2), less what reorders text (§4.1).
fn is_ucschar(character: char) -> bool {
    let reorders = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plane_end = u32::from(character) & 0xfffe == 0xfffe;
    let listed = matches!(character,
        '\u{a0}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{ffef}' | '\u{10000}'..='\u{dffff}'
        | '\u{e1000}'..='\u{efffd}');
    listed && !reorders && !plane_end && !character.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::reference;

    #[test]
    fn what_may_not_stand_is_encoded() {
        for (url, want) in [
            ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
            ("https://a/b c", "https://a/b%20c"),
            ("https://a/%7E%zz%", "https://a/%7E%25zz%25"),
            ("git@github.com:a/b", "./git@github.com:a/b"),
            ("a#b#c", "a#b%23c"),
            ("git+ssh://git@h/x", "git+ssh://git@h/x"),
            ("ssh://git@h:owner/x", "ssh://git@h%3Aowner/x"),
            ("http://[::1]:80/", "http://[::1]:80/"),
            ("http://[x]/[y]", "http://%5Bx%5D/%5By%5D"),
            ("http://a@b@c/", "http://a%40b@c/"),
            ("https://é.example/ü", "https://é.example/ü"),
            ("\u{202e}\u{e000}\u{1ffff}\n", "%E2%80%AE%EE%80%80%F0%9F%BF%BF%0A"),
            ("1:2", "./1:2"),
            ("", ""),
        ] {
            assert_eq!(reference(url), want);
        }
    }
}
