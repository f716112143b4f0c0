//! Objects filled in place while they are read, for files whose every part may be of the wrong type.
//!
//! A value of the wrong type is passed over and marked, at the cost of nothing but itself; of a doubled key the last
//! one counts, as in JavaScript. Since values are filled where they stand, all that came before a syntax error is
//! there when the reader gives up. [`loose_object!`](crate::loose_object) declares such a type.

use std::borrow::Cow;
use std::fmt;

use plimsoll_model::Limits;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{DEPTH_CEILING, Error, Map, Text, check_depth, depth_limit, from_serde, text};

/// A type that JSON values of some kinds can fill; of other kinds the answer is `false`, and they are passed over.
pub trait Fill<'de>: Default {
    /// Takes a string.
    fn string(&mut self, _text: Cow<'de, str>) -> bool {
        false
    }

    /// Takes a boolean.
    fn boolean(&mut self, _value: bool) -> bool {
        false
    }

    /// Takes a number that is a whole one; others are of the wrong type for every format that we read.
    fn number(&mut self, _value: u64) -> bool {
        false
    }

    /// Takes an object, to its end.
    ///
    /// # Errors
    /// The document is not valid.
    fn object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<bool, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    /// Takes an array, to its end.
    ///
    /// # Errors
    /// The document is not valid.
    fn array<A: SeqAccess<'de>>(&mut self, mut items: A) -> Result<bool, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }
}

/// A value that may be absent, or of the wrong type. `null` is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Loose<T> {
    /// There is none.
    #[default]
    Absent,
    /// There is one, but of the wrong type.
    Wrong,
    /// There is one.
    Read(T),
}

impl<T> Loose<T> {
    /// The value.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            _ => None,
        }
    }

    /// The value, to keep.
    #[must_use]
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Read(value) => Some(value),
            _ => None,
        }
    }

    /// There is a value, but of the wrong type.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong)
    }
}

impl Loose<Text<'_>> {
    /// The text; of an empty one nothing.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.get().map(Text::as_str).filter(|text| !text.is_empty())
    }
}

impl Loose<bool> {
    /// Whether the value is there and true.
    #[must_use]
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Read(true))
    }
}

impl<'a, V> Loose<Map<'a, V>> {
    /// The entries of an object; none when it is something else.
    #[must_use]
    pub fn entries(&self) -> &[(Text<'a>, V)] {
        self.get().map(|map| &**map).unwrap_or_default()
    }
}

impl<T> Loose<Vec<T>> {
    /// The items of an array; none when it is something else.
    #[must_use]
    pub fn items(&self) -> &[T] {
        self.get().map(Vec::as_slice).unwrap_or_default()
    }
}

/// Reads a document into `root`. What was read before a fault stays there. A byte order mark is passed over.
///
/// # Errors
/// The document is not valid JSON, or nested too deeply.
pub fn fill<'de, T: Fill<'de>>(bytes: &'de [u8], limits: &Limits, root: &mut Loose<T>) -> Result<(), Error> {
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes {
        return Err(Error::Encoding);
    }
    let bytes = text::strip_bom(bytes);
    // serde_json keeps its own limit; a lower one has to be looked for.
    if depth_limit(limits) < DEPTH_CEILING {
        check_depth(bytes, depth_limit(limits))?;
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Place(root).deserialize(&mut reader).and_then(|()| reader.end()).map_err(|error| from_serde(&error))
}

/// Reads the next value into a place.
pub struct Place<'s, T>(pub &'s mut Loose<T>);

impl<'de, T: Fill<'de>> DeserializeSeed<'de> for Place<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<T> Place<'_, T> {
    fn settle(self, value: T, right: bool) {
        *self.0 = if right { Loose::Read(value) } else { Loose::Wrong };
    }
}

impl<'de, T: Fill<'de>> Visitor<'de> for Place<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        let mut value = T::default();
        let right = value.string(Cow::Borrowed(text));
        self.settle(value, right);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let mut value = T::default();
        let right = value.string(Cow::Owned(text.to_owned()));
        self.settle(value, right);
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        let mut value = T::default();
        let right = value.boolean(flag);
        self.settle(value, right);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        let mut value = T::default();
        let right = value.number(number);
        self.settle(value, right);
        Ok(())
    }

    fn visit_i64<E>(self, _number: i64) -> Result<(), E> {
        *self.0 = Loose::Wrong;
        Ok(())
    }

    fn visit_f64<E>(self, _number: f64) -> Result<(), E> {
        *self.0 = Loose::Wrong;
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        *self.0 = Loose::Absent;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        *self.0 = Loose::Read(T::default());
        let right = match self.0 {
            Loose::Read(value) => value.object(map)?,
            _ => false,
        };
        if !right {
            *self.0 = Loose::Wrong;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        *self.0 = Loose::Read(T::default());
        let right = match self.0 {
            Loose::Read(value) => value.array(items)?,
            _ => false,
        };
        if !right {
            *self.0 = Loose::Wrong;
        }
        Ok(())
    }
}

impl<'de> Fill<'de> for Text<'de> {
    fn string(&mut self, text: Cow<'de, str>) -> bool {
        *self = Text(text);
        true
    }
}

/// Keeps a list of large values small while it grows.
impl<'de, T: Fill<'de>> Fill<'de> for Box<T> {
    fn string(&mut self, text: Cow<'de, str>) -> bool {
        (**self).string(text)
    }

    fn boolean(&mut self, value: bool) -> bool {
        (**self).boolean(value)
    }

    fn number(&mut self, value: u64) -> bool {
        (**self).number(value)
    }

    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        (**self).object(map)
    }

    fn array<A: SeqAccess<'de>>(&mut self, items: A) -> Result<bool, A::Error> {
        (**self).array(items)
    }
}

impl Fill<'_> for bool {
    fn boolean(&mut self, value: bool) -> bool {
        *self = value;
        true
    }
}

impl Fill<'_> for u64 {
    fn number(&mut self, value: u64) -> bool {
        *self = value;
        true
    }
}

impl<'de, V: Fill<'de>> Fill<'de> for Map<'de, Loose<V>> {
    fn object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<bool, A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            self.0.push((key, Loose::Absent));
            if let Some((_, value)) = self.0.last_mut() {
                map.next_value_seed(Place(value))?;
            }
        }
        Ok(true)
    }
}

impl<'de, V: Fill<'de>> Fill<'de> for Vec<Loose<V>> {
    fn array<A: SeqAccess<'de>>(&mut self, mut items: A) -> Result<bool, A::Error> {
        loop {
            let mut item = Loose::Absent;
            let more = items.next_element_seed(Place(&mut item))?.is_some();
            if !more {
                return Ok(true);
            }
            self.push(item);
        }
    }
}

/// Declares a struct that a JSON object fills: keys, fields and their types, each in a [`Loose`].
///
/// ```
/// use plimsoll_syntax::loose_object;
/// use plimsoll_syntax::json::{Loose, Text, fill};
/// use plimsoll_model::Limits;
///
/// loose_object! {
///     /// An entry.
///     struct Entry<'a> {
///         "version" => version: Text<'a>,
///     }
/// }
/// let mut entry = Loose::<Entry<'_>>::default();
/// assert!(fill(br#"{"x": [1], "version": "2", "#, &Limits::DEFAULT, &mut entry).is_err());
/// assert_eq!(entry.get().and_then(|entry| entry.version.as_str()), Some("2"));
/// ```
#[macro_export]
macro_rules! loose_object {
    ($(#[$meta:meta])* $vis:vis struct $name:ident<$life:lifetime> {
        $($(#[$doc:meta])* $key:literal => $field:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        $vis struct $name<$life> {
            $($(#[$doc])* $vis $field: $crate::json::Loose<$type>,)*
        }

        impl<$life> $crate::json::Fill<$life> for $name<$life> {
            fn object<A: $crate::json::MapAccess<$life>>(&mut self, mut map: A) -> Result<bool, A::Error> {
                while let Some(key) = map.next_key::<$crate::json::Text<$life>>()? {
                    match key.as_str() {
                        $($key => map.next_value_seed($crate::json::Place(&mut self.$field))?,)*
                        _ => {
                            map.next_value::<$crate::json::IgnoredAny>()?;
                        }
                    }
                }
                Ok(true)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits::DEFAULT;

    type Names<'a> = Loose<Map<'a, Loose<Text<'a>>>>;

    #[test]
    fn a_wrong_value_costs_only_itself() {
        let mut names = Names::default();
        fill(
            br#"{"a": {"b": [1, {}]}, "c": [[], 1.5], "d": -1, "e": "x\u0021", "f": null, "e": "y"}"#,
            &LIMITS,
            &mut names,
        )
        .unwrap();
        let read: Vec<_> = names.entries().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(read, [("a", None), ("c", None), ("d", None), ("e", Some("x!")), ("f", None), ("e", Some("y"))]);
        assert!(names.entries()[2].1.is_wrong() && !names.entries()[4].1.is_wrong());
    }

    #[test]
    fn what_came_before_a_fault_is_kept() {
        let mut names = Names::default();
        let error = fill(b"{\"a\": \"1\",\n\"b\": ?", &LIMITS, &mut names).unwrap_err();
        assert_eq!(error.line(), Some(2));
        assert_eq!(names.entries()[0].1.as_str(), Some("1"));
        assert_eq!(fill(b"{} {}", &LIMITS, &mut Names::default()).unwrap_err().line(), Some(1));
    }

    #[test]
    fn depth_is_bounded() {
        for text in ["{\"a\":".repeat(100_000), "[".repeat(5_000_000)] {
            assert!(fill(text.as_bytes(), &LIMITS, &mut Names::default()).is_err());
        }
    }
}
