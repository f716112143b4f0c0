//! Keys and signatures of the specification's Appendix A (known answers).

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

use super::*;

const P256_X: &str = "6BKxpty8cI-exDzCkh-goU6dXq3MbcY0cd1LaAxiNrU";
const P256_Y: &str = "mCbcvUzm44j3Lt2b5BPyQloQ91tf2D2V-gzeUxWaUdg";
const ED25519_X: &str = "_kms9bkrbpI1lPLoM2j2gKySS-k89TOuyvgC43dX-Mk";

fn spki(prefix: &str, parts: &[&str]) -> PublicKey {
    let mut der = HEXLOWER.decode(prefix.as_bytes()).unwrap();
    for part in parts {
        der.extend(BASE64URL_NOPAD.decode(part.as_bytes()).unwrap());
    }
    PublicKey::from_der(der).unwrap()
}

fn p256() -> PublicKey {
    spki("3059301306072a8648ce3d020106082a8648ce3d03010703420004", &[P256_X, P256_Y])
}

fn ed25519() -> PublicKey {
    spki("302a300506032b6570032100", &[ED25519_X])
}

fn judge(text: &str, keys: &[PublicKey], signatures: JsfRule, excludes: ExcludesRule) -> JsfOutcome {
    let document = JsfDocument::parse(text.as_bytes()).unwrap();
    verify_jsf(&document, &JsfExpectation { keys: keys.to_vec(), signatures, excludes })
}

fn one(text: &str, keys: &[PublicKey]) -> JsfOutcome {
    judge(text, keys, JsfRule::One, ExcludesRule::Refused)
}

fn simple() -> String {
    r#"{"now":"2019-02-10T11:23:06Z","name":"Joe","id":2200063,"signature":{"algorithm":"ES256","keyId":"example.com:p256",
        "value":"Il-GTiAwCgAX3X9IC7AWfVzySWA18ZLGgHgj3KDfp0-1XsjkVDdypdIFjE9vWdieI6-pHabo6UzcYGubFSVS_w"}}"#
        .to_owned()
}

fn chain() -> String {
    format!(
        r#"{{"now":"2019-02-10T11:23:06Z","name":"Joe","id":2200063,"signature":{{"chain":[
        {{"algorithm":"ES256","publicKey":{{"kty":"EC","crv":"P-256","x":"{P256_X}","y":"{P256_Y}"}},
        "value":"vfYq18EaFN2YLEdT8hfTIYwKYnLxS1h9kaCdI4FZEqZFbdIYDP6acauTYyEm7N4kvYmtyzGG-Y7U56W-jcOVGg"}},
        {{"algorithm":"Ed25519","publicKey":{{"kty":"OKP","crv":"Ed25519","x":"{ED25519_X}"}},
        "value":"DcW9Wd6XuvNbE5BoImpDyMBOzkge0mL-uGJupzrJT3X0nq8GYRv5PcmXzaXY8fENJVcyEJwR4sUMv8W0lPXgAg"}}]}}}}"#
    )
}

fn signers() -> String {
    format!(
        r#"{{"now":"2019-02-10T11:23:06Z","name":"Joe","id":2200063,"signature":{{"signers":[
        {{"algorithm":"ES256","publicKey":{{"kty":"EC","crv":"P-256","x":"{P256_X}","y":"{P256_Y}"}},
        "value":"iYefob_JB6RBNPeGhnpJ7uDTCKPFW2TAZqPqGdNC2-6pzHpmEpqxbenxWv-CWTHbqPlT9DUVPjwxV4FGMO5YmQ"}},
        {{"algorithm":"HS256","value":"AA"}}]}}}}"#
    )
}

fn excluding() -> String {
    format!(
        r#"{{"mySignedData":"something","myUnsignedData":"something else","signature":{{"algorithm":"ES256",
        "publicKey":{{"kty":"EC","crv":"P-256","x":"{P256_X}","y":"{P256_Y}"}},"excludes":["myUnsignedData"],
        "value":"EWkjHQTGBptNmhCsRw2wHqX64XpWS_4n4ba3DJ8HisvWl4eZYHsx6QCe7NIrwYHJOB6Tr-yOqN3G7oH9zH27jQ"}}}}"#
    )
}

#[test]
fn known_answers_hold() {
    assert!(one(&simple(), &[p256()]).is_verified());
    assert!(judge(&chain(), &[p256(), ed25519()], JsfRule::All, ExcludesRule::Refused).is_verified());
    assert!(one(&signers(), &[p256()]).is_verified());
    assert!(judge(&excluding(), &[p256()], JsfRule::One, ExcludesRule::Accepted).is_verified());
}

#[test]
fn a_key_that_was_not_named_proves_nothing() {
    let outcome = one(&chain(), &[]);
    assert!(!outcome.is_verified() && outcome.refused().iter().all(|refusal| refusal.code() == Code::Key));
    assert_eq!(one(&simple(), &[ed25519()]).refused()[0].code(), Code::Key);
    let outcome = one(&chain(), &[ed25519()]);
    assert!(outcome.is_verified());
    assert_eq!((outcome.verified()[0].index(), outcome.refused()[0].index()), (1, Some(0)));
    assert!(!judge(&chain(), &[ed25519()], JsfRule::All, ExcludesRule::Refused).is_verified());
}

#[test]
fn what_is_left_out_has_to_be_accepted() {
    let outcome = one(&excluding(), &[p256()]);
    assert!(!outcome.is_verified());
    assert_eq!(
        (outcome.refused()[0].code(), outcome.excludes()),
        (Code::NotCovered, ["myUnsignedData".to_owned()].as_slice())
    );
    // The list is not signed: whoever extends it takes more away from what has to be there.
    let more = excluding()
        .replace(r#"["myUnsignedData"]"#, r#"["myUnsignedData","evil"]"#)
        .replace("\"mySigned", "\"evil\":1,\"mySigned");
    assert!(judge(&more, &[p256()], JsfRule::One, ExcludesRule::Accepted).is_verified());
    assert!(!one(&more, &[p256()]).is_verified());
}

#[test]
fn changes_are_refused() {
    for (from, to) in [
        ("Joe", "joe"),
        ("2200063", "2200064"),
        ("\"id\"", "\"Id\""),
        ("ES256", "ES384"),
        ("example.com:p256", "example.com:p257"),
        ("Il-G", "Il-H"),
        ("{\"now\"", "{\"more\":1,\"now\""),
        ("\"keyId\":\"example.com:p256\",", ""),
    ] {
        let text = simple().replacen(from, to, 1);
        assert_ne!(text, simple());
        let refused = JsfDocument::parse(text.as_bytes()).map(|_| one(&text, &[p256()]).is_verified());
        assert!(!refused.unwrap_or(false), "{from}");
    }
    assert_eq!(one("{}", &[p256()]).refused()[0].code(), Code::NoEvidence);
}

#[test]
fn nested_signatures_are_told() {
    let text = simple().replacen("\"name\":\"Joe\"", "\"name\":{\"signature\":{}}", 1);
    assert_eq!(one(&text, &[p256()]).nested(), ["/name/signature"]);
}
