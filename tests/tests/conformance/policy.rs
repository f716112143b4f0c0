//! The JSON Schemas of policies and exceptions: what is read satisfies them, and what they refuse is refused.

use std::fs;
use std::path::Path;

use plimsoll_model::Limits;
use plimsoll_syntax::toml::{self, Kind, Table, Value as Toml};
use plimsoll_tests::workspace;
use serde_json::{Map, Value};

fn as_json(value: Toml<'_>) -> Value {
    match value.kind() {
        Kind::Table => object(value.as_table().unwrap()),
        Kind::Array => value.as_array().unwrap().iter().map(as_json).collect(),
        Kind::Integer => value.as_integer().unwrap().into(),
        Kind::Boolean => value.as_bool().unwrap().into(),
        _ => value.scalar_text().unwrap_or_default().into(),
    }
}

fn object(table: Table<'_>) -> Value {
    table.iter().map(|(key, value)| (key.to_owned(), as_json(value))).collect::<Map<_, _>>().into()
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    object(toml::parse(&text, &Limits::DEFAULT).unwrap().root())
}

fn validator(name: &str) -> jsonschema::Validator {
    let text = fs::read(workspace().join("schemas").join(name)).unwrap();
    jsonschema::validator_for(&serde_json::from_slice(&text).unwrap()).unwrap()
}

#[test]
fn policies_and_exceptions_satisfy_their_schemas() {
    let testdata = workspace().join("testdata/policy");
    for (schema, files) in [
        ("policy.schema.json", &["full.toml", "tour/policy.toml", "tour/strict.toml"][..]),
        ("exceptions.schema.json", &["exceptions.toml", "tour/exceptions.toml"]),
    ] {
        let validator = validator(schema);
        for file in files {
            let document = read(&testdata.join(file));
            let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{file}: {errors:#?}");
        }
    }
}

/// Every table of the full policy, with a key that nobody knows, and without each key.
#[test]
fn a_key_that_nobody_knows_is_refused() {
    let validator = validator("policy.schema.json");
    let full = read(&workspace().join("testdata/policy/full.toml"));
    let mut tables = Vec::new();
    let mut pending = vec![(String::new(), &full)];
    while let Some((pointer, value)) = pending.pop() {
        match value {
            Value::Object(members) => {
                let free = ["/inputs", "/external_parameters", "/require", "/roots", "/keys"];
                if !free.iter().any(|name| pointer.ends_with(name)) || pointer.starts_with("/builder") {
                    tables.push(pointer.clone());
                }
                pending.extend(
                    members.iter().map(|(key, value)| (format!("{pointer}/{}", key.replace('/', "~1")), value)),
                );
            }
            Value::Array(items) => {
                pending.extend(items.iter().enumerate().map(|(at, value)| (format!("{pointer}/{at}"), value)));
            }
            _ => {}
        }
    }
    assert!(tables.len() > 20, "{tables:?}");
    for pointer in tables {
        let mut changed = full.clone();
        let table = changed.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
        table.insert("nobody".into(), "knows".into());
        assert!(!validator.is_valid(&changed), "{pointer}");
    }
}
