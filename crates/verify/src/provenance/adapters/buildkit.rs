//! `BuildKit`: v0.2, which is what it writes unless told otherwise, and v1.
//! <https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md>
//!
//! The ref is behind a `#`, with a folder after a colon. What comes from a folder of whoever asked for the build has no source:
//! `vcs` in the metadata is what the client said, and nobody looked. The builder is often empty. A frontend other than that of
//! Dockerfiles is a program that decides what is built, so that it is no parameter that goes without saying.

use plimsoll_attest::{DigestSet, Provenance};
use serde_json::Value;

use super::Adapter;
use crate::provenance::view::segment;
use crate::provenance::{BuildView, SourceView};

pub(super) const ADAPTER: Adapter = Adapter {
    name: "buildkit",
    build_types: &[
        "https://mobyproject.org/buildkit@v1",
        "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
    ],
    read,
};

/// Arguments of the frontend that name what is built, and for what.
const ARGUMENTS: &[&str] = &["filename", "platform", "target", "no-cache", "image-resolve-mode", "multi-platform"];
/// Arguments with a name of their own behind the colon.
const NAMED: &[&str] = &["build-arg:", "label:", "attest:", "vcs:"];

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let parameters = match provenance {
        Provenance::V02(v02) => {
            let config = &v02.invocation.config_source;
            origin(view, &config.uri, &config.digest, &config.entry_point, "/predicate/invocation/configSource");
            request(view, &v02.invocation.parameters, "parameters");
            return Ok(());
        }
        Provenance::V1(v1) => &v1.build_definition.external_parameters,
        _ => return Err("this type of build has provenance v0.2 or v1".into()),
    };
    if let Some(config) = parameters.get("configSource") {
        let text = |key: &str| config.get(key).and_then(Value::as_str).unwrap_or_default();
        let digest = config.get("digest").and_then(Value::as_object);
        let digest = digest.into_iter().flatten().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())));
        let place = "/predicate/buildDefinition/externalParameters/configSource";
        origin(view, text("uri"), &digest.collect(), text("path"), place);
        view.recognise_value("configSource.uri");
        view.recognise_value("configSource.path");
        view.recognise("configSource.digest");
    }
    if let Some(asked) = parameters.get("request") {
        request(view, asked, "request");
    }
    Ok(())
}

/// Where the definition of the build and its context were.
fn origin(view: &mut BuildView, uri: &str, digest: &DigestSet, path: &str, place: &str) {
    view.workflow = Some(path.to_owned()).filter(|path| !path.is_empty());
    if uri.is_empty() {
        return;
    }
    let (repository, fragment) = uri.split_once('#').unwrap_or((uri, ""));
    let (reference, folder) = fragment.split_once(':').unwrap_or((fragment, ""));
    let mut source = SourceView::new(repository, digest, place);
    source.uri = uri.to_owned();
    // A short name may be a branch, a tag or a commit.
    source.reference = Some(reference.to_owned()).filter(|reference| reference.starts_with("refs/"));
    view.branch = source.branch().map(str::to_owned);
    if !folder.is_empty() {
        view.workflow = view.workflow.take().map(|path| format!("{}/{path}", folder.trim_end_matches('/')));
    }
    view.state_source(&source);
    view.source = Some(source);
}

/// What was asked of the frontend.
fn request(view: &mut BuildView, asked: &Value, above: &str) {
    for name in ["locals", "secrets", "ssh", "compatibilityVersion"] {
        view.recognise(&format!("{above}.{name}"));
    }
    if asked.get("frontend").and_then(Value::as_str) == Some("dockerfile.v0") {
        view.recognise_value(&format!("{above}.frontend"));
    }
    let arguments = asked.get("args").and_then(Value::as_object);
    for (name, value) in arguments.into_iter().flatten() {
        if ARGUMENTS.contains(&name.as_str()) || NAMED.iter().any(|prefix| name.starts_with(prefix)) {
            view.recognise_value(&format!("{above}.args.{}", segment(name)));
        }
        if let Some(input) = name.strip_prefix("build-arg:") {
            view.inputs.insert(input.to_owned(), value.clone());
        }
    }
}
