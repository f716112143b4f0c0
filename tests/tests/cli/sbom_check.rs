//! `plimsoll sbom check`: true, stale, padded and trimmed documents of three images are told apart.

use insta::assert_snapshot;
use plimsoll_tests::{Outcome, TemporaryDirectory, docker_archive};
use serde_json::{Value, json};

use crate::run::{project, run_in};

/// An image, and a package of it that each variant of its document is about: purl, an older one, one that is not there.
struct Case {
    archive: Vec<u8>,
    there: &'static str,
    older: &'static str,
    absent: &'static str,
}

fn cases() -> [Case; 3] {
    let debian = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2\n\n\
        Package: util-linux\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2.38.1-5\n";
    let alpine = "P:musl\nV:1.2.5-r0\nA:x86_64\n\nP:busybox\nV:1.36.1-r29\nA:x86_64\n\n";
    let lock = r#"{"name":"web","version":"1.0.0","lockfileVersion":3,"packages":{
        "":{"name":"web","version":"1.0.0","dependencies":{"left-pad":"^1.3.0"}},
        "node_modules/left-pad":{"version":"1.3.0","integrity":"sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA=="}}}"#;
    let flask = "Metadata-Version: 2.1\nName: flask\nVersion: 3.0.3\n";
    let release = |id: &str, version: &str| format!("ID={id}\nVERSION_ID={version}\n");
    let (debian_release, alpine_release) = (release("debian", "12"), release("alpine", "3.20.1"));
    [
        Case {
            archive: docker_archive(
                "acme/debian:1",
                &[&[("etc/os-release", &debian_release), ("var/lib/dpkg/status", debian)], &[("etc/motd", "hello\n")]],
            ),
            there: "pkg:deb/debian/util-linux@1:2.38.1-5",
            older: "pkg:deb/debian/util-linux@1:2.36.0-1",
            absent: "pkg:deb/debian/curl@7.88.1-10",
        },
        Case {
            archive: docker_archive(
                "acme/alpine:1",
                &[&[("etc/os-release", &alpine_release), ("lib/apk/db/installed", alpine)]],
            ),
            there: "pkg:apk/alpine/busybox@1.36.1-r29",
            older: "pkg:apk/alpine/busybox@1.36.1-r2",
            absent: "pkg:apk/alpine/openssl@3.3.1-r0",
        },
        Case {
            archive: docker_archive(
                "acme/web:1",
                &[&[
                    ("app/package-lock.json", lock),
                    ("usr/lib/python3/dist-packages/flask-3.0.3.dist-info/METADATA", flask),
                ]],
            ),
            there: "pkg:npm/left-pad@1.3.0",
            older: "pkg:npm/left-pad@1.2.0",
            absent: "pkg:npm/event-stream@3.3.6",
        },
    ]
}

fn check(directory: &TemporaryDirectory, document: &Value, arguments: &[&str]) -> (Outcome, Value) {
    directory.write("sbom.json", document.to_string());
    let command = ["sbom", "check", "sbom.json", "--against", "docker-archive:image.tar", "--format", "json"];
    let outcome = run_in(directory, [&command, arguments].concat());
    let report = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.stderr));
    (outcome, report)
}

fn own(directory: &TemporaryDirectory) -> Value {
    let outcome = run_in(directory, ["scan", "docker-archive:image.tar", "-o", "cyclonedx-json"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn place(document: &Value, purl: &str) -> usize {
    let components = document["components"].as_array().unwrap();
    components.iter().position(|one| one["purl"].as_str().is_some_and(|held| held.starts_with(purl))).unwrap()
}

/// The only row that is not confirmed, as `result name`, and the judgements.
fn verdict(report: &Value) -> (Vec<String>, Vec<&str>) {
    let name = |row: &Value| ["claimed", "found"].iter().find_map(|side| row[side]["name"].as_str().map(str::to_owned));
    let rows = report["rows"].as_array().unwrap().iter();
    let rows = rows.map(|row| format!("{} {}", row["result"].as_str().unwrap(), name(row).unwrap()));
    (rows.collect(), report["judgements"].as_array().unwrap().iter().filter_map(Value::as_str).collect())
}

#[test]
fn each_lie_is_named() {
    for case in cases() {
        let directory = TemporaryDirectory::new();
        directory.write("image.tar", &case.archive);
        let truth = own(&directory);
        let (outcome, report) = check(&directory, &truth, &["--fail-on", "any"]);
        assert_eq!(outcome.status, Some(0), "{}", outcome.stdout);
        assert_eq!(verdict(&report), (vec![], vec!["true"]));
        assert_eq!(report["binding"]["result"], "bound");
        assert_eq!(report["coverage"]["confirmedOfClaimed"], "100.0");
        let at = place(&truth, case.there);
        let full = truth["components"][at]["purl"].as_str().unwrap().to_owned();

        let mut stale = truth.clone();
        let (_, version) = case.older.rsplit_once('@').unwrap();
        stale["components"][at]["purl"] = case.older.into();
        stale["components"][at]["version"] = version.into();
        let (outcome, report) = check(&directory, &stale, &["--fail-on", "other-version"]);
        assert_eq!(outcome.status, Some(1));
        assert_eq!(verdict(&report), (vec![format!("other-version {}", case.older)], vec!["stale"]));
        assert_eq!(report["rows"][0]["detail"], "the source is newer");
        assert_eq!(report["rows"][0]["found"]["name"], full);

        let mut padded = truth.clone();
        let more = json!({ "type": "library", "name": "more", "purl": case.absent });
        padded["components"].as_array_mut().unwrap().push(more);
        let (outcome, report) = check(&directory, &padded, &["--fail-on", "claimed-only"]);
        assert_eq!(outcome.status, Some(1));
        assert_eq!(verdict(&report), (vec![format!("claimed-only {}", case.absent)], vec!["padded"]));

        let mut trimmed = truth.clone();
        trimmed["components"].as_array_mut().unwrap().remove(at);
        let (outcome, report) = check(&directory, &trimmed, &["--fail-on", "found-only"]);
        assert_eq!(outcome.status, Some(1));
        assert_eq!(verdict(&report), (vec![format!("found-only {full}")], vec!["trimmed"]));
        // Who says that more is missing, tells no lie.
        trimmed["compositions"] = json!([{ "aggregate": "incomplete" }]);
        let (outcome, report) = check(&directory, &trimmed, &["--fail-on", "any"]);
        assert_eq!((outcome.status, verdict(&report).1), (Some(0), vec!["true"]));
    }
}

#[test]
fn the_document_of_another_image() {
    let [debian, alpine, web] = cases();
    let directory = TemporaryDirectory::new();
    directory.write("image.tar", &alpine.archive);
    let other = own(&directory);
    directory.write("image.tar", &debian.archive);
    let (outcome, report) = check(&directory, &other, &["--fail-on", "unbound"]);
    assert_eq!(outcome.status, Some(1));
    assert_eq!(report["binding"]["result"], "contradicted");
    assert_eq!(verdict(&report).1, ["false-bound", "padded", "trimmed"]);
    // The same version with another digest.
    directory.write("image.tar", &web.archive);
    let mut altered = own(&directory);
    let at = place(&altered, web.there);
    altered["components"][at]["hashes"] = json!([{ "alg": "SHA-512", "content": "0".repeat(128) }]);
    let (outcome, report) = check(&directory, &altered, &["--fail-on", "other-hash"]);
    assert_eq!((outcome.status, verdict(&report).1), (Some(1), vec!["altered"]));
}

#[test]
fn text_and_statuses() {
    let directory = project();
    directory.write("web/package-lock.json", "{ broken");
    let document = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
        {"type": "library", "name": "flask", "version": "3.0.2", "purl": "pkg:pypi/Flask@3.0.2"},
        {"type": "library", "name": "itoa", "version": "1.0.14", "purl": "pkg:cargo/itoa@1.0.14"},
        {"type": "library", "name": "react", "version": "18.0.0", "purl": "pkg:npm/react@18.0.0"},
        {"type": "library", "name": "evil\u001b[2J", "version": "1", "purl": "pkg:gem/evil@1"}]}"#;
    directory.write("a.json", document);
    let base = ["sbom", "check", "a.json", "--against", "dir:."];
    let outcome = run_in(&directory, base);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert_snapshot!(outcome.stdout, @r"
    a.json: stale, padded, trimmed
    unbound: nothing in the document ties it to this artifact
    1 of 4 claimed components are there as claimed (25.0 %)
    1 of 4 found components are listed (25.0 %)
    other-version (1)
      ! pkg:pypi/Flask@3.0.2 is 3.0.3 there: the source is newer
    claimed-only (2)
      ! pkg:gem/evil@1: unexplained
        pkg:npm/react@18.0.0: unread: PLM-E0103 web/package-lock.json: key must be a string
    found-only (2)
        app 0.1.0: no-purl
      ! pkg:pypi/gunicorn: unexplained
    could not be read (1)
      PLM-E0103 web/package-lock.json: key must be a string
    ");
    for (more, status) in [
        (&["--strict"][..], 4),
        (&["--fail-on", "other-hash,unbound"], 1),
        (&["--fail-on", "other-hash"], 0),
        (&["--fail-on", "everything"], 2),
        (&["--exclude", "a[b"], 2),
    ] {
        assert_eq!(run_in(&directory, [&base, more].concat()).status, Some(status), "{more:?}");
    }
    assert_eq!(run_in(&directory, ["sbom", "check", "a.json", "--against", "dir:none"]).status, Some(3));
    assert_eq!(run_in(&directory, ["sbom", "check", "none.json", "--against", "dir:."]).status, Some(3));
    assert_eq!(run_in(&directory, ["sbom", "check", "a.json"]).status, Some(2));
    let csv = run_in(&directory, [&base[..], &["--format", "csv", "--all"]].concat()).stdout;
    assert!(csv.contains("confirmed,pkg:cargo/itoa@1.0.14,1.0.14,pkg:cargo/itoa@1.0.14,1.0.14,,"), "{csv}");
    let markdown = run_in(&directory, [&base[..], &["--format", "markdown"]].concat()).stdout;
    assert!(markdown.contains("| other-version | pkg:pypi/Flask@3.0.2 |"), "{markdown}");
    let sarif: Value =
        serde_json::from_str(&run_in(&directory, [&base[..], &["--format", "sarif"]].concat()).stdout).unwrap();
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["fullName"], "plimsoll sbom check");
}
