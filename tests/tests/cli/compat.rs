//! `plimsoll compat`: flags of cosign and gh reach the same checks, with the exit statuses of those tools.

use std::fs;

use plimsoll_tests::{Outcome, TemporaryDirectory, binary, plimsoll, shared, workspace};
use serde_json::Value;

use crate::run::run_in;

/// A directory with the artifact, the key, and what `testdata/verify` holds.
fn fixture() -> TemporaryDirectory {
    let directory = TemporaryDirectory::new();
    let folder = workspace().join("testdata/verify");
    for (name, path) in [
        ("artifact.txt", "artifact.txt"),
        ("other.txt", "other.txt"),
        ("key.pub", "key.pub"),
        ("bundle.json", "bundle/sound.json"),
        ("cosign.json", "cosign/sound.json"),
        ("cosign-broken.json", "cosign/broken.json"),
        ("sound.sig", "detached/sound.sig"),
        ("broken.sig", "detached/broken.sig"),
        ("github.json", "github/sound.json"),
    ] {
        directory.write(name, fs::read_to_string(folder.join(path)).unwrap());
    }
    directory
}

fn cosign(directory: &TemporaryDirectory, line: &str) -> Outcome {
    run_in(directory, ["compat", "cosign"].into_iter().chain(line.split(' ')))
}

#[test]
fn verify_blob() {
    let directory = fixture();
    let inline = fs::read_to_string(directory.path().join("sound.sig")).unwrap();
    let inline = format!("verify-blob --key key.pub --insecure-ignore-tlog --signature {} artifact.txt", inline.trim());
    for (line, status, says) in [
        ("verify-blob --key key.pub --insecure-ignore-tlog --bundle cosign.json artifact.txt", 0, "Verified OK"),
        (
            "verify-blob --key=key.pub --private-infrastructure=true --signature sound.sig artifact.txt",
            0,
            "Verified OK",
        ),
        (inline.as_str(), 0, "Verified OK"),
        ("verify-blob --key key.pub --insecure-ignore-tlog --bundle cosign-broken.json artifact.txt", 1, "PLM-V0201"),
        ("verify-blob --key key.pub --insecure-ignore-tlog --signature broken.sig artifact.txt", 1, "PLM-V0201"),
        ("verify-blob --key key.pub --insecure-ignore-tlog --bundle cosign.json other.txt", 1, "PLM-V02"),
        // A statement is no signature over the file.
        ("verify-blob --key key.pub --insecure-ignore-tlog --bundle bundle.json artifact.txt", 1, "PLM-V0101"),
        ("verify-blob --key key.pub --insecure-ignore-tlog=false --bundle cosign.json artifact.txt", 1, "PLM-V0501"),
        ("verify-blob --key key.pub --insecure-ignore-tlog artifact.txt", 1, "--signature"),
        ("verify-blob --bundle cosign.json artifact.txt", 1, "--certificate-identity"),
        ("verify-blob --bundle cosign.json --certificate-identity a@b artifact.txt", 1, "--certificate-oidc-issuer"),
        (
            "verify-blob --key key.pub --bundle cosign.json --insecure-ignore-sct artifact.txt",
            1,
            "--insecure-ignore-sct",
        ),
        ("verify-blob --key key.pub --bundle nowhere.json artifact.txt", 1, "nowhere.json"),
        ("verify-blob --key key.pub --insecure-ignore-tlog --signature https://x.test/s artifact.txt", 1, "fetched"),
        ("verify-blob --help", 0, ""),
    ] {
        let outcome = cosign(&directory, line);
        assert_eq!(outcome.status, Some(status), "{line}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(says), "{line}: {}", outcome.stderr);
    }
    let regex =
        "verify-blob --bundle cosign.json --certificate-identity-regexp acme --certificate-oidc-issuer x artifact.txt";
    let outcome = cosign(&directory, regex);
    assert!(outcome.status == Some(1) && outcome.stderr.contains("matches anywhere"), "{}", outcome.stderr);
}

#[test]
fn verify_blob_attestation() {
    let directory = fixture();
    let flags = "verify-blob-attestation --key key.pub --insecure-ignore-tlog --bundle bundle.json";
    let digest = "e136e4200c253a0785c1d7be6b751b8e3e839ab9ce472d374cb94c92968ad260e42def0c0dab89147c7b0d4477aa39abb94a5045d6daf75d9e2a71997403f01d";
    for (rest, status, says) in [
        ("--type https://example.org/review/v1 artifact.txt".to_owned(), 0, "Verified OK"),
        (format!("--type https://example.org/review/v1 --digest {digest} --digestAlg sha512"), 0, "Verified OK"),
        ("artifact.txt".to_owned(), 1, "PLM-V0204"),
        ("--type https://example.org/review/v1 other.txt".to_owned(), 1, "PLM-V0202"),
        ("--type nonsense artifact.txt".to_owned(), 1, "invalid predicate type"),
        ("--type https://example.org/review/v1 --check-claims=false artifact.txt".to_owned(), 1, "proves nothing"),
    ] {
        let outcome = cosign(&directory, &format!("{flags} {rest}"));
        assert_eq!(outcome.status, Some(status), "{rest}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(says), "{rest}: {}", outcome.stderr);
    }
}

#[test]
fn keys_sign_what_they_verify() {
    let directory = fixture();
    directory.write("bom.json", "{\"bomFormat\": \"CycloneDX\"}");
    let run = |line: &str| {
        let words = ["compat", "cosign"].into_iter().chain(line.split(' '));
        let mut command = plimsoll(words);
        Outcome::from(command.env("COSIGN_PASSWORD", "secret").current_dir(directory.path()).output().unwrap())
    };
    for (line, status) in [
        ("generate-key-pair", 0),
        ("generate-key-pair", 1),
        ("public-key --key cosign.key", 0),
        ("import-key-pair --key cosign.key --output-key-prefix other", 0),
        ("sign-blob --key cosign.key --tlog-upload=false --yes --bundle a.json artifact.txt", 0),
        ("sign-blob --key cosign.key --tlog-upload=false artifact.txt", 1),
        ("sign-blob --identity-token eyJ0.e30. --bundle b.json artifact.txt", 1),
        ("verify-blob --key cosign.pub --insecure-ignore-tlog --bundle a.json artifact.txt", 0),
        ("verify-blob --key other.pub --insecure-ignore-tlog --bundle a.json artifact.txt", 0),
        ("verify-blob --key key.pub --insecure-ignore-tlog --bundle a.json artifact.txt", 1),
        (
            "attest-blob --key cosign.key --tlog-upload=false --type cyclonedx --predicate bom.json --bundle c.json artifact.txt",
            0,
        ),
        (
            "verify-blob-attestation --key cosign.pub --insecure-ignore-tlog --type cyclonedx --bundle c.json artifact.txt",
            0,
        ),
        ("verify-blob-attestation --key cosign.pub --insecure-ignore-tlog --type spdx --bundle c.json artifact.txt", 1),
        ("attest-blob --key cosign.key --tlog-upload=false --predicate bom.json --bundle d.json artifact.txt", 0),
        ("verify-blob-attestation --key cosign.pub --insecure-ignore-tlog --bundle d.json artifact.txt", 0),
    ] {
        let outcome = run(line);
        assert_eq!(outcome.status, Some(status), "{line}: {}", outcome.stderr);
    }
    let public = run("public-key --key cosign.key").stdout;
    assert_eq!(public, fs::read_to_string(directory.path().join("cosign.pub")).unwrap());
    let signed = run("sign-blob --key cosign.key --tlog-upload=false --bundle a.json artifact.txt");
    let bundle: Value = serde_json::from_str(&fs::read_to_string(directory.path().join("a.json")).unwrap()).unwrap();
    assert_eq!(signed.stdout.trim(), bundle["messageSignature"]["signature"].as_str().unwrap());
}

#[test]
fn images_need_the_network_and_names_can_be_told_without() {
    let directory = fixture();
    let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let hex = digest.trim_start_matches("sha256:");
    let outcome = cosign(&directory, &format!("triangulate registry.test/app@{digest}"));
    assert_eq!((outcome.status, outcome.stdout), (Some(0), format!("registry.test/app:sha256-{hex}.sig\n")));
    let outcome = cosign(&directory, &format!("triangulate --type digest registry.test/app:1@{digest}"));
    assert_eq!(outcome.stdout, format!("registry.test/app@{digest}\n"));
    for line in ["verify --key key.pub registry.test/app", "tree registry.test/app", "triangulate registry.test/app"] {
        let outcome = run_in(&directory, ["--offline", "compat", "cosign"].into_iter().chain(line.split(' ')));
        assert!(outcome.status == Some(1) && outcome.stderr.contains("--offline"), "{line}: {}", outcome.stderr);
    }
}

#[test]
fn the_program_may_be_called_as_the_tool() {
    let directory = fixture();
    for (name, arguments, says) in [("cosign", "version", "as cosign"), ("gh", "attestation trusted-root", "mediaType")]
    {
        let path = directory.path().join(name);
        std::os::unix::fs::symlink(binary(), &path).unwrap();
        let output = std::process::Command::new(&path).args(arguments.split(' ')).env_clear().output().unwrap();
        let outcome = Outcome::from(output);
        assert!(outcome.status == Some(0) && outcome.stdout.contains(says), "{name}: {}", outcome.stderr);
    }
}

#[test]
fn gh_flags() {
    let directory = fixture();
    let gh = |line: &str| run_in(&directory, ["compat", "gh", "attestation"].into_iter().chain(line.split(' ')));
    for (line, status, says) in [
        ("verify artifact.txt --bundle bundle.json", 1, "--owner"),
        ("verify artifact.txt --bundle bundle.json --owner acme --repo acme/app", 1, "cannot be used with"),
        ("verify artifact.txt --bundle bundle.json --repo acme", 1, "OWNER/REPOSITORY"),
        // A key proves no identity.
        ("verify artifact.txt --bundle bundle.json --repo acme/app", 1, "PLM-V02"),
        ("verify artifact.txt --bundle bundle.json --repo acme/app --jq .x", 1, "--jq"),
        ("trusted-root --verify-only", 0, ""),
    ] {
        let outcome = gh(line);
        assert_eq!(outcome.status, Some(status), "{line}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(says), "{line}: {}", outcome.stderr);
    }
}

/// Attestations that GitHub made.
#[test]
fn gh_attestations_of_others() {
    let Some(folder) = shared("conformance/slsa/gh") else { return };
    let directory = TemporaryDirectory::new();
    let path = |name: &str| folder.join(name).display().to_string();
    let wheel = "github_provenance_demo-0.0.12-py3-none-any";
    let (artifact, bundle) = (path(&format!("{wheel}.whl")), path(&format!("{wheel}-bundle.jsonl")));
    for (more, status) in [
        ("--owner actions", 0),
        ("--owner ACTIONS --digest-alg sha256", 0),
        ("--repo actions/attest-demo --deny-self-hosted-runners --source-ref refs/heads/main", 0),
        ("--owner actions --signer-workflow actions/attest-demo/.github/workflows/build-python.yml", 0),
        ("--owner actions --signer-repo actions/attest-demo", 0),
        ("--owner actions --cert-identity-regex ^https://github.com/actions/", 0),
        ("--owner action", 1),
        ("--owner actions --repo actions/attest-demo", 1),
        ("--repo actions/attest-dem", 1),
        ("--owner actions --source-ref refs/heads/other", 1),
        ("--owner actions --source-digest 0000000000000000000000000000000000000000", 1),
        ("--owner actions --signer-workflow actions/attest-demo/.github/workflows/other.yml", 1),
        // gh takes what only begins like the workflow.
        ("--owner actions --signer-workflow actions/attest-demo/.github/workflows/build-python", 1),
        ("--owner actions --signer-repo actions/other", 1),
        ("--owner actions --cert-identity https://github.com/actions/", 1),
        ("--owner actions --cert-oidc-issuer https://issuer.test", 1),
        ("--owner actions --predicate-type https://slsa.dev/provenance/v0.2", 1),
        ("--owner actions --no-public-good", 0),
        ("--owner actions --digest-alg sha512", 1),
    ] {
        let words = ["compat", "gh", "attestation", "verify", &artifact, "--bundle", &bundle];
        let outcome = run_in(&directory, words.into_iter().chain(more.split(' ')));
        assert_eq!(outcome.status, Some(status), "{more}: {}", outcome.stderr);
    }
    let words = ["compat", "gh", "at", "verify", &artifact, "-b", &bundle, "-o", "actions", "--format", "json"];
    let outcome = run_in(&directory, words);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let result = &report[0]["verificationResult"];
    assert_eq!(result["statement"]["predicateType"], "https://slsa.dev/provenance/v1");
    assert_eq!(result["signature"]["certificate"]["sourceRepositoryURI"], "https://github.com/actions/attest-demo");
    assert!(report[0]["attestation"]["bundle"]["dsseEnvelope"].is_object());
}
