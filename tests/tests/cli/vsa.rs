//! `plimsoll vsa create` and `plimsoll vsa verify`: what is stated is what is verified, and nothing more.

use std::fs;
use std::process::Command;

use plimsoll_tests::{Outcome, PrivateSigstore, TemporaryDirectory, plimsoll, workspace};
use serde_json::{Value, json};

const VERIFIER: &str = "https://verifier.example/v1";
const RESOURCE: &str = "https://example.com/app-1.2.3.tar.gz";
const REPOSITORY: &str = "git+https://github.com/foo/hello-world";
const COMMIT: &str = "9a04d1ee393b5be2773b1ce204f61fe0fd02366a";

fn run(mut command: Command) -> Outcome {
    Outcome::from(command.output().unwrap())
}

fn ok(line: &[&str]) -> Outcome {
    let outcome = Outcome::from(plimsoll(line).output().unwrap());
    assert_eq!(outcome.status, Some(0), "{line:?}: {}", outcome.stderr);
    outcome
}

fn key(name: &str) -> String {
    workspace().join("testdata/keys").join(name).display().to_string()
}

#[test]
fn an_unsigned_statement_is_as_the_specification_has_it() {
    let directory = TemporaryDirectory::new();
    directory.write("policy.txt", "all of it");
    directory.write("input.jsonl", "{}");
    let place = |name: &str| directory.path().join(name).display().to_string();
    let digest = format!("sha256:{}", "5".repeat(64));
    let (policy, input, out) = (place("policy.txt"), place("input.jsonl"), place("out.json"));
    let made = ok(&[
        "vsa",
        "create",
        &digest,
        "--verifier-id",
        VERIFIER,
        "--verifier-version",
        "plimsoll=1.0.0",
        "--resource-uri",
        RESOURCE,
        "--policy",
        &policy,
        "--policy-uri",
        "https://example.com/policy.txt",
        "--result",
        "passed",
        "--level",
        "SLSA_BUILD_LEVEL_3",
        "--level",
        "ORG_TESTED",
        "--input-attestation",
        &input,
        "--dependency-level",
        "SLSA_BUILD_LEVEL_2=7",
        "--timestamp",
        "1985-04-12T23:20:50Z",
        "-o",
        &out,
    ]);
    assert!(made.stderr.contains("nothing of it was verified here"), "{}", made.stderr);
    let statement: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    assert_eq!(
        statement,
        json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "digest": { "sha256": "5".repeat(64) } }],
            "predicateType": "https://slsa.dev/verification_summary/v1",
            "predicate": {
                "verifier": { "id": VERIFIER, "version": { "plimsoll": "1.0.0" } },
                "timeVerified": "1985-04-12T23:20:50Z",
                "resourceUri": RESOURCE,
                "policy": {
                    "uri": "https://example.com/policy.txt",
                    "digest": { "sha256": plimsoll_tests::sha256(b"all of it") },
                },
                "inputAttestations": [{ "digest": { "sha256": plimsoll_tests::sha256(b"{}") } }],
                "verificationResult": "PASSED",
                "verifiedLevels": ["SLSA_BUILD_LEVEL_3", "ORG_TESTED"],
                "dependencyLevels": { "SLSA_BUILD_LEVEL_2": 7 },
                "slsaVersion": "1.2",
            },
        })
    );
    let source = ok(&[
        "vsa",
        "create",
        "--commit",
        COMMIT,
        "--source-ref",
        "refs/heads/main",
        "--verifier-id",
        VERIFIER,
        "--resource-uri",
        REPOSITORY,
        "--policy",
        "https://example.com/slsa_source.policy",
        "--result",
        "passed",
        "--level",
        "SLSA_SOURCE_LEVEL_3",
        "--timestamp",
        "1985-04-12T23:20:50Z",
    ]);
    let source: Value = serde_json::from_str(&source.stdout).unwrap();
    assert_eq!(
        source["subject"],
        json!([{ "digest": { "gitCommit": COMMIT }, "annotations": { "sourceRefs": ["refs/heads/main"] } }])
    );
    let simple = ok(&[
        "vsa",
        "create",
        &digest,
        "--type",
        "svr",
        "--verifier-id",
        VERIFIER,
        "--property",
        "COMPANY_APPROVED",
        "--timestamp",
        "1985-04-12T23:20:50Z",
    ]);
    let simple: Value = serde_json::from_str(&simple.stdout).unwrap();
    assert_eq!(
        simple["predicate"],
        json!({
            "verifier": { "id": VERIFIER, "policies": [] },
            "timeCreated": "1985-04-12T23:20:50Z",
            "properties": ["COMPANY_APPROVED"],
        })
    );
}

#[test]
fn what_no_summary_may_say_is_a_mistake() {
    let digest = format!("sha256:{}", "5".repeat(64));
    let whole = ["--verifier-id", VERIFIER, "--resource-uri", RESOURCE, "--policy", "https://example.com/p"];
    let passed = ["--result", "passed", "--level", "SLSA_BUILD_LEVEL_2"];
    for (line, says) in [
        ([&whole[..], &passed, &["--level", "SLSA_BLESSED"]].concat(), "SLSA_BLESSED"),
        ([&whole[..], &passed, &["--level", "SLSA_BUILD_LEVEL_4"]].concat(), "SLSA_BUILD_LEVEL_4"),
        ([&whole[..], &passed, &["--level", "SLSA_BUILD_LEVEL_1"]].concat(), "two of the track BUILD"),
        ([&whole[..], &["--result", "failed", "--level", "SLSA_BUILD_LEVEL_2"]].concat(), "what failed has no --level"),
        ([&whole[..], &["--result", "passed", "--level", "FAILED"]].concat(), "FAILED exactly when"),
        (whole.to_vec(), "--result"),
        ([&whole[..4], &passed].concat(), "--policy"),
        ([&whole[..2], &whole[4..], &passed].concat(), "--resource-uri"),
        ([&whole[..], &passed, &["--dependency-level", "SLSA_BUILD_LEVEL_2"]].concat(), "NAME=COUNT"),
        ([&whole[..], &passed, &["--subject-digest", "md5:d41d8cd98f00b204e9800998ecf8427e"]].concat(), "md5"),
        ([&whole[..], &passed, &["--commit", "9a04d1ee"]].concat(), "9a04d1ee"),
        ([&whole[..], &passed, &["--commit", COMMIT, "--source-ref", "main"]].concat(), "refs/heads/main"),
        ([&whole[..], &passed, &["--key", "release.key"]].concat(), "--sign"),
        ([&whole[..], &passed, &["--type", "svr"]].concat(), "--resource-uri"),
    ] {
        let all = [&["vsa", "create", &digest], line.as_slice()].concat();
        let outcome = Outcome::from(plimsoll(&all).output().unwrap());
        assert_eq!(outcome.status, Some(2), "{line:?}: {}", outcome.stderr);
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains(says), "{line:?}: {}", outcome.stderr);
    }
}

/// An artifact with a summary beside it.
struct Stated {
    directory: TemporaryDirectory,
}

impl Stated {
    fn new() -> Self {
        let directory = TemporaryDirectory::new();
        directory.write("app.tar", "ship");
        directory.write("policy.txt", "all of it");
        directory.write("input.jsonl", "{}");
        let stated = Self { directory };
        let (app, policy, input) = (stated.place("app.tar"), stated.place("policy.txt"), stated.place("input.jsonl"));
        ok(&[
            "vsa",
            "create",
            &app,
            "--verifier-id",
            VERIFIER,
            "--resource-uri",
            RESOURCE,
            "--policy",
            &policy,
            "--policy-uri",
            "https://example.com/policy.txt",
            "--result",
            "passed",
            "--level",
            "SLSA_BUILD_LEVEL_3",
            "--level",
            "ORG_TESTED",
            "--input-attestation",
            &input,
            "--dependency-level",
            "SLSA_BUILD_LEVEL_2=7",
            "--sign",
            "--key",
            &key("pkcs8-p256.pem"),
            "--no-tlog",
        ]);
        stated
    }

    fn place(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    fn verify(&self, verifier: &str, resource: &str, more: &[&str]) -> Outcome {
        let line = ["vsa", "verify", "--verifier-id", verifier, "--resource-uri", resource, "--no-tlog"];
        let mut command = plimsoll(line);
        command.arg(self.place("app.tar")).args(more);
        if !more.contains(&"--key") {
            command.args(["--key", &key("p256.pub")]);
        }
        run(command)
    }
}

#[test]
fn each_step_is_asked_for_and_told() {
    let stated = Stated::new();
    let (policy, input) = (stated.place("policy.txt"), stated.place("input.jsonl"));
    let all = [
        "--level",
        "SLSA_BUILD_LEVEL_2",
        "--level",
        "ORG_TESTED",
        "--policy-uri",
        "https://example.com/policy.txt",
        "--policy",
        &policy,
        "--input-attestation",
        &input,
        "--dependency-level",
        "SLSA_BUILD_LEVEL_1",
        "--max-age",
        "1h",
    ];
    let verified = stated.verify(VERIFIER, RESOURCE, &all);
    assert_eq!(verified.status, Some(0), "{}", verified.stderr);
    for says in [VERIFIER, RESOURCE, "SLSA_BUILD_LEVEL_3, ORG_TESTED", "level", "policy", "dependencies"] {
        assert!(verified.stdout.contains(says), "{says}: {}", verified.stdout);
    }
    let other = workspace().join("testdata/verify/key.pub").display().to_string();
    for (verifier, resource, more, code) in [
        (VERIFIER, RESOURCE, &["--key", &other][..], "PLM-V0201"),
        ("https://verifier.example/v2", RESOURCE, &[], "PLM-V0903"),
        (VERIFIER, "https://example.com/app", &[], "PLM-V0904"),
        (VERIFIER, RESOURCE, &["--level", "SLSA_SOURCE_LEVEL_1"], "PLM-V0906"),
        (VERIFIER, RESOURCE, &["--level", "org_tested"], "PLM-V0906"),
        (VERIFIER, RESOURCE, &["--max-age", "1h", "--at", "2100-01-01T00:00:00Z"], "PLM-V0908"),
        (VERIFIER, RESOURCE, &["--policy-uri", "https://example.com/other"], "PLM-V0909"),
        (VERIFIER, RESOURCE, &["--policy", &input], "PLM-V0909"),
        (VERIFIER, RESOURCE, &["--input-attestation", &policy], "PLM-V0910"),
        (VERIFIER, RESOURCE, &["--dependency-level", "SLSA_BUILD_LEVEL_3"], "PLM-V0911"),
        (VERIFIER, RESOURCE, &["--source-ref", "refs/heads/main"], "PLM-V0912"),
    ] {
        let refused = stated.verify(verifier, resource, more);
        assert_eq!(refused.status, Some(1), "{code}: {}", refused.stderr);
        assert!(refused.stdout.is_empty() && refused.stderr.contains(code), "{code}: {}", refused.stderr);
    }
    for (more, says) in [
        (&["--level", "SLSA_MADE_UP"][..], "SLSA_MADE_UP"),
        (&["--max-age", "soon"], "--max-age"),
        (&["--type", "spdx"], "vsa or svr"),
        (&["--type", "svr"], "--resource-uri"),
    ] {
        let mistaken = stated.verify(VERIFIER, RESOURCE, more);
        assert_eq!(mistaken.status, Some(2), "{}", mistaken.stderr);
        assert!(mistaken.stderr.contains(says), "{}", mistaken.stderr);
    }
    let no_entry = stated.verify(VERIFIER, RESOURCE, &["--rekor-entry", &input]);
    assert!(no_entry.status == Some(1) && no_entry.stderr.contains("input.jsonl"), "{}", no_entry.stderr);
    fs::write(stated.place("app.tar"), "another ship").unwrap();
    let refused = stated.verify(VERIFIER, RESOURCE, &[]);
    assert!(refused.status == Some(1) && refused.stderr.contains("PLM-V0202"), "{}", refused.stderr);
}

#[test]
fn what_only_another_digest_names_is_verified_too() {
    let directory = TemporaryDirectory::new();
    let bundle = directory.path().join("vsa.json").display().to_string();
    let image = "gce_image_id:8970095005306000053";
    let about = ["--verifier-id", VERIFIER, "--resource-uri", "gce_image://images:one"];
    let found = ["--policy", "https://example.com/p", "--result", "passed", "--level", "BCID_L1"];
    let sign = ["--sign", "--bundle", &bundle, "--key", &key("pkcs8-p256.pem"), "--no-tlog"];
    ok(&[&["vsa", "create", "--subject-digest", image][..], &about, &found, &sign].concat());
    let check = |digests: &[&str]| {
        let mut command = plimsoll(["vsa", "verify", "--bundle", &bundle, "--key", &key("p256.pub"), "--no-tlog"]);
        command.args(about).args(["--level", "BCID_L1"]);
        for digest in digests {
            command.args(["--subject-digest", digest]);
        }
        run(command)
    };
    assert_eq!(check(&[image]).status, Some(0));
    for digests in [&["gce_image_id:1"][..], &["image_id:8970095005306000053"], &[image, "gce_image_id:1"]] {
        let refused = check(digests);
        assert!(refused.status == Some(1) && refused.stderr.contains("PLM-V0202"), "{}", refused.stderr);
    }
}

#[test]
fn a_summary_of_a_commit_is_signed_without_a_key_and_verified() {
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    let (identity, issuer) = (sigstore.identity.certified(), sigstore.stack.issuer(&sigstore.identity));
    let artifact = sigstore.write("app.tar", "ship");
    for rekor in [1, 2] {
        for commit in [true, false] {
            let bundle = sigstore.file(&format!("vsa.{rekor}.{commit}.json"));
            let mut create = plimsoll(["vsa", "create", "--sign", "--retries", "0", "--verifier-id", VERIFIER]);
            create.args(["--resource-uri", REPOSITORY, "--policy", "https://example.com/p", "--result", "passed"]);
            create
                .args(["--level", "SLSA_SOURCE_LEVEL_3", "--level", "ORG_SOURCE_TESTED"])
                .arg("--bundle")
                .arg(&bundle);
            create.arg("--trusted-root").arg(sigstore.file("trusted_root.json"));
            create.arg("--signing-config").arg(sigstore.file(&format!("signing_config.{rekor}.json")));
            create.arg("--identity-token-file").arg(sigstore.file("token"));
            let about = match commit {
                true => vec!["--commit".to_owned(), COMMIT.to_owned()],
                false => vec![artifact.display().to_string()],
            };
            create.args(&about);
            if commit {
                create.args(["--source-ref", "refs/heads/main", "--source-ref", "refs/tags/v1.0"]);
            }
            let created = run(create);
            assert_eq!(created.status, Some(0), "{}", created.stderr);
            let check = |about: &[String], identity: &str, more: &[&str]| {
                let mut verify = plimsoll(["vsa", "verify", "--verifier-id", VERIFIER, "--resource-uri", REPOSITORY]);
                verify.arg("--bundle").arg(&bundle).args(about).args(more);
                verify.arg("--trusted-root").arg(sigstore.file("trusted_root.json"));
                run({
                    verify.args(["--identity", identity, "--issuer", &issuer]);
                    verify
                })
            };
            let verified = check(&about, &identity, &["--level", "SLSA_SOURCE_LEVEL_2"]);
            assert_eq!(verified.status, Some(0), "{}", verified.stderr);
            let refused = check(&about, "https://somebody.example", &[]);
            assert!(refused.status == Some(1) && refused.stderr.contains("PLM-V0301"), "{}", refused.stderr);
            if commit {
                let main = check(&about, &identity, &["--source-ref", "refs/heads/main"]);
                assert_eq!(main.status, Some(0), "{}", main.stderr);
                let evil = check(&about, &identity, &["--source-ref", "refs/heads/evil"]);
                assert!(evil.status == Some(1) && evil.stderr.contains("PLM-V0912"), "{}", evil.stderr);
                let other = ["--commit".to_owned(), "1".repeat(40)];
                let other = check(&other, &identity, &[]);
                assert!(other.status == Some(1) && other.stderr.contains("PLM-V0202"), "{}", other.stderr);
            }
        }
    }
}

#[test]
fn nobody_named_is_a_mistake_and_who_signed_is_told_as_untrusted() {
    let stated = Stated::new();
    let mut verify = plimsoll(["vsa", "verify", "--verifier-id", VERIFIER, "--resource-uri", RESOURCE]);
    let outcome = run({
        verify.arg(stated.place("app.tar"));
        verify
    });
    assert_eq!(outcome.status, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("--key"), "{}", outcome.stderr);
}

#[test]
fn what_a_report_found_is_stated_and_no_more() {
    let stated = Stated::new();
    let report = stated.place("report.json");
    let found = stated.verify(VERIFIER, RESOURCE, &["--level", "SLSA_BUILD_LEVEL_2", "--format", "json"]);
    fs::write(&report, &found.stdout).unwrap();
    let create = |subject: &str, more: &[&str]| {
        let line = ["vsa", "create", subject, "--verifier-id", "https://other.example", "--resource-uri", RESOURCE];
        let policy = ["--policy", "https://example.com/p", "--from-report", &report];
        Outcome::from(plimsoll([&line[..], &policy, more].concat()).output().unwrap())
    };
    let app = stated.place("app.tar");
    let made = create(&app, &[]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    assert!(!made.stderr.contains("nothing of it was verified"), "{}", made.stderr);
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!(made["predicate"]["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_3", "ORG_TESTED"]));
    let less = create(&app, &["--level", "SLSA_BUILD_LEVEL_1"]);
    let less: Value = serde_json::from_str(&less.stdout).unwrap();
    assert_eq!(less["predicate"]["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_1"]));
    for more in [&["--level", "SLSA_SOURCE_LEVEL_1"][..], &["--level", "OTHER"], &["--result", "failed"]] {
        let refused = create(&app, more);
        assert_eq!(refused.status, Some(2), "{more:?}: {}", refused.stderr);
    }
    let other = create(&format!("sha256:{}", "5".repeat(64)), &[]);
    assert!(other.status == Some(2) && other.stderr.contains("not about"), "{}", other.stderr);
    let refused = stated.verify("https://nobody.example", RESOURCE, &["--format", "json"]);
    fs::write(&report, &refused.stdout).unwrap();
    let failed = create(&app, &[]);
    let failed: Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!(failed["predicate"]["verificationResult"], "FAILED");
    assert_eq!(failed["predicate"]["verifiedLevels"], json!(["FAILED"]));
    assert_eq!(create(&app, &["--result", "passed"]).status, Some(2));
    // What provenance was found to prove.
    let digest = plimsoll_tests::sha256(b"ship");
    let build = |state: &str, level: u8| json!({ "builds": [{ "state": state, "level": level }] });
    let of_provenance = json!({
        "schema": "plimsoll.provenance.verify/1", "verified": true, "at": "2026-11-22T12:00:00Z", "trustedRoots": [],
        "policy": { "file": "p.toml", "sha256": "7".repeat(64) }, "exceptions": [],
        "subjects": [{ "name": "app.tar", "digests": { "sha256": digest }, "verified": true,
            "expectations": [build("refused", 3), build("proven", 2)] }],
    });
    fs::write(&report, of_provenance.to_string()).unwrap();
    let made = create(&app, &[]);
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!(made["predicate"]["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_2"]));
    assert_eq!(made["predicate"]["policy"]["digest"]["sha256"], "7".repeat(64));
    assert_eq!(made["predicate"]["timeVerified"], "2026-11-22T12:00:00Z");
    fs::write(&report, r#"{"schema":"plimsoll.scan/1","at":"","subjects":[]}"#).unwrap();
    assert_eq!(create(&app, &[]).status, Some(2));
}
