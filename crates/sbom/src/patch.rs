//! The difference between two trees, as a value that can be written down and applied.
//!
//! Items of an array are told apart by what names them ([`NAMES`]), so that a patch still fits when other items came or
//! went. An array whose items have no names is rebuilt from its old items and new ones, if it is still the array that it was.
//!
//! A patch is itself a tree: `["=", value]` sets, `["-"]` removes, `["o", {name: patch}]` changes members, `["k", {id:
//! patch}, [id…]]` changes named items (the list is the new order, left out when it is the old one), `["l", digest,
//! [item…]]` rebuilds an array, where a number is an old item's place and `[value]` a new item.

use std::collections::{HashMap, HashSet};

use crate::tree::{Members, Name, Value};

/// The members that name an object, the first that is there counts.
pub(crate) const NAMES: &[&str] = &["bom-ref", "SPDXID", "spdxId", "@id", "ref"];

/// What turns `from` into `to`; `None` when they are equal.
pub(crate) fn between(from: &Value, to: &Value) -> Option<Value> {
    if from == to {
        return None;
    }
    Some(match (from, to) {
        (Value::Object(old), Value::Object(new)) => {
            let mut changes = Members::new();
            for (name, value) in new.iter() {
                let change = match old.get(name) {
                    Some(held) => between(held, value),
                    None => Some(set(value)),
                };
                if let Some(change) = change {
                    changes.push(name.to_owned(), change);
                }
            }
            for (name, _) in old.iter().filter(|(name, _)| !new.has(name)) {
                changes.push(name.to_owned(), Value::Array(vec![Value::text("-")]));
            }
            Value::Array(vec![Value::text("o"), Value::Object(changes)])
        }
        (Value::Array(old), Value::Array(new)) => match (names(old), names(new)) {
            (Some(old_names), Some(new_names)) => named(old, &old_names, new, &new_names),
            _ => rebuilt(old, new),
        },
        _ => set(to),
    })
}

fn set(value: &Value) -> Value {
    Value::Array(vec![Value::text("="), value.clone()])
}

/// What an item is named by.
pub(crate) fn name_of(item: &Value) -> Option<&str> {
    NAMES.iter().find_map(|name| item.text_of(name))
}

/// The names of the items, when each has one of its own.
fn names(items: &[Value]) -> Option<Vec<&str>> {
    let names: Vec<&str> = items.iter().map(name_of).collect::<Option<_>>()?;
    let distinct: HashSet<&str> = names.iter().copied().collect();
    (distinct.len() == names.len()).then_some(names)
}

fn named(old: &[Value], old_names: &[&str], new: &[Value], new_names: &[&str]) -> Value {
    let held: HashMap<&str, &Value> = old_names.iter().copied().zip(old).collect();
    let kept: HashSet<&str> = new_names.iter().copied().collect();
    let mut changes = Members::new();
    for (name, value) in new_names.iter().zip(new) {
        let change = match held.get(name) {
            Some(before) => between(before, value),
            None => Some(set(value)),
        };
        if let Some(change) = change {
            changes.push((*name).to_owned(), change);
        }
    }
    for name in old_names.iter().filter(|name| !kept.contains(*name)) {
        changes.push((*name).to_owned(), Value::Array(vec![Value::text("-")]));
    }
    let left = old_names.iter().filter(|name| kept.contains(*name));
    let added = new_names.iter().filter(|name| !held.contains_key(*name));
    let mut patch = vec![Value::text("k"), Value::Object(changes)];
    if !left.chain(added).eq(new_names.iter()) {
        patch.push(Value::Array(new_names.iter().map(|name| Value::text(*name)).collect()));
    }
    Value::Array(patch)
}

fn rebuilt(old: &[Value], new: &[Value]) -> Value {
    let mut places: HashMap<&Value, Vec<usize>> = HashMap::new();
    for (at, item) in old.iter().enumerate().rev() {
        places.entry(item).or_default().push(at);
    }
    let items = new.iter().map(|item| match places.get_mut(item).and_then(Vec::pop) {
        Some(at) => Value::Number(at.to_string().into()),
        None => Value::Array(vec![item.clone()]),
    });
    let items = Value::Array(items.collect());
    Value::Array(vec![Value::text("l"), Value::text(digest(old)), items])
}

/// Tells an array from another; the same in every build and on every machine.
fn digest(items: &[Value]) -> String {
    let mut uuid = crate::uuid::ContentUuid::new();
    for item in items {
        // Writing to a hash does not fail.
        let _ = crate::json::write(&sorted(item), &mut uuid);
    }
    uuid.finish()
}

/// A value with its members in the order of their names.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(members) => {
            let mut members: Members =
                members.iter().map(|(name, value)| (Name::from(name.to_owned()), sorted(value))).collect();
            members.sort_by_key(str::to_owned);
            Value::Object(members)
        }
        other => other.clone(),
    }
}

/// Applies a patch. Parts that do not fit the tree any more are passed over; returns whether all of it fitted.
pub(crate) fn apply(tree: &mut Value, patch: &Value) -> bool {
    let Some([Value::String(what), rest @ ..]) = patch.as_array() else { return false };
    match (what.as_ref(), rest) {
        ("=", [value]) => {
            *tree = value.clone();
            true
        }
        ("o", [Value::Object(changes)]) => {
            let Value::Object(members) = tree else { return false };
            changes.iter().fold(true, |fitted, (name, change)| change_member(members, name, change) && fitted)
        }
        ("k", [Value::Object(changes), order @ ..]) => {
            let Value::Array(items) = tree else { return false };
            change_named(items, changes, order.first().and_then(Value::as_array))
        }
        ("l", [Value::String(was), Value::Array(order)]) => {
            let Value::Array(items) = tree else { return false };
            if digest(items) != was.as_ref() {
                return false;
            }
            let old = std::mem::take(items);
            let item = |place: &Value| match place {
                Value::Number(at) => old.get(at.parse::<usize>().ok()?).cloned(),
                Value::Array(one) => one.first().cloned(),
                _ => None,
            };
            *items = order.iter().filter_map(item).collect();
            items.len() == order.len()
        }
        _ => false,
    }
}

fn is_removal(change: &Value) -> bool {
    matches!(change.as_array(), Some([only]) if only.as_str() == Some("-"))
}

fn change_member(members: &mut Members, name: &str, change: &Value) -> bool {
    if is_removal(change) {
        return members.remove(name).is_some();
    }
    if let Some(held) = members.get_mut(name) {
        return apply(held, change);
    }
    match change.as_array() {
        Some([what, value]) if what.as_str() == Some("=") => {
            members.push(name.to_owned(), value.clone());
            true
        }
        _ => false,
    }
}

fn change_named(items: &mut Vec<Value>, changes: &Members, order: Option<&[Value]>) -> bool {
    let mut fitted = true;
    let places: HashMap<String, usize> =
        items.iter().enumerate().filter_map(|(at, item)| Some((name_of(item)?.to_owned(), at))).collect();
    let mut gone = HashSet::new();
    let mut added = Vec::new();
    for (name, change) in changes.iter() {
        match (places.get(name).and_then(|at| items.get_mut(*at)), change.as_array()) {
            (Some(_), _) if is_removal(change) => {
                gone.insert(name);
            }
            (Some(item), _) => fitted &= apply(item, change),
            (None, Some([what, value])) if what.as_str() == Some("=") => added.push(value.clone()),
            (None, _) => fitted = false,
        }
    }
    items.retain(|item| name_of(item).is_none_or(|name| !gone.contains(name)));
    items.append(&mut added);
    if let Some(order) = order {
        let ranks: HashMap<&str, usize> =
            order.iter().enumerate().filter_map(|(at, name)| Some((name.as_str()?, at))).collect();
        // What the patch does not know stays at the end.
        items.sort_by_key(|item| name_of(item).and_then(|name| ranks.get(name).copied()).unwrap_or(usize::MAX));
    }
    fitted
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Limits;

    use super::*;
    use crate::standard::Standard;

    fn tree(text: &str) -> Value {
        crate::json::tree(text, Standard::cyclonedx(), &Limits::DEFAULT, &mut Vec::new()).unwrap()
    }

    fn check(from: &str, to: &str) {
        let (from, to) = (tree(from), tree(to));
        let patch = between(&from, &to).unwrap();
        let mut patched = from.clone();
        assert!(apply(&mut patched, &patch));
        assert_eq!(patched, to, "{patch:?}");
    }

    #[test]
    fn turns_one_tree_into_the_other() {
        check(r#"{"a": 1, "b": {"c": [1, 2]}}"#, r#"{"b": {"c": [2, 3, 1], "d": null}}"#);
        check(r#"[{"ref": "a", "x": 1}, {"ref": "b"}]"#, r#"[{"ref": "c"}, {"ref": "a", "x": 2}]"#);
        check(r#"[{"ref": "a"}, {"ref": "a"}]"#, r#"[{"ref": "a"}]"#);
        check("[1]", r#"{"a": "x"}"#);
        assert_eq!(between(&tree("[1.0]"), &tree("[1]")), None);
    }

    #[test]
    fn still_fits_when_other_items_changed() {
        let patch = between(&tree(r#"[{"ref": "a"}, {"ref": "b"}]"#), &tree(r#"[{"ref": "a", "x": 1}, {"ref": "b"}]"#))
            .unwrap();
        let mut edited = tree(r#"[{"ref": "c"}, {"ref": "a"}]"#);
        assert!(apply(&mut edited, &patch));
        assert_eq!(edited, tree(r#"[{"ref": "c"}, {"ref": "a", "x": 1}]"#));
    }

    #[test]
    fn a_changed_list_is_left_alone() {
        let patch = between(&tree("[1, 2]"), &tree("[2]")).unwrap();
        let mut edited = tree("[1, 2, 3]");
        assert!(!apply(&mut edited, &patch));
        assert_eq!(edited, tree("[1, 2, 3]"));
    }
}
