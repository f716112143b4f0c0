//! Provenance of our own, signed with a key of our own, against the rules of SLSA and in-toto.

mod names;
mod parsing;

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use data_encoding::{BASE64, HEXLOWER};
use plimsoll_attest::{IN_TOTO_PAYLOAD_TYPE, pae};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use super::{
    BuildExpectation, BuilderRule, BuilderSigner, ParameterRule, ProvenanceExpectation, ProvenanceOutcome, RunnerRule,
    verify_provenance,
};
use crate::{BuiltIn, Code, Evidence, LogRule, Pattern, PublicKey, Subject, TrustedRoot, read_evidence};

const ARTIFACT: &[u8] = b"an artifact";
const BUILDER: &str = "https://builds.example/kiln";
const COMMIT: &str = "4f1d8c2b9a3e5d7061728394a5b6c7d8e9f00112";

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    fn public(&self) -> PublicKey {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        PublicKey::from_der(der.as_ref().to_vec()).unwrap()
    }

    /// An envelope, on one line.
    fn envelope(&self, payload_type: &str, statement: &str) -> String {
        let signature = self.0.sign(&SystemRandom::new(), &pae(payload_type, statement.as_bytes())).unwrap();
        json!({
            "payloadType": payload_type,
            "payload": BASE64.encode(statement.as_bytes()),
            "signatures": [{ "sig": BASE64.encode(signature.as_ref()) }],
        })
        .to_string()
    }

    fn sign(&self, statement: &Value) -> String {
        self.envelope(IN_TOTO_PAYLOAD_TYPE, &statement.to_string())
    }

    /// What is expected of the builder that signs with this key.
    fn expects(&self, build: BuildExpectation) -> ProvenanceExpectation {
        let rule = BuilderRule {
            name: "kiln".into(),
            id: Pattern::exact(BUILDER),
            signer: BuilderSigner::Keys(vec![self.public()]),
            build_types: Vec::new(),
            level: 2,
            runner: RunnerRule::Any,
        };
        let at = "2026-11-22T00:00:00Z".parse().unwrap();
        ProvenanceExpectation { builders: vec![rule], build, log: LogRule::NotUsedWithKey, logs: 1, times: 1, at }
    }
}

fn roots() -> &'static [TrustedRoot] {
    static ROOTS: LazyLock<[TrustedRoot; 1]> = LazyLock::new(|| [BuiltIn::PublicGood.trusted_root().unwrap()]);
    &*ROOTS
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn sha512(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha512::digest(bytes))
}

/// A statement about the artifact: v1 in v1, of a type of build that is known.
fn statement() -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "app", "digest": { "sha256": sha256(ARTIFACT) } }],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://plimsoll.dev/buildtypes/jenkins/v1",
                "externalParameters": {
                    "job": "release",
                    "source": { "repository": "https://git.example/acme/app", "ref": "refs/tags/v1.4.0" },
                },
                "internalParameters": { "jenkins": { "node": "n1" } },
                "resolvedDependencies": [
                    { "uri": "git+https://git.example/acme/app@refs/tags/v1.4.0", "digest": { "gitCommit": COMMIT } },
                ],
            },
            "runDetails": {
                "builder": { "id": BUILDER, "version": { "kiln": "3" } },
                "metadata": { "invocationId": "7", "startedOn": "2026-11-01T00:00:00Z" },
                "byproducts": [{ "name": "log", "uri": "https://builds.example/kiln/7" }],
            },
        },
    })
}

/// Of a type of build that nothing knows.
fn of_unknown_type() -> Value {
    let mut statement = statement();
    let definition = &mut statement["predicate"]["buildDefinition"];
    definition["buildType"] = "https://builds.example/types/kiln@v3".into();
    definition["externalParameters"] = json!({ "recipe": "app", "flags": ["-O2", "-g"], "env": { "A.B": "1" } });
    statement
}

fn read(document: &str) -> Vec<Evidence> {
    read_evidence(document.as_bytes(), "evidence").unwrap()
}

fn artifact() -> Subject {
    Subject::bytes(ARTIFACT.to_vec())
}

fn judge(document: &str, expectation: &ProvenanceExpectation) -> ProvenanceOutcome {
    verify_provenance(&read(document), &artifact(), expectation, roots())
}

/// Why it is refused; `None` when it is proven.
fn code(document: &str, expectation: &ProvenanceExpectation) -> Option<Code> {
    let outcome = judge(document, expectation);
    if outcome.is_proven() { None } else { outcome.refused().first().map(super::ProvenanceRefusal::code) }
}

/// The same of a statement that is signed as it is.
fn code_of(statement: &Value, build: BuildExpectation) -> Option<Code> {
    let key = Key::new();
    code(&key.sign(statement), &key.expects(build))
}

#[test]
fn what_a_build_is_expected_to_be_is_what_it_has_to_be() {
    let pattern = |text: &str| Some(Pattern::exact(text));
    let with = |change: &dyn Fn(&mut BuildExpectation)| {
        let mut build = BuildExpectation::default();
        change(&mut build);
        code_of(&statement(), build)
    };
    assert_eq!(with(&|_| {}), None);
    assert_eq!(with(&|build| build.level = 2), None);
    assert_eq!(with(&|build| build.level = 3), Some(Code::Level));
    assert_eq!(with(&|build| build.commit = Some(COMMIT.into())), None);
    assert_eq!(with(&|build| build.commit = Some("0".repeat(40))), Some(Code::Commit));
    // A short one is none.
    assert_eq!(with(&|build| build.commit = Some(COMMIT[..12].into())), Some(Code::Commit));
    assert_eq!(with(&|build| build.workflow = pattern("ci.yml")), Some(Code::Workflow));
    assert_eq!(with(&|build| build.builder = vec![Pattern::exact(BUILDER)]), None);
    assert_eq!(with(&|build| build.builder = vec![Pattern::exact("https://builds.example")]), Some(Code::Builder));
    assert_eq!(with(&|build| build.build_types = vec![Pattern::exact("x")]), Some(Code::BuildType));
    assert_eq!(with(&|build| build.inputs = [("a".into(), "b".into())].into()), Some(Code::Inputs));
    // No certificate says the number, and neither does the document.
    assert_eq!(with(&|build| build.source_id = Some("7".into())), Some(Code::Source));
}

#[test]
fn a_type_that_nothing_knows_needs_a_word_about_each_parameter() {
    let with = |rules: &[(&str, ParameterRule)]| {
        let parameters = rules.iter().map(|(path, rule)| ((*path).to_owned(), rule.clone())).collect();
        code_of(&of_unknown_type(), BuildExpectation { parameters, ..BuildExpectation::default() })
    };
    let any = || ParameterRule::Any;
    let equal = |value: Value| ParameterRule::Equal(value);
    assert_eq!(with(&[]), Some(Code::Parameter));
    assert_eq!(with(&[("*", any())]), None);
    assert_eq!(with(&[("recipe", any()), ("flags.*", any()), ("env.*", any())]), None);
    assert_eq!(with(&[("recipe", any()), ("flags.*", any())]), Some(Code::Parameter));
    // A path is no prefix.
    assert_eq!(with(&[("recipe", any()), ("flag.*", any()), ("env.*", any())]), Some(Code::Parameter));
    let exact = [("recipe", equal(json!("app"))), ("flags.0", equal(json!("-O2"))), ("flags.1", equal(json!("-g")))];
    let dotted = ("env.\"A.B\"", ParameterRule::Matches(Pattern::regex("[0-9]").unwrap()));
    assert_eq!(with(&[exact.as_slice(), std::slice::from_ref(&dotted)].concat()), None);
    // The rule that says most counts, wherever it stands.
    assert_eq!(with(&[("*", any()), ("recipe", equal(json!("other")))]), Some(Code::Parameter));
    // One that has to be there and is not.
    assert_eq!(with(&[("*", any()), ("target", equal(json!("x")))]), Some(Code::Parameter));
    // A number is no text.
    let number = ("env.\"A.B\"", equal(json!(1)));
    assert_eq!(with(&[exact.as_slice(), &[number]].concat()), Some(Code::Parameter));
    // A source is not made up.
    let source = super::Repository::parse("git.example/acme/app");
    let parameters = [("*".to_owned(), any())].into();
    let build = BuildExpectation { source, parameters, ..BuildExpectation::default() };
    assert_eq!(code_of(&of_unknown_type(), build), Some(Code::Source));
}

#[test]
fn a_parameter_that_the_type_does_not_have_is_refused() {
    let mut changed = statement();
    changed["predicate"]["buildDefinition"]["externalParameters"]["later"] = json!({ "deep": [true] });
    assert_eq!(code_of(&changed, BuildExpectation::default()), Some(Code::Parameter));
    let parameters = [("later.deep.0".to_owned(), ParameterRule::Equal(json!(true)))].into();
    assert_eq!(code_of(&changed, BuildExpectation { parameters, ..BuildExpectation::default() }), None);
}

#[test]
fn nobody_else_signs_for_a_builder() {
    let (key, other) = (Key::new(), Key::new());
    assert_eq!(code(&other.sign(&statement()), &key.expects(BuildExpectation::default())), Some(Code::Signature));
    // Who is known for one builder is not for another.
    let mut changed = statement();
    changed["predicate"]["runDetails"]["builder"]["id"] = "https://builds.example/kiln/".into();
    assert_eq!(code_of(&changed, BuildExpectation::default()), Some(Code::UntrustedBuilder));
    changed["predicate"]["runDetails"]["builder"]["id"] = "".into();
    assert_eq!(code_of(&changed, BuildExpectation::default()), Some(Code::Provenance));
}
