//! Which crate may use which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use plimsoll_tests::workspace;
use serde_json::Value;

/// Layer, crate, whether it is async inside, and the crates it may use.
const TABLE: &[(u8, &str, bool, &[&str])] = &[
    (0, "model", false, &[]),
    (0, "version", false, &[]),
    (0, "syntax", false, &["model"]),
    (1, "source", false, &["model"]),
    (1, "sbom", false, &["model", "version", "syntax"]),
    (1, "attest", false, &["model", "syntax"]),
    (1, "advisory", false, &["model", "version", "syntax"]),
    (2, "extract", false, &["model", "source", "syntax"]),
    (2, "verify", false, &["model", "attest"]),
    (2, "inventory", false, &["model", "version", "sbom", "attest", "advisory"]),
    (3, "lockfiles", false, &["model", "extract"]),
    (3, "installed", false, &["model", "extract"]),
    (3, "binaries", false, &["model", "extract"]),
    (3, "policy", false, &["model", "version", "syntax", "sbom", "advisory", "attest", "verify"]),
    (3, "registry", true, &["model", "source"]),
    (3, "sign", true, &["model", "attest", "verify"]),
    (3, "dev-stack", true, &["model", "attest"]),
    (4, "scan", false, &["model", "source", "sbom", "extract", "lockfiles", "installed", "binaries"]),
    (4, "serve", true, &["model", "inventory", "policy", "sbom", "advisory", "attest", "verify"]),
    (5, "provenance", true, &["model", "syntax", "source", "sbom", "attest", "verify", "policy", "registry", "scan"]),
    (5, "fleet", true, &["model", "source", "sbom", "inventory", "registry", "scan"]),
];

/// Edges within a layer. Together they make no circle.
const WITHIN: &[(&str, &str)] = &[("syntax", "model")];

/// The only crates that are async inside may name these.
const ASYNC: &[&str] = &["tokio", "reqwest", "axum", "hyper", "tokio-postgres"];

/// Crates that belong to no layer: the program, which may use all, and the tests, which nothing uses.
const TOP: &[&str] = &["plimsoll", "plimsoll-bench", "plimsoll-tests"];

struct Package {
    name: String,
    directory: String,
    dependencies: BTreeSet<String>,
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = format!("{}/", metadata["workspace_root"].as_str().unwrap());
    let package = |package: &Value| Package {
        name: package["name"].as_str().unwrap().to_owned(),
        directory: package["manifest_path"].as_str().unwrap().replace(&root, "").replace("/Cargo.toml", ""),
        dependencies: package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .collect(),
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn row(package: &str) -> Option<&'static (u8, &'static str, bool, &'static [&'static str])> {
    TABLE.iter().find(|(_, name, ..)| Some(*name) == package.strip_prefix("plimsoll-"))
}

#[test]
fn edges_follow_the_table() {
    let mut wrong = Vec::new();
    for package in packages() {
        if TOP.contains(&package.name.as_str()) {
            continue;
        }
        let Some((_, _, _, allowed)) = row(&package.name) else {
            wrong.push(format!("{} is not in the table", package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter_map(|name| name.strip_prefix("plimsoll-")) {
            if !allowed.contains(&dependency) {
                wrong.push(format!("{} -> plimsoll-{dependency}", package.name));
            }
        }
    }
    assert!(wrong.is_empty(), "edges that the table does not have:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_points_down() {
    let layers: BTreeMap<&str, u8> = TABLE.iter().map(|(layer, name, ..)| (*name, *layer)).collect();
    for (layer, name, _, allowed) in TABLE {
        for below in *allowed {
            let within = layers[below] == *layer && WITHIN.contains(&(*name, *below));
            assert!(layers[below] < *layer || within, "{name} may use {below}, of its own layer or one above");
        }
    }
    let users: BTreeSet<&str> = WITHIN.iter().map(|(user, _)| *user).collect();
    let used: Vec<_> = WITHIN.iter().filter(|(_, used)| users.contains(used)).collect();
    assert!(used.is_empty(), "edges within a layer that may close a circle: {used:?}");
}

#[test]
fn directory_package_and_library_agree() {
    for package in packages() {
        let want = match package.name.as_str() {
            "plimsoll" => "cli".to_owned(),
            "plimsoll-tests" => "tests".to_owned(),
            "plimsoll-bench" => "tests/bench".to_owned(),
            name => format!("crates/{}", name.trim_start_matches("plimsoll-")),
        };
        assert_eq!(package.directory, want, "{}", package.name);
    }
}

#[test]
fn only_async_crates_name_the_runtime() {
    for package in packages() {
        let may = row(&package.name).is_some_and(|(_, _, is_async, _)| *is_async) || package.name == "plimsoll-tests";
        let named: Vec<_> = package.dependencies.iter().filter(|name| ASYNC.contains(&name.as_str())).collect();
        assert!(may || named.is_empty(), "{} names {named:?}", package.name);
    }
}

#[test]
fn every_crate_inherits_the_lints() {
    let root = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    assert!(root.contains("unsafe_code = \"forbid\""));
    for package in packages() {
        let manifest = fs::read_to_string(workspace().join(&package.directory).join("Cargo.toml")).unwrap();
        // What measures may index and add: it reads nothing but what it made. It has all other lints by name.
        let own = package.name == "plimsoll-bench" && manifest.contains("[lints.rust]\nunsafe_code = \"forbid\"");
        let inherits = manifest.contains("[lints]\nworkspace = true");
        assert!(inherits || own, "{} does not inherit the lints", package.name);
    }
}

#[test]
fn dependencies_take_no_default_features() {
    let root = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let dependencies = root.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let wrong: Vec<_> = dependencies
        .lines()
        .filter(|line| line.contains('=') && !line.contains("path = ") && !line.contains("default-features = false"))
        // Its backend in Rust has no other feature than the default one.
        .filter(|line| !line.starts_with("bzip2 = "))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
