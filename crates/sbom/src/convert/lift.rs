//! The shapes of a document given back to what was made of it for an older version, so that comparing the two finds what is
//! gone and not what only moved.

use super::reshape::{MAKERS, joined};
use crate::map::StandardKind;
use crate::tree::{Members, Value};

use super::pairs;

/// Puts facts of `written` where `original` has them, when they moved there.
pub(super) fn lift(written: &mut Value, original: &Value, standard: StandardKind) {
    if standard != StandardKind::CycloneDx {
        return;
    }
    if let (Some(Value::Object(metadata)), Some(Value::Object(was))) =
        (written.as_object_mut().and_then(|bom| bom.get_mut("metadata")), original.get("metadata"))
    {
        if !was.has("manufacture")
            && !metadata.has("manufacturer")
            && let Some(maker) = metadata.remove("manufacture")
        {
            metadata.set("manufacturer", maker);
        }
        tools(metadata, was);
    }
    value(written, original);
}

/// Visits what is there in both, each component with the one that it was.
fn value(written: &mut Value, original: &Value) {
    match (written, original) {
        (Value::Object(members), Value::Object(was)) => {
            component(members, was);
            for (name, held) in members.iter_mut() {
                if let Some(before) = was.get(name) {
                    value(held, before);
                }
            }
        }
        (Value::Array(items), Value::Array(was)) if items.iter().any(|item| item.as_object().is_some()) => {
            let partners = pairs::of(was, items);
            for (before, at) in was.iter().zip(partners) {
                if let Some(item) = at.and_then(|at| items.get_mut(at)) {
                    value(item, before);
                }
            }
        }
        _ => {}
    }
}

fn component(members: &mut Members, was: &Members) {
    if let Some(Value::Array(before)) = was.get("authors")
        && !was.has("author")
        && !members.has("authors")
        && members.get("author").and_then(Value::as_str) == joined(before).as_deref()
        && members.remove("author").is_some()
    {
        let said =
            |author: &Value| only(author, if author.get("name").is_some() { &["name", "email"] } else { &["email"] });
        members.set_items("authors", before.iter().map(said).collect());
    }
    if let (Some(Value::Array(before)), Some(Value::Array(now))) = (was.get("licenses"), members.get_mut("licenses"))
        && before.len() == now.len()
    {
        for (item, before) in now.iter_mut().zip(before) {
            expression(item, before);
        }
    }
    if let (Some(Value::Array(_)), Some(Value::Object(_))) = (was.get("identity"), members.get("identity"))
        && let Some(one) = members.remove("identity")
    {
        members.set("identity", Value::Array(vec![one]));
    }
    if let (Some(Value::Object(_)), Some(Value::Array(now))) = (was.get("identity"), members.get_mut("identity"))
        && now.len() == 1
        && let Some(one) = now.pop()
    {
        members.set("identity", one);
    }
}

/// An expression that is written by name.
fn expression(item: &mut Value, before: &Value) {
    let Some(expression) = before.text_of("expression") else { return };
    let Value::Object(members) = item else { return };
    let Some(Value::Object(license)) = members.get("license") else { return };
    if license.get("name").and_then(Value::as_str) != Some(expression) {
        return;
    }
    let Some(Value::Object(license)) = members.remove("license") else { return };
    for (name, value) in license {
        members.set(if name == "name" { "expression".into() } else { name }, value);
    }
}

/// The members of these names.
fn only(value: &Value, names: &[&'static str]) -> Value {
    let held = names.iter().filter_map(|name| Some(((*name).into(), value.get(name)?.clone())));
    Value::Object(held.collect())
}

/// Tools of a list as the components and services that they were.
fn tools(metadata: &mut Members, was: &Members) {
    let (Some(before @ Value::Object(_)), Some(Value::Array(list))) = (was.get("tools"), metadata.get("tools")) else {
        return;
    };
    let count = before.items_of("components").len().saturating_add(before.items_of("services").len());
    if count != list.len() {
        return;
    }
    let mut left = list.iter();
    let mut tools = Members::new();
    for member in ["components", "services"] {
        let items = before.items_of(member).iter().zip(&mut left).map(|(was, tool)| Value::Object(one_tool(tool, was)));
        let items: Vec<Value> = items.collect();
        tools.set_items(member, items);
    }
    metadata.set("tools", Value::Object(tools));
}

fn one_tool(tool: &Value, was: &Value) -> Members {
    let mut item = Members::new();
    if was.text_of("type") == Some("application") {
        item.set_text("type", "application");
    }
    for name in ["name", "version", "hashes"] {
        if let Some(value) = tool.get(name) {
            item.set(name, value.clone());
        }
    }
    if let Some(vendor) = tool.get("vendor") {
        match MAKERS.iter().find(|member| was.get(member).is_some()) {
            Some(member) => item.set(*member, Value::Object(Members::from_iter([("name".into(), vendor.clone())]))),
            None => item.set("publisher", vendor.clone()),
        }
    }
    item
}
