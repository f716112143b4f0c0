//! From a signature to a bundle: certificates, timestamps, entries.

use std::thread;

use jiff::Timestamp;
use plimsoll_verify::AnySubject;
use sigstore_types::bundle::TransparencyLogEntry;

use super::{Entry, Made, Session, SignedBundle};
use crate::bundle::{Content, Signatory, encode};
use crate::services::http::Http;
use crate::services::{rekor_v1, rekor_v2, timestamp};
use crate::signer::{Scheme, Signer};
use crate::{Log, LogVersion, SignError};

impl Session {
    /// Signs with what makes the content, and has it certified, logged, stamped and verified.
    pub(super) fn produce(
        &mut self,
        now: Timestamp,
        subject: &AnySubject,
        sign: impl Fn(&dyn Signer) -> Result<Content, SignError>,
    ) -> Result<SignedBundle, SignError> {
        self.certify(now)?;
        let (signer, signatory) = self.signatory()?;
        let mut content = sign(signer)?;
        let mut witnessed = self.witness(&content, &signatory, signer.scheme());
        // An answer that was lost leaves an entry behind that cannot be proven. Signed again, it is another one.
        if matches!(witnessed, Err(SignError::AlreadyLogged { .. })) && is_randomised(signer.scheme()) {
            content = sign(signer)?;
            witnessed = self.witness(&content, &signatory, signer.scheme());
        }
        let (entries, stamps) = witnessed?;
        let places = self.services.logs.iter().zip(&entries);
        let places = places.map(|(log, entry)| Entry { log: log.clone(), index: entry.log_index.get() }).collect();
        let json = encode(&content, &signatory, entries.clone(), stamps.clone())?;
        let outcome = self.seal(&json, subject, &signatory, stamps.len(), now)?;
        let made = Made { content, signatory, entries, stamps };
        Ok(SignedBundle { json, outcome, entries: places, timestamps: self.services.timestamps.clone(), made })
    }

    /// Asks all logs and timestamp authorities at once.
    fn witness(
        &self,
        content: &Content,
        signatory: &Signatory,
        scheme: Scheme,
    ) -> Result<(Vec<TransparencyLogEntry>, Vec<Vec<u8>>), SignError> {
        let http = &self.http;
        thread::scope(|scope| {
            let logs: Vec<_> = self
                .services
                .logs
                .iter()
                .map(|log| scope.spawn(move || log_into(http, log, content, signatory, scheme)))
                .collect();
            let stamps: Vec<_> = self
                .services
                .timestamps
                .iter()
                .map(|url| scope.spawn(move || timestamp::stamp(http, url, content.signature())))
                .collect();
            // All are waited for before the first error is told.
            let (logs, stamps): (Vec<_>, Vec<_>) =
                (logs.into_iter().map(joined).collect(), stamps.into_iter().map(joined).collect());
            Ok((logs.into_iter().collect::<Result<_, _>>()?, stamps.into_iter().collect::<Result<_, _>>()?))
        })
    }
}

/// Logs a signature.
fn log_into(
    http: &Http,
    log: &Log,
    content: &Content,
    signatory: &Signatory,
    scheme: Scheme,
) -> Result<TransparencyLogEntry, SignError> {
    let url = log.url.as_str();
    match (log.version, content) {
        (LogVersion::V1, Content::Message { digest, signature }) => {
            rekor_v1::log_message(http, url, digest, signature, signatory)
        }
        (LogVersion::V1, Content::Envelope(envelope)) => rekor_v1::log_envelope(http, url, envelope, signatory),
        (LogVersion::V2, Content::Message { digest, signature }) => {
            rekor_v2::log(http, url, digest, signature, signatory, scheme)
        }
        (LogVersion::V2, Content::Envelope(envelope)) => {
            let digest = scheme.digest(&envelope.pae())?;
            rekor_v2::log(http, url, &digest, content.signature(), signatory, scheme)
        }
    }
}

fn joined<T>(handle: thread::ScopedJoinHandle<'_, Result<T, SignError>>) -> Result<T, SignError> {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Whether signing again gives another signature.
fn is_randomised(scheme: Scheme) -> bool {
    matches!(scheme, Scheme::EcdsaP256Sha256 | Scheme::EcdsaP384Sha384)
}
