//! Property lists, XML and binary. <https://developer.apple.com/library/archive/documentation/CoreFoundation/Conceptual/CFPropertyLists/>
//!
//! XML ones (`plist(5)`, also written by xbps) name a DOCTYPE without a subset of their own, which is passed over; one
//! with a subset could define entities and is refused. Binary ones (`bplist00`) have no specification of Apple's but the
//! source of `CFBinaryPList.c`: objects, a table of their offsets, and a trailer of 32 bytes. Their objects may refer to
//! each other in any way, so that depth and the number of values read are bounded.

use std::borrow::Cow;

use plimsoll_model::Limits;

use crate::xml::{self, Element};
use crate::{Error, text};

/// A value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `dict`, in the order of the file.
    Dictionary(Vec<(String, Value)>),
    /// `array`.
    Array(Vec<Value>),
    /// `string`, and everything else that is text.
    Text(String),
    /// `true` and `false`.
    Boolean(bool),
    /// A sort that package metadata does not use.
    Other,
}

impl Value {
    /// The value of a key of a dictionary.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text of a key of a dictionary, when it is not empty.
    #[must_use]
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_text().filter(|text| !text.is_empty())
    }

    /// The text of a text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a dictionary; none when it is something else.
    #[must_use]
    pub fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Dictionary(entries) => entries,
            _ => &[],
        }
    }

    /// The items of an array; none when it is something else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }
}

const MAGIC: &[u8] = b"bplist0";

/// How deep values may nest; real ones stay below ten.
const MAX_DEPTH: u32 = 32;

/// More values, or bytes of text, than metadata has.
const MAX_VALUES: usize = 1 << 20;

/// Longer text is left out.
const MAX_TEXT: usize = 64 << 10;

/// Reads a list of either sort: what was read, and the fault when it is neither, has a DOCTYPE with a subset, or is
/// broken. Of a broken XML one what comes before the fault is given.
#[must_use]
pub fn parse_partial(bytes: &[u8], limits: &Limits) -> (Option<Value>, Option<Error>) {
    if bytes.starts_with(MAGIC) {
        return match Binary::read(bytes) {
            Some(value) => (Some(value), None),
            None => (None, Some(Error::syntax(1, "the binary property list is broken"))),
        };
    }
    let decoded = text::decode(bytes);
    let text = without_doctype(&decoded.text);
    let (root, fault) = xml::parse_partial(&text, limits);
    let value = root.as_ref().filter(|root| root.name() == "plist").and_then(|root| root.elements().first()).map(value);
    let fault = fault.or_else(|| value.is_none().then(|| Error::syntax(1, "no property list")));
    (value, fault)
}

/// The text with its DOCTYPE blanked, when that has no subset.
fn without_doctype(text: &str) -> Cow<'_, str> {
    let Some(start) = text.find("<!DOCTYPE") else { return Cow::Borrowed(text) };
    let Some((before, rest)) = text.split_at_checked(start) else { return Cow::Borrowed(text) };
    let Some(end) = rest.find('>').filter(|&end| rest.get(..end).is_some_and(|name| !name.contains('['))) else {
        return Cow::Borrowed(text);
    };
    let (doctype, after) = rest.split_at_checked(end.saturating_add(1)).unwrap_or((rest, ""));
    let blank: String = doctype.chars().map(|character| if character == '\n' { '\n' } else { ' ' }).collect();
    Cow::Owned([before, &blank, after].concat())
}

/// The reader of XML bounds the depth.
fn value(element: &Element<'_>) -> Value {
    match element.name() {
        "dict" => {
            let mut entries = Vec::new();
            let mut key: Option<&str> = None;
            for child in element.elements() {
                match (child.name(), key.take()) {
                    ("key", _) => key = Some(child.text()),
                    (_, Some(name)) => entries.push((name.to_owned(), value(child))),
                    _ => {}
                }
            }
            Value::Dictionary(entries)
        }
        "array" => Value::Array(element.elements().iter().map(value).collect()),
        "string" | "integer" | "real" | "date" => Value::Text(element.text().to_owned()),
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        _ => Value::Other,
    }
}

/// A binary list.
struct Binary<'a> {
    bytes: &'a [u8],
    offsets: &'a [u8],
    offset_size: usize,
    reference_size: usize,
    /// How many more values may be read: an object may be used many times.
    spare: usize,
}

impl<'a> Binary<'a> {
    fn read(bytes: &'a [u8]) -> Option<Value> {
        let trailer = bytes.len().checked_sub(32).and_then(|at| bytes.get(at..))?;
        let offset_size = usize::from(*trailer.get(6)?);
        let reference_size = usize::from(*trailer.get(7)?);
        let count = number(slice(trailer, 8, 8)?)?;
        let top = number(slice(trailer, 16, 8)?)?;
        let table = number(slice(trailer, 24, 8)?)?;
        if !(1..=8).contains(&offset_size) || !(1..=8).contains(&reference_size) {
            return None;
        }
        let offsets = slice(bytes, table, count.checked_mul(offset_size)?)?;
        let spare = bytes.len().min(MAX_VALUES);
        let mut binary = Self { bytes, offsets, offset_size, reference_size, spare };
        binary.object(top, 0)
    }

    fn object(&mut self, reference: usize, depth: u32) -> Option<Value> {
        self.spare = self.spare.checked_sub(1)?;
        if depth > MAX_DEPTH {
            return None;
        }
        let offset = slice(self.offsets, reference.checked_mul(self.offset_size)?, self.offset_size)?;
        let at = number(offset)?;
        let marker = *self.bytes.get(at)?;
        let (length, start) = self.length(at, marker & 0x0f)?;
        let bytes = self.bytes;
        Some(match marker >> 4 {
            0 if marker == 8 => Value::Boolean(false),
            0 if marker == 9 => Value::Boolean(true),
            1 => Value::Text(number(slice(bytes, at.checked_add(1)?, 1 << (marker & 0x03))?)?.to_string()),
            5 => self.text(String::from_utf8_lossy(slice(bytes, start, length)?)),
            6 => {
                let units = slice(bytes, start, length.checked_mul(2)?)?.chunks_exact(2);
                let units: Vec<u16> =
                    units.filter_map(|unit| unit.first_chunk().copied().map(u16::from_be_bytes)).collect();
                self.text(String::from_utf16_lossy(&units).into())
            }
            10 => Value::Array(self.list(start, length, depth)?),
            13 => {
                let keys = self.list(start, length, depth)?;
                let after = start.checked_add(length.checked_mul(self.reference_size)?)?;
                let values = self.list(after, length, depth)?;
                let named = |(key, value)| match key {
                    Value::Text(name) => Some((name, value)),
                    _ => None,
                };
                Value::Dictionary(keys.into_iter().zip(values).filter_map(named).collect())
            }
            _ => Value::Other,
        })
    }

    fn text(&mut self, text: Cow<'_, str>) -> Value {
        self.spare = self.spare.saturating_sub(text.len());
        if text.len() > MAX_TEXT { Value::Other } else { Value::Text(text.into_owned()) }
    }

    fn list(&mut self, start: usize, length: usize, depth: u32) -> Option<Vec<Value>> {
        let references = slice(self.bytes, start, length.checked_mul(self.reference_size)?)?;
        let next = depth.saturating_add(1);
        references.chunks_exact(self.reference_size).map(|reference| self.object(number(reference)?, next)).collect()
    }

    /// The length of an object whose marker has these low bits, and where its content starts.
    fn length(&self, at: usize, low: u8) -> Option<(usize, usize)> {
        let after = at.checked_add(1)?;
        if low != 0x0f {
            return Some((usize::from(low), after));
        }
        let marker = *self.bytes.get(after)?;
        if marker >> 4 != 1 {
            return Some((0, after));
        }
        let size = 1_usize << (marker & 0x03);
        let start = after.checked_add(1)?;
        Some((number(slice(self.bytes, start, size)?)?, start.checked_add(size)?))
    }
}

/// `length` bytes at `at`.
fn slice(bytes: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(length)?)
}

/// A big-endian number of up to eight bytes.
fn number(bytes: &[u8]) -> Option<usize> {
    bytes.iter().try_fold(0_usize, |number, &byte| Some(number.checked_mul(256)? | usize::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_lists() {
        let text = br#"<?xml version="1.0"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>a</key><string>b</string><key>c</key><array><true/><integer>7</integer></array></dict></plist>"#;
        let (value, fault) = parse_partial(text, &Limits::DEFAULT);
        assert!(fault.is_none(), "{fault:?}");
        let value = value.unwrap();
        assert_eq!(value.text_of("a"), Some("b"));
        assert_eq!(value.get("c").unwrap().items(), [Value::Boolean(true), Value::Text("7".to_owned())]);
        let hostile = br#"<!DOCTYPE plist [<!ENTITY a "b">]><plist><string>&a;</string></plist>"#;
        assert!(parse_partial(hostile, &Limits::DEFAULT).1.is_some());
    }

    #[test]
    fn binary_lists_are_bounded() {
        // {"a": "b"}, then the same with the value an array that holds itself.
        let mut list = b"bplist00\xd1\x01\x02\x51a\x51b\x08\x0b\x0d".to_vec();
        list.extend([0; 6]);
        list.extend([1, 1]);
        list.extend([0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 15]);
        let (value, fault) = parse_partial(&list, &Limits::DEFAULT);
        assert!(fault.is_none());
        assert_eq!(value.unwrap().text_of("a"), Some("b"));
        list[13] = 0xa1;
        list[14] = 2;
        assert!(parse_partial(&list, &Limits::DEFAULT).1.is_some());
        assert!(parse_partial(b"bplist00", &Limits::DEFAULT).1.is_some());
    }
}
