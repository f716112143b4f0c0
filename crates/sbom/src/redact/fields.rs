//! Fields that are withheld from every component and the document.

use regex::Regex;

use super::targets::glob;
use super::{REDACTED, WITHHELD, Withheld, Work};
use crate::map::StandardKind;
use crate::merge::label;
use crate::standard::{Object, Type};
use crate::tree::{Members, Value};

/// What people call fields, and the members that the standards have for them.
const ALIASES: &[(&str, &[&str])] = &[
    ("supplier", &["supplier", "provider", "suppliedBy"]),
    ("author", &["author", "authors", "originator", "originatedBy", "fileContributors"]),
    ("manufacturer", &["manufacturer", "manufacture"]),
    ("externalReferences", &["externalReferences", "externalRefs", "externalRef"]),
    ("hashes", &["hashes", "checksums", "verifiedUsing", "packageVerificationCode"]),
    ("copyright", &["copyright", "copyrightText", "software_copyrightText"]),
    ("description", &["description", "summary"]),
    ("license-text", &["text", "extractedText", "simplelicensing_licenseText"]),
];

/// A field to withhold: its name, or for properties also a pattern, as in `properties[plimsoll:*]`.
#[derive(Debug, Clone)]
pub struct FieldPattern {
    name: String,
    items: Option<Regex>,
}

impl FieldPattern {
    /// Reads `NAME` or `properties[PATTERN]`; `None` for anything else.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let (name, items) = match text.split_once('[') {
            Some((name, rest)) => (name, Some(glob(rest.strip_suffix(']')?)?)),
            None => (text, None),
        };
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        (plain && (items.is_none() || name == "properties")).then(|| Self { name: name.to_owned(), items })
    }

    fn members(&self) -> Vec<&str> {
        let alias = ALIASES.iter().find(|(name, _)| *name == self.name);
        alias.map_or_else(|| vec![self.name.as_str()], |(_, members)| members.to_vec())
    }
}

impl Work<'_> {
    pub(super) fn fields(&mut self, tree: &mut Value) {
        let fields = self.redaction.fields.clone();
        for field in &fields {
            if field.name == "properties" {
                self.properties(tree, field, "");
            } else {
                let members = field.members();
                let root = self.schema.standard.root_type();
                self.field(tree, root, field, &members, "");
            }
        }
    }

    fn field(&mut self, value: &mut Value, kind: &'static Type, field: &FieldPattern, members: &[&str], element: &str) {
        let (object, item) = (self.schema.object(kind, value), self.schema.item(kind, value));
        let element = element_of(value, element);
        match value {
            Value::Array(items) => {
                let Some(item) = item else { return };
                items.iter_mut().for_each(|held| self.field(held, item, field, members, &element));
            }
            Value::Object(held) => {
                let Some(object) = object else { return };
                let license = field.name != "license-text" || is_license(object);
                for name in members.iter().filter(|_| license) {
                    if !held.has(name) {
                        continue;
                    }
                    self.withhold(held, object, name, &field.name, &element);
                }
                for (name, inner) in held.iter_mut() {
                    if let Some(known) = self.schema.field(object, name) {
                        self.field(inner, &known.kind, field, members, &element);
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes a member out; what must be there says that it is withheld.
    fn withhold(&mut self, held: &mut Members, object: &'static Object, name: &str, what: &str, element: &str) {
        let known = self.schema.field(object, name);
        let required = known.and_then(|known| known.required).is_some_and(|span| span.has(self.schema.version));
        if required {
            match held.get_mut(name) {
                Some(Value::String(text)) if text.as_ref() != WITHHELD => *text = WITHHELD.into(),
                _ => {
                    self.notes.push(format!("{what} of {element} cannot be left out"));
                    return;
                }
            }
        } else {
            let removed = held.remove(name);
            if let Some(removed) = removed {
                self.remember(&removed);
            }
        }
        if object.fields_in(self.schema.version).any(|field| bears(field.name)) {
            self.marker.mark(held, REDACTED, what);
        }
        self.withheld.push(Withheld { element: element.to_owned(), what: what.to_owned(), pseudonym: None });
    }

    /// Names of people and organisations are looked for elsewhere too.
    fn remember(&mut self, removed: &Value) {
        match removed {
            Value::Object(members) => {
                for member in ["email", "phone", "url"] {
                    if let Some(text) = members.get(member).and_then(Value::as_str).filter(|text| text.len() > 4) {
                        let stand_in = self.stand_in(text);
                        self.secrets.entry(text.to_owned()).or_insert(stand_in);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.remember(item)),
            _ => {}
        }
    }

    fn properties(&mut self, value: &mut Value, field: &FieldPattern, element: &str) {
        let element = element_of(value, element);
        match value {
            Value::Array(items) => items.iter_mut().for_each(|held| self.properties(held, field, &element)),
            Value::Object(members) => {
                for list in ["properties", "annotations", "extension_cdxProperty"] {
                    let gone = take_marks(members, list, field.items.as_ref());
                    for _ in 0..gone {
                        let what = "properties".to_owned();
                        self.withheld.push(Withheld { element: element.clone(), what, pseudonym: None });
                    }
                }
                members.iter_mut().for_each(|(_, held)| self.properties(held, field, &element));
            }
            _ => {}
        }
    }

    /// Where files lie.
    pub(super) fn paths(&mut self, tree: &mut Value) {
        self.path(tree, "", "");
    }

    fn path(&mut self, value: &mut Value, list: &str, element: &str) {
        let element = element_of(value, element);
        match value {
            Value::Array(items) => items.iter_mut().for_each(|held| self.path(held, list, &element)),
            Value::Object(members) => {
                let kind = members.get("type").and_then(Value::as_str).map(str::to_owned);
                let is_file = match self.standard {
                    StandardKind::CycloneDx => kind.as_deref() == Some("file") && list == "components",
                    StandardKind::Spdx2 => list == "files",
                    StandardKind::Spdx3 => kind.as_deref() == Some("software_File"),
                };
                self.sightings(members, &element);
                for name in ["sourceInfo", "software_sourceInfo"] {
                    // Where it was seen, in words; what looks like a path in them is looked for elsewhere too.
                    let Some(text) = members.remove(name).and_then(|held| held.as_str().map(str::to_owned)) else {
                        continue;
                    };
                    for path in text.split_whitespace().filter(|word| word.len() > 3 && word.contains('/')) {
                        let pseudonym = self.pseudonym(path);
                        self.secrets.insert(path.to_owned(), pseudonym);
                    }
                    self.withheld.push(Withheld { element: element.clone(), what: "path".to_owned(), pseudonym: None });
                }
                for (name, held) in members.iter_mut() {
                    let is_path = matches!(
                        (list, name),
                        ("occurrences", "location")
                            | ("frames", "fullFilename")
                            | (_, "packageFileName")
                            | (_, "fileName")
                    ) || (is_file && name == "name");
                    let Some(text) = held.as_str().filter(|text| is_path && !text.is_empty()).map(str::to_owned) else {
                        continue;
                    };
                    if text.contains("withheld-") {
                        continue;
                    }
                    let pseudonym = self.pseudonym(&text);
                    let prefix = if name == "fileName" { "./" } else { "" };
                    *held = Value::text(format!("{prefix}{pseudonym}"));
                    if text.len() > 3 {
                        self.secrets.insert(text.trim_start_matches("./").to_owned(), pseudonym.clone());
                    }
                    let what = "path".to_owned();
                    self.withheld.push(Withheld { element: element.clone(), what, pseudonym: Some(pseudonym) });
                }
                let names: Vec<String> = members.iter().map(|(name, _)| name.to_owned()).collect();
                for name in names {
                    if let Some(held) = members.get_mut(&name) {
                        self.path(held, &name, &element);
                    }
                }
            }
            _ => {}
        }
    }

    /// What a conversion kept of where a scan saw a component; its first word is the place.
    fn sightings(&mut self, members: &mut Members, element: &str) {
        const NAME: &str = "plimsoll:spdx3:sighting";
        let Some(Value::Array(entries)) = members.get_mut("extension_cdxProperty") else { return };
        let mut places = Vec::new();
        entries.retain(|entry| {
            let ours = entry.text_of("extension_cdxPropName") == Some(NAME);
            if ours {
                let value = entry.text_of("extension_cdxPropValue").unwrap_or_default();
                places.push(value.split(' ').next().unwrap_or_default().trim_start_matches('=').to_owned());
            }
            !ours
        });
        if entries.is_empty() {
            members.remove("extension_cdxProperty");
        }
        for place in places {
            let pseudonym = self.pseudonym(&place);
            if place.len() > 3 {
                self.secrets.insert(place, pseudonym);
            }
            self.withheld.push(Withheld { element: element.to_owned(), what: "path".to_owned(), pseudonym: None });
        }
    }
}

fn bears(member: &str) -> bool {
    matches!(member, "properties" | "annotations" | "extension")
}

fn is_license(object: &Object) -> bool {
    object.name.to_ascii_lowercase().contains("licens")
}

/// The component that a value is, or stands in.
fn element_of(value: &Value, outer: &str) -> String {
    let is_element = ["bom-ref", "SPDXID", "spdxId"].iter().any(|name| value.get(name).is_some())
        || (value.get("name").is_some() && value.get("type").is_some());
    if is_element { label(value) } else { outer.to_owned() }
}

/// Takes properties out, whatever form the standard has for them; how many.
fn take_marks(members: &mut Members, list: &'static str, pattern: Option<&Regex>) -> usize {
    let Some(Value::Array(items)) = members.get_mut(list) else { return 0 };
    let before = items.len();
    items.retain(|item| {
        let mut single = Members::new();
        let held = if list == "extension_cdxProperty" {
            single.set("extension", Value::Array(vec![wrapped(item.clone())]));
            single
        } else {
            single.set(list, Value::Array(vec![item.clone()]));
            single
        };
        let found = crate::marks::marks(&held);
        let meant = |name: &str| name != REDACTED && pattern.is_none_or(|pattern| pattern.is_match(name));
        !found.iter().any(|(name, _)| meant(name))
    });
    let gone = before.saturating_sub(items.len());
    if items.is_empty() {
        members.remove(list);
    }
    gone
}

fn wrapped(entry: Value) -> Value {
    let mut members = Members::new();
    members.set("extension_cdxProperty", Value::Array(vec![entry]));
    Value::Object(members)
}
