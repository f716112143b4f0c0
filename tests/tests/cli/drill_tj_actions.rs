//! The drill of March 2025: the tags of an action were moved to a commit that printed secrets (CVE-2025-30066). Which
//! workflows run it, also through other workflows, and what was it called where they name it?

use std::collections::BTreeMap;

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll, workspace};
use serde_json::Value;

const COMMIT: &str = "0e58ed8671d6b60d0890c21b07f8835ace038e67";

fn scan(directory: &std::path::Path) -> Value {
    let outcome =
        Outcome::from(plimsoll(["scan", "dir:.", "-o", "cyclonedx-json"]).current_dir(directory).output().unwrap());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn component<'d>(document: &'d Value, reference: &str) -> &'d Value {
    let components = document["components"].as_array().unwrap();
    components.iter().find(|component| component["bom-ref"] == reference).unwrap_or_else(|| panic!("no {reference}"))
}

fn property<'d>(component: &'d Value, name: &str) -> Vec<&'d str> {
    let properties = component["properties"].as_array().unwrap().iter();
    properties.filter(|property| property["name"] == name).filter_map(|property| property["value"].as_str()).collect()
}

/// The shortest path along the edges of a document.
fn path(document: &Value, from: &str, to: &str) -> Vec<String> {
    let mut came_from: BTreeMap<String, String> = BTreeMap::new();
    let mut pending = std::collections::VecDeque::from([from.to_owned()]);
    while let Some(at) = pending.pop_front() {
        let node = document["dependencies"].as_array().unwrap().iter().find(|node| node["ref"] == at.as_str());
        for next in node.and_then(|node| node["dependsOn"].as_array()).into_iter().flatten() {
            let next = next.as_str().unwrap().to_owned();
            if next != from && !came_from.contains_key(&next) {
                came_from.insert(next.clone(), at.clone());
                pending.push_back(next);
            }
        }
    }
    let mut path = vec![to.to_owned()];
    while let Some(before) = path.last().and_then(|last| came_from.get(last)) {
        path.push(before.clone());
    }
    path.reverse();
    path
}

#[test]
fn from_the_project_to_the_commit_and_its_line() {
    let document = scan(&workspace().join("testdata/drills/tj-actions"));
    let action = format!("pkg:github/tj-actions/changed-files@{COMMIT}");
    let root = document["metadata"]["component"]["bom-ref"].as_str().unwrap();
    assert_eq!(
        path(&document, root, &action)[1..],
        ["application:.github/workflows/checks.yml at .github/workflows/checks.yml".to_owned(), action.clone()]
    );
    let release = "application:.github/workflows/release.yml at .github/workflows/release.yml";
    assert_eq!(
        path(&document, release, &action),
        [release, "application:.github/workflows/checks.yml at .github/workflows/checks.yml", &action]
    );

    let found = component(&document, &action);
    assert_eq!(found["purl"], action.as_str());
    assert_eq!(found["version"], COMMIT);
    assert_eq!(property(found, "plimsoll:github:tag"), ["v45.0.7"]);
    assert_eq!(property(found, "plimsoll:github:resolved-by"), ["comment"]);
    assert_eq!(found["evidence"]["occurrences"][0]["location"], ".github/workflows/checks.yml");
    assert_eq!(found["evidence"]["occurrences"][0]["line"], 11);

    let movable = component(&document, "pkg:github/tj-actions/changed-files@v45");
    assert_eq!(property(movable, "plimsoll:reference:movable"), ["v45"]);
}

#[test]
fn a_clone_of_the_action_tells_its_tag() {
    let directory = TemporaryDirectory::new();
    directory.write(
        ".github/workflows/ci.yml",
        format!(
            "jobs:\n  a:\n    steps:\n      - uses: tj-actions/changed-files@{COMMIT}\n      - uses: a/b@{COMMIT}\n"
        ),
    );
    let clone = "vendor/changed-files/.git";
    directory.write(
        format!("{clone}/config"),
        "[remote \"origin\"]\n\turl = https://github.com/tj-actions/changed-files.git\n",
    );
    directory.write(
        format!("{clone}/packed-refs"),
        format!(
            "# pack-refs with: peeled fully-peeled sorted\n{COMMIT} refs/tags/v45\n{} refs/tags/v45.0.8\n^{COMMIT}\n",
            "a".repeat(40)
        ),
    );
    let document = scan(directory.path());
    let found = component(&document, &format!("pkg:github/tj-actions/changed-files@{COMMIT}")).clone();
    assert_eq!(property(&found, "plimsoll:github:tag"), ["v45.0.8"]);
    assert_eq!(property(&found, "plimsoll:github:resolved-by"), ["clone"]);
    let unknown = component(&document, &format!("pkg:github/a/b@{COMMIT}"));
    assert_eq!(property(unknown, "plimsoll:github:resolved-by"), ["unresolved"]);
}
