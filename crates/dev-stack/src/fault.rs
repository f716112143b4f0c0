//! What can be made to go wrong.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use crate::DevStackError;

/// A service of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Service {
    /// The issuers of tokens.
    Oidc,
    /// The authority that certifies.
    Fulcio,
    /// The log, version 1.
    Rekor,
    /// The log, version 2.
    RekorV2,
    /// The authority for timestamps.
    Timestamp,
    /// The repository of the trusted root.
    Tuf,
}

/// How a service fails as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Outage {
    /// The connection ends without an answer.
    Down,
    /// The answer comes late.
    Slow,
    /// 429, and when to come again.
    Busy,
    /// 500.
    Broken,
}

/// Something that goes wrong while its switch is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fault {
    /// A service fails as a whole.
    Outage(Service, Outage),
    /// Tokens are issued that have expired.
    TokenExpired,
    /// Certificates are issued that have expired.
    CertificateExpired,
    /// Certificates have no timestamp of the CT log.
    CertificateWithoutSct,
    /// The timestamp of the CT log is over something else.
    CertificateWrongSct,
    /// Certificates are for servers.
    CertificateWrongUsage,
    /// Certificates are of an authority that nobody trusts, under the name of the right one.
    CertificateWrongAuthority,
    /// The entry's timestamp of Rekor v1 is over something else.
    SetWrong,
    /// Checkpoints have another root.
    CheckpointRoot,
    /// Checkpoints are signed by another key.
    CheckpointSignature,
    /// Checkpoints are of another log.
    CheckpointOrigin,
    /// Inclusion proofs have a wrong hash.
    InclusionProof,
    /// The answer is an entry that somebody else made.
    EntryOfAnother,
    /// Timestamps are over something else.
    TimestampImprint,
    /// Timestamps have another nonce.
    TimestampNonce,
    /// Timestamps are signed by an authority that nobody trusts.
    TimestampUntrusted,
    /// Timestamps are from before the authority was.
    TimestampOutside,
    /// Timestamps have fractions of seconds, as RFC 3161 allows.
    TimestampFraction,
    /// The metadata of the repository has expired.
    TufExpired,
    /// The metadata of the repository is older than what was served before.
    TufRollback,
}

const SERVICES: &[(Service, &str)] = &[
    (Service::Oidc, "oidc"),
    (Service::Fulcio, "fulcio"),
    (Service::Rekor, "rekor"),
    (Service::RekorV2, "rekor-v2"),
    (Service::Timestamp, "timestamp"),
    (Service::Tuf, "tuf"),
];

const OUTAGES: &[(Outage, &str)] =
    &[(Outage::Down, "down"), (Outage::Slow, "slow"), (Outage::Busy, "busy"), (Outage::Broken, "broken")];

const OTHERS: &[(Fault, &str)] = &[
    (Fault::TokenExpired, "token-expired"),
    (Fault::CertificateExpired, "certificate-expired"),
    (Fault::CertificateWithoutSct, "certificate-without-sct"),
    (Fault::CertificateWrongSct, "certificate-wrong-sct"),
    (Fault::CertificateWrongUsage, "certificate-wrong-usage"),
    (Fault::CertificateWrongAuthority, "certificate-wrong-authority"),
    (Fault::SetWrong, "set-wrong"),
    (Fault::CheckpointRoot, "checkpoint-root"),
    (Fault::CheckpointSignature, "checkpoint-signature"),
    (Fault::CheckpointOrigin, "checkpoint-origin"),
    (Fault::InclusionProof, "inclusion-proof"),
    (Fault::EntryOfAnother, "entry-of-another"),
    (Fault::TimestampImprint, "timestamp-imprint"),
    (Fault::TimestampNonce, "timestamp-nonce"),
    (Fault::TimestampUntrusted, "timestamp-untrusted"),
    (Fault::TimestampOutside, "timestamp-outside"),
    (Fault::TimestampFraction, "timestamp-fraction"),
    (Fault::TufExpired, "tuf-expired"),
    (Fault::TufRollback, "tuf-rollback"),
];

impl Fault {
    /// All faults: outages by service, then the others.
    pub fn all() -> impl Iterator<Item = Self> {
        let outages =
            SERVICES.iter().flat_map(|(service, _)| OUTAGES.iter().map(|(how, _)| Self::Outage(*service, *how)));
        outages.chain(OTHERS.iter().map(|(fault, _)| *fault))
    }
}

fn name_of<T: PartialEq>(table: &[(T, &'static str)], wanted: &T) -> &'static str {
    table.iter().find(|(value, _)| value == wanted).map_or("unknown", |(_, name)| name)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outage(service, how) => write!(f, "{}-{}", name_of(SERVICES, service), name_of(OUTAGES, how)),
            other => f.write_str(name_of(OTHERS, other)),
        }
    }
}

impl FromStr for Fault {
    type Err = DevStackError;

    fn from_str(name: &str) -> Result<Self, DevStackError> {
        Self::all().find(|fault| fault.to_string() == name).ok_or_else(|| DevStackError::UnknownFault(name.to_owned()))
    }
}

/// The switches.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<BTreeSet<Fault>>);

impl Faults {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        Self(Mutex::new(faults.iter().copied().collect()))
    }

    pub(crate) fn is_on(&self, fault: Fault) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&fault)
    }

    pub(crate) fn set(&self, fault: Fault, on: bool) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if on {
            faults.insert(fault);
        } else {
            faults.remove(&fault);
        }
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(Fault::to_string).collect()
    }

    /// How a service fails now, if it does.
    pub(crate) fn outages(&self, service: Service) -> Vec<Outage> {
        OUTAGES.iter().map(|(how, _)| *how).filter(|how| self.is_on(Fault::Outage(service, *how))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_found_by_name_and_switch() {
        assert_eq!(Fault::all().count(), 24 + OTHERS.len());
        for fault in Fault::all() {
            assert_eq!(fault.to_string().parse::<Fault>().unwrap(), fault);
        }
        assert!("unknown".parse::<Fault>().is_err());
        let faults = Faults::new(&[Fault::SetWrong]);
        assert!(faults.is_on(Fault::SetWrong));
        faults.set(Fault::SetWrong, false);
        faults.set(Fault::Outage(Service::RekorV2, Outage::Busy), true);
        assert_eq!(faults.names(), ["rekor-v2-busy"]);
        assert_eq!(faults.outages(Service::RekorV2), [Outage::Busy]);
        faults.clear();
        assert!(faults.names().is_empty());
    }
}
