//! Jobs of GitLab: what its runner writes (v0.2 and v1), and what GitLab itself writes.
//! <https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/PROVENANCE.md>
//! <https://docs.gitlab.com/ci/runners/configure_runners/#provenance-metadata-format>
//! <https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1/>
//!
//! The runner puts the commit under `sha256`, which a SHA-1 is not: there it is read as the commit, whatever its length. It also
//! names all variables among the parameters and leaves their values out, so that a name without a value says nothing. GitLab
//! itself tells the values, where they are not masked. `entryPoint` is the name of a job and no file, so that it is a parameter
//! and not the workflow.

use plimsoll_attest::{DigestSet, Provenance};
use serde_json::{Map, Value};

use super::Adapter;
use crate::provenance::issuers::{self, GITLAB};
use crate::provenance::{BuildView, SourceView};

pub(super) const RUNNER: Adapter = Adapter {
    name: "gitlab-runner",
    build_types: &["https://gitlab.com/gitlab-org/gitlab-runner/-/blob/*/PROVENANCE.md"],
    read: runner,
};

pub(super) const PLATFORM: Adapter = Adapter {
    name: "gitlab",
    build_types: &["https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1"],
    read: platform,
};

/// Variables that the service sets: <https://docs.gitlab.com/ci/variables/predefined_variables/>.
const PREDEFINED: &[&str] = &["CI_", "GITLAB_", "RUNNER_", "FF_", "CHAT_"];

fn runner(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let v1 = match provenance {
        Provenance::V1(v1) => v1,
        Provenance::V02(v02) => {
            let config = &v02.invocation.config_source;
            let at = "/predicate/invocation/configSource";
            view.source = Some(source(&config.uri, &config.digest, at));
            names_say_nothing(view, "parameters.");
            let job = view.invocation.clone();
            return state(view, &[("job_id", job.as_deref(), "/predicate/metadata/buildInvocationId")]);
        }
        _ => return Err("this type of build has provenance v0.2 or v1".into()),
    };
    let definition = &v1.build_definition;
    dependency(view, &definition.external_parameters)?;
    view.recognise_value("source");
    view.recognise_value("entryPoint");
    names_say_nothing(view, "");
    let internal = &definition.internal_parameters;
    let of_ours = |key: &str| internal.get("plimsoll").and_then(|ours| ours.get(key)).and_then(Value::as_str);
    let job = internal.get("job").map(text);
    if let Some(source) = &mut view.source {
        let annotated = definition.resolved_dependencies.first().and_then(|found| found.annotations.get("ref"));
        source.reference = annotated.and_then(Value::as_str).map(str::to_owned);
    }
    view.branch = view.source.as_ref().and_then(SourceView::branch).map(str::to_owned);
    view.event = of_ours("trigger").map(str::to_owned);
    let at = "/predicate/buildDefinition/internalParameters";
    state(
        view,
        &[
            ("job_id", job.as_deref(), &format!("{at}/job")),
            ("ci_config_ref_uri", of_ours("configuration"), &format!("{at}/plimsoll/configuration")),
            ("project_id", of_ours("project"), &format!("{at}/plimsoll/project")),
            ("runner_environment", of_ours("runnerEnvironment"), &format!("{at}/plimsoll/runnerEnvironment")),
            ("pipeline_source", of_ours("trigger"), &format!("{at}/plimsoll/trigger")),
        ],
    )
}

fn platform(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let Provenance::V1(v1) = provenance else {
        return Err("this type of build has provenance v1".into());
    };
    let definition = &v1.build_definition;
    dependency(view, &definition.external_parameters)?;
    view.recognise_value("source");
    view.recognise_value("entryPoint");
    view.recognise("variables");
    let none = Map::new();
    let variables = definition.external_parameters.get("variables").and_then(Value::as_object).unwrap_or(&none);
    let said = |key: &str| variables.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let branch = said("CI_COMMIT_BRANCH").filter(|_| said("CI_COMMIT_TAG").is_none());
    let reference = said("CI_COMMIT_TAG")
        .map(|tag| format!("refs/tags/{tag}"))
        .or_else(|| said("CI_MERGE_REQUEST_REF_PATH").map(str::to_owned))
        .or_else(|| branch.map(|branch| format!("refs/heads/{branch}")));
    view.branch = branch.map(str::to_owned);
    view.event = said("CI_PIPELINE_SOURCE").map(str::to_owned);
    view.workflow = said("CI_CONFIG_PATH").map(str::to_owned);
    if let Some(source) = &mut view.source {
        if let (Some(commit), Some(other)) = (&source.commit, said("CI_COMMIT_SHA"))
            && commit != other
        {
            return Err(format!("it is of commit {commit}, and CI_COMMIT_SHA is {other:?}"));
        }
        source.reference = reference;
    }
    let theirs = |name: &str| name == "CI" || PREDEFINED.iter().any(|prefix| name.starts_with(prefix));
    view.inputs = variables.iter().filter(|(name, _)| !theirs(name)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let job = definition.internal_parameters.get("job").map(text);
    let at = |key: &str| format!("/predicate/buildDefinition/externalParameters/variables/{key}");
    state(
        view,
        &[
            ("job_id", job.as_deref(), "/predicate/buildDefinition/internalParameters/job"),
            ("project_id", said("CI_PROJECT_ID"), &at("CI_PROJECT_ID")),
            ("project_visibility", said("CI_PROJECT_VISIBILITY"), &at("CI_PROJECT_VISIBILITY")),
            ("pipeline_source", said("CI_PIPELINE_SOURCE"), &at("CI_PIPELINE_SOURCE")),
            ("namespace_id", said("CI_PROJECT_NAMESPACE_ID"), &at("CI_PROJECT_NAMESPACE_ID")),
            ("environment", said("CI_ENVIRONMENT_NAME"), &at("CI_ENVIRONMENT_NAME")),
        ],
    )
}

/// The source: the project that the parameters name, at the commit of the one dependency that is that project.
fn dependency(view: &mut BuildView, external: &Map<String, Value>) -> Result<(), String> {
    let named = external.get("source").and_then(Value::as_str).ok_or("it names no source")?;
    let of_it = view.dependencies.iter().enumerate().find(|(_, dependency)| dependency.uri == named);
    let (index, found) = of_it.ok_or("its source is none of its dependencies")?;
    view.source =
        Some(source(named, &found.digest, &format!("/predicate/buildDefinition/resolvedDependencies/{index}")));
    Ok(())
}

fn source(uri: &str, digest: &DigestSet, place: &str) -> SourceView {
    let mut source = SourceView::new(uri, digest, place);
    source.commit = source.commit.or_else(|| digest.get("sha256").cloned());
    source
}

/// A parameter that is a name without a value is known for what it is.
fn names_say_nothing(view: &mut BuildView, prefix: &str) {
    for parameter in &mut view.parameters {
        let of_them = parameter.path.strip_prefix(prefix).is_some_and(|name| !name.contains('.'));
        parameter.known |= of_them && parameter.value == "";
    }
}

/// What follows for the certificate, with what the source says.
fn state(view: &mut BuildView, facts: &[issuers::Fact<'_>]) -> Result<(), String> {
    let source = view.source.clone().ok_or("it names no source")?;
    // The runner tells no ref, and the claim is then compared with nothing.
    let repository = source.repository.as_ref().and_then(|repository| repository.as_str().split_once('/'));
    let url = repository.map(|(host, _)| format!("https://{host}"));
    let (uri, digest) = (format!("{}/uri", source.place), format!("{}/digest", source.place));
    let mut all = vec![
        ("url", url.as_deref(), uri.as_str()),
        ("project_path", repository.map(|(_, path)| path), uri.as_str()),
        ("sha", source.commit.as_deref(), digest.as_str()),
        ("git_ref", source.reference.as_deref().filter(|_| is_certified(source.reference.as_deref())), uri.as_str()),
    ];
    all.extend_from_slice(facts);
    issuers::state(view, &GITLAB, &all);
    Ok(())
}

/// Of a merge request the certificate names a tag that is none.
fn is_certified(reference: Option<&str>) -> bool {
    reference.is_some_and(|text| text.starts_with("refs/heads/") || text.starts_with("refs/tags/"))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
