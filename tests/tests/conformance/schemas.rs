//! The official schemas, compiled once, with the formats (`iri-reference`, `idn-email`, `date-time`) checked.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Mutex, OnceLock};

use jsonschema::{Registry, Validator};
use plimsoll_tests::{shared, workspace};
use serde_json::Value;

/// Formats that an official schema speaks of, and their schemas.
const OFFICIAL: &[(&str, &str)] = &[
    ("cyclonedx-json@1.6", "cyclonedx/schema/bom-1.6.schema.json"),
    ("cyclonedx-json@1.7", "cyclonedx/schema/bom-1.7.schema.json"),
    ("spdx-json@2.3", "spdx/schema/spdx-2.3.schema.json"),
];

/// What the CycloneDX schemas refer to.
const REFERRED: &[&str] = &["spdx.schema.json", "jsf-0.82.schema.json", "cryptography-defs.schema.json"];

/// Each format with its validator; `None` where the schemas are not present.
pub(crate) fn official() -> Option<&'static [(&'static str, Validator)]> {
    static ALL: OnceLock<Option<Vec<(&'static str, Validator)>>> = OnceLock::new();
    ALL.get_or_init(compile).as_deref()
}

fn compile() -> Option<Vec<(&'static str, Validator)>> {
    let root = shared("conformance")?;
    let read = |path: &str| -> Value { serde_json::from_slice(&fs::read(root.join(path)).unwrap()).unwrap() };
    let mut registry = Registry::new();
    for name in REFERRED {
        let schema = read(&format!("cyclonedx/schema/{name}"));
        registry = registry.add(format!("http://cyclonedx.org/schema/{name}"), schema).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let validator = |path: &str| {
        let options = jsonschema::options().should_validate_formats(true).with_registry(&registry);
        options.build(&read(path)).unwrap()
    };
    Some(OFFICIAL.iter().map(|(format, path)| (*format, validator(path))).collect())
}

/// The official schema of a version of SPDX 2; `None` where the schemas are not present.
pub(crate) fn spdx2(version: &str) -> Option<&'static Validator> {
    static ALL: OnceLock<Option<[Validator; 2]>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let root = shared("conformance/spdx/schema")?;
        Some(["2.2.1", "2.3"].map(|version| {
            let schema = fs::read(root.join(format!("spdx-{version}.schema.json"))).unwrap();
            let schema: Value = serde_json::from_slice(&schema).unwrap();
            jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
        }))
    });
    all.as_ref().map(|all| &all[usize::from(version != "2.2")])
}

/// The validator of the official schema of SPDX 3.0.1; `None` where it is not present.
pub(crate) fn spdx3() -> Option<&'static Validator> {
    static SCHEMA: OnceLock<Option<Validator>> = OnceLock::new();
    let compile = || {
        let path = shared("conformance")?.join("spdx/schema/spdx-3.0.1.schema.json");
        let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        Some(jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap())
    };
    SCHEMA.get_or_init(compile).as_ref()
}

/// The validator of one of our own schemas, compiled once.
pub(crate) fn own(name: &str) -> &'static Validator {
    static ALL: Mutex<BTreeMap<String, &'static Validator>> = Mutex::new(BTreeMap::new());
    let mut all = ALL.lock().unwrap();
    all.entry(name.to_owned()).or_insert_with(|| Box::leak(Box::new(compile_own(name))))
}

fn compile_own(name: &str) -> Validator {
    let path = workspace().join("schemas").join(format!("{name}.schema.json"));
    let schema: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// What a document has wrong, at most a few; empty when it is valid.
pub(crate) fn errors(validator: &Validator, document: &Value) -> Vec<String> {
    let shorten = |text: String| text.chars().take(300).collect::<String>();
    validator
        .iter_errors(document)
        .take(5)
        .map(|error| format!("{}: {}", error.instance_path(), shorten(error.to_string())))
        .collect()
}
