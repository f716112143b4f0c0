//! sigstore-python and sigstore-js sign against the private Sigstore, verify what either signed, and see each fault that
//! they should see: it is a Sigstore, not only something that our own code takes for one.

use plimsoll_dev_stack::{Fault, LogKey};
use plimsoll_tests::{PrivateSigstore, Signing, SigstoreClient};

const CONTENT: &[u8] = b"what is signed\n";

/// Each signs in every way; all verify, for the right signer and file only.
fn all_agree(sigstore: &PrivateSigstore, clients: &[SigstoreClient], ways: &[Signing]) {
    let file = sigstore.write("artifact", CONTENT);
    let other = sigstore.write("other", b"something else\n");
    let (identity, issuer) = (sigstore.identity.certified(), sigstore.stack.issuer(&sigstore.identity));
    for signer in clients {
        for way in ways {
            let bundle = sigstore.sign(signer, *way, &file).unwrap_or_else(|why| panic!("{signer:?}: {why}"));
            for verifier in clients {
                let outcome = sigstore.verify(verifier, *way, &bundle, &file);
                outcome.unwrap_or_else(|why| panic!("{signer:?} {verifier:?}: {why}"));
            }
            // Once is enough, with the one that starts fastest.
            let Some(verifier) = clients.last() else { continue };
            assert!(sigstore.verify(verifier, *way, &bundle, &other).is_err(), "{way:?}");
            for (identity, issuer) in [("else", issuer.as_str()), (identity.as_str(), "else")] {
                assert!(sigstore.verify_as(verifier, *way, &bundle, &file, identity, issuer).is_err(), "{way:?}");
            }
        }
    }
}

#[test]
fn clients_sign_and_verify_each_others() {
    let sigstore = PrivateSigstore::start(|_| {}).unwrap();
    all_agree(&sigstore, &SigstoreClient::all(), &Signing::ALL);
}

#[test]
fn clients_take_the_other_kinds_of_log() {
    let sigstore = PrivateSigstore::start(|options| {
        options.log_key = LogKey::EcdsaP256;
        options.sct_index = true;
        options.faults = vec![Fault::TimestampFraction];
    });
    all_agree(&sigstore.unwrap(), &SigstoreClient::all(), &Signing::ALL[2..3]);
}

/// What is seen at the latest when verifying, in which version of Rekor.
const SEEN: &[(Fault, u8)] = &[
    (Fault::TokenExpired, 1),
    (Fault::CertificateExpired, 1),
    (Fault::CertificateWithoutSct, 1),
    (Fault::CertificateWrongSct, 1),
    (Fault::CertificateWrongUsage, 1),
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

#[test]
fn clients_see_faults() {
    for client in SigstoreClient::all() {
        let mut unseen = Vec::new();
        for (fault, rekor) in SEEN {
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
