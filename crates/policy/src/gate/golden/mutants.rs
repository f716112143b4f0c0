//! Policies with one small thing changed.

use serde_json::{Value, json};

/// A policy that was changed, and how.
pub(super) struct Mutant {
    /// The path of what was changed without places in lists, and how.
    pub(super) name: String,
    pub(super) policy: Value,
}

/// What is not changed: who is believed, and the file that is named.
const KEPT: &[&str] = &["version", "roots"];
const ACTIONS: &[&str] = &["deny", "warn", "allow"];

/// Every key removed, every number one more and one less, every switch turned, every action another, every part of a list removed.
pub(super) fn of(policy: &Value) -> Vec<Mutant> {
    let mut paths = Vec::new();
    collect(policy, &mut Vec::new(), &mut paths);
    paths.iter().flat_map(|path| at(policy, path)).collect()
}

fn collect(value: &Value, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let mut go = |key: String, value: &Value| {
        path.push(key);
        paths.push(path.clone());
        collect(value, path, paths);
        path.pop();
    };
    match value {
        Value::Object(table) => {
            table
                .iter()
                .filter(|(key, _)| !KEPT.contains(&key.as_str()))
                .for_each(|(key, value)| go(key.clone(), value));
        }
        Value::Array(list) => list.iter().enumerate().for_each(|(at, value)| go(at.to_string(), value)),
        _ => {}
    }
}

fn at(policy: &Value, path: &[String]) -> Vec<Mutant> {
    let name: Vec<&str> = path.iter().map(String::as_str).filter(|part| part.parse::<usize>().is_err()).collect();
    let name = name.join(".");
    let mutant = |how: &str, change: &dyn Fn(&mut Value)| {
        let mut policy = policy.clone();
        change(&mut policy);
        Mutant { name: format!("{name} {how}"), policy }
    };
    let pointer = format!(
        "/{}",
        path.iter().map(|part| part.replace('~', "~0").replace('/', "~1")).collect::<Vec<_>>().join("/")
    );
    let to = |how: &str, value: Value| mutant(how, &|policy| *policy.pointer_mut(&pointer).unwrap() = value.clone());
    let parent = pointer.rsplit_once('/').unwrap().0.to_owned();
    let last = path.last().unwrap();
    let removed = |policy: &mut Value| match policy.pointer_mut(&parent).unwrap() {
        Value::Object(table) => drop(table.remove(last)),
        Value::Array(list) => drop(list.remove(last.parse::<usize>().unwrap())),
        _ => {}
    };
    let is_only = policy.pointer(&parent).and_then(Value::as_array).is_some_and(|list| list.len() == 1);
    let mut all = Vec::new();
    if !is_only {
        all.push(mutant(if last.parse::<usize>().is_ok() { "shortened" } else { "removed" }, &removed));
    }
    match policy.pointer(&pointer).unwrap() {
        Value::Number(number) => {
            if let Some(number) = number.as_i64() {
                all.push(to("+1", json!(number + 1)));
                all.push(to("-1", json!(number - 1)));
            }
        }
        Value::Bool(yes) => all.push(to("turned", json!(!yes))),
        Value::String(text) if ACTIONS.contains(&text.as_str()) => {
            all.extend(
                ACTIONS
                    .iter()
                    .filter(|other| *other != text)
                    .map(|other| to(&format!("{text} to {other}"), json!(other))),
            );
        }
        _ => {}
    }
    all
}

/// A tree as TOML.
pub(super) fn toml(tree: &Value) -> String {
    tree.as_object().unwrap().iter().map(|(key, value)| format!("{} = {}\n", json!(key), inline(value))).collect()
}

fn inline(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let parts: Vec<String> =
                table.iter().map(|(key, value)| format!("{} = {}", json!(key), inline(value))).collect();
            format!("{{ {} }}", parts.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
