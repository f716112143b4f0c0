use jiff::Timestamp;

use super::*;
use crate::fixture::{Store, intake, sbom, sbom_with};
use crate::{ArtifactFilter, ArtifactRef, ComponentId, ComponentQuery, Inventory, InventoryError, Label, Page};

const A: &str = "pkg:npm/a@1.0.0";
const B: &str = "pkg:npm/b@1.0.0";
const C: &str = "pkg:npm/c@1.0.0";
const LONE: &str = "pkg:npm/lone@1.0.0";

/// Three builds of `shop`, one of them with a circle and a component that nothing leads to, and one of `desk`.
fn filled(store: &Store) -> Inventory {
    let mut inventory = Inventory::create(&store.location()).unwrap();
    let documents = [
        sbom("shop", 1, &[A, B]),
        sbom_with("shop", 2, &[A, B, C, LONE], &[("r", &[A, B]), (A, &[B]), (B, &[C]), (C, &[A])]),
        sbom("shop", 3, &["pkg:npm/a@2.0.0", B, "pkg:npm/a@1.5.0"]),
        sbom("desk", 1, &[A]),
    ];
    for bytes in &documents {
        inventory.add(&[intake(bytes)], Timestamp::from_second(1_700_000_000).unwrap()).unwrap();
    }
    inventory
}

fn id(inventory: &mut Inventory, reference: &str) -> ArtifactId {
    inventory.artifact(&ArtifactRef::parse(reference)).unwrap().summary.id
}

#[test]
fn artifacts_by_what_they_are_called() {
    let store = Store::new("called");
    let mut inventory = filled(&store);
    let detail = inventory.artifact(&ArtifactRef::parse("shop:2")).unwrap();
    assert_eq!((detail.summary.version.as_str(), detail.builds), ("2", 3));
    assert_eq!((detail.documents.len(), detail.documents[0].components, detail.documents[0].live), (1, 4, true));
    let number = detail.summary.id.to_number().to_string();
    for same in ["shop@2", &number] {
        assert_eq!(id(&mut inventory, same), detail.summary.id);
    }
    let body = inventory.document(detail.documents[0].id).unwrap();
    assert_eq!((body.digest, body.bytes.len() as u64), (detail.documents[0].digest.clone(), detail.documents[0].bytes));
    let error = inventory.artifact(&ArtifactRef::parse("shop")).unwrap_err();
    assert!(matches!(&error, InventoryError::Ambiguous { candidates, .. } if candidates.len() == 3), "{error}");
    assert!(error.to_string().contains("\"shop@3\""), "{error}");
    for missing in ["shop:9", "99", "sha256:00ff00ff", "00ff00ff", ""] {
        let error = inventory.artifact(&ArtifactRef::parse(missing)).unwrap_err();
        assert!(matches!(error, InventoryError::Unknown { .. }), "{missing}: {error}");
    }
    let history = inventory.history(detail.summary.id, Page { rows: 2, after: None }).unwrap();
    assert_eq!((history.total, history.next, history.rows[0].version.as_str()), (3, Some(2), "3"));
}

#[test]
fn components_and_tree() {
    let store = Store::new("tree");
    let mut inventory = filled(&store);
    let shop = id(&mut inventory, "shop:2");
    let all = inventory.components(shop, &ComponentFilter::default(), Page::default()).unwrap();
    let texts: Vec<(&str, bool, u64, u64)> =
        all.rows.iter().map(|row| (row.text.as_str(), row.direct, row.uses, row.used_by)).collect();
    assert_eq!(texts, [(A, true, 1, 1), (B, true, 1, 1), (C, false, 1, 1), (LONE, false, 0, 0)]);
    let filter = ComponentFilter { text: Some("/l".to_owned()), direct: false };
    assert_eq!(inventory.components(shop, &filter, Page::default()).unwrap().total, 1);

    let level =
        |inventory: &mut Inventory, path: &[ComponentId]| inventory.tree(shop, path, Page::default()).unwrap().rows;
    let first = level(&mut inventory, &[]);
    let shown: Vec<(&str, bool)> = first.iter().map(|row| (row.text.as_str(), row.loose)).collect();
    assert_eq!(shown, [(A, false), (B, false), (LONE, true)]);
    let mut path = vec![first[0].id];
    for (text, repeats) in [(B, false), (C, false), (A, true)] {
        let rows = level(&mut inventory, &path);
        assert_eq!((rows.len(), rows[0].text.as_str(), rows[0].repeats), (1, text, repeats));
        path.push(rows[0].id);
    }
}

#[test]
fn why_it_is_there() {
    let store = Store::new("why");
    let mut inventory = filled(&store);
    let shop = id(&mut inventory, "shop:2");
    let mut why = |query: &str| {
        inventory.why(shop, &ComponentQuery::parse(query).unwrap(), &PathLimits::default()).unwrap().matches
    };
    let found = why("pkg:npm/c");
    assert_eq!(found[0].paths.shown, [vec![B, C], vec![A, B, C]]);
    assert_eq!(found[0].paths.rest(), None);
    let lone = why("lone");
    assert!(lone[0].paths.shown.is_empty() && lone[0].paths.complete);
    assert!(why("pkg:npm/absent").is_empty());
    assert_eq!(why("*").len(), 4);
}

#[test]
fn what_changed() {
    let store = Store::new("changed");
    let mut inventory = filled(&store);
    let third = id(&mut inventory, "shop:3");
    let difference = inventory.diff_to_previous(third).unwrap().unwrap();
    let shown: Vec<(&str, Change, Vec<&str>, Vec<&str>)> = difference
        .changes
        .iter()
        .map(|change| {
            (
                change.package.as_str(),
                change.change(),
                change.before.iter().map(String::as_str).collect(),
                change.after.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("pkg:npm/a", Change::Changed, vec!["1.0.0"], vec!["1.5.0", "2.0.0"]),
            ("pkg:npm/c", Change::Removed, vec!["1.0.0"], vec![]),
            ("pkg:npm/lone", Change::Removed, vec!["1.0.0"], vec![]),
        ]
    );
    assert_eq!((difference.before.version.as_str(), difference.same), ("2", 1));
    let first = id(&mut inventory, "shop:1");
    assert_eq!(inventory.diff_to_previous(first).unwrap(), None);
}

#[test]
fn lists() {
    let store = Store::new("lists");
    let mut inventory = filled(&store);
    let page = |after| Page { rows: 3, after };
    let first = inventory.artifacts(&ArtifactFilter::default(), page(None)).unwrap();
    assert_eq!((first.total, first.rows.len(), first.rows[0].name.as_str()), (4, 3, "desk"));
    let rest = inventory.artifacts(&ArtifactFilter::default(), page(first.next)).unwrap();
    assert_eq!((rest.rows.len(), rest.rows[0].version.as_str(), rest.next), (1, "1", None));
    let shop = ArtifactFilter { name: Some("SHO".to_owned()), label: None };
    assert_eq!(inventory.artifacts(&shop, page(None)).unwrap().total, 3);
    let labelled = Label { name: "team".to_owned(), value: "payments".to_owned() };
    let filter = ArtifactFilter { name: None, label: Some(labelled) };
    assert_eq!(inventory.artifacts(&filter, page(None)).unwrap().total, 0);
    let lineages = inventory.lineages(None, page(None)).unwrap();
    let shown: Vec<(&str, u64, &str)> =
        lineages.rows.iter().map(|row| (row.name.as_str(), row.builds, row.newest.version.as_str())).collect();
    assert_eq!(shown, [("desk", 1, "1"), ("shop", 3, "3")]);
    let packages = inventory.packages("a", page(None)).unwrap();
    assert_eq!((packages.rows[0].package.as_str(), packages.rows[0].versions), ("pkg:npm/a", 3));
    let overview = inventory.component(&ComponentQuery::parse("pkg:npm/a").unwrap(), page(None)).unwrap();
    let versions: Vec<(&str, u64)> =
        overview.versions.rows.iter().map(|row| (row.version.as_str(), row.artifacts)).collect();
    assert_eq!((overview.artifacts, versions), (4, vec![("2.0.0", 1), ("1.5.0", 1), ("1.0.0", 3)]));
}

#[test]
fn the_artifact_itself_is_nothing_to_upgrade() {
    const SHOP: &str = "pkg:npm/shop@1";
    let store = Store::new("itself");
    let mut inventory = Inventory::create(&store.location()).unwrap();
    let edges: &[(&str, &[&str])] = &[("r", &[SHOP]), (SHOP, &[A]), (A, &[B])];
    let bytes = sbom_with("shop", 1, &[SHOP, A, B], edges);
    // Of another version it is another thing: a dependency of the same name.
    let other = sbom_with("desk", 1, &["pkg:npm/desk@7", B], &[("r", &["pkg:npm/desk@7"]), ("pkg:npm/desk@7", &[B])]);
    for bytes in [bytes, other] {
        inventory.add(&[intake(&bytes)], Timestamp::UNIX_EPOCH).unwrap();
    }
    let query = crate::Query::Component(ComponentQuery::parse("pkg:npm/b").unwrap());
    let blast = inventory.blast_radius(&query).unwrap();
    let through: Vec<&str> = blast.through.iter().map(|through| through.text.as_str()).collect();
    assert_eq!(through, [A, "pkg:npm/desk@7"]);
    let plan = inventory.patch_plan(&query).unwrap();
    let packages: Vec<&str> = plan.upgrades.iter().map(|upgrade| upgrade.package.as_str()).collect();
    assert_eq!(packages, ["pkg:npm/a", "pkg:npm/desk"]);
}
