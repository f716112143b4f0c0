//! JSON in which no object has a key twice (RFC 8259 §4 leaves open which of the two counts).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// Refuses a document in which an object has a key twice, however deep. Nesting is limited by the reader to 128.
///
/// # Errors
/// It is not JSON, is nested too deeply, or has a key twice.
pub fn refuse_duplicates(document: &[u8]) -> Result<(), serde_json::Error> {
    serde_json::from_slice::<Unique>(document).map(|Unique| ())
}

/// A value whose objects name each key once. Nothing of it is kept.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

/// A key, compared as the text it stands for: escapes are resolved before. Most have none and are not copied.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor).map(Self)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// An object of a few keys is looked through; one of many is not, since that would take quadratic time.
const FEW: usize = 16;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Unique, A::Error> {
        while sequence.next_element::<Unique>()?.is_some() {}
        Ok(Unique)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let mut few: Vec<Key<'de>> = Vec::new();
        let mut many = BTreeSet::new();
        while let Some(key) = map.next_key::<Key<'de>>()? {
            if few.contains(&key) || many.contains(&key) {
                return Err(de::Error::custom(format_args!("the key {:?} is there twice", key.0)));
            }
            if few.len() < FEW {
                few.push(key);
            } else {
                many.insert(key);
            }
            map.next_value::<Unique>()?;
        }
        Ok(Unique)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_is_refused_at_any_depth_and_in_any_spelling() {
        for good in ["{}", r#"{"a":{"a":1},"b":[{"a":null},{"a":1.5}]}"#, "[]", "-1", "\"x\""] {
            assert!(refuse_duplicates(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [r#"{"a":1,"a":1}"#, r#"[{"x":{"a":1,"b":2,"\u0061":3}}]"#, "{", "", "{} {}"] {
            assert!(refuse_duplicates(bad.as_bytes()).is_err(), "{bad}");
        }
        let many: Vec<String> = (0..100).map(|at| format!("\"k{at}\":0")).collect();
        assert!(refuse_duplicates(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
        for twice in [1, 15, 16, 17, 99] {
            let document = format!("{{{},\"\\u006b{twice}\":0}}", many.join(","));
            assert!(refuse_duplicates(document.as_bytes()).is_err(), "{document}");
        }
        let deep = "[".repeat(100_000);
        assert!(refuse_duplicates(deep.as_bytes()).is_err());
    }
}
