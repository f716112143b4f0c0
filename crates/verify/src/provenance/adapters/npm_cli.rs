//! `npm publish --provenance` before provenance v1: `https://github.com/npm/cli/gha@v1` (before it was generally available)
//! and `https://github.com/npm/cli/gha/v2`. <https://github.com/npm/cli/blob/latest/workspaces/libnpmpublish/lib/provenance.js>
//!
//! The document is written by a step of the job that builds, so that whoever controls the job can write anything. Every field
//! has to be one that is known, and be in the certificate; what could not be compared must not be there at all.

use plimsoll_attest::{Completeness, Provenance};
use serde_json::Value;

use super::Adapter;
use super::github::{Environment, same_ref};
use crate::Claim;
use crate::provenance::{BuildView, SourceView};

/// What npm wrote first: the material has no ref there.
const FIRST: &str = "https://github.com/npm/cli/gha@v1";

pub(super) const ADAPTER: Adapter = Adapter {
    name: "npm",
    build_types: &[FIRST, "https://github.com/npm/cli/gha/v1", "https://github.com/npm/cli/gha/v2"],
    read,
};

/// The variables that npm writes. All of them are in certificates.
const VARIABLES: &[&str] = &[
    "GITHUB_EVENT_NAME",
    "GITHUB_REF",
    "GITHUB_REPOSITORY",
    "GITHUB_REPOSITORY_ID",
    "GITHUB_REPOSITORY_OWNER_ID",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_RUN_ID",
    "GITHUB_SHA",
    "GITHUB_WORKFLOW_REF",
    "GITHUB_WORKFLOW_SHA",
];

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let Provenance::V02(v02) = provenance else {
        return Err("this type of build has provenance v0.2".into());
    };
    let is_empty = |value: &Value| value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
    let metadata = &v02.metadata;
    let untold = is_empty(&v02.invocation.parameters)
        && is_empty(&v02.build_config)
        && metadata.build_started_on.is_empty()
        && metadata.build_finished_on.is_empty()
        && metadata.completeness == Completeness::default()
        && !metadata.reproducible;
    if !untold {
        return Err("it says more than npm does, which nobody vouches for".into());
    }
    let [built] = v02.materials.as_slice() else {
        return Err(format!("it has {} materials, and npm names one", v02.materials.len()));
    };
    let environment = Environment::upper(v02.invocation.environment.as_object(), "/predicate/invocation/environment");
    if let Some(unknown) = environment.names().find(|name| !VARIABLES.contains(name)) {
        return Err(format!("it tells {unknown}, which npm does not"));
    }
    let config = &v02.invocation.config_source;
    let definition = SourceView::new(&config.uri, &config.digest, "/predicate/invocation/configSource");
    let source = SourceView::new(&built.uri, &built.digest, "/predicate/materials/0");
    same_ref(&definition, &source, view.build_type == FIRST)?;
    view.forgeable = true;
    environment.tell(view);
    run(view, environment)?;
    view.branch = source.branch().map(str::to_owned);
    view.workflow = Some(config.entry_point.clone()).filter(|path| !path.is_empty());
    if let (Some(repository), Some(reference)) = (&definition.repository, &definition.reference) {
        let workflow = view.workflow.as_ref().map(|path| format!("{}/{path}@{reference}", repository.to_uri()));
        view.state("/predicate/invocation/configSource/entryPoint", workflow, Claim::BuildConfigUri);
    }
    view.state_source(&definition);
    view.state_source(&source);
    view.recognise("parameters");
    (view.source, view.definition) = (Some(source), Some(definition));
    Ok(())
}

/// The run and its attempt, in the variables and once more in `RUN-ATTEMPT` of the metadata. Here the job that signs is the one
/// that builds, so that the attempt has to be the same.
fn run(view: &mut BuildView, environment: Environment<'_>) -> Result<(), String> {
    let whole = |run: &str, attempt: &str| {
        let repository = environment.text("repository")?;
        Some(format!("https://github.com/{repository}/actions/runs/{run}/attempts/{attempt}"))
    };
    match (environment.text("run_id"), environment.text("run_attempt")) {
        (Some(run), Some(attempt)) => {
            let place = "/predicate/invocation/environment/GITHUB_RUN_ATTEMPT";
            view.state(place, whole(&run, &attempt), Claim::RunInvocationUri);
        }
        (None, None) => {}
        _ => return Err("it tells one of the run and its attempt".into()),
    }
    if let Some(invocation) = view.invocation.clone() {
        let (run, attempt) = invocation.split_once('-').ok_or("its invocation is no run and attempt")?;
        let invocation = whole(run, attempt).ok_or("it does not say of which repository its invocation is")?;
        view.state("/predicate/metadata/buildInvocationId", Some(invocation), Claim::RunInvocationUri);
    }
    Ok(())
}
