//! `plimsoll provenance show`: what provenance tells, and that nobody vouches for it.

use std::fs;

use plimsoll_tests::{Layout, Outcome, TemporaryDirectory, plimsoll, workspace};

fn run(arguments: &[&str]) -> Outcome {
    Outcome::from(plimsoll([&["--offline", "provenance", "show"], arguments].concat()).output().unwrap())
}

fn example(name: &str) -> String {
    workspace().join("testdata/provenance/views").join(name).display().to_string()
}

#[test]
fn a_bare_statement_is_unsigned() {
    let outcome = run(&[&example("gitlab/statement.json")]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    for line in [
        ": UNSIGNED: proves nothing",
        "  known as    gitlab",
        "  source      https://gitlab.com/acme/tools/app",
        "  ref         refs/tags/v1.4.0",
        "  workflow    .gitlab-ci.yml",
        "  run         412",
        "  input       RELEASE_CHANNEL=stable",
    ] {
        assert!(outcome.stdout.contains(line), "{line}: {}", outcome.stdout);
    }
    let unknown = run(&[&example("unknown/statement.json")]);
    assert!(unknown.stdout.contains("recipe=app  (has to be expected)"), "{}", unknown.stdout);
    // What is broken is told, and is no success.
    let broken = run(&[&example("gitlab/broken.json")]);
    assert_eq!(broken.status, Some(1), "{}", broken.stderr);
    assert!(broken.stdout.contains("cannot be read: it is of commit"), "{}", broken.stdout);
    assert_eq!(run(&["/nowhere"]).status, Some(3));
}

#[test]
fn evidence_is_unverified() {
    let directory = TemporaryDirectory::new();
    let statement = fs::read(workspace().join("testdata/provenance/views/witness/statement.json")).unwrap();
    let payload = data_encoding::BASE64.encode(&statement);
    let envelope = format!(
        r#"{{"payloadType":"application/vnd.in-toto+json","payload":"{payload}","signatures":[{{"sig":"AAAA"}}]}}"#
    );
    let path = directory.write("a.intoto.jsonl", format!("{envelope}\njunk\n"));
    let outcome = run(&[&path.display().to_string()]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains(":1: UNVERIFIED\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("command=make release VERSION=1.4.0  (has to be expected)"), "{}", outcome.stdout);
}

/// BuildKit signs nothing, and often names no builder.
#[test]
fn what_buildkit_puts_beside_an_image_proves_nothing() {
    let mut layout = Layout::default();
    let image = layout.image("amd64", &[&[("etc/os-release", b"ID=debian\n")]]);
    let statement = fs::read(workspace().join("testdata/provenance/views/buildkit-local/broken.json")).unwrap();
    let index = layout.buildkit("amd64", &image, &[&statement, b"{}"]);
    let directory = TemporaryDirectory::new();
    layout.write(directory.path(), &index);
    let outcome = run(&[&format!("oci-layout:{}", directory.path().display())]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    for line in [
        " layer 1: UNSIGNED: proves nothing",
        &format!("  image       {image} linux/amd64"),
        "  builder     not stated",
        "  source      not stated",
        " layer 2: UNSIGNED: proves nothing\n  cannot be read",
    ] {
        assert!(outcome.stdout.contains(line), "{line}: {}", outcome.stdout);
    }
}
