//! Facts that SPDX 2 has no field for, told in annotations of our own: `plimsoll:NAME=VALUE`.
//!
//! A property is such an annotation when its name starts with `plimsoll:`; any other goes under `plimsoll:property`. The
//! other names of [`FIELDS`] stand for fields of the neutral document. An annotation is ours when the tool `plimsoll`
//! made it at the time of the document; whatever others annotate stays theirs.

use crate::document::{Document, Property};
use crate::tree::{Members, Value};

/// What stands for the time of a document that has none, as SPDX demands one.
pub(super) const EPOCH: &str = "1970-01-01T00:00:00Z";
/// Says so.
pub(super) const NO_TIME: &str = "no creation time is known; 1970-01-01T00:00:00Z stands for it";
/// Says that the document does not list everything.
pub(super) const INCOMPLETE: &str = "incomplete: some of the input could not be read; see the other annotations";

/// The prefix of the names.
const PREFIX: &str = "plimsoll:";

/// The names that stand for fields; no property has them.
const FIELDS: &[&str] = &[
    "author",
    "completeness",
    "completeness:dependencies",
    "cpe",
    "created",
    "data-license",
    "external-document",
    "group",
    "hash",
    "id",
    "is-external",
    "kind",
    "license",
    "lifecycle",
    "media-type",
    "name",
    "identifier",
    "property",
    "publisher",
    "purl",
    "reference",
    "component-scope",
    "tool",
    "type",
    "uri",
    "version",
    "component-version-range",
];

/// One annotation of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// A field.
    Field(&'static str, String),
    /// A property.
    Property(Property),
    /// Text for people, which the other facts imply.
    Sentence,
    /// The time of the document is not known.
    NoTime,
}

/// Reads the text of an annotation of ours.
pub(super) fn parse(text: &str) -> Option<Note> {
    match text {
        NO_TIME => return Some(Note::NoTime),
        INCOMPLETE => return Some(Note::Sentence),
        _ => {}
    }
    let (name, value) = text.split_once('=')?;
    let bare = name.strip_prefix(PREFIX)?;
    let property = |name: String, value: &str| Note::Property(Property { name, value: value.to_owned() });
    match FIELDS.iter().find(|field| **field == bare) {
        Some(&"property") => {
            let (name, value) = value.split_once('=')?;
            Some(property(unescape(name), value))
        }
        Some(field) => Some(Note::Field(field, value.to_owned())),
        None => Some(property(name.to_owned(), value)),
    }
}

/// The text for a field.
pub(super) fn field(name: &'static str, value: &str) -> String {
    debug_assert!(FIELDS.contains(&name), "{name}");
    format!("{PREFIX}{name}={value}")
}

/// The text for a property.
pub(super) fn property(property: &Property) -> String {
    let bare = property.name.strip_prefix(PREFIX);
    if bare.is_some_and(|bare| !bare.contains('=') && !FIELDS.contains(&bare)) {
        return format!("{}={}", property.name, property.value);
    }
    format!("{PREFIX}property={}={}", escape(&property.name), property.value)
}

/// Writes `%`, `=` and `/` in percent encoding, so that they may part what is put together.
pub(super) fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('=', "%3D").replace('/', "%2F")
}

/// The inverse of [`escape`].
pub(super) fn unescape(text: &str) -> String {
    text.replace("%2F", "/").replace("%3D", "=").replace("%25", "%")
}

/// Who makes our annotations, and when.
#[derive(Debug)]
pub(super) struct Stamp {
    annotator: String,
    date: String,
}

impl Stamp {
    /// That of a document that is written.
    pub(super) fn new(document: &Document, created: &str) -> Self {
        let ours = document.tools.iter().find(|tool| tool.name == "plimsoll");
        let annotator = ours.map_or_else(|| "Tool: plimsoll".to_owned(), super::agents::write_tool);
        Self { annotator, date: created.to_owned() }
    }

    /// The annotation.
    pub(super) fn annotation(&self, text: &str) -> Value {
        let mut members = Members::new();
        members.push("annotationDate", Value::text(self.date.as_str()));
        members.push("annotationType", Value::text("OTHER"));
        members.push("annotator", Value::text(self.annotator.as_str()));
        members.push("comment", Value::text(text));
        Value::Object(members)
    }
}

/// Reads an annotation of a document made at this time; `None` for those of others.
pub(super) fn read(annotation: &Value, created: Option<&str>) -> Option<Note> {
    let ours = annotation.text_of("annotator")?.strip_prefix("Tool: plimsoll")?;
    let is_ours = (ours.is_empty() || ours.starts_with('-')) && annotation.text_of("annotationDate") == created;
    is_ours.then(|| parse(annotation.text_of("comment")?)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_come_back() {
        for name in ["plimsoll:layer:changed", "plimsoll:id", "a=b", "%3D", "plimsoll:a=b", "", "plimsoll:", "x/y"] {
            for value in ["", "a=b", "line\nline"] {
                let held = Property { name: name.into(), value: value.into() };
                assert_eq!(parse(&property(&held)), Some(Note::Property(held)));
            }
        }
        assert_eq!(parse(&field("group", "a=b")), Some(Note::Field("group", "a=b".into())));
        assert_eq!(parse("a remark"), None);
    }
}
