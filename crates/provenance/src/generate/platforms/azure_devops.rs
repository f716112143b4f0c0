//! Azure DevOps. Variables: <https://learn.microsoft.com/azure/devops/pipelines/build/variables>; in the environment a name is in
//! capitals, and its points are underscores. The tokens that Azure DevOps gives are those of a service connection and say
//! nothing of the build, so no claim is read.

use plimsoll_verify::Claim;

use super::{REF, REPOSITORY, SOURCE};
use crate::generate::field::{Kind, variable};
use crate::generate::known::Known;
use crate::generate::platform::{Marks, Sign};
use crate::generate::{GenerateError, Platform};

pub(crate) static AZURE_DEVOPS: Platform = Platform {
    id: "azure-devops",
    name: "Azure DevOps",
    signs: &[Sign::Yes("TF_BUILD")],
    issuers: &["https://vstoken.dev.azure.com"],
    fields: &[
        variable("collection", "organization", "SYSTEM_COLLECTIONURI").kind(Kind::Address).required(),
        variable("project", "project", "SYSTEM_TEAMPROJECT").required(),
        variable("project_id", "number of the project", "SYSTEM_TEAMPROJECTID").required(),
        variable("definition_id", "number of the pipeline", "SYSTEM_DEFINITIONID").required(),
        variable("definition", "pipeline", "BUILD_DEFINITIONNAME"),
        variable("stage", "stage", "SYSTEM_STAGENAME"),
        variable("job", "job", "SYSTEM_JOBNAME"),
        variable("job_id", "number of the job", "SYSTEM_JOBID"),
        variable("attempt", "attempt of the job", "SYSTEM_JOBATTEMPT"),
        variable("build_id", "number of the build", "BUILD_BUILDID").required(),
        variable("reason", "event", "BUILD_REASON"),
        variable("pull_request", "pull request", "SYSTEM_PULLREQUEST_PULLREQUESTID"),
        variable("source_uri", "repository of the source", "BUILD_REPOSITORY_URI").kind(Kind::Repository),
        variable("source_ref", "ref that was built", "BUILD_SOURCEBRANCH"),
        variable("commit", "commit that was built", "BUILD_SOURCEVERSION").kind(Kind::Commit),
    ],
    derive,
    build_type: "https://plimsoll.dev/buildtypes/azure-devops/v1",
    builder_id: "{organization}",
    source: SOURCE,
    slots: &[
        REPOSITORY,
        REF,
        ("/buildDefinition/externalParameters/project", "{project}"),
        ("/buildDefinition/externalParameters/pipeline", "{definition_id}"),
        ("/buildDefinition/externalParameters/pullRequest", "{pull_request}"),
        ("/buildDefinition/internalParameters/azure-devops/attempt", "{attempt}"),
        ("/buildDefinition/internalParameters/azure-devops/job", "{job}"),
        ("/buildDefinition/internalParameters/azure-devops/jobId", "{job_id}"),
        ("/buildDefinition/internalParameters/azure-devops/pipelineName", "{definition}"),
        ("/buildDefinition/internalParameters/azure-devops/stage", "{stage}"),
        ("/buildDefinition/internalParameters/azure-devops/trigger", "{reason}"),
        ("/runDetails/metadata/invocationId", "{organization}/{project_id}/_build/results?buildId={build_id}"),
    ],
    certificate: &[(Claim::SourceRepositoryUri, "{source_uri}"), (Claim::SourceRepositoryDigest, "{commit}")],
    marks: Marks::InPredicate,
    needs_source: true,
};

fn derive(known: &mut Known) -> Result<(), GenerateError> {
    let organization = known.get("collection").map(|url| url.trim_end_matches('/').to_owned());
    if let Some(organization) = organization.and_then(|text| known.made_of(text, &["collection"])) {
        known.set("organization", organization);
    }
    Ok(())
}
