//! `plimsoll compat slsa-verifier`: flags, last line and status where nothing has to be proven. What evidence proves is held
//! against its own suite, with the other conformance tests.

use plimsoll_tests::{Outcome, TemporaryDirectory, plimsoll};

const DIGEST: &str = "sha256:5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

fn slsa_verifier(directory: &TemporaryDirectory, line: &str, environment: &[(&str, &str)]) -> Outcome {
    let mut command = plimsoll(["compat", "slsa-verifier"].into_iter().chain(line.split(' ')));
    command.current_dir(directory.path()).envs(environment.iter().copied());
    Outcome::from(command.output().unwrap())
}

#[test]
fn whatever_goes_wrong_is_told_and_is_1() {
    let directory = TemporaryDirectory::new();
    directory.write("empty.json", "");
    directory.write("cut.json", r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","dsseEn"#);
    directory.write("other.json", "{}");
    directory.write("gcb.json", r#"{"image_summary":{},"provenance_summary":{"provenance":[]}}"#);
    directory.write("key.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    let artifact = format!("verify-artifact {DIGEST} --source-uri github.com/acme/harbour --provenance-path");
    let image = "verify-image --source-uri github.com/acme/harbour";
    let gcb = "--builder-id https://cloudbuild.googleapis.com/GoogleHostedWorker";
    let npm = "verify-npm-package sha512:00 --source-uri github.com/a/b";
    let vsa = "verify-vsa --verifier-id v --resource-uri r --attestation-path other.json --public-key-path";
    for (line, says) in [
        (format!("{artifact} absent.json"), "absent.json"),
        (format!("{artifact} empty.json"), "[ErrorInvalidDssePayload]"),
        (format!("{artifact} cut.json"), "[ErrorInvalidDssePayload]"),
        (format!("{artifact} other.json"), "[ErrorInvalidDssePayload]"),
        (format!("{artifact} other.json --builder-id https://github.com/a/b@v1@v2"), "[ErrorInvalidFormat]"),
        (format!("{artifact} other.json --builder-id https://example.com/b"), "[ErrorVerifierNotSupported]"),
        (format!("{artifact} other.json {gcb}"), "[ErrorNotSupported]"),
        (format!("{artifact} other.json --build-workflow-input x"), "[ErrorInvalidFormat]"),
        (format!("{image} registry.example/app:1.0"), "[ErrorMutableImage]"),
        (format!("{image} oci-layout:absent@{DIGEST}"), "absent"),
        (format!("{image} app@{DIGEST} --builder-id https://example.com/b"), "[ErrorVerifierNotSupported]"),
        (format!("{image} app@{DIGEST} {gcb}"), "--provenance-path"),
        (format!("{image} app@{DIGEST} {gcb} --provenance-path gcb.json"), "[Error"),
        (format!("{image} app@{DIGEST} {gcb} --provenance-path gcb.json --source-branch main"), "[ErrorNotSupported]"),
        (format!("{npm} --builder-id https://github.com/actions/runner"), "SLSA_VERIFIER_EXPERIMENTAL"),
        (format!("{npm} --source-branch main"), "--source-branch not supported"),
        (format!("{vsa} absent.pem"), "absent.pem"),
        (format!("{vsa} key.pem"), "[ErrorInvalidPublicKey]"),
        (
            "verify-github-attestation x --source-uri github.com/a/b --attestation-path other.json --builder-id="
                .into(),
            "[Error",
        ),
    ] {
        let outcome = slsa_verifier(&directory, &line, &[]);
        let last = outcome.stderr.lines().last().unwrap_or_default();
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(1), ""), "{line}: {}", outcome.stderr);
        assert!(last.starts_with("FAILED: SLSA verification failed: ") && last.contains(says), "{line}: {last}");
    }
}

#[test]
fn flags_that_are_missing_or_exclude_each_other_are_1() {
    let directory = TemporaryDirectory::new();
    for line in [
        "verify-artifact x --provenance-path p",
        "verify-artifact --provenance-path p --source-uri github.com/a/b",
        "verify-artifact x --provenance-path p --source-uri github.com/a/b --source-tag v1 --source-versioned-tag v1",
        "verify-image --source-uri github.com/a/b",
        "verify-vsa --attestation-path p",
        "verify-github-attestation x --source-uri github.com/a/b --attestation-path p",
        "verify-anything",
    ] {
        assert_eq!(slsa_verifier(&directory, line, &[]).status, Some(1), "{line}");
    }
}

#[test]
fn experimental_commands_are_switched_on_and_the_version_is_told() {
    let directory = TemporaryDirectory::new();
    let npm = "verify-npm-package x.tgz --source-uri github.com/a/b --attestations-path absent.json";
    for value in ["0", "", "yes"] {
        let outcome = slsa_verifier(&directory, npm, &[("SLSA_VERIFIER_EXPERIMENTAL", value)]);
        assert!(outcome.status == Some(1) && outcome.stderr.contains("SLSA_VERIFIER_EXPERIMENTAL"), "{value}");
    }
    let outcome = slsa_verifier(&directory, npm, &[("SLSA_VERIFIER_EXPERIMENTAL", "true")]);
    assert!(outcome.stderr.contains("[ErrorInvalidBuilderID]"), "{}", outcome.stderr);
    let outcome = slsa_verifier(&directory, "version", &[("SLSA_VERIFIER_TESTING", "1")]);
    assert_eq!(outcome.status, Some(0));
    assert!(outcome.stdout.starts_with("GitVersion: ") && outcome.stderr.contains("SLSA_VERIFIER_TESTING"));
}
