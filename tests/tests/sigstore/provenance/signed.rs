//! Statements that a builder of our own signs, each with one lie, under the same certificate: the lie has its code.

use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_dev_stack::{DevStack, Identity as Somebody, Options, RekorVersion, Workflow};
use plimsoll_sign::{
    Identity, IdentityToken, Means, Needs, NetworkOptions, Overrides, Provider, SecretText, Session, SigningConfig,
};
use plimsoll_verify::{
    BuildExpectation, BuilderRule, BuilderSigner, Code, LogRule, Pattern, ProvenanceExpectation, RefExpectation,
    Repository, RunnerRule, Subject, TrustedRoot, read_evidence, verify_provenance,
};
use serde_json::{Value, json};

const DIGEST: &str = "abababababababababababababababababababababababababababababababab";
const SHA: &str = "4f1d8c2b9a3e5d7061728394a5b6c7d8e9f00112";
const GENERATOR: &str =
    "slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0";

/// A stack, a job on it, and a session that signs with one certificate.
struct Signer {
    stack: DevStack,
    who: Somebody,
    session: Session,
    root: TrustedRoot,
}

impl Signer {
    fn start(change: impl FnOnce(&mut Workflow)) -> Self {
        let stack = DevStack::start(Options::new(Arc::new(Timestamp::now))).unwrap();
        let mut job = Workflow::of("acme/app");
        job.reusable = Some(GENERATOR.to_owned());
        change(&mut job);
        let who = Somebody::Workflow(Box::new(job));
        let token = SecretText::new(stack.token(&who).unwrap().expose().to_owned());
        let token = IdentityToken::parse(&token).unwrap();
        let means = Means::Keyless(Box::new(Identity::fixed(Provider::Variable, "sigstore", token)));
        let config = SigningConfig::parse(&stack.signing_config_json(&[RekorVersion::V1])).unwrap();
        let needs = Needs { certificate: true, log: true, timestamps: true };
        let services = config.services(Timestamp::now(), needs, &Overrides::default()).unwrap();
        let root = || TrustedRoot::parse("dev", &stack.trusted_root_json(), None).unwrap();
        let session = Session::new(means, services, root(), NetworkOptions::default());
        let root = root();
        Self { stack, who, session, root }
    }

    /// Why it is refused; `None` when it is proven.
    fn code(&mut self, statement: &Value, build: BuildExpectation) -> Option<Code> {
        let bundle = self.session.attest(&serde_json::to_vec(statement).unwrap(), Timestamp::now()).unwrap();
        let evidence = read_evidence(bundle.json(), "bundle").unwrap();
        let issuer = Pattern::exact(self.stack.issuer(&self.who));
        let rule = |name: &str, id: Pattern, runner, level| BuilderRule {
            name: name.into(),
            id,
            signer: BuilderSigner::Itself { issuer: issuer.clone() },
            build_types: Vec::new(),
            level,
            runner,
        };
        let generator =
            r"https://github\.com/slsa-framework/slsa-github-generator/\.github/workflows/.+@refs/tags/v[0-9.]+";
        let workflow = r"https://github\.com/[^/@]+/[^/@]+/\.github/workflows/[^/@]+@.+";
        let builders = vec![
            rule("generator", Pattern::regex(generator).unwrap(), RunnerRule::Hosted, 3),
            rule("workflow", Pattern::regex(workflow).unwrap(), RunnerRule::Any, 1),
        ];
        let at = Timestamp::now();
        let expectation = ProvenanceExpectation { builders, build, log: LogRule::Required, logs: 1, times: 1, at };
        let subject = Subject::digest(&format!("sha256:{DIGEST}")).unwrap();
        let outcome = verify_provenance(&evidence, &subject, &expectation, std::slice::from_ref(&self.root));
        if outcome.is_proven() { None } else { outcome.refused().first().map(plimsoll_verify::ProvenanceRefusal::code) }
    }
}

fn expected() -> BuildExpectation {
    BuildExpectation {
        source: Repository::parse("github.com/acme/app"),
        source_id: Some("1001".into()),
        references: vec![RefExpectation::Branch("main".into())],
        commit: Some(SHA.into()),
        builder: vec![Pattern::exact(format!("https://github.com/{GENERATOR}"))],
        workflow: Some(Pattern::exact(".github/workflows/release.yml")),
        level: 3,
        ..BuildExpectation::default()
    }
}

/// As the generic generator writes it.
fn generic() -> Value {
    let uri = "git+https://github.com/acme/app@refs/heads/main";
    json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [{ "name": "app.tar", "digest": { "sha256": DIGEST } }],
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "predicate": {
            "builder": { "id": format!("https://github.com/{GENERATOR}") },
            "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
            "invocation": {
                "configSource": {
                    "uri": uri, "digest": { "sha1": SHA }, "entryPoint": ".github/workflows/release.yml",
                },
                "parameters": {},
                "environment": {
                    "github_event_name": "push", "github_ref": "refs/heads/main", "github_sha1": SHA,
                    "github_repository_id": "1001", "github_repository_owner_id": "101",
                    "github_repository": "acme/app", "github_run_id": "9001", "github_run_attempt": "1",
                },
            },
            "metadata": { "buildInvocationID": "9001-1" },
            "materials": [{ "uri": uri, "digest": { "sha1": SHA } }],
        },
    })
}

/// Provenance v1, of a type that has more parameters than a workflow.
fn v1() -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "app.tar", "digest": { "sha256": DIGEST } }],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://plimsoll.dev/buildtypes/jenkins/v1",
                "externalParameters": {
                    "job": "release",
                    "source": { "repository": "https://github.com/acme/app", "ref": "refs/heads/main" },
                },
                "resolvedDependencies": [
                    { "uri": "git+https://github.com/acme/app@refs/heads/main", "digest": { "gitCommit": SHA } },
                ],
            },
            "runDetails": { "builder": { "id": format!("https://github.com/{GENERATOR}") } },
        },
    })
}

fn with(statement: &Value, place: &str, value: Value) -> Value {
    let mut changed = statement.clone();
    *changed.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = value;
    changed
}

#[test]
fn a_lie_under_the_same_certificate_is_found() {
    let mut signer = Signer::start(|_| {});
    let truth = generic();
    assert_eq!(signer.code(&truth, expected()), None);
    let other = GENERATOR.replace("generator_generic", "builder_go");
    let evil = |reference: &str| json!(format!("git+https://github.com/evil/app@{reference}"));
    let predicate = |rest: &str| format!("/predicate/{rest}");
    let environment = |key: &str| format!("/predicate/invocation/environment/{key}");
    let zeros = json!("0".repeat(40));
    let mut wrong = Vec::new();
    let at_tag = json!("git+https://github.com/acme/app@refs/tags/v1");
    for (place, value, code) in [
        (predicate("builder/id"), json!(format!("https://github.com/{other}")), Code::BuilderMismatch),
        (
            predicate("builder/id"),
            json!("https://github.com/acme/app/.github/workflows/x.yml@refs/heads/main"),
            Code::BuilderMismatch,
        ),
        (predicate("builder/id"), json!("https://builds.example"), Code::BuilderMismatch),
        (predicate("builder/id"), json!(format!("https://github.com/{GENERATOR}/")), Code::BuilderMismatch),
        (predicate("builder/id"), json!(format!("https://GitHub.com/{GENERATOR}")), Code::BuilderMismatch),
        (predicate("builder/id"), json!(""), Code::Provenance),
        (predicate("materials/0/uri"), evil("refs/heads/main"), Code::Contradiction),
        (predicate("materials/0/uri"), at_tag.clone(), Code::Provenance),
        (predicate("materials/0/uri"), json!("git+https://github.com/Acme/app@refs/heads/main"), Code::Contradiction),
        (predicate("materials/0/uri"), json!("git+https://github.com/acme/app"), Code::Provenance),
        (predicate("materials/0/digest/sha1"), zeros.clone(), Code::Contradiction),
        (predicate("materials"), json!([]), Code::Provenance),
        (predicate("invocation/configSource/uri"), evil("refs/heads/main"), Code::Source),
        (predicate("invocation/configSource/entryPoint"), json!(".github/workflows/release.yml.evil"), Code::Workflow),
        (predicate("invocation"), Value::Null, Code::Provenance),
        (environment("github_event_name"), json!("workflow_dispatch"), Code::Contradiction),
        (environment("github_ref"), json!("refs/tags/v1"), Code::Contradiction),
        (environment("github_sha1"), zeros, Code::Contradiction),
        (environment("github_repository_id"), json!("1002"), Code::Contradiction),
        (environment("github_repository_owner_id"), json!("102"), Code::Contradiction),
        (environment("github_run_id"), json!("9002"), Code::Contradiction),
        (predicate("buildType"), json!("https://builds.example/types/any"), Code::Source),
        ("/predicateType".to_owned(), json!("https://slsa.dev/provenance/v1"), Code::Provenance),
        ("/predicateType".to_owned(), json!("https://spdx.dev/Document"), Code::PredicateType),
        ("/subject/0/digest/sha256".to_owned(), json!("0".repeat(64)), Code::Subject),
        ("/subject/0/digest".to_owned(), json!({ "sha256": DIGEST, "sha512": "0".repeat(128) }), Code::Subject),
    ] {
        let found = signer.code(&with(&truth, &place, value.clone()), expected());
        // Of a digest of which the artifact's is not known, nothing can be told.
        let open = value.get("sha512").is_some() && found.is_none();
        if !open && found != Some(code) {
            wrong.push(format!("{place} {value}: {found:?}, not {code:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What is more, and does not change what it says.
    let more =
        json!([{ "name": "b", "digest": { "sha256": "0".repeat(64) } }, truth["subject"][0], truth["subject"][0]]);
    assert_eq!(signer.code(&with(&truth, "/subject", more), expected()), None);
}

#[test]
fn a_lie_of_version_1_is_found() {
    let mut signer = Signer::start(|_| {});
    let truth = v1();
    let expected = || BuildExpectation { workflow: None, source_id: None, ..expected() };
    assert_eq!(signer.code(&truth, expected()), None);
    let definition = |rest: &str| format!("/predicate/buildDefinition/{rest}");
    let both = |repository: &str, reference: &str, commit: &str| {
        let changed = with(
            &truth,
            &definition("externalParameters/source"),
            json!({ "repository": repository, "ref": reference }),
        );
        let dependency = json!([{ "uri": format!("git+{repository}@{reference}"), "digest": { "gitCommit": commit } }]);
        with(&changed, &definition("resolvedDependencies"), dependency)
    };
    let own = "https://github.com/acme/app";
    for (changed, code) in [
        (both("https://github.com/evil/app", "refs/heads/main", SHA), Code::Contradiction),
        (both(own, "refs/tags/v1", SHA), Code::Contradiction),
        (both(own, "refs/heads/main", &"0".repeat(40)), Code::Contradiction),
        (with(&truth, &definition("externalParameters/source/ref"), json!("refs/tags/v1")), Code::Provenance),
        (with(&truth, &definition("externalParameters/job"), json!({ "evil": "x" })), Code::Parameter),
        (with(&truth, &definition("externalParameters"), json!({ "command": "make" })), Code::Source),
        (with(&truth, &definition("resolvedDependencies"), json!([])), Code::Provenance),
        (with(&truth, &definition("buildType"), json!("")), Code::Provenance),
        (with(&truth, "/predicate/runDetails/builder/id", json!("https://builds.example")), Code::BuilderMismatch),
    ] {
        let found = signer.code(&changed, expected());
        let found = if found == Some(Code::Parameter) && code == Code::Source { Some(code) } else { found };
        assert_eq!(found, Some(code), "{changed:#}");
    }
    let mut later = truth.clone();
    later["predicate"]["buildDefinition"]["externalParameters"]["later"] = json!(true);
    assert_eq!(signer.code(&later, expected()), Some(Code::Parameter));
}

/// The level is that of signer and builder; a document cannot raise it, and a machine of somebody else lowers it.
#[test]
fn the_level_is_not_what_the_document_says() {
    let mut hosted = Signer::start(|_| {});
    let mut own = Signer::start(|job| "self-hosted".clone_into(&mut job.runner));
    let level = |level| BuildExpectation { level, ..BuildExpectation::default() };
    let mut boasting = generic();
    boasting["predicate"]["level"] = json!(4);
    boasting["predicate"]["builder"]["slsaLevel"] = json!("SLSA_BUILD_LEVEL_4");
    assert_eq!(hosted.code(&boasting, level(3)), None);
    assert_eq!(own.code(&boasting, level(3)), Some(Code::Level));
    assert_eq!(own.code(&boasting, level(1)), None);
    // A workflow that is no generator.
    let mut plain = Signer::start(|job| job.reusable = None);
    let id = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main";
    let by_itself = with(&generic(), "/predicate/builder/id", json!(id));
    assert_eq!(plain.code(&by_itself, level(1)), None);
    assert_eq!(plain.code(&by_itself, level(2)), Some(Code::Level));
    assert_eq!(plain.code(&generic(), level(1)), Some(Code::BuilderMismatch));
}
