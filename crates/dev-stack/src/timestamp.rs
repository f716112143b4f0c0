//! The authority for timestamps: RFC 3161, with the tokens of RFC 5652 and RFC 5816.
//!
//! Requests are DER, or, as the real one also takes them, JSON; answers are DER. Fractions of seconds are legal (§2.4.2)
//! and rarely seen, so they are a switch.

mod token;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5280, rfc5912};
use data_encoding::BASE64;
use der::asn1::{Int, OctetString};
use der::{Decode as _, Sequence};
use jiff::Timestamp;
use serde::Deserialize;
use spki::AlgorithmIdentifierOwned;

use crate::DevStackError;
use crate::answer::{Answer, Refusal};
use crate::certificate::{Authority, Period, shifted};
use crate::fault::Fault;
use crate::key;
use crate::stack::Shared;

/// The authority, and an impostor of the same name.
pub(crate) struct TimestampAuthority {
    pub(crate) authority: Authority,
    impostor: Authority,
    /// From when on it is.
    start: Timestamp,
    serial: AtomicU64,
}

/// §2.4.1
#[derive(Sequence)]
struct TimeStampReq {
    version: u8,
    message_imprint: MessageImprint,
    #[asn1(optional = "true")]
    policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(default = "no")]
    certificates: bool,
}

/// §2.4.1
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct MessageImprint {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

fn no() -> bool {
    false
}

/// What the real one takes besides DER.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonRequest {
    artifact_hash: String,
    hash_algorithm: String,
    /// A number, which JSON has of any size.
    #[serde(default)]
    nonce: Option<serde_json::Number>,
    #[serde(default)]
    certificates: Option<bool>,
}

impl TimestampAuthority {
    pub(crate) fn new(period: Period) -> Result<Self, DevStackError> {
        let authority = || {
            Authority::root("CN=plimsoll dev-stack timestamp root,O=plimsoll dev-stack", period, 0)?.signer(
                "CN=plimsoll dev-stack timestamps,O=plimsoll dev-stack",
                period,
                rfc5280::ID_KP_TIME_STAMPING,
            )
        };
        Ok(Self { authority: authority()?, impostor: authority()?, start: period.start, serial: AtomicU64::new(1) })
    }

    fn answer(&self, stack: &Shared, mut request: TimeStampReq) -> Result<Vec<u8>, DevStackError> {
        let on = |fault| stack.faults.is_on(fault);
        let failed = |source| DevStackError::Encode { what: "timestamp", source };
        if on(Fault::TimestampImprint) {
            let mut digest = request.message_imprint.digest.as_bytes().to_vec();
            digest.reverse();
            request.message_imprint.digest = OctetString::new(digest).map_err(failed)?;
        }
        if on(Fault::TimestampNonce) {
            request.nonce = Some(Int::new(&[1, 2, 3, 4]).map_err(failed)?);
        }
        let time = if on(Fault::TimestampOutside) { shifted(self.start, -86_400) } else { (stack.now)() };
        let token = token::Token {
            imprint: request.message_imprint,
            nonce: request.nonce,
            serial: self.serial.fetch_add(1, Ordering::Relaxed),
            time,
            with_fraction: on(Fault::TimestampFraction),
            with_certificates: request.certificates,
        };
        token.response(if on(Fault::TimestampUntrusted) { &self.impostor } else { &self.authority })
    }
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/tsa/api/v1/timestamp", post(timestamp)).route("/tsa/api/v1/timestamp/certchain", get(chain))
}

async fn timestamp(State(stack): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Answer {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let request = match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => from_json(&body)?,
        "application/timestamp-query" => TimeStampReq::from_der(&body)
            .map_err(|error| Refusal::bad(format!("the request for a timestamp cannot be read: {error}")))?,
        _ => return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the request is no timestamp query")),
    };
    let digest = request.message_imprint.digest.as_bytes().len();
    let expected = match request.message_imprint.algorithm.oid {
        rfc5912::ID_SHA_256 => 32,
        rfc5912::ID_SHA_384 => 48,
        rfc5912::ID_SHA_512 => 64,
        _ => return Err(Refusal::bad("the hash algorithm is weak or unknown")),
    };
    if request.version != 1 || digest != expected {
        return Err(Refusal::bad("the version or the length of the hash is wrong"));
    }
    let answer = stack.timestamps.answer(&stack, request)?;
    Ok((StatusCode::CREATED, [(header::CONTENT_TYPE, "application/timestamp-reply")], answer).into_response())
}

fn from_json(body: &[u8]) -> Answer<TimeStampReq> {
    let wire: JsonRequest =
        serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("invalid request: {error}")))?;
    let oid = match wire.hash_algorithm.as_str() {
        "sha256" => rfc5912::ID_SHA_256,
        "sha384" => rfc5912::ID_SHA_384,
        "sha512" => rfc5912::ID_SHA_512,
        other => return Err(Refusal::bad(format!("the hash algorithm {other:?} is weak or unknown"))),
    };
    let wrong = |_| Refusal::bad("the hash or nonce cannot be read");
    let digest = BASE64.decode(wire.artifact_hash.as_bytes()).map_err(|_| Refusal::bad("the hash is not base64"))?;
    let nonce = wire.nonce.and_then(|nonce| nonce.as_u64()).map(u64::to_be_bytes);
    // A leading zero octet keeps it positive; DER wants it only where it is needed.
    let nonce = nonce.map(|bytes| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
        let bytes = bytes.get(zeros..).unwrap_or_default();
        let sign = bytes.first().is_some_and(|byte| byte & 0x80 != 0).then_some(0);
        Int::new(&sign.into_iter().chain(bytes.iter().copied()).collect::<Vec<u8>>())
    });
    Ok(TimeStampReq {
        version: 1,
        message_imprint: MessageImprint {
            algorithm: AlgorithmIdentifierOwned { oid, parameters: None },
            digest: OctetString::new(digest).map_err(wrong)?,
        },
        policy: None,
        nonce: nonce.transpose().map_err(wrong)?,
        certificates: wire.certificates.unwrap_or(false),
    })
}

async fn chain(State(stack): State<Arc<Shared>>) -> Answer {
    let chain: Result<Vec<String>, DevStackError> =
        stack.timestamps.authority.chain.iter().map(|der| key::to_pem("CERTIFICATE", der)).collect();
    Ok(([(header::CONTENT_TYPE, "application/pem-certificate-chain")], chain?.concat()).into_response())
}

#[cfg(test)]
#[path = "tests/timestamp.rs"]
mod tests;
