use std::path::PathBuf;

use plimsoll_attest::{DigestSet, Provenance, Statement};
use serde_json::Value;

use super::*;
use crate::observe::{Address, Connection, FileRecord, Gap};

const SECRET: &str = "hunter2hunter2";

fn build() -> Build {
    let environment: BTreeMap<String, String> = [
        ("CC", "/nowhere/me/bin/clang"),
        ("CARGO_REGISTRY_TOKEN", SECRET),
        ("HOME", "/nowhere/me"),
        ("OTHER", "unrecorded-value"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let places = Places::of(&PathBuf::from("/nowhere/me/work"), &environment);
    let input = FileRecord { read: true, input: true, digest: Some([1; 32]), ..FileRecord::default() };
    let mut trace = Trace::default();
    trace.files.insert("/nowhere/me/work/src/a.c".into(), input.clone());
    trace.files.insert("/nowhere/me/work/src/b.c".into(), FileRecord { changed: true, ..input.clone() });
    trace.files.insert("/nowhere/me/.cargo/registry/src/i/a-1.0.0/lib.rs".into(), input.clone());
    trace.files.insert(
        "/nowhere/me/.netrc".into(),
        FileRecord { digest: None, unhashed: Some(Unhashed::Secret), ..input.clone() },
    );
    trace.files.insert("/nowhere/bin/cc".into(), FileRecord { executed: true, ..input });
    let source = Source {
        root: places.source.clone(),
        uri: Some("git+https://github.com/a/b".to_owned()),
        reference: Some("refs/heads/main".to_owned()),
        commit: Some("ab".repeat(20)),
        dirty: ["/nowhere/me/work/src/b.c".into()].into(),
        ..Source::default()
    };
    let inventory = Inventory::of(&trace, &places, &source);
    Build {
        command: vec!["make".into(), format!("TOKEN={SECRET}").into()],
        environment,
        recorded: Vec::new(),
        directory: ".".to_owned(),
        hermetic: true,
        started: Timestamp::from_second(1_700_000_000).unwrap(),
        finished: Timestamp::from_second(1_700_000_009).unwrap(),
        version: "0.0.0".to_owned(),
        products: vec![Product {
            name: "out".to_owned(),
            path: "/nowhere/me/work/out".into(),
            digest: DigestSet::from([("sha256".to_owned(), "ab".repeat(32))]),
        }],
        trace,
        inventory,
        source,
        places,
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn provenance_is_read_back() {
    let build = build();
    let statements = build.statements(None).unwrap();
    let statement = Statement::parse(&statements.provenance).unwrap();
    let Provenance::V1(provenance) = Provenance::of(&statement).unwrap() else { panic!() };
    let definition = &provenance.build_definition;
    assert_eq!((definition.build_type.as_str(), provenance.run_details.builder.id.as_str()), (BUILD_TYPE, BUILDER));
    assert_eq!(definition.external_parameters["command"][1], "TOKEN=[value of CARGO_REGISTRY_TOKEN]");
    assert_eq!(definition.external_parameters["env"], serde_json::json!({"CC": "$HOME/bin/clang"}));
    let dependencies = &definition.resolved_dependencies;
    assert_eq!(dependencies[0].uri, "git+https://github.com/a/b@refs/heads/main");
    assert_eq!(dependencies[0].digest["gitCommit"], "ab".repeat(20));
    assert_eq!((dependencies[1].name.as_str(), &dependencies[1].annotations["dirty"]), ("src/b.c", &Value::Bool(true)));
    assert!(dependencies.iter().any(|dependency| dependency.uri == "pkg:cargo/a@1.0.0"));
    assert!(dependencies.iter().all(|dependency| dependency.name != "$HOME/.netrc"));
    assert_eq!(definition.internal_parameters["resolvedDependenciesComplete"], false);
    assert_eq!(statements, build.statements(None).unwrap());
}

#[test]
fn nothing_secret_and_no_level_is_written() {
    let statements = build().statements(None).unwrap();
    for bytes in [&statements.provenance, &statements.trace] {
        let text = String::from_utf8(bytes.clone()).unwrap();
        for unwanted in [SECRET, "unrecorded-value", "/nowhere/me", "SLSA_BUILD_LEVEL", "slsaLevel"] {
            assert!(!text.contains(unwanted), "{unwanted}");
        }
    }
}

#[test]
fn the_trace_has_every_file_with_its_class() {
    let build = build();
    let trace = json(&build.statements(None).unwrap().trace);
    let files = trace["predicate"]["monitorLog"]["fileAccess"].as_array().unwrap();
    assert_eq!(files.len(), build.trace.files.len());
    assert!(files.iter().all(|file| file["annotations"]["class"].is_string()));
    assert_eq!(trace["predicate"]["monitorLog"]["process"][0]["program"], "/nowhere/bin/cc");
}

#[test]
fn what_is_incomplete_is_said() {
    let mut build = build();
    let reasons = build.incomplete().join("; ");
    for reason in ["1 file of no known origin", "1 file with secrets", "1 input that changed"] {
        assert!(reasons.contains(reason), "{reasons}");
    }
    assert!(build.breaches().is_empty());
    build.trace.gaps.insert(Gap::Signal(40));
    let address = Address::Internet("192.0.2.1:443".parse().unwrap());
    let program = PathBuf::from("/nowhere/bin/curl");
    build.trace.connections.insert(Connection { address, result: Attempt::Failed(101), program });
    assert_eq!(build.breaches(), ["192.0.2.1:443 by /nowhere/bin/curl"]);
    assert!(build.incomplete().iter().any(|reason| reason.starts_with("signal 40")));
    build.hermetic = false;
    assert!(build.breaches().is_empty());
}

#[test]
fn the_bill_has_the_packages() {
    let bill = build().bill();
    let names: Vec<&str> = bill.graph.components().map(|(_, component)| &*component.name).collect();
    assert_eq!((names, &*bill.subject.component.name), (vec!["a"], "out"));
}
