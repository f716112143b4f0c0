//! `slsa-verifier verify-github-attestation`.
//!
//! slsa-verifier knows the workflows of one registry by name. Here any workflow may be named: it signs for itself, at a released
//! version, and what it says has to be in its certificate.

use plimsoll_verify::verify_provenance;

use super::artifact::{failed, subject, supported};
use super::{Class, Family, Refused, expectation, judged, read, roots, told};
use crate::args::SlsaVerifyGithubAttestation;
use crate::output::Ui;

pub(super) fn verify(arguments: &SlsaVerifyGithubAttestation, ui: &mut Ui) -> Result<(), Refused> {
    supported(Some(&arguments.builder_id))?;
    if arguments.builder_id.is_empty() {
        return Err(Refused::class(
            Class::UntrustedReusableWorkflow,
            "--builder-id is empty, and nobody is trusted by default",
        ));
    }
    let builder_id = Some(arguments.builder_id.as_str());
    let (expectation, asked) = expectation(Family::Attestation, &arguments.source_uri, builder_id, &arguments.log, ui)?;
    let found = read(&arguments.attestation_path, &arguments.log)?;
    let outcome = verify_provenance(&found, &subject(&arguments.artifact, &found)?, &expectation, &roots()?);
    let build =
        judged(&outcome, &asked).map_err(|refused| failed("github attestation", &arguments.artifact, refused, ui))?;
    told(build, arguments.print_attestation, ui)?;
    ui.status(&format!("Verifying github attestation {}: PASSED", arguments.artifact));
    Ok(())
}
