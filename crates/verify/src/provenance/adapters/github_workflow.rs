//! A workflow of GitHub Actions that attests what it built itself: npm (`slsa-framework.github.io`) and
//! `actions/attest-build-provenance` (`actions.github.io`). <https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1>
//! <https://actions.github.io/buildtypes/workflow/v1>
//!
//! The document is written by a step of the very job that builds, so that whoever controls the job can write anything. What
//! counts is what the certificate says: every field has to be in it, and the same.

use plimsoll_attest::Provenance;
use serde_json::Value;

use super::Adapter;
use super::github::same_ref;
use crate::Claim;
use crate::provenance::{BuildView, SourceView};

pub(super) const ADAPTER: Adapter = Adapter {
    name: "github-workflow",
    build_types: &[
        "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
        "https://actions.github.io/buildtypes/workflow/v1",
    ],
    read,
};

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let Provenance::V1(v1) = provenance else {
        return Err("this type of build has provenance v1".into());
    };
    let definition = &v1.build_definition;
    let workflow = definition.external_parameters.get("workflow").ok_or("it names no workflow")?;
    let said = |key: &str| {
        let text = workflow.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| format!("its workflow has no {key}"))
    };
    let (repository, reference, path) = (said("repository")?, said("ref")?, said("path")?);
    let built = definition.resolved_dependencies.first().ok_or("it names no dependency")?;
    let source = SourceView::new(&built.uri, &built.digest, "/predicate/buildDefinition/resolvedDependencies/0");
    let place = "/predicate/buildDefinition/externalParameters/workflow";
    let trigger = SourceView::new(&format!("git+{repository}@{reference}"), &built.digest, place);
    same_ref(&trigger, &source, false)?;
    view.forgeable = true;
    view.workflow = Some(path.to_owned());
    view.branch = source.branch().map(str::to_owned);
    view.state(place, Some(format!("{repository}/{path}@{reference}")), Claim::BuildConfigUri);
    view.state_source(&trigger);
    view.state_source(&source);
    let github = definition.internal_parameters.get("github");
    // Keys that are not here cannot be checked, and nothing is made of them.
    for (key, claim) in [
        ("event_name", Claim::BuildTrigger),
        ("repository_id", Claim::SourceRepositoryIdentifier),
        ("repository_owner_id", Claim::SourceRepositoryOwnerIdentifier),
        ("runner_environment", Claim::RunnerEnvironment),
    ] {
        let value = match github.and_then(|github| github.get(key)) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::Null) | None => None,
            Some(_) => return Err(format!("github.{key} is no text")),
        };
        if key == "event_name" {
            view.event.clone_from(&value);
        }
        view.state(&format!("/predicate/buildDefinition/internalParameters/github/{key}"), value, claim);
    }
    view.state("/predicate/runDetails/metadata/invocationId", view.invocation.clone(), Claim::RunInvocationUri);
    for path in ["workflow.ref", "workflow.repository", "workflow.path", "inputs", "vars"] {
        view.recognise(path);
    }
    (view.source, view.definition) = (Some(source), Some(trigger));
    Ok(())
}
