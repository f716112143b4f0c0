//! What PHP's `serialize` writes. <https://www.php.net/manual/en/function.serialize.php>
//!
//! `s:5:"hello";`, `i:1;`, `b:1;`, `d:0.5;`, `N;` and `a:2:{key value key value}`; objects are passed over with the rest.
//! Lengths are in bytes. What was read before a fault is kept.

use plimsoll_model::Limits;

/// The deepest nesting: a `package.xml` has about eight levels.
const MAX_DEPTH: usize = 64;

#[derive(Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// A string; of other scalars their text.
    Text(&'a str),
    /// An array, in its order.
    Array(Entries<'a>),
}

/// Keys and values, in order.
type Entries<'a> = Vec<(Value<'a>, Value<'a>)>;

impl<'a> Value<'a> {
    /// The value of a key of an array.
    pub(super) fn get(&self, key: &str) -> Option<&Value<'a>> {
        match self {
            Self::Array(entries) => {
                let named = |(name, _): &&(Value<'a>, Value<'a>)| matches!(name, Value::Text(text) if *text == key);
                entries.iter().find(named).map(|(_, value)| value)
            }
            Self::Text(_) => None,
        }
    }

    /// The values of an array.
    pub(super) fn items(&self) -> impl Iterator<Item = &Value<'a>> {
        let entries = match self {
            Self::Array(entries) => entries.as_slice(),
            Self::Text(_) => &[],
        };
        entries.iter().map(|(_, value)| value)
    }

    /// A text, also as the `_content` of an element with attributes.
    pub(super) fn content(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Array(_) => match self.get("_content") {
                Some(Self::Text(text)) => Some(text),
                _ => None,
            },
        }
    }
}

/// Reads the array that the bytes start with, and whether it was read to its end.
pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Option<(Value<'a>, bool)> {
    let mut left = limits.yaml_nodes;
    let mut rest = bytes;
    let mut stack: Vec<(Entries<'a>, Option<Value<'a>>)> = Vec::new();
    loop {
        left = left.saturating_sub(1);
        let (step, after) = if left == 0 { (Step::Fault, rest) } else { step(rest) };
        rest = after;
        let mut value = match step {
            Step::Open if stack.len() < MAX_DEPTH => {
                stack.push((Vec::new(), None));
                continue;
            }
            Step::Scalar(text) => Value::Text(text),
            Step::Close => Value::Array(stack.pop()?.0),
            // What is open at a fault is closed.
            Step::Open | Step::Fault => {
                let mut inner = stack.pop()?.0;
                while let Some((mut entries, key)) = stack.pop() {
                    entries.extend(key.map(|key| (key, Value::Array(std::mem::take(&mut inner)))));
                    inner = entries;
                }
                return Some((Value::Array(inner), false));
            }
        };
        let Some((entries, key)) = stack.last_mut() else {
            return matches!(value, Value::Array(_)).then_some((value, true));
        };
        match key.take() {
            Some(key) => entries.push((key, value)),
            None => {
                // Keys are scalars.
                if let Value::Array(_) = value {
                    value = Value::Text("");
                }
                *key = Some(value);
            }
        }
    }
}

enum Step<'a> {
    Open,
    Close,
    Scalar(&'a str),
    Fault,
}

/// The next token and what follows it.
fn step(bytes: &[u8]) -> (Step<'_>, &[u8]) {
    token(bytes).unwrap_or((Step::Fault, bytes))
}

fn token(bytes: &[u8]) -> Option<(Step<'_>, &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    if *kind == b'}' {
        return Some((Step::Close, rest));
    }
    if *kind == b'N' {
        return Some((Step::Scalar(""), rest.strip_prefix(b";")?));
    }
    let rest = rest.strip_prefix(b":")?;
    match kind {
        b's' => {
            let (length, rest) = number(rest, b':')?;
            let rest = rest.strip_prefix(b"\"")?;
            let (text, rest) = rest.split_at_checked(length)?;
            let rest = rest.strip_prefix(b"\";")?;
            // Texts in other encodings are in fields that nobody needs.
            Some((Step::Scalar(std::str::from_utf8(text).unwrap_or_default()), rest))
        }
        b'i' | b'd' | b'b' => {
            let end = memchr::memchr(b';', bytes)?;
            let text = std::str::from_utf8(bytes.get(2..end)?).ok()?;
            Some((Step::Scalar(text), bytes.get(end.checked_add(1)?..)?))
        }
        b'a' => {
            let (_, rest) = number(rest, b':')?;
            Some((Step::Open, rest.strip_prefix(b"{")?))
        }
        _ => None,
    }
}

fn number(bytes: &[u8], end: u8) -> Option<(usize, &[u8])> {
    let at = memchr::memchr(end, bytes.get(..24.min(bytes.len()))?)?;
    let (digits, rest) = bytes.split_at_checked(at)?;
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<Value<'_>> {
        read(text.as_bytes(), &Limits::DEFAULT).map(|(value, _)| value)
    }

    #[test]
    fn values() {
        let root = parsed(r#"a:3:{s:1:"a";i:5;s:1:"b";a:1:{s:8:"_content";s:2:"x"";}i:0;N;}"#).unwrap();
        assert_eq!(root.get("a").unwrap().content(), Some("5"));
        assert_eq!(root.get("b").unwrap().content(), Some("x\""));
        assert_eq!(root.get("0").unwrap().content(), Some(""));
    }

    #[test]
    fn what_came_before_a_fault_is_kept() {
        let root = parsed(r#"a:3:{s:1:"a";s:1:"b";s:1:"c";a:1:{s:1:"d";s:1:"e";O:1"#).unwrap();
        assert_eq!(root.get("a").unwrap().content(), Some("b"));
        assert_eq!(root.get("c").unwrap().get("d").unwrap().content(), Some("e"));
        assert!(!read(b"a:1:{i:0;", &Limits::DEFAULT).unwrap().1);
        assert_eq!(parsed("nonsense"), None);
        assert_eq!(parsed("s:99999999999999999999:\"a\";"), None);
        assert!(parsed(&"a:1:{i:0;".repeat(100_000)).is_some());
    }
}
