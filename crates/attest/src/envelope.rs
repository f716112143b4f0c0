//! DSSE envelopes, version 1. <https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md>
//!
//! What is signed is not the payload but its pre-authentication encoding ([`pae`]), so that a payload of one type is never
//! taken for one of another. The specification lets base64 be of either alphabet, with or without padding.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, DecodeError, Encoding};
use serde::{Deserialize, Serialize};

use crate::{AttestError, refuse_duplicates};

/// The payload type of in-toto statements.
pub const IN_TOTO_PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// Whether a payload of this type is an in-toto statement: of any predicate, or of the one that the type names
/// (`application/vnd.in-toto.provenance+json`).
/// <https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md#file-naming-convention>
///
/// What the predicate is, the statement says either way: the type of the payload only says how to read it.
#[must_use]
pub fn is_in_toto_payload(payload_type: &str) -> bool {
    let Some(rest) = payload_type.strip_prefix("application/vnd.in-toto").and_then(|rest| rest.strip_suffix("+json"))
    else {
        return false;
    };
    let plain = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    rest.is_empty() || rest.strip_prefix('.').is_some_and(plain)
}

const WHAT: &str = "DSSE envelope";
/// More signatures than this are an attempt to keep a verifier busy.
const MAX_SIGNATURES: usize = 50;

/// A payload and signatures over its encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What the payload is: a media type or URI.
    pub payload_type: String,
    /// The payload, exactly as it was signed.
    pub payload: Vec<u8>,
    /// The signatures. At least one.
    pub signatures: Vec<EnvelopeSignature>,
}

/// A signature over the encoding of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// A hint about the key, which nothing authenticates. Empty when there is none.
    pub keyid: String,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Envelope {
    /// Reads an envelope.
    ///
    /// # Errors
    /// It is not JSON of this shape, has a key twice, no signature or too many, or what should be base64 is not.
    pub fn parse(document: &[u8]) -> Result<Self, AttestError> {
        let malformed = |source| AttestError::Malformed { what: WHAT, source };
        refuse_duplicates(document).map_err(malformed)?;
        let wire: Wire = serde_json::from_slice(document).map_err(malformed)?;
        let base64 = |field: &str, text: &str| {
            decode_base64(text.as_bytes()).map_err(|error| AttestError::invalid(WHAT, format!("{field}: {error}")))
        };
        if wire.signatures.is_empty() {
            return Err(AttestError::invalid(WHAT, "it has no signature"));
        }
        if wire.signatures.len() > MAX_SIGNATURES {
            return Err(AttestError::invalid(WHAT, format!("it has more than {MAX_SIGNATURES} signatures")));
        }
        let mut signatures = Vec::with_capacity(wire.signatures.len());
        for signature in wire.signatures {
            signatures.push(EnvelopeSignature {
                keyid: signature.keyid.unwrap_or_default(),
                signature: base64("sig", &signature.sig)?,
            });
        }
        Ok(Self { payload: base64("payload", &wire.payload)?, payload_type: wire.payload_type, signatures })
    }

    /// The bytes that each signature is over.
    #[must_use]
    pub fn pae(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }

    /// The envelope as JSON: padded base64 of the standard alphabet.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let wire = Wire {
            payload_type: self.payload_type.clone(),
            payload: BASE64.encode(&self.payload),
            signatures: self
                .signatures
                .iter()
                .map(|signature| WireSignature {
                    keyid: Some(signature.keyid.clone()).filter(|keyid| !keyid.is_empty()),
                    sig: BASE64.encode(&signature.signature),
                })
                .collect(),
        };
        serde_json::to_value(wire).unwrap_or_default()
    }
}

/// The pre-authentication encoding of DSSE v1: `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    out.extend_from_slice(payload);
    out
}

/// Base64 of either alphabet, with or without padding, as DSSE and the JSON of protocol buffers allow it. Nothing else: no
/// white space, no bits left over.
///
/// # Errors
/// It is no such base64.
pub fn decode_base64(text: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let encoding: &Encoding = match (text.iter().any(|byte| matches!(byte, b'-' | b'_')), text.ends_with(b"=")) {
        (true, true) => &BASE64URL,
        (true, false) if text.len().is_multiple_of(4) => &BASE64URL,
        (true, false) => &BASE64URL_NOPAD,
        (false, false) if !text.len().is_multiple_of(4) => &BASE64_NOPAD,
        (false, _) => &BASE64,
    };
    encoding.decode(text)
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    payload_type: String,
    payload: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyid: Option<String>,
    sig: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_that_of_the_specification() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    }

    #[test]
    fn a_payload_may_name_its_predicate() {
        for (name, holds) in [
            (IN_TOTO_PAYLOAD_TYPE, true),
            ("application/vnd.in-toto.provenance+json", true),
            ("application/vnd.in-toto.test-result+json", true),
            ("application/vnd.in-toto.+json", false),
            ("application/vnd.in-totoprovenance+json", false),
            ("application/vnd.in-toto.provenance+dsse", false),
            ("application/vnd.in-toto.a/b+json", false),
            ("application/vnd.in-toto.a+b+json", false),
            ("application/vnd.in-toto.provenance+json;x=1", false),
            ("application/json", false),
            ("", false),
        ] {
            assert_eq!(is_in_toto_payload(name), holds, "{name}");
        }
    }

    #[test]
    fn reads_what_it_writes_and_either_alphabet() {
        let envelope = Envelope {
            payload_type: IN_TOTO_PAYLOAD_TYPE.into(),
            payload: vec![0xfb, 0xff, 0xfe, 1],
            signatures: vec![EnvelopeSignature { keyid: String::new(), signature: vec![0xff; 3] }],
        };
        let written = envelope.to_json().to_string();
        assert_eq!(Envelope::parse(written.as_bytes()).unwrap(), envelope);
        for (payload, sig) in [("-__-AQ==", "____"), ("-__-AQ", "////"), ("+//+AQ", "____")] {
            let text = format!(
                r#"{{"payloadType":"{IN_TOTO_PAYLOAD_TYPE}","payload":"{payload}","signatures":[{{"sig":"{sig}","keyid":""}}]}}"#
            );
            assert_eq!(Envelope::parse(text.as_bytes()).unwrap(), envelope, "{payload}");
        }
    }

    #[test]
    fn refuses_what_is_no_envelope() {
        for text in [
            r#"{"payloadType":"t","payload":"","signatures":[]}"#,
            r#"{"payloadType":"t","payload":"!","signatures":[{"sig":""}]}"#,
            r#"{"payloadType":"t","payload":"AA==","signatures":[{"sig":"A"}]}"#,
            r#"{"payloadType":"t","payload":"AA==","payload":"AQ==","signatures":[{"sig":"AA=="}]}"#,
            r#"{"payload":"AA==","signatures":[{"sig":"AA=="}]}"#,
            r#"{"payloadType":"t","payload":"-+==","signatures":[{"sig":"AA=="}]}"#,
            "[]",
        ] {
            assert!(Envelope::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
