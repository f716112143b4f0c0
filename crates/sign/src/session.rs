//! Signing: one identity or key, one instance, any number of artifacts and statements.
//!
//! Keyless, a key is made in memory and certified; it is used until its certificate runs out, so that many artifacts cost
//! one exchange of a token. What the services answer is put into a bundle, and the bundle is verified as anybody else would
//! verify it: the certificate's identity and issuer, which were compared with the token before, its authority, its log, the
//! entries, the times. Only what holds is given out.

mod plan;
mod produce;
mod seal;

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use plimsoll_attest::{Envelope, EnvelopeSignature, IN_TOTO_PAYLOAD_TYPE, Statement};
use plimsoll_model::{Digest, DigestAlgorithm};
use plimsoll_verify::{AnySubject, NamedDigest, Outcome, Subject, TrustedRoot};
use sigstore_types::bundle::TransparencyLogEntry;

pub use plan::{Plan, PlannedIdentity};

use crate::bundle::{Content, Signatory};
use crate::certificate::Certificate;
use crate::identity::{Claims, Identity};
use crate::services::fulcio;
use crate::services::http::{Http, NetworkOptions};
use crate::signer::{ED25519_LIMIT, Scheme, Signer, SoftwareSigner};
use crate::{Log, LogVersion, Services, SignError};

/// A certificate is renewed this long before it runs out: what comes after takes time.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// What signs.
pub enum Means {
    /// An identity, with a key that nobody keeps.
    Keyless(Box<Identity>),
    /// A key that somebody keeps.
    Key(Box<dyn Signer>),
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Artifact {
    /// A file, of any size.
    File(PathBuf),
    /// Bytes in memory.
    Bytes(Vec<u8>),
    /// Something of which only the digest is known.
    Digest(Digest),
}

/// Signs.
pub struct Session {
    root: TrustedRoot,
    pub(crate) services: Services,
    http: Http,
    pub(crate) means: Means,
    held: Option<Held>,
}

/// A key in memory and its certificate.
struct Held {
    signer: SoftwareSigner,
    certificate: Certificate,
}

/// A bundle that verifies.
#[derive(Debug)]
pub struct SignedBundle {
    json: Vec<u8>,
    outcome: Outcome,
    entries: Vec<Entry>,
    timestamps: Vec<String>,
    made: Made,
}

/// What a bundle is made of.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) content: Content,
    pub(crate) signatory: Signatory,
    pub(crate) entries: Vec<TransparencyLogEntry>,
    pub(crate) stamps: Vec<Vec<u8>>,
}

/// An entry in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The log.
    pub log: Log,
    /// Its place there.
    pub index: u64,
}

impl SignedBundle {
    /// The bundle as it is written: JSON, version 0.3.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// What came of verifying it. It is verified, or it would not be here.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The entries in logs.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn made(&self) -> &Made {
        &self.made
    }

    /// The timestamp authorities that vouch for its time.
    #[must_use]
    pub fn timestamps(&self) -> &[String] {
        &self.timestamps
    }
}

impl Session {
    /// Signs with these means at these services; `root` is whom those who verify will trust.
    #[must_use]
    pub fn new(means: Means, services: Services, root: TrustedRoot, network: NetworkOptions) -> Self {
        Self { root, services, http: Http::new(network), means, held: None }
    }

    /// Signs an artifact. `now` is the time.
    ///
    /// # Errors
    /// It cannot be read, somebody who is needed does not answer or not as they should, or what came of it does not verify.
    pub fn sign(&mut self, artifact: &Artifact, now: Timestamp) -> Result<SignedBundle, SignError> {
        // Read before a certificate is asked for, which does not last long.
        let prepared = Prepared::read(artifact, self.scheme(), !self.services.logs.is_empty())?;
        self.produce(now, &AnySubject::Artifact(prepared.subject.clone()), |signer| match &prepared.message {
            Some(message) => {
                Ok(Content::Message { digest: prepared.digest.clone(), signature: signer.sign_message(message)? })
            }
            None => Ok(Content::Message {
                digest: prepared.digest.clone(),
                signature: signer.sign_digest(&prepared.digest)?,
            }),
        })
    }

    /// Signs a statement: the bytes as they are. `now` is the time.
    ///
    /// # Errors
    /// It is no statement, has no subject with a digest that names one thing (SHA-2, a commit), is too large for the log, or as for [`Session::sign`].
    pub fn attest(&mut self, statement: &[u8], now: Timestamp) -> Result<SignedBundle, SignError> {
        let subject = subject_of(&Statement::parse(statement)?)?;
        self.check_size(statement.len())?;
        let scheme = self.scheme();
        if scheme == Scheme::Ed25519 && self.services.logs.iter().any(|log| log.version == LogVersion::V2) {
            return Err(SignError::Scheme { scheme, wanted: "a log of version 2 takes signatures over digests" });
        }
        self.produce(now, &subject, |signer| {
            let mut envelope = Envelope {
                payload_type: IN_TOTO_PAYLOAD_TYPE.to_owned(),
                payload: statement.to_vec(),
                signatures: Vec::new(),
            };
            let signature = signer.sign_message(&envelope.pae())?;
            envelope.signatures.push(EnvelopeSignature { keyid: String::new(), signature });
            Ok(Content::Envelope(envelope))
        })
    }

    /// Fails for a statement of so many bytes that a log will not take it.
    ///
    /// # Errors
    /// It is too large.
    pub fn check_size(&self, bytes: usize) -> Result<(), SignError> {
        let first = self.services.logs.iter().filter(|log| log.version == LogVersion::V1);
        first.into_iter().try_for_each(|log| crate::services::rekor_v1::check_size(&log.url, bytes))
    }

    /// What the token of the identity claims, before it is shown to anybody; `None` where a key signs.
    ///
    /// # Errors
    /// There is no token.
    pub fn claims(&mut self, now: Timestamp) -> Result<Option<&Claims>, SignError> {
        match &mut self.means {
            Means::Keyless(identity) => Ok(Some(identity.token(now)?.claims())),
            Means::Key(_) => Ok(None),
        }
    }

    /// What the certificate says that will sign, so that it can be looked at before anything is logged; `None` where a key
    /// signs. It is asked for now, if there is none that lasts. Only a bundle is verified.
    ///
    /// # Errors
    /// There is no token, or the authority gives no certificate.
    pub fn certified(&mut self, now: Timestamp) -> Result<Option<plimsoll_verify::Claims>, SignError> {
        self.certify(now)?;
        let Some(held) = &self.held else { return Ok(None) };
        plimsoll_verify::Claims::unverified(held.certificate.der()).map(Some).ok_or(SignError::Encode("certificate"))
    }

    fn scheme(&self) -> Scheme {
        match &self.means {
            Means::Keyless(_) => Scheme::EcdsaP256Sha256,
            Means::Key(signer) => signer.scheme(),
        }
    }

    /// Sees to it that there is a key with a certificate that lasts a while.
    fn certify(&mut self, now: Timestamp) -> Result<(), SignError> {
        let Means::Keyless(identity) = &mut self.means else { return Ok(()) };
        let lasts = |held: &Held| now.checked_add(MARGIN).is_ok_and(|then| then < held.certificate.not_after());
        if self.held.as_ref().is_some_and(lasts) {
            return Ok(());
        }
        self.held = None;
        let url = self.services.authority.as_deref().ok_or_else(|| SignError::NoService {
            service: "certificate authority",
            now,
            reason: "it names none".into(),
        })?;
        let token = identity.token(now)?;
        let signer = SoftwareSigner::ephemeral()?;
        let certificate = fulcio::certify(&self.http, url, token, &signer)?;
        self.held = Some(Held { signer, certificate });
        Ok(())
    }

    /// What signs now, and what it is checked with.
    fn signatory(&self) -> Result<(&dyn Signer, Signatory), SignError> {
        match (&self.means, &self.held) {
            (Means::Key(signer), _) => Ok((signer.as_ref(), Signatory::Key(signer.public_key().clone()))),
            (Means::Keyless(_), Some(held)) => Ok((&held.signer, Signatory::Certificate(held.certificate.clone()))),
            (Means::Keyless(_), None) => Err(SignError::Encode("certificate")),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("services", &self.services).finish_non_exhaustive()
    }
}

/// An artifact, read.
struct Prepared {
    subject: Subject,
    digest: Digest,
    /// For schemes that sign no digest.
    message: Option<Vec<u8>>,
}

impl Prepared {
    fn read(artifact: &Artifact, scheme: Scheme, logged: bool) -> Result<Self, SignError> {
        if scheme == Scheme::Ed25519 {
            return Self::in_memory(artifact, scheme, logged);
        }
        let algorithm = scheme.digest_algorithm().unwrap_or(DigestAlgorithm::Sha256);
        let subject = match artifact {
            Artifact::File(path) => Subject::file(path, &[algorithm]).map_err(|error| unread(path, error))?,
            Artifact::Bytes(bytes) => Subject::bytes(bytes.clone()),
            Artifact::Digest(digest) if digest.algorithm() == algorithm => named(algorithm, &digest.hex())?,
            Artifact::Digest(_) => {
                return Err(SignError::Scheme { scheme, wanted: "it signs digests of another algorithm" });
            }
        };
        let hex = subject.hex(algorithm).ok_or(SignError::Encode("digest"))?;
        let digest = Digest::from_hex(algorithm, hex).map_err(|_| SignError::Encode("digest"))?;
        // Verified by the digest alone: nothing is read twice.
        Ok(Self { subject: named(algorithm, hex)?, digest, message: None })
    }

    fn in_memory(artifact: &Artifact, scheme: Scheme, logged: bool) -> Result<Self, SignError> {
        if logged {
            return Err(SignError::Scheme {
                scheme,
                wanted: "logs take signatures over digests; use a P-256 key, or --no-tlog",
            });
        }
        let message = match artifact {
            Artifact::Bytes(bytes) => bytes.clone(),
            Artifact::File(path) => {
                let failed = |source| SignError::Read { what: path.display().to_string(), source };
                let file = std::fs::File::open(path).map_err(failed)?;
                let mut bytes = Vec::new();
                let mut taken = std::io::Read::take(file, (ED25519_LIMIT as u64).saturating_add(1));
                std::io::Read::read_to_end(&mut taken, &mut bytes).map_err(failed)?;
                if bytes.len() > ED25519_LIMIT {
                    return Err(crate::SignerError::MessageTooLarge { scheme, limit: ED25519_LIMIT }.into());
                }
                bytes
            }
            Artifact::Digest(_) => return Err(crate::SignerError::NeedsMessage(scheme).into()),
        };
        let subject = Subject::bytes(message.clone());
        let hex = subject.hex(DigestAlgorithm::Sha256).ok_or(SignError::Encode("digest"))?;
        let digest = Digest::from_hex(DigestAlgorithm::Sha256, hex).map_err(|_| SignError::Encode("digest"))?;
        Ok(Self { subject, digest, message: Some(message) })
    }
}

fn named(algorithm: DigestAlgorithm, hex: &str) -> Result<Subject, SignError> {
    Subject::digest(&format!("{}:{hex}", algorithm.token())).map_err(|_| SignError::Encode("digest"))
}

fn unread(path: &Path, error: plimsoll_verify::VerifyError) -> SignError {
    let source = match error {
        plimsoll_verify::VerifyError::Read(source) => source,
        other => std::io::Error::other(other.to_string()),
    };
    SignError::Read { what: path.display().to_string(), source }
}

/// What the statement is about: an artifact by a digest that can be verified, or else what the first subject is by digests of
/// other kinds, such as a commit.
fn subject_of(statement: &Statement) -> Result<AnySubject, SignError> {
    let known = ["sha256", "sha512", "sha384"];
    let digests = statement.subjects().iter().flat_map(|subject| {
        known.iter().filter_map(|name| subject.digest.get(*name).map(|hex| format!("{name}:{hex}")))
    });
    if let Some(subject) = digests.filter_map(|digest| Subject::digest(&digest).ok()).next() {
        return Ok(AnySubject::Artifact(subject));
    }
    let first = statement.subjects().first().into_iter().flat_map(|subject| &subject.digest);
    let named: Vec<NamedDigest> =
        first.filter_map(|(name, value)| NamedDigest::parse(&format!("{name}:{value}")).ok()).collect();
    if named.is_empty() { Err(SignError::NoDigest) } else { Ok(AnySubject::Named(named)) }
}

#[cfg(test)]
mod tests;
