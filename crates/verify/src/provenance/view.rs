//! A build, whatever the shape and type of its provenance.

use std::collections::BTreeMap;

use plimsoll_attest::{Provenance, ResourceDescriptor};
use serde_json::Value;

use super::Repository;
use super::adapters;
use crate::Claim;

/// What provenance says of a build. None of it is more than its signer's word, and who may say what is in
/// [`super::BuilderRule`]s.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildView {
    /// The type of the predicate.
    pub predicate_type: String,
    /// Who says to have built it: a URI.
    pub builder_id: String,
    /// What the parameters mean: a URI.
    pub build_type: String,
    /// What knows the type of build; `None` when nothing does, and only explicit expectations help.
    pub adapter: Option<&'static str>,
    /// What was built.
    pub source: Option<SourceView>,
    /// Where the definition of the build was. In most builds the same as `source`.
    pub definition: Option<SourceView>,
    /// The file of the definition within its repository.
    pub workflow: Option<String>,
    /// What started the build: `push`, `workflow_dispatch` …
    pub event: Option<String>,
    /// The branch: that of the ref, or that from which a tag was made when the builder says so.
    pub branch: Option<String>,
    /// What whoever started it by hand passed along.
    pub inputs: BTreeMap<String, Value>,
    /// All that whoever asked for the build could choose, leaf by leaf.
    pub parameters: Vec<Parameter>,
    /// What was fetched to build it, as far as is told.
    pub dependencies: Vec<ResourceDescriptor>,
    /// The run, for the logs of the platform.
    pub invocation: Option<String>,
    /// When it began: RFC 3339.
    pub started_on: Option<String>,
    /// When it ended: RFC 3339.
    pub finished_on: Option<String>,
    /// What is stated and can be held against the certificate.
    pub stated: Vec<Stated>,
    /// Whether the document is written by what it is about, as by a step of the job that builds: then the certificate has to say
    /// all that is stated, and what it does not say is not believed.
    pub forgeable: bool,
}

/// A state of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView {
    /// The URI, as it is written.
    pub uri: String,
    /// The repository; `None` when the URI names none (a bucket, a file).
    pub repository: Option<Repository>,
    /// The ref, in full: `refs/tags/v1`.
    pub reference: Option<String>,
    /// The commit, in hex.
    pub commit: Option<String>,
    /// Where in the document this is: a JSON pointer.
    pub place: String,
}

/// A leaf of what whoever asked for the build could choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its path: `inputs.version`. A key with a dot or quote is quoted.
    pub path: String,
    /// Its value: no object or list.
    pub value: Value,
    /// Whether the type of build has such a parameter.
    pub known: bool,
}

/// Something that the document says and the certificate may say as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// Where in the document: a JSON pointer.
    pub place: String,
    /// What it says.
    pub value: String,
    /// The claim that has to say the same, where the certificate has it.
    pub claim: Claim,
}

/// Leaves of parameters that are looked at; more are an attempt to keep a verifier busy.
const MAX_PARAMETERS: usize = 4096;

impl BuildView {
    /// Brings provenance into this view.
    ///
    /// # Errors
    /// The type of build is known, and the provenance is not what the type promises. The reason is a fragment.
    pub fn of(provenance: &Provenance, predicate_type: &str) -> Result<Self, String> {
        adapters::view(Self::begun(provenance, predicate_type)?, provenance)
    }

    /// What all types of build have in common.
    fn begun(provenance: &Provenance, predicate_type: &str) -> Result<Self, String> {
        let mut view = Self {
            predicate_type: predicate_type.to_owned(),
            builder_id: provenance.builder_id().to_owned(),
            build_type: provenance.build_type().to_owned(),
            adapter: None,
            source: None,
            definition: None,
            workflow: None,
            event: None,
            branch: None,
            inputs: BTreeMap::new(),
            parameters: Vec::new(),
            dependencies: Vec::new(),
            invocation: None,
            started_on: None,
            finished_on: None,
            stated: Vec::new(),
            forgeable: false,
        };
        let material = |material: &plimsoll_attest::Material| ResourceDescriptor {
            uri: material.uri.clone(),
            digest: material.digest.clone(),
            ..ResourceDescriptor::default()
        };
        let (invocation, started, finished) = match provenance {
            Provenance::V1(v1) => {
                view.dependencies.clone_from(&v1.build_definition.resolved_dependencies);
                for (key, value) in &v1.build_definition.external_parameters {
                    view.flatten(&segment(key), value)?;
                }
                let metadata = &v1.run_details.metadata;
                (&metadata.invocation_id, &metadata.started_on, &metadata.finished_on)
            }
            Provenance::V02(v02) => {
                view.dependencies = v02.materials.iter().map(material).collect();
                view.flatten("parameters", &v02.invocation.parameters)?;
                let metadata = &v02.metadata;
                (&metadata.build_invocation_id, &metadata.build_started_on, &metadata.build_finished_on)
            }
            Provenance::V01(v01) => {
                view.dependencies = v01.materials.iter().map(material).collect();
                view.flatten("arguments", &v01.recipe.arguments)?;
                let metadata = &v01.metadata;
                (&metadata.build_invocation_id, &metadata.build_started_on, &metadata.build_finished_on)
            }
            _ => return Err("it is of a version that is not known".into()),
        };
        let stated = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        (view.invocation, view.started_on, view.finished_on) = (stated(invocation), stated(started), stated(finished));
        Ok(view)
    }

    fn flatten(&mut self, path: &str, value: &Value) -> Result<(), String> {
        match value {
            Value::Null => {}
            Value::Object(object) => {
                for (key, value) in object {
                    self.flatten(&format!("{path}.{}", segment(key)), value)?;
                }
            }
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    self.flatten(&format!("{path}.{index}"), value)?;
                }
            }
            leaf => {
                if self.parameters.len() >= MAX_PARAMETERS {
                    return Err(format!("it has more than {MAX_PARAMETERS} parameters"));
                }
                self.parameters.push(Parameter { path: path.to_owned(), value: leaf.clone(), known: false });
            }
        }
        Ok(())
    }

    /// Marks parameters as those that the type of build has: one, or all below a path.
    pub(super) fn recognise(&mut self, path: &str) {
        let below = format!("{path}.");
        for parameter in &mut self.parameters {
            parameter.known |= parameter.path == path || parameter.path.starts_with(&below);
        }
    }

    /// Marks one parameter that is a text, a number or a flag. An object in its place has parameters that the type has not.
    pub(super) fn recognise_value(&mut self, path: &str) {
        for parameter in &mut self.parameters {
            parameter.known |= parameter.path == path;
        }
    }

    /// Adds something that whoever verifies has to say what it may be, though the type of build calls it no parameter.
    pub(super) fn ask(&mut self, path: &str, value: &str) {
        self.parameters.push(Parameter { path: path.to_owned(), value: value.into(), known: false });
    }

    /// Notes something that the certificate may say as well. Nothing is noted of what is not stated.
    pub(super) fn state(&mut self, place: &str, value: Option<impl Into<String>>, claim: Claim) {
        if let Some(value) = value.map(Into::into).filter(|value: &String| !value.is_empty()) {
            self.stated.push(Stated { place: place.to_owned(), value, claim });
        }
    }
}

impl BuildView {
    /// Notes what a source says of its repository, ref and commit.
    pub(super) fn state_source(&mut self, source: &SourceView) {
        let repository = source.repository.as_ref().map(Repository::to_uri);
        self.state(&format!("{}/uri", source.place), repository, Claim::SourceRepositoryUri);
        self.state(&format!("{}/uri", source.place), source.reference.clone(), Claim::SourceRepositoryRef);
        self.state(&format!("{}/digest", source.place), source.commit.clone(), Claim::SourceRepositoryDigest);
    }
}

/// A key as a part of a path.
pub(super) fn segment(key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "-_$/@".contains(c));
    if plain { key.to_owned() } else { format!("{key:?}") }
}

impl SourceView {
    /// A state of a repository, by a URI with or without a ref and digests that may hold a commit.
    #[must_use]
    pub fn new(uri: &str, digest: &plimsoll_attest::DigestSet, place: &str) -> Self {
        let read = Repository::with_ref(uri);
        let commit = ["gitCommit", "sha1"].iter().find_map(|name| digest.get(*name));
        Self {
            uri: uri.to_owned(),
            repository: read.as_ref().map(|(repository, _)| repository.clone()),
            reference: read.and_then(|(_, reference)| reference.map(str::to_owned)),
            commit: commit.cloned(),
            place: place.to_owned(),
        }
    }

    /// The branch that the ref is.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.reference.as_deref()?.strip_prefix("refs/heads/")
    }

    /// The tag that the ref is.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.reference.as_deref()?.strip_prefix("refs/tags/")
    }
}
