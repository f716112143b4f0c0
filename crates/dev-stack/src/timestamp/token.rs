//! A timestamp: what is stated (RFC 3161 §2.4.2), signed as RFC 5652 has it.

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignedAttributes, SignerIdentifier, SignerInfo};
use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5911, rfc5912};
use der::asn1::{Any, Int, OctetString, SetOfVec};
use der::{Decode as _, Encode, Sequence, Tag};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attribute;

use super::{MessageImprint, no};
use crate::DevStackError;
use crate::certificate::Authority;
use crate::key;

const WHAT: &str = "timestamp";
/// What the content is (RFC 3161 §2.4.2).
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// RFC 5816 §2.2.1: which certificate signed.
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// Under which policy: that of Sigstore's authority.
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.2");

/// What is stated, and how.
pub(super) struct Token {
    pub(super) imprint: MessageImprint,
    pub(super) nonce: Option<Int>,
    pub(super) serial: u64,
    pub(super) time: Timestamp,
    pub(super) with_fraction: bool,
    pub(super) with_certificates: bool,
}

/// §2.4.2
#[derive(Sequence)]
struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    message_imprint: MessageImprint,
    serial: u64,
    /// A GeneralizedTime, which may have a fraction that the type of that name does not know.
    time: Any,
    #[asn1(default = "no")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
}

/// §2.4.2
#[derive(Sequence)]
struct TimeStampResp {
    status: PkiStatusInfo,
    token: ContentInfo,
}

#[derive(Sequence)]
struct PkiStatusInfo {
    status: u8,
}

/// RFC 5652 §5.1. That of `cms` would sort the certificates by their content, not as DER (X.690 §11.6) has it.
#[derive(Sequence)]
struct SignedData {
    version: CmsVersion,
    digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    content: EncapsulatedContentInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    certificates: Option<SetOfVec<Any>>,
    signers: SetOfVec<SignerInfo>,
}

/// RFC 5035 §4. The hash algorithm is left out: SHA-256 is the default.
#[derive(Sequence)]
struct SigningCertificateV2 {
    certificates: Vec<EssCertIdV2>,
}

#[derive(Sequence)]
struct EssCertIdV2 {
    hash: OctetString,
}

fn failed(source: der::Error) -> DevStackError {
    DevStackError::Encode { what: WHAT, source }
}

fn any(value: &impl Encode) -> Result<Any, DevStackError> {
    Any::from_der(&key::to_der(value, WHAT)?).map_err(failed)
}

impl Token {
    /// RFC 3161 §2.4.2: no trailing zeros in a fraction. So the fraction is one that has none: some clients want three
    /// digits.
    fn generalized_time(&self) -> Result<Any, DevStackError> {
        let time = self.time.to_zoned(TimeZone::UTC);
        let mut text = time.strftime("%Y%m%d%H%M%S").to_string();
        if self.with_fraction {
            let millisecond = time.millisecond();
            let last = if millisecond.checked_rem(10) == Some(0) { 1 } else { 0 };
            text.push_str(&format!(".{:03}", millisecond.saturating_add(last)));
        }
        text.push('Z');
        Any::new(Tag::GeneralizedTime, text.into_bytes()).map_err(failed)
    }

    fn content(&self) -> Result<Vec<u8>, DevStackError> {
        let info = TstInfo {
            version: 1,
            policy: POLICY,
            message_imprint: self.imprint.clone(),
            serial: self.serial,
            time: self.generalized_time()?,
            ordering: false,
            nonce: self.nonce.clone(),
        };
        key::to_der(&info, WHAT)
    }

    /// The answer to the request.
    pub(super) fn response(&self, authority: &Authority) -> Result<Vec<u8>, DevStackError> {
        let content = self.content()?;
        let certificates = authority.certificates()?;
        let sha256 = AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None };
        let leaf = authority.chain.first().map_or(&[][..], Vec::as_slice);
        let attributes = attributes(&content, leaf)?;
        let signature = authority.key.sign(&key::to_der(&attributes, WHAT)?)?;
        let signer = certificates.first().map(|certificate| &certificate.tbs_certificate);
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: signer.map(|signer| signer.issuer.clone()).unwrap_or_default(),
                serial_number: match signer {
                    Some(signer) => signer.serial_number.clone(),
                    None => return Err(DevStackError::Key),
                },
            }),
            digest_alg: sha256.clone(),
            signed_attrs: Some(attributes),
            signature_algorithm: authority.key.algorithm(),
            signature: OctetString::new(signature).map_err(failed)?,
            unsigned_attrs: None,
        };
        let certificates: Result<Vec<Any>, DevStackError> =
            authority.chain.iter().map(|der| Any::from_der(der).map_err(failed)).collect();
        let certificates = SetOfVec::try_from(certificates?).map_err(failed)?;
        let signed = SignedData {
            // RFC 5652 §5.1: 3, as the content is not id-data.
            version: CmsVersion::V3,
            digest_algorithms: SetOfVec::try_from(vec![sha256]).map_err(failed)?,
            content: EncapsulatedContentInfo {
                econtent_type: TST_INFO,
                econtent: Some(any(&OctetString::new(content).map_err(failed)?)?),
            },
            certificates: self.with_certificates.then_some(certificates),
            signers: SetOfVec::try_from(vec![signer]).map_err(failed)?,
        };
        let token = ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content: any(&signed)? };
        key::to_der(&TimeStampResp { status: PkiStatusInfo { status: 0 }, token }, WHAT)
    }
}

/// What is signed: the kind of the content, its digest, and the certificate of the signer.
fn attributes(content: &[u8], leaf: &[u8]) -> Result<SignedAttributes, DevStackError> {
    let octets = |bytes: &[u8]| OctetString::new(bytes).map_err(failed);
    let certificate = SigningCertificateV2 { certificates: vec![EssCertIdV2 { hash: octets(&Sha256::digest(leaf))? }] };
    let values = [
        (rfc5911::ID_CONTENT_TYPE, any(&TST_INFO)?),
        (rfc5911::ID_MESSAGE_DIGEST, any(&octets(&Sha256::digest(content))?)?),
        (SIGNING_CERTIFICATE_V2, any(&certificate)?),
    ];
    let mut attributes = Vec::new();
    for (oid, value) in values {
        attributes.push(Attribute { oid, values: SetOfVec::try_from(vec![value]).map_err(failed)? });
    }
    SetOfVec::try_from(attributes).map_err(failed)
}
