//! Facts of ours in the tree of any standard: what was merged, redacted or added, said where readers of the standard look.
//!
//! CycloneDX has properties. SPDX 2 has annotations, which we write as `NAME=VALUE`; SPDX 3 has the properties of
//! CycloneDX as an extension of any element. All of them are read back as properties of the neutral document.

use crate::map::StandardKind;
use crate::tree::{Members, Value};

/// Who marks, and when, as SPDX 2 asks of its annotations.
#[derive(Debug, Clone)]
pub(crate) struct Marker {
    pub(crate) standard: StandardKind,
    /// `Tool: plimsoll-1.0`.
    pub(crate) annotator: String,
    /// RFC 3339.
    pub(crate) date: String,
}

impl Marker {
    /// Of a document of a standard; the date is that of the document, without which our annotations are not taken for ours.
    pub(crate) fn new(standard: StandardKind, version: Option<&str>, created: Option<&str>) -> Self {
        let annotator =
            version.map_or_else(|| "Tool: plimsoll".to_owned(), |version| format!("Tool: plimsoll-{version}"));
        Self { standard, annotator, date: created.unwrap_or("1970-01-01T00:00:00Z").to_owned() }
    }

    /// Marks an object: a component, package, file, the metadata or the document. A mark that is there is not repeated.
    pub(crate) fn mark(&self, members: &mut Members, name: &str, value: &str) {
        match self.standard {
            StandardKind::CycloneDx => {
                let mut property = Members::new();
                property.set_text("name", name);
                property.set_text("value", value);
                add(members, "properties", Value::Object(property));
            }
            StandardKind::Spdx2 => {
                let mut annotation = Members::new();
                annotation.set_text("annotationDate", self.date.as_str());
                annotation.set_text("annotationType", "OTHER");
                annotation.set_text("annotator", self.annotator.as_str());
                annotation.set_text("comment", format!("{name}={value}"));
                add(members, "annotations", Value::Object(annotation));
            }
            StandardKind::Spdx3 => {
                let mut entry = Members::new();
                entry.set_text("type", "extension_CdxPropertyEntry");
                entry.set_text("extension_cdxPropName", name);
                entry.set_text("extension_cdxPropValue", value);
                let is_ours = |held: &&mut Value| held.text_of("type") == Some(EXTENSION);
                let extensions = members.get_mut("extension").and_then(Value::as_array_mut);
                if let Some(Value::Object(held)) = extensions.and_then(|held| held.iter_mut().find(is_ours)) {
                    return add(held, "extension_cdxProperty", Value::Object(entry));
                }
                let mut extension = Members::new();
                extension.set_text("type", EXTENSION);
                extension.set("extension_cdxProperty", Value::Array(vec![Value::Object(entry)]));
                add(members, "extension", Value::Object(extension));
            }
        }
    }
}

const EXTENSION: &str = "extension_CdxPropertiesExtension";

/// Adds an item to a list, unless it is there.
pub(crate) fn add(members: &mut Members, list: &'static str, item: Value) {
    match members.get_mut(list) {
        Some(Value::Array(items)) => {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        _ => members.set(list, Value::Array(vec![item])),
    }
}

/// The marks of an object: names and values.
pub(crate) fn marks(members: &Members) -> Vec<(String, String)> {
    let items = |name: &str| members.get(name).and_then(Value::as_array).unwrap_or_default();
    let pair = |item: &Value, name: &str, value: &str| {
        Some((item.text_of(name)?.to_owned(), item.text_of(value).unwrap_or_default().to_owned()))
    };
    let properties = items("properties").iter().filter_map(|item| pair(item, "name", "value"));
    let annotations = items("annotations").iter().filter_map(|item| {
        let (name, value) = item.text_of("comment")?.split_once('=')?;
        (name.starts_with("plimsoll:") && item.text_of("annotator")?.starts_with("Tool: plimsoll"))
            .then(|| (name.to_owned(), value.to_owned()))
    });
    let entries = items("extension").iter().flat_map(|held| held.items_of("extension_cdxProperty"));
    let entries = entries.filter_map(|item| pair(item, "extension_cdxPropName", "extension_cdxPropValue"));
    properties.chain(annotations).chain(entries).collect()
}
