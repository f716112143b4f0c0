use std::path::Path;

use plimsoll_verify::{ParameterRule, RefExpectation};

use super::*;
use crate::DependencyAction;

fn testdata(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/policy").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn parse(text: &str) -> Result<Policy, PolicyError> {
    Policy::parse("p", text, &mut |name| match name {
        "release.pub" | "gate.rego" | "allowed.json" => Ok(testdata(name)),
        _ => Err(format!("{name} is not there")),
    })
}

#[test]
fn every_key_is_read() {
    let policy = parse(&testdata("full.toml")).unwrap();
    assert_eq!(policy.roots().len(), 2);
    assert_eq!(policy.keys().len(), 2);
    let names: Vec<&str> = policy.builders().iter().map(|builder| builder.rule.name.as_str()).collect();
    assert!(names.contains(&"builder_go") && names.contains(&"the machine under the desk"), "{names:?}");
    let ours = policy.builders().iter().find(|builder| builder.rule.name == "our workflow").unwrap();
    assert_eq!((ours.log, ours.certificate_log, ours.rule.level), (Some(true), true, 3));
    let app = &policy.expectations()[0];
    assert_eq!(app.versioned, [RefExpectation::Tag("v{version}".into())]);
    assert_eq!(app.build.references, [RefExpectation::Branch("main".into())]);
    assert_eq!(app.build.source_id.as_deref(), Some("123456"));
    assert_eq!(app.build.inputs["debug"], "false");
    assert!(matches!(app.build.parameters["inputs.*"], ParameterRule::Any));
    assert_eq!((app.threshold, app.source_level, app.attestations.len()), (2, 2, 2));
    assert!(policy.expectations()[1].build.source.is_none());
    let dependencies = policy.dependencies().unwrap();
    assert_eq!((dependencies.default, dependencies.identities.len()), (DependencyAction::Warn, 1));
    assert_eq!(policy.exceptions().max_days, Some(90));
    crate::Exceptions::parse("e", &testdata("exceptions.toml")).unwrap();
}

#[test]
fn an_artifact_has_the_version_that_its_name_says() {
    let policy = parse(&testdata("full.toml")).unwrap();
    let versions = |names: &[&str]| {
        let names: Vec<Name> = names.iter().map(|name| Name::parse(name).unwrap()).collect();
        policy.expectations()[0].concerns(&names).map(|found| found.into_iter().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(versions(&["file:dist/app-1.2.tar.gz"]).as_deref(), Some("1.2"));
    assert_eq!(versions(&["file:dist/app-1.2.tar.gz", "pkg:github/acme/app@1.3"]).as_deref(), Some("1.2 1.3"));
    assert_eq!(versions(&["oci:ghcr.io/acme/app:latest"]), None);
    assert_eq!(versions(&["file:other"]), None);
}

#[test]
fn faults_have_a_line_and_what_may_be_meant() {
    let full = testdata("full.toml");
    for (from, to, expected) in [
        ("min_build_level = 3", "min_build_levl = 3", "is not a key in [expect]; did you mean \"min_build_level\"?"),
        ("min_build_level = 3", "min_build_level = 4", "expect.min_build_level has to be a number from 0 to 3"),
        ("min_build_level = 3\n", "", "[expect] has no min_build_level"),
        ("source = \"git+https://github.com/acme/app\"\n", "", "[expect] has no source"),
        ("source = \"git+https://github.com/acme/app\"", "source = \"acme\"", "\"acme\" is no repository"),
        ("tag = \"v{version}\"", "tag = \"v{ver}\"", "only {version} stands for something"),
        ("branch = \"main\"", "branch = \"refs/heads/main\"", "branch is a name without refs/"),
        ("exact = \"refs/heads/nightly\"", "tag = \"v{version}\"", "{version} of the artifact is not known"),
        ("exact = \"refs/heads/nightly\"", "", "ref says nothing; it may say tag, branch"),
        ("commit = \"0123", "commit = \"123", "a commit is written in full"),
        (
            "known = [\"builder_*\"",
            "known = [\"bilder_go\"",
            "\"bilder_go\" is no known builder; did you mean \"builder_go\"?",
        ),
        ("level = 3\n\n", "level = 3\nid = \"x\"\n\n", "a known builder brings its own id"),
        ("san = \"={builder.id}\" }", "}", "who signs has either san or san_regex, or a key"),
        (
            "runner = \"github-hosted\"",
            "runner = \"github-hostd\"",
            "\"github-hostd\" is no kind of machine; did you mean",
        ),
        ("tlog = true, sct = true", "tlog = false", "only what a key signed may be without a log entry"),
        ("sct = true", "sct = false", "sct can only be asked for"),
        (
            "{ key = \"release\" }\nlevel",
            "{ key = \"relase\" }\nlevel",
            "there is no [roots.keys.relase]; did you mean \"release\"?",
        ),
        ("{ key = \"release\" }\nlevel", "{ key = \"release\", issuer = \"x\" }\nlevel", "a key has no identity"),
        ("file = \"release.pub\"", "file = \"other.pub\"", "other.pub is not there"),
        ("instance = \"public-good\"", "instance = \"a\"\ntrusted_root = \"b\"", "either instance or trusted_root"),
        ("\"file:nightly.tar.gz\"", "\"nightly.tar.gz\"", "has none of the prefixes"),
        ("\"sbom\"", "\"sbomb\"", "\"sbomb\" is no type of statement"),
        ("\"7d\"", "\"a week\"", "\"a week\" is no time"),
        ("glob = \"app-*\"", "glop = \"app-*\"", "did you mean \"glob\"?"),
        ("\"jobs\" = { equal = 2 }", "\"jobs\" = [1]", "a parameter is a text"),
        ("default = \"warn\"", "default = \"war\"", "\"war\" is not known; did you mean \"warn\"?"),
        ("npm = \"provenance\"", "npm = \"signature\"", "\"signature\" cannot be required"),
        ("match = [\"pkg:npm/%40acme/*\"]", "match = [\"file:a\"]", "is no package"),
        ("max_days = 90", "max_days = 0", "max_days has to be a number of days"),
        ("[exceptions]", "[exeptions]", "\"exeptions\" is not a key; did you mean \"exceptions\"?"),
        ("threshold = 2", "threshold = 0", "expect.threshold has to be a number from 1 to 16"),
    ] {
        let text = full.replacen(from, to, 1);
        assert_ne!(text, full, "{from}");
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{from} → {to}: {error}");
        assert!(error.strip_prefix("p:").is_some_and(|rest| !rest.starts_with("1:")), "{error}");
    }
}

#[test]
fn nobody_is_trusted_without_being_named() {
    let expect = "[[expect]]\nmatch = \"file:a\"\nsource = \"github.com/a/a\"\nmin_build_level = 1\n";
    let builder = "[[builder]]\nknown = \"npm\"\n";
    let root = "[roots.a]\ninstance = \"public-good\"\n";
    for (text, bad) in [
        (String::new(), false),
        (expect.to_owned(), true),
        (format!("{root}{expect}"), true),
        (format!("{builder}{expect}"), true),
        (format!("{root}{builder}{expect}"), false),
    ] {
        assert_eq!(parse(&format!("version = 1\n{text}")).is_err(), bad, "{text}");
    }
}

/// Without the feature, a policy with rules in Rego is refused, with the feature's name.
#[test]
fn rego_is_read_or_refused() {
    let read =
        parse(&testdata("rego.toml")).map(|policy| policy.gate_rules().count()).map_err(|error| error.to_string());
    if cfg!(feature = "rego") {
        assert_eq!(read, Ok(1));
    } else {
        assert!(read.as_ref().is_err_and(|error| error.contains("the feature `rego`")), "{read:?}");
    }
}

/// The schema and the reference are written by hand: neither may lack a key, nor have one that is not read.
#[test]
fn the_schema_and_the_reference_have_every_key() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name: &str| std::fs::read_to_string(workspace.join(name)).unwrap();
    let reference = read("docs/reference/policy.md");
    let keys_of = |table: &serde_json::Value| -> std::collections::BTreeSet<String> {
        table["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let compare = |table: &serde_json::Value, name: &str, keys: &[&str]| {
        let expected = keys.iter().map(|key| (*key).to_owned()).collect();
        assert_eq!(keys_of(table), expected, "{name}");
        assert!(name.is_empty() || reference.contains(&format!("[{name}]")), "{name} is not in the reference");
        for key in keys {
            assert!(reference.contains(&format!("| `{key}`")), "{key} of {name} is not in the reference");
        }
    };
    let schema: serde_json::Value = serde_json::from_str(&read("schemas/policy.schema.json")).unwrap();
    for (name, keys) in &policy_keys() {
        compare(if name.is_empty() { &schema } else { &schema["$defs"][name] }, name, keys);
    }
    assert_eq!(schema["$defs"].as_object().unwrap().len() + 1, policy_keys().len());
    let schema: serde_json::Value = serde_json::from_str(&read("schemas/exceptions.schema.json")).unwrap();
    compare(&schema["properties"]["exception"]["items"], "exception", crate::EXCEPTION_KEYS);
}

/// Every key is in the policy that is read above, so that a key which is only listed would be found out.
#[test]
fn the_full_policy_has_every_key() {
    let text = testdata("full.toml") + &testdata("rego.toml");
    for (table, keys) in &policy_keys() {
        for key in keys {
            let written = [
                format!("\n{key} = "),
                format!(" {key} = "),
                format!("[[{key}]]"),
                format!("[{key}]"),
                format!("[{key}."),
                format!("[{table}.{key}]"),
                format!("[[{table}.{key}]]"),
            ];
            assert!(written.iter().any(|written| text.contains(written)), "{key} of {table}");
        }
    }
}

/// Whatever is cut off or left out: it is read or refused with a line, and never more than that.
#[test]
fn pieces_of_a_policy_are_read_or_refused() {
    for name in ["full.toml", "exceptions.toml"] {
        let text = testdata(name);
        let lines: Vec<&str> = text.lines().collect();
        let cut = text.char_indices().step_by(7).map(|(end, _)| text[..end].to_owned());
        let without = (0..lines.len()).map(|out| {
            let rest = lines.iter().enumerate().filter(|(at, _)| *at != out).map(|(_, line)| *line);
            rest.collect::<Vec<_>>().join("\n")
        });
        for text in cut.chain(without) {
            let faults = [parse(&text).err(), crate::Exceptions::parse("e", &text).err()];
            for fault in faults.into_iter().flatten() {
                assert!(!matches!(fault, PolicyError::Invalid { line: 0, .. }), "{fault}");
            }
        }
    }
}
