//! The tests of purl-spec, and its definitions of types against our table. What fails is listed, with reasons, in
//! `purl-known.txt`, which may only shrink.
//!
//! `parse` asks for the parts of a text that is a purl already, so it is the strict reading; `validate` takes any spelling
//! and asks for the canonical one.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use plimsoll_model::{Letters, Presence, Purl, PurlBuilder, PurlRule, purl_types};
use plimsoll_tests::{TemporaryDirectory, note, shared};
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
    assert_eq!(total, 586);
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
        "parse" => {
            Purl::parse_strict(input.as_str().unwrap()).map(|purl| parts(&purl)).map_err(|fault| fault.error().clone())
        }
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
    builder.build_strict()
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

/// Where our table says something else than the definition, on purpose.
const DIFFERENT: &[&str] = &[
    // The definition calls both case sensitive; its own notes, or the suite, put them in lower case.
    "git: letters of namespace: Lower",
    "git: letters of name: Lower",
    "golang: letters of namespace: Lower",
    "golang: letters of name: Lower",
    "luarocks: letters of version: Lower",
    // In words only: "shall be uppercase"; in lower case on one server.
    "cpan: letters of namespace: Upper",
    "mlflow: letters of name: LowerAt(\"databricks\")",
];

#[test]
fn our_table_says_what_the_definitions_say() {
    let Some(archive) = shared("conformance/purl/types.tar.xz") else { return };
    let directory = TemporaryDirectory::new();
    let unpacked = Command::new("tar").arg("-xJf").arg(archive).arg("-C").arg(directory.path()).status().unwrap();
    assert!(unpacked.success());
    let mut registered = BTreeSet::new();
    let mut different = Vec::new();
    for file in fs::read_dir(directory.path().join("types")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let definition: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            registered.insert(definition["type"].as_str().unwrap().to_owned());
            different.extend(differences(&definition));
        }
    }
    let ours = purl_types().iter().filter(|held| !held.has(PurlRule::Unregistered));
    assert_eq!(registered, ours.map(|held| held.id.to_owned()).collect());
    different.sort();
    let mut known = DIFFERENT.to_vec();
    known.sort_unstable();
    assert_eq!(different, known, "what our table and the definitions do not agree on");
}

fn differences(definition: &Value) -> Vec<String> {
    let id = definition["type"].as_str().unwrap();
    let held = purl_types().iter().find(|held| held.id == id).unwrap_or_else(|| panic!("{id} is not in our table"));
    let mut different = Vec::new();
    let requirement = definition["namespace_definition"]["requirement"].as_str().unwrap();
    if held.namespace.word() != requirement {
        different.push(format!("{id}: namespace: {}", held.namespace.word()));
    }
    for (part, letters) in
        [("namespace", held.namespace_letters), ("name", held.name_letters), ("version", held.version_letters)]
    {
        let kept = definition[format!("{part}_definition")]["case_sensitive"] != false;
        let unused = part == "namespace" && held.namespace == Presence::Prohibited;
        if !unused && letters != if kept { Letters::Kept } else { Letters::Lower } {
            different.push(format!("{id}: letters of {part}: {letters:?}"));
        }
    }
    let repository = definition["repository"]["default_repository_url"].as_str();
    if held.repository != repository {
        different.push(format!("{id}: repository: {:?}", held.repository));
    }
    let theirs: Vec<(&str, bool, Option<&str>)> = definition["qualifiers_definition"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|rule| (rule["key"].as_str().unwrap(), rule["requirement"] == "required", rule["default_value"].as_str()))
        .collect();
    let ours: Vec<_> = held.qualifiers.iter().map(|rule| (rule.key, rule.required, rule.default)).collect();
    if ours != theirs {
        different.push(format!("{id}: qualifiers: {ours:?}"));
    }
    different
}
