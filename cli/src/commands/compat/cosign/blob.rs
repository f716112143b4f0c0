//! `cosign verify-blob` and `verify-blob-attestation`.

use std::path::Path;

use plimsoll_verify::{Evidence, Outcome, Subject};

use super::{expected, predicate_type};
use crate::args::{CosignPolicy, CosignVerifyBlob, CosignVerifyBlobAttestation};
use crate::commands::compat::policy::refused;
use crate::commands::evidence;
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn verify(arguments: &CosignVerifyBlob, ui: &mut Ui) -> Result<u8, Failure> {
    let evidence = match (&arguments.bundle, &arguments.signature) {
        (Some(bundle), _) => certified(evidence::read(bundle)?, arguments)?,
        (None, Some(signature)) => vec![detached(signature, arguments.certificate.as_deref())?],
        (None, None) => return Err(Failure::usage("provide the signature with --bundle or --signature")),
    };
    // A statement about the file is no signature over it.
    let evidence: Vec<Evidence> = evidence.into_iter().filter(|piece| piece.unverified_statement().is_none()).collect();
    let expected = expected(&arguments.policy, None, ui)?;
    let subject = subject(&arguments.blob, &evidence)?;
    let outcome = super::judge(&evidence, &subject, &expected);
    finish(&arguments.blob.display().to_string(), &outcome, &arguments.policy, ui)
}

pub(super) fn verify_attestation(arguments: &CosignVerifyBlobAttestation, ui: &mut Ui) -> Result<u8, Failure> {
    if !arguments.check_claims {
        return Err(Failure::usage("--check-claims=false: a statement about something else proves nothing"));
    }
    let path = arguments.bundle.as_ref().or(arguments.signature.as_ref());
    let path = path.ok_or_else(|| Failure::usage("provide the statement with --bundle or --signature"))?;
    let evidence = evidence::read(path)?;
    let expected = expected(&arguments.policy, Some(predicate_type(&arguments.predicate_type)?), ui)?;
    let (name, subject) = match (&arguments.blob, &arguments.digest) {
        (Some(blob), _) => (blob.display().to_string(), subject(blob, &evidence)?),
        (None, Some(hex)) => {
            let text = format!("{}:{hex}", arguments.digest_alg.as_deref().unwrap_or("sha256"));
            let subject = Subject::digest(&text).map_err(|error| Failure::usage(error.to_string()))?;
            (text, subject)
        }
        (None, None) => return Err(Failure::usage("name the file, or its digest with --digest")),
    };
    let outcome = super::judge(&evidence, &subject, &expected);
    finish(&name, &outcome, &arguments.policy, ui)
}

fn finish(name: &str, outcome: &Outcome, policy: &CosignPolicy, ui: &mut Ui) -> Result<u8, Failure> {
    if !outcome.is_verified() {
        refused(ui, name, outcome);
        return Ok(exit::NO);
    }
    if !super::is_stamped(policy, outcome.verified()) {
        ui.error("no timestamp of an authority was verified (--use-signed-timestamps)");
        return Ok(exit::NO);
    }
    ui.status("Verified OK");
    Ok(exit::DONE)
}

/// The bundle's evidence, with the certificate that was named where it has none.
fn certified(mut evidence: Vec<Evidence>, arguments: &CosignVerifyBlob) -> Result<Vec<Evidence>, Failure> {
    if let Some(path) = &arguments.certificate {
        let certificate = evidence::bytes(path)?;
        for piece in evidence.iter_mut().filter(|piece| !piece.has_certificate()) {
            *piece = piece.with_certificate(&certificate).map_err(|error| evidence::refused(path, error))?;
        }
    }
    Ok(evidence)
}

/// A signature in a file, or on the command line.
fn detached(signature: &str, certificate: Option<&Path>) -> Result<Evidence, Failure> {
    if signature.contains("://") {
        return Err(Failure::usage("a signature is a file or base64 here; nothing is fetched to verify"));
    }
    let path = Path::new(signature);
    if path.is_file() {
        return evidence::detached(path, certificate);
    }
    let certificate = certificate.map(evidence::bytes).transpose()?;
    Evidence::detached(signature.as_bytes(), certificate.as_deref(), None, "--signature")
        .map_err(|error| evidence::refused(Path::new("--signature"), error))
}

fn subject(path: &Path, evidence: &[Evidence]) -> Result<Subject, Failure> {
    if path == Path::new("-") {
        return Ok(Subject::bytes(evidence::bytes(path)?));
    }
    let digests: Vec<_> = evidence.iter().flat_map(Evidence::digests).collect();
    Subject::file(path, &digests)
        .map_err(|error| Failure::failed(anyhow::Error::new(error).context(path.display().to_string())))
}
