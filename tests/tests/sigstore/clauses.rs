//! What a verifier of Sigstore evidence has to refuse, clause by clause (the client specification and the holes that others
//! had), with the code of the refusal. What needs an authority of its own is tested beside the code that refuses it; the
//! table says where.

use plimsoll_verify::{Code, read_evidence, verify};
use serde_json::{Value, json};

use crate::cases::{Case, conformance};

/// How a clause is tested.
enum By {
    /// A case of the suite.
    Suite(&'static str, Code),
    /// A case of the suite that holds, changed.
    Change(&'static str, fn(&mut Value), Code),
    /// A file that cannot be read as evidence at all.
    Unread(&'static str, fn(&mut Value)),
    /// In another test.
    Elsewhere(&'static str),
}
use By::{Change, Elsewhere, Suite, Unread};

const V1: &str = "happy-path-v0.3";
const V2: &str = "rekor2-happy-path";
const DSSE: &str = "happy-path-intoto-in-dsse-v3";
const TIMESTAMPS: &str = "crates/verify/src/engine/supplement/timestamp/tests.rs";
const NARROWING: &str = "tests/tests/sigstore/narrowing.rs";
const MUTATIONS: &str = "tests/tests/sigstore/mutations.rs";

fn entry(bundle: &mut Value) -> &mut Value {
    &mut bundle["verificationMaterial"]["tlogEntries"][0]
}

fn proof(bundle: &mut Value) -> &mut Value {
    &mut entry(bundle)["inclusionProof"]
}

/// Adds to a number that is written as a text.
fn add(value: &mut Value, step: i64) {
    let number: i64 = value.as_str().map_or_else(|| value.as_i64().unwrap_or(0), |text| text.parse().unwrap());
    *value = json!((number + step).to_string());
}

fn drop_key(value: &mut Value, key: &str) {
    value.as_object_mut().unwrap().remove(key);
}

const CLAUSES: &[(&str, By)] = &[
    // Parsing.
    (
        "media types are exactly v0.1, v0.2 and v0.3",
        Unread(V1, |it| it["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.4")),
    ),
    ("… and no others", Suite("bundle-unknown-version_fail", Code::Malformed)),
    (
        "v0.1 without a promise is no bundle",
        Change(
            V2,
            |it| it["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.1"),
            Code::Malformed,
        ),
    ),
    (
        "a proof that is there is checked, whatever the media type",
        Change("happy-path-v0.1", |it| add(&mut proof(it)["treeSize"], 1), Code::Checkpoint),
    ),
    ("base64 is base64", Suite("bundle-invalid-base64-signature_fail", Code::Malformed)),
    (
        "unknown kinds of entries are refused",
        Change(V1, |it| entry(it)["kindVersion"]["kind"] = json!("helm"), Code::EntryMismatch),
    ),
    (
        "unknown versions of entries are refused",
        Change(V1, |it| entry(it)["kindVersion"]["version"] = json!("0.0.3"), Code::EntryMismatch),
    ),
    ("an index is not negative", Suite("bundle-negative-log-index_fail", Code::Malformed)),
    (
        "entries without end are not read",
        Unread(V1, |it| {
            let one = entry(it).clone();
            it["verificationMaterial"]["tlogEntries"] = Value::Array(vec![one; 33]);
        }),
    ),
    (
        "timestamps without end are not read",
        Unread(V2, |it| {
            let stamps = &mut it["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"];
            *stamps = Value::Array(vec![stamps[0].clone(); 33]);
        }),
    ),
    (
        "certificates without end are not read",
        Unread("happy-path-v0.2", |it| {
            let chain = &mut it["verificationMaterial"]["x509CertificateChain"]["certificates"];
            *chain = Value::Array(vec![chain[0].clone(); 17]);
        }),
    ),
    ("what is malformed does not panic", Suite("bundle-malformed-json_fail", Code::Malformed)),
    ("… nor does anything else", Elsewhere(MUTATIONS)),
    ("a key that is there twice is refused", Elsewhere(MUTATIONS)),
    // Time first.
    ("a timestamp is over this signature", Suite("rekor2-timestamp-payload-mismatch_fail", Code::Timestamp)),
    ("its digests are SHA-256 or stronger", Elsewhere(TIMESTAMPS)),
    (
        "its signer is found by the chain of the authority",
        Suite("rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail", Code::Timestamp),
    ),
    ("… and not among what it brings along", Elsewhere(TIMESTAMPS)),
    ("its signer may stamp times, critically", Elsewhere(TIMESTAMPS)),
    ("its chain is valid when it was made", Suite("rekor2-timestamp-outside-tsa-cert-validity_fail", Code::Timestamp)),
    (
        "its authority is trusted for that time",
        Suite("rekor2-timestamp-outside-trust-root-tsa-validity_fail", Code::AuthorityWithdrawn),
    ),
    ("fractions of a second are times", Elsewhere(TIMESTAMPS)),
    (
        "the time of Rekor v1 is one by its promise only",
        Change("happy-path-v0.2", |it| drop_key(entry(it), "inclusionPromise"), Code::NoTime),
    ),
    ("… and is the one that was promised", Change(V1, |it| add(&mut entry(it)["integratedTime"], 1), Code::Promise)),
    ("Rekor v2 has no time", Suite("rekor2-no-timestamp_fail", Code::NoTime)),
    (
        "… even where one is written",
        Change(
            V2,
            |it| {
                entry(it)["integratedTime"] = json!("1750000000");
                it["verificationMaterial"]["timestampVerificationData"] = json!({});
            },
            Code::NoTime,
        ),
    ),
    ("there is no slack and no other clock", Suite("integrated-time-in-future_fail", Code::Expired)),
    (
        "the certificate is checked at every time",
        Suite("intoto-tsa-timestamp-outside-cert-validity_fail", Code::Expired),
    ),
    ("… those of logs too", Suite("intoto-set-outside-signing-cert-validity_fail", Code::Expired)),
    // The certificate.
    (
        "all certificates of the chain are valid when it was signed",
        Suite("intoto-expired-certificate_fail", Code::NotYetValid),
    ),
    (
        "certificates of authorities in the bundle are not believed",
        Suite("bundle-with-root-cert_fail", Code::Checkpoint),
    ),
    ("another instance is another authority", Suite("bundle-from-wrong-instance_fail", Code::UnknownLog)),
    ("a chain has a certificate", Suite("bundle-empty-certificate-chain_fail", Code::Malformed)),
    ("a certificate log that is trusted vouches for it", Suite("invalid-ct-key_fail", Code::CertificateLog)),
    ("identity, issuer, claims: anchored and whole", Elsewhere(NARROWING)),
    ("neither identity nor key is no expectation", Elsewhere(NARROWING)),
    // The log.
    (
        "kind and version of the body are those declared",
        // Declared as one of Rekor v2 it vouches for no time any more, which is seen first.
        Change(V1, |it| entry(it)["kindVersion"]["version"] = json!("0.0.2"), Code::NoTime),
    ),
    ("the body has this signature", Suite("wrong-hashedrekord-cert-and-sig_fail", Code::EntryMismatch)),
    ("the body has this digest", Suite("wrong-hashedrekord-artifact_fail", Code::Subject)),
    ("the body is this entry's", Suite("wrong-hashedrekord-entry_fail", Code::Subject)),
    ("… of envelopes: the signature", Suite("dsse-mismatch-sig_fail", Code::EntryMismatch)),
    ("… of envelopes: the payload", Suite("dsse-mismatch-envelope_fail", Code::EntryMismatch)),
    ("… of envelopes in Rekor v2: the signature", Suite("rekor2-dsse-mismatch-sig_fail", Code::EntryMismatch)),
    ("… of envelopes in Rekor v2: the payload", Suite("rekor2-dsse-mismatch-envelope_fail", Code::Subject)),
    ("… of the older entries of in-toto", Suite("intoto-log-entry-mismatch_fail", Code::Malformed)),
    ("the checkpoint has an origin", Suite("rekor2-checkpoint-missing-origin_fail", Code::Malformed)),
    ("… a size", Suite("rekor2-checkpoint-missing-size_fail", Code::Malformed)),
    ("… a root", Suite("rekor2-checkpoint-missing-root-hash_fail", Code::Malformed)),
    ("… a signature of the log", Suite("rekor2-checkpoint-missing-log-signature_fail", Code::Malformed)),
    ("… by its key and not its name", Suite("rekor2-checkpoint-no-matching-signature_fail", Code::Checkpoint)),
    ("… whose hint is its own", Suite("checkpoint-bad-keyhint_fail", Code::Checkpoint)),
    ("… that is right", Suite("invalid-checkpoint-signature_fail", Code::Checkpoint)),
    (
        "the log that is named is the one that signed",
        Change(
            V2,
            |it| {
                entry(it)["logId"]["keyId"] = json!("wNI9atQGlz+VWfO6LRygH4QUfY/8W4RFwiT5i5WRgB0=");
            },
            Code::UnknownLog,
        ),
    ),
    ("root and size are the checkpoint's", Suite("checkpoint-wrong-roothash_fail", Code::Checkpoint)),
    ("… in Rekor v2 too", Change(V2, |it| add(&mut proof(it)["treeSize"], 1), Code::Checkpoint)),
    ("the path leads to the root", Suite("inclusion-proof-corrupted-hash_fail", Code::Inclusion)),
    ("… to its end", Change(V1, |it| drop(proof(it)["hashes"].as_array_mut().unwrap().pop()), Code::Inclusion)),
    (
        "… and no further",
        Change(
            V1,
            |it| {
                let hashes = proof(it)["hashes"].as_array_mut().unwrap();
                hashes.push(hashes[0].clone());
            },
            Code::Inclusion,
        ),
    ),
    (
        "the index is below the size",
        Change(
            V1,
            |it| {
                let size = proof(it)["treeSize"].clone();
                proof(it)["logIndex"] = size;
            },
            Code::Malformed,
        ),
    ),
    (
        "the index of the promise is the one that was promised",
        Change(V1, |it| add(&mut entry(it)["logIndex"], 1), Code::Promise),
    ),
    (
        "the index of the proof is the one in the tree",
        Change(V1, |it| add(&mut proof(it)["logIndex"], -1), Code::Inclusion),
    ),
    ("in Rekor v2 they are one", Change(V2, |it| add(&mut proof(it)["logIndex"], -1), Code::Inclusion)),
    ("a promise that is there holds", Suite("set-invalid-signature_fail", Code::Promise)),
    ("the validity of a log has a start", Suite("trust-root-tlog-missing-validity-start_fail", Code::Authority)),
    ("without a proof nobody is asked for one", Suite("rekor2-no-inclusion-proof_fail", Code::Inclusion)),
    ("… for older entries neither", Suite("intoto-missing-inclusion-proof_fail", Code::Malformed)),
    (
        "an entry without any proof rides along with none that has one",
        Change(
            V1,
            |it| {
                let mut bare = entry(it).clone();
                drop_key(&mut bare, "inclusionProof");
                drop_key(&mut bare, "inclusionPromise");
                it["verificationMaterial"]["tlogEntries"].as_array_mut().unwrap().push(bare);
            },
            Code::Inclusion,
        ),
    ),
    ("a threshold counts distinct logs", Elsewhere(NARROWING)),
    // The payload.
    (
        "an envelope has one signature",
        Change(
            DSSE,
            |it| {
                let signatures = it["dsseEnvelope"]["signatures"].as_array_mut().unwrap();
                signatures.push(signatures[0].clone());
            },
            Code::Unsupported,
        ),
    ),
    ("… and not none", Unread(DSSE, |it| it["dsseEnvelope"]["signatures"] = json!([]))),
    ("what is signed is the encoding of what is in it", Suite("dsse-invalid-sig_fail", Code::Signature)),
    ("… in Rekor v2 too", Suite("rekor2-dsse-invalid-sig_fail", Code::Signature)),
    (
        "the payload is an in-toto statement",
        Change(DSSE, |it| it["dsseEnvelope"]["payloadType"] = json!("application/json"), Code::Unsupported),
    ),
    ("versions and subjects of statements", Elsewhere("crates/attest/src/statement.rs")),
    ("the statement is about this artifact", Suite("wrong-material_fail", Code::Subject)),
    ("the type is compared, always", Elsewhere(NARROWING)),
    ("the digest that the bundle names is the artifact's", Suite("message-digest-mismatch_fail", Code::Subject)),
    ("the signature is over this artifact", Suite("signature-mismatch_fail", Code::Signature)),
    ("the key in the entry is the signer's", Suite("incorrect-public-key_fail", Code::Promise)),
    ("a key is the one given", Suite("managed-key-wrong-key_fail", Code::Authority)),
    ("a certificate is not a key, nor the other way round", Elsewhere(NARROWING)),
    ("a registry is not believed about digests", Elsewhere("crates/registry")),
];

/// What the refusal says, or that there was none.
fn told(case: &Case, bytes: &[u8]) -> String {
    let evidence = match read_evidence(bytes, &case.name) {
        Ok(evidence) => evidence,
        Err(error) => return format!("{}: {error}", Code::Malformed.name()),
    };
    let outcome = verify(&evidence, &case.subject, &case.expectation, case.roots);
    match outcome.refused().first() {
        _ if outcome.is_verified() => "verified".into(),
        Some(refusal) => format!("{}: {}", refusal.code().name(), refusal.reason()),
        None => "nothing".into(),
    }
}

#[test]
fn each_clause_is_kept() {
    let Some(cases) = conformance() else { return };
    let find = |name: &str| {
        let name = format!("{name} [path]");
        cases.iter().map(|(case, _)| case).find(|case| case.name == name).unwrap_or_else(|| panic!("no case {name}"))
    };
    let mut wrong = Vec::new();
    for (clause, by) in CLAUSES {
        let (base, edit, code) = match by {
            Suite(base, code) => (base, None, code),
            Change(base, edit, code) => (base, Some(edit), code),
            Unread(base, edit) => (base, Some(edit), &Code::Malformed),
            Elsewhere(place) => {
                let there = plimsoll_tests::workspace().join(place);
                assert!(there.exists(), "{clause}: {place}");
                continue;
            }
        };
        let case = find(base);
        let bytes = match edit {
            None => case.bytes.clone(),
            Some(edit) => {
                assert!(case.is_valid(), "{clause}: {base} holds");
                let mut bundle = serde_json::from_slice(&case.bytes).unwrap();
                edit(&mut bundle);
                bundle.to_string().into_bytes()
            }
        };
        let told = told(case, &bytes);
        if !told.starts_with(&format!("{}:", code.name())) {
            wrong.push(format!("{clause} ({base}): {} was expected, and it is {told}", code.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
