//! Jenkins. The variables are those of Jenkins itself (`BUILD_URL`, `JOB_URL`, …: each installation lists them under
//! `/env-vars.html`; the first two are there only if its URL is configured), of its Git plug-in
//! (<https://plugins.jenkins.io/git/>: `GIT_URL`, `GIT_COMMIT`, `GIT_BRANCH`, which holds the name of the remote as well), and of
//! multibranch pipelines (`BRANCH_NAME`, `TAG_NAME`, `CHANGE_ID`). In a declarative pipeline they are in the environment of
//! steps; in a scripted one what `checkout` returns has to be put there.
//!
//! Claims are those of the OpenID Connect Provider plug-in (<https://plugins.jenkins.io/oidc-provider/>) as it is installed:
//! `sub` is the URL of the job, `build_number` the number. An administrator can change both. The issuer is Jenkins itself, or
//! whatever the credential names.

use plimsoll_verify::Claim;

use super::{REF, REPOSITORY, SOURCE};
use crate::generate::field::{Kind, both, claimed, variable};
use crate::generate::known::{Known, Value};
use crate::generate::platform::{Marks, Sign};
use crate::generate::{GenerateError, Platform};

pub(crate) static JENKINS: Platform = Platform {
    id: "jenkins",
    name: "Jenkins",
    signs: &[Sign::Set("JENKINS_URL")],
    issuers: &[],
    fields: &[
        variable("server_url", "installation", "JENKINS_URL").kind(Kind::Address).required(),
        claimed("subject", "job", "sub"),
        variable("set_job_url", "job", "JOB_URL").kind(Kind::Address).required(),
        variable("job_name", "name of the job", "JOB_NAME").required(),
        variable("build_url", "build", "BUILD_URL").kind(Kind::Address).required(),
        both("build_number", "number of the build", "build_number", "BUILD_NUMBER").required(),
        variable("node", "node", "NODE_NAME"),
        variable("git_url", "repository of the source", "GIT_URL").kind(Kind::Repository),
        variable("commit", "commit that was built", "GIT_COMMIT").kind(Kind::Commit),
        variable("git_branch", "branch with its remote", "GIT_BRANCH"),
        variable("branch", "branch", "BRANCH_NAME"),
        variable("tag", "tag", "TAG_NAME"),
        variable("change", "change request", "CHANGE_ID"),
    ],
    derive,
    build_type: "https://plimsoll.dev/buildtypes/jenkins/v1",
    builder_id: "{server}",
    source: SOURCE,
    slots: &[
        REPOSITORY,
        REF,
        ("/buildDefinition/externalParameters/job", "{job_url}"),
        ("/buildDefinition/externalParameters/change", "{change}"),
        ("/buildDefinition/internalParameters/jenkins/buildNumber", "{build_number}"),
        ("/buildDefinition/internalParameters/jenkins/jobName", "{job_name}"),
        ("/buildDefinition/internalParameters/jenkins/node", "{node}"),
        ("/runDetails/metadata/invocationId", "{build_url}"),
    ],
    certificate: &[(Claim::SourceRepositoryUri, "{source_uri}"), (Claim::SourceRepositoryDigest, "{commit}")],
    marks: Marks::InPredicate,
    needs_source: true,
};

fn derive(known: &mut Known) -> Result<(), GenerateError> {
    let server = known.get("server_url").map(|url| url.trim_end_matches('/').to_owned());
    let server = server.and_then(|text| known.made_of(text, &["server_url"]));
    // A token of another sort has another sort of subject.
    let subject = known.value("subject").filter(|subject| subject.text.starts_with("http")).cloned();
    let candidates = [subject, known.value("set_job_url").cloned()];
    known.settle("job_url", "job", Kind::Address, candidates)?;
    let made = [("server", server), ("source_uri", known.value("git_url").cloned()), ("source_ref", ref_of(known))];
    for (key, value) in made {
        if let Some(value) = value {
            known.set(key, value);
        }
    }
    Ok(())
}

/// A tag, or a branch. What the ref of a change request is depends on where the repository is, so there none is named.
fn ref_of(known: &Known) -> Option<Value> {
    if let Some(tag) = known.get("tag") {
        return known.made_of(format!("refs/tags/{tag}"), &["tag"]);
    }
    if known.value("change").is_some() {
        return None;
    }
    if let Some(branch) = known.get("branch") {
        return known.made_of(format!("refs/heads/{branch}"), &["branch"]);
    }
    let branch = known.get("git_branch").filter(|branch| *branch != "detached")?;
    let branch = branch.strip_prefix("refs/remotes/").unwrap_or(branch);
    if branch.starts_with("refs/") {
        return known.made_of(branch, &["git_branch"]);
    }
    let branch = branch.strip_prefix("origin/").unwrap_or(branch);
    known.made_of(format!("refs/heads/{branch}"), &["git_branch"])
}
