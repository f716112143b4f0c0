//! Facts that SPDX 3 has no place for, as entries of an `extension_CdxPropertiesExtension`.
//!
//! A document's own properties are entries under their names; ours are under `plimsoll:spdx3:`. A property that already
//! starts so is written as one of ours that holds it.

use std::collections::HashMap;

use super::ids::{decode, encode};
use crate::document::Property;
use crate::tree::{Members, Value};

const PREFIX: &str = "plimsoll:spdx3:";
const PROPERTY: &str = "property:";

/// What a node carries, while it is written.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord, Clone)]
pub(super) struct Carried(Vec<(String, String)>);

impl Carried {
    /// A fact.
    pub(super) fn put(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((format!("{PREFIX}{name}"), value.into()));
    }

    /// A fact that may be missing.
    pub(super) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// A property of the document's own.
    pub(super) fn property(&mut self, property: &Property) {
        let escaped = || format!("{PREFIX}{PROPERTY}{}", property.name);
        let name = if property.name.starts_with(PREFIX) { escaped() } else { property.name.clone() };
        self.0.push((name, property.value.clone()));
    }

    /// All as text, to tell nodes apart.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()])
    }

    /// Adds the extension to a node, when it holds something.
    pub(super) fn add_to(self, node: &mut Members) {
        if self.0.is_empty() {
            return;
        }
        let entries = self.0.into_iter().map(|(name, value)| {
            let mut entry = Members::new();
            entry.set("type", Value::text("extension_CdxPropertyEntry"));
            entry.set("extension_cdxPropName", Value::text(name));
            entry.set("extension_cdxPropValue", Value::text(value));
            Value::Object(entry)
        });
        let mut extension = Members::new();
        extension.set("type", Value::text("extension_CdxPropertiesExtension"));
        extension.set("extension_cdxProperty", Value::Array(entries.collect()));
        node.set("extension", Value::Array(vec![Value::Object(extension)]));
    }
}

/// What a node carries, as it is read.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The document's own properties.
    pub(super) properties: Vec<Property>,
    ours: HashMap<String, Vec<String>>,
}

impl Facts {
    /// Takes the properties of a node.
    pub(super) fn of(node: &Members) -> Self {
        let mut facts = Self::default();
        let extensions = node.get("extension").and_then(Value::as_array).unwrap_or_default();
        for entry in extensions.iter().flat_map(|extension| extension.items_of("extension_cdxProperty")) {
            let Some(name) = entry.text_of("extension_cdxPropName") else { continue };
            let value = entry.text_of("extension_cdxPropValue").unwrap_or_default().to_owned();
            let property = |name: &str, value| Property { name: name.to_owned(), value };
            match name.strip_prefix(PREFIX) {
                None => facts.properties.push(property(name, value)),
                Some(ours) => match ours.strip_prefix(PROPERTY) {
                    Some(name) => facts.properties.push(property(name, value)),
                    None => facts.ours.entry(ours.to_owned()).or_default().push(value),
                },
            }
        }
        facts
    }

    /// The first fact of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Whether there is a fact of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.ours.contains_key(name)
    }

    /// The facts of a name, in order.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.ours.get(name).into_iter().flatten().map(String::as_str)
    }
}

/// Texts as one.
pub(super) fn pack<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(|text| format!("={}", encode(text))).collect::<Vec<_>>().join(" ")
}

/// Texts that may be missing as one.
pub(super) fn pack_optional<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let one = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), |text| format!("={}", encode(text)));
    texts.into_iter().map(one).collect::<Vec<_>>().join(" ")
}

/// The texts again; nothing of what is not ours.
pub(super) fn unpack(packed: &str) -> Vec<Option<String>> {
    packed.split(' ').map(|word| decode(word.strip_prefix('=')?)).collect()
}
