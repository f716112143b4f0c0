//! `slsa-verifier verify-image`.
//!
//! An image is named by its digest, or somebody could move its name between this and its use. Provenance of builders on GitHub
//! is attached to the image; that of Google Cloud Build is in a file.

use plimsoll_registry::CopyPlace;
use plimsoll_verify::{BuildExpectation, LogRule, Subject, verify_provenance};

use super::{
    Asked, Class, Family, Refused, add_build, builders, complete, expectation, expected, judged, read, roots, source,
    told,
};
use crate::args::SlsaVerifyImage;
use crate::commands::evidence;
use crate::commands::referrers::refuse_offline;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn verify(arguments: &SlsaVerifyImage, offline: bool, ui: &mut Ui) -> Result<(), Refused> {
    let digest = arguments.image.rsplit_once('@').map(|(_, digest)| digest);
    let digest = digest.filter(|digest| digest.starts_with("sha256:"));
    let digest = digest.ok_or_else(|| Refused::class(Class::MutableImage, arguments.image.as_str()))?;
    let subject = Subject::digest(digest).map_err(|error| Refused::class(Class::ImageHash, error.to_string()))?;
    match arguments.build.builder_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) if builders::is_cloud_build(id) => from_file(arguments, id, &subject, ui),
        Some(id) if !builders::is_github(id) => Err(Refused::class(Class::VerifierNotSupported, id)),
        _ => attached(arguments, offline, ui),
    }
}

fn attached(arguments: &SlsaVerifyImage, offline: bool, ui: &mut Ui) -> Result<(), Refused> {
    let build = &arguments.build;
    if arguments.provenance_path.is_some() {
        ui.warning("--provenance-path is for Google Cloud Build; that of other builders is attached to the image");
    }
    let id = build.builder_id.as_deref();
    let (mut expectation, mut asked) = expectation(Family::Image, &build.source_uri, id, &build.log, ui)?;
    add_build(&mut expectation.build, &mut asked, build)?;
    let place = match arguments.image.starts_with("oci-layout:") || arguments.image.starts_with("registry:") {
        true => CopyPlace::parse(&arguments.image).map_err(Failure::from)?,
        false => CopyPlace::Registry(arguments.image.parse().map_err(Failure::from)?),
    };
    refuse_offline(&[&place], offline)?;
    let repository = arguments.provenance_repository.as_deref().map(str::parse).transpose().map_err(Failure::from)?;
    let repository = repository.map(CopyPlace::Registry);
    refuse_offline(&repository.iter().collect::<Vec<_>>(), offline)?;
    let mut found = evidence::kept_in(&place, repository.as_ref(), &arguments.network.options())?;
    for notice in &found.notices {
        ui.status(notice);
    }
    // Signatures and SBOMs beside the provenance are none, and prove nothing about the build.
    complete(&mut found.evidence, &build.log)?;
    let outcome = verify_provenance(&found.evidence, &found.subject, &expectation, &roots()?);
    told(judged(&outcome, &asked)?, build.print_provenance, ui)?;
    Ok(())
}

/// Google Cloud Build signs with keys and has no log: that none is asked for holds for these keys alone.
fn from_file(arguments: &SlsaVerifyImage, id: &str, subject: &Subject, ui: &mut Ui) -> Result<(), Refused> {
    let build = &arguments.build;
    let path = arguments.provenance_path.as_ref();
    let path =
        path.ok_or_else(|| Failure::usage("the provenance of Google Cloud Build is in a file: --provenance-path"))?;
    if !builders::is_builder_id(id) {
        return Err(Refused::class(Class::InvalidFormat, format!("builderID: '{id}'")));
    }
    if build.source_branch.is_some() {
        return Err(Refused::class(Class::NotSupported, "branch verification"));
    }
    let (rules, pattern) = builders::cloud_build(id);
    let source = Some(source(&build.source_uri)?);
    let expected_build =
        BuildExpectation { source, builder: pattern.into_iter().collect(), ..BuildExpectation::default() };
    let mut asked = Asked::default();
    let mut expectation = expected(rules, expected_build, &build.log, ui);
    (expectation.log, expectation.times) = (LogRule::NotUsedWithKey, 1);
    add_build(&mut expectation.build, &mut asked, build)?;
    let found = read(path, &build.log)?;
    let outcome = verify_provenance(&found, subject, &expectation, &roots()?);
    told(judged(&outcome, &asked)?, build.print_provenance, ui)?;
    Ok(())
}
