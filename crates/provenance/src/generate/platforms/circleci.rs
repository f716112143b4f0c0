//! CircleCI. Variables: <https://circleci.com/docs/reference/variables/>. `CIRCLE_REPOSITORY_URL` is there only for projects
//! that are connected by OAuth or are on Bitbucket; for the others the token says it, or the user. `CIRCLE_BRANCH` is
//! `pull/NUMBER` for a pull request from a fork.
//!
//! Claims: <https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/> (`vcs-origin`, `vcs-ref`,
//! `project-id`, `ssh-rerun`), and those that Fulcio makes certificates of besides (`pipeline-id`, `workflow-id`, `job-id`,
//! `pipeline-definition-id`). `vcs-origin` has no scheme. The commit is in no claim, so nothing but a variable says it.

use plimsoll_verify::Claim;

use super::{REF, REPOSITORY, SOURCE};
use crate::generate::field::{Kind, both, claimed, variable};
use crate::generate::known::{Known, Value};
use crate::generate::platform::{Marks, Sign};
use crate::generate::{GenerateError, Platform};

pub(crate) static CIRCLECI: Platform = Platform {
    id: "circleci",
    name: "CircleCI",
    signs: &[Sign::Yes("CIRCLECI")],
    issuers: &["https://oidc.circleci.com"],
    fields: &[
        both("source_uri", "repository of the source", "oidc.circleci.com/vcs-origin", "CIRCLE_REPOSITORY_URL")
            .kind(Kind::Repository),
        claimed("claimed_ref", "ref that was built", "oidc.circleci.com/vcs-ref"),
        variable("commit", "commit that was built", "CIRCLE_SHA1").kind(Kind::Commit),
        variable("tag", "tag", "CIRCLE_TAG"),
        variable("branch", "branch", "CIRCLE_BRANCH"),
        both("project_id", "project", "oidc.circleci.com/project-id", "CIRCLE_PROJECT_ID"),
        variable("organization_id", "organization", "CIRCLE_ORGANIZATION_ID"),
        both("pipeline_id", "pipeline", "oidc.circleci.com/pipeline-id", "CIRCLE_PIPELINE_ID"),
        both("workflow_id", "workflow", "oidc.circleci.com/workflow-id", "CIRCLE_WORKFLOW_ID").required(),
        both("job_id", "job", "oidc.circleci.com/job-id", "CIRCLE_WORKFLOW_JOB_ID"),
        claimed("definition_id", "definition of the pipeline", "oidc.circleci.com/pipeline-definition-id"),
        claimed("ssh_rerun", "rerun with SSH", "oidc.circleci.com/ssh-rerun"),
        variable("job", "name of the job", "CIRCLE_JOB").required(),
        variable("build_url", "build", "CIRCLE_BUILD_URL").kind(Kind::Address).required(),
    ],
    derive,
    build_type: "https://plimsoll.dev/buildtypes/circleci/v1",
    builder_id: "{server}",
    source: SOURCE,
    slots: &[
        REPOSITORY,
        REF,
        ("/buildDefinition/externalParameters/job", "{job}"),
        ("/buildDefinition/externalParameters/project", "{project_id}"),
        ("/buildDefinition/externalParameters/pipelineDefinition", "{definition_id}"),
        ("/buildDefinition/internalParameters/circleci/organization", "{organization_id}"),
        ("/buildDefinition/internalParameters/circleci/pipeline", "{pipeline_id}"),
        ("/buildDefinition/internalParameters/circleci/workflow", "{workflow_id}"),
        ("/buildDefinition/internalParameters/circleci/workflowJob", "{job_id}"),
        ("/buildDefinition/internalParameters/circleci/sshRerun", "{ssh_rerun}"),
        ("/runDetails/metadata/invocationId", "{build_url}"),
    ],
    certificate: &[
        (Claim::SourceRepositoryUri, "{source_uri}"),
        (Claim::SourceRepositoryRef, "{source_ref}"),
        (Claim::SourceRepositoryDigest, "{commit}"),
        (
            Claim::BuildSignerUri,
            "https://circleci.com/api/v2/projects/{project_id}/pipeline-definitions/{definition_id}",
        ),
        (Claim::BuildConfigUri, "https://circleci.com/api/v2/pipeline/{pipeline_id}/config"),
    ],
    marks: Marks::InPredicate,
    needs_source: true,
};

fn derive(known: &mut Known) -> Result<(), GenerateError> {
    let candidates = [known.value("claimed_ref").cloned(), ref_of(known)];
    known.settle("source_ref", "ref that was built", Kind::Text, candidates)?;
    let server = known.get("build_url").and_then(origin);
    if let Some(server) = server.and_then(|text| known.made_of(text, &["build_url"])) {
        known.set("server", server);
    }
    Ok(())
}

fn ref_of(known: &Known) -> Option<Value> {
    if let Some(tag) = known.get("tag") {
        return known.made_of(format!("refs/tags/{tag}"), &["tag"]);
    }
    let branch = known.get("branch")?;
    let number = branch.strip_prefix("pull/").filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let text = match number {
        Some(number) => format!("refs/pull/{number}/head"),
        None => format!("refs/heads/{branch}"),
    };
    known.made_of(text, &["branch"])
}

/// Scheme and host of an address.
fn origin(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    Some(format!("{scheme}://{}", rest.split('/').next()?))
}
