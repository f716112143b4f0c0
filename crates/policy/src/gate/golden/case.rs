//! A case, as a file has it.
//!
//! A file holds `[[case]]`; what it says before them is said of each case that does not say otherwise. Keys of a case:
//!
//! - `name`; `policy`: TOML without `version` and roots, which are the same for all; `set`: values of the policy by their
//!   paths, `unset`: paths that are taken out. Keys are called `release`, `other` and, unknown to policies, `stranger`.
//! - `names` and `at`: what the artifact is called, and when it is judged.
//! - `components`: purls, or tables with `purl`, `license`, `licenses` (CycloneDX's own list), `properties`.
//! - `evidence`: tables with `by`, `type` (a short name; `signature` is one over the artifact), `components` or `predicate` (JSON), and
//!   `state`: `tampered`, `unsigned`, `other-subject`, `unreadable`.
//! - `observed`: `complete` or `incomplete`, with `found`: the components of the artifact, with which each SBOM is compared; those of the
//!   case when it is left out, and nothing is compared. `loose`: SBOMs of the same components that were looked up or that nobody signed.
//! - `advisories`: OSV as texts, `advisories_of`: their day, `kev` and `epss`: CVEs; `vex`: tables with `by` and `document`.
//! - `image`, `published`, `allow_incomplete`: what the input has under these names.
//! - `exceptions`: tables; what each has to have and a case does not say is filled in. `exceptions_by` signs the file.
//! - `verdict`, `codes`, `excused`: what comes of it. `is`: `missing evidence` or `expired exception`.

use std::collections::BTreeSet;
use std::path::Path;

use plimsoll_model::Limits;
use plimsoll_syntax::toml::{self, Kind, Value as Toml};
use serde_json::{Map, Value, json};

/// A case.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The file it is of, without its ending: a rule.
    pub(super) file: String,
    name: String,
    /// The policy, as a tree.
    pub(super) policy: Value,
    pub(super) expected: Outcome,
    /// All of it.
    pub(super) all: Map<String, Value>,
}

/// What comes of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) verdict: String,
    /// The names of the codes that count.
    pub(super) codes: BTreeSet<String>,
    /// The exceptions that made a difference.
    pub(super) excused: BTreeSet<String>,
}

const KEYS: &[&str] = &[
    "name",
    "policy",
    "set",
    "unset",
    "names",
    "at",
    "components",
    "evidence",
    "observed",
    "found",
    "loose",
    "advisories",
    "advisories_of",
    "kev",
    "epss",
    "vex",
    "image",
    "published",
    "allow_incomplete",
    "exceptions",
    "exceptions_by",
    "verdict",
    "codes",
    "excused",
    "is",
];

const PRELUDE: &str = r#"version = 1
roots.sigstore.instance = "public-good"
roots.keys.release.file = "release.pub"
roots.keys.other.file = "other.pub"
"#;

pub(super) fn read(path: &Path) -> Vec<Case> {
    let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let document = toml::parse(&text, &Limits::DEFAULT).unwrap_or_else(|error| panic!("{file}: {error}"));
    let Value::Object(mut usual) = tree(&text_table(&document)) else { panic!("{file}: no table") };
    let Some(Value::Array(cases)) = usual.remove("case") else { panic!("{file}: no [[case]]") };
    cases.into_iter().map(|case| one(&file, &usual, case)).collect()
}

fn text_table<'d>(document: &'d toml::Document<'_>) -> Vec<(&'d str, Toml<'d>)> {
    document.root().iter().collect()
}

fn tree(table: &[(&str, Toml<'_>)]) -> Value {
    Value::Object(table.iter().map(|(key, value)| ((*key).to_owned(), of(*value))).collect())
}

fn of(value: Toml<'_>) -> Value {
    match value.kind() {
        Kind::String => json!(value.as_str().unwrap()),
        Kind::Integer => json!(value.as_integer().unwrap()),
        Kind::Float => json!(value.scalar_text().unwrap().parse::<f64>().unwrap()),
        Kind::Boolean => json!(value.as_bool().unwrap()),
        Kind::Datetime => json!(value.as_datetime().unwrap()),
        Kind::Array => value.as_array().unwrap().iter().map(of).collect(),
        Kind::Table => tree(&value.as_table().unwrap().iter().collect::<Vec<_>>()),
        other => panic!("{other:?}"),
    }
}

fn one(file: &str, usual: &Map<String, Value>, case: Value) -> Case {
    let Value::Object(mut all) = case else { panic!("{file}: a case is a table") };
    for (key, value) in usual {
        all.entry(key.clone()).or_insert_with(|| value.clone());
    }
    let name = all["name"].as_str().unwrap().to_owned();
    let unknown: Vec<&String> = all.keys().filter(|key| !KEYS.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "{file}: {name}: {unknown:?}");
    let text = format!("{PRELUDE}{}", all["policy"].as_str().unwrap());
    let document = toml::parse(&text, &Limits::DEFAULT).unwrap_or_else(|error| panic!("{file}: {name}: {error}"));
    let mut policy = tree(&text_table(&document));
    for (path, value) in all.get("set").and_then(Value::as_object).into_iter().flatten() {
        *place(&mut policy, path) = value.clone();
    }
    for path in all.get("unset").and_then(Value::as_array).into_iter().flatten() {
        let (table, key) = path.as_str().unwrap().rsplit_once('.').unwrap_or(("", path.as_str().unwrap()));
        let table = match place(&mut policy, table) {
            Value::Array(list) => &mut list[0],
            other => other,
        };
        let found = table.as_object_mut().unwrap().remove(key);
        assert!(found.is_some(), "{file}: {name}: no {path}");
    }
    let texts = |key: &str| -> BTreeSet<String> {
        let list = all.get(key).and_then(Value::as_array).into_iter().flatten();
        list.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let verdict = all["verdict"].as_str().unwrap().to_owned();
    let expected = Outcome { verdict, codes: texts("codes"), excused: texts("excused") };
    Case { file: file.to_owned(), name, policy, expected, all }
}

/// A value by its path; of a list the first, and tables that are missing are made.
fn place<'v>(value: &'v mut Value, path: &str) -> &'v mut Value {
    path.split('.').filter(|key| !key.is_empty()).fold(value, |value, key| {
        let table = match value {
            Value::Array(list) => &mut list[0],
            other => other,
        };
        if table.is_null() {
            *table = json!({});
        }
        table.as_object_mut().unwrap().entry(key).or_insert(Value::Null)
    })
}

impl Case {
    pub(super) fn full_name(&self) -> String {
        format!("{}: {}", self.file, self.name)
    }

    pub(super) fn is_missing(&self) -> bool {
        self.text("is") == Some("missing evidence")
    }

    pub(super) fn is_expired(&self) -> bool {
        self.text("is") == Some("expired exception")
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.all.get(key).map(|value| value.as_str().unwrap())
    }

    pub(super) fn list(&self, key: &str) -> &[Value] {
        self.all.get(key).map_or(&[], |value| value.as_array().unwrap())
    }

    pub(super) fn texts(&self, key: &str) -> Vec<&str> {
        self.list(key).iter().map(|value| value.as_str().unwrap()).collect()
    }
}
