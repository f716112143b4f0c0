//! Files of evidence that the command line names.

use std::path::Path;

use plimsoll_model::Limits;
use plimsoll_verify::{Evidence, MAX_EVIDENCE_BYTES, VerifyError, read_evidence};

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
