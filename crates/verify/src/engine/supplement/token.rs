//! RFC 3161 timestamp tokens as data. <https://www.rfc-editor.org/rfc/rfc3161#section-2.4.2>
//!
//! A token is a CMS `SignedData` (RFC 5652) over a `TSTInfo`; it comes alone or within the response it was sent in.
//! Nothing here is checked against anybody who is trusted.

use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfo};
use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5911, rfc5912};
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Encode as _, Reader as _, Tag, TagNumber, Tagged as _};
use jiff::Timestamp;
use sigstore_types::HashAlgorithm;

use super::time;

/// `id-ct-TSTInfo`
pub(super) const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// A timestamp token.
pub(super) struct Token {
    pub(super) info: Info,
    /// What the signature is over: the content of the token.
    pub(super) content: Vec<u8>,
    /// The one signer.
    pub(super) signer: SignerInfo,
}

/// What the authority says.
#[derive(Debug)]
pub(super) struct Info {
    pub(super) time: Timestamp,
    pub(super) algorithm: HashAlgorithm,
    pub(super) imprint: Vec<u8>,
    /// Whether the accuracy has milliseconds or microseconds.
    pub(super) fine_accuracy: bool,
}

impl Token {
    /// Reads a token, or the response that holds one when the authority granted it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let malformed = |error: der::Error| format!("the timestamp is malformed: {error}");
        let info = content_info(bytes)?;
        if info.content_type != rfc5911::ID_SIGNED_DATA {
            return Err("the timestamp is not signed data".into());
        }
        let signed: SignedData = info.content.decode_as().map_err(malformed)?;
        if signed.encap_content_info.econtent_type != TST_INFO {
            return Err("what the timestamp signs is no TSTInfo".into());
        }
        let content = signed.encap_content_info.econtent.ok_or("the timestamp has no content")?;
        if content.tag() != Tag::OctetString {
            return Err("the content of the timestamp is no octet string".into());
        }
        let content = content.value().to_vec();
        let mut signers = signed.signer_infos.0.into_vec();
        match (signers.pop(), signers.is_empty()) {
            (Some(signer), true) => Ok(Self { info: Info::parse(&content)?, content, signer }),
            _ => Err("the timestamp has not exactly one signer".into()),
        }
    }
}

/// The token within a response whose status is granted (0) or granted with changes (1), or the token itself.
fn content_info(bytes: &[u8]) -> Result<ContentInfo, String> {
    let malformed = |error: der::Error| format!("the timestamp is malformed: {error}");
    let outer = AnyRef::from_der(bytes).map_err(malformed)?;
    let inner = outer.sequence(|reader| {
        if reader.peek_tag()? == Tag::ObjectIdentifier {
            reader.read_slice(reader.remaining_len())?;
            return Ok(None);
        }
        let status = AnyRef::decode(reader)?.sequence(|reader| {
            let status = u8::decode(reader)?;
            reader.read_slice(reader.remaining_len())?;
            Ok(status)
        })?;
        let token = (!reader.is_finished()).then(|| AnyRef::decode(reader)).transpose()?;
        Ok(Some((status, token)))
    });
    match inner.map_err(malformed)? {
        None => ContentInfo::from_der(bytes).map_err(malformed),
        Some((0 | 1, Some(token))) => token.to_der().and_then(|der| ContentInfo::from_der(&der)).map_err(malformed),
        Some((0 | 1, None)) => Err("the response holds no timestamp".into()),
        Some((status, _)) => Err(format!("the timestamp was not granted: status {status}")),
    }
}

impl Info {
    /// Reads a `TSTInfo`.
    fn parse(der: &[u8]) -> Result<Self, String> {
        let malformed = |error: der::Error| format!("the TSTInfo is malformed: {error}");
        let fields = AnyRef::from_der(der).and_then(|any| any.sequence(Fields::read)).map_err(malformed)?;
        if fields.version != 1 {
            return Err(format!("the TSTInfo is of version {}", fields.version));
        }
        let algorithm = hash(&fields.algorithm)
            .ok_or_else(|| format!("{} is not a digest that timestamps are accepted for", fields.algorithm))?;
        let time = time::parse(fields.time.value()).ok_or("the time of the TSTInfo is malformed")?;
        Ok(Self { time, algorithm, imprint: fields.imprint.to_vec(), fine_accuracy: fields.fine_accuracy })
    }
}

struct Fields<'a> {
    version: u8,
    algorithm: ObjectIdentifier,
    imprint: &'a [u8],
    time: AnyRef<'a>,
    fine_accuracy: bool,
}

impl<'a> Fields<'a> {
    fn read(reader: &mut der::SliceReader<'a>) -> der::Result<Self> {
        let version = u8::decode(reader)?;
        ObjectIdentifier::decode(reader)?;
        let (algorithm, imprint) = AnyRef::decode(reader)?.sequence(|reader| {
            let algorithm = AnyRef::decode(reader)?.sequence(|reader| {
                let algorithm = ObjectIdentifier::decode(reader)?;
                // Absent, or NULL (RFC 5754 §2).
                if !reader.is_finished() {
                    der::asn1::Null::decode(reader)?;
                }
                Ok(algorithm)
            })?;
            Ok((algorithm, OctetStringRef::decode(reader)?.as_bytes()))
        })?;
        let _serial = der::asn1::IntRef::decode(reader)?;
        let time = AnyRef::decode(reader)?;
        time.tag().assert_eq(Tag::GeneralizedTime)?;
        let mut fine_accuracy = false;
        // Accuracy, ordering, nonce, the authority's name, extensions: each at most once, in this order.
        let mut last = 0;
        while !reader.is_finished() {
            let field = AnyRef::decode(reader)?;
            let place = match field.tag() {
                Tag::Sequence => {
                    fine_accuracy = field.sequence(|reader| {
                        let fine = !reader.is_finished() && reader.peek_tag()? != Tag::Integer;
                        let rest = reader.read_slice(reader.remaining_len())?;
                        Ok(fine || rest.len() > integer_length(rest))
                    })?;
                    1
                }
                Tag::Boolean => 2,
                Tag::Integer => 3,
                Tag::ContextSpecific { constructed: true, number: TagNumber::N0 } => 4,
                Tag::ContextSpecific { constructed: true, number: TagNumber::N1 } => 5,
                other => return Err(other.unexpected_error(None)),
            };
            if place <= last {
                return Err(field.tag().unexpected_error(None));
            }
            last = place;
        }
        Ok(Self { version, algorithm, imprint, time, fine_accuracy })
    }
}

/// How many of the bytes of an accuracy are its seconds.
fn integer_length(rest: &[u8]) -> usize {
    match rest {
        [2, length, ..] => usize::from(*length).saturating_add(2),
        _ => 0,
    }
}

/// The digests that are strong enough.
pub(super) fn hash(algorithm: &ObjectIdentifier) -> Option<HashAlgorithm> {
    match *algorithm {
        rfc5912::ID_SHA_256 => Some(HashAlgorithm::Sha2256),
        rfc5912::ID_SHA_384 => Some(HashAlgorithm::Sha2384),
        rfc5912::ID_SHA_512 => Some(HashAlgorithm::Sha2512),
        _ => None,
    }
}
