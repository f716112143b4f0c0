//! A document as a tree in the shape of its standard's JSON, whatever encoding it was read from.
//!
//! Members keep the order of the file and numbers their text, so that what is written back is what was read. Duplicate
//! members are refused before a tree is made. Names that a table knows are borrowed from it.

mod compact;
mod pointer;

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

pub(crate) use compact::{compact, compact_with};
pub use pointer::Pointer;

/// The name of a member.
pub type Name = Cow<'static, str>;

/// A value.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as it is written.
    Number(Box<str>),
    /// Text.
    String(Box<str>),
    /// Values in order.
    Array(Vec<Self>),
    /// Named values.
    Object(Members),
}

/// The members of an object, in order, each name once.
#[derive(Debug, Clone, Default)]
pub struct Members(Vec<(Name, Value)>);

impl Value {
    /// Text.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::String(text.into())
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The value of a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(value) = self { Some(*value) } else { None }
    }

    /// The members of an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Members> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The members of an object, to change them.
    pub fn as_object_mut(&mut self) -> Option<&mut Members> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The items of an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The items of an array, to change them.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Self>> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// A member of an object; `None` for any other value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// The text of a member.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The items of a member that is an array; none when it is not there.
    #[must_use]
    pub fn items_of(&self, name: &str) -> &[Self] {
        self.get(name).and_then(Self::as_array).unwrap_or_default()
    }

    /// The value that a pointer names.
    #[must_use]
    pub fn at(&self, pointer: &Pointer) -> Option<&Self> {
        pointer.steps().try_fold(self, |value, step| match value {
            Self::Object(members) => members.get(&step),
            Self::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// What sort of value it is, as messages say it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// A hash that equal values share.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

/// Equal as JSON: the order of members does not count, nor how a number is written.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Boolean(mine), Self::Boolean(theirs)) => mine == theirs,
            (Self::Number(mine), Self::Number(theirs)) => mine == theirs || number(mine) == number(theirs),
            (Self::String(mine), Self::String(theirs)) => mine == theirs,
            (Self::Array(mine), Self::Array(theirs)) => mine == theirs,
            (Self::Object(mine), Self::Object(theirs)) => mine == theirs,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Null => 0_u8.hash(state),
            Self::Boolean(value) => (1_u8, value).hash(state),
            Self::Number(text) => (2_u8, number(text).to_bits()).hash(state),
            Self::String(text) => (3_u8, text).hash(state),
            Self::Array(items) => (4_u8, items).hash(state),
            Self::Object(members) => {
                // A sum, as the order of members does not count.
                let sum = members.iter().fold(0_u64, |sum, (name, value)| {
                    let mut hasher = DefaultHasher::new();
                    (name, value).hash(&mut hasher);
                    sum.wrapping_add(hasher.finish())
                });
                (5_u8, sum).hash(state);
            }
        }
    }
}

/// The value of a number, zero without its sign; what is not one equals nothing.
fn number(text: &str) -> f64 {
    text.parse().map_or(f64::NAN, |value: f64| value + 0.0)
}

impl Members {
    /// No members.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(held, _)| held == name).map(|(_, value)| value)
    }

    /// The value of a name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(held, _)| held == name).map(|(_, value)| value)
    }

    /// The member at a place.
    #[must_use]
    pub fn nth(&self, at: usize) -> Option<(&str, &Value)> {
        self.0.get(at).map(|(name, value)| (name.as_ref(), value))
    }

    /// Whether the name is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a member, in its place or at the end.
    pub fn set(&mut self, name: impl Into<Name>, value: Value) {
        let name = name.into();
        match self.get_mut(&name) {
            Some(held) => *held = value,
            None => self.0.push((name, value)),
        }
    }

    /// Adds a member whose name is known not to be there.
    pub fn push(&mut self, name: impl Into<Name>, value: Value) {
        self.0.push((name.into(), value));
    }

    /// Sets a member to text.
    pub fn set_text(&mut self, name: &'static str, text: impl Into<Box<str>>) {
        self.set(name, Value::text(text));
    }

    /// Sets a member to text when there is one.
    pub fn set_some(&mut self, name: &'static str, text: Option<impl Into<Box<str>>>) {
        if let Some(text) = text {
            self.set(name, Value::text(text));
        }
    }

    /// Sets a member to an array when it has items.
    pub fn set_items(&mut self, name: &'static str, items: Vec<Value>) {
        if !items.is_empty() {
            self.set(name, Value::Array(items));
        }
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(held, _)| held == name)?;
        Some(self.0.remove(at).1)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> + DoubleEndedIterator {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// All of them, in order, to change the values.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&str, &mut Value)> {
        self.0.iter_mut().map(|(name, value)| (&**name, value))
    }

    /// Keeps the members that pass.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value) -> bool) {
        self.0.retain_mut(|(name, value)| keep(name, value));
    }

    /// Sorts the members by a key of their names; those of one key stay in order.
    pub fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&str) -> K) {
        self.0.sort_by_key(|(name, _)| key(name));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().zip(other.iter()).all(|((name, value), (theirs, other_value))| {
                // The same order is the common case.
                if name == theirs { value == other_value } else { other.get(name) == Some(value) }
            })
    }
}

impl Eq for Members {}

impl IntoIterator for Members {
    type Item = (Name, Value);
    type IntoIter = std::vec::IntoIter<(Name, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(Name, Value)> for Members {
    fn from_iter<I: IntoIterator<Item = (Name, Value)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(members: &[(&'static str, Value)]) -> Value {
        Value::Object(members.iter().map(|(name, value)| (Name::from(*name), value.clone())).collect())
    }

    #[test]
    fn equality_is_that_of_json() {
        let one = object(&[("a", Value::Number("1".into())), ("b", Value::Null)]);
        let other = object(&[("b", Value::Null), ("a", Value::Number("1.0".into()))]);
        assert_eq!(one, other);
        assert_eq!(one.digest(), other.digest());
        assert_ne!(one, object(&[("a", Value::Number("2".into())), ("b", Value::Null)]));
        assert_ne!(one, object(&[("a", Value::Number("1".into())), ("c", Value::Null)]));
    }

    #[test]
    fn pointers_find_values() {
        let tree = object(&[("a/b", Value::Array(vec![Value::Null, Value::text("x")]))]);
        let pointer = Pointer::root().member("a/b").item(1);
        assert_eq!(pointer.to_string(), "/a~1b/1");
        assert_eq!(tree.at(&pointer).and_then(Value::as_str), Some("x"));
        assert_eq!(tree.at(&Pointer::root()), Some(&tree));
    }
}
