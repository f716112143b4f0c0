//! Answers against those of a model that keeps plain sets: random documents, random questions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use plimsoll_model::Limits;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::fixture::Store;
use crate::{Claim, Context, Intake, Inventory, Label, Page};

const NAMES: [&str; 2] = ["shop", "desk"];
const PACKAGES: [&str; 3] = ["a", "b", "c"];
const FILES: [&str; 3] = ["app/x.jar!/org/A.class", "lib/x.jar!/net/A.class", "app/B.class"];

/// What a document says: build, claim, components as package and major version, files where it lists any, label.
#[derive(Debug, Clone)]
struct Said {
    name: usize,
    build: u8,
    observed: bool,
    components: BTreeSet<(usize, u8)>,
    files: Option<BTreeSet<usize>>,
    environment: Option<bool>,
}

fn said() -> impl Strategy<Value = Said> {
    let components = proptest::collection::btree_set((0..3_usize, 1..4_u8), 0..4);
    let files = proptest::option::of(proptest::collection::btree_set(0..3_usize, 1..3));
    (0..2_usize, 0..3_u8, any::<bool>(), components, files, proptest::option::of(any::<bool>())).prop_map(
        |(name, build, observed, components, files, environment)| Said {
            name,
            build,
            observed,
            components,
            files,
            environment,
        },
    )
}

fn question() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (0..3_usize).prop_map(|package| format!("pkg:npm/{}", PACKAGES[package])),
        (0..3_usize, 1..4_u8).prop_map(|(package, version)| format!("pkg:npm/{}@<{version}.0.0", PACKAGES[package])),
        Just("class:A".to_owned()),
        Just("path:app/**".to_owned()),
        Just("path:**/net/*.class".to_owned()),
        Just("artifact:sh*".to_owned()),
        Just("env:prod".to_owned()),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} AND {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} OR {right})")),
            inner.prop_map(|part| format!("NOT {part}")),
        ]
    })
}

fn bytes(said: &Said) -> Vec<u8> {
    let mut components: Vec<serde_json::Value> = said
        .components
        .iter()
        .map(|(package, version)| {
            let purl = format!("pkg:npm/{}@{version}.0.0-rc", PACKAGES[*package]);
            json!({"type": "library", "bom-ref": purl, "name": "x", "purl": purl})
        })
        .collect();
    for file in said.files.iter().flatten() {
        components.push(json!({"type": "file", "name": FILES[*file]}));
    }
    json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components, "metadata": {"component":
        {"type": "application", "bom-ref": "r", "name": NAMES[said.name], "version": format!("1.{}", said.build)}}})
    .to_string()
    .into_bytes()
}

/// What all live documents about an artifact say together.
#[derive(Debug, Default)]
struct Model {
    documents: Vec<(bool, Said)>,
    environment: Option<bool>,
}

impl Model {
    fn live(&self) -> impl Iterator<Item = &Said> {
        let newest = self.documents.iter().rposition(|(observed, _)| *observed);
        let live = move |at: usize, observed: bool| !observed || Some(at) == newest;
        self.documents
            .iter()
            .enumerate()
            .filter(move |(at, (observed, _))| live(*at, *observed))
            .map(|(_, (_, said))| said)
    }
}

/// Yes, no, or cannot tell.
fn holds(query: &Query, name: &str, model: &Model) -> Option<bool> {
    match query {
        Query::Component(query) => Some(model.live().flat_map(|said| &said.components).any(|(package, version)| {
            let purl = format!("pkg:npm/{}@{version}.0.0-rc", PACKAGES[*package]);
            query.is(&plimsoll_model::Purl::parse(&purl).unwrap())
        })),
        Query::Path(pattern) => {
            let fits = |file: &usize| match pattern.as_str() {
                "A.class" => FILES[*file].ends_with("/A.class"),
                "app/**" => FILES[*file].starts_with("app/"),
                _ => FILES[*file].contains("/net/"),
            };
            let listing: Vec<&BTreeSet<usize>> = model.live().filter_map(|said| said.files.as_ref()).collect();
            match listing.iter().any(|files| files.iter().any(fits)) {
                true => Some(true),
                false if listing.is_empty() => None,
                false => Some(false),
            }
        }
        Query::Artifact(_) => Some(name.starts_with("shop")),
        Query::Label { .. } => Some(model.environment == Some(true)),
        Query::Not(part) => holds(part, name, model).map(|holds| !holds),
        Query::All(parts) => {
            let held: Vec<Option<bool>> = parts.iter().map(|part| holds(part, name, model)).collect();
            if held.contains(&Some(false)) {
                Some(false)
            } else if held.contains(&None) {
                None
            } else {
                Some(true)
            }
        }
        Query::Any(parts) => {
            let held: Vec<Option<bool>> = parts.iter().map(|part| holds(part, name, model)).collect();
            if held.contains(&Some(true)) {
                Some(true)
            } else if held.contains(&None) {
                None
            } else {
                Some(false)
            }
        }
        other => panic!("{other:?} is not asked"),
    }
}

fn filled(store: &Store, documents: &[Said]) -> (Inventory, BTreeMap<String, Model>) {
    let mut inventory = Inventory::create(&store.location()).unwrap();
    let mut models: BTreeMap<String, Model> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for said in documents {
        let bytes = bytes(said);
        let claim = if said.observed { Claim::Observed } else { Claim::Unsigned };
        let mut context = Context { claim, ..Context::default() };
        let value = said.environment.map(|prod| if prod { "prod" } else { "test" }.to_owned());
        context.labels.extend(value.map(|value| Label { name: "environment".to_owned(), value }));
        let intake = Intake::read(&bytes, &context, &Limits::DEFAULT).unwrap();
        inventory.add(&[intake], Timestamp::UNIX_EPOCH).unwrap();
        let model = models.entry(format!("{}@1.{}", NAMES[said.name], said.build)).or_default();
        model.environment = said.environment.or(model.environment);
        if known.insert(bytes) {
            model.documents.push((said.observed, said.clone()));
        }
    }
    (inventory, models)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_those_of_plain_sets(
        documents in proptest::collection::vec(said(), 1..12),
        questions in proptest::collection::vec(question(), 1..8),
    ) {
        let store = Store::new("model");
        let (mut inventory, models) = filled(&store, &documents);
        for text in questions {
            let query = Query::parse(&text, None).unwrap();
            let (mut expected, mut unsure) = (BTreeSet::new(), 0_u64);
            for (name, model) in &models {
                match holds(&query, name, model) {
                    Some(true) => {
                        expected.insert(name.clone());
                    }
                    None => unsure += 1,
                    Some(false) => {}
                }
            }
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let answer = inventory.find(&query, Page { rows: 2, after }).unwrap();
                prop_assert_eq!(answer.artifacts, expected.len() as u64, "{}", text);
                prop_assert_eq!(answer.denominator.artifacts, models.len() as u64);
                prop_assert_eq!(answer.denominator.unsearched, unsure, "{}", text);
                found.extend(answer.rows.iter().map(|row| format!("{}@{}", row.artifact.name, row.artifact.version)));
                after = answer.next;
                if after.is_none() {
                    break;
                }
            }
            prop_assert_eq!(found.len(), expected.len(), "{}", &text);
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{}", text);
        }
    }
}
