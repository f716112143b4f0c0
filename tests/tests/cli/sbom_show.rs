//! `plimsoll sbom show`.

use insta::assert_snapshot;
use plimsoll_tests::TemporaryDirectory;
use serde_json::Value;

use crate::run::run_in;

const BOM: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {
        "timestamp": "2024-01-01T00:00:00Z", "tools": [{"name": "maker", "version": "2"}],
        "component": {"type": "application", "name": "shop", "version": "1.0", "bom-ref": "root"}},
    "components": [
        {"type": "library", "name": "react", "version": "18.3.1", "purl": "pkg:npm/react@18.3.1", "bom-ref": "react",
         "licenses": [{"license": {"id": "MIT"}}], "scope": "required"},
        {"type": "library", "name": "loose-envify", "version": "1.4.0", "purl": "pkg:npm/loose-envify@1.4.0", "bom-ref": "loose",
         "licenses": [{"license": {"id": "MIT"}}]},
        {"type": "library", "name": "js-tokens", "version": "4.0.0", "purl": "pkg:npm/js-tokens@4.0.0", "bom-ref": "tokens"},
        {"type": "library", "name": "=flask\u001b[2J", "version": "3.0.3", "purl": "pkg:pypi/flask@3.0.3", "bom-ref": "flask",
         "licenses": [{"license": {"id": "BSD-3-Clause"}}], "scope": "excluded"}],
    "dependencies": [{"ref": "root", "dependsOn": ["react", "loose"]}, {"ref": "react", "dependsOn": ["loose"]},
        {"ref": "loose", "dependsOn": ["tokens"]}, {"ref": "tokens", "dependsOn": ["react"]}],
    "compositions": [{"aggregate": "incomplete"}]}"#;

fn show(arguments: &[&str]) -> String {
    let directory = TemporaryDirectory::new();
    directory.write("a.json", BOM);
    let outcome = run_in(&directory, [&["sbom", "show", "a.json"], arguments].concat());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    outcome.stdout
}

#[test]
fn a_list() {
    assert_snapshot!(show(&[]), @r"
    format      cyclonedx-json@1.6
    subject     shop 1.0
    created     2024-01-01T00:00:00Z
    created by  maker 2
    complete    incomplete
    components  4 (npm 3, pypi 1)
    edges       5

    NAME             VERSION  TYPE
    shop             1.0      application
    react            18.3.1   npm
    loose-envify     1.4.0    npm
    js-tokens        4.0.0    npm
    =flask\u{1b}[2J  3.0.3    pypi
    ");
    let licensed = show(&["--licenses", "--filter", "type=npm,license=mit"]);
    let names: Vec<&str> = licensed.lines().skip_while(|line| !line.starts_with("NAME")).skip(1).collect();
    assert_eq!(names, ["react         18.3.1   npm   required  MIT", "loose-envify  1.4.0    npm   -         MIT"]);
}

#[test]
fn a_tree() {
    let tree = |arguments: &[&str]| {
        let all = show(&[&["--tree"], arguments].concat());
        all.split_once("\n\n").unwrap().1.to_owned()
    };
    assert_snapshot!(tree(&[]), @r"
    shop 1.0
    ├── react 18.3.1
    │   └── loose-envify 1.4.0
    │       └── js-tokens 4.0.0
    │           └── react 18.3.1 (*)
    └── loose-envify 1.4.0 (*)
    =flask\u{1b}[2J 3.0.3
    ");
    assert_eq!(
        tree(&["--depth", "1"]),
        "shop 1.0\n├── react 18.3.1 …\n└── loose-envify 1.4.0 …\n=flask\\u{1b}[2J 3.0.3\n"
    );
    assert_eq!(tree(&["--filter", "name=*flask*"]), "=flask\\u{1b}[2J 3.0.3\n");
}

#[test]
fn for_machines() {
    let report: Value = serde_json::from_str(&show(&["--format", "json", "--filter", "scope=excluded"])).unwrap();
    assert_eq!((report["components"].as_array().unwrap().len(), &report["components"][0]["id"]), (1, &"flask".into()));
    assert_eq!((&report["counts"]["npm"], &report["edges"]), (&3.into(), &5.into()));
    let csv = show(&["--format", "csv", "--filter", "type=pypi"]);
    assert!(csv.ends_with("'=flask\\u{1b}[2J,3.0.3,pypi,excluded,BSD-3-Clause,pkg:pypi/flask@3.0.3\r\n"), "{csv}");
    assert!(
        show(&["--format", "markdown"]).contains("| react | 18.3.1 | npm | required | MIT | pkg:npm/react@18.3.1 |")
    );
    let directory = TemporaryDirectory::new();
    directory.write("a.json", BOM);
    for arguments in [&["--tree", "--format", "csv"][..], &["--filter", "colour=red"], &["--depth", "1"]] {
        assert_eq!(run_in(&directory, [&["sbom", "show", "a.json"], arguments].concat()).status, Some(2));
    }
    directory.write("a.json", "{\"bomFormat\": \"CycloneDX\", \"components\": [");
    assert_eq!(run_in(&directory, ["sbom", "show", "a.json"]).status, Some(3));
}
