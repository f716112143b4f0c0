//! GitHub Actions. The predicate is that of `actions/attest-build-provenance`, field by field: its library is `provenance.ts`
//! in `packages/attest` of <https://github.com/actions/toolkit>, its build type
//! <https://actions.github.io/buildtypes/workflow/v1>. So how each field was authenticated is not in it.
//!
//! Claims: <https://docs.github.com/en/actions/reference/security/oidc>; variables:
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>. The workflow that a job is defined in
//! (`job_workflow_ref`), which may be a reusable one, is in no variable: without a token it is taken to be the one that was
//! started. A ref may hold `@`, so a workflow is split from its ref at the first. What `workflow_dispatch` was given as inputs
//! is not part of this build type.

use plimsoll_verify::Claim;

use crate::generate::field::{Kind, both, claimed};
use crate::generate::known::{Authentication, Known, Value};
use crate::generate::platform::{Marks, Sign};
use crate::generate::{GenerateError, Platform};

pub(crate) static GITHUB: Platform = Platform {
    id: "github",
    name: "GitHub Actions",
    // Gitea and Forgejo say that they are GitHub as well.
    signs: &[Sign::Yes("GITHUB_ACTIONS"), Sign::Unset("GITEA_ACTIONS"), Sign::Unset("FORGEJO_ACTIONS")],
    issuers: &["https://token.actions.githubusercontent.com"],
    fields: &[
        claimed("issuer", "issuer", "iss"),
        both("server_url", "server", "", "GITHUB_SERVER_URL").kind(Kind::Address),
        both("repository", "repository", "repository", "GITHUB_REPOSITORY").required(),
        both("ref", "ref that was built", "ref", "GITHUB_REF").required(),
        both("commit", "commit that was built", "sha", "GITHUB_SHA").kind(Kind::Commit).required(),
        both("workflow_ref", "workflow", "workflow_ref", "GITHUB_WORKFLOW_REF").required(),
        claimed("job_workflow", "workflow of the job", "job_workflow_ref"),
        both("event_name", "event", "event_name", "GITHUB_EVENT_NAME").required(),
        both("repository_id", "number of the repository", "repository_id", "GITHUB_REPOSITORY_ID").required(),
        both("owner_id", "number of the owner", "repository_owner_id", "GITHUB_REPOSITORY_OWNER_ID").required(),
        both("runner", "kind of runner", "runner_environment", "RUNNER_ENVIRONMENT").required(),
        both("run_id", "run", "run_id", "GITHUB_RUN_ID").required(),
        both("run_attempt", "attempt of the run", "run_attempt", "GITHUB_RUN_ATTEMPT").required(),
        claimed("workflow_sha", "commit of the workflow", "workflow_sha"),
        claimed("job_workflow_sha", "commit of the workflow of the job", "job_workflow_sha"),
    ],
    derive,
    build_type: "https://actions.github.io/buildtypes/workflow/v1",
    builder_id: "{server}/{job_workflow_ref}",
    source: &["git+{source_uri}@{source_ref}"],
    slots: &[
        ("/buildDefinition/externalParameters/workflow/ref", "{workflow_git_ref}"),
        ("/buildDefinition/externalParameters/workflow/repository", "{source_uri}"),
        ("/buildDefinition/externalParameters/workflow/path", "{workflow_path}"),
        ("/buildDefinition/internalParameters/github/event_name", "{event_name}"),
        ("/buildDefinition/internalParameters/github/repository_id", "{repository_id}"),
        ("/buildDefinition/internalParameters/github/repository_owner_id", "{owner_id}"),
        ("/buildDefinition/internalParameters/github/runner_environment", "{runner}"),
        ("/runDetails/metadata/invocationId", "{server}/{repository}/actions/runs/{run_id}/attempts/{run_attempt}"),
    ],
    certificate: &[
        (Claim::SourceRepositoryUri, "{source_uri}"),
        (Claim::SourceRepositoryRef, "{source_ref}"),
        (Claim::SourceRepositoryDigest, "{commit}"),
        (Claim::SourceRepositoryIdentifier, "{repository_id}"),
        (Claim::SourceRepositoryOwnerIdentifier, "{owner_id}"),
        (Claim::BuildSignerUri, "{builder_id}"),
        (Claim::BuildSignerDigest, "{job_workflow_sha}"),
        (Claim::BuildConfigUri, "{server}/{workflow_ref}"),
        (Claim::BuildConfigDigest, "{workflow_sha}"),
        (Claim::BuildTrigger, "{event_name}"),
        (Claim::RunnerEnvironment, "{runner}"),
        (Claim::RunInvocationUri, "{server}/{repository}/actions/runs/{run_id}/attempts/{run_attempt}"),
    ],
    marks: Marks::InReport,
    needs_source: true,
};

fn derive(known: &mut Known) -> Result<(), GenerateError> {
    let issued = known.get("issuer").and_then(server_of).map(|text| Value {
        text,
        from: Authentication::Oidc,
        origin: "the claim \"iss\"".to_owned(),
    });
    let set = known.value("server_url").cloned().map(|mut value| {
        value.text.truncate(value.text.trim_end_matches('/').len());
        value
    });
    known.settle("server", "server", Kind::Address, [issued, set])?;
    if known.value("server").is_none() {
        return Err(GenerateError::Missing {
            platform: GITHUB.name,
            what: "server",
            wanted: "the variable GITHUB_SERVER_URL is not set".to_owned(),
        });
    }
    let workflow = known.get("workflow_ref").unwrap_or_default();
    let repository = known.get("repository").unwrap_or_default();
    let inner = workflow.replacen(&format!("{repository}/"), "", 1);
    let Some((path, git_ref)) = inner.split_once('@') else {
        let origin = known.value("workflow_ref").map(|value| value.origin.clone()).unwrap_or_default();
        return Err(GenerateError::malformed(origin, "is no workflow with its ref (PATH@REF)"));
    };
    let made = [
        ("workflow_path", known.made_of(path, &["workflow_ref", "repository"])),
        ("workflow_git_ref", known.made_of(git_ref, &["workflow_ref", "repository"])),
        ("job_workflow_ref", known.value("job_workflow").or_else(|| known.value("workflow_ref")).cloned()),
        ("source_ref", known.value("ref").cloned()),
    ];
    let server = known.get("server").unwrap_or_default();
    let source = known.made_of(format!("{server}/{repository}"), &["server", "repository"]);
    for (key, value) in made.into_iter().chain([("source_uri", source)]) {
        if let Some(value) = value {
            known.set(key, value);
        }
    }
    Ok(())
}

/// The web address of the GitHub that issues as `issuer`: github.com, a tenant of ghe.com, or a server of one's own.
fn server_of(issuer: &str) -> Option<String> {
    let rest = issuer.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    match host.strip_prefix("token.actions.") {
        Some("githubusercontent.com") => Some("https://github.com".to_owned()),
        Some(tenant) if tenant.ends_with(".ghe.com") => Some(format!("https://{tenant}")),
        None if path == "_services/token" => Some(format!("https://{host}")),
        _ => None,
    }
}
