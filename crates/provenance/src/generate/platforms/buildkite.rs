//! Buildkite. Variables: <https://buildkite.com/docs/pipelines/configure/environment-variables>; claims:
//! <https://buildkite.com/docs/agent/cli/reference/oidc>. `BUILDKITE_COMMIT` may be `HEAD`, which is no commit: then the one
//! that was checked out has to be stated. `BUILDKITE_BRANCH` is the tag for a build that a tag started. The repository is in no
//! claim.

use plimsoll_verify::Claim;

use super::{REF, REPOSITORY, SOURCE};
use crate::generate::field::{Kind, both, claimed, variable};
use crate::generate::known::{Known, Value};
use crate::generate::platform::{Marks, Sign};
use crate::generate::{GenerateError, Platform};

pub(crate) static BUILDKITE: Platform = Platform {
    id: "buildkite",
    name: "Buildkite",
    signs: &[Sign::Yes("BUILDKITE")],
    issuers: &["https://agent.buildkite.com"],
    fields: &[
        both("organization", "organization", "organization_slug", "BUILDKITE_ORGANIZATION_SLUG").required(),
        both("pipeline", "pipeline", "pipeline_slug", "BUILDKITE_PIPELINE_SLUG").required(),
        both("build_number", "number of the build", "build_number", "BUILDKITE_BUILD_NUMBER").required(),
        both("job_id", "job", "job_id", "BUILDKITE_JOB_ID").required(),
        both("step_key", "step", "step_key", "BUILDKITE_STEP_KEY"),
        both("agent_id", "agent", "agent_id", "BUILDKITE_AGENT_ID"),
        variable("build_id", "build", "BUILDKITE_BUILD_ID"),
        both("trigger", "event", "build_source", "BUILDKITE_SOURCE"),
        claimed("runner_environment", "kind of agent", "runner_environment"),
        variable("source_uri", "repository of the source", "BUILDKITE_REPO").kind(Kind::Repository),
        both("built", "commit that was built", "build_commit", "BUILDKITE_COMMIT"),
        both("branch", "branch", "build_branch", "BUILDKITE_BRANCH"),
        both("tag", "tag", "build_tag", "BUILDKITE_TAG"),
        variable("pull_request", "pull request", "BUILDKITE_PULL_REQUEST"),
    ],
    derive,
    build_type: "https://plimsoll.dev/buildtypes/buildkite/v1",
    builder_id: "https://buildkite.com/{organization}",
    source: SOURCE,
    slots: &[
        REPOSITORY,
        REF,
        ("/buildDefinition/externalParameters/pipeline", "https://buildkite.com/{organization}/{pipeline}"),
        ("/buildDefinition/externalParameters/step", "{step_key}"),
        ("/buildDefinition/externalParameters/pullRequest", "{request}"),
        ("/buildDefinition/internalParameters/buildkite/agent", "{agent_id}"),
        ("/buildDefinition/internalParameters/buildkite/build", "{build_id}"),
        ("/buildDefinition/internalParameters/buildkite/runnerEnvironment", "{runner_environment}"),
        ("/buildDefinition/internalParameters/buildkite/trigger", "{trigger}"),
        (
            "/runDetails/metadata/invocationId",
            "https://buildkite.com/{organization}/{pipeline}/builds/{build_number}#{job_id}",
        ),
    ],
    certificate: &[
        (Claim::SourceRepositoryDigest, "{commit}"),
        (Claim::BuildTrigger, "{trigger}"),
        (Claim::RunnerEnvironment, "{runner_environment}"),
        (Claim::RunInvocationUri, "https://buildkite.com/{organization}/{pipeline}/builds/{build_number}#{job_id}"),
    ],
    marks: Marks::InPredicate,
    needs_source: true,
};

fn derive(known: &mut Known) -> Result<(), GenerateError> {
    // Not a commit until the agent has resolved it, and then nothing here says which.
    let commit = known.get("built").and_then(|text| Kind::Commit.read(text).ok());
    let commit = commit.and_then(|text| known.made_of(text, &["built"]));
    let request = known.value("pull_request").filter(|value| value.text != "false").cloned();
    for (key, value) in [("source_ref", ref_of(known)), ("commit", commit), ("request", request)] {
        if let Some(value) = value {
            known.set(key, value);
        }
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
