use plimsoll_attest::Envelope;
use serde_json::json;

use super::*;
use crate::engine::Bound;

#[test]
fn all_keys_can_be_used_and_are_distinct() {
    let Keys { first, worker } = keys();
    assert_eq!((first.len(), worker.len()), (table::BUILT_BY_GCB.len() + 1, 1));
    let distinct: std::collections::BTreeSet<String> =
        first.iter().chain(&worker).map(PublicKey::fingerprint).collect();
    assert_eq!(distinct.len(), table::BUILT_BY_GCB.len() + 2);
}

#[test]
fn only_the_whole_name_of_a_key_is_one() {
    let of = |location: &str, name: &str| {
        format!(
            "projects/verified-builder/locations/{location}/keyRings/attestor/cryptoKeys/{name}/cryptoKeyVersions/1"
        )
    };
    assert_eq!(named(&of("us-west2", "builtByGCB")).unwrap().1, Over::Payload);
    assert_eq!(named(&of("global", "builtByGCB")).unwrap().1, Over::Payload);
    assert_eq!(named(&of("global", "provenanceSigner")).unwrap().1, Over::Encoding);
    assert_eq!(named(&of("global", "google-hosted-worker")).unwrap().1, Over::Encoding);
    for no in [
        String::new(),
        of("us-west9", "builtByGCB"),
        of("us-west2", "provenanceSigner"),
        of("../global", "builtByGCB"),
        of("global", "other"),
        format!("{}0", of("us-west2", "builtByGCB")),
        format!("x{}", of("us-west2", "builtByGCB")),
    ] {
        assert!(named(&no).is_none(), "{no}");
    }
}

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A statement that is not signed, and what stands beside it.
fn build() -> CloudBuild {
    let subject = json!([{"name": "https://r.example/x", "digest": {"sha256": HEX}}]);
    let predicate = json!({
        "builder": {"id": "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3"},
        "recipe": {"type": "t", "definedInMaterial": "-1", "arguments": {"a": [1]}},
        "metadata": {"buildInvocationId": "i", "reproducible": false},
    });
    let header =
        json!({"_type": "https://in-toto.io/Statement/v0.1", "predicateType": plimsoll_attest::PROVENANCE_V0_1});
    let (mut signed, mut text) = (header.clone(), header);
    (signed["subject"], signed["predicate"]) = (subject.clone(), predicate.clone());
    (text["subject"], text["slsaProvenance"]) = (subject, predicate);
    text["slsaProvenance"]["recipe"].as_object_mut().unwrap().remove("definedInMaterial");
    text["slsaProvenance"]["metadata"].as_object_mut().unwrap().remove("reproducible");
    CloudBuild {
        envelope: Envelope {
            payload_type: IN_TOTO_PAYLOAD_TYPE.into(),
            payload: signed.to_string().into_bytes(),
            signatures: Vec::new(),
        },
        unsigned: Unsigned {
            kind: "BUILD".into(),
            resource: format!("https://r.example/x@sha256:{HEX}"),
            digest: format!("sha256:{HEX}"),
            qualified: format!("r.example/x@sha256:{HEX}"),
            text: Some(text),
            text_v1: None,
        },
    }
}

/// Changes what stands beside the statement, and says why that is refused.
fn judged(change: impl FnOnce(&mut Unsigned)) -> Option<Code> {
    let subject = Subject::digest(&format!("sha256:{HEX}")).unwrap();
    let mut build = build();
    change(&mut build.unsigned);
    agrees(&build.unsigned, &build.envelope.payload, &subject).err().map(|refused| refused.code)
}

#[test]
fn what_nobody_signed_has_to_agree() {
    assert_eq!(judged(|_| ()), None);
    assert_eq!(judged(|unsigned| unsigned.kind = "DISCOVERY".into()), Some(Code::Unsupported));
    assert_eq!(judged(|unsigned| unsigned.resource.push('0')), Some(Code::Subject));
    assert_eq!(judged(|unsigned| unsigned.resource = format!("https://r.example/xsha256:{HEX}")), Some(Code::Subject));
    assert_eq!(judged(|unsigned| unsigned.digest = HEX.into()), Some(Code::Subject));
    assert_eq!(judged(|unsigned| unsigned.qualified = String::new()), Some(Code::Subject));
    assert_eq!(judged(|unsigned| unsigned.text = None), Some(Code::TextCopy));
    let changed = |path: &'static str, value: Value| {
        judged(move |unsigned| *unsigned.text.as_mut().unwrap().pointer_mut(path).unwrap() = value)
    };
    assert_eq!(changed("/slsaProvenance/recipe/arguments/a/0", json!(2)), Some(Code::TextCopy));
    assert_eq!(changed("/subject/0/name", json!("other")), Some(Code::TextCopy));
    assert_eq!(changed("/predicateType", json!("other")), Some(Code::TextCopy));
}

#[test]
fn a_key_that_is_not_the_one_named_proves_nothing() {
    use sigstore_crypto::KeyPair;

    let pair = KeyPair::generate_ecdsa_p256().unwrap();
    let key = PublicKey::from_der(pair.public_key_der().unwrap().as_bytes().to_vec()).unwrap();
    let mut build = build();
    let regional =
        "projects/verified-builder/locations/us-west2/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1";
    let signature = pair.sign(&build.envelope.payload).unwrap().as_bytes().to_vec();
    assert!(verifies(&key, Over::Payload, &build, &signature) && !verifies(&key, Over::Encoding, &build, &signature));
    // Over the payload itself a key counts only when it is Google's: whatever name the signature has.
    let subject = Subject::digest(&format!("sha256:{HEX}")).unwrap();
    let root = crate::BuiltIn::PublicGood.trusted_root().unwrap();
    for keyid in [regional, "", &key.fingerprint()] {
        build.envelope.signatures = vec![EnvelopeSignature { keyid: keyid.into(), signature: signature.clone() }];
        let question = Question {
            subject: &subject,
            bound: Bound::Unstated,
            means: Means::Key(&key),
            root: &root,
            logged: false,
            timeless: false,
            tell_authorities: false,
        };
        assert_eq!(prove(&build, question).err().map(|refused| refused.code), Some(Code::Key), "{keyid}");
    }
    // With Google's key the name fits, and the signature does not.
    let google = keys().first.into_iter().find(|google| {
        BASE64.encode(google.as_der()) == table::BUILT_BY_GCB.iter().find(|(name, _)| *name == "us-west2").unwrap().1
    });
    build.envelope.signatures = vec![EnvelopeSignature { keyid: regional.into(), signature }];
    let google = google.unwrap();
    let question = Question {
        subject: &subject,
        bound: Bound::Unstated,
        means: Means::Key(&google),
        root: &root,
        logged: false,
        timeless: false,
        tell_authorities: false,
    };
    assert_eq!(prove(&build, question).err().map(|refused| refused.code), Some(Code::Signature));
}
