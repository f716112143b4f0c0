//! Timestamp authorities: RFC 3161 over HTTP.
//!
//! What is stamped is the signature, so that the time cannot be moved to another one. That the answer is to our question is
//! seen from its imprint and nonce; whether it is to be believed, when the bundle is verified. The time itself is not read:
//! authorities may write fractions of seconds (§2.4.2), which not every type of that name knows.

use aws_lc_rs::rand;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::{Any, Int, OctetString};
use der::{Decode as _, Encode as _, Reader as _, Sequence, SliceReader};
use reqwest::Method;
use sha2::{Digest as _, Sha256};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier};

use super::http::{ANSWER_LIMIT, Http, Request};
use crate::secret::SecretBytes;
use crate::{ServiceError, SignError};

const SERVICE: &str = "timestamp authority";
/// RFC 5754 §2: id-sha256.
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// RFC 5652 §5.1: id-signedData.
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// RFC 3161 §2.4.2: id-ct-TSTInfo.
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// §2.4.1
#[derive(Sequence)]
struct TimeStampReq {
    version: u8,
    message_imprint: MessageImprint,
    nonce: Int,
    certificates: bool,
}

/// §2.4.1
#[derive(Sequence)]
struct MessageImprint {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

/// §2.4.2
#[derive(Sequence)]
struct TimeStampResp {
    status: Any,
    #[asn1(optional = "true")]
    token: Option<ContentInfo>,
}

/// Has a signature stamped. What comes back is the whole answer in DER, as bundles keep it.
pub(crate) fn stamp(http: &Http, url: &str, signature: &[u8]) -> Result<Vec<u8>, SignError> {
    let failed = |_: der::Error| SignError::Encode("timestamp request");
    let imprint = Sha256::digest(signature);
    let nonce = nonce()?;
    let question = TimeStampReq {
        version: 1,
        message_imprint: MessageImprint {
            // RFC 5754 §2: the parameters are absent.
            algorithm: AlgorithmIdentifierOwned { oid: SHA256, parameters: None },
            digest: OctetString::new(imprint.to_vec()).map_err(failed)?,
        },
        nonce: nonce.clone(),
        // The certificate is in the trusted root as well, but not every verifier looks there.
        certificates: true,
    };
    let request = Request {
        method: Method::POST,
        service: SERVICE,
        url: url.to_owned(),
        content_type: "application/timestamp-query",
        accept: "application/timestamp-reply",
        body: SecretBytes::new(question.to_der().map_err(failed)?),
        bearer: None,
        secret: None,
        limit: ANSWER_LIMIT,
    };
    let answer = http.ask(&request, &[])?;
    check(&answer.body, &imprint, &nonce)
        .map_err(|reason| ServiceError::Malformed { service: SERVICE, reason: reason.to_owned() })?;
    Ok(answer.body)
}

/// Sixteen random bytes as a positive number.
fn nonce() -> Result<Int, SignError> {
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes).map_err(|_| SignError::Encode("nonce"))?;
    // Neither a sign nor a leading zero, which DER would not let stand.
    if let Some(first) = bytes.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    Int::new(&bytes).map_err(|_| SignError::Encode("nonce"))
}

/// Whether an answer is to our question.
fn check(answer: &[u8], imprint: &[u8], nonce: &Int) -> Result<(), &'static str> {
    let answer = TimeStampResp::from_der(answer).map_err(|_| "the answer is not one of RFC 3161")?;
    // PKIStatusInfo begins with the status: 0 is granted, 1 granted with modifications (§2.4.2).
    let status = u8::from_der(first_element(answer.status.value())?).map_err(|_| "the answer has no status")?;
    if status > 1 {
        return Err("the authority refuses to stamp");
    }
    let token = answer.token.ok_or("there is no timestamp")?;
    let signed: SignedData = match token.content_type {
        SIGNED_DATA => token.content.decode_as().map_err(|_| "the timestamp is malformed")?,
        _ => return Err("the timestamp is not signed"),
    };
    let content = signed.encap_content_info;
    if content.econtent_type != TST_INFO {
        return Err("what is signed is no timestamp");
    }
    let info: OctetString =
        content.econtent.ok_or("the timestamp is empty")?.decode_as().map_err(|_| "the timestamp is malformed")?;
    let (stamped, answered) = imprint_and_nonce(info.as_bytes()).ok_or("the timestamp is malformed")?;
    if stamped.algorithm.oid != SHA256 || stamped.digest.as_bytes() != imprint {
        return Err("the timestamp is for something else");
    }
    match answered {
        Some(answered) if answered == *nonce => Ok(()),
        _ => Err("the timestamp is not an answer to our request: its nonce differs"),
    }
}

/// The encoding of the first element of a sequence's content.
fn first_element(content: &[u8]) -> Result<&[u8], &'static str> {
    let malformed = |_: der::Error| "the answer has no status";
    let mut reader = SliceReader::new(content).map_err(malformed)?;
    reader.tlv_bytes().map_err(malformed)
}

/// What is needed of a TSTInfo (§2.4.2): version, policy, **imprint**, serial number, time, accuracy?, ordering?,
/// **nonce**?, and more.
fn imprint_and_nonce(info: &[u8]) -> Option<(MessageImprint, Option<Int>)> {
    let content = Any::from_der(info).ok()?;
    let mut reader = SliceReader::new(content.value()).ok()?;
    let mut next = || reader.tlv_bytes().ok();
    let (_version, _policy) = (next()?, next()?);
    let imprint = MessageImprint::from_der(next()?).ok()?;
    let (_serial, _time) = (next()?, next()?);
    let mut nonce = None;
    while nonce.is_none() {
        let Some(element) = next() else { break };
        // Of what may follow the time, only the nonce is an INTEGER.
        nonce = Int::from_der(element).ok();
    }
    Some((imprint, nonce))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_are_canonical_and_differ() {
        let (first, second) = (nonce().unwrap(), nonce().unwrap());
        assert_ne!(first, second);
        assert_eq!(Int::from_der(&first.to_der().unwrap()).unwrap(), first);
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let nonce = nonce().unwrap();
        for answer in [&b""[..], b"{}", &[0x30, 0], &[0x30, 5, 0x30, 3, 2, 1, 2], &[0x30, 5, 0x30, 3, 2, 1, 0]] {
            assert!(check(answer, &[0; 32], &nonce).is_err(), "{answer:?}");
        }
    }
}
