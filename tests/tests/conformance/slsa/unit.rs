//! The single files that the unit tests of slsa-verifier use. There each tests one function; here the whole of each is judged, so
//! that one whose payload was changed is refused for its signature, whatever else was changed in it.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use plimsoll_tests::shared;
use plimsoll_verify::{
    BuildExpectation, BuiltIn, Code, Evidence, Expectation, LogRule, Pattern, ProvenanceExpectation, Repository,
    SignerExpectation, Subject, google_cloud_build_builders, npm_registry_keys, read_evidence, verify,
    verify_provenance,
};

/// What has to come of it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Want {
    Verified,
    Refused(Code),
    /// No evidence at all.
    Unreadable,
}
use Want::{Refused, Unreadable, Verified};

const TESTS: &str = "github.com/laurentsimon/gcb-tests";
const EXAMPLES: &str = "github.com/slsa-framework/example-package";
const STAGING: &str = "github.com/khalkie/gcb-repo-staging";
const PROVENANCE: &str = "github.com/khalkie/gcb-prod-prov";
const BUCKET: &str = "gs://damith-sds_cloudbuild/source/1665165360.279777-955d1904741e4bbeb3461080299e929a.tgz";
const GITLAB: &str = "gitlab.com/proctorprober/khalk-slsav1";
const ENTERPRISE: &str = "gle-us-central1.gcb-test.com/proctorprober/khalk-slsav1";

/// Answers of Google Cloud Build: the file, where it has to be built from, and what has to come of it. Where there are several
/// pieces, one that holds is enough: in some of version 1.0 only that of version 0.1 was left unchanged.
const CLOUD_BUILD: &[(&str, &str, Want)] = &[
    ("gcloud-container-empty-keyid", TESTS, Refused(Code::Key)),
    ("gcloud-container-empty-payload", TESTS, Refused(Code::Statement)),
    ("gcloud-container-empty-provenance", TESTS, Unreadable),
    ("gcloud-container-empty-signature-region", TESTS, Refused(Code::Key)),
    ("gcloud-container-empty-signature", TESTS, Refused(Code::Key)),
    ("gcloud-container-gcs", BUCKET, Verified),
    ("gcloud-container-github-v03-git", EXAMPLES, Verified),
    ("gcloud-container-github-v03", TESTS, Verified),
    ("gcloud-container-github", TESTS, Verified),
    ("gcloud-container-global-pae-signing-key-successful", STAGING, Verified),
    ("gcloud-container-invalid-builderv01", TESTS, Refused(Code::Signature)),
    ("gcloud-container-invalid-fullyqualifieddigest", TESTS, Refused(Code::Subject)),
    ("gcloud-container-invalid-keyid", TESTS, Refused(Code::Key)),
    ("gcloud-container-invalid-kind", TESTS, Refused(Code::Unsupported)),
    ("gcloud-container-invalid-payload-encoding", TESTS, Refused(Code::Malformed)),
    ("gcloud-container-invalid-recipe.arguments.type", TESTS, Refused(Code::Signature)),
    ("gcloud-container-invalid-recipe.type", TESTS, Refused(Code::Signature)),
    ("gcloud-container-invalid-recipetypecloudv02", TESTS, Refused(Code::Signature)),
    ("gcloud-container-invalid-recipetypecloudv03", TESTS, Refused(Code::Signature)),
    ("gcloud-container-invalid-recipetyperandv03", TESTS, Refused(Code::Signature)),
    ("gcloud-container-invalid-recipetypestepsv02", TESTS, Refused(Code::Signature)),
    ("gcloud-container-invalid-recipetypestepsv03", TESTS, Refused(Code::Signature)),
    ("gcloud-container-invalid-signature-encodingv03", TESTS, Refused(Code::Key)),
    ("gcloud-container-invalid-signature-global-pae-key", STAGING, Refused(Code::Signature)),
    ("gcloud-container-invalid-signature-payloadtype", TESTS, Refused(Code::Statement)),
    ("gcloud-container-invalid-signature-region", TESTS, Refused(Code::Key)),
    ("gcloud-container-invalid-signature", TESTS, Refused(Code::Signature)),
    ("gcloud-container-multiple-invalid-signatures", TESTS, Refused(Code::Signature)),
    ("gcloud-container-multiple-signatures-2ndvalid", TESTS, Verified),
    ("gcloud-container-multiple-signatures-3rdvalid", TESTS, Verified),
    ("gcloud-container-multiple-signatures-global-pae-valid", STAGING, Verified),
    ("gcloud-container-no-keyid", TESTS, Refused(Code::Key)),
    ("gcloud-container-no-payload", TESTS, Refused(Code::Malformed)),
    ("gcloud-container-no-provenance", TESTS, Unreadable),
    ("gcloud-container-no-signature", TESTS, Unreadable),
    ("gcloud-container-tag-notpresent", EXAMPLES, Refused(Code::Signature)),
    ("gcloud-container-tag-notstring", EXAMPLES, Refused(Code::Signature)),
    ("gcloud-container-tag", EXAMPLES, Refused(Code::Signature)),
    ("v1.0-gcloud-container-bb", "bbs.gcb-test.com:8443/staging-qual-us-west1-push2", Refused(Code::Source)),
    ("v1.0-gcloud-container-github-both-invalid-sig", TESTS, Refused(Code::Statement)),
    ("v1.0-gcloud-container-github-inline", PROVENANCE, Verified),
    ("v1.0-gcloud-container-github-invalid-kind", PROVENANCE, Refused(Code::Unsupported)),
    ("v1.0-gcloud-container-github-nogit", PROVENANCE, Verified),
    ("v1.0-gcloud-container-github-nosigs", TESTS, Refused(Code::Malformed)),
    ("v1.0-gcloud-container-github-single-invalid-sig", TESTS, Refused(Code::Statement)),
    ("v1.0-gcloud-container-github-single", PROVENANCE, Verified),
    ("v1.0-gcloud-container-github-sourcediff", PROVENANCE, Verified),
    ("v1.0-gcloud-container-github-tag", PROVENANCE, Verified),
    ("v1.0-gcloud-container-github-v0.1-valid", PROVENANCE, Verified),
    ("v1.0-gcloud-container-github-v1.0-valid", PROVENANCE, Verified),
    ("v1.0-gcloud-container-github", PROVENANCE, Verified),
    ("v1.0-gcloud-container-gitlab", GITLAB, Verified),
    ("v1.0-gcloud-container-gitlabent", ENTERPRISE, Verified),
];

/// Answers of npm: the file, what has to come of the attestation of the build, and of that of the publication.
const NPM: &[(&str, Want, Want)] = &[
    ("npm-att-mismatch-prov-payloadtype", Refused(Code::Unsupported), Verified),
    ("npm-att-mismatch-prov-predicatetype", Refused(Code::Malformed), Verified),
    // The name says the other one; it is the build whose payload is of another type.
    ("npm-att-mismatch-pub-payloadtype", Refused(Code::Unsupported), Verified),
    ("npm-att-mismatch-pub-predicatetype", Verified, Refused(Code::Malformed)),
    ("npm-att-prov-invalid-signature", Refused(Code::Signature), Verified),
    // The payload was cut short, and what is left is no statement.
    ("npm-att-publish-invalid-signature", Verified, Refused(Code::Statement)),
    ("npm-att-publish-nodigest", Verified, Refused(Code::Statement)),
    ("npm-att-publish-nosubjects", Verified, Refused(Code::Statement)),
    ("npm-attestations", Verified, Verified),
    ("npm-stmt-mismatch-prov-predicatetype", Refused(Code::Malformed), Verified),
    ("npm-stmt-mismatch-prov-type", Refused(Code::Statement), Verified),
    ("npm-stmt-mismatch-pub-predicatetype", Verified, Refused(Code::Malformed)),
    ("npm-stmt-mismatch-pub-type", Verified, Refused(Code::Statement)),
];

/// Bundles and envelopes.
const BUNDLES: &[(&str, Want)] = &[
    ("bazel-trusted-dsseEnvelope.build.slsa", Refused(Code::NoLogEntry)),
    ("bazel-untrusted-dsseEnvelope.sigstore", Refused(Code::NoLogEntry)),
    ("bundle/attestation.intoto.sigstore", Verified),
    // Their base64 has bits left over, which slsa-verifier passes over and a reader of bundles must not.
    ("bundle/invalid-dsse-sig.intoto.sigstore", Unreadable),
    ("bundle/invalid-set.intoto.sigstore", Unreadable),
    ("bundle/mismatch-tlog.intoto.sigstore", Refused(Code::NotYetValid)),
    ("bundle/valid-v0.3.intoto.sigstore", Verified),
    // slsa-verifier looks at the signature alone. It is over a statement that names no type of predicate.
    ("bundle/valid.intoto.sigstore", Refused(Code::Statement)),
];

/// Files that are no evidence but parts of a statement.
const PARTS: &[&str] = &["gcb/slsaprovenance/v0.1/testdata", "gcb/slsaprovenance/v1.0/testdata"];

fn folder() -> Option<std::path::PathBuf> {
    shared("conformance/slsa/slsa-verifier-unit")
}

fn read(path: &Path) -> Option<Vec<Evidence>> {
    read_evidence(&std::fs::read(path).unwrap(), "file").ok()
}

/// The digest that the answer says the image has; zeros where it says none.
fn image(path: &Path) -> Subject {
    let text = std::fs::read(path).unwrap();
    let answer: Option<serde_json::Value> = serde_json::from_slice(&text).ok();
    let digest = answer.and_then(|answer| answer.pointer("/image_summary/digest")?.as_str().map(str::to_owned));
    Subject::digest(&digest.unwrap_or_else(|| format!("sha256:{}", "0".repeat(64)))).unwrap()
}

#[test]
fn answers_of_google_cloud_build() {
    let Some(folder) = folder() else { return };
    let roots = [BuiltIn::PublicGood.trusted_root().unwrap()];
    for (name, source, want) in CLOUD_BUILD {
        let path = folder.join(format!("gcb/testdata/{name}.json"));
        let expectation = ProvenanceExpectation {
            builders: google_cloud_build_builders(),
            build: BuildExpectation { source: Repository::parse(source), ..BuildExpectation::default() },
            log: LogRule::NotUsedWithKey,
            logs: 1,
            times: 1,
            at: Timestamp::MAX,
        };
        let Some(found) = read(&path) else {
            assert_eq!(*want, Unreadable, "{name}");
            continue;
        };
        let outcome = verify_provenance(&found, &image(&path), &expectation, &roots);
        let codes: Vec<Code> = outcome.refused().iter().map(|refusal| refusal.code()).collect();
        match want {
            Refused(code) => assert!(!outcome.is_proven() && codes.contains(code), "{name}: {codes:?}"),
            want => assert_eq!((outcome.is_proven(), *want), (true, Verified), "{name}: {codes:?}"),
        }
    }
}

/// What comes of evidence by anybody's certificate, or by these keys.
fn judged(found: &[Evidence], subject: &Subject, signer: SignerExpectation) -> (bool, Vec<Code>) {
    let roots = [BuiltIn::PublicGood.trusted_root().unwrap()];
    let outcome = verify(found, subject, &Expectation::new(signer, Timestamp::MAX), &roots);
    (outcome.is_verified(), outcome.refused().iter().map(|refusal| refusal.code()).collect())
}

fn anybody() -> SignerExpectation {
    let anybody = || vec![Pattern::regex("(?s).*").unwrap()];
    SignerExpectation::Keyless { identity: anybody(), issuer: anybody(), claims: Vec::new() }
}

fn check(name: &str, want: Want, (is_verified, codes): (bool, Vec<Code>)) {
    match want {
        Refused(code) => assert!(!is_verified && codes.contains(&code), "{name}: {codes:?}"),
        want => assert_eq!((is_verified, want), (true, Verified), "{name}: {codes:?}"),
    }
}

#[test]
fn answers_of_npm() {
    let Some(folder) = folder() else { return };
    let whole = read(&folder.join("gha/testdata/npm-attestations.intoto.sigstore")).unwrap();
    let statement = whole.first().and_then(Evidence::unverified_statement).unwrap();
    let subject = Subject::digest(&format!("sha512:{}", statement.subjects()[0].digest["sha512"])).unwrap();
    let keys = || SignerExpectation::Keys(npm_registry_keys().into_iter().map(|known| known.key).collect());
    for (name, build, publication) in NPM {
        let found = read(&folder.join(format!("gha/testdata/{name}.intoto.sigstore"))).unwrap();
        check(name, *build, judged(&found, &subject, anybody()));
        check(name, *publication, judged(&found, &subject, keys()));
    }
}

#[test]
fn bundles_and_envelopes() {
    let Some(folder) = folder() else { return };
    for (name, want) in BUNDLES {
        let Some(found) = read(&folder.join("gha/testdata").join(name)) else {
            assert_eq!(*want, Unreadable, "{name}");
            continue;
        };
        let statement = found.first().and_then(Evidence::unverified_statement);
        let digest = statement.and_then(|statement| statement.subjects()[0].digest.get("sha256").cloned());
        let digest = digest.unwrap_or_else(|| "0".repeat(64));
        check(name, *want, judged(&found, &Subject::digest(&format!("sha256:{digest}")).unwrap(), anybody()));
    }
}

#[test]
fn every_file_is_named() {
    let Some(folder) = folder() else { return };
    let mut named: BTreeSet<String> = BTreeSet::new();
    named.extend(CLOUD_BUILD.iter().map(|(name, ..)| format!("gcb/testdata/{name}.json")));
    named.extend(NPM.iter().map(|(name, ..)| format!("gha/testdata/{name}.intoto.sigstore")));
    named.extend(BUNDLES.iter().map(|(name, _)| format!("gha/testdata/{name}")));
    let mut there = BTreeSet::new();
    for part in ["gcb/testdata", "gha/testdata", "gha/testdata/bundle"] {
        for entry in std::fs::read_dir(folder.join(part)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                there.insert(format!("{part}/{}", entry.file_name().to_str().unwrap()));
            }
        }
    }
    assert_eq!(named, there);
    for part in PARTS {
        for entry in std::fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            assert!(
                read(&path).is_none_or(|found| found.iter().all(|piece| !piece.is_readable())),
                "{}",
                path.display()
            );
        }
    }
}
