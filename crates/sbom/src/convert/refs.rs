//! Names that are there twice. JSON takes them, the schemas of XML do not.

use std::collections::HashSet;

use crate::tree::Value;

/// Gives each later element of a name that is taken another; what refers to the name means the first.
pub(super) fn make_unique(tree: &mut Value) {
    let (mut seen, mut double) = (HashSet::new(), false);
    look(tree, &mut |name| double |= !seen.insert(name.to_owned()));
    if !double {
        return;
    }
    let mut taken = HashSet::new();
    let mut number = 1_u64;
    change(tree, &mut |name| {
        if taken.insert(name.to_owned()) {
            return None;
        }
        loop {
            number = number.saturating_add(1);
            let next = format!("{name}-{number}");
            if seen.insert(next.clone()) {
                return Some(next);
            }
        }
    });
}

/// Readers bound how deep a tree is, so the recursion is bounded too.
fn look(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| look(item, see)),
        Value::Object(members) => {
            if let Some(name) = value.text_of("bom-ref") {
                see(name);
            }
            members.iter().for_each(|(_, held)| look(held, see));
        }
        _ => {}
    }
}

fn change(value: &mut Value, rename: &mut impl FnMut(&str) -> Option<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, rename)),
        Value::Object(members) => {
            if let Some(Value::String(name)) = members.get_mut("bom-ref")
                && let Some(next) = rename(name)
            {
                *name = next.into();
            }
            members.iter_mut().for_each(|(_, held)| change(held, rename));
        }
        _ => {}
    }
}
