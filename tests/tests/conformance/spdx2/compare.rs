//! Trees of SPDX 2 made comparable: encodings say one thing in several ways and order.

use std::collections::BTreeMap;

use plimsoll_sbom::encoding::Omission;
use plimsoll_sbom::tree::{Members, Pointer, Value};

/// Lists whose order says something.
const ORDERED: &[&str] = &["creators", "ranges"];

/// Fields that are expressions.
const LICENSES: &[&str] = &["licenseConcluded", "licenseDeclared"];

/// The tree with the duplicates of relationships as relationships, and unordered lists sorted.
pub(super) fn normalized(tree: &Value) -> Value {
    let mut document = tree.as_object().unwrap().clone();
    document.remove("$schema");
    let mut related =
        document.get("relationships").and_then(Value::as_array).map(<[Value]>::to_vec).unwrap_or_default();
    let id = |members: &Members| members.get("SPDXID").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut relate = |from: &str, kind: &'static str, others: Option<Value>| {
        for other in others.iter().flat_map(|others| others.as_array().unwrap()) {
            let mut relationship = Members::new();
            relationship.set_text("spdxElementId", from);
            relationship.set_text("relationshipType", kind);
            relationship.set("relatedSpdxElement", other.clone());
            related.push(Value::Object(relationship));
        }
    };
    let described = document.remove("documentDescribes");
    relate(&id(&document), "DESCRIBES", described);
    for package in document.get_mut("packages").and_then(Value::as_array_mut).into_iter().flatten() {
        let package = package.as_object_mut().unwrap();
        let files = package.remove("hasFiles");
        relate(&id(package), "CONTAINS", files);
    }
    let bare = |relationship: &Value| {
        let part = |name| relationship.text_of(name).unwrap_or_default().to_owned();
        [part("spdxElementId"), part("relationshipType"), part("relatedSpdxElement")]
    };
    let mut seen = BTreeMap::new();
    related.retain(|relationship| seen.insert(bare(relationship), ()).is_none());
    document.set_items("relationships", related);
    sorted("", Value::Object(document))
}

fn sorted(name: &str, value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(|item| sorted("", item)).collect();
            if !ORDERED.contains(&name) {
                items.sort_by_cached_key(key);
            }
            Value::Array(items)
        }
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.into_iter().map(|(name, value)| (name.clone(), sorted(&name, value))).collect();
            members.retain(|(name, value)| {
                let is_default = name == "filesAnalyzed" && value.as_bool() == Some(true);
                !is_default && value.as_array().is_none_or(|items| !items.is_empty())
            });
            members.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(members.into_iter().collect())
        }
        Value::String(text) if LICENSES.contains(&name) => Value::text(expression(&text)),
        other => other,
    }
}

/// The words of an expression in order: RDF has sets. No example has brackets that matter.
fn expression(text: &str) -> String {
    let mut words: Vec<&str> = text.split([' ', '(', ')']).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

/// What tells an item from others of its list.
fn key(item: &Value) -> String {
    let names = ["SPDXID", "licenseId", "spdxElementId", "annotationDate"];
    let id: String = names.iter().filter_map(|name| item.text_of(name)).collect();
    format!("{id} {item:?}")
}

/// What differs: place, and both sides.
pub(super) fn differences(want: &Value, found: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    compare("", Some(want), Some(found), &mut all);
    all
}

fn compare(path: &str, want: Option<&Value>, found: Option<&Value>, all: &mut Vec<(String, String)>) {
    match (want, found) {
        (Some(Value::Object(want)), Some(Value::Object(found))) => {
            for (name, value) in want.iter() {
                compare(&format!("{path}/{name}"), Some(value), found.get(name), all);
            }
            for (name, value) in found.iter().filter(|(name, _)| !want.has(name)) {
                compare(&format!("{path}/{name}"), None, Some(value), all);
            }
        }
        (Some(Value::Array(want)), Some(Value::Array(found))) => {
            let missing: Vec<&Value> = want.iter().filter(|item| !found.contains(item)).collect();
            let more: Vec<&Value> = found.iter().filter(|item| !want.contains(item)).collect();
            let (mut missing, mut more) = (missing.into_iter(), more.into_iter());
            loop {
                let (want, found) = (missing.next(), more.next());
                if want.is_none() && found.is_none() {
                    break;
                }
                let name = want.or(found).map(name).unwrap_or_default();
                compare(&format!("{path}/{name}"), want, found, all);
            }
        }
        (want, found) if want == found => {}
        (want, found) => all.push((path.to_owned(), format!("{} became {}", brief(want), brief(found)))),
    }
}

fn name(item: &Value) -> String {
    ["SPDXID", "licenseId", "spdxElementId"].iter().find_map(|name| item.text_of(name)).unwrap_or("-").to_owned()
}

fn brief(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| format!("{value:?}").chars().take(160).collect())
}

/// The places of all values that are other, or not there, in the second tree.
pub(super) fn changes(one: &Value, other: &Value) -> Vec<String> {
    let mut all = Vec::new();
    change(&Pointer::root(), one, Some(other), &mut all);
    all
}

fn change(at: &Pointer, one: &Value, other: Option<&Value>, all: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(members), Some(other @ Value::Object(_))) => {
            for (name, value) in members.iter() {
                change(&at.member(name), value, other.get(name), all);
            }
        }
        (Value::Array(items), Some(Value::Array(others))) => {
            for (number, item) in items.iter().enumerate() {
                change(&at.item(number), item, others.get(number), all);
            }
        }
        (one, Some(other)) if one == other => {}
        _ => all.push(at.to_string()),
    }
}

/// The tree without what is known to be changed, but for what became relationships.
pub(super) fn without(tree: &Value, omissions: &[Omission]) -> Value {
    let mut tree = tree.clone();
    for omission in omissions.iter().filter(|omission| !omission.message.contains("relationships")) {
        let mut steps: Vec<String> = omission.pointer.steps().map(Into::into).collect();
        let Some(last) = steps.pop() else { continue };
        let mut place = Some(&mut tree);
        for step in steps {
            place = place.and_then(|place| match place {
                Value::Object(members) => members.get_mut(&step),
                Value::Array(items) => items.get_mut(step.parse::<usize>().unwrap()),
                _ => None,
            });
        }
        match place {
            Some(Value::Object(members)) => drop(members.remove(&last)),
            Some(Value::Array(items)) => {
                if let Some(item) = items.get_mut(last.parse::<usize>().unwrap()) {
                    *item = Value::Null;
                }
            }
            _ => {}
        }
    }
    tree
}

/// Gives the categories of references the spelling of the text.
pub(super) fn respell(tree: &mut Value) {
    match tree {
        Value::String(text) if matches!(&**text, "PACKAGE_MANAGER" | "PERSISTENT_ID") => {
            *text = text.replace('_', "-").into()
        }
        Value::Array(items) => items.iter_mut().for_each(respell),
        Value::Object(members) => members.iter_mut().for_each(|(_, value)| respell(value)),
        _ => {}
    }
}
