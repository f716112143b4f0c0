//! What a certificate says of a run, by the service that ran it: the templates of Fulcio.
//! <https://github.com/sigstore/fulcio/blob/main/config/identity/config.yaml>
//!
//! The names in braces are those of the claims of the service's tokens, except for a few that its templates compute (`git_ref`
//! of GitLab is the ref in full). An adapter says which of these facts a document states, and all that follows from them is held
//! against the certificate. `url` is where the service is.

use super::BuildView;
use crate::Claim;

/// A service that runs builds and issues tokens for them.
pub(super) struct Service {
    /// Where it is, unless a document says otherwise.
    pub(super) url: &'static str,
    /// What a certificate says, and what that is made of.
    pub(super) certificate: &'static [(Claim, &'static str)],
}

pub(super) const GITHUB: Service = Service {
    url: "https://github.com",
    certificate: &[
        (Claim::BuildSignerUri, "{url}/{job_workflow_ref}"),
        (Claim::BuildSignerDigest, "{job_workflow_sha}"),
        (Claim::RunnerEnvironment, "{runner_environment}"),
        (Claim::SourceRepositoryUri, "{url}/{repository}"),
        (Claim::SourceRepositoryDigest, "{sha}"),
        (Claim::SourceRepositoryRef, "{ref}"),
        (Claim::SourceRepositoryIdentifier, "{repository_id}"),
        (Claim::SourceRepositoryOwnerUri, "{url}/{repository_owner}"),
        (Claim::SourceRepositoryOwnerIdentifier, "{repository_owner_id}"),
        (Claim::BuildConfigUri, "{url}/{workflow_ref}"),
        (Claim::BuildConfigDigest, "{workflow_sha}"),
        (Claim::BuildTrigger, "{event_name}"),
        // Without the attempt, which the certificate has: when jobs are run again, the one that signs counts another than the one
        // that built.
        (Claim::RunInvocationUri, "{url}/{repository}/actions/runs/{run_id}"),
        (Claim::SourceRepositoryVisibility, "{repository_visibility}"),
        (Claim::DeploymentEnvironment, "{environment}"),
    ],
};

pub(super) const GITLAB: Service = Service {
    url: "https://gitlab.com",
    certificate: &[
        (Claim::BuildSignerUri, "https://{ci_config_ref_uri}"),
        (Claim::BuildSignerDigest, "{ci_config_sha}"),
        (Claim::RunnerEnvironment, "{runner_environment}"),
        (Claim::SourceRepositoryUri, "{url}/{project_path}"),
        (Claim::SourceRepositoryDigest, "{sha}"),
        (Claim::SourceRepositoryRef, "{git_ref}"),
        (Claim::SourceRepositoryIdentifier, "{project_id}"),
        (Claim::SourceRepositoryOwnerUri, "{url}/{namespace_path}"),
        (Claim::SourceRepositoryOwnerIdentifier, "{namespace_id}"),
        (Claim::BuildConfigUri, "https://{ci_config_ref_uri}"),
        (Claim::BuildConfigDigest, "{ci_config_sha}"),
        (Claim::BuildTrigger, "{pipeline_source}"),
        (Claim::RunInvocationUri, "{url}/{project_path}/-/jobs/{job_id}"),
        (Claim::SourceRepositoryVisibility, "{project_visibility}"),
        (Claim::DeploymentEnvironment, "{environment}"),
    ],
};

pub(super) const BUILDKITE: Service = Service {
    url: "https://buildkite.com",
    certificate: &[
        (Claim::RunnerEnvironment, "{runner_environment}"),
        (Claim::SourceRepositoryDigest, "{build_commit}"),
        (Claim::BuildTrigger, "{build_source}"),
        (Claim::RunInvocationUri, "{url}/{organization_slug}/{pipeline_slug}/builds/{build_number}#{job_id}"),
    ],
};

/// The address of the service ends in a slash there, so that two come out.
pub(super) const CIRCLECI: Service = Service {
    url: "https://app.circleci.com/",
    certificate: &[
        (
            Claim::BuildSignerUri,
            "https://circleci.com/api/v2/projects/{project_id}/pipeline-definitions/{pipeline_definition_id}",
        ),
        (Claim::BuildConfigUri, "https://circleci.com/api/v2/pipeline/{pipeline_id}/config"),
        (Claim::RunInvocationUri, "{url}/workflow/{workflow_id}/job/{job_id}"),
        (Claim::SourceRepositoryRef, "{vcs_ref}"),
        (Claim::SourceRepositoryUri, "{vcs_origin}"),
    ],
};

/// Kinds of machines that belong to the service, as certificates name them.
pub(super) const HOSTED: &[&str] = &["github-hosted", "gitlab-hosted", "buildkite-hosted"];

/// A fact that a document states: its name in the tokens of the service, the value, and where it is.
pub(super) type Fact<'a> = (&'a str, Option<&'a str>, &'a str);

/// Notes all that follows from these facts.
pub(super) fn state(view: &mut BuildView, service: &Service, facts: &[Fact<'_>]) {
    for (claim, template) in service.certificate {
        if let Some((value, place)) = fill(template, service, facts) {
            view.state(place, Some(value), *claim);
        }
    }
}

/// The template with what is known put in, and where the last of it was stated; `None` when something is not known.
fn fill<'a>(template: &str, service: &Service, facts: &[Fact<'a>]) -> Option<(String, &'a str)> {
    let (mut out, mut rest, mut last) = (String::new(), template, "");
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        let known = facts.iter().find(|(known, value, _)| *known == name && value.is_some_and(|text| !text.is_empty()));
        out.push_str(before);
        match known {
            Some((_, value, place)) => {
                out.push_str((*value)?);
                last = place;
            }
            None if name == "url" => out.push_str(service.url),
            None => return None,
        }
        rest = after;
    }
    out.push_str(rest);
    Some((out, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_put_in() {
        let facts =
            [("project_path", Some("acme/app"), "/source"), ("job_id", Some("7"), "/job"), ("sha", None, "/sha")];
        let fill = |template| fill(template, &GITLAB, &facts);
        assert_eq!(
            fill("{url}/{project_path}/-/jobs/{job_id}"),
            Some(("https://gitlab.com/acme/app/-/jobs/7".into(), "/job"))
        );
        assert_eq!((fill("{sha}"), fill("{other}")), (None, None));
    }

    #[test]
    fn each_claim_is_made_once() {
        for service in [GITHUB, GITLAB, BUILDKITE, CIRCLECI] {
            let mut claims: Vec<Claim> = service.certificate.iter().map(|(claim, _)| *claim).collect();
            claims.sort();
            claims.dedup();
            assert_eq!(claims.len(), service.certificate.len(), "{}", service.url);
        }
    }
}
