//! What a document is, before it is read: its lines and its first keys.

use std::error::Error;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::MAX_PIECES;

/// The lines of JSON lines, with their numbers from 1; `None` when it is one document. Empty lines do not count.
///
/// A broken line must not hide the others, so what is no single document is lines as soon as one of them is an object.
pub(super) fn split(document: &[u8]) -> Option<Vec<(usize, &[u8])>> {
    let lines = || {
        let numbered = (1..).zip(document.split(|byte| *byte == b'\n'));
        numbered.map(|(number, line)| (number, line.trim_ascii())).filter(|(_, line)| !line.is_empty())
    };
    let whole = |line: &[u8]| line.starts_with(b"{") && line.ends_with(b"}");
    let objects = lines().filter(|(_, line)| whole(line)).take(2).count();
    let plainly = objects > 1 && lines().next().is_some_and(|(_, line)| whole(line));
    let one_document = || serde_json::from_slice::<IgnoredAny>(document).is_ok();
    // One more than may be, for the caller to see that there are more.
    let several = lines().nth(1).is_some() && (plainly || (objects > 0 && !one_document()));
    several.then(|| lines().take(MAX_PIECES.saturating_add(1)).collect())
}

/// The keys of an object.
pub(super) fn top_keys(document: &[u8]) -> Result<Vec<String>, String> {
    serde_json::from_slice::<Keys>(document).map(|Keys(keys)| keys).map_err(|error| error.to_string())
}

struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = Vec::new();
        while let Some((key, IgnoredAny)) = map.next_entry()? {
            keys.push(key);
        }
        Ok(Keys(keys))
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
