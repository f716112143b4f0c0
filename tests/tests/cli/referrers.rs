//! `plimsoll referrers` and `plimsoll copy`, between layouts: the rest is tested with registries.

use std::fs;

use plimsoll_tests::{Layout, Outcome, TemporaryDirectory, plimsoll};

fn run(arguments: &[&str]) -> Outcome {
    Outcome::from(plimsoll(arguments).output().unwrap())
}

/// A layout with an index of one image that has an SBOM; the place, and the digests of index, image and SBOM.
fn stocked() -> (TemporaryDirectory, String, [String; 3]) {
    let mut layout = Layout::default();
    let image = layout.image("amd64", &[&[("etc/os-release", b"ID=debian\n")]]);
    let index = layout.index(&[("amd64", &image)]);
    let sbom = layout.referrer(&image, "application/vnd.cyclonedx+json", b"{}");
    let directory = TemporaryDirectory::new();
    layout.write_listing(directory.path(), &[&index, &sbom]);
    let place = format!("oci-layout:{}", directory.path().display());
    (directory, place, [index, image, sbom])
}

#[test]
fn a_tree_is_drawn() {
    let (_directory, place, [index, image, sbom]) = stocked();
    let outcome = run(&["referrers", &place]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", outcome.stdout);
    assert!(lines[0].starts_with(&format!("{index}  ")), "{}", outcome.stdout);
    assert!(lines[1].starts_with(&format!("└─ linux/amd64  {image}  ")), "{}", outcome.stdout);
    let expected = format!("   └─ application/vnd.cyclonedx+json  {sbom}  ");
    assert!(lines[2].starts_with(&expected) && lines[2].ends_with("slsa.dev/provenance/v1"), "{}", outcome.stdout);
    let none = run(&["referrers", &place, "--type", "a/b"]);
    assert_eq!((none.status, none.stdout.lines().count()), (Some(0), 2));
    assert!(none.stderr.contains("nothing refers to it"), "{}", none.stderr);
    assert_eq!(run(&["referrers", &place, "--max-referrers", "0"]).status, Some(3));
}

#[test]
fn a_copy_prints_its_digest() {
    let (_directory, place, [index, ..]) = stocked();
    let target = TemporaryDirectory::new();
    let to = format!("oci-layout:{}", target.path().display());
    let copied = run(&["--offline", "copy", &place, &format!("{to}:1")]);
    assert_eq!((copied.status, copied.stdout.as_str()), (Some(0), format!("{index}\n").as_str()), "{}", copied.stderr);
    assert!(copied.stderr.contains("manifests: 2, and 1 that refer to them"), "{}", copied.stderr);
    let bare = TemporaryDirectory::new();
    let without =
        run(&["copy", &format!("{to}:1"), &format!("oci-layout:{}", bare.path().display()), "--no-referrers"]);
    assert!(without.stderr.contains("manifests: 2, and 0"), "{}", without.stderr);
    // Names and digests that are not there, and what is no layout.
    for source in [format!("{to}:2"), format!("{to}@sha256:{}", "0".repeat(64)), "oci-layout:/nowhere".to_owned()] {
        let outcome = run(&["copy", &source, &format!("{to}:3")]);
        assert_eq!(outcome.status, Some(3), "{source}: {}", outcome.stderr);
        assert!(outcome.stdout.is_empty());
    }
}

#[test]
fn what_is_hostile_in_a_layout_is_printed_harmlessly() {
    let mut layout = Layout::default();
    let image = layout.image("amd64", &[&[("etc/os-release", b"ID=debian\n")]]);
    let evil = layout.referrer(&image, "a/b\\u001b[2J\\u202e", b"{}");
    let directory = TemporaryDirectory::new();
    layout.write_listing(directory.path(), &[&image, &evil]);
    let place = format!("oci-layout:{}", directory.path().display());
    for format in ["text", "json"] {
        let outcome = run(&["referrers", &place, "--format", format]);
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        assert!(!outcome.stdout.contains(['\u{1b}', '\u{202e}']), "{format}: {:?}", outcome.stdout);
    }
}

#[test]
fn wrong_words_are_usage_errors() {
    let (directory, place, _) = stocked();
    let registry = "registry:127.0.0.1:1/app";
    for arguments in [
        vec!["referrers", "dir:x"],
        vec!["referrers", "registry:ghcr.io/A"],
        vec!["referrers", "--offline", registry],
        vec!["copy", &place],
        vec!["copy", &place, "docker:x"],
        vec!["copy", &place, "oci-layout:x@sha256:../../x"],
        vec!["copy", "--offline", &place, registry],
        vec!["copy", "--offline", registry, &place],
    ] {
        let outcome = run(&arguments);
        assert_eq!(outcome.status, Some(2), "{arguments:?}: {}", outcome.stderr);
    }
    let unreachable = run(&["copy", &place, registry, "--retries", "0"]);
    assert_eq!(unreachable.status, Some(3), "{}", unreachable.stderr);
    assert!(fs::exists(directory.path().join("index.json")).unwrap());
}
