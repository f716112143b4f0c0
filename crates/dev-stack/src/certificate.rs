//! Certificates: RFC 5280, ECDSA or Ed25519, put together from their parts.

use std::str::FromStr as _;
use std::time::Duration;

use const_oid::AssociatedOid;
use const_oid::ObjectIdentifier;
use der::asn1::{BitString, GeneralizedTime, OctetString, UtcTime, Utf8StringRef};
use der::flagset::FlagSet;
use der::{DateTime, Decode as _, Encode};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::certificate::{Certificate, TbsCertificate, Version};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

use crate::DevStackError;
use crate::key::{self, KeyKind, SigningKey};

const WHAT: &str = "certificate";
/// From here on RFC 5280 §4.1.2.5 writes a year with four digits.
const YEAR_2050: u64 = 2_524_608_000;

/// A time some seconds away.
pub(crate) fn shifted(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(time)
}

/// A name from its text (RFC 4514): the last part stands first in the certificate.
pub(crate) fn name(text: &str) -> Result<Name, DevStackError> {
    Name::from_str(text).map_err(DevStackError::encoding("name"))
}

fn time(time: Timestamp) -> Result<Time, DevStackError> {
    let failed = DevStackError::encoding("time");
    let seconds = u64::try_from(time.as_second()).unwrap_or(0);
    let duration = Duration::from_secs(seconds);
    if seconds < YEAR_2050 {
        UtcTime::from_unix_duration(duration).map(Time::UtcTime).map_err(failed)
    } else {
        DateTime::from_unix_duration(duration)
            .map(|time| Time::GeneralTime(GeneralizedTime::from_date_time(time)))
            .map_err(failed)
    }
}

/// From when until when something is valid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

/// The extensions of a certificate, in the order in which they are added.
#[derive(Default)]
pub(crate) struct Extensions(Vec<Extension>);

impl Extensions {
    /// One more, from the DER of its value.
    pub(crate) fn raw(mut self, oid: ObjectIdentifier, critical: bool, value: Vec<u8>) -> Result<Self, DevStackError> {
        let extn_value = OctetString::new(value).map_err(DevStackError::encoding(WHAT))?;
        self.0.push(Extension { extn_id: oid, critical, extn_value });
        Ok(self)
    }

    /// One more of the standard ones.
    pub(crate) fn with<T: Encode + AssociatedOid>(self, critical: bool, value: &T) -> Result<Self, DevStackError> {
        self.raw(T::OID, critical, key::to_der(value, WHAT)?)
    }

    /// One more whose value is a UTF8String.
    pub(crate) fn text(self, oid: ObjectIdentifier, text: &str) -> Result<Self, DevStackError> {
        let text = Utf8StringRef::new(text).map_err(DevStackError::encoding(WHAT))?;
        self.raw(oid, false, key::to_der(&text, WHAT)?)
    }

    /// What an authority may do: certify, `below` levels of authorities under it.
    pub(crate) fn authority(self, below: u8) -> Result<Self, DevStackError> {
        self.with(true, &KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))?
            .with(true, &BasicConstraints { ca: true, path_len_constraint: Some(below) })
    }

    /// What everyone else may do: sign, for one purpose.
    pub(crate) fn signer(self, purpose: ObjectIdentifier, critical: bool) -> Result<Self, DevStackError> {
        self.with(true, &KeyUsage(FlagSet::from(KeyUsages::DigitalSignature)))?
            .with(critical, &ExtendedKeyUsage(vec![purpose]))
    }

    /// Whose key it is and whose key signs it.
    pub(crate) fn keys(
        self,
        subject: &SubjectPublicKeyInfoOwned,
        issuer: &SubjectPublicKeyInfoOwned,
    ) -> Result<Self, DevStackError> {
        let authority = AuthorityKeyIdentifier { key_identifier: Some(identifier(issuer)?), ..Default::default() };
        self.with(false, &SubjectKeyIdentifier(identifier(subject)?))?.with(false, &authority)
    }

    /// Who it is. Critical, as the subject is empty (RFC 5280 §4.2.1.6).
    pub(crate) fn identity(self, name: GeneralName) -> Result<Self, DevStackError> {
        self.with(true, &SubjectAltName(vec![name]))
    }
}

/// RFC 7093 §2, method 1: the left 160 bits of a SHA-256 of the key.
fn identifier(key: &SubjectPublicKeyInfoOwned) -> Result<OctetString, DevStackError> {
    let hash = Sha256::digest(key.subject_public_key.raw_bytes());
    OctetString::new(hash.get(..20).unwrap_or_default()).map_err(DevStackError::encoding(WHAT))
}

/// What is to be certified.
pub(crate) struct Request {
    pub(crate) subject: Name,
    pub(crate) key: SubjectPublicKeyInfoOwned,
    pub(crate) period: Period,
    pub(crate) extensions: Extensions,
}

/// The part of a certificate that is signed.
pub(crate) fn unsigned(
    request: Request,
    issuer: Name,
    issuer_key: &SigningKey,
) -> Result<TbsCertificate, DevStackError> {
    // Positive, and 20 octets at the most (RFC 5280 §4.1.2.2).
    let [first, rest @ ..]: [u8; 16] = key::random()?;
    let serial: Vec<u8> = std::iter::once(first & 0x7f | 0x40).chain(rest).collect();
    Ok(TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial).map_err(DevStackError::encoding(WHAT))?,
        signature: issuer_key.algorithm(),
        issuer,
        validity: Validity { not_before: time(request.period.start)?, not_after: time(request.period.end)? },
        subject: request.subject,
        subject_public_key_info: request.key,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(request.extensions.0),
    })
}

/// The certificate.
pub(crate) fn sign(tbs: TbsCertificate, issuer_key: &SigningKey) -> Result<Certificate, DevStackError> {
    let signature = issuer_key.sign(&key::to_der(&tbs, WHAT)?)?;
    Ok(Certificate {
        tbs_certificate: tbs,
        signature_algorithm: issuer_key.algorithm(),
        signature: BitString::from_bytes(&signature).map_err(DevStackError::encoding(WHAT))?,
    })
}

/// An authority: its key, and its certificate with those above it.
pub(crate) struct Authority {
    pub(crate) key: SigningKey,
    /// Its own first, the root last, in DER.
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) name: Name,
}

impl Authority {
    /// One that certifies itself.
    pub(crate) fn root(subject: &str, period: Period, below: u8) -> Result<Self, DevStackError> {
        let key = SigningKey::generate(KeyKind::Ecdsa)?;
        let subject = name(subject)?;
        let public = key.public()?;
        let extensions = Extensions::default().authority(below)?.keys(&public, &public)?;
        let request = Request { subject: subject.clone(), key: public, period, extensions };
        let certificate = sign(unsigned(request, subject.clone(), &key)?, &key)?;
        Ok(Self { chain: vec![key::to_der(&certificate, WHAT)?], key, name: subject })
    }

    /// One under this one, which certifies nothing but what is signed with.
    pub(crate) fn intermediate(
        &self,
        subject: &str,
        period: Period,
        purpose: ObjectIdentifier,
    ) -> Result<Self, DevStackError> {
        let key = SigningKey::generate(KeyKind::Ecdsa)?;
        let extensions = Extensions::default()
            .authority(0)?
            .with(false, &ExtendedKeyUsage(vec![purpose]))?
            .keys(&key.public()?, &self.key.public()?)?;
        self.issue(key, subject, period, extensions)
    }

    /// One that signs and certifies nothing.
    pub(crate) fn signer(
        &self,
        subject: &str,
        period: Period,
        purpose: ObjectIdentifier,
    ) -> Result<Self, DevStackError> {
        let key = SigningKey::generate(KeyKind::Ecdsa)?;
        let extensions = Extensions::default().signer(purpose, true)?.keys(&key.public()?, &self.key.public()?)?;
        self.issue(key, subject, period, extensions)
    }

    fn issue(
        &self,
        key: SigningKey,
        subject: &str,
        period: Period,
        extensions: Extensions,
    ) -> Result<Self, DevStackError> {
        let subject = name(subject)?;
        let request = Request { subject: subject.clone(), key: key.public()?, period, extensions };
        let certificate = sign(unsigned(request, self.name.clone(), &self.key)?, &self.key)?;
        let mut chain = vec![key::to_der(&certificate, WHAT)?];
        chain.extend(self.chain.iter().cloned());
        Ok(Self { key, chain, name: subject })
    }

    /// The chain as certificates.
    pub(crate) fn certificates(&self) -> Result<Vec<Certificate>, DevStackError> {
        self.chain.iter().map(|der| Certificate::from_der(der).map_err(DevStackError::encoding(WHAT))).collect()
    }
}

#[cfg(test)]
#[path = "tests/certificate.rs"]
mod tests;
