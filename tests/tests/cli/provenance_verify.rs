//! `plimsoll provenance verify`, by flags and by policies, over an artifact whose provenance a private Sigstore signed.

use std::fs;

use plimsoll_tests::{Layout, Outcome, PrivateSigstore, TemporaryDirectory, plimsoll, workspace};
use serde_json::{Value, json};

const ARTIFACT: &str = "harbour-2.4.0.tar.gz";
const SIGNER: &str = "https://github.com/acme/harbour/.github/workflows/release.yml@refs/heads/main";
const ISSUER: &str = "http://127.0.0.1:43905/actions";
const SOURCE: &str = "github.com/acme/harbour";

fn place(name: &str) -> String {
    workspace().join("testdata/policy/tour").join(name).display().to_string()
}

fn run(line: &[&str]) -> Outcome {
    Outcome::from(plimsoll(line).output().unwrap())
}

/// Verifies the artifact of the tour.
fn verify(more: &[&str]) -> Outcome {
    run(&[&["provenance", "verify", &place(ARTIFACT)], more].concat())
}

/// The same by the trusted root of the tour and what the command line says.
fn by_flags(more: &[&str]) -> Outcome {
    verify(&[&["--trusted-root", &place("trusted_root.json")], more].concat())
}

fn by_policy(policy: &str, more: &[&str]) -> Outcome {
    verify(&[&["--policy", &place(policy)], more].concat())
}

fn refused(outcome: &Outcome, codes: &[&str]) {
    assert_eq!(outcome.status, Some(1), "{}", outcome.stderr);
    for code in codes {
        assert!(outcome.stderr.contains(code), "{code}: {}", outcome.stderr);
    }
}

const SIGNED: [&str; 4] = ["--identity", SIGNER, "--issuer", ISSUER];

#[test]
fn flags_say_what_is_expected() {
    let with = |more: &[&str]| by_flags(&[&SIGNED, more].concat());
    let passed: &[&[&str]] = &[
        &[],
        &["--source-repo", SOURCE, "--source-branch", "main"],
        &["--source-ref", "refs/heads/main", "--source-digest", "4f1d8c2b9a3e5d7061728394a5b6c7d8e9f00112"],
        &["--workflow", ".github/workflows/*.yml", "--build-type", "https://actions.github.io/**"],
        &["--builder", "github.com/acme/harbour/.github/workflows/release.yml", "--level", "1"],
        &["--builder", "https://github.com/acme/**", "--claim", "runner-environment=github-hosted"],
        &["--parameter", "workflow.path=.github/workflows/release.yml", "--parameter", "workflow.*=any"],
    ];
    for more in passed {
        let outcome = with(more);
        assert_eq!(outcome.status, Some(0), "{more:?}: {}", outcome.stderr);
        assert!(outcome.stdout.contains("level         1 (command line)"), "{}", outcome.stdout);
    }
    let failed: &[(&[&str], &str)] = &[
        (&["--source-repo", "github.com/acme/harbor"], "PLM-V0805"),
        (&["--source-branch", "release"], "PLM-V0807"),
        (&["--source-tag", "v2.4.0"], "PLM-V0808"),
        (&["--source-versioned-tag", "v2"], "PLM-V0809"),
        (&["--source-ref", "refs/heads/release"], "PLM-V0806"),
        (&["--source-digest", "0000000000000000000000000000000000000000"], "PLM-V0810"),
        (&["--workflow", ".github/workflows/ci.yml"], "PLM-V0811"),
        (&["--input", "channel=stable"], "PLM-V0812"),
        (&["--parameter", "workflow.path=x"], "PLM-V0813"),
        (&["--build-type", "https://tekton.dev/**"], "PLM-V0804"),
        (&["--builder", "github.com/acme/harbour/.github/workflows/release.yml@v1"], "PLM-V0803"),
        (&["--level", "2"], "PLM-V0815"),
        (&["--claim", "runner-environment=self-hosted"], "PLM-V0303"),
    ];
    for (more, code) in failed {
        refused(&with(more), &[code]);
    }
    // What names nobody is a mistake; who signed is told, and is told to be untrusted.
    let outcome = by_flags(&[]);
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.stderr.contains("UNTRUSTED") && outcome.stderr.contains(SIGNER), "{}", outcome.stderr);
    // A known builder is one of its own issuer.
    refused(&by_flags(&["--source-repo", SOURCE]), &["PLM-V0801", "UNTRUSTED"]);
    refused(&by_flags(&["--identity", "https://evil.example", "--issuer", ISSUER]), &["PLM-V0801"]);
    // An instance that did not sign it.
    refused(&verify(&["--source-repo", SOURCE]), &["PLM-V0"]);
    let usage: &[&[&str]] = &[
        &["--type", "spdx"],
        &["--input", "channel"],
        &["--source-repo", "acme"],
        &["--as", "app"],
        &["--policy", "/does/not/exist.toml"],
    ];
    for more in usage {
        let status = with(more).status;
        assert!(status == Some(2) || (more[0] == "--policy" && status == Some(3)), "{more:?}: {status:?}");
    }
}

#[test]
fn a_policy_says_what_is_expected() {
    let outcome = by_policy("policy.toml", &[]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("level         2 (workflows of acme)"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("trusted_root.json"), "{}", outcome.stdout);
    // Flags narrow what the policy says, and widen nothing.
    assert_eq!(by_policy("policy.toml", &["--source-branch", "main", "--level", "2"]).status, Some(0));
    refused(&by_policy("policy.toml", &["--level", "3"]), &["PLM-V0815"]);
    refused(&by_policy("policy.toml", &["--identity", "https://evil.example", "--issuer", ISSUER]), &["PLM-V0301"]);
    assert_eq!(by_policy("policy.toml", &["--as", "file:harbour-2.4.0.tar.gz"]).status, Some(0));
    refused(&by_policy("strict.toml", &[]), &["PLM-V0808", "PLM-V0815", "strict.toml:13"]);
    let outcome = by_policy("strict.toml", &["--explain"]);
    for line in [
        "NOT VERIFIED",
        "FAILED ref",
        "expected  tag v2.4.0",
        "actual    refs/heads/main",
        "FAILED level",
        "ok     source",
    ] {
        assert!(outcome.stdout.contains(line), "{line}: {}", outcome.stdout);
    }
    let excused = |at: &str| by_policy("strict.toml", &["--exceptions", &place("exceptions.toml"), "--at", at]);
    let outcome = excused("2027-01-01T00:00:00Z");
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("EXCUSED       PLM-V0815 level by EX-2026-014"), "{}", outcome.stdout);
    let outcome = excused("2027-06-01T00:00:00Z");
    refused(&outcome, &["PLM-V0815", "PLM-W0201"]);
    let outcome =
        by_policy("policy.toml", &["--exceptions", &place("exceptions.toml"), "--at", "2027-01-01T00:00:00Z"]);
    assert!(outcome.status == Some(0) && outcome.stderr.contains("PLM-W0202"), "{}", outcome.stderr);
}

#[test]
fn what_a_policy_does_not_name_is_not_allowed() {
    let bundle = place(&format!("{ARTIFACT}.sigstore.json"));
    let directory = TemporaryDirectory::new();
    directory.write("other.tar.gz", fs::read(place(ARTIFACT)).unwrap());
    let other = directory.path().join("other.tar.gz").display().to_string();
    let policy = place("policy.toml");
    let line = ["provenance", "verify", &other, "--bundle", &bundle, "--policy", &policy];
    refused(&run(&line), &["PLM-V0851"]);
    assert_eq!(run(&[&line[..], &["--as", "file:harbour-2.4.0.tar.gz"]].concat()).status, Some(0));
    // The same bytes by their digest.
    let digest = "sha256:162f8383b4ae462f17625dee102c5d21b97681b13c94de025ecee4d2a2bc4071";
    let line = ["provenance", "verify", digest, "--bundle", &bundle, "--policy", &policy];
    refused(&run(&line), &["PLM-V0851"]);
    assert_eq!(run(&[&line[..], &["--as", "file:harbour-2.4.0.tar.gz"]].concat()).status, Some(0));
    // Other bytes, no evidence, and evidence that was changed.
    directory.write("harbour-2.4.0.tar.gz", "another ship");
    let another = directory.path().join(ARTIFACT).display().to_string();
    refused(&run(&["provenance", "verify", &another, "--policy", &policy]), &["PLM-V0101"]);
    refused(&run(&["provenance", "verify", &another, "--bundle", &bundle, "--policy", &policy]), &["PLM-V0202"]);
    let mut changed: Value = serde_json::from_slice(&fs::read(&bundle).unwrap()).unwrap();
    changed["dsseEnvelope"]["signatures"][0]["sig"] = json!("AAAA");
    let changed = directory.write("changed.json", changed.to_string()).display().to_string();
    refused(&verify(&["--bundle", &changed, "--policy", &policy]), &["PLM-V0"]);
    assert_eq!(
        run(&["provenance", "verify", "/does/not/exist", "--policy", &policy, "--bundle", &bundle]).status,
        Some(3)
    );
    // A policy with a slip is not used.
    let text = fs::read_to_string(&policy).unwrap().replace("min_build_level", "min_build_levl");
    let slip = directory.write("slip.toml", text).display().to_string();
    let outcome = verify(&["--policy", &slip]);
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.stderr.contains("did you mean \"min_build_level\"?"), "{}", outcome.stderr);
}

#[test]
fn every_format_tells_the_same() {
    let format = |policy: &str, format: &str| by_policy(policy, &["--format", format]);
    let report: Value = serde_json::from_str(&format("strict.toml", "json").stdout).unwrap();
    assert_eq!(report["subjects"][0]["codes"], json!(["PLM-V0808", "PLM-V0815"]));
    let report: Value = serde_json::from_str(&format("policy.toml", "json").stdout).unwrap();
    assert_eq!((&report["verified"], &report["subjects"][0]["level"]), (&json!(true), &json!(2)));
    let sarif: Value = serde_json::from_str(&format("strict.toml", "sarif").stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let rules: Vec<&str> = results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    assert_eq!(rules, ["PLM-V0808", "PLM-V0815"]);
    let sarif: Value = serde_json::from_str(&format("policy.toml", "sarif").stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"], json!([]));
    let junit = format("strict.toml", "junit").stdout;
    assert!(junit.contains("failures=\"2\"") && junit.contains("<failure type=\"PLM-V0815\""), "{junit}");
    assert!(format("policy.toml", "junit").stdout.contains("failures=\"0\""));
    let markdown = format("strict.toml", "markdown").stdout;
    assert!(markdown.contains("| NOT VERIFIED |") && markdown.contains("| PLM-V0808 |"), "{markdown}");
}

#[test]
fn a_policy_is_written_from_what_is_stated_and_observed() {
    let init = |more: &[&str]| {
        run(&[&["policy", "init", "--from", &place(ARTIFACT), "--trusted-root", &place("trusted_root.json")], more]
            .concat())
    };
    let directory = TemporaryDirectory::new();
    let to = directory.path().join("policy.toml").display().to_string();
    let stated = [&SIGNED[..], &["--source-repo", SOURCE]].concat();
    let outcome = init(&[&stated[..], &["-o", &to]].concat());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let text = fs::read_to_string(&to).unwrap();
    for line in [
        "match = \"file:harbour-2.4.0.tar.gz\" # observed",
        "source = \"github.com/acme/harbour\" # stated",
        "source_id = \"1001\" # observed",
        "ref = { branch = \"main\" } # observed",
        "workflow = \".github/workflows/release.yml\" # observed",
        "min_build_level = 1 # observed",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(verify(&["--policy", &to]).status, Some(0));
    let outcome = run(&["policy", "explain", &to]);
    assert!(outcome.status == Some(0) && outcome.stdout.contains("WEAK: level 1"), "{}", outcome.stdout);
    // Nothing is written from what nobody stated, or what is not true.
    let outcome = init(&[]);
    assert!(outcome.status == Some(2) && outcome.stderr.contains("UNTRUSTED"), "{}", outcome.stderr);
    let outcome = init(&[&SIGNED[..], &["--source-repo", "github.com/acme/other"]].concat());
    assert!(outcome.stdout.is_empty());
    refused(&outcome, &["PLM-V0805"]);
}

/// A private Sigstore signs provenance of a file and of an image with a log entry; a key signs without one.
#[test]
fn what_is_signed_now_is_verified() {
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    let artifact = sigstore.write("app-1.2.3.tar.gz", "ship");
    let id = sigstore.identity.certified();
    let predicate = json!({
        "buildDefinition": {
            "buildType": "https://acme.example/build/v1",
            "externalParameters": { "target": "release" },
            "resolvedDependencies": [],
        },
        "runDetails": { "builder": { "id": id } },
    });
    let predicate = sigstore.write("predicate.json", predicate.to_string()).display().to_string();
    let (root, token) = (sigstore.file("trusted_root.json"), sigstore.file("token"));
    let (root, token) = (root.display().to_string(), token.display().to_string());
    let config = sigstore.file("signing_config.2.json").display().to_string();
    let artifact = artifact.display().to_string();
    let keyless = ["--trusted-root", &root, "--signing-config", &config, "--identity-token-file", &token];
    let attest = ["attest", &artifact, "--type", "slsaprovenance1", "--predicate", &predicate];
    let outcome = run(&[&attest[..], &keyless[..]].concat());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let issuer = sigstore.stack.issuer(&sigstore.identity);
    let expected = ["--trusted-root", &root, "--identity", &id, "--issuer", &issuer];
    let line = [&["provenance", "verify", &artifact][..], &expected[..]].concat();
    // A parameter that no type of build knows has to be named.
    refused(&run(&line), &["PLM-V0813"]);
    assert_eq!(run(&[&line[..], &["--parameter", "target=release"]].concat()).status, Some(0));
    refused(&run(&[&line[..], &["--parameter", "target=debug"]].concat()), &["PLM-V0813"]);

    let mut layout = Layout::default();
    let image = layout.image("amd64", &[&[("etc/os-release", b"ID=debian\n")]]);
    let key = workspace().join("testdata/keys/pkcs8-p256.pem").display().to_string();
    let public = workspace().join("testdata/keys/p256.pub").display().to_string();
    let bundle = sigstore.file("image.json").display().to_string();
    let signed = ["attest", &image, "--type", "slsaprovenance1", "--predicate", &predicate, "--key", &key, "--no-tlog"];
    assert_eq!(run(&[&signed[..], &["--bundle", &bundle]].concat()).status, Some(0));
    let referrer =
        layout.referrer(&image, "application/vnd.dev.sigstore.bundle.v0.3+json", &fs::read(&bundle).unwrap());
    let directory = TemporaryDirectory::new();
    layout.write_listing(directory.path(), &[&image, &referrer]);
    let place = format!("oci-layout:{}@{image}", directory.path().display());
    let line = ["--offline", "provenance", "verify", &place, "--key", &public, "--parameter", "target=any"];
    refused(&run(&line), &["PLM-V0501"]);
    assert_eq!(run(&[&line[..], &["--no-tlog"]].concat()).status, Some(0));
    // A policy knows the image by the name that it is given.
    let policy = format!(
        "version = 1\n[roots.x]\ntrusted_root = {root:?}\n[roots.keys.release]\nfile = {public:?}\n[[builder]]\nid = \"https://**\"\n\
         signer = {{ key = \"release\" }}\nlevel = 1\nrequire = {{ tlog = false }}\n[[expect]]\nmatch = \"oci:ghcr.io/acme/app\"\n\
         source = \"any\"\nmin_build_level = 1\nexternal_parameters = {{ target = \"release\" }}\n"
    );
    let policy = sigstore.write("policy.toml", policy).display().to_string();
    let line = ["--offline", "provenance", "verify", &place, "--policy", &policy];
    refused(&run(&line), &["PLM-V0851"]);
    let outcome = run(&[&line[..], &["--as", "oci:ghcr.io/acme/app:v1"]].concat());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
}
