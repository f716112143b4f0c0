//! A timestamp authority in miniature, with each of its parts to be made wrong.

use std::cell::OnceCell;

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256, Sha384};
use sigstore_crypto::KeyPair;

use crate::{
    Code, Expectation, LogRule, Outcome, PublicKey, SignerExpectation, Subject, TrustedRoot, read_evidence, verify,
};

const ARTIFACT: &[u8] = b"artifact";
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const SIGNING_CERTIFICATE_V2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47];
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
const CODE_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];

/// A value in DER.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        length @ 0..128 => out.push(u8::try_from(length).unwrap()),
        length @ 128..256 => out.extend([0x81, u8::try_from(length).unwrap()]),
        length => out.extend([0x82, u8::try_from(length >> 8).unwrap(), u8::try_from(length & 255).unwrap()]),
    }
    out.extend(content);
    out
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

fn oid(value: &[u8]) -> Vec<u8> {
    tlv(6, &[value])
}

/// What an authority is and says.
struct Authority {
    key: KeyPair,
    /// Signatures differ each time they are made.
    certificate: OnceCell<Vec<u8>>,
    usage: &'static [u8],
    critical: bool,
    /// When its certificate ends, and the times of the trusted root.
    not_after: &'static str,
    valid_for: &'static str,
    time: &'static str,
    imprint: &'static [u8],
    /// What it stamps instead of the signature.
    other: Option<&'static [u8]>,
    accuracy: Vec<u8>,
    content_type: &'static [u8],
    algorithm: &'static [u8],
    digest: bool,
    names_itself: bool,
    signers: usize,
    status: Option<u8>,
    trusted: bool,
    by_another_key: bool,
}

impl Authority {
    fn new() -> Self {
        Self {
            key: KeyPair::generate_ecdsa_p256().unwrap(),
            certificate: OnceCell::new(),
            usage: TIME_STAMPING,
            critical: true,
            not_after: "20270101000000Z",
            valid_for: r#"{"start":"2026-01-01T00:00:00Z"}"#,
            time: "20261122002505.393Z",
            imprint: SHA256,
            other: None,
            accuracy: Vec::new(),
            content_type: TST_INFO,
            algorithm: ECDSA_SHA256,
            digest: true,
            names_itself: true,
            signers: 1,
            status: None,
            trusted: true,
            by_another_key: false,
        }
    }

    fn certificate(&self) -> Vec<u8> {
        self.certificate.get_or_init(|| self.new_certificate()).clone()
    }

    fn new_certificate(&self) -> Vec<u8> {
        let name = sequence(&[&tlv(0x31, &[&sequence(&[&oid(&[0x55, 4, 3]), &tlv(0x0c, &[b"tsa"])])])]);
        let time = |text: &str| tlv(0x18, &[text.as_bytes()]);
        let critical: &[u8] = if self.critical { &[1, 1, 0xff] } else { &[] };
        let usage = tlv(4, &[&sequence(&[&oid(self.usage)])]);
        let tbs = sequence(&[
            &tlv(0xa0, &[&[2, 1, 2]]),
            &[2, 1, 7],
            &sequence(&[&oid(ECDSA_SHA256)]),
            &name,
            &sequence(&[&time("20260101000000Z"), &time(self.not_after)]),
            &name,
            self.key.public_key_der().unwrap().as_bytes(),
            &tlv(0xa3, &[&sequence(&[&sequence(&[&oid(&[0x55, 0x1d, 0x25]), critical, &usage])])]),
        ]);
        let signature = self.key.sign(&tbs).unwrap();
        sequence(&[&tbs, &sequence(&[&oid(ECDSA_SHA256)]), &tlv(3, &[&[0], signature.as_bytes()])])
    }

    fn token(&self, signature: &[u8]) -> Vec<u8> {
        let stamped = self.other.unwrap_or(signature);
        let imprint = match self.imprint {
            SHA384 => Sha384::digest(stamped).to_vec(),
            SHA1 => vec![1; 20],
            _ => Sha256::digest(stamped).to_vec(),
        };
        let info = sequence(&[
            &[2, 1, 1],
            &oid(&[0x2a, 3, 4]),
            &sequence(&[&sequence(&[&oid(self.imprint)]), &tlv(4, &[&imprint])]),
            &[2, 1, 9],
            &tlv(0x18, &[self.time.as_bytes()]),
            &self.accuracy,
        ]);
        let certificate = self.certificate();
        let attribute = |of: &[u8], value: &[u8]| sequence(&[&oid(of), &tlv(0x31, &[value])]);
        let content = if self.digest { Sha256::digest(&info).to_vec() } else { vec![0; 32] };
        let itself = if self.names_itself { Sha256::digest(&certificate).to_vec() } else { vec![0; 32] };
        let own = tlv(4, &[&itself]);
        let mut attributes = [
            attribute(CONTENT_TYPE, &oid(self.content_type)),
            attribute(MESSAGE_DIGEST, &tlv(4, &[&content])),
            attribute(SIGNING_CERTIFICATE_V2, &sequence(&[&sequence(&[&sequence(&[&own])])])),
        ];
        attributes.sort();
        let attributes = attributes.concat();
        let name = sequence(&[&tlv(0x31, &[&sequence(&[&oid(&[0x55, 4, 3]), &tlv(0x0c, &[b"tsa"])])])]);
        let signs = if self.by_another_key { &KeyPair::generate_ecdsa_p256().unwrap() } else { &self.key };
        let signed = signs.sign(&tlv(0x31, &[&attributes])).unwrap();
        let signer = sequence(&[
            &[2, 1, 1],
            &sequence(&[&name, &[2, 1, 7]]),
            &sequence(&[&oid(SHA256)]),
            &tlv(0xa0, &[&attributes]),
            &sequence(&[&oid(self.algorithm)]),
            &tlv(4, &[signed.as_bytes()]),
        ]);
        let data = sequence(&[
            &[2, 1, 3],
            &tlv(0x31, &[&sequence(&[&oid(SHA256)])]),
            &sequence(&[&oid(TST_INFO), &tlv(0xa0, &[&tlv(4, &[&info])])]),
            // Brought along, and not believed.
            &tlv(0xa0, &[&certificate]),
            &tlv(0x31, &[&signer.repeat(self.signers)]),
        ]);
        let token = sequence(&[&oid(SIGNED_DATA), &tlv(0xa0, &[&data])]);
        match self.status {
            Some(status) => sequence(&[&sequence(&[&[2, 1, status]]), &token]),
            None => token,
        }
    }

    /// Verifies a signature by a key that this authority stamped.
    fn outcome(&self) -> Outcome {
        let signer = KeyPair::generate_ecdsa_p256().unwrap();
        let signature = signer.sign(ARTIFACT).unwrap();
        let bundle = serde_json::json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "publicKey": {"hint": ""},
                "timestampVerificationData": {"rfc3161Timestamps": [
                    {"signedTimestamp": BASE64.encode(&self.token(signature.as_bytes()))}
                ]},
            },
            "messageSignature": {
                "messageDigest": {"algorithm": "SHA2_256", "digest": BASE64.encode(&Sha256::digest(ARTIFACT))},
                "signature": BASE64.encode(signature.as_bytes()),
            },
        });
        let whom = if self.trusted { self.certificate() } else { Self::new().certificate() };
        let root = format!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","timestampAuthorities":
            [{{"certChain":{{"certificates":[{{"rawBytes":"{}"}}]}},"validFor":{}}}]}}"#,
            BASE64.encode(&whom),
            self.valid_for
        );
        let key = PublicKey::from_der(signer.public_key_der().unwrap().as_bytes().to_vec()).unwrap();
        let mut expectation =
            Expectation::new(SignerExpectation::Keys(vec![key]), "2026-12-01T00:00:00Z".parse().unwrap());
        expectation.log = LogRule::NotUsedWithKey;
        let evidence = read_evidence(bundle.to_string().as_bytes(), "bundle").unwrap();
        let root = TrustedRoot::parse("test", &root, None).unwrap();
        verify(&evidence, &Subject::bytes(ARTIFACT.to_vec()), &expectation, &[root])
    }
}

fn code(change: impl FnOnce(&mut Authority)) -> Option<Code> {
    let mut authority = Authority::new();
    change(&mut authority);
    authority.outcome().refused().first().map(crate::Refusal::code)
}

#[test]
fn a_fraction_of_a_second_is_a_time() {
    let outcome = Authority::new().outcome();
    assert!(outcome.is_verified(), "{:?}", outcome.refused());
    let times = outcome.verified()[0].times();
    assert_eq!(times.iter().map(|time| time.time.to_string()).collect::<Vec<_>>(), ["2026-11-22T00:25:05.393Z"]);
    // An accuracy in milliseconds, a stronger digest, a response around it.
    assert_eq!(code(|authority| authority.accuracy = sequence(&[&[2, 1, 1], &[0x80, 1, 5]])), None);
    assert_eq!(code(|authority| authority.accuracy = sequence(&[&[0x81, 1, 5]])), None);
    assert_eq!(code(|authority| authority.imprint = SHA384), None);
    assert_eq!(code(|authority| authority.status = Some(1)), None);
}

#[test]
fn whole_seconds_stay_with_the_library() {
    assert_eq!(code(|authority| authority.time = "20261122002505Z"), None);
}

#[test]
fn what_is_wrong_with_a_timestamp_refuses_it() {
    let refused = Some(Code::Timestamp);
    // The imprint is of this signature, and not of a weak digest.
    assert_eq!(code(|authority| authority.other = Some(b"another signature")), refused);
    assert_eq!(code(|authority| authority.imprint = SHA1), refused);
    // One signer, and it is the authority: a certificate that is only brought along is nobody's.
    assert_eq!(code(|authority| authority.signers = 0), refused);
    assert_eq!(code(|authority| authority.signers = 2), refused);
    assert_eq!(code(|authority| authority.trusted = false), refused);
    assert_eq!(code(|authority| authority.by_another_key = true), refused);
    assert_eq!(code(|authority| authority.names_itself = false), refused);
    // What is signed is what it says.
    assert_eq!(code(|authority| authority.content_type = SIGNED_DATA), refused);
    assert_eq!(code(|authority| authority.digest = false), refused);
    assert_eq!(code(|authority| authority.algorithm = ECDSA_SHA384), refused);
    assert_eq!(code(|authority| authority.status = Some(2)), refused);
    // A fraction has one spelling.
    assert_eq!(code(|authority| authority.time = "20261122002505.390Z"), refused);
    // For timestamps, and for nothing else.
    assert_eq!(code(|authority| authority.critical = false), refused);
    assert_eq!(code(|authority| authority.usage = CODE_SIGNING), refused);
}

#[test]
fn an_authority_is_trusted_for_its_time_and_to_its_last_instant() {
    let window = |end: &'static str| code(|authority| authority.valid_for = end);
    assert_eq!(window(r#"{"start":"2026-11-22T00:25:05.393Z","end":"2026-11-22T00:25:05.393Z"}"#), None);
    let withdrawn = Some(Code::AuthorityWithdrawn);
    assert_eq!(window(r#"{"start":"2026-01-01T00:00:00Z","end":"2026-11-22T00:25:05.392Z"}"#), withdrawn);
    assert_eq!(window(r#"{"start":"2026-01-01T00:00:00Z","end":"2026-11-22T00:25:05Z"}"#), withdrawn);
    assert_eq!(window(r#"{"start":"2026-11-22T00:25:06Z"}"#), withdrawn);
    // The certificate ends within the second that the fraction lies in.
    assert_eq!(code(|authority| authority.not_after = "20261122002505Z"), withdrawn);
    assert_eq!(code(|authority| authority.not_after = "20261122002506Z"), None);
}

#[test]
fn no_prefix_of_a_token_is_one() {
    let token = Authority::new().token(b"signature");
    for cut in 0..token.len() {
        assert!(super::Token::parse(&token[..cut]).is_err(), "{cut}");
    }
}
