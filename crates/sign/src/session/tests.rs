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
    let mut options = NetworkOptions::default();
    options.backoff = std::time::Duration::from_millis(1);
    options.retries = 1;
    options
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
            assert!(String::from_utf8_lossy(message.json()).starts_with(r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json""#));
        }
    }
}
