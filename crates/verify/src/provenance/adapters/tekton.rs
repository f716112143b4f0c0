//! Tekton Chains: v0.2 of task and pipeline runs, and v1.
//! <https://github.com/tektoncd/chains/blob/main/docs/predicate/slsa/v2.md>
//! <https://github.com/tektoncd/chains/blob/main/docs/slsa-provenance.md>
//!
//! The definition of a build often is in another repository than the source, a catalog. Such a one is not compared with the
//! source that is expected; its parameters are left unknown instead, so that whoever verifies has to say which it may be. The
//! same holds for a definition that is written into the run (`pipelineSpec`, `taskSpec`): then no repository has it. The source
//! is the one repository among the inputs; where there are several, none is.

use std::collections::BTreeMap;

use plimsoll_attest::{DigestSet, Provenance};
use serde_json::Value;

use super::Adapter;
use crate::provenance::{BuildView, SourceView};

pub(super) const ADAPTER: Adapter = Adapter {
    name: "tekton",
    build_types: &["https://tekton.dev/chains/v2/slsa", "https://tekton.dev/chains/v2/slsa-tekton"],
    read,
};

pub(super) const OLD: Adapter = Adapter {
    name: "tekton-v0.2",
    build_types: &[
        "tekton.dev/v1/TaskRun",
        "tekton.dev/v1/PipelineRun",
        "tekton.dev/v1beta1/TaskRun",
        "tekton.dev/v1beta1/PipelineRun",
        "https://tekton.dev/attestations/chains@v2",
        "https://tekton.dev/attestations/chains/pipelinerun@v2",
    ],
    read: read_old,
};

/// Parts of a run that say what it is called with, and where it is put; none of them says what the steps are.
const RUN: &[&str] = &[
    "params",
    "workspaces",
    "timeout",
    "timeouts",
    "serviceAccountName",
    "taskRunTemplate.serviceAccountName",
    "retries",
    "managedBy",
];
const INPUTS: &[&str] = &["inputs/result", "input/result"];

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let Provenance::V1(v1) = provenance else {
        return Err("this type of build has provenance v1".into());
    };
    let external = &v1.build_definition.external_parameters;
    let run = external.get("runSpec").filter(|run| run.is_object()).ok_or("it has no runSpec")?;
    let repositories = v1.build_definition.resolved_dependencies.iter().enumerate();
    let repositories = repositories.filter(|(_, found)| INPUTS.contains(&found.name.as_str()));
    let place = |index: usize| format!("/predicate/buildDefinition/resolvedDependencies/{index}");
    view.source = only(repositories.map(|(index, found)| git(&found.uri, &found.digest, &place(index))));
    for part in RUN {
        view.recognise(&format!("runSpec.{part}"));
    }
    view.inputs = parameters(run.get("params"));
    let config = external.get("buildConfigSource").filter(|config| config.is_object());
    if let Some(config) = config {
        let text = |key: &str| config.get(key).and_then(Value::as_str).unwrap_or_default();
        let digest = text("ref").split_once(':').map(|(name, hex)| (name.to_owned(), hex.to_owned()));
        let at = "/predicate/buildDefinition/externalParameters/buildConfigSource";
        let found = git(text("repository"), &digest.into_iter().collect(), at);
        define(view, found, text("repository"), text("path"), "buildConfigSource");
    }
    finish(view);
    Ok(())
}

fn read_old(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let Provenance::V02(v02) = provenance else {
        return Err("this type of build has provenance v0.2".into());
    };
    let config = &v02.invocation.config_source;
    let at = "/predicate/invocation/configSource";
    let definition = git(&config.uri, &config.digest, at);
    let materials = v02
        .materials
        .iter()
        .enumerate()
        .map(|(index, material)| git(&material.uri, &material.digest, &format!("/predicate/materials/{index}")));
    let mut found: Vec<SourceView> = materials.flatten().collect();
    // The definition is listed as a material too: it is the source where nothing else is.
    if let Some(definition) = &definition
        && found.iter().any(|other| other.repository != definition.repository)
    {
        found.retain(|other| other.repository != definition.repository);
    }
    view.source = only(found.into_iter().map(Some));
    view.recognise("parameters");
    if let Value::Object(parameters) = &v02.invocation.parameters {
        view.inputs = parameters.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    }
    if !config.uri.is_empty() {
        define(view, definition, &config.uri, &config.entry_point, "configSource");
    }
    finish(view);
    Ok(())
}

/// Notes where the definition is, when that is the repository of the source; otherwise somebody has to say that it may be
/// there, and where it is of another commit than the source, that it may be of that one.
fn define(view: &mut BuildView, definition: Option<SourceView>, uri: &str, path: &str, above: &str) {
    let same =
        |definition: &SourceView| view.source.as_ref().is_some_and(|source| source.repository == definition.repository);
    if let Some(definition) = definition.filter(same) {
        view.workflow = Some(path.to_owned()).filter(|path| !path.is_empty());
        for part in ["repository", "path"] {
            view.recognise_value(&format!("{above}.{part}"));
        }
        if view.source.as_ref().is_some_and(|source| source.commit == definition.commit) {
            for part in ["buildConfigSource.ref", "runSpec.pipelineRef", "runSpec.taskRef"] {
                view.recognise(part);
            }
        } else if above == "configSource" {
            view.ask("configSource.digest", definition.commit.as_deref().unwrap_or_default());
        }
        view.definition = Some(definition);
    } else if above == "configSource" {
        // It is no parameter in v0.2, and has to be stated all the same.
        view.ask("configSource.uri", uri);
        view.ask("configSource.entryPoint", path);
    }
}

fn finish(view: &mut BuildView) {
    if let Some(source) = view.source.clone() {
        view.branch = source.branch().map(str::to_owned);
        view.state_source(&source);
    }
}

/// A state of a git repository; `None` for an image, or what has no commit.
fn git(uri: &str, digest: &DigestSet, place: &str) -> Option<SourceView> {
    let image = ["oci://", "docker://", "docker-pullable://", "pkg:"].iter().any(|scheme| uri.starts_with(scheme));
    let source = SourceView::new(uri, digest, place);
    (!image && source.repository.is_some() && source.commit.is_some()).then_some(source)
}

/// The one state that all of these are.
fn only(mut found: impl Iterator<Item = Option<SourceView>>) -> Option<SourceView> {
    let mut first: Option<SourceView> = None;
    for next in found.by_ref().flatten() {
        match &first {
            None => first = Some(next),
            Some(first) if (&first.repository, &first.commit) == (&next.repository, &next.commit) => {}
            Some(_) => return None,
        }
    }
    first
}

/// Parameters of a run, by their names.
fn parameters(list: Option<&Value>) -> BTreeMap<String, Value> {
    let named = |item: &Value| Some((item.get("name")?.as_str()?.to_owned(), item.get("value")?.clone()));
    list.and_then(Value::as_array).into_iter().flatten().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_no_source() {
        let sha1 = DigestSet::from([("sha1".to_owned(), "0".repeat(40))]);
        for (uri, holds) in [
            ("git+https://github.com/acme/app.git", true),
            ("https://github.com/acme/app", true),
            ("oci://registry.example/acme/app", false),
            ("docker-pullable://registry.example/acme/app", false),
        ] {
            assert_eq!(git(uri, &sha1, "").is_some(), holds, "{uri}");
        }
        let image = DigestSet::from([("sha256".to_owned(), "0".repeat(64))]);
        assert!(git("registry.example/acme/app", &image, "").is_none());
    }
}
