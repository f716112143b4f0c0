//! SLSA provenance of an observed build.
//!
//! A level is not in it: who verifies computes it from who signed. What a package is made of is one descriptor; the files are
//! in the runtime trace, whose digest is among the byproducts.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_attest::{
    BuildDefinition, BuildMetadata, Builder, DigestSet, PROVENANCE_V1, ProvenanceV1, ResourceDescriptor, RunDetails,
    StatementBuilder,
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::super::classify::{hex, manifest};
use super::{BUILD_TYPE, BUILDER, Build, seconds};
use crate::observe::{Class, Group, ObserveError, Unhashed};

/// More files than this of one class are not listed by themselves; they are in the trace.
const MAX_LISTED: usize = 500;

/// The bytes of the statement. `trace` and `bill` are those of what goes with it.
pub(super) fn statement(build: &Build, trace: &[u8], bill: Option<&[u8]>) -> Result<Vec<u8>, ObserveError> {
    let mut byproducts = vec![byproduct("runtime-trace", trace, "application/vnd.in-toto+json")];
    byproducts.extend(bill.map(|bill| byproduct("sbom", bill, "application/vnd.cyclonedx+json")));
    let predicate = ProvenanceV1 {
        build_definition: BuildDefinition {
            build_type: BUILD_TYPE.to_owned(),
            external_parameters: external(build),
            internal_parameters: internal(build),
            resolved_dependencies: dependencies(build),
        },
        run_details: RunDetails {
            builder: Builder {
                id: BUILDER.to_owned(),
                version: BTreeMap::from([("plimsoll".to_owned(), build.version.clone())]),
                builder_dependencies: Vec::new(),
            },
            metadata: BuildMetadata {
                invocation_id: String::new(),
                started_on: seconds(build.started),
                finished_on: seconds(build.finished),
            },
            byproducts,
        },
    };
    let predicate = serde_json::to_value(&predicate)
        .map_err(|source| plimsoll_attest::AttestError::Malformed { what: "SLSA provenance", source })?;
    let mut builder = StatementBuilder::new(PROVENANCE_V1, predicate);
    for product in &build.products {
        builder = builder.subject(product.name.clone(), product.digest.clone());
    }
    Ok(builder.build()?.1)
}

fn byproduct(name: &str, bytes: &[u8], media_type: &str) -> ResourceDescriptor {
    ResourceDescriptor {
        name: name.to_owned(),
        digest: sha256(&hex(&Sha256::digest(bytes))),
        media_type: media_type.to_owned(),
        ..ResourceDescriptor::default()
    }
}

fn object(pairs: Vec<(&str, Value)>) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What whoever asked for the build could choose.
fn external(build: &Build) -> Map<String, Value> {
    let mut pairs =
        vec![("command", json!(build.words())), ("workdir", json!(build.directory)), ("env", json!(build.variables()))];
    let mut source = Map::new();
    for (name, value) in [("uri", &build.source.uri), ("ref", &build.source.reference)] {
        if let Some(value) = value {
            source.insert(name.to_owned(), json!(value));
        }
    }
    if !source.is_empty() {
        pairs.push(("source", Value::Object(source)));
    }
    object(pairs)
}

/// How it was watched, and what the watching does not cover.
fn internal(build: &Build) -> Map<String, Value> {
    let incomplete = build.incomplete();
    let counts: Map<String, Value> =
        build.counts().into_iter().map(|(class, count)| (class.word().to_owned(), json!(count))).collect();
    object(vec![
        ("hermetic", json!(build.hermetic)),
        ("monitor", json!("ptrace")),
        ("synchronous", json!(true)),
        ("platform", json!(format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH))),
        ("files", Value::Object(counts)),
        ("resolvedDependenciesComplete", json!(incomplete.is_empty())),
        ("incomplete", json!(incomplete)),
    ])
}

fn sha256(value: &str) -> DigestSet {
    DigestSet::from([("sha256".to_owned(), value.to_owned())])
}

/// The source, the packages, and then every file that is of neither.
fn dependencies(build: &Build) -> Vec<ResourceDescriptor> {
    let mut descriptors = source(build);
    for class in [Class::Dependency, Class::Toolchain, Class::System] {
        let groups = build.inventory.groups.values().filter(|group| group.class == class);
        descriptors.extend(groups.map(package));
    }
    descriptors.extend(cargo_index(build));
    for class in [Class::Configuration, Class::Host, Class::Other] {
        let files = build.inventory.in_class(&build.trace, class).filter(|(_, record)| record.input);
        let files = files.filter(|(path, _)| !is_cargo_index(build, path));
        descriptors.extend(files.take(MAX_LISTED).filter_map(|(path, record)| {
            // One without a digest says nothing; it is in the trace.
            let digest = record.digest?;
            let mut annotations = object(vec![("class", json!(class.word()))]);
            if record.changed {
                annotations.insert("changed".to_owned(), json!(true));
            }
            let name = build.places.shown(path);
            Some(ResourceDescriptor { name, digest: sha256(&hex(&digest)), annotations, ..Default::default() })
        }));
    }
    descriptors
}

fn is_cargo_index(build: &Build, path: &Path) -> bool {
    build.places.cargo.as_ref().is_some_and(|cargo| path.starts_with(cargo.join("registry/index")))
}

/// What Cargo keeps of the index of a registry is many small files, which say nothing that the lockfile does not.
fn cargo_index(build: &Build) -> Option<ResourceDescriptor> {
    let files = build.inventory.in_class(&build.trace, Class::Configuration);
    let mut names: Vec<_> = files
        .filter(|(path, record)| record.input && is_cargo_index(build, path))
        .map(|(path, record)| (build.places.shown(path), record.digest))
        .collect();
    names.sort();
    let digest = manifest(names.iter().map(|(name, digest)| (name.as_str(), *digest)));
    let annotations = object(vec![("class", json!(Class::Configuration.word())), ("filesRead", json!(names.len()))]);
    let name = "$CARGO_HOME/registry/index".to_owned();
    let descriptor = ResourceDescriptor { name, digest: sha256(&digest), annotations, ..Default::default() };
    Some(descriptor).filter(|_| !names.is_empty())
}

fn package(group: &Group) -> ResourceDescriptor {
    let mut annotations = object(vec![
        ("class", json!(group.class.word())),
        ("filesRead", json!(group.files.len())),
        ("filesDigest", json!(format!("sha256:{}", group.files_digest()))),
    ]);
    annotations.extend(group.facts.iter().map(|(name, value)| (name.clone(), json!(value))));
    ResourceDescriptor {
        uri: group.purl.to_string(),
        digest: group.digest.clone(),
        annotations,
        ..ResourceDescriptor::default()
    }
}

/// The commit, and each file that is not as the commit has it.
fn source(build: &Build) -> Vec<ResourceDescriptor> {
    let files: Vec<_> =
        build.inventory.in_class(&build.trace, Class::Source).filter(|(_, record)| record.input).collect();
    let is_dirty = |path: &Path| build.source.commit.is_none() || build.source.dirty.contains(path);
    let dirty: Vec<_> = files.iter().filter(|(path, _)| is_dirty(path)).collect();
    let mut names: Vec<_> = files.iter().map(|(path, record)| (build.places.shown(path), record.digest)).collect();
    names.sort();
    let digest = manifest(names.iter().map(|(name, digest)| (name.as_str(), *digest)));
    let mut annotations = object(vec![
        ("class", json!(Class::Source.word())),
        ("filesRead", json!(files.len())),
        ("filesDigest", json!(format!("sha256:{digest}"))),
    ]);
    let mut tree = ResourceDescriptor { name: "source".to_owned(), ..ResourceDescriptor::default() };
    if let Some(commit) = &build.source.commit {
        let reference = build.source.reference.as_ref().map(|name| format!("@{name}")).unwrap_or_default();
        tree.uri = build.source.uri.as_ref().map(|uri| format!("{uri}{reference}")).unwrap_or_default();
        tree.digest = DigestSet::from([("gitCommit".to_owned(), commit.clone())]);
        annotations.insert("dirtyFilesRead".to_owned(), json!(dirty.len()));
    } else {
        tree.digest = sha256(&digest);
    }
    tree.annotations = annotations;
    let mut descriptors = vec![tree];
    descriptors.extend(dirty.into_iter().take(MAX_LISTED).map(|(path, record)| {
        let mut annotations = object(vec![("class", json!(Class::Source.word()))]);
        if build.source.commit.is_some() {
            annotations.insert("dirty".to_owned(), json!(true));
        }
        if record.changed {
            annotations.insert("changed".to_owned(), json!(true));
        }
        if record.unhashed == Some(Unhashed::Secret) {
            annotations.insert("withheld".to_owned(), json!(true));
        }
        let digest = record.digest.map(|digest| sha256(&hex(&digest))).unwrap_or_default();
        ResourceDescriptor { name: build.places.shown(path), digest, annotations, ..Default::default() }
    }));
    descriptors.retain(ResourceDescriptor::says_something);
    descriptors
}
