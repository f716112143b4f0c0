//! Components by themselves: what they are known by, what type they have, and new ones.

use crate::merge::identity::Identity;
use crate::standard::{Standard, Type};
use crate::tree::{Members, Value};

/// What a component is known by.
pub(crate) fn component(value: &Value) -> Identity {
    let version = value.text_of("version");
    let name = value.text_of("name").unwrap_or_default();
    let full = match value.text_of("group").filter(|group| !group.is_empty()) {
        Some(group) => format!("{group}/{name}"),
        None => name.to_owned(),
    };
    let mut identity = Identity::new(value.text_of("type").unwrap_or_default(), &full, version);
    if let Some(purl) = value.text_of("purl") {
        identity.purl(purl, version);
    }
    for hash in value.items_of("hashes") {
        identity.hash(hash.text_of("alg").unwrap_or_default(), hash.text_of("content").unwrap_or_default());
    }
    if let Some(cpe) = value.text_of("cpe") {
        identity.cpe(cpe);
    }
    identity
}

pub(super) fn component_type(standard: &'static Standard) -> Option<&'static Type> {
    match list_type(standard, "components")? {
        Type::Array(item) => Some(item),
        _ => None,
    }
}

/// The type of a list of the document.
pub(super) fn list_type(standard: &'static Standard, list: &str) -> Option<&'static Type> {
    let bom = standard.object(standard.root())?;
    bom.fields.iter().find(|field| field.name == list).map(|field| &field.kind)
}

pub(super) fn named(kind: &str, name: &str, version: Option<&str>, group: Option<&str>) -> Value {
    let mut members = Members::new();
    members.set_text("type", kind);
    members.set_some("group", group);
    members.set_text("name", name);
    members.set_some("version", version);
    Value::Object(members)
}
