//! Whatever is wrong with the services: an error, and no bundle.

use std::time::Duration;

use plimsoll_dev_stack::{Fault, Outage, Service};

use super::*;

/// What must be wrong with a bundle, and in which logs it shows.
const FAULTS: &[(Fault, &[RekorVersion])] = &[
    (Fault::CertificateExpired, &BOTH),
    (Fault::CertificateWithoutSct, &BOTH),
    (Fault::CertificateWrongSct, &BOTH),
    (Fault::CertificateWrongUsage, &BOTH),
    (Fault::CertificateWrongAuthority, &BOTH),
    (Fault::SetWrong, &[RekorVersion::V1]),
    (Fault::CheckpointRoot, &BOTH),
    (Fault::CheckpointSignature, &BOTH),
    // Logs of version 1 may be called anything.
    (Fault::CheckpointOrigin, &[RekorVersion::V2]),
    (Fault::InclusionProof, &BOTH),
    (Fault::EntryOfAnother, &BOTH),
    (Fault::TimestampImprint, &BOTH),
    (Fault::TimestampNonce, &BOTH),
    (Fault::TimestampUntrusted, &BOTH),
    (Fault::TimestampOutside, &BOTH),
    (Fault::Outage(Service::Fulcio, Outage::Down), &BOTH),
    (Fault::Outage(Service::Fulcio, Outage::Broken), &BOTH),
    (Fault::Outage(Service::Fulcio, Outage::Busy), &[RekorVersion::V1]),
    (Fault::Outage(Service::Rekor, Outage::Down), &[RekorVersion::V1]),
    (Fault::Outage(Service::Rekor, Outage::Broken), &[RekorVersion::V1]),
    (Fault::Outage(Service::RekorV2, Outage::Down), &[RekorVersion::V2]),
    (Fault::Outage(Service::RekorV2, Outage::Broken), &[RekorVersion::V2]),
    (Fault::Outage(Service::Timestamp, Outage::Down), &BOTH),
    (Fault::Outage(Service::Timestamp, Outage::Broken), &BOTH),
];

#[test]
fn every_fault_is_an_error() {
    let stack = start();
    let mut survived = Vec::new();
    for (fault, versions) in FAULTS {
        for version in *versions {
            // An entry of somebody else has to be there for that to be answered.
            session(&stack, keyless(&stack, &somebody()), *version).attest(&statement(), Timestamp::now()).unwrap();
            let means = keyless(&stack, &somebody());
            let mut session = session(&stack, means, *version);
            stack.set_fault(*fault, true);
            for attempt in 0..2 {
                let now = Timestamp::now();
                let signed = match attempt {
                    0 => session.sign(&Artifact::Bytes(b"ship".to_vec()), now),
                    _ => session.attest(&statement(), now),
                };
                if signed.is_ok() {
                    survived.push(format!("{fault} {version:?} {attempt}"));
                }
            }
            stack.set_fault(*fault, false);
        }
    }
    assert!(survived.is_empty(), "{survived:#?}");
}

#[test]
fn timestamps_may_be_finer_than_a_second() {
    let stack = start();
    stack.set_fault(Fault::TimestampFraction, true);
    for version in BOTH {
        let mut session = session(&stack, keyless(&stack, &somebody()), version);
        session.sign(&Artifact::Bytes(b"ship".to_vec()), Timestamp::now()).unwrap();
        session.attest(&statement(), Timestamp::now()).unwrap();
    }
}

#[test]
fn an_expired_token_is_told_before_anybody_is_asked() {
    let stack = start();
    stack.set_fault(Fault::TokenExpired, true);
    let mut session = session(&stack, keyless(&stack, &somebody()), RekorVersion::V1);
    let error = session.sign(&Artifact::Bytes(Vec::new()), Timestamp::now()).unwrap_err();
    assert!(matches!(error, SignError::Identity(crate::IdentityError::Expired { .. })), "{error}");
}

#[test]
fn a_service_that_is_too_slow_is_not_waited_for() {
    let mut options = Options::new(Arc::new(Timestamp::now));
    options.delay = Duration::from_secs(4);
    options.faults = vec![Fault::Outage(Service::Fulcio, Outage::Slow)];
    let stack = DevStack::start(options).unwrap();
    let mut session = session(&stack, keyless(&stack, &somebody()), RekorVersion::V1);
    let mut network = network();
    network.timeout = Duration::from_millis(200);
    session.http = Http::new(network);
    let error = session.sign(&Artifact::Bytes(Vec::new()), Timestamp::now()).unwrap_err();
    assert!(error.to_string().contains("no answer from the certificate authority"), "{error}");
}

#[test]
fn a_certificate_for_somebody_else_is_not_used() {
    let stack = start();
    let mut session = session(&stack, keyless(&stack, &somebody()), RekorVersion::V1);
    session.certify(Timestamp::now()).unwrap();
    let certificate = session.held.as_ref().unwrap().certificate.clone();
    let other = Somebody::Email("eve@example.org".into());
    let Means::Keyless(mut identity) = keyless(&stack, &other) else { unreachable!() };
    let claims = identity.token(Timestamp::now()).unwrap().claims().clone();
    let error = certificate.speaks_for(&claims).unwrap_err().to_string();
    assert!(error.contains("ada@example.org") && error.contains("eve@example.org"), "{error}");
}

#[test]
fn an_instance_whose_root_is_another_is_refused() {
    let (stack, other) = (start(), start());
    let mut session = session(&stack, keyless(&stack, &somebody()), RekorVersion::V1);
    session.root = TrustedRoot::parse("other", &other.trusted_root_json(), None).unwrap();
    let error = session.sign(&Artifact::Bytes(b"ship".to_vec()), Timestamp::now()).unwrap_err();
    assert!(matches!(error, SignError::DoesNotVerify { .. }), "{error}");
}
