//! The forms of text that JSON Schema calls formats: instants, IRIs, mail addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

/// `YYYY-MM-DD`, a day that there is (RFC 3339 §5.6).
pub(super) fn is_date(text: &str) -> bool {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return false };
    let (Some(century), Some(rest), Some(month), Some(day)) =
        (digits(*y1, *y2), digits(*y3, *y4), digits(*m1, *m2), digits(*d1, *d2))
    else {
        return false;
    };
    let leap = if rest == 0 { century.is_multiple_of(4) } else { rest.is_multiple_of(4) };
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=last).contains(&day)
}

fn digits(tens: u8, ones: u8) -> Option<u32> {
    let digit = |byte: u8| char::from(byte).to_digit(10);
    Some(digit(tens)?.saturating_mul(10).saturating_add(digit(ones)?))
}

/// A date, `T`, a time, and `Z` or a distance from it (RFC 3339 §5.6). A leap second is the last one of a day in UTC.
pub(crate) fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_at_checked(10) else { return false };
    is_date(date) && matches!(time.as_bytes().first(), Some(b'T' | b't')) && is_time(time.get(1..).unwrap_or_default())
}

fn is_time(text: &str) -> bool {
    let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = text.as_bytes() else { return false };
    let (Some(hour), Some(minute), Some(second)) = (digits(*h1, *h2), digits(*m1, *m2), digits(*s1, *s2)) else {
        return false;
    };
    let rest = match rest {
        [b'.', fraction @ ..] => {
            let end = fraction.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(fraction.len());
            if end == 0 {
                return false;
            }
            fraction.get(end..).unwrap_or_default()
        }
        rest => rest,
    };
    let offset = match rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => match (digits(*h1, *h2), digits(*m1, *m2)) {
            (Some(hours @ 0..=23), Some(minutes @ 0..=59)) => {
                let minutes = i64::from(hours.saturating_mul(60).saturating_add(minutes));
                if *sign == b'-' { 0_i64.saturating_sub(minutes) } else { minutes }
            }
            _ => return false,
        },
        _ => return false,
    };
    let of_day = i64::from(hour.saturating_mul(60).saturating_add(minute));
    let last_minute = of_day.saturating_sub(offset).rem_euclid(24 * 60) == 24 * 60 - 1;
    hour <= 23 && minute <= 59 && (second <= 59 || second == 60 && last_minute)
}

/// RFC 3987 §2.2, `IRI-reference`.
pub(super) fn is_iri_reference(text: &str) -> bool {
    is_reference(text, true, false)
}

/// RFC 3986, `URI`: with a scheme, in ASCII.
pub(super) fn is_uri(text: &str) -> bool {
    text.is_ascii() && is_reference(text, false, true)
}

fn is_reference(text: &str, iri: bool, absolute: bool) -> bool {
    let (text, fragment) = cut(text, '#');
    let (text, query) = cut(text, '?');
    let colon = text.find([':', '/']).filter(|at| text.get(*at..).is_some_and(|rest| rest.starts_with(':')));
    let rest = match colon.and_then(|at| text.split_at_checked(at)) {
        // A first part with a colon is a scheme.
        Some((scheme, rest)) => {
            let valid = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
            if !valid || !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) {
                return false;
            }
            rest.get(1..).unwrap_or_default()
        }
        None if absolute => return false,
        None => text,
    };
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            if !is_authority(authority, iri) {
                return false;
            }
            path
        }
        None => rest,
    };
    let part = |part: Option<&str>, private| part.is_none_or(|part| is_part(part, b":@/?", iri, private));
    is_part(path, b":@/", iri, false) && part(query, iri) && part(fragment, false)
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// `[ userinfo "@" ] host [ ":" port ]`
fn is_authority(text: &str, iri: bool) -> bool {
    let (user, host) = text.rsplit_once('@').map_or((None, text), |(user, host)| (Some(user), host));
    if !user.is_none_or(|user| is_part(user, b":", iri, false)) {
        return false;
    }
    let (host, port) = match host.strip_prefix('[') {
        Some(literal) => {
            let Some((literal, port)) = literal.split_once(']') else { return false };
            if !is_ip_literal(literal) || !(port.is_empty() || port.starts_with(':')) {
                return false;
            }
            ("", port.get(1..).unwrap_or_default())
        }
        None => host.split_once(':').unwrap_or((host, "")),
    };
    is_part(host, b"", iri, false) && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_ip_literal(text: &str) -> bool {
    if let Some((version, address)) = text.strip_prefix(['v', 'V']).and_then(|rest| rest.split_once('.')) {
        let hexadecimal = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        let plain = |byte: u8| is_unreserved(byte) || is_sub_delimiter(byte) || byte == b':';
        return hexadecimal && !address.is_empty() && address.bytes().all(plain);
    }
    text.parse::<Ipv6Addr>().is_ok()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_sub_delimiter(byte: u8) -> bool {
    b"!$&'()*+,;=".contains(&byte)
}

/// Characters that may stand in a part, and `%` with two hexadecimal digits.
fn is_part(text: &str, also: &[u8], iri: bool, private: bool) -> bool {
    let mut rest = text.as_bytes();
    if text.is_ascii() || !iri {
        while let [byte, after @ ..] = rest {
            rest = match (byte, after) {
                (b'%', [one, two, after @ ..]) if one.is_ascii_hexdigit() && two.is_ascii_hexdigit() => after,
                (byte, after) if is_unreserved(*byte) || is_sub_delimiter(*byte) || also.contains(byte) => after,
                _ => return false,
            };
        }
        return true;
    }
    text.split(|character: char| !character.is_ascii()).all(|ascii| is_part(ascii, also, false, false))
        && text.chars().filter(|character| !character.is_ascii()).all(|character| is_ucschar(character, private))
}

/// RFC 3987 §2.2: `ucschar`, and in queries `iprivate`.
fn is_ucschar(character: char, private: bool) -> bool {
    let code = u32::from(character);
    match code {
        0xa0..=0xd7ff | 0xf900..=0xfdcf | 0xfdf0..=0xffef => true,
        0xe000..=0xf8ff | 0xf_0000..=0xf_fffd | 0x10_0000..=0x10_fffd => private,
        // Planes 1 to 14 without their last two code points; the 14th begins later.
        0xe_0000..=0xe_0fff => false,
        0x1_0000..=0xe_ffff => code & 0xfffe != 0xfffe,
        _ => false,
    }
}

/// RFC 5321 §4.1.2 with RFC 6531: letters of any script in the local part and the domain.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let atom = |part: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii();
        !part.is_empty() && part.chars().all(fits)
    };
    let quoted = |text: &str| {
        let mut escaped = false;
        let fits = text.chars().all(|c| {
            let fits = if escaped { !c.is_ascii_control() } else { c != '"' && (c == '\t' || !c.is_ascii_control()) };
            escaped = !escaped && c == '\\';
            fits
        });
        fits && !escaped
    };
    let local_fits = match local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(text) => quoted(text),
        None => local.split('.').all(atom),
    };
    local.len() <= 64 && local_fits && is_mail_domain(domain)
}

fn is_mail_domain(domain: &str) -> bool {
    if let Some(literal) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match literal.split_at_checked(5) {
            Some((tag, address)) if tag.eq_ignore_ascii_case("IPv6:") => address.parse::<Ipv6Addr>().is_ok(),
            _ => literal.parse::<Ipv4Addr>().is_ok(),
        };
    }
    let label = |part: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || !c.is_ascii() && c.is_alphanumeric();
        let edges = !part.starts_with('-') && !part.ends_with('-');
        (1..=63).contains(&part.len()) && edges && part.chars().all(fits)
    };
    domain.len() <= 253 && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        for text in [
            "2024-02-29T23:59:59Z",
            "2000-02-29t00:00:00.123456789z",
            "2020-01-01T00:00:00+23:59",
            "1990-12-31T23:59:60Z",
            "1990-12-31T15:59:60-08:00",
        ] {
            assert!(is_date_time(text), "{text}");
        }
        for text in [
            "",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-01-32T00:00:00Z",
            "2024-01-01",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T12:00:60Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+0100",
            "2024-01-01T00:00Z",
            "2024-01-0éT00:00:00Z",
            "2024-01-01T00:00:00+24:00",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
    }

    #[test]
    fn iri_references() {
        for text in [
            "",
            "a",
            "./a:b",
            "https://user:x@example.org:8080/a/b;c?q=1&r=[#f".trim_end_matches("[#f"),
            "urn:uuid:1-2",
            "mailto:jane@example.org",
            "http://[2001:db8::1]/",
            "http://[v1.a:b]/",
            "https://例え.テスト/ü?\u{e000}",
            "%41",
            "//host",
            "a?b?c",
            "http://example.org:/",
            "git+ssh://git@x/y.git",
            "#",
        ] {
            assert!(is_iri_reference(text), "{text}");
        }
        for text in [
            "a b",
            "http://[::1",
            "http://[zz]/",
            "git@host:a/b",
            "1a:b",
            ":",
            "%4",
            "%zz",
            "a#b#c",
            "<x>",
            "a\\b",
            "http://a:b/",
            "\u{e000}",
            "http://a@b@c/",
            "x[1]",
            "a^b",
            "a|b",
            "{a}",
            "\u{fdd0}",
        ] {
            assert!(!is_iri_reference(text), "{text:?}");
        }
        assert!(is_uri("https://example.org/") && !is_uri("a/b") && !is_uri("https://ü/") && !is_uri("RS256"));
    }

    #[test]
    fn mail_addresses() {
        for text in
            ["jane@example.org", "j\u{fc}rgen@example.org", "a.b+c@x-y.example", "\"a b\"@x.org", "a@[127.0.0.1]"]
        {
            assert!(is_email(text), "{text}");
        }
        for text in ["jane", "@x", "a@", "a b@c", "a..b@c", "a@-b", "a@b\n", "a@b@c", "a@[x]", "\"a\"b\"@c"] {
            assert!(!is_email(text), "{text:?}");
        }
    }
}
