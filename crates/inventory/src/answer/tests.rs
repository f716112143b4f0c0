use super::*;
use crate::fixture::{Store, intake, sbom};
use crate::query::ComponentQuery;
use crate::{AddedState, Intake};

fn found(inventory: &mut Inventory, query: &str) -> Vec<String> {
    let query = Query::Component(ComponentQuery::parse(query).unwrap());
    let answer = inventory.find(&query, Page::default()).unwrap();
    assert_eq!(answer.artifacts, answer.rows.len() as u64);
    answer.rows.iter().map(|row| format!("{}@{}", row.artifact.name, row.artifact.version)).collect()
}

#[test]
fn a_missing_inventory_is_an_error() {
    let store = Store::new("missing");
    assert!(matches!(Inventory::open(&store.location()), Err(InventoryError::Missing { .. })));
}

#[test]
fn what_was_added_is_found() {
    let store = Store::new("found");
    let mut inventory = Inventory::create(&store.location()).unwrap();
    let documents = [
        sbom("shop", 1, &["pkg:npm/lodash@4.17.20", "pkg:npm/%40acme/a@1.0.0"]),
        sbom("shop", 2, &["pkg:npm/lodash@4.17.21"]),
        sbom("desk", 1, &["pkg:npm/lodash@4.17.19", "pkg:npm/lodash@4.17.21"]),
    ];
    let intakes: Vec<Intake> = documents.iter().map(|bytes| intake(bytes)).collect();
    let added = inventory.add(&intakes, Timestamp::UNIX_EPOCH).unwrap();
    assert!(added.iter().all(|added| added.state == AddedState::New));
    let again = inventory.add(&intakes, Timestamp::UNIX_EPOCH).unwrap();
    assert!(again.iter().all(|added| added.state == AddedState::Known));
    assert_eq!(again[2].document, added[2].document);
    // A second connection knows what the first wrote.
    for inventory in [&mut inventory, &mut Inventory::open(&store.location()).unwrap()] {
        assert_eq!(found(inventory, "pkg:npm/lodash@<4.17.21"), ["shop@1", "desk@1"]);
        assert_eq!(found(inventory, "pkg:npm/lodash@4.17.21"), ["shop@2", "desk@1"]);
        assert_eq!(found(inventory, "@acme/*"), ["shop@1"]);
        assert!(found(inventory, "pkg:npm/left-pad").is_empty());
    }
    let everything = inventory.find(&Query::Everything, Page { rows: 2, after: None }).unwrap();
    assert_eq!((everything.artifacts, everything.rows.len(), everything.denominator.artifacts), (3, 2, 3));
    let rest = inventory.find(&Query::Everything, Page { rows: 2, after: everything.next }).unwrap();
    assert_eq!((rest.rows.len(), rest.next), (1, None));
}

#[test]
fn segments_become_one_and_nothing_is_lost() {
    let store = Store::new("segments");
    let mut inventory = Inventory::create(&store.location()).unwrap();
    for build in 0..70 {
        let own = format!("pkg:npm/own@{build}.0.0");
        let bytes = sbom("shop", build, &["pkg:npm/lodash@4.17.20", &own]);
        inventory.add(&[intake(&bytes)], Timestamp::UNIX_EPOCH).unwrap();
    }
    assert_eq!(found(&mut inventory, "pkg:npm/lodash").len(), 70);
    assert_eq!(found(&mut inventory, "pkg:npm/own@<10.0.0").len(), 10);
    let segments = segments::numbers(&mut inventory.database, 0).unwrap();
    assert!(segments.len() < 16, "{segments:?}");
}

#[test]
fn who_names_no_licence_cannot_tell() {
    let store = Store::new("licences");
    let mut inventory = Inventory::create(&store.location()).unwrap();
    let licensed =
        br#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {"type": "application",
        "name": "desk", "version": "1"}}, "components": [{"type": "library", "name": "a", "version": "1",
        "purl": "pkg:npm/a@1", "licenses": [{"license": {"id": "MIT"}}]}]}"#;
    for bytes in [licensed.to_vec(), sbom("shop", 1, &["pkg:npm/b@1.0.0"])] {
        inventory.add(&[intake(&bytes)], Timestamp::UNIX_EPOCH).unwrap();
    }
    let mut asked = |query: Query| {
        let answer = inventory.find(&query, Page::default()).unwrap();
        (answer.artifacts, answer.denominator.unsearched)
    };
    let license = |pattern: &str| Query::License(pattern.to_owned());
    assert_eq!(asked(license("MIT")), (1, 1));
    assert_eq!(asked(license("GPL-*")), (0, 1));
    assert_eq!(asked(Query::Not(Box::new(license("GPL-*")))), (1, 1));
}
