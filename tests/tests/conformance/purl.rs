//! The tests of purl-spec. What fails is listed in `purl-known.txt`, which may only shrink.

use std::collections::BTreeSet;
use std::fs;

use plimsoll_model::{Purl, PurlBuilder};
use plimsoll_tests::{note, shared};
use serde_json::Value;

/// `FILE/NUMBER: description`, one a line, with the reason in `#` lines above.
const KNOWN: &str = include_str!("purl-known.txt");

#[test]
fn official_tests() {
    let Some(root) = shared("conformance/purl/tests") else { return };
    let known: BTreeSet<&str> = KNOWN.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut failed = BTreeSet::new();
    let mut details = String::new();
    let mut total = 0;
    for path in ["spec", "types"].iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap()) {
        let path = path.unwrap().path();
        let file = path.file_stem().unwrap().to_str().unwrap().trim_end_matches("-test").to_owned();
        let suite: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for (number, test) in suite["tests"].as_array().unwrap().iter().enumerate() {
            total += 1;
            if let Err(difference) = check(test) {
                let name = format!("{file}/{number}: {}", test["description"].as_str().unwrap());
                details += &format!("{name}\n    {difference}\n");
                failed.insert(name);
            }
        }
    }
    let unexpected: Vec<_> = failed.iter().filter(|name| !known.contains(name.as_str())).collect();
    let passing: Vec<_> = known.iter().filter(|name| !failed.contains(**name)).collect();
    note(&format!("purl-spec: {} of {total} pass", total - failed.len()));
    assert!(unexpected.is_empty(), "new failures:\n{}\n\n{details}", names(&unexpected));
    assert!(passing.is_empty(), "these pass now, take them off the list:\n{}", names(&passing));
}

fn names(list: &[impl ToString]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn check(test: &Value) -> Result<(), String> {
    let input = &test["input"];
    let result = match test["test_type"].as_str().unwrap() {
        "build" => build(input).map(|purl| Value::from(purl.to_string())),
        "parse" => Purl::parse(input.as_str().unwrap()).map(|purl| parts(&purl)),
        "validate" => Purl::parse(input.as_str().unwrap()).map(|purl| Value::from(purl.to_string())),
        other => return Err(format!("unknown kind of test {other:?}")),
    };
    let expected = &test["expected_output"];
    match (result, test["expected_failure"].as_bool().unwrap()) {
        (Err(_), true) => Ok(()),
        (Err(error), false) => Err(format!("{input}: {error}")),
        (Ok(value), true) => Err(format!("{input} should fail, gives {value}")),
        (Ok(value), false) if value == without_null(expected) => Ok(()),
        (Ok(value), false) => Err(format!("{input} gives {value}, not {expected}")),
    }
}

fn build(input: &Value) -> Result<Purl, plimsoll_model::PurlError> {
    let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
    let mut builder: PurlBuilder = Purl::builder(&text("type"), text("name"))
        .namespace(text("namespace"))
        .version(text("version"))
        .subpath(text("subpath"));
    for (key, value) in input["qualifiers"].as_object().into_iter().flatten() {
        builder = builder.qualifier(key, value.as_str().unwrap_or_default());
    }
    builder.build()
}

fn parts(purl: &Purl) -> Value {
    let qualifiers: serde_json::Map<String, Value> =
        purl.qualifiers().map(|(key, value)| (key.to_owned(), value.into())).collect();
    without_null(&serde_json::json!({
        "type": purl.kind(), "namespace": purl.namespace(), "name": purl.name(), "version": purl.version(),
        "qualifiers": if qualifiers.is_empty() { Value::Null } else { qualifiers.into() }, "subpath": purl.subpath(),
    }))
}

/// The suites write an absent part as `null` or leave it out.
fn without_null(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let empty = |value: &Value| value.is_null() || value.as_object().is_some_and(|object| object.is_empty());
            members
                .iter()
                .filter(|(_, value)| !empty(value))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        }
        other => other.clone(),
    }
}
