//! The builders and generators of slsa-github-generator that write provenance v0.2: generic, Go and container.
//! <https://github.com/slsa-framework/slsa-github-generator>
//!
//! The environment is told in lower case (`github_event_name`). A tag's branch is not a fact of git: it is what the event said,
//! `base_ref` of a push or `target_commitish` of a release.

use plimsoll_attest::Provenance;
use serde_json::Value;

use super::Adapter;
use crate::provenance::issuers::{self, GITHUB};
use crate::provenance::{BuildView, SourceView};

pub(super) const ADAPTER: Adapter = Adapter {
    name: "slsa-github-generator",
    build_types: &[
        "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "https://github.com/slsa-framework/slsa-github-generator/go@v1",
        "https://github.com/slsa-framework/slsa-github-generator/container@v1",
    ],
    read,
};

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let Provenance::V02(v02) = provenance else {
        return Err("this type of build has provenance v0.2".into());
    };
    let config = &v02.invocation.config_source;
    let definition = SourceView::new(&config.uri, &config.digest, "/predicate/invocation/configSource");
    let material = v02.materials.first().ok_or("it names no material")?;
    let source = SourceView::new(&material.uri, &material.digest, "/predicate/materials/0");
    view.workflow = Some(config.entry_point.clone()).filter(|path| !path.is_empty());
    let environment = &v02.invocation.environment;
    let said = |key: &str| environment.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let at = |key: &str| format!("/predicate/invocation/environment/{key}");
    view.event = said("github_event_name").map(str::to_owned);
    let payload = environment.get("github_event_payload");
    view.branch = source.branch().map(str::to_owned).or_else(|| branch_of_tag(said("github_base_ref"), payload));
    if view.event.as_deref() == Some("workflow_dispatch")
        && let Some(Value::Object(inputs)) = payload.and_then(|payload| payload.get("inputs"))
    {
        view.inputs = inputs.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    }
    let repository = source.repository.as_ref().and_then(|repository| repository.as_str().strip_prefix("github.com/"));
    let facts = [
        ("event_name", "github_event_name"),
        ("ref", "github_ref"),
        ("repository_id", "github_repository_id"),
        ("repository_owner_id", "github_repository_owner_id"),
        ("run_attempt", "github_run_attempt"),
        ("run_id", "github_run_id"),
        ("sha", "github_sha1"),
    ];
    let facts = facts.map(|(fact, key)| (fact, said(key), at(key)));
    let facts = facts.iter().map(|(fact, value, place)| (*fact, *value, place.as_str()));
    let facts: Vec<_> = facts.chain([("repository", repository, "/predicate/materials/0/uri")]).collect();
    issuers::state(view, &GITHUB, &facts);
    view.state_source(&source);
    view.recognise("parameters");
    (view.source, view.definition) = (Some(source), Some(definition));
    Ok(())
}

/// The branch from which a tag was made, as the event told it.
pub(super) fn branch_of_tag(base_ref: Option<&str>, payload: Option<&Value>) -> Option<String> {
    let payload = payload?;
    let pushed = || payload.get("base_ref")?.as_str().filter(|text| !text.is_empty());
    let released = || payload.pointer("/release/target_commitish")?.as_str().filter(|text| !text.is_empty());
    let branch = base_ref.or_else(pushed).or_else(released)?;
    Some(branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned())
}
