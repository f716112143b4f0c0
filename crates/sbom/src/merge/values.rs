//! Values of one thing held against each other, and lists set right once they are one.

use super::join::Part;
use super::schema::Schema;
use super::table;
use crate::convert::expressions_by_name;
use crate::tree::{Members, Value};

/// How many values a value is made of.
pub(super) fn size(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(size).fold(0, usize::saturating_add),
        Value::Object(members) => members.iter().map(|(_, held)| size(held)).fold(0, usize::saturating_add),
        _ => 0,
    };
    inner.saturating_add(1)
}

pub(super) fn says_nothing(value: &Value) -> bool {
    value.as_str().is_some_and(table::is_empty)
}

pub(super) fn canonical_purl(text: &str) -> String {
    plimsoll_model::Purl::parse(text).map_or_else(|_| text.to_owned(), |purl| purl.to_string())
}

/// The members of all parts, each once, those of the first part first.
pub(super) fn member_order(parts: &[Part]) -> Vec<String> {
    let mut order: Vec<String> = Vec::new();
    for members in parts.iter().filter_map(|part| part.value.as_object()) {
        for (name, _) in members.iter() {
            if !order.iter().any(|held| held == name) {
                order.push(name.to_owned());
            }
        }
    }
    order
}

/// Whether everything that the other value says, this one says too.
pub(super) fn covers(value: &Value, other: &Value) -> bool {
    match (value, other) {
        (Value::Object(mine), Value::Object(theirs)) => {
            value != other
                && theirs
                    .iter()
                    .all(|(name, held)| mine.get(name).is_some_and(|mine| mine == held || covers(mine, held)))
        }
        (Value::Array(mine), Value::Array(theirs)) => {
            mine.len() > theirs.len() && theirs.iter().all(|held| mine.contains(held))
        }
        _ => false,
    }
}

/// Several lists of properties of one element are one.
pub(super) fn one_extension(members: &mut Members) {
    const KIND: &str = "extension_CdxPropertiesExtension";
    const LIST: &str = "extension_cdxProperty";
    let Some(Value::Array(items)) = members.get_mut("extension") else { return };
    let mut entries: Vec<Value> = Vec::new();
    let mut first = None;
    let mut at = 0_usize;
    items.retain(|item| {
        let place = at;
        at = at.saturating_add(1);
        if item.text_of("type") != Some(KIND) {
            return true;
        }
        for entry in item.items_of(LIST) {
            if !entries.contains(entry) {
                entries.push(entry.clone());
            }
        }
        first.is_none() && first.replace(place).is_none()
    });
    let held = items.iter_mut().find(|item| item.text_of("type") == Some(KIND));
    if let Some(Value::Object(held)) = held {
        held.set(LIST, Value::Array(entries));
    }
}

/// An expression that is the id of a licence of the list says nothing more. A version that allows no expression beside
/// others has it by name.
pub(super) fn licenses(items: &mut Vec<Value>, schema: Schema) {
    let license = |item: &Value| item.get("license").cloned().unwrap_or_default();
    let ids: Vec<(String, Option<String>)> = items
        .iter()
        .filter_map(|item| {
            let license = license(item);
            Some((license.text_of("id")?.to_owned(), license.text_of("acknowledgement").map(str::to_owned)))
        })
        .collect();
    items.retain(|item| {
        let Some(expression) = item.text_of("expression") else { return true };
        let acknowledgement = item.text_of("acknowledgement").map(str::to_owned);
        !ids.contains(&(expression.to_owned(), acknowledgement))
    });
    if items.len() > 1 && !schema.standard.is_within("1.7..", schema.version) {
        expressions_by_name(items);
    }
}
