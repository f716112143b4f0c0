//! Evidence of others: every file of the folders is named here, with what has to come of it and why.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use plimsoll_model::DigestAlgorithm;
use plimsoll_tests::{note, shared};
use plimsoll_verify::{
    BuiltIn, Code, Evidence, Expectation, Outcome, Pattern, PublicKey, SignerExpectation, Subject, TrustedRoot,
    read_evidence, verify,
};

const GITHUB: &str = "https://token.actions.githubusercontent.com";
const OAUTH: &str = "https://github.com/login/oauth";
const SIGSTORE_JS: &str = "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main";
const WILLIAM: &str = "william@yossarian.net";
const BRIAN: &str = "brian@dehamer.com";

/// What has to come of it.
#[derive(Clone, Copy)]
enum Want {
    Verified,
    Refused(Code),
    /// No evidence at all: a field is missing that every bundle has.
    Unreadable,
}
use Want::{Refused, Unreadable, Verified};

/// Folder and file, the artifact beside it (none: the digest that the statement names), the instance, who signed and who
/// vouches, and what has to come of it.
type Row = (&'static str, Option<&'static str>, BuiltIn, &'static str, &'static str, Want);

const ROWS: &[Row] = &[
    (
        "gh/custom-issuer.sigstore.json",
        Some("gh/custom-issuer-artifact"),
        BuiltIn::PublicGood,
        "https://github.com/too-legit/attest/.github/workflows/integration.yml@refs/heads/main",
        "https://token.actions.githubusercontent.com/hammer-time",
        Verified,
    ),
    // The issuer of an enterprise is not that of all.
    (
        "gh/custom-issuer.sigstore.json",
        Some("gh/custom-issuer-artifact"),
        BuiltIn::PublicGood,
        "https://github.com/too-legit/attest/.github/workflows/integration.yml@refs/heads/main",
        GITHUB,
        Refused(Code::Issuer),
    ),
    (
        "gh/github_provenance_demo-0.0.12-py3-none-any-bundle.jsonl",
        Some("gh/github_provenance_demo-0.0.12-py3-none-any.whl"),
        BuiltIn::GitHub,
        "https://github.com/actions/attest-demo/.github/workflows/build-python.yml@refs/heads/main",
        GITHUB,
        Verified,
    ),
    // Its authority is GitHub's own, which nobody trusts who did not say so.
    (
        "gh/github_provenance_demo-0.0.12-py3-none-any-bundle.jsonl",
        Some("gh/github_provenance_demo-0.0.12-py3-none-any.whl"),
        BuiltIn::PublicGood,
        "https://github.com/actions/attest-demo/.github/workflows/build-python.yml@refs/heads/main",
        GITHUB,
        Refused(Code::NoLogEntry),
    ),
    (
        "gh/github_provenance_demo-0.0.12-py3-none-any-bundle-missing-cert.jsonl",
        Some("gh/github_provenance_demo-0.0.12-py3-none-any.whl"),
        BuiltIn::GitHub,
        "",
        "",
        Unreadable,
    ),
    (
        "gh/github_provenance_demo-0.0.12-py3-none-any-bundle-missing-verification-material.jsonl",
        Some("gh/github_provenance_demo-0.0.12-py3-none-any.whl"),
        BuiltIn::GitHub,
        "",
        "",
        Unreadable,
    ),
    (
        "gh/reusable-workflow-attestation.sigstore.json",
        Some("gh/reusable-workflow-artifact"),
        BuiltIn::PublicGood,
        "https://github.com/github/artifact-attestations-workflows/.github/workflows/attest.yml@09b495c3f12c7881b3cc17209a327792065c1a1d",
        GITHUB,
        Verified,
    ),
    (
        "gh/reusable-workflow-attestation.sigstore.json",
        Some("gh/custom-issuer-artifact"),
        BuiltIn::PublicGood,
        "https://github.com/github/artifact-attestations-workflows/.github/workflows/attest.yml@09b495c3f12c7881b3cc17209a327792065c1a1d",
        GITHUB,
        Refused(Code::Subject),
    ),
    (
        "gh/sigstore-js-2.1.0-bundle-v0.1.json",
        Some("gh/sigstore-js-2.1.0.tgz"),
        BuiltIn::PublicGood,
        SIGSTORE_JS,
        GITHUB,
        Verified,
    ),
    (
        "gh/sigstore-js-2.1.0-bundle.json",
        Some("gh/sigstore-js-2.1.0.tgz"),
        BuiltIn::PublicGood,
        SIGSTORE_JS,
        GITHUB,
        Verified,
    ),
    (
        "gh/sigstore-js-2.1.0-bundle.json",
        Some("gh/sigstore-js-2.1.0.tgz"),
        BuiltIn::Staging,
        SIGSTORE_JS,
        GITHUB,
        Refused(Code::UnknownLog),
    ),
    (
        "gh/sigstore-js-2.1.0_with_2_bundles.jsonl",
        Some("gh/sigstore-js-2.1.0.tgz"),
        BuiltIn::PublicGood,
        SIGSTORE_JS,
        GITHUB,
        Verified,
    ),
    // The payload was replaced by text.
    (
        "gh/sigstoreBundle-invalid-signature.json",
        Some("gh/sigstore-js-2.1.0.tgz"),
        BuiltIn::PublicGood,
        BRIAN,
        OAUTH,
        Refused(Code::Statement),
    ),
    (
        "pypi/gitlab_oidc_project-0.0.3.tar.gz.publish.attestation",
        Some("pypi/gitlab_oidc_project-0.0.3.tar.gz"),
        BuiltIn::PublicGood,
        "https://gitlab.com/facutuesca/gitlab-oidc-project//.gitlab-ci.yml@refs/heads/main",
        "https://gitlab.com",
        Verified,
    ),
    (
        "pypi/pypi_attestation_models-0.0.4a2.tar.gz.attestation",
        Some("pypi/pypi_attestation_models-0.0.4a2.tar.gz"),
        BuiltIn::PublicGood,
        "https://github.com/trailofbits/pypi-attestation-models/.github/workflows/release.yml@refs/tags/v0.0.4a2",
        GITHUB,
        Verified,
    ),
    (
        "pypi/pypi_attestation_models-0.0.4a2.tar.gz.sigstore",
        Some("pypi/pypi_attestation_models-0.0.4a2.tar.gz"),
        BuiltIn::PublicGood,
        "https://github.com/trailofbits/pypi-attestation-models/.github/workflows/release.yml@refs/tags/v0.0.4a2",
        GITHUB,
        Verified,
    ),
    (
        "pypi/pypi_attestations-0.0.19.tar.gz.provenance",
        Some("pypi/pypi_attestations-0.0.19.tar.gz"),
        BuiltIn::PublicGood,
        "https://github.com/trailofbits/pypi-attestations/.github/workflows/release.yml@refs/tags/v0.0.19",
        GITHUB,
        Verified,
    ),
    (
        "pypi/pypi_attestations-0.0.19.tar.gz.publish.attestation",
        Some("pypi/pypi_attestations-0.0.19.tar.gz"),
        BuiltIn::PublicGood,
        "https://github.com/trailofbits/pypi-attestations/.github/workflows/release.yml@refs/tags/v0.0.19",
        GITHUB,
        Verified,
    ),
    (
        "pypi/pypi_attestations-0.0.19.tar.gz.slsa.attestation",
        Some("pypi/pypi_attestations-0.0.19.tar.gz"),
        BuiltIn::PublicGood,
        "https://github.com/trailofbits/pypi-attestations/.github/workflows/release.yml@refs/tags/v0.0.19",
        GITHUB,
        Verified,
    ),
    (
        "pypi/pypi_attestations-0.0.19.tar.gz.publish.attestation",
        Some("pypi/gitlab_oidc_project-0.0.3.tar.gz"),
        BuiltIn::PublicGood,
        "https://github.com/trailofbits/pypi-attestations/.github/workflows/release.yml@refs/tags/v0.0.19",
        GITHUB,
        Refused(Code::Subject),
    ),
    (
        "pypi/rfc8785-0.1.2-py3-none-any.whl.attestation",
        Some("pypi/rfc8785-0.1.2-py3-none-any.whl"),
        BuiltIn::Staging,
        WILLIAM,
        OAUTH,
        Verified,
    ),
    (
        "pypi/rfc8785-0.1.2-py3-none-any.whl.publish.attestation",
        Some("pypi/rfc8785-0.1.2-py3-none-any.whl"),
        BuiltIn::Staging,
        WILLIAM,
        OAUTH,
        Verified,
    ),
    (
        "pypi/rfc8785-0.1.2-py3-none-any.whl.sigstore",
        Some("pypi/rfc8785-0.1.2-py3-none-any.whl"),
        BuiltIn::Staging,
        WILLIAM,
        OAUTH,
        Verified,
    ),
    (
        "pypi/rfc8785-0.1.2-py3-none-any.whl.sigstore",
        Some("pypi/rfc8785-0.1.2-py3-none-any.whl"),
        BuiltIn::PublicGood,
        WILLIAM,
        OAUTH,
        Refused(Code::UnknownLog),
    ),
    (
        "pypi/spt3g-1.0-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl.publish.attestation",
        None,
        BuiltIn::Staging,
        WILLIAM,
        OAUTH,
        Verified,
    ),
    ("sigstore-js-bundles/bundleV01-dsse-no-proof.sigstore", None, BuiltIn::PublicGood, BRIAN, OAUTH, Verified),
    ("sigstore-js-bundles/bundleV01-dsse-with-proof.sigstore", None, BuiltIn::PublicGood, BRIAN, OAUTH, Verified),
    ("sigstore-js-bundles/bundleV01-full-cert-chain.sigstore", None, BuiltIn::PublicGood, BRIAN, OAUTH, Verified),
    ("sigstore-js-bundles/bundleV01-intoto-no-proof.sigstore", None, BuiltIn::PublicGood, BRIAN, OAUTH, Verified),
    ("sigstore-js-bundles/bundleV01-intoto-with-proof.sigstore", None, BuiltIn::PublicGood, BRIAN, OAUTH, Verified),
    ("sigstore-js-bundles/bundleV02-dsse.sigstore", None, BuiltIn::PublicGood, BRIAN, OAUTH, Verified),
    ("sigstore-js-bundles/bundleV02-intoto.sigstore", None, BuiltIn::PublicGood, BRIAN, OAUTH, Verified),
    ("sigstore-js-bundles/bundleV03-dsse.sigstore", None, BuiltIn::PublicGood, BRIAN, OAUTH, Verified),
    ("sigstore-js-bundles/bundleV03-intoto.sigstore", None, BuiltIn::PublicGood, BRIAN, OAUTH, Verified),
];

fn keyless(identity: &str, issuer: &str) -> SignerExpectation {
    SignerExpectation::Keyless {
        identity: vec![Pattern::exact(identity)],
        issuer: vec![Pattern::exact(issuer)],
        claims: Vec::new(),
    }
}

fn judge(evidence: &[Evidence], subject: &Subject, signer: SignerExpectation, root: TrustedRoot) -> Outcome {
    verify(evidence, subject, &Expectation::new(signer, "2026-11-22T00:00:00Z".parse().unwrap()), &[root])
}

/// The subject of a statement, for evidence whose artifact is not at hand.
fn named(evidence: &[Evidence]) -> Subject {
    let statement = evidence.iter().find_map(Evidence::unverified_statement).expect("a statement");
    let (algorithm, hex) = statement.subjects()[0].digest.iter().next().expect("a digest");
    Subject::digest(&format!("{algorithm}:{hex}")).unwrap()
}

#[test]
fn evidence_of_other_clients() {
    let Some(root) = shared("conformance/slsa") else { return };
    let mut failed = Vec::new();
    for (file, artifact, instance, identity, issuer, want) in ROWS {
        let read = read_evidence(&fs::read(root.join(file)).unwrap(), file);
        let evidence = match (read, want) {
            (Ok(evidence), _) => evidence,
            (Err(_), Unreadable) => continue,
            (Err(error), _) => {
                failed.push(format!("{file}: {error}"));
                continue;
            }
        };
        let all = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];
        let subject = match artifact {
            Some(artifact) => Subject::file(&root.join(artifact), &all).unwrap(),
            None => named(&evidence),
        };
        let outcome = judge(&evidence, &subject, keyless(identity, issuer), instance.trusted_root().unwrap());
        let codes: Vec<Code> = outcome.refused().iter().map(plimsoll_verify::Refusal::code).collect();
        let held = match want {
            Verified => outcome.is_verified() && codes.is_empty(),
            Refused(code) => !outcome.is_verified() && codes.iter().all(|known| known == code),
            Unreadable => false,
        };
        if !held {
            let reasons: Vec<&str> = outcome.refused().iter().map(plimsoll_verify::Refusal::reason).collect();
            failed.push(format!("{file} ({}): {codes:?} {reasons:?}", instance.name()));
        }
    }
    // A file that nobody decided about is no success.
    let known: BTreeSet<&str> = ROWS.iter().map(|(file, ..)| *file).collect();
    for folder in ["gh", "pypi", "sigstore-js-bundles"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_evidence = [".json", ".jsonl", ".sigstore", ".attestation", ".provenance"];
            let counts = is_evidence.iter().any(|end| name.ends_with(end)) && name != "trusted_root.json";
            if counts && !known.contains(format!("{folder}/{name}").as_str()) {
                failed.push(format!("{folder}/{name}: not in the table"));
            }
        }
    }
    note(&format!("{} of {} rows, {} files", ROWS.len().saturating_sub(failed.len()), ROWS.len(), known.len()));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// What npm's registry holds of a package: its own word that it was published, by key, and the provenance, by certificate. The
/// name of the file says which of the two signatures was broken.
#[test]
fn attestations_of_npm() {
    let Some(root) = shared("conformance/slsa") else { return };
    let keys: serde_json::Value = serde_json::from_slice(&fs::read(root.join("keys/npm-keys.json")).unwrap()).unwrap();
    let key = data_encoding::BASE64.decode(keys["keys"][0]["key"].as_str().unwrap().as_bytes()).unwrap();
    let key = PublicKey::from_der(key).unwrap();
    let mut files = 0;
    for entry in fs::read_dir(root.join("slsa-verifier/npm/gha")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let evidence = read_evidence(&fs::read(&path).unwrap(), name).unwrap();
        let subject = named(&evidence);
        let [publish, provenance] = evidence.as_slice() else { panic!("{name}: {} pieces", evidence.len()) };
        let by_key = |piece: &Evidence| {
            let signer = SignerExpectation::Keys(vec![key.clone()]);
            code(&judge(std::slice::from_ref(piece), &subject, signer, BuiltIn::PublicGood.trusted_root().unwrap()))
        };
        let by_certificate = |piece: &Evidence| {
            let identity = piece.inspect().certificate.and_then(|one| one.claims.identity().map(str::to_owned));
            let signer = keyless(identity.as_deref().unwrap_or("nobody"), GITHUB);
            code(&judge(std::slice::from_ref(piece), &subject, signer, BuiltIn::PublicGood.trusted_root().unwrap()))
        };
        let broken = |what: &str| name.contains(what).then_some(Code::Signature);
        assert_eq!(by_key(publish), broken("invalidsigpub"), "{name}");
        assert_eq!(by_certificate(provenance), broken("invalidsigprov"), "{name}");
        // A key never stands for a certificate, nor the other way round.
        assert_eq!(by_certificate(publish), Some(Code::KindOfSigner), "{name}");
        assert_eq!(by_key(provenance), Some(Code::KindOfSigner), "{name}");
        files += 1;
    }
    note(&format!("{files} answers of npm"));
    assert_eq!(files, 15);
}

fn code(outcome: &Outcome) -> Option<Code> {
    outcome.refused().first().map(plimsoll_verify::Refusal::code)
}

/// The suite of the project, each case with the artifact and with its digest.
#[test]
fn cases_of_the_client_suite() {
    const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
    let Some(root) = shared("conformance/sigstore") else { return };
    let mut cases: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("bundle.sigstore.json").is_file());
    cases.sort();
    let (mut sound, mut broken, mut failed) = (0, 0, Vec::new());
    for case in &cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        for by_digest in [false, true] {
            let must_fail = name.ends_with("_fail");
            let verified = is_verified(&root, case, IDENTITY, by_digest);
            match (must_fail, verified) {
                (true, false) => broken += 1,
                (false, true) => sound += 1,
                _ => failed.push(format!("{name}, by digest: {by_digest}")),
            }
        }
    }
    note(&format!("{sound} sound and {broken} broken of {}", cases.len() * 2));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!((sound, broken), (42, 98));
}

fn is_verified(root: &Path, case: &Path, identity: &str, by_digest: bool) -> bool {
    let text = |name: &str| fs::read_to_string(case.join(name)).ok().map(|text| text.trim().to_owned());
    let trusted = match text("trusted_root.json") {
        Some(json) => TrustedRoot::parse("case", &json, None).ok(),
        None => BuiltIn::PublicGood.trusted_root().ok(),
    };
    let Some(trusted) = trusted else { return false };
    let signer = match text("key.pub") {
        Some(pem) => match PublicKey::from_pem(&pem) {
            Ok(key) => SignerExpectation::Keys(vec![key]),
            Err(_) => return false,
        },
        None => {
            let identity = text("identity").unwrap_or_else(|| identity.to_owned());
            keyless(&identity, &text("issuer").unwrap_or_else(|| GITHUB.to_owned()))
        }
    };
    let artifact = Some(case.join("artifact")).filter(|path| path.is_file()).unwrap_or_else(|| root.join("a.txt"));
    let file = Subject::file(&artifact, &[]).unwrap();
    let subject = match by_digest {
        true => Subject::digest(&file.to_string()).unwrap(),
        false => file,
    };
    let Ok(evidence) = read_evidence(&fs::read(case.join("bundle.sigstore.json")).unwrap(), "bundle") else {
        return false;
    };
    judge(&evidence, &subject, signer, trusted).is_verified()
}
