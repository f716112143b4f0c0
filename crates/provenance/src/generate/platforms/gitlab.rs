//! GitLab CI/CD. The type of build and the builder are those that GitLab's runner writes itself (its `PROVENANCE.md`, which
//! names its version), where it is asked to (`RUNNER_GENERATE_ARTIFACTS_METADATA`) and signs nothing.
//!
//! Two things differ from the runner. It writes the commit under `sha256`, which a SHA-1 is not: here it is `gitCommit`. And
//! it lists the names of all variables among the external parameters: here no variable is read that the table does not
//! list, so none is named. The ref, for which that type has no place, is an annotation of the source.
//!
//! Claims: <https://docs.gitlab.com/ci/secrets/id_token_authentication/>; variables:
//! <https://docs.gitlab.com/ci/variables/predefined_variables/>. `CI_REPOSITORY_URL` holds a token and is not read.

use plimsoll_verify::Claim;

use crate::generate::field::{Kind, both, claimed, variable};
use crate::generate::known::{Authentication, Known, Value};
use crate::generate::platform::{Marks, Sign};
use crate::generate::{GenerateError, Platform};

pub(crate) static GITLAB: Platform = Platform {
    id: "gitlab",
    name: "GitLab CI/CD",
    signs: &[Sign::Yes("GITLAB_CI")],
    issuers: &["https://gitlab.com"],
    fields: &[
        claimed("issuer", "server", "iss"),
        variable("server_url", "server", "CI_SERVER_URL").kind(Kind::Address),
        both("project_path", "path of the project", "project_path", "CI_PROJECT_PATH").required(),
        variable("project_url", "repository of the source", "CI_PROJECT_URL").kind(Kind::Repository),
        both("project_id", "number of the project", "project_id", "CI_PROJECT_ID"),
        claimed("namespace_id", "number of the namespace", "namespace_id"),
        both("commit", "commit that was built", "sha", "CI_COMMIT_SHA").kind(Kind::Commit),
        claimed("ref_path", "ref that was built", "ref_path"),
        claimed("ref_type", "kind of ref", "ref_type"),
        both("ref_name", "name of the ref", "ref", "CI_COMMIT_REF_NAME"),
        variable("tag", "tag", "CI_COMMIT_TAG"),
        variable("merge_ref", "ref of the merge request", "CI_MERGE_REQUEST_REF_PATH"),
        both("pipeline_id", "pipeline", "pipeline_id", "CI_PIPELINE_ID"),
        both("pipeline_source", "event", "pipeline_source", "CI_PIPELINE_SOURCE"),
        both("job_id", "job", "job_id", "CI_JOB_ID").required(),
        variable("job_name", "name of the job", "CI_JOB_NAME").required(),
        both("runner_id", "runner", "runner_id", "CI_RUNNER_ID").required(),
        claimed("runner_environment", "kind of runner", "runner_environment"),
        variable("runner_name", "name of the runner", "CI_RUNNER_DESCRIPTION"),
        variable("runner_arch", "architecture of the runner", "CI_RUNNER_EXECUTABLE_ARCH"),
        variable("version", "version of the runner", "CI_RUNNER_VERSION").required(),
        variable("started_on", "time at which it began", "CI_JOB_STARTED_AT").kind(Kind::Time),
        claimed("config", "definition of the pipeline", "ci_config_ref_uri"),
        claimed("config_sha", "commit of the definition of the pipeline", "ci_config_sha"),
    ],
    derive,
    build_type: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/{runner_version}/PROVENANCE.md",
    builder_id: "{source_uri}/-/runners/{runner_id}",
    source: &["{source_uri}"],
    slots: &[
        ("/buildDefinition/externalParameters/source", "{source_uri}"),
        ("/buildDefinition/externalParameters/entryPoint", "{job_name}"),
        ("/buildDefinition/internalParameters/name", "{runner_name}"),
        ("/buildDefinition/internalParameters/architecture", "{architecture}"),
        ("/buildDefinition/internalParameters/job", "{job_id}"),
        ("/buildDefinition/internalParameters/plimsoll/configuration", "{config}"),
        ("/buildDefinition/internalParameters/plimsoll/pipeline", "{pipeline_id}"),
        ("/buildDefinition/internalParameters/plimsoll/project", "{project_id}"),
        ("/buildDefinition/internalParameters/plimsoll/runnerEnvironment", "{runner_environment}"),
        ("/buildDefinition/internalParameters/plimsoll/trigger", "{pipeline_source}"),
        ("/runDetails/builder/version/gitlab-runner", "{runner_version}"),
        ("/runDetails/metadata/invocationId", "{job_id}"),
    ],
    certificate: &[
        (Claim::SourceRepositoryUri, "{source_uri}"),
        (Claim::SourceRepositoryRef, "{certified_ref}"),
        (Claim::SourceRepositoryDigest, "{commit}"),
        (Claim::SourceRepositoryIdentifier, "{project_id}"),
        (Claim::SourceRepositoryOwnerIdentifier, "{namespace_id}"),
        (Claim::BuildConfigUri, "https://{config}"),
        (Claim::BuildConfigDigest, "{config_sha}"),
        (Claim::BuildTrigger, "{pipeline_source}"),
        (Claim::RunnerEnvironment, "{runner_environment}"),
        (Claim::RunInvocationUri, "{source_uri}/-/jobs/{job_id}"),
    ],
    marks: Marks::InPredicate,
    needs_source: true,
};

fn derive(known: &mut Known) -> Result<(), GenerateError> {
    // A token that names no project is not GitLab's.
    let of_gitlab = known.value("project_path").is_some_and(|path| path.from == Authentication::Oidc);
    let issuer = known.value("issuer").filter(|_| of_gitlab).cloned();
    let candidates = [issuer, known.value("server_url").cloned()];
    known.settle("server", "server", Kind::Address, candidates)?;
    let joined = |known: &Known| {
        let (server, path) = (known.get("server")?, known.get("project_path")?);
        known.made_of(format!("{}/{path}", server.trim_end_matches('/')), &["project_path", "server"])
    };
    let candidates = [joined(known), known.value("project_url").cloned()];
    known.settle("source_uri", "repository of the source", Kind::Repository, candidates)?;
    let candidates = [known.value("ref_path").cloned(), ref_of(known)];
    known.settle("source_ref", "ref that was built", Kind::Text, candidates)?;
    // As Fulcio writes it: everything that is no branch is a tag.
    let certified = known
        .get("ref_name")
        .zip(known.get("ref_type"))
        .map(|(name, kind)| format!("refs/{}/{name}", if kind == "branch" { "heads" } else { "tags" }));
    let certified = certified.and_then(|text| known.made_of(text, &["ref_name", "ref_type"]));
    let certified = certified.or_else(|| known.value("source_ref").cloned());
    let version = known.get("version").map(|text| {
        // A release is tagged with a `v`; what is none is a revision.
        if text.starts_with(|first: char| first.is_ascii_digit()) && text.contains('.') {
            format!("v{text}")
        } else {
            text.to_owned()
        }
    });
    let version = version.and_then(|text| known.made_of(text, &["version"]));
    let arch = known.get("runner_arch").map(|text| text.rsplit('/').next().unwrap_or(text).to_owned());
    let arch = arch.and_then(|text| known.made_of(text, &["runner_arch"]));
    for (key, value) in [("certified_ref", certified), ("runner_version", version), ("architecture", arch)] {
        if let Some(value) = value {
            known.set(key, value);
        }
    }
    Ok(())
}

/// The ref, from its parts: a merge request's, a tag, or a branch.
fn ref_of(known: &Known) -> Option<Value> {
    if let Some(merge) = known.value("merge_ref") {
        return Some(merge.clone());
    }
    let name = known.get("ref_name")?;
    if name.starts_with("refs/") {
        return known.made_of(name, &["ref_name"]);
    }
    let tag = known.value("tag").is_some() || known.is("ref_type", "tag");
    known.made_of(format!("refs/{}/{name}", if tag { "tags" } else { "heads" }), &["ref_name", "ref_type", "tag"])
}
