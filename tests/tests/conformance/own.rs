//! Our own JSON against our own schemas: real output of every command that writes some.

use std::collections::BTreeSet;
use std::fs;

use plimsoll_tests::{AnswerServer, Layout, Outcome, PrivateSigstore, TemporaryDirectory, plimsoll, sha256, workspace};
use serde_json::Value;

use crate::schemas::{errors, official, own};

fn check(schema: &str, text: &str) {
    let value: Value = serde_json::from_str(text).unwrap();
    let errors = errors(own(schema), &value);
    assert!(errors.is_empty(), "{schema}: {}\n{text}", errors.join("\n"));
}

fn stdout(arguments: &[&str]) -> String {
    let outcome = Outcome::from(plimsoll(arguments).output().unwrap());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    outcome.stdout
}

#[test]
fn formats_and_explain() {
    check("plimsoll.formats.1", &stdout(&["formats", "--format", "json"]));
    let index = TemporaryDirectory::new();
    let (table, place) = (workspace().join("testdata/jar-index/known.tsv"), index.path().join("jars.idx"));
    let (table, place) = (table.display().to_string(), place.display().to_string());
    check("plimsoll.index.jars.1", &stdout(&["index", "jars", "--table", &table, "-o", &place, "--format", "json"]));
    check("plimsoll.explain.1", &stdout(&["explain", "--format", "json"]));
    check("plimsoll.explain.1", &stdout(&["explain", "plm-e0103", "--format", "json"]));
}

#[test]
fn advisories() {
    let directory = TemporaryDirectory::new();
    directory.write("kev.json", r#"{"catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-2022-1292"}]}"#);
    directory.write("epss.csv", "cve,epss,percentile\nCVE-2022-1292,0.5,0.9\n");
    let records = fs::read_to_string(workspace().join("testdata/advisory/records.jsonl")).unwrap();
    for (number, record) in records.lines().enumerate() {
        directory.write(format!("records/{number}.json"), record);
    }
    let at = |name: &str| directory.path().join(name).display().to_string();
    let store = at("advisories.db");
    let with = |arguments: &[&str]| {
        stdout(&[&["advisories"], arguments, &["--advisories", &store, "--format", "json"]].concat())
    };
    check("plimsoll.advisories.import.1", &with(&["import", &at("records"), &at("kev.json"), &at("epss.csv")]));
    check("plimsoll.advisories.import.1", &with(&["add", &at("records/0.json")]));
    check("plimsoll.advisories.status.1", &with(&["status"]));
    for id in ["GHSA-pjwm-rvh2-c87w", "CVE-2022-1292", "GO-2022-0969"] {
        check("plimsoll.advisories.show.1", &with(&["show", id]));
    }
}

#[test]
fn dev_stack() {
    let directory = TemporaryDirectory::new();
    let path = directory.path().join("new").display().to_string();
    for more in [&[][..], &["--repository", "a/b"]] {
        // Standard input is empty, so it ends at once.
        let text = stdout(&[&["dev-stack", "--dir", &path, "--format", "json"][..], more].concat());
        check("plimsoll.dev-stack.1", &text);
        let files = serde_json::from_str::<Value>(&text).unwrap()["files"].take();
        let content = |name: &str| fs::read_to_string(files[name].as_str().unwrap()).unwrap();
        for secret in ["token", "actionsToken"] {
            assert!(!content(secret).is_empty() && !text.contains(&content(secret)));
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = fs::metadata(files[secret].as_str().unwrap()).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600);
            }
        }
        let config: Value = serde_json::from_str(&content("trustConfig")).unwrap();
        assert_eq!(config["trustedRoot"], serde_json::from_str::<Value>(&content("trustedRoot")).unwrap());
    }
    let outcome = Outcome::from(plimsoll(["dev-stack", "--dir", &path, "--fault", "none"]).output().unwrap());
    assert!(outcome.status == Some(2) && outcome.stderr.contains("checkpoint-root"), "{}", outcome.stderr);
}

#[test]
fn purl() {
    check("plimsoll.purl.1", &stdout(&["purl", "parse", "pkg:npm/%40a/b@1?x=y#z", "pkg:cargo/a", "--format", "json"]));
    check("plimsoll.purl.1", &stdout(&["purl", "explain", "pkg:Gem/a@1?platform=java", "--format", "json"]));
    check("plimsoll.purl.1", &stdout(&["purl", "types", "--format", "json"]));
    for command in ["parse", "explain"] {
        for text in ["pkg:deb/curl", "pkg:npm", "", "\u{9b}pkg:npm/a?\u{202e}"] {
            let outcome = Outcome::from(plimsoll(["purl", command, text, "--format", "json"]).output().unwrap());
            assert_eq!(outcome.status, Some(1), "{text:?}");
            check("plimsoll.purl.1", &outcome.stdout);
            assert!(outcome.stdout.is_ascii());
        }
    }
}

#[test]
fn vex() {
    let directory = workspace().join("testdata/vex");
    let documents = ["openvex/rocket", "openvex/first-version", "openvex/broken", "csaf/harbour", "csaf/broken"];
    let mut paths: Vec<String> =
        documents.map(|name| directory.join(format!("{name}.json")).display().to_string()).into();
    paths.push(directory.join("cyclonedx/rocket.json").display().to_string());
    let mut arguments = vec!["vex", "show", "--format", "json"];
    arguments.extend(paths.iter().map(String::as_str));
    check("plimsoll.vex.show.1", &stdout(&arguments));
    paths.push(workspace().join("Cargo.toml").display().to_string());
    arguments = vec!["vex", "check", "--format", "json"];
    arguments.extend(paths.iter().map(String::as_str));
    let outcome = Outcome::from(plimsoll(arguments).output().unwrap());
    assert_eq!(outcome.status, Some(1), "{}", outcome.stderr);
    check("plimsoll.vex.check.1", &outcome.stdout);
    // What is written as CycloneDX is valid there.
    let Some((_, validator)) = official().and_then(|all| all.iter().find(|(name, _)| *name == "cyclonedx-json@1.6"))
    else {
        return;
    };
    for name in documents {
        let path = directory.join(format!("{name}.json")).display().to_string();
        let arguments =
            ["vex", "convert", &path, "-o", "cyclonedx", "--accept-loss", "--timestamp", "2026-01-01T00:00:00Z"];
        let value: Value = serde_json::from_str(&stdout(&arguments)).unwrap();
        let errors = errors(validator, &value);
        assert!(errors.is_empty(), "{name}: {}", errors.join("\n"));
    }
}

#[test]
fn copies_and_what_refers() {
    let mut layout = Layout::default();
    let image = layout.image("amd64", &[&[("etc/os-release", b"ID=debian\n")]]);
    let index = layout.index(&[("amd64", &image)]);
    let directories = [TemporaryDirectory::new(), TemporaryDirectory::new()];
    let sbom = layout.referrer(&image, "application/vnd.cyclonedx+json", b"{}");
    layout.write_listing(directories[0].path(), &[&index, &sbom]);
    let [source, target] = directories.each_ref().map(|one| format!("oci-layout:{}", one.path().display()));
    check("plimsoll.copy.1", &stdout(&["copy", &source, &format!("{target}:1"), "--format", "json"]));
    for place in [source, target] {
        let text = stdout(&["referrers", &place, "--format", "json"]);
        check("plimsoll.referrers.1", &text);
        let found: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(found["subject"]["members"][0]["referrers"][0]["artifactType"], "application/vnd.cyclonedx+json");
    }
}

#[test]
fn scan_and_log() {
    let directory = TemporaryDirectory::new();
    directory.write("a/package-lock.json", "{ broken");
    directory.write("b/requirements.txt", "flask==3.0.0\nnot a requirement !!\n");
    let source = format!("dir:{}", directory.path().display());
    let arguments =
        ["scan", &source, "-o", "plimsoll-json", "--log-format", "json", "--verbose", "--author", "J <j@x.example>"];
    let outcome = Outcome::from(plimsoll(arguments).output().unwrap());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    check("plimsoll.scan.1", &outcome.stdout);
    assert!(outcome.stderr.lines().count() >= 2, "{}", outcome.stderr);
    outcome.stderr.lines().for_each(|line| check("plimsoll.log.1", line));
    let failed = Outcome::from(plimsoll(["scan", "dir:/does/not/exist", "--log-format", "json"]).output().unwrap());
    assert_eq!(failed.status, Some(3));
    failed.stderr.lines().for_each(|line| check("plimsoll.log.1", line));
}

#[test]
fn sbom_check_and_show() {
    let directory = TemporaryDirectory::new();
    directory.write("requirements.txt", "flask==3.0.0\ndjango==5.0\n");
    directory.write("package-lock.json", "{ broken");
    let components = r#"{"type": "library", "name": "flask", "version": "2.0.0", "purl": "pkg:pypi/flask@2.0.0"},
        {"type": "library", "name": "x", "version": "1", "purl": "pkg:npm/x@1"},
        {"type": "firmware", "name": "bios"}"#;
    let document = format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{components}]}}"#);
    let document = directory.write("a.cdx.json", document).display().to_string();
    let source = format!("dir:{}", directory.path().display());
    let arguments = ["sbom", "check", &document, "--against", &source, "--format", "json", "--all"];
    check("plimsoll.sbom.check.1", &stdout(&arguments));
    check("plimsoll.sbom.show.1", &stdout(&["sbom", "show", &document, "--format", "json"]));
    check("plimsoll.purl.range.1", &stdout(&["purl", "range", "parse", "vers:npm/>=1.0.0|<2.0.0", "--format", "json"]));
}

#[test]
fn sbom_score() {
    for document in ["cdxgen-1.4.json", "syft-2.3.spdx.json", "yocto-3.0.1.spdx3.json"] {
        let path = workspace().join("testdata/sbom/score").join(document);
        let report = ["sbom", "score", path.to_str().unwrap(), "--profile", "all", "--format", "json"];
        check("plimsoll.sbom.score.1", &stdout(&report));
    }
}

/// Runs `plimsoll sbom` among the documents of `testdata/sbom/harbour`.
fn sbom(arguments: &[&str], status: i32) -> String {
    let mut command = plimsoll(["sbom"]);
    command.args(arguments).current_dir(workspace().join("testdata/sbom/harbour"));
    let outcome = Outcome::from(command.output().unwrap());
    assert_eq!(outcome.status, Some(status), "{arguments:?}: {}", outcome.stderr);
    outcome.stdout
}

#[test]
fn sbom_validate() {
    let valid = ["web-2.4.cdx.json", "web-2.4.cdx.xml", "web-2.4.spdx", "web-2.4.spdx.yaml", "web-2.4.spdx3.json"];
    let broken = ["broken.cdx.json", "broken.cdx.xml", "broken.spdx", "broken.spdx.yaml", "ambiguous.cdx.json"];
    check("plimsoll.sbom.validate.1", &sbom(&[&["validate", "--format", "json"][..], &valid].concat(), 0));
    check("plimsoll.sbom.validate.1", &sbom(&[&["validate", "--format", "json"][..], &broken].concat(), 1));
    let directory = TemporaryDirectory::new();
    let cut = directory.write("cut.cdx.json", "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", ");
    check("plimsoll.sbom.validate.1", &sbom(&["validate", cut.to_str().unwrap(), "--format", "json"], 1));
}

#[test]
fn sbom_convert() {
    let directory = TemporaryDirectory::new();
    let report = directory.path().join("loss.json");
    let result = |name: &str, format: &str| format!("{format}={}", directory.path().join(name).display());
    for (document, format, more, status) in [
        ("web-2.4.cdx.json", "cyclonedx-xml@1.0", &[][..], 4),
        ("provides.cdx.json", "cyclonedx-json@1.5", &["--accept-loss"], 0),
        ("web-2.4.cdx17.json", "spdx-json@3.0.1", &["--carry", "properties", "--accept-loss"], 0),
        ("web-2.4.cdx17.json", "spdx-json", &["--carry", "full"], 0),
    ] {
        let output = result("there", format);
        let arguments = ["convert", document, "-o", &output, "--loss-report", report.to_str().unwrap()];
        sbom(&[&arguments, more].concat(), status);
        check("plimsoll.sbom.convert.1", &fs::read_to_string(&report).unwrap());
    }
    let there = directory.path().join("there");
    let output = result("back", "cyclonedx-json@1.7");
    sbom(&["convert", there.to_str().unwrap(), "-o", &output, "--loss-report", report.to_str().unwrap()], 0);
    check("plimsoll.sbom.convert.1", &fs::read_to_string(&report).unwrap());
}

#[test]
fn sbom_diff() {
    for after in ["web-2.5.cdx.json", "web-2.4.cdx.xml", "web-2.4.spdx", "provides.cdx.json"] {
        check("plimsoll.sbom.diff.1", &sbom(&["diff", "web-2.4.cdx.json", after, "--format", "json"], 0));
    }
}

#[test]
fn merge_redact_and_enrich() {
    let directory = TemporaryDirectory::new();
    let document = |name: &str| workspace().join("testdata/sbom/merge").join(name).display().to_string();
    let (one, two, three) = (document("api.cdx.json"), document("worker.cdx.json"), document("report.spdx"));
    directory.write("salt", "0123456789abcdef");
    let place = |name: &str| directory.path().join(name).display().to_string();
    let (out, report, salt) = (format!("cyclonedx-json={}", place("out")), place("report"), place("salt"));
    let commands: [(&str, i32, Vec<&str>); 4] = [
        ("merge", 0, vec![&one, &two, &three, &one]),
        ("merge", 1, vec![&one, &two, "--on-conflict", "fail"]),
        ("redact", 0, vec![&one, "--component", "*ledger*", "--pseudonyms-salt", &salt]),
        ("enrich", 0, vec![&one, "--from", &two]),
    ];
    for (command, status, arguments) in commands {
        let all = ["sbom", command].into_iter().chain(arguments).chain(["-o", &out, "--report", &report]);
        let outcome = Outcome::from(plimsoll(all).output().unwrap());
        assert_eq!(outcome.status, Some(status), "{}", outcome.stderr);
        check(&format!("plimsoll.sbom.{command}.1"), &fs::read_to_string(&report).unwrap());
    }
}

#[test]
fn bundle_inspect() {
    for name in ["bundle/sound.json", "pep740/untrusted.json", "envelope/sound.intoto.jsonl", "cosign/sound.json"] {
        let path = workspace().join("testdata/verify").join(name).display().to_string();
        check("plimsoll.bundle.inspect.1", &stdout(&["bundle", "inspect", &path, "--format", "json"]));
    }
}

#[test]
fn provenance_generate() {
    let directory = TemporaryDirectory::new();
    let place = |name: &str| directory.path().join(name).display().to_string();
    let recorded =
        |name: &str| workspace().join("testdata/provenance/generate/jenkins").join(name).display().to_string();
    let (artifact, key) = (place("app.tar"), workspace().join("testdata/keys/pkcs8-p256.pem").display().to_string());
    directory.write("app.tar", "what was built");
    let (variables, claims, statement) = (recorded("env.json"), recorded("claims.json"), place("statement.json"));
    let line = ["provenance", "generate", "--subject", &artifact, "--env-file", &variables, "--claims", &claims];
    let more = ["-o", &statement, "--format", "json"];
    check("plimsoll.provenance.generate.1", &stdout(&[&line[..], &more].concat()));
    let sign = ["--sign", "--key", &key, "--no-tlog"];
    check("plimsoll.provenance.generate.1", &stdout(&[&line[..], &more, &sign].concat()));
}

/// Everything that is signed, verified and packed with a key, which needs nobody else.
#[test]
fn signatures() {
    let directory = TemporaryDirectory::new();
    let place = |name: &str| directory.path().join(name).display().to_string();
    let testdata = |name: &str| workspace().join("testdata").join(name).display().to_string();
    let (key, public) = (testdata("keys/pkcs8-p256.pem"), testdata("keys/p256.pub"));
    let (artifact, sbom) = (place("app.tar"), testdata("sbom/harbour/web-2.4.cdx.json"));
    directory.write("app.tar", "what is signed");
    let json = ["--format", "json"];
    let report = |schema: &str, line: &[&str]| check(schema, &stdout(&[line, &json].concat()));
    report("plimsoll.sign.1", &["sign", &artifact, "--key", &key, "--no-tlog"]);
    report("plimsoll.verify.1", &["verify", &artifact, "--key", &public, "--no-tlog"]);
    let bundle = place("sbom.json");
    let attest = ["attest", &artifact, "--sbom", &sbom, "--bundle", &bundle, "--key", &key, "--no-tlog"];
    report("plimsoll.attest.1", &attest);
    report("plimsoll.verify.1", &["verify", &artifact, "--bundle", &bundle, "--key", &public, "--no-tlog"]);
    let refused = ["verify", &artifact, "--bundle", &bundle, "--type", "spdx", "--key", &public, "--no-tlog"];
    let refused = Outcome::from(plimsoll([refused.as_slice(), &json].concat()).output().unwrap());
    assert_eq!(refused.status, Some(1));
    check("plimsoll.verify.1", &refused.stdout);
    let folder = place("folder");
    report(
        "plimsoll.airgap.pack.1",
        &["airgap", "pack", "-o", &folder, "--artifact", &artifact, "--trust", "github", "--key", &key, "--no-tlog"],
    );
    check("plimsoll.airgap.1", &fs::read_to_string(directory.path().join("folder/airgap.json")).unwrap());
    report("plimsoll.airgap.verify.1", &["airgap", "verify", &folder, "--key", &public, "--no-tlog"]);
    let layout = format!("oci-layout:{}", place("layout"));
    report("plimsoll.airgap.import.1", &["airgap", "import", &folder, "--key", &public, "--no-tlog", "--to", &layout]);
    let signed = place("signed.json");
    stdout(&["sbom", "jsf-sign", &sbom, "-o", &signed, "--key", &key]);
    report("plimsoll.sbom.jsf-verify.1", &["sbom", "jsf-verify", &signed, "--key", &public]);
    report("plimsoll.trust.show.1", &["trust", "show"]);
    let about = ["--verifier-id", "https://verifier.example/v1", "--resource-uri", "https://example.com/app.tar"];
    let (vsa, level) = (place("vsa.json"), ["--level", "SLSA_BUILD_LEVEL_2"]);
    let found = ["--policy", "https://example.com/policy", "--result", "passed", "--no-dependencies"];
    let signed = ["--sign", "--bundle", &vsa, "--key", &key, "--no-tlog"];
    let create = [&["vsa", "create", &artifact][..], &about, &level, &found, &signed].concat();
    report("plimsoll.vsa.create.1", &create);
    let trusted = ["--bundle", &vsa, "--bundle", &bundle, "--key", &public, "--no-tlog"];
    report("plimsoll.vsa.verify.1", &[&["vsa", "verify", &artifact][..], &about, &level, &trusted].concat());
    let refused = [&["vsa", "verify", &artifact][..], &about, &["--level", "MINE"], &trusted, &json].concat();
    let refused = Outcome::from(plimsoll(refused).output().unwrap());
    assert_eq!(refused.status, Some(1));
    check("plimsoll.vsa.verify.1", &refused.stdout);
}

/// Every status but one, from a registry on this machine and from what was recorded of it.
#[test]
fn provenance_of_dependencies() {
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    let bundle = sigstore.provenance("acme/gem", "app-1.0.gem", b"gem").unwrap();
    let checksum = r#"{"version":{"checksum":null,"trustpub_data":{"provider":"github","repository":"a/b"}}}"#;
    let answers = [
        ("/api/v1/attestations/app-1.0.json", 200, format!("[{bundle}]")),
        ("/api/v1/attestations/broken-1.0.json", 200, "garbage".to_owned()),
        ("/api/v1/attestations/down-1.0.json", 503, String::new()),
        ("/api/v1/crates/itoa/1.0.14", 200, checksum.to_owned()),
    ];
    let server = AnswerServer::start(answers.map(|(path, status, body)| (path.to_owned(), (status, body))));
    let hash = sha256(b"gem");
    let hashes = format!(r#""hashes": [{{"alg": "SHA-256", "content": "{hash}"}}]"#);
    let component = |purl: &str| format!(r#"{{"type": "library", "name": "x", "purl": "{purl}", {hashes}}}"#);
    let components = ["gem/app@1.0", "gem/broken@1.0", "gem/down@1.0", "cargo/itoa@1.0.14", "golang/a.b/c@v1"]
        .map(|purl| component(&format!("pkg:{purl}")))
        .join(",");
    let sbom = format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{components}]}}"#);
    let sbom = sigstore.write("sbom.json", sbom).display().to_string();
    let (evidence, root) = (sigstore.file("evidence.tar"), sigstore.file("trusted_root.json"));
    let (evidence, root) = (evidence.display().to_string(), root.display().to_string());
    let (gem, cargo) = (format!("gem={}", server.url()), format!("cargo={}", server.url()));
    let asked =
        ["--registry", &gem, "--registry", &cargo, "--retries", "0", "--trusted-root", &root, "--format", "json"];
    let run = |line: &[&str], status| {
        let outcome = Outcome::from(plimsoll(line).output().unwrap());
        assert_eq!(outcome.status, Some(status), "{}", outcome.stderr);
        outcome.stdout
    };
    let fetch = ["provenance", "fetch", &sbom, "-o", &evidence];
    check("plimsoll.provenance.fetch.1", &run(&[&fetch[..], &asked[..]].concat(), 3));
    let directory = sigstore.file("recorded").display().to_string();
    let deps = ["provenance", "deps", &sbom, "--record", &directory];
    let online = run(&[&deps[..], &asked[..]].concat(), 1);
    check("plimsoll.provenance.deps.1", &online);
    check("plimsoll.provenance.evidence.1", &fs::read_to_string(sigstore.file("recorded/index.json")).unwrap());
    for evidence in [&evidence, &directory] {
        let deps = ["provenance", "deps", &sbom, "--offline", "--evidence", evidence];
        let offline = run(&[&deps[..], &asked[6..]].concat(), 1);
        check("plimsoll.provenance.deps.1", &offline);
        let statuses = |text: &str| serde_json::from_str::<Value>(text).unwrap()["counts"]["statuses"].clone();
        assert_eq!(statuses(&offline), statuses(&online));
    }
}

#[test]
fn provenance_that_is_shown() {
    let (directory, place) = buildkit();
    let views = workspace().join("testdata/provenance/views");
    let path = |name: &str| views.join(name).join("statement.json").display().to_string();
    let line = ["provenance", "show", &path("gitlab"), &path("tekton-slsa-tekton"), &path("unknown"), &place];
    let text = stdout(&[&line[..], &["--format", "json"]].concat());
    check("plimsoll.provenance.show.1", &text);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((report["provenance"].as_array().unwrap().len(), &report["verified"]), (5, &Value::Bool(false)));
    drop(directory);
}

/// A layout of an image with what BuildKit puts beside it: one statement that can be read, and one that cannot.
fn buildkit() -> (TemporaryDirectory, String) {
    let mut layout = Layout::default();
    let image = layout.image("amd64", &[&[("etc/os-release", b"ID=debian\n")]]);
    let statement = fs::read(workspace().join("testdata/provenance/views/buildkit-v0.2/statement.json")).unwrap();
    let index = layout.buildkit("amd64", &image, &[&statement, b"{}"]);
    let directory = TemporaryDirectory::new();
    layout.write(directory.path(), &index);
    let place = format!("oci-layout:{}", directory.path().display());
    (directory, place)
}

#[test]
fn provenance_by_policy() {
    let place = |name: &str| workspace().join("testdata/policy").join(name).display().to_string();
    let artifact = place("tour/harbour-2.4.0.tar.gz");
    let excused = ["--exceptions", &place("tour/exceptions.toml"), "--at", "2027-01-01T00:00:00Z"];
    let expired = ["--exceptions", &place("tour/exceptions.toml"), "--at", "2028-01-01T00:00:00Z"];
    let unnamed = ["--as", "file:other"];
    let cases: [(&str, &[&str], i32); 5] = [
        ("tour/policy.toml", &[], 0),
        ("tour/strict.toml", &[], 1),
        ("tour/strict.toml", &excused, 0),
        ("tour/strict.toml", &expired, 1),
        ("full.toml", &unnamed, 1),
    ];
    for (policy, more, status) in cases {
        let policy = place(policy);
        let line = ["provenance", "verify", &artifact, "--policy", &policy, "--format", "json"];
        // The full policy trusts a root that is not there.
        let root = ["--trusted-root", &place("tour/trusted_root.json")];
        let outcome = Outcome::from(plimsoll([&line[..], &root, more].concat()).output().unwrap());
        assert_eq!(outcome.status, Some(status), "{policy} {more:?}: {}", outcome.stderr);
        check("plimsoll.provenance.verify.1", &outcome.stdout);
        check("plimsoll.policy.explain.1", &stdout(&["policy", "explain", &policy, "--format", "json"]));
    }
}

#[test]
fn policies_of_others() {
    let directory = TemporaryDirectory::new();
    directory.write("p.yaml", "apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: p}\nspec:\n  images: [{glob: 'ghcr.io/acme/*'}]\n  authorities:\n  - keyless: {identities: [{issuer: https://a.example, subject: s}]}\n  - key: {kms: 'awskms:///k'}\n");
    let (file, out) = (directory.path().join("p.yaml"), directory.path().join("p.toml"));
    let (file, out) = (file.display().to_string(), out.display().to_string());
    let line = ["policy", "import", &file, "--format", "json"];
    check("plimsoll.policy.import.1", &stdout(&line));
    let strict = Outcome::from(plimsoll([&line[..], &["--strict", "-o", &out]].concat()).output().unwrap());
    assert_eq!(strict.status, Some(4), "{}", strict.stderr);
    check("plimsoll.policy.explain.1", &stdout(&["policy", "explain", &out, "--format", "json"]));
    let none = Outcome::from(plimsoll([&line[..], &["--from", "kyverno"]].concat()).output().unwrap());
    assert_eq!(none.status, Some(3), "{}", none.stderr);
}

#[test]
fn inventories() {
    let directory = TemporaryDirectory::new();
    let place = |name: &str| directory.path().join(name).display().to_string();
    let (store, folder) = (place("inventory.db"), workspace().join("testdata/drills/fleet").display().to_string());
    let report = |schema: &str, line: &[&str]| {
        check(schema, &stdout(&[&["inventory"], line, &["--store", &store, "--format", "json"]].concat()));
    };
    directory.write("in/bom.json", "{");
    directory.write("digests", format!("sha256:{} web/shop\n", "a".repeat(64)));
    directory.write("images", "# none\n");
    report("plimsoll.inventory.add.1", &["add", &folder, &place("in"), "--team", "web"]);
    report("plimsoll.inventory.deployed.1", &["deployed", &place("digests"), "--env", "prod"]);
    report("plimsoll.inventory.list.1", &["list", "--limit", "2"]);
    report("plimsoll.inventory.show.1", &["show", "1"]);
    report("plimsoll.inventory.scan.1", &["scan", "--from", &place("images")]);
}

/// A schema with a name that no output has, or an output without a schema, would be found out by nobody.
#[test]
fn decisions() {
    let drills = workspace().join("testdata/drills");
    let at = |name: &str| drills.join(name).display().to_string();
    let policy = at("gate/policy.toml");
    for (subject, status) in [("fleet/shop-1.0.0.cdx.json", 1), ("fleet/shop-1.1.0.cdx.json", 0)] {
        let arguments = ["gate", &at(subject), "--policy", &policy, "--format", "json"];
        let outcome = Outcome::from(plimsoll(arguments).output().unwrap());
        assert_eq!(outcome.status, Some(status), "{}", outcome.stderr);
        check("plimsoll.gate.1", &outcome.stdout);
    }
    let exceptions = workspace().join("testdata/policy/exceptions.toml").display().to_string();
    let arguments = ["exceptions", "list", &exceptions, "--at", "2026-11-22T20:00:00Z", "--format", "json"];
    check("plimsoll.exceptions.1", &stdout(&arguments));
    let shop = at("fleet/shop-1.0.0.cdx.json");
    check("plimsoll.report.1", &stdout(&["report", &shop, "--policy", &policy, "--format", "json"]));
    check("plimsoll.policy.test.1", &stdout(&["policy", "test", &policy, "--format", "json"]));
}

#[test]
fn every_schema_is_checked_here() {
    let listing = fs::read_dir(workspace().join("schemas")).unwrap();
    let found: BTreeSet<String> = listing
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("plimsoll."))
        .collect();
    let checked = [
        "advisories.import",
        "advisories.show",
        "advisories.status",
        "airgap",
        "airgap.import",
        "airgap.pack",
        "airgap.verify",
        "attest",
        "audit",
        "bundle.inspect",
        "copy",
        "dev-stack",
        "exceptions",
        "explain",
        "find",
        "formats",
        "gate",
        "gate.input",
        "index.jars",
        "inventory.add",
        "inventory.deployed",
        "inventory.list",
        "inventory.scan",
        "inventory.show",
        "inventory.stats",
        "log",
        "policy.explain",
        "policy.import",
        "policy.test",
        "provenance.deps",
        "provenance.evidence",
        "provenance.fetch",
        "provenance.generate",
        "purl",
        "provenance.show",
        "provenance.verify",
        "purl.range",
        "referrers",
        "report",
        "sbom.check",
        "sbom.convert",
        "sbom.diff",
        "sbom.enrich",
        "sbom.jsf-verify",
        "sbom.merge",
        "sbom.redact",
        "sbom.score",
        "sbom.show",
        "sbom.validate",
        "scan",
        "sign",
        "trust.show",
        "verify",
        "vex.check",
        "vex.show",
        "vsa.create",
        "vsa.verify",
        "why",
    ];
    assert_eq!(found, checked.iter().map(|name| format!("plimsoll.{name}.1.schema.json")).collect());
}

#[test]
fn audits_and_statistics() {
    let directory = TemporaryDirectory::new();
    let records = fs::read(workspace().join("testdata/audit/advisories.json")).unwrap();
    for record in serde_json::from_slice::<Vec<Value>>(&records).unwrap() {
        directory.write(format!("osv/{}.json", record["id"].as_str().unwrap()), record.to_string());
    }
    let path = |name: &str| directory.path().join(name).display().to_string();
    let (advisories, store) = (path("advisories"), path("store"));
    let sbom = workspace().join("testdata/audit/small.cdx.json").display().to_string();
    stdout(&["advisories", "import", &path("osv"), "--advisories", &advisories]);
    let common =
        ["--advisories", &advisories, "--vex-dir", &path("vex"), "--at", "2026-06-01T00:00:00Z", "--max-age", "30"];
    let audit = |more: &[&str]| stdout(&[&["audit"], &common[..], more].concat());
    check("plimsoll.audit.1", &audit(&[&sbom, "--format", "json"]));
    stdout(&["inventory", "add", &sbom, "--store", &store]);
    check("plimsoll.audit.1", &audit(&["--fleet", "--store", &store, "--format", "json"]));
    let span = ["--from", "2026-05-01", "--to", "2026-07-01", "--format", "json"];
    for by in ["team", "env", "severity", "lineage"] {
        let text = stdout(&[&["inventory", "stats", "--store", &store, "--by", by], &span[..]].concat());
        check("plimsoll.inventory.stats.1", &text);
    }
    let disclosure: Value = serde_json::from_str(&audit(&[&sbom, "--format", "cyclonedx"])).unwrap();
    for (version, validator) in official().into_iter().flatten().filter(|(version, _)| *version == "1.6") {
        let errors = errors(validator, &disclosure);
        assert!(errors.is_empty(), "{version}: {}", errors.join("\n"));
    }
}
