//! Builds of which this project defines the type: services that have none of their own, as `provenance generate` writes it.
//!
//! All have the source in one place, and the first dependency is that source at its commit. What else is there differs, and is
//! listed by service.

use plimsoll_attest::{DigestSet, Provenance};
use serde_json::{Map, Value};

use super::Adapter;
use crate::Claim;
use crate::provenance::issuers::{self, BUILDKITE, CIRCLECI, Fact, Service};
use crate::provenance::{BuildView, SourceView};

pub(super) const ADAPTER: Adapter =
    Adapter { name: "plimsoll", build_types: &["https://plimsoll.dev/buildtypes/*/v1"], read };

/// Parameters besides the source.
const PARAMETERS: &[(&str, &[&str])] = &[
    ("azure-devops", &["project", "pipeline", "pullRequest"]),
    ("buildkite", &["pipeline", "step", "pullRequest"]),
    ("circleci", &["job", "project", "pipelineDefinition"]),
    ("google-cloud-build", &["trigger", "configuration"]),
    ("jenkins", &["job", "change"]),
    ("tekton", &["pipeline", "task"]),
];

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let Provenance::V1(v1) = provenance else {
        return Err("this type of build has provenance v1".into());
    };
    let definition = &v1.build_definition;
    let service = view.build_type.split('/').nth_back(1).unwrap_or_default().to_owned();
    if service == "observed" {
        observed(view, &definition.external_parameters);
        return Ok(());
    }
    for path in ["source.repository", "source.ref"] {
        view.recognise_value(path);
    }
    let named = PARAMETERS.iter().find(|(known, _)| *known == service);
    for name in named.into_iter().flat_map(|(_, names)| *names) {
        view.recognise_value(name);
    }
    let source = definition.external_parameters.get("source");
    let said = |key: &str| source.and_then(|source| source.get(key)).and_then(Value::as_str);
    if let Some(repository) = said("repository") {
        let first = definition.resolved_dependencies.first().ok_or("it has a source, and no dependency")?;
        let source = SourceView::new(&first.uri, &first.digest, "/predicate/buildDefinition/resolvedDependencies/0");
        let other = SourceView::new(repository, &first.digest, "");
        if other.repository != source.repository || said("ref") != source.reference.as_deref() {
            return Err(format!("its source is {repository:?}, and its first dependency {:?}", first.uri));
        }
        view.branch = source.branch().map(str::to_owned);
        view.state_source(&source);
        view.source = Some(source);
    }
    let internal = definition.internal_parameters.get(&service);
    let told = |key: &str| internal.and_then(|internal| internal.get(key)).and_then(Value::as_str);
    view.event = told("trigger").map(str::to_owned);
    let external = |key: &str| definition.external_parameters.get(key).and_then(Value::as_str);
    let at = |key: &str| format!("/predicate/buildDefinition/internalParameters/{service}/{key}");
    match service.as_str() {
        "buildkite" => {
            let facts = [
                ("runner_environment", told("runnerEnvironment"), at("runnerEnvironment")),
                ("build_source", told("trigger"), at("trigger")),
            ];
            state(view, &BUILDKITE, &facts);
            let run = view.invocation.clone();
            view.state("/predicate/runDetails/metadata/invocationId", run, Claim::RunInvocationUri);
        }
        "circleci" => {
            let place = |key: &str| format!("/predicate/buildDefinition/externalParameters/{key}");
            let facts = [
                ("project_id", external("project"), place("project")),
                ("pipeline_definition_id", external("pipelineDefinition"), place("pipelineDefinition")),
                ("pipeline_id", told("pipeline"), at("pipeline")),
                ("workflow_id", told("workflow"), at("workflow")),
                ("job_id", told("workflowJob"), at("workflowJob")),
            ];
            state(view, &CIRCLECI, &facts);
        }
        _ => {}
    }
    Ok(())
}

/// A build that was watched (`provenance run`). The command is all of it, so that whoever verifies has to say what it may be.
fn observed(view: &mut BuildView, external: &Map<String, Value>) {
    for path in ["source.uri", "source.ref", "workdir"] {
        view.recognise_value(path);
    }
    view.recognise("env");
    let said = |key: &str| external.get("source").and_then(|source| source.get(key)).and_then(Value::as_str);
    let Some(uri) = said("uri") else { return };
    let place = "/predicate/buildDefinition/externalParameters/source";
    let mut source = SourceView::new(uri, &DigestSet::new(), place);
    source.reference = source.reference.or_else(|| said("ref").map(str::to_owned));
    let read = view.dependencies.iter().enumerate().map(|(index, found)| {
        SourceView::new(&found.uri, &found.digest, &format!("/predicate/buildDefinition/resolvedDependencies/{index}"))
    });
    let mut read = read.filter(|found| found.repository.is_some() && found.repository == source.repository);
    if let Some(found) = read.next() {
        (source.commit, source.place) = (found.commit, found.place);
    }
    view.branch = source.branch().map(str::to_owned);
    view.state_source(&source);
    view.source = Some(source);
}

fn state(view: &mut BuildView, service: &Service, facts: &[(&str, Option<&str>, String)]) {
    let facts: Vec<Fact<'_>> = facts.iter().map(|(name, value, place)| (*name, *value, place.as_str())).collect();
    issuers::state(view, service, &facts);
}
