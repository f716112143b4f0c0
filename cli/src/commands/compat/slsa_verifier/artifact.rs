//! `slsa-verifier verify-artifact`.

use plimsoll_model::DigestAlgorithm;
use plimsoll_verify::{Evidence, Subject, verify_provenance};

use super::{Class, Family, Refused, add_build, builders, expectation, judged, read, roots, told};
use crate::args::SlsaVerifyArtifact;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn verify(arguments: &SlsaVerifyArtifact, ui: &mut Ui) -> Result<(), Refused> {
    let id = arguments.build.builder_id.as_deref();
    supported(id)?;
    if arguments.provenance_repository.is_some() {
        ui.warning("--provenance-repository is for images, and means nothing here");
    }
    let (mut expectation, mut asked) =
        expectation(Family::Artifact, &arguments.build.source_uri, id, &arguments.build.log, ui)?;
    add_build(&mut expectation.build, &mut asked, &arguments.build)?;
    let found = read(&arguments.provenance_path, &arguments.build.log)?;
    let roots = roots()?;
    let mut builder: Option<String> = None;
    for artifact in &arguments.artifacts {
        let one = || {
            let outcome = verify_provenance(&found, &subject(artifact, &found)?, &expectation, &roots);
            Ok((judged(&outcome, &asked)?.view().builder_id.clone(), outcome))
        };
        let (by, outcome) = one().map_err(|refused: Refused| failed("artifact", artifact, refused, ui))?;
        if builder.as_ref().is_some_and(|builder| *builder != by) {
            let refused = Refused::class(Class::MismatchBuilderID, format!("another artifact was built by {by}"));
            return Err(failed("artifact", artifact, refused, ui));
        }
        if let Some(build) = outcome.proven().first() {
            told(build, arguments.build.print_provenance, ui)?;
        }
        builder = Some(by);
        ui.status(&format!("Verifying artifact {artifact}: PASSED"));
    }
    Ok(())
}

/// Fails when no builder of this name is verified for files.
pub(super) fn supported(id: Option<&str>) -> Result<(), Refused> {
    match id.filter(|id| !id.is_empty()) {
        None => Ok(()),
        Some(id) if builders::is_github(id) => Ok(()),
        Some(id) if builders::is_cloud_build(id) => {
            Err(Refused::class(Class::NotSupported, "Google Cloud Build is verified for images"))
        }
        Some(id) => Err(Refused::class(Class::VerifierNotSupported, id)),
    }
}

/// Says which of the artifacts failed.
pub(super) fn failed(what: &str, name: &str, refused: Refused, ui: &mut Ui) -> Refused {
    ui.status(&format!("Verifying {what} {name}: FAILED: {}", refused.text()));
    refused
}

/// What is verified: a file, or its digest.
pub(super) fn subject(artifact: &str, found: &[Evidence]) -> Result<Subject, Failure> {
    if ["sha256:", "sha384:", "sha512:"].iter().any(|name| artifact.starts_with(name)) {
        return Subject::digest(artifact).map_err(|error| Failure::usage(error.to_string()));
    }
    let wanted: Vec<DigestAlgorithm> = found.iter().flat_map(Evidence::digests).collect();
    Subject::file(artifact.as_ref(), &wanted)
        .map_err(|error| Failure::failed(anyhow::Error::new(error).context(artifact.to_owned())))
}
