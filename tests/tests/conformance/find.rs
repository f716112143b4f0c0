//! `plimsoll find` and `plimsoll why`: what they answer, and their reports against our schemas.

use std::fs;

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll};
use serde_json::{Value, json};

use crate::schemas;

fn sbom(name: &str, version: &str, lodash: &str, direct: &str) -> String {
    let component = |purl: &str, layer: &str| {
        json!({"type": "library", "bom-ref": purl, "name": "x", "purl": purl,
            "properties": [{"name": "plimsoll:layer:introduced", "value": format!("sha256:{}", layer.repeat(32))}]})
    };
    let (lodash, direct) = (format!("pkg:npm/lodash@{lodash}"), format!("pkg:npm/build-kit@{direct}"));
    json!({"bomFormat": "CycloneDX", "specVersion": "1.6",
        "metadata": {"component": {"type": "application", "bom-ref": "r", "name": name, "version": version}},
        "components": [component(&lodash, "ab"), component(&direct, "cd"),
            {"type": "file", "bom-ref": "f", "name": "app/x.jar!/org/example/JndiLookup.class",
             "hashes": [{"alg": "SHA-256", "content": "ef".repeat(32)}]}],
        "dependencies": [{"ref": "r", "dependsOn": [direct]}, {"ref": direct, "dependsOn": [lodash]}]})
    .to_string()
}

struct Stock {
    directory: TemporaryDirectory,
    store: String,
}

impl Stock {
    fn new() -> Self {
        let directory = TemporaryDirectory::new();
        let store = directory.path().join("inventory.db").display().to_string();
        let stock = Self { directory, store };
        for (name, version, lodash, direct, team) in [
            ("shop", "1", "4.17.20", "1.0.0", "payments"),
            ("shop", "2", "4.17.20", "1.0.0", "payments"),
            ("desk", "1", "4.17.21", "2.0.0", "search\u{1b}[31m"),
        ] {
            let path = stock.directory.path().join(format!("{name}-{version}.cdx.json"));
            fs::write(&path, sbom(name, version, lodash, direct)).unwrap();
            let path = path.display().to_string();
            let outcome = stock.run(&["inventory", "add", &path, "--team", team]);
            assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        }
        stock
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let arguments = [arguments, &["--store", &self.store]].concat();
        Outcome::from(plimsoll(arguments).output().unwrap())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(&[arguments, &["--format", "json"]].concat());
        assert!(matches!(outcome.status, Some(0 | 1)), "{}", outcome.stderr);
        let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let schema = value["schema"].as_str().unwrap().replace('/', ".");
        let errors = schemas::errors(schemas::own(&schema), &value);
        assert!(errors.is_empty(), "{}\n{}", errors.join("\n"), outcome.stdout);
        value
    }
}

#[test]
fn a_question_has_its_denominator() {
    let stock = Stock::new();
    let outcome = stock.run(&["find", "pkg:npm/lodash@<4.17.21"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.starts_with("2 of 3 artifacts; 3 fully read, 0 partial"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("shop@2\n    pkg:npm/lodash@4.17.20\n"), "{}", outcome.stdout);
    assert_eq!(stock.run(&["find", "pkg:npm/lodash@<4.17.21", "--fail-on-match"]).status, Some(1));
    let none = stock.run(&["find", "pkg:npm/left-pad", "--fail-on-match"]);
    assert!(none.status == Some(0) && none.stdout.starts_with("0 of 3 artifacts"), "{}", none.stdout);
    let all = stock.run(&["find"]);
    assert!(!all.stdout.contains('\u{1b}') && all.stdout.contains("team=search"), "{}", all.stdout);
    let wrong = stock.run(&["find", "pkg:npm/lodash", "AND"]);
    assert!(wrong.status == Some(2) && wrong.stderr.contains("at character"), "{}", wrong.stderr);
    let missing = plimsoll(["find", "x", "--store", "/nonexistent/inventory.db"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(3));
}

#[test]
fn files_classes_layers_and_labels() {
    let stock = Stock::new();
    let layer = format!("sha256:{}", "ab".repeat(32));
    for (arguments, expected) in [
        (vec!["find", "--class", "JndiLookup"], 3),
        (vec!["find", "--class", "org.example.JndiLookup", "--team", "payments"], 2),
        (vec!["find", "--path", "lib/**/*.class"], 0),
        (vec!["find", "--file-sha256", &"ef".repeat(32)], 3),
        (vec!["find", "pkg:npm/lodash@4.17.20", "--introduced-in-layer", &layer], 2),
        (vec!["find", "pkg:npm/build-kit", "--introduced-in-layer", &layer], 0),
        (vec!["find", "pkg:npm/lodash NOT team:payments"], 1),
        (vec!["find", "lodash", "--since", "2999-01-01"], 0),
        (vec!["find", "--deployed"], 0),
        (vec!["find", "lodash", "--not-vex"], 3),
    ] {
        let report = stock.json(&arguments);
        assert_eq!(report["artifacts"], expected, "{arguments:?}: {report}");
    }
    let report = stock.json(&["find", "--class", "JndiLookup"]);
    assert_eq!(report["rows"][0]["files"], json!(["app/x.jar!/org/example/JndiLookup.class"]));
}

#[test]
fn sums_and_upgrades() {
    let stock = Stock::new();
    let query = "pkg:npm/lodash@<4.17.21";
    let groups = stock.json(&["find", query, "--group-by", "lineage"]);
    assert_eq!((&groups["groupCount"], &groups["groups"][0]["artifacts"]), (&json!(1), &json!(2)), "{groups}");
    assert_eq!(groups["groups"][0]["first"]["version"], "1");
    assert_eq!(groups["groups"][0]["current"], true);
    let blast = stock.json(&["find", query, "--blast-radius"]);
    assert_eq!(blast["through"][0]["component"], "pkg:npm/build-kit@1.0.0");
    assert_eq!(blast["through"][0]["brings"], json!(["pkg:npm/lodash@4.17.20"]));
    let plan = stock.json(&["find", query, "--fix"]);
    let upgrade = &plan["upgrades"][0];
    assert_eq!(
        (&upgrade["package"], &upgrade["to"], &upgrade["clears"]),
        (&json!("pkg:npm/build-kit"), &json!("2.0.0"), &json!(2))
    );
    let advisory = stock.directory.path().join("own.json");
    let record = json!({"id": "OWN-1", "modified": "2026-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "npm",
        "name": "lodash"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "4.17.21"}]}]}]});
    fs::write(&advisory, record.to_string()).unwrap();
    let advisory = advisory.display().to_string();
    assert_eq!(stock.json(&["find", "--advisory", &advisory])["artifacts"], 2);
    let pinned = stock.json(&["find", "--advisory", &advisory, "--fix"]);
    assert_eq!(pinned["upgrades"][0]["pin"], json!(["4.17.21"]), "{pinned}");
    for format in ["csv", "markdown", "jsonl", "text"] {
        for more in [&[][..], &["--group-by", "label:team"], &["--blast-radius"], &["--fix"]] {
            let outcome = stock.run(&[&["find", query, "--format", format], more].concat());
            assert!(
                outcome.status == Some(0) && outcome.stdout.contains("pkg:npm/") || more.len() == 2,
                "{}",
                outcome.stdout
            );
        }
    }
}

#[test]
fn why_with_and_without_an_inventory() {
    let stock = Stock::new();
    let path = "    pkg:npm/build-kit@1.0.0 > pkg:npm/lodash@4.17.20\n";
    let outcome = stock.run(&["why", "shop@1", "pkg:npm/lodash"]);
    assert!(outcome.stdout.contains(path), "{}{}", outcome.stdout, outcome.stderr);
    let file = stock.directory.path().join("shop-1.cdx.json").display().to_string();
    for place in [file.clone(), format!("sbom:{file}")] {
        let outcome = Outcome::from(plimsoll(["why", &place, "lodash"]).output().unwrap());
        assert!(outcome.stdout.contains(path), "{}{}", outcome.stdout, outcome.stderr);
    }
    let report = stock.json(&["why", "desk", "lodash"]);
    assert_eq!(report["matches"][0]["paths"][0][0], "pkg:npm/build-kit@2.0.0");
    let ambiguous = stock.run(&["why", "shop", "lodash"]);
    assert!(ambiguous.status == Some(2) && ambiguous.stderr.contains("shop@2"), "{}", ambiguous.stderr);
    assert_eq!(stock.run(&["why", "desk", "left-pad"]).status, Some(1));
    assert_eq!(stock.run(&["why", "nothing", "lodash"]).status, Some(3));
}
