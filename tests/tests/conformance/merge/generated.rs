//! Generated documents, small and full of collisions.

use plimsoll_model::Limits;
use plimsoll_sbom::merge::{Input, Options, Strategy as How, merge};
use plimsoll_sbom::{Format, open};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::{difference, faults, missing, options, parsed, statements, unordered};

fn component() -> impl Strategy<Value = Value> {
    let names = select(&["a", "b", "c"][..]);
    let versions = select(&["1", "2"][..]);
    let references = of(select(&["r1", "r2", "r3", "pkg:npm/a@1"][..]));
    let licenses = select(vec![
        json!([]),
        json!([{ "license": { "id": "MIT" } }]),
        json!([{ "expression": "MIT OR ISC" }]),
        json!([{ "license": { "name": "own", "text": { "content": "words" } } }, { "license": { "id": "ISC" } }]),
    ]);
    let details = (of(select(&["x", "yy"][..])), of(select(&["required", "optional"][..])), of(0..3_u8), any::<bool>());
    (names, versions, references, licenses, details).prop_map(|(name, version, reference, licenses, details)| {
        let (description, scope, hash, purl) = details;
        let mut held = Map::new();
        held.insert("type".into(), json!("library"));
        held.insert("name".into(), json!(name));
        held.insert("version".into(), json!(version));
        if let Some(reference) = reference {
            held.insert("bom-ref".into(), json!(reference));
        }
        if licenses != json!([]) {
            held.insert("licenses".into(), licenses);
        }
        if let Some(description) = description {
            held.insert("description".into(), json!(description));
            held.insert("supplier".into(), json!({ "name": description }));
        }
        if let Some(scope) = scope {
            held.insert("scope".into(), json!(scope));
        }
        // A digest for each thing, so that what is one thing is never in doubt.
        if let Some(digit) = hash {
            let content = format!("{name}{version}{digit}").replace(|c: char| !c.is_ascii_hexdigit(), "0");
            held.insert("hashes".into(), json!([{ "alg": "MD5", "content": format!("{content:0>32}") }]));
        }
        if purl {
            held.insert(
                "externalReferences".into(),
                json!([{ "type": "website", "url": format!("https://{name}.example") }]),
            );
        }
        held.insert("purl".into(), json!(format!("pkg:npm/{name}@{version}")));
        Value::Object(held)
    })
}

/// A CycloneDX document: unique references, edges between them, sometimes a root and nested components.
pub(crate) fn document() -> impl Strategy<Value = Value> {
    let parts = (vec(component(), 0..5), of(component()), vec((0..6_usize, 0..6_usize), 0..6), 0..3_u8, any::<bool>());
    parts.prop_map(|(mut components, mut root, edges, time, nest)| {
        let mut seen = Vec::new();
        for held in root.iter_mut().chain(&mut components) {
            let reference = held.get("bom-ref").cloned();
            if let Some(reference) = reference {
                if seen.contains(&reference) {
                    held.as_object_mut().unwrap().remove("bom-ref");
                } else {
                    seen.push(reference);
                }
            }
        }
        let mut dependencies: Vec<Value> = Vec::new();
        for (from, to) in edges {
            let (Some(from), Some(to)) = (seen.get(from), seen.get(to)) else { continue };
            if from != to && !dependencies.iter().any(|held| held["ref"] == *from) {
                dependencies.push(json!({ "ref": from, "dependsOn": [to] }));
            }
        }
        if nest && components.len() > 2 {
            let inner = components.pop().unwrap();
            components[0].as_object_mut().unwrap().insert("components".into(), json!([inner]));
        }
        let unique: Vec<Value> = components.iter().fold(Vec::new(), |mut held, one| {
            if !held.contains(one) {
                held.push(one.clone());
            }
            held
        });
        let mut metadata = json!({ "timestamp": format!("2026-01-0{}T00:00:00Z", time + 1) });
        if let Some(root) = root {
            metadata["component"] = root;
        }
        json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": metadata,
            "components": unique,
            "dependencies": dependencies,
        })
    })
}

fn input(value: &Value, label: &str) -> Input {
    let parsed = open(value.to_string().as_bytes(), &Limits::DEFAULT).unwrap();
    Input { parsed, label: label.to_owned(), sha256: None }
}

/// In the standard of a format, by way of conversion.
fn converted(input: &Input, format: &str) -> Input {
    let Ok(Format::Standard(encoding, version)) = Format::parse(format) else { panic!("{format}") };
    let conversion =
        plimsoll_sbom::convert::convert(&input.parsed, encoding, version, plimsoll_sbom::convert::Carry::None);
    let mut parsed = input.parsed.clone();
    (parsed.encoding, parsed.version, parsed.tree) = (encoding, version, conversion.tree);
    Input { parsed, ..input.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws(one in document(), two in document(), three in document()) {
        for format in ["cyclonedx-json@1.6", "spdx-json@2.3", "spdx-json@3.0.1"] {
            let all: Vec<Input> =
                [(&one, "1"), (&two, "2"), (&three, "3")].iter().map(|(value, label)| converted(&input(value, label), format)).collect();
            let options = options(&all[0]);
            let merged = merge(&all, &options).unwrap();
            prop_assert!(faults(&merged, &options).is_empty(), "{format}: {:?}", faults(&merged, &options));
            let lost = missing(&all, &merged, &options);
            prop_assert!(lost.is_empty(), "{format}: lost {lost:?}");
            let turned = [all[2].clone(), all[0].clone(), all[1].clone()];
            let turned = merge(&turned, &options).unwrap();
            prop_assert!(unordered(&merged.tree) == unordered(&turned.tree), "{format} in another order{}", difference(&merged.tree, &turned.tree));
            let again = merge(&[all[0].clone(), all[0].clone()], &options).unwrap();
            prop_assert!(again.tree == all[0].parsed.tree);
            let first = merge(&all[..2], &options).unwrap();
            let grouped = Input { parsed: parsed(&first, &options), label: "12".to_owned(), sha256: None };
            let grouped = merge(&[grouped, all[2].clone()], &options).unwrap();
            // The same is said; names and in which of two forms something lies in something else may differ.
            let (one, other) = (statements(&merged, &options), statements(&grouped, &options));
            prop_assert_eq!(one, other, "{} in groups", format);
        }
    }

    #[test]
    fn every_strategy_is_valid_and_loses_nothing(one in document(), two in document()) {
        for format in ["cyclonedx-json@1.6", "spdx-json@2.3", "spdx-json@3.0.1"] {
            let all = [converted(&input(&one, "1"), format), converted(&input(&two, "2"), format)];
            for strategy in [How::Flat, How::Hierarchical, How::Assembly, How::Overlay] {
                let root = plimsoll_sbom::merge::Root { name: "new".into(), version: Some("1".into()), group: None };
                let options = Options { strategy, root: (strategy != How::Overlay).then_some(root), ..options(&all[0]) };
                let merged = merge(&all, &options).unwrap();
                prop_assert!(faults(&merged, &options).is_empty(), "{format} {strategy:?}: {:?}", faults(&merged, &options));
                if strategy != How::Overlay {
                    let lost = missing(&all, &merged, &options);
                    prop_assert!(lost.is_empty(), "{format} {strategy:?}: lost {lost:?}");
                }
            }
        }
    }
}
