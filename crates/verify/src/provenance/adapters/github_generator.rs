//! The builders and generators of slsa-github-generator that write provenance v0.2: generic, Go and container.
//! <https://github.com/slsa-framework/slsa-github-generator>
//!
//! The environment is told in lower case (`github_event_name`). A tag's branch is not a fact of git: it is what the event said,
//! `base_ref` of a push or `target_commitish` of a release.

use plimsoll_attest::Provenance;
use serde_json::Value;

use super::Adapter;
use crate::Claim;
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
    for (key, claim) in [
        ("github_event_name", Claim::BuildTrigger),
        ("github_ref", Claim::SourceRepositoryRef),
        ("github_repository_id", Claim::SourceRepositoryIdentifier),
        ("github_repository_owner_id", Claim::SourceRepositoryOwnerIdentifier),
        ("github_sha1", Claim::SourceRepositoryDigest),
    ] {
        view.state(&at(key), said(key), claim);
    }
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
