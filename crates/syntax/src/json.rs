//! JSON (RFC 8259) into borrowed types, and JSON with comments as `bun.lock` and `deno.json` have it.
//!
//! Keys and strings without escapes are borrowed from the input, so [`LineIndex`](super::text::LineIndex) finds
//! their lines. Objects keep the order of the file and all of their duplicates: RFC 8259 §4 leaves open which
//! one of a duplicate counts, and readers differ.

mod loose;

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Deref;

use plimsoll_model::Limits;
use serde::de::{Deserialize, Deserializer, Visitor};

pub use loose::{Fill, Loose, Place, fill};
pub use serde::de::{IgnoredAny, MapAccess, SeqAccess};
pub use serde_json::value::RawValue;

use super::{Error, depth_limit, line_number, text};

/// serde_json itself refuses the 128th level.
const DEPTH_CEILING: usize = 127;

/// Reads a document. A UTF-8 byte order mark is passed over.
///
/// # Errors
/// It is not JSON, is nested too deeply, or is not of type `T`.
pub fn from_slice<'a, T: Deserialize<'a>>(bytes: &'a [u8], limits: &Limits) -> Result<T, Error> {
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes {
        return Err(Error::Encoding);
    }
    let bytes = text::strip_bom(bytes);
    // Before serde: `Lenient` starts a fresh reader, whose own depth counter starts at nothing.
    check_depth(bytes, depth_limit(limits).min(DEPTH_CEILING))?;
    serde_json::from_slice(bytes).map_err(|error| from_serde(&error))
}

fn from_serde(error: &serde_json::Error) -> Error {
    let line = line_number(error.line());
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    if message == "recursion limit exceeded" { Error::TooDeep { line } } else { Error::syntax(line, message) }
}

fn check_depth(bytes: &[u8], limit: usize) -> Result<(), Error> {
    let mut depth = 0_usize;
    let mut at = 0_usize;
    while let Some(byte) = bytes.get(at) {
        at = at.saturating_add(1);
        match byte {
            b'"' => at = string_end(bytes, at),
            b'[' | b'{' => {
                depth = depth.saturating_add(1);
                if depth > limit {
                    return Err(Error::TooDeep { line: text::LineIndex::new(bytes).line_at(at) });
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The offset after the closing quote of the string whose content starts at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(rest) = bytes.get(at..) {
        let Some(found) = memchr::memchr2(b'"', b'\\', rest) else { break };
        at = at.saturating_add(found);
        if bytes.get(at) == Some(&b'"') {
            return at.saturating_add(1);
        }
        at = at.saturating_add(2);
    }
    bytes.len()
}

/// Replaces comments and trailing commas by spaces, so that offsets and lines stay what they are.
#[must_use]
pub fn strip_jsonc(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Cow::Borrowed(bytes);
    let mut comma = None;
    let mut at = 0_usize;
    while let Some(byte) = bytes.get(at) {
        let next = at.saturating_add(1);
        at = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => next,
            b'/' if matches!(bytes.get(next), Some(b'/' | b'*')) => {
                let end = comment_end(bytes, next);
                blank(&mut out, at, end);
                end
            }
            b',' => {
                comma = Some(at);
                next
            }
            b']' | b'}' => {
                if let Some(comma) = comma.take() {
                    blank(&mut out, comma, comma.saturating_add(1));
                }
                next
            }
            b'"' => {
                comma = None;
                string_end(bytes, next)
            }
            _ => {
                comma = None;
                next
            }
        };
    }
    out
}

/// The offset after the comment whose second byte is at `at`.
fn comment_end(bytes: &[u8], at: usize) -> usize {
    let start = at.saturating_add(1);
    let rest = bytes.get(start..).unwrap_or_default();
    let length = if bytes.get(at) == Some(&b'*') {
        memchr::memmem::find(rest, b"*/").map(|end| end.saturating_add(2))
    } else {
        memchr::memchr2(b'\n', b'\r', rest)
    };
    start.saturating_add(length.unwrap_or(rest.len()))
}

fn blank(out: &mut Cow<'_, [u8]>, start: usize, end: usize) {
    for byte in out.to_mut().get_mut(start..end).unwrap_or_default() {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// A string, borrowed from the input unless it has escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, borrowed when possible.
    #[must_use]
    pub fn into_cow(self) -> Cow<'a, str> {
        self.0
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As `str`, which it can be borrowed as.
        self.as_str().hash(state);
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// An object: its entries in the order of the file, duplicates kept. A slice of pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<'a, V>(Vec<(Text<'a>, V)>);

impl<'a, V> Map<'a, V> {
    /// The value of a key; of its last one, as most readers do. Looks at every entry.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The entries.
    #[must_use]
    pub fn into_entries(self) -> Vec<(Text<'a>, V)> {
        self.0
    }
}

impl<'a, V> From<Vec<(Text<'a>, V)>> for Map<'a, V> {
    fn from(entries: Vec<(Text<'a>, V)>) -> Self {
        Self(entries)
    }
}

impl<V> Default for Map<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, V> Deref for Map<'a, V> {
    type Target = [(Text<'a>, V)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, V> IntoIterator for Map<'a, V> {
    type Item = (Text<'a>, V);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'m, 'a, V> IntoIterator for &'m Map<'a, V> {
    type Item = &'m (Text<'a>, V);
    type IntoIter = std::slice::Iter<'m, (Text<'a>, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Map<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<V> {
            type Value = Vec<(Text<'de>, V)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = access.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_map(EntriesVisitor(PhantomData)).map(Self)
    }
}

/// A value that may be of the wrong type without costing the rest of the document.
///
/// The text of the value is read twice, so it is for leaves and entries, not for a type that contains itself.
/// With `#[serde(default)]` an absent field is neither there nor wrong; nor is `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lenient<T> {
    value: Option<T>,
    wrong: bool,
}

impl<T> Lenient<T> {
    /// The value, when it is there and of the right type.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The value, when it is there and of the right type.
    #[must_use]
    pub fn into_option(self) -> Option<T> {
        self.value
    }

    /// There is a value, but of the wrong type: worth a diagnostic.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.wrong
    }
}

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self { value: None, wrong: false }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        let value = serde_json::from_str(raw.get()).ok();
        let wrong = value.is_none() && raw.get() != "null";
        Ok(Self { value, wrong })
    }
}

#[cfg(test)]
mod tests;
