//! Files of evidence that the command line names.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_model::Limits;
use plimsoll_registry::{CopyPlace, EvidenceOptions, NetworkOptions, evidence_kept_in};
use plimsoll_verify::{Evidence, MAX_EVIDENCE_BYTES, Subject, VerifyError, read_evidence};

use crate::exit;
use crate::failure::Failure;
use crate::input;

/// The bytes of such a file, which may be large: attestations hold SBOMs.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut limits = Limits::DEFAULT;
    limits.member_bytes = MAX_EVIDENCE_BYTES;
    input::bytes(path, &limits)
}

/// All evidence of a file.
pub(super) fn read(path: &Path) -> Result<Vec<Evidence>, Failure> {
    read_evidence(&bytes(path)?, &path.display().to_string()).map_err(|error| refused(path, error))
}

/// A signature and, perhaps, a certificate in files of their own.
pub(super) fn detached(signature: &Path, certificate: Option<&Path>) -> Result<Evidence, Failure> {
    let certificate = certificate.map(bytes).transpose()?;
    let place = signature.display().to_string();
    Evidence::detached(&bytes(signature)?, certificate.as_deref(), None, &place)
        .map_err(|error| refused(signature, error))
}

/// Evidence that cannot be read proves nothing, which is an answer and no failure to work.
pub(super) fn refused(path: &Path, error: VerifyError) -> Failure {
    Failure { code: exit::NO, error: anyhow::Error::new(error).context(path.display().to_string()), hint: None }
}

/// An image, and what is attached to it.
pub(super) struct Attached {
    pub(super) subject: Subject,
    pub(super) evidence: Vec<Evidence>,
    /// What each was read from, by its place.
    pub(super) raw: BTreeMap<String, Vec<u8>>,
    /// What the user should know.
    pub(super) notices: Vec<String>,
}

/// Resolves the name of an image once, and reads what is attached to what it stands for.
pub(super) fn attached(place: &CopyPlace, network: &NetworkOptions) -> Result<Attached, Failure> {
    kept_in(place, None, network)
}

/// The same, where what is attached is kept in another repository.
pub(super) fn kept_in(
    place: &CopyPlace,
    repository: Option<&CopyPlace>,
    network: &NetworkOptions,
) -> Result<Attached, Failure> {
    let found = evidence_kept_in(place, repository, network, &EvidenceOptions::default())?;
    let mut evidence = Vec::new();
    for piece in &found.pieces {
        let read = Evidence::from_cosign_layer(&piece.media_type, &piece.bytes, &piece.annotations, &piece.place);
        evidence.push(read.unwrap_or_else(|error| Evidence::damaged(&piece.place, &error.to_string())));
    }
    evidence.extend(found.unread.iter().map(|(place, reason)| Evidence::damaged(place, reason)));
    // What is signed is the manifest: its bytes, or a statement about its digest.
    let subject = Subject::bytes(found.manifest.bytes().to_vec());
    let raw = found.pieces.into_iter().map(|piece| (piece.place, piece.bytes)).collect();
    Ok(Attached { subject, evidence, raw, notices: found.notices })
}
