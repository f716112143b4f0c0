//! Google Cloud Build. Its substitutions
//! (<https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values>) are variables only in builds that ask for
//! it with `automapSubstitutions: true`; those about the source are there only for builds that a trigger started, and none
//! says on which host the repository is: that is to be stated.
//!
//! Google makes provenance of its own for what Cloud Build pushes, under `…/GoogleHostedWorker` and signed by itself. This is
//! made inside the build, so it goes by another name of builder: the project's builds in a region. Tokens are those of the
//! service account, and say nothing of the build but who it is.

use plimsoll_verify::Claim;

use super::{REF, REPOSITORY, SOURCE};
use crate::generate::field::{Kind, claimed, variable};
use crate::generate::known::{Known, Value};
use crate::generate::platform::{Marks, Sign};
use crate::generate::{GenerateError, Platform};

pub(crate) static GOOGLE_CLOUD_BUILD: Platform = Platform {
    id: "google-cloud-build",
    name: "Google Cloud Build",
    // None of these names is only Cloud Build's; all of them together are.
    signs: &[
        Sign::Set("BUILD_ID"),
        Sign::Set("PROJECT_ID"),
        Sign::Set("PROJECT_NUMBER"),
        Sign::Set("LOCATION"),
        Sign::Unset("JENKINS_URL"),
    ],
    // Google's service accounts run much else.
    issuers: &[],
    fields: &[
        variable("project", "project", "PROJECT_ID").required(),
        variable("project_number", "number of the project", "PROJECT_NUMBER").required(),
        variable("location", "region", "LOCATION").required(),
        variable("build_id", "build", "BUILD_ID").required(),
        variable("trigger", "trigger", "TRIGGER_NAME"),
        variable("config", "definition of the build", "TRIGGER_BUILD_CONFIG_PATH"),
        variable("repository", "name of the repository", "REPO_FULL_NAME"),
        variable("branch", "branch", "BRANCH_NAME"),
        variable("tag", "tag", "TAG_NAME"),
        variable("commit", "commit that was built", "COMMIT_SHA").kind(Kind::Commit),
        claimed("service_account", "service account", "email"),
    ],
    derive,
    build_type: "https://plimsoll.dev/buildtypes/google-cloud-build/v1",
    builder_id: "https://cloudbuild.googleapis.com/v1/projects/{project_number}/locations/{location}",
    source: SOURCE,
    slots: &[
        REPOSITORY,
        REF,
        ("/buildDefinition/externalParameters/trigger", "{trigger}"),
        ("/buildDefinition/externalParameters/configuration", "{config}"),
        ("/buildDefinition/internalParameters/google-cloud-build/project", "{project}"),
        ("/buildDefinition/internalParameters/google-cloud-build/repository", "{repository}"),
        ("/buildDefinition/internalParameters/google-cloud-build/serviceAccount", "{service_account}"),
        (
            "/runDetails/metadata/invocationId",
            "https://cloudbuild.googleapis.com/v1/projects/{project_number}/locations/{location}/builds/{build_id}",
        ),
    ],
    certificate: &[(Claim::SourceRepositoryUri, "{source_uri}"), (Claim::SourceRepositoryDigest, "{commit}")],
    marks: Marks::InPredicate,
    needs_source: true,
};

fn derive(known: &mut Known) -> Result<(), GenerateError> {
    if let Some(value) = ref_of(known) {
        known.set("source_ref", value);
    }
    Ok(())
}

fn ref_of(known: &Known) -> Option<Value> {
    if let Some(tag) = known.get("tag") {
        return known.made_of(format!("refs/tags/{tag}"), &["tag"]);
    }
    let branch = known.get("branch")?;
    known.made_of(format!("refs/heads/{branch}"), &["branch"])
}
