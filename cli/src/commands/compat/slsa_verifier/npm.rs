//! `slsa-verifier verify-npm-package`.

use plimsoll_verify::{NpmExpectation, npm_registry_keys, verify_npm_package};

use super::artifact::{failed, subject, supported};
use super::{Class, Family, Refused, add_build, expectation, judged, read, roots, switched_on, told};
use crate::args::SlsaVerifyNpmPackage;
use crate::failure::Failure;
use crate::output::Ui;

pub(super) fn verify(arguments: &SlsaVerifyNpmPackage, ui: &mut Ui) -> Result<(), Refused> {
    let build = &arguments.build;
    // What slsa-verifier does not look at it refuses to be asked for.
    for (flag, given) in [
        ("source-branch", build.source_branch.is_some()),
        ("source-tag", build.source_tag.is_some()),
        ("source-versioned-tag", build.source_versioned_tag.is_some()),
        ("print-provenance", build.print_provenance),
    ] {
        if given {
            return Err(Failure::usage(format!("--{flag} not supported")).into());
        }
    }
    if !switched_on("SLSA_VERIFIER_EXPERIMENTAL") {
        let reason = "feature support is only provided in SLSA_VERIFIER_EXPERIMENTAL mode";
        return Err(Failure::usage(reason).into());
    }
    let id = build.builder_id.as_deref().filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Refused::class(Class::InvalidBuilderID, "no expected builder ID"))?;
    supported(Some(id))?;
    let path = arguments.attestations_path.as_ref();
    let path = path.ok_or_else(|| Failure::usage("--attestations-path is required."))?;
    let (mut provenance, mut asked) = expectation(Family::Npm, &build.source_uri, Some(id), &build.log, ui)?;
    add_build(&mut provenance.build, &mut asked, build)?;
    let expectation = NpmExpectation {
        provenance,
        name: arguments.package_name.clone(),
        version: arguments.package_version.clone(),
        keys: npm_registry_keys(),
    };
    let found = read(path, &build.log)?;
    let outcome = verify_npm_package(&found, &subject(&arguments.tarball, &found)?, &expectation, &roots()?);
    let proven = judged(&outcome, &asked).map_err(|refused| failed("npm package", &arguments.tarball, refused, ui))?;
    told(proven, false, ui)?;
    ui.status(&format!("Verifying npm package {}: PASSED", arguments.tarball));
    Ok(())
}
