//! Signing at a private Sigstore of one process.

use std::sync::Arc;

use plimsoll_attest::StatementBuilder;
use plimsoll_dev_stack::{DevStack, Identity as Somebody, Options, RekorVersion, Workflow};
use serde_json::json;

use super::*;
use crate::identity::{IdentityToken, Provider};
use crate::signing_config::{Needs, Overrides, SigningConfig};
use crate::{RsaSize, SecretText};

mod faults;

const BOTH: [RekorVersion; 2] = [RekorVersion::V1, RekorVersion::V2];

fn start() -> DevStack {
    DevStack::start(Options::new(Arc::new(Timestamp::now))).unwrap()
}

fn somebody() -> Somebody {
    Somebody::Email("ada@example.org".into())
}

fn network() -> NetworkOptions {
    NetworkOptions { backoff: std::time::Duration::from_millis(1), retries: 1, ..NetworkOptions::default() }
}

fn keyless(stack: &DevStack, who: &Somebody) -> Means {
    let token = SecretText::new(stack.token(who).unwrap().expose().to_owned());
    let token = IdentityToken::parse(&token).unwrap();
    Means::Keyless(Box::new(Identity::fixed(Provider::Variable, "sigstore", token)))
}

fn key(scheme: Scheme) -> Means {
    Means::Key(Box::new(SoftwareSigner::generate(scheme).unwrap()))
}

fn session(stack: &DevStack, means: Means, version: RekorVersion) -> Session {
    let config = SigningConfig::parse(&stack.signing_config_json(&[version])).unwrap();
    let needs = Needs { certificate: matches!(means, Means::Keyless(_)), log: true, timestamps: true };
    let services = config.services(Timestamp::now(), needs, &Overrides::default()).unwrap();
    let root = TrustedRoot::parse("dev", &stack.trusted_root_json(), None).unwrap();
    Session::new(means, services, root, network())
}

fn statement() -> Vec<u8> {
    let digest = [("sha256".to_owned(), "ab".repeat(32))].into_iter().collect();
    StatementBuilder::new("https://example.org/v1", json!({"a": 1})).subject("x", digest).build().unwrap().1
}

#[test]
fn messages_and_statements_in_both_logs_with_and_without_key() {
    let stack = start();
    for version in BOTH {
        let means = [keyless(&stack, &somebody()), key(Scheme::EcdsaP256Sha256)];
        for means in means {
            let mut session = session(&stack, means, version);
            let now = Timestamp::now();
            let message = session.sign(&Artifact::Bytes(b"ship".to_vec()), now).unwrap();
            let attested = session.attest(&statement(), now).unwrap();
            for bundle in [&message, &attested] {
                assert!(bundle.outcome().is_verified());
                assert_eq!(bundle.entries().len(), 1);
            }
            assert!(
                String::from_utf8_lossy(message.json())
                    .starts_with(r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json""#)
            );
        }
    }
}

#[test]
fn every_kind_of_key_that_a_log_takes() {
    let stack = start();
    for scheme in [Scheme::EcdsaP256Sha256, Scheme::EcdsaP384Sha384, Scheme::RsaPkcs1Sha256(RsaSize::Bits2048)] {
        for version in BOTH {
            let mut session = session(&stack, key(scheme), version);
            let now = Timestamp::now();
            session
                .sign(&Artifact::Bytes(b"ship".to_vec()), now)
                .unwrap_or_else(|error| panic!("{scheme} {version:?} {error}"));
            session.attest(&statement(), now).unwrap_or_else(|error| panic!("{scheme} {version:?} {error}"));
        }
    }
    let mut session = session(&stack, key(Scheme::Ed25519), RekorVersion::V2);
    assert!(matches!(session.sign(&Artifact::Bytes(Vec::new()), Timestamp::now()), Err(SignError::Scheme { .. })));
    assert!(matches!(session.attest(&statement(), Timestamp::now()), Err(SignError::Scheme { .. })));
}

#[test]
fn a_key_without_log_or_network() {
    let stack = start();
    for scheme in [Scheme::EcdsaP256Sha256, Scheme::EcdsaP384Sha384, Scheme::Ed25519] {
        let services = Services { authority: None, issuer: None, logs: Vec::new(), timestamps: Vec::new() };
        let root = TrustedRoot::parse("dev", &stack.trusted_root_json(), None).unwrap();
        let mut session = Session::new(key(scheme), services, root, network());
        let signed = session.sign(&Artifact::Bytes(b"ship".to_vec()), Timestamp::now()).unwrap();
        assert!(signed.entries().is_empty() && signed.timestamps().is_empty());
        session.attest(&statement(), Timestamp::now()).unwrap();
    }
}

#[test]
fn many_artifacts_cost_one_certificate_until_it_runs_out() {
    let stack = start();
    let mut session = session(&stack, keyless(&stack, &somebody()), RekorVersion::V2);
    let now = Timestamp::now();
    let certificate = |session: &Session| session.held.as_ref().unwrap().certificate.der().to_vec();
    session.sign(&Artifact::Bytes(b"one".to_vec()), now).unwrap();
    let first = certificate(&session);
    session.sign(&Artifact::Bytes(b"two".to_vec()), now).unwrap();
    assert_eq!(certificate(&session), first);
    // A minute before the end of the certificate there is another one, if the token still lasts.
    let later = session.held.as_ref().unwrap().certificate.not_after() - SignedDuration::from_secs(59);
    match session.sign(&Artifact::Bytes(b"three".to_vec()), later) {
        Ok(_) => assert_ne!(certificate(&session), first),
        Err(error) => assert!(matches!(error, SignError::Identity(_)), "{error}"),
    }
}

#[test]
fn the_plan_names_who_signs_and_what_is_public() {
    let stack = start();
    let mut workflow = Workflow::of("acme/secret");
    workflow.visibility = "private".into();
    let mut session = session(&stack, keyless(&stack, &Somebody::Workflow(Box::new(workflow))), RekorVersion::V1);
    let plan = session.plan(Timestamp::now()).unwrap();
    assert_eq!(plan.identity.as_ref().unwrap().visibility, crate::Visibility::NotPublic);
    assert!(plan.refusal().is_none(), "an instance of one's own is not public");
    session.services.logs = vec![Log { url: "https://rekor.sigstore.dev".into(), version: LogVersion::V1 }];
    let refusal = session.plan(Timestamp::now()).unwrap().refusal().unwrap();
    assert!(refusal.to_string().contains("rekor.sigstore.dev"), "{refusal}");
    session.means = keyless(&stack, &Somebody::Workflow(Box::new(Workflow::of("acme/open"))));
    assert!(session.plan(Timestamp::now()).unwrap().refusal().is_none());
    session.means = keyless(&stack, &somebody());
    assert!(session.plan(Timestamp::now()).unwrap().refusal().is_some(), "a person's token says nothing");
}

#[test]
fn a_workflow_signs_under_the_name_of_its_file() {
    let stack = start();
    let who = Somebody::Workflow(Box::new(Workflow::of("acme/open")));
    let signed = session(&stack, keyless(&stack, &who), RekorVersion::V2)
        .sign(&Artifact::Bytes(b"ship".to_vec()), Timestamp::now())
        .unwrap();
    let verified = &signed.outcome().verified()[0];
    assert_eq!(verified.claims().identity(), Some(who.certified().as_str()));
}

#[test]
fn into_two_logs_at_once() {
    let stack = start();
    let mut session = session(&stack, keyless(&stack, &somebody()), RekorVersion::V1);
    let config = SigningConfig::parse(&stack.signing_config_json(&[RekorVersion::V2])).unwrap();
    let needs = Needs { certificate: true, log: true, timestamps: true };
    let second = config.services(Timestamp::now(), needs, &Overrides::default()).unwrap();
    session.services.logs.extend(second.logs);
    for signed in [
        session.sign(&Artifact::Bytes(b"ship".to_vec()), Timestamp::now()).unwrap(),
        session.attest(&statement(), Timestamp::now()).unwrap(),
    ] {
        let versions: Vec<LogVersion> = signed.entries().iter().map(|entry| entry.log.version).collect();
        assert_eq!(versions, [LogVersion::V1, LogVersion::V2]);
    }
}

#[test]
fn a_large_statement_goes_into_a_log_of_version_two() {
    let stack = start();
    let digest = [("sha256".to_owned(), "ab".repeat(32))].into_iter().collect();
    let predicate = json!({ "large": "x".repeat(5 << 20) });
    let large = StatementBuilder::new("https://example.org/v1", predicate).subject("x", digest).build().unwrap().1;
    session(&stack, keyless(&stack, &somebody()), RekorVersion::V2).attest(&large, Timestamp::now()).unwrap();
    let mut first = session(&stack, keyless(&stack, &somebody()), RekorVersion::V1);
    first.services.logs = vec![Log { url: "https://rekor.sigstore.dev".into(), version: LogVersion::V1 }];
    let error = first.attest(&large, Timestamp::now()).unwrap_err();
    assert!(matches!(error, SignError::TooLargeForLog { .. }), "{error}");
    assert!(error.hint().unwrap().contains("version 2"));
}
