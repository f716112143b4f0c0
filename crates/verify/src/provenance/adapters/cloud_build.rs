//! Google Cloud Build: provenance v0.1 of its versions v0.2 and v0.3, and provenance v1.
//! <https://cloud.google.com/build/docs/securing-builds/view-build-provenance>
//! <https://slsa.dev/gcb-buildtypes/google-worker/v1>
//!
//! Version v0.2 names itself as the type, and the commit within the URI of the source (`…/commit/SHA`). From v0.3 on the type
//! says whether the steps came from a file. A source may be an archive in a bucket: `gs://BUCKET/OBJECT#GENERATION`.
//!
//! The branch of v0.1 is not told: `BRANCH_NAME` is a substitution that whoever starts a build by hand may set. So is
//! `TAG_NAME`, which is told as there is nothing else; in v1 it has to be the ref of the definition as well.

use plimsoll_attest::{DigestSet, Provenance, ProvenanceV01, ProvenanceV1};
use serde_json::Value;

use super::Adapter;
use crate::provenance::{BuildView, SourceView};

const V0_2: &str = "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.2";
const V0_3: &str = "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3";
/// What the arguments of provenance v0.1 are.
const ARGUMENTS: &str = "type.googleapis.com/google.devtools.cloudbuild.v1.Build";

pub(super) const ADAPTER: Adapter = Adapter {
    name: "google-cloud-build",
    build_types: &[
        V0_2,
        "https://cloudbuild.googleapis.com/CloudBuildYaml@*",
        "https://cloudbuild.googleapis.com/CloudBuildSteps@*",
        "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1",
    ],
    read,
};

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let is_v1_type = view.build_type.starts_with("https://cloud.google.com/");
    match provenance {
        Provenance::V01(v01) if !is_v1_type => first(view, v01),
        Provenance::V1(v1) if is_v1_type => worker(view, v1),
        _ => Err("this type of build has provenance of another version".into()),
    }
}

fn first(view: &mut BuildView, v01: &ProvenanceV01) -> Result<(), String> {
    let fits = match view.builder_id.as_str() {
        V0_2 => view.build_type == V0_2,
        V0_3 => view.build_type != V0_2,
        _ => false,
    };
    if !fits {
        return Err(format!("{} does not make {}", view.builder_id, view.build_type));
    }
    let arguments = &v01.recipe.arguments;
    if arguments.get("@type").and_then(Value::as_str) != Some(ARGUMENTS) {
        return Err(format!("its arguments are not of the type {ARGUMENTS}"));
    }
    let material = v01.materials.first().ok_or("it names no material")?;
    let mut digest = material.digest.clone();
    let mut uri = material.uri.as_str();
    if view.builder_id == V0_2
        && let Some((repository, commit)) = uri.split_once("/commit/")
    {
        uri = repository;
        digest.insert("sha1".to_owned(), commit.to_owned());
    }
    let mut source = place_of(uri, &digest, "/predicate/materials/0");
    source.uri.clone_from(&material.uri);
    let tag = arguments.pointer("/substitutions/TAG_NAME").and_then(Value::as_str).filter(|tag| !tag.is_empty());
    source.reference = tag.map(|tag| format!("refs/tags/{tag}"));
    view.workflow = Some(v01.recipe.entry_point.clone()).filter(|path| !path.is_empty());
    view.recognise("arguments");
    view.source = Some(source);
    Ok(())
}

/// A repository, or an archive in a bucket without its generation.
fn place_of(uri: &str, digest: &DigestSet, place: &str) -> SourceView {
    let object = uri.strip_prefix("gs://").and_then(|_| uri.split_once('#'));
    SourceView::new(object.map_or(uri, |(object, _)| object), digest, place)
}

fn worker(view: &mut BuildView, v1: &ProvenanceV1) -> Result<(), String> {
    let parameters = &v1.build_definition.external_parameters;
    let at = "/predicate/buildDefinition/externalParameters";
    let built = v1.build_definition.resolved_dependencies.first();
    let state = |name: &str| -> Result<Option<SourceView>, String> {
        let Some(state) = parameters.get(name) else { return Ok(None) };
        let said = |key: &str| {
            let text = state.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.ok_or_else(|| format!("{name} has no {key}"))
        };
        let mut source = SourceView::new(said("repository")?, &DigestSet::new(), &format!("{at}/{name}"));
        source.reference = Some(said("ref")?.to_owned());
        Ok(Some(source))
    };
    let definition = state("buildConfigSource")?.ok_or("it does not say where its definition is")?;
    let mut source = state("sourceToBuild")?.unwrap_or_else(|| definition.clone());
    if let Some(built) = built {
        let fetched = SourceView::new(&built.uri, &built.digest, "");
        source.commit = fetched.commit.filter(|_| fetched.repository == source.repository);
    }
    let substitution = |name: &str| {
        let value = v1.build_definition.internal_parameters.get("systemSubstitutions")?.get(name)?;
        value.as_str().filter(|text| !text.is_empty())
    };
    if let Some(tag) = source.tag()
        && substitution("TAG_NAME") != Some(tag)
    {
        return Err(format!("its ref is the tag {tag}, and TAG_NAME is not"));
    }
    view.branch = source.branch().map(str::to_owned);
    let path = parameters.get("buildConfigSource").and_then(|state| state.get("path")).and_then(Value::as_str);
    view.workflow = path.map(str::to_owned);
    for path in ["buildConfigSource", "sourceToBuild", "substitutions"] {
        view.recognise(path);
    }
    (view.source, view.definition) = (Some(source), Some(definition));
    Ok(())
}
