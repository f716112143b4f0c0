use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::Any;
use der::{Encode as _, Tag, Tagged as _};
use sha2::{Digest as _, Sha256};

use super::*;

#[derive(Sequence)]
struct Response {
    status: Any,
    token: ContentInfo,
}

/// The parts of what is stated, as they stand there.
#[derive(Sequence)]
struct Info {
    version: u8,
    policy: ObjectIdentifier,
    imprint: MessageImprint,
    serial: u64,
    time: Any,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
}

fn period() -> Period {
    Period { start: "2026-01-01T00:00:00Z".parse().unwrap(), end: "2036-01-01T00:00:00Z".parse().unwrap() }
}

fn token(time: &str, with_fraction: bool, with_certificates: bool) -> (SignedData, Info) {
    let authority = TimestampAuthority::new(period()).unwrap();
    let token = token::Token {
        imprint: MessageImprint {
            algorithm: AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None },
            digest: OctetString::new(Sha256::digest(b"signature").to_vec()).unwrap(),
        },
        nonce: Some(Int::new(&[0, 0xff, 1]).unwrap()),
        serial: 1,
        time: time.parse().unwrap(),
        with_fraction,
        with_certificates,
    };
    let response = Response::from_der(&token.response(&authority.authority).unwrap()).unwrap();
    assert_eq!(response.status.to_der().unwrap(), [0x30, 3, 2, 1, 0]);
    let signed: SignedData = response.token.content.decode_as().unwrap();
    let content = signed.encap_content_info.econtent.clone().unwrap();
    let info = Info::from_der(content.decode_as::<OctetString>().unwrap().as_bytes()).unwrap();
    let signer = signed.signer_infos.0.get(0).unwrap();
    let attributes = signer.signed_attrs.as_ref().unwrap().to_der().unwrap();
    let key = authority.authority.key.public().unwrap();
    assert!(key::signed(&key, &attributes, signer.signature.as_bytes()));
    (signed, info)
}

#[test]
fn tokens_state_what_was_asked() {
    let (signed, info) = token("2026-11-22T10:20:30.5Z", false, true);
    assert_eq!(signed.certificates.unwrap().0.len(), 2);
    assert_eq!(info.imprint.digest.as_bytes(), Sha256::digest(b"signature").as_slice());
    assert_eq!(info.nonce.unwrap().as_bytes(), [0, 0xff, 1]);
    assert_eq!((info.time.tag(), info.time.value()), (Tag::GeneralizedTime, b"20261122102030Z".as_slice()));
    let (signed, _) = token("2026-11-22T10:20:30Z", false, false);
    assert!(signed.certificates.is_none());
}

/// X.690 §11.6: a set is sorted by the encodings of what is in it, of which the lengths come first.
#[test]
fn certificates_stand_in_the_order_of_their_encodings() {
    let now = period().start;
    for _ in 0..32 {
        let authority = TimestampAuthority::new(period()).unwrap().authority;
        let imprint = MessageImprint {
            algorithm: AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None },
            digest: OctetString::new([1; 32]).unwrap(),
        };
        let (with_fraction, with_certificates) = (false, true);
        let token = token::Token { imprint, nonce: None, serial: 1, time: now, with_fraction, with_certificates };
        let response = token.response(&authority).unwrap();
        let at = |der: &[u8]| response.windows(der.len()).position(|window| window == der).unwrap();
        let mut sorted = authority.chain.clone();
        sorted.sort();
        assert!(at(&sorted[0]) < at(&sorted[1]));
    }
}

#[test]
fn fractions_end_in_no_zero() {
    for (time, expected) in [("30.5Z", "30.501Z"), ("30.123456Z", "30.123Z"), ("30Z", "30.001Z"), ("30.99Z", "30.991Z")]
    {
        let (_, info) = token(&format!("2026-11-22T10:20:{time}"), true, false);
        assert_eq!(info.time.value(), format!("202611221020{expected}").as_bytes());
    }
}

#[test]
fn requests_are_read_in_both_forms() {
    let digest = BASE64.encode(&Sha256::digest(b"x"));
    for (nonce, bytes) in [("1", vec![1]), ("255", vec![0, 255]), ("0", vec![0]), ("65536", vec![1, 0, 0])] {
        let text =
            format!(r#"{{"artifactHash":"{digest}","hashAlgorithm":"sha256","nonce":{nonce},"certificates":true}}"#);
        let request = from_json(text.as_bytes()).unwrap();
        assert_eq!(request.nonce.as_ref().unwrap().as_bytes(), bytes);
        let again = TimeStampReq::from_der(&request.to_der().unwrap()).unwrap();
        assert!(again.certificates && again.nonce == request.nonce);
    }
    for broken in
        ["{}", "[]", r#"{"artifactHash":"!","hashAlgorithm":"sha256"}"#, r#"{"artifactHash":"","hashAlgorithm":"md5"}"#]
    {
        assert!(from_json(broken.as_bytes()).is_err(), "{broken}");
    }
}
