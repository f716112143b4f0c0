//! sigstore-python, sigstore-js and we sign against the private Sigstore, and all verify what any of them signed. The
//! others see each fault that they should see: it is a Sigstore, not only something that our own code takes for one.

use plimsoll_dev_stack::{Fault, LogKey};
use plimsoll_tests::{PrivateSigstore, Signing, SigstoreClient};

const CONTENT: &[u8] = b"what is signed\n";

/// Each signs in every way; all verify, for the right signer and file only.
fn all_agree(sigstore: &PrivateSigstore, ways: &[Signing]) {
    let mut clients = SigstoreClient::others();
    if clients.is_empty() {
        return;
    }
    clients.push(SigstoreClient::Plimsoll);
    let file = sigstore.write("artifact", CONTENT);
    let other = sigstore.write("other", b"something else\n");
    let (identity, issuer) = (sigstore.identity.certified(), sigstore.stack.issuer(&sigstore.identity));
    for signer in clients.iter().filter(|client| client.signs()) {
        for way in ways {
            let bundle = sigstore.sign(signer, *way, &file).unwrap_or_else(|why| panic!("{signer:?}: {why}"));
            for verifier in &clients {
                let outcome = sigstore.verify(verifier, *way, &bundle, &file);
                outcome.unwrap_or_else(|why| panic!("{signer:?} {verifier:?}: {why}"));
            }
            // Once is enough, with those that start fast.
            for verifier in clients.iter().rev().take(2) {
                assert!(sigstore.verify(verifier, *way, &bundle, &other).is_err(), "{way:?}");
                for (identity, issuer) in [("else", issuer.as_str()), (identity.as_str(), "else")] {
                    assert!(sigstore.verify_as(verifier, *way, &bundle, &file, identity, issuer).is_err(), "{way:?}");
                }
            }
        }
    }
}

#[test]
fn clients_sign_and_verify_each_others() {
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    all_agree(&sigstore, &Signing::ALL);
}

#[test]
fn clients_take_the_other_kinds_of_log() {
    let sigstore = PrivateSigstore::start(|options| {
        options.log_key = LogKey::EcdsaP256;
        options.sct_index = true;
        options.faults = vec![Fault::TimestampFraction];
    });
    all_agree(&sigstore.unwrap(), &Signing::ALL[2..3]);
}

/// What is seen at the latest when verifying, in which version of Rekor.
const SEEN: &[(Fault, u8)] = &[
    (Fault::TokenExpired, 1),
    (Fault::CertificateExpired, 1),
    (Fault::CertificateWithoutSct, 1),
    (Fault::CertificateWrongSct, 1),
    (Fault::CertificateWrongAuthority, 1),
    (Fault::SetWrong, 1),
    (Fault::CheckpointRoot, 1),
    (Fault::CheckpointRoot, 2),
    (Fault::CheckpointSignature, 1),
    (Fault::CheckpointSignature, 2),
    (Fault::InclusionProof, 1),
    (Fault::InclusionProof, 2),
    (Fault::EntryOfAnother, 1),
    (Fault::EntryOfAnother, 2),
    (Fault::TimestampImprint, 2),
    (Fault::TimestampUntrusted, 2),
    (Fault::TimestampOutside, 2),
];

/// What sigstore-js 4.1 of `@sigstore/verify` does not look at: what a certificate is for.
const SEEN_BY_PYTHON: &[(Fault, u8)] = &[(Fault::CertificateWrongUsage, 1)];

#[test]
fn clients_see_faults() {
    for client in SigstoreClient::others() {
        let more = if matches!(client, SigstoreClient::Python(_)) { SEEN_BY_PYTHON } else { &[] };
        let mut unseen = Vec::new();
        for (fault, rekor) in SEEN.iter().chain(more) {
            let sigstore = PrivateSigstore::start(|options| options.faults = vec![*fault]).unwrap();
            let file = sigstore.write("artifact", CONTENT);
            let way = Signing { rekor: *rekor, statement: false };
            let signed = sigstore.sign(&client, way, &file);
            if signed.and_then(|bundle| sigstore.verify(&client, way, &bundle, &file)).is_ok() {
                unseen.push(format!("{fault} {rekor}"));
            }
        }
        assert!(unseen.is_empty(), "{client:?} sees nothing wrong with {unseen:?}");
    }
}
