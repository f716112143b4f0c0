//! The `WWW-Authenticate` header (RFC 9110 §11.6.1): how a server wants to be convinced.

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// What a server asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// A token, which the service at `realm` gives (distribution, spec/auth/token.md).
    Bearer { realm: String, service: Option<String> },
    /// Name and password, each time.
    Basic,
}

/// Longer headers are no challenge.
const LONGEST: usize = 8 << 10;

impl Challenge {
    /// The challenge to answer: a token rather than a password.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let all: Vec<Self> = texts.filter(|text| text.len() <= LONGEST).flat_map(parse).collect();
        let bearer = all.iter().find(|challenge| matches!(challenge, Self::Bearer { .. }));
        bearer.or(all.first()).cloned()
    }
}

/// One header may hold several challenges: a word that no `=` follows begins one.
fn parse(text: &str) -> Vec<Challenge> {
    let mut found: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            break;
        }
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let after = after.trim_start_matches([' ', '\t']);
        match after.strip_prefix('=') {
            Some(value) if !word.is_empty() => {
                let Some((value, more)) = self::value(value.trim_start_matches([' ', '\t'])) else { break };
                if let Some((_, parameters)) = found.last_mut() {
                    parameters.push((word.to_ascii_lowercase(), value));
                }
                rest = more;
            }
            Some(_) => break,
            None => {
                found.push((word.to_ascii_lowercase(), Vec::new()));
                rest = after;
            }
        }
    }
    let challenge = |(scheme, parameters): (String, Vec<(String, String)>)| {
        let named = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        match scheme.as_str() {
            "bearer" => Some(Challenge::Bearer { realm: named("realm")?, service: named("service") }),
            "basic" => Some(Challenge::Basic),
            _ => None,
        }
    };
    found.into_iter().filter_map(challenge).collect()
}

/// A token or a quoted string, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return Some((value.to_owned(), rest));
    };
    let mut out = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((out, quoted.get(at.checked_add(1)?..)?)),
            '\\' => out.push(characters.next()?.1),
            other => out.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn of(texts: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(text).unwrap());
        }
        Challenge::of(&headers)
    }

    fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
        Some(Challenge::Bearer { realm: realm.into(), service: service.map(str::to_owned) })
    }

    #[test]
    fn challenges_are_read() {
        let hub = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="a:b:pull,push""#;
        assert_eq!(of(&[hub]), bearer("https://auth.docker.io/token", Some("registry.docker.io")));
        assert_eq!(of(&[r#"bearer service=x , realm = "a\"b""#]), bearer("a\"b", Some("x")));
        assert_eq!(of(&[r#"Basic realm="x", Bearer realm="y""#]), bearer("y", None));
        assert_eq!(of(&[r#"Basic realm="x""#, r#"Bearer realm="y""#]), bearer("y", None));
        assert_eq!(of(&["Basic"]), Some(Challenge::Basic));
    }

    #[test]
    fn what_is_no_challenge_is_none() {
        for text in
            ["", "Bearer", "Bearer service=x", "Negotiate abc", "=", "Bearer realm=\"x", "Bearer =,=,", "\"\"\""]
        {
            assert_eq!(of(&[text]), None, "{text}");
        }
        assert_eq!(of(&[&format!("Bearer realm=\"{}\"", "x".repeat(10_000))]), None);
    }
}
