use plimsoll_model::Limits;

use super::*;
use crate::encoding::{self, Encoding, Parsed};

fn input(text: &str, label: &str) -> Input {
    let parsed = encoding::read(text.as_bytes(), Encoding::CycloneDxJson, &Limits::DEFAULT).unwrap();
    Input::new(parsed, label, text.as_bytes())
}

fn bom(rest: &str) -> String {
    format!(r#"{{ "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, {rest} }}"#)
}

fn options(inputs: &[Input]) -> Options {
    Options::new(inputs[0].parsed.encoding, inputs[0].parsed.version)
}

fn check(inputs: &[Input], options: &Options) -> Merged {
    let merged = merge(inputs, options).unwrap();
    let parsed = Parsed { tree: merged.tree.clone(), ..inputs[0].parsed.clone() };
    let verdict = crate::validate_tree(&parsed);
    assert!(verdict.faults.is_empty(), "{:?}\n{}", verdict.faults, compact(&merged.tree));
    merged
}

fn one_and_two() -> [Input; 2] {
    let one = bom(
        r#""metadata": { "timestamp": "2026-01-01T00:00:00Z", "tools": [{ "vendor": "v", "name": "old", "version": "1" }],
           "component": { "type": "application", "bom-ref": "root", "name": "one", "version": "1" } },
         "components": [
           { "type": "library", "bom-ref": "a", "name": "a", "version": "1", "purl": "pkg:npm/a@1", "description": "short" },
           { "type": "library", "bom-ref": "b", "name": "b", "version": "1", "purl": "pkg:npm/b@1", "licenses": [{ "license": { "id": "MIT" } }] }],
         "dependencies": [{ "ref": "root", "dependsOn": ["a"] }, { "ref": "a", "dependsOn": ["b"] }]"#,
    );
    let two = bom(
        r#""metadata": { "timestamp": "2026-02-01T00:00:00Z", "tools": { "components": [{ "type": "application", "name": "new" }] },
           "component": { "type": "application", "bom-ref": "root", "name": "two", "version": "1" } },
         "components": [
           { "type": "library", "bom-ref": "b", "name": "a", "version": "1", "purl": "pkg:npm/a@1", "description": "a longer one" },
           { "type": "library", "bom-ref": "a", "name": "c", "version": "1", "purl": "pkg:npm/c@1" }],
         "dependencies": [{ "ref": "root", "dependsOn": ["a", "b"] }, { "ref": "b", "dependsOn": ["a"] }],
         "vulnerabilities": [{ "bom-ref": "v", "id": "CVE-1", "affects": [{ "ref": "b" }] }]"#,
    );
    [input(&one, "one"), input(&two, "two")]
}

#[test]
fn one_name_for_two_things_and_two_names_for_one() {
    let inputs = one_and_two();
    let merged = check(&inputs, &options(&inputs));
    // Two roots, a, b and c.
    assert_eq!((merged.things_before, merged.things), (6, 5));
    let components = merged.tree.items_of("components");
    let named = |name: &str| components.iter().find(|held| held.text_of("name") == Some(name)).unwrap();
    let id = |name: &str| named(name).text_of("bom-ref").unwrap();
    let entry = |name: &str| {
        merged.tree.items_of("dependencies").iter().find(|held| held.text_of("ref") == Some(id(name))).unwrap()
    };
    let targets: Vec<&str> = entry("a").items_of("dependsOn").iter().filter_map(Value::as_str).collect();
    assert_eq!(targets.len(), 2);
    assert!(targets.contains(&id("b")) && targets.contains(&id("c")));
    assert_eq!(entry("two").items_of("dependsOn").len(), 2);
    let affected = merged.tree.items_of("vulnerabilities")[0].items_of("affects")[0].text_of("ref");
    assert_eq!(affected, Some(id("a")));
    // Both descriptions, and both lists of tools.
    assert_eq!(named("a").text_of("description"), Some("a longer one"));
    let text = compact(&merged.tree);
    assert!(text.contains(r#""name":"plimsoll:merge:other:description","value":"short""#), "{text}");
    assert!(text.contains(r#""name":"old""#) && text.contains(r#""name":"new""#));
    assert_eq!(merged.conflicts.len(), 1);
    assert_eq!(merged.notes.len(), 1);
}

#[test]
fn roots_stay() {
    let inputs = one_and_two();
    for strategy in [Strategy::Flat, Strategy::Hierarchical, Strategy::Assembly] {
        let root = Some(Root { name: "all".into(), version: Some("9".into()), group: None });
        let merged = check(&inputs, &Options { strategy, root, ..options(&inputs) });
        let root = merged.tree.get("metadata").and_then(|held| held.get("component")).unwrap();
        assert_eq!(root.text_of("name"), Some("all"));
        let list = if strategy == Strategy::Assembly {
            root.items_of("components")
        } else {
            merged.tree.items_of("components")
        };
        let names: Vec<&str> = list.iter().filter_map(|held| held.text_of("name")).collect();
        assert!(names.contains(&"one") && names.contains(&"two"), "{strategy:?}: {names:?}");
        if strategy == Strategy::Hierarchical {
            assert_eq!(names.len(), 2);
            assert!(list.iter().all(|held| held.items_of("components").len() == 2));
        }
    }
    assert_eq!(
        merge(&inputs, &Options { strategy: Strategy::Assembly, ..options(&inputs) }).unwrap_err(),
        MergeError::NoRoot
    );
}

#[test]
fn the_first_document_stays_itself_under_overlay() {
    let inputs = one_and_two();
    let merged = check(&inputs, &Options { strategy: Strategy::Overlay, ..options(&inputs) });
    let root = merged.tree.get("metadata").and_then(|held| held.get("component")).unwrap();
    assert_eq!((root.text_of("name"), root.text_of("bom-ref")), (Some("one"), Some("root")));
    let a = merged.tree.items_of("components").iter().find(|held| held.text_of("name") == Some("a")).unwrap();
    assert_eq!((a.text_of("bom-ref"), a.text_of("description")), (Some("a"), Some("short")));
}

#[test]
fn policies() {
    let inputs = one_and_two();
    let description = |on_conflict| {
        let merged = check(&inputs, &Options { on_conflict, ..options(&inputs) });
        let components = merged.tree.items_of("components");
        let a = components.iter().find(|held| held.text_of("name") == Some("a")).unwrap();
        a.text_of("description").unwrap().to_owned()
    };
    assert_eq!(description(OnConflict::First), "short");
    assert_eq!(description(OnConflict::Last), "a longer one");
    assert_eq!(description(OnConflict::Newest), "a longer one");
    let failed = merge(&inputs, &Options { on_conflict: OnConflict::Fail, ..options(&inputs) }).unwrap_err();
    let MergeError::Conflicts(conflicts) = failed else { panic!("{failed}") };
    assert_eq!((conflicts[0].element.as_str(), conflicts[0].field.as_str()), ("a@1", "description"));
}

#[test]
fn what_fits_two_stays_by_itself() {
    let component =
        |rest: &str| bom(&format!(r#""components": [{{ "type": "library", "name": "a", "version": "1"{rest} }}]"#));
    let one = input(&component(r#", "purl": "pkg:npm/a@1""#), "1");
    let two = input(&component(r#", "purl": "pkg:pypi/a@1""#), "2");
    let three = input(&component(""), "3");
    assert_eq!(check(&[one.clone(), three.clone()], &options(std::slice::from_ref(&one))).things, 1);
    assert_eq!(check(&[one.clone(), two.clone(), three], &options(&[one])).things, 3);
}

#[test]
fn links_to_documents_that_are_merged_are_resolved() {
    let serial = "3e671687-395b-41f5-a30f-a58921a69b79";
    let one = bom(&format!(
        r#""serialNumber": "urn:uuid:{serial}", "components": [{{ "type": "library", "bom-ref": "x/y", "name": "x" }}]"#
    ));
    let vex = bom(&format!(
        r#""vulnerabilities": [{{ "id": "CVE-1", "affects": [{{ "ref": "urn:cdx:{serial}/1#x%2Fy" }}] }}]"#
    ));
    let inputs = [input(&one, "1"), input(&vex, "vex")];
    let merged = check(&inputs, &options(&inputs));
    let affected = merged.tree.items_of("vulnerabilities")[0].items_of("affects")[0].text_of("ref");
    assert_eq!(affected, Some("x/y"));
}

#[test]
fn a_document_without_anything_is_no_trouble() {
    let inputs = [input(&bom(r#""components": []"#), "1"), input(&bom(r#""metadata": {}"#), "2")];
    for strategy in [Strategy::Flat, Strategy::Hierarchical, Strategy::Assembly, Strategy::Overlay] {
        let root = Some(Root { name: "r".into(), ..Root::default() });
        check(&inputs, &Options { strategy, root, ..options(&inputs) });
    }
    assert_eq!(merge(&[], &options(&inputs)).unwrap_err(), MergeError::NoInput);
}
