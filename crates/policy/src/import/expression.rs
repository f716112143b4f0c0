//! Regular expressions of Go (RE2) as ours.
//!
//! Both tools search in the text, where we match all of it. `\d`, `\w` and `\s` are of ASCII in Go and of Unicode here, and a class in Go has no
//! operators. What does not mean the same in both is refused.

use plimsoll_verify::Pattern;

/// An expression that was converted.
pub(super) struct Converted {
    /// Matches from end to end what the original finds anywhere.
    pub(super) text: String,
    /// The original searches: what it finds may be a part of something else.
    pub(super) searches: bool,
}

/// An expression as one over all of a text.
pub(super) fn convert(text: &str) -> Result<Converted, &'static str> {
    let ours = translate(text)?;
    // By itself first: `a)|(b` is two halves that what is around it would complete.
    Pattern::regex(&ours).map_err(|_| OTHER)?;
    let searches = !is_anchored(text);
    let whole = if searches { format!("(?s:.*)(?:{ours})(?s:.*)") } else { ours };
    match Pattern::regex(&whole) {
        Ok(_) => Ok(Converted { text: whole, searches }),
        Err(_) => Err(OTHER),
    }
}

/// Whether it begins and ends with the anchors, for all of it.
fn is_anchored(text: &str) -> bool {
    let inner = text.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    let Some(inner) = inner.filter(|inner| !inner.ends_with('\\')) else { return false };
    let (mut depth, mut class, mut escaped) = (0_u32, false, false);
    for c in inner.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '(' if !class => depth = depth.saturating_add(1),
            ')' if !class => depth = depth.saturating_sub(1),
            '|' if !class && depth == 0 => return false,
            _ => {}
        }
    }
    // `(?m)` lets the anchors match at lines.
    !inner.contains("(?")
}

const OTHER: &str = "it is no regular expression that means the same here";

fn translate(text: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut class = false;
    let mut before = ' ';
    while let Some(c) = rest.next() {
        match c {
            '\\' => out.push_str(&escape(rest.next().ok_or(OTHER)?, rest.peek().copied())?),
            '[' if class && rest.peek() != Some(&':') => return Err(OTHER),
            '[' if class => {
                out.push(c);
                for c in rest.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' => {
                class = true;
                out.push(c);
                if rest.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if rest.next_if_eq(&']').is_some() {
                    out.push_str(r"\]");
                }
            }
            ']' if class => {
                class = false;
                out.push(c);
            }
            '&' | '~' | '-' if class && before == c => return Err(OTHER),
            '(' if !class && rest.peek() == Some(&'?') => {
                out.push(c);
                out.push_str(&group(&mut rest)?);
            }
            _ => out.push(c),
        }
        before = c;
    }
    Ok(out)
}

/// What follows the backslash.
fn escape(c: char, next: Option<char>) -> Result<String, &'static str> {
    Ok(match c {
        'd' => "[0-9]".to_owned(),
        'D' => "[^0-9]".to_owned(),
        'w' => "[0-9A-Za-z_]".to_owned(),
        'W' => "[^0-9A-Za-z_]".to_owned(),
        's' => r"[\t\n\f\r ]".to_owned(),
        'S' => r"[^\t\n\f\r ]".to_owned(),
        'b' | 'B' if next != Some('{') => format!(r"(?-u:\{c})"),
        'A' | 'z' | 'a' | 'f' | 't' | 'n' | 'r' | 'v' => format!(r"\{c}"),
        _ if c.is_ascii_punctuation() && !matches!(c, '<' | '>') => format!(r"\{c}"),
        _ => return Err(OTHER),
    })
}

/// What follows `(?`, up to `:` or `)`: flags that both have, or a name.
fn group(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, &'static str> {
    let mut out = String::new();
    rest.next();
    out.push('?');
    if rest.peek().is_some_and(|c| matches!(c, 'P' | '<')) {
        return Ok(out);
    }
    while let Some(c) = rest.next_if(|c| matches!(c, 'i' | 'm' | 's' | 'U' | '-')) {
        out.push(c);
    }
    match rest.peek() {
        Some(':' | ')') => Ok(out),
        _ => Err(OTHER),
    }
}

/// The texts that an expression stands for, where it is no more than some texts. Dots without a backslash are taken as dots.
pub(super) fn literals(text: &str) -> Option<Vec<String>> {
    let inner = text.strip_prefix('^').unwrap_or(text);
    let inner = inner.strip_suffix('$').filter(|rest| !rest.ends_with('\\')).unwrap_or(inner);
    let group = inner.strip_prefix("(?:").or_else(|| inner.strip_prefix('('));
    let inner = group.and_then(|rest| rest.strip_suffix(')')).unwrap_or(inner);
    let all: Option<Vec<String>> = inner.split('|').map(literal).collect();
    all.filter(|all| all.len() <= 16)
}

fn literal(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => out.push(rest.next().filter(char::is_ascii_punctuation)?),
            '.' if rest.peek().is_some_and(|next| matches!(next, '*' | '+' | '?' | '{')) => return None,
            '[' | ']' | '(' | ')' | '{' | '}' | '*' | '+' | '?' | '^' | '$' => return None,
            _ => out.push(c),
        }
    }
    Some(out).filter(|out| !out.is_empty())
}

/// A text with `*` and `?` for any characters, as an expression; `None` when it has none.
pub(super) fn wildcard(text: &str) -> Option<String> {
    if !text.contains(['*', '?']) {
        return None;
    }
    let escaped = regex::escape(text);
    Some(escaped.replace(r"\*", "(?s:.*)").replace(r"\?", "(?s:.)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meets(expression: &str, text: &str) -> bool {
        Pattern::regex(&convert(expression).ok().unwrap().text).unwrap().matches(text)
    }

    #[test]
    fn what_searches_is_widened_to_the_whole_text() {
        for (expression, text, met) in [
            ("^https://github.com/acme/.*$", "https://github.com/acme/app", true),
            ("^https://github.com/acme/.*$", "x https://github.com/acme/app", false),
            ("https://github.com/acme/", "https://evil.example/https://github.com/acme/", true),
            ("^https://github.com/acme/", "https://github.com/acme/app\n", true),
            ("acme$", "by acme", true),
            ("^a|b$", "xb", true),
            ("^(a|b)$", "xb", false),
            (r"v\d+", "v١", false),
            (r"^[\d.]+$", "1.2", true),
            (r"^[]a]+$", "]a", true),
            (r"^[[:alpha:]-]+$", "a-b", true),
            (r"(?i)^ACME$", "acme", true),
        ] {
            assert_eq!(meets(expression, text), met, "{expression} {text}");
        }
        assert!(convert("a").unwrap().searches && !convert("^a$").unwrap().searches);
        assert!(convert("(?m)^a$").unwrap().searches && convert(r"^a\$").unwrap().searches);
    }

    #[test]
    fn what_means_something_else_is_refused() {
        for bad in [
            "(",
            "[a[b]]",
            "[a&&b]",
            "[a--b]",
            r"\Qa\E",
            "(?x)a",
            r"\<a",
            r"\pL",
            r"\C",
            "a)|(b",
            "(?=a)",
            "\\",
            "[",
            "(?:x{1000}){1000}",
        ] {
            assert!(convert(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn literals_are_found() {
        let of = |text| literals(text).map(|all| all.join(" "));
        assert_eq!(of(r"^https://a\.example$").as_deref(), Some("https://a.example"));
        assert_eq!(
            of("^(https://a.example|https://b.example)$").as_deref(),
            Some("https://a.example https://b.example")
        );
        for none in [".*", "^https://.*$", "a+", "", "^(a|b)c$", "(a)|(b)", "a.?", r"\d"] {
            assert!(literals(none).is_none(), "{none}");
        }
    }
}
