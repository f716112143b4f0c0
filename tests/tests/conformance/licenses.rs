//! The licence list of our licence library against the one of the CycloneDX schemas.

use std::collections::BTreeSet;
use std::fs;

use plimsoll_model::{Component, ComponentKind, License};
use plimsoll_tests::shared;
use serde_json::Value;

use crate::properties::document_of;

/// Whatever id of the official list a licence has, it is written as that id; whatever is written as an id is on the list.
#[test]
fn ids_are_those_of_the_schema() {
    let Some(path) = shared("conformance/cyclonedx/schema/spdx.schema.json") else { return };
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let listed: BTreeSet<&str> = schema["enum"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let ours = spdx::identifiers::LICENSES.iter().map(|license| license.name.to_owned());
    let names: BTreeSet<String> = ours.chain(listed.iter().map(|&id| id.to_owned())).collect();
    let mut component = Component::new(ComponentKind::Library, "x");
    component.licenses = names.iter().filter_map(|name| License::declared(name)).collect();
    let text = crate::documents::encode(&document_of(vec![component]), "cyclonedx-json");
    let document: Value = serde_json::from_str(&text).unwrap();
    let written = document["components"][0]["licenses"].as_array().unwrap();
    assert!(written.len() > 700);
    let ids: BTreeSet<&str> = written.iter().filter_map(|choice| choice["license"]["id"].as_str()).collect();
    assert_eq!(ids.difference(&listed).collect::<Vec<_>>(), Vec::<&&str>::new(), "not in the schema");
    let missed: Vec<_> = listed.iter().filter(|id| !ids.contains(**id) && spdx::license_id(id).is_some()).collect();
    // Ids that end in '+' are expressions to the library.
    assert!(missed.iter().all(|id| id.ends_with('+')), "on the list, but written by name: {missed:?}");
}
