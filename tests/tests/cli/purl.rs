//! `plimsoll purl`.

use std::io::Write as _;
use std::process::Stdio;

use insta::assert_snapshot;
use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll};
use serde_json::Value;

use crate::run::run_in;

fn run(arguments: &[&str]) -> Outcome {
    run_in(&TemporaryDirectory::new(), ["purl"].iter().chain(arguments))
}

fn normalise(input: &[u8]) -> Outcome {
    let mut child = plimsoll(["purl", "normalise"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Outcome::from(child.wait_with_output().unwrap())
}

#[test]
fn parse() {
    let outcome = run(&["parse", "pkg:NPM/@a/b@1?x=%0Ay#c/./d", "pkg:cargo/serde"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    assert_snapshot!(outcome.stdout, @r"
    pkg:npm/%40a/b@1?x=%0Ay#c/d
      type       npm
      namespace  @a
      name       b
      version    1
      qualifier  x=\u{a}y
      subpath    c/d

    pkg:cargo/serde
      type       cargo
      name       serde
    ");
}

#[test]
fn parse_holds_to_the_standard_and_goes_on() {
    let outcome = run(&["parse", "pkg:gem/a?Platform=java", "pkg:cargo/serde", "pkg:deb/\u{1b}curl"]);
    assert_eq!(outcome.status, Some(1));
    assert_eq!(outcome.stdout.lines().next(), Some("pkg:cargo/serde"));
    assert_snapshot!(outcome.stderr, @r#"
    error: pkg:gem/a?Platform=java: package URL qualifier "Platform" is not in lower case
    error: pkg:deb/\u{1b}curl: package URL type "deb" requires a namespace
    "#);
    let json = run(&["parse", "--format", "json", "pkg:npm/a@1", "pkg:npm"]);
    assert_eq!((json.status, json.stderr.as_str()), (Some(1), ""));
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["purls"][0]["parts"]["version"], "1");
    assert_eq!(json["purls"][1]["valid"], false);
    assert_eq!(run(&["parse"]).status, Some(2));
}

#[test]
fn explain() {
    let outcome = run(&["explain", "pkg:PyPI/Django_thing@1.0?Arch=&x=a/b"]);
    assert_eq!(outcome.status, Some(1));
    assert_snapshot!(outcome.stdout, @r#"
    pkg:PyPI/Django_thing@1.0?Arch=&x=a/b
                              ^^^^^ package URL qualifier "Arch" is not in lower case
    normalises to: pkg:pypi/django-thing@1.0?x=a%2Fb

      type       PyPI -> pypi (put in lower case, as all types are)
      name       Django_thing -> django-thing (spelled as the type says)
      version    1.0
      qualifier  Arch= (left out, as it is empty)
      qualifier  x=a/b (value written a%2Fb in canonical form)

    pypi: Python packages; namespace prohibited
    Of the rules of PEP 503 only _ to - is applied, as purl-spec says: a dot stays, though PyPI takes it for the same.
    repository: https://pypi.org
    page: https://pypi.org/project/django-thing/
    "#);
    let canonical = run(&["explain", "pkg:cargo/itoa@1.0.14"]);
    assert_eq!(canonical.status, Some(0));
    assert!(canonical.stdout.contains("is in canonical form"), "{}", canonical.stdout);
    assert!(canonical.stdout.contains("download: https://static.crates.io/crates/itoa/itoa-1.0.14.crate"));
}

#[test]
fn explain_points_past_what_it_escapes() {
    let outcome = run(&["explain", "pkg:npm/\u{1b}[31m@1?=x"]);
    assert_snapshot!(outcome.stdout.lines().take(2).collect::<Vec<_>>().join("\n"), @r#"
    pkg:npm/\u{1b}[31m@1?=x
                         ^^ package URL qualifier "" is not valid
    "#);
}

#[test]
fn normalise_lines_of_standard_input() {
    let outcome = normalise(b"pkg:NPM/x@1\r\n\n  pkg:deb/curl\npkg:npm\n\xff\npkg:gem/a?Platform=java");
    assert_eq!(outcome.status, Some(1));
    assert_snapshot!(outcome.stdout, @r"
    pkg:npm/x@1
    pkg:deb/curl
    pkg:gem/a?platform=java
    ");
    assert_snapshot!(outcome.stderr, @r#"
    error: line 4: pkg:npm: package URL type "npm" is not valid
    error: line 5: not UTF-8
    "#);
    let mut long = b"pkg:npm/".to_vec();
    long.resize(200_000, b'a');
    long.extend_from_slice(b"\npkg:npm/b\n");
    let outcome = normalise(&long);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(1), "pkg:npm/b\n"));
    assert_eq!(outcome.stderr, "error: line 1: longer than 65536 bytes\n");
}

#[test]
fn normalise_arguments() {
    let outcome = run(&["normalize", "pkg:npm/@a/b", "pkg:pypi/A_b"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "pkg:npm/%40a/b\npkg:pypi/a-b\n"));
    let outcome = run(&["normalise", "nothing"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(1), ""));
}

#[test]
fn build() {
    let parts = ["--type", "Maven", "--namespace", "org.a", "--name", "b", "--version", "1+2"];
    let outcome = run(&[&["build"], &parts[..], &["--qualifier", "type=war", "--qualifier=x=y=z"]].concat());
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "pkg:maven/org.a/b@1%2B2?type=war&x=y%3Dz\n"));
    let outcome = run(&["build", "--type", "julia", "--name", "b"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(1), ""));
    assert_eq!(outcome.stderr, "error: package URL lacks the qualifier \"uuid\"\n");
    assert_eq!(run(&["build", "--type", "npm"]).status, Some(2));
    assert_eq!(run(&["build", "--type", "npm", "--name", "a", "--qualifier", "x"]).status, Some(2));
}

#[test]
fn types_agree_in_every_format() {
    let json: Value = serde_json::from_str(&run(&["types", "--format", "json"]).stdout).unwrap();
    let types = json["types"].as_array().unwrap();
    assert_eq!(types.iter().filter(|held| held["registered"] == true).count(), 42);
    let (text, markdown) = (run(&["types"]).stdout, run(&["types", "--format", "markdown"]).stdout);
    assert_eq!(text.lines().filter(|line| !line.starts_with(' ')).count(), types.len());
    assert_eq!(markdown.lines().count(), types.len() + 2);
}

#[test]
fn ranges() {
    let directory = TemporaryDirectory::new();
    for (arguments, status, stdout) in [
        (&["parse", "vers:npm/>=1.0.0|<2.0.0"][..], 0, "vers:npm/>=1.0.0|<2.0.0\n"),
        (&["parse", "vers:npm/<2.0.0|>=1.0.0"], 1, ""),
        (&["parse", "--lenient", "vers:npm/<2.0.0| >=1.0.0"], 0, "vers:npm/>=1.0.0|<2.0.0\n"),
        (&["contains", "vers:npm/>=1.0.0|<2.0.0", "1.5.0"], 0, "1.5.0 is in\n"),
        (&["contains", "vers:npm/>=1.0.0|<2.0.0", "1.5.0", "2.0.0"], 1, "1.5.0 is in\n2.0.0 is not in\n"),
        (&["contains", "vers:pypi", "1"], 2, ""),
        (&["native", "npm", "^1.2"], 0, "vers:npm/>=1.2.0|<2.0.0-0\n"),
        (&["native", "npm", "^^"], 1, ""),
        (&["native", "oci", "1"], 2, ""),
    ] {
        let outcome = run_in(&directory, [&["purl", "range"], arguments].concat());
        assert_eq!(
            (outcome.status, outcome.stdout.as_str()),
            (Some(status), stdout),
            "{arguments:?}: {}",
            outcome.stderr
        );
    }
    let arguments = ["purl", "range", "contains", "vers:npm/1.0.0", "x", "--format", "json"];
    let report: Value = serde_json::from_str(&run_in(&directory, arguments).stdout).unwrap();
    let asked = &report["ranges"][0]["versions"][0];
    assert_eq!((&asked["contained"], &asked["follows"]), (&false.into(), &false.into()));
}
