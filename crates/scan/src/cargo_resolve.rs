//! `--resolve cargo`: the dependencies of one Rust build, as cargo itself resolves them.
//!
//! A `Cargo.lock` holds what a whole workspace may need on every platform. This asks cargo which of it one package, with
//! given features, needs for one target. It runs `cargo metadata`, which reads the project's configuration: it is for
//! one's own project, never for scanned input, and the document says that it was done.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Node, Package, PackageId};
use plimsoll_model::{
    Component, ComponentGraph, ComponentKind, Confidence, Digest, Evidence, ExternalReference, ExtractorId,
    GraphBuilder, License, Purl, ReferenceKind, RelationshipKind, Scope, SourcePath, Technique,
};

use crate::ScanError;

/// Which build is meant.
#[derive(Debug, Clone, Default)]
pub struct CargoBuild {
    /// The package; the one of the directory when left out.
    pub package: Option<String>,
    /// Features to turn on.
    pub features: Vec<String>,
    /// Turn on all features.
    pub all_features: bool,
    /// Leave the default features off.
    pub no_default_features: bool,
    /// Target triple; the host's when left out.
    pub target: Option<String>,
    /// Leave development dependencies out.
    pub no_dev: bool,
}

const EXTRACTOR: ExtractorId = ExtractorId::new("rust/cargo-metadata");

/// Asks cargo for the dependencies of one build. `locked` is what the lockfile says, for the checksums.
///
/// # Errors
/// cargo cannot be run, fails, or does not know the package.
pub(crate) fn resolve(
    directory: &Path,
    build: &CargoBuild,
    locked: &ComponentGraph,
) -> Result<(Component, ComponentGraph), ScanError> {
    let metadata = metadata(directory, build)?;
    let root = root(&metadata, build)?;
    let walk = Walk::new(&metadata, build.no_dev);
    let scopes = walk.scopes(&root.id);
    let mut graph = GraphBuilder::default();
    let mut placed = BTreeMap::new();
    for (id, scope) in &scopes {
        if *id == &root.id {
            continue;
        }
        let Some(package) = walk.packages.get(id) else { continue };
        let mut component = component(package, metadata.workspace_root.as_str());
        component.scope = *scope;
        component.hashes = checksums(locked, &component);
        let features = walk.nodes.get(id).map(|node| node.features.join(",")).filter(|features| !features.is_empty());
        component.properties.extend(features.map(|features| ("plimsoll:rust:features".into(), features.into())));
        placed.insert(*id, graph.add(component));
    }
    for id in scopes.keys() {
        for (to, scope) in walk.edges(id, *id == &root.id) {
            match (placed.get(id), placed.get(to)) {
                (Some(from), Some(to)) => graph.relate(*from, *to, RelationshipKind::DependsOn, scope),
                (None, Some(to)) => graph.direct(*to),
                _ => {}
            }
        }
    }
    let mut subject = component(root, metadata.workspace_root.as_str());
    subject.kind = ComponentKind::Application;
    Ok((subject, graph.finish()))
}

fn metadata(directory: &Path, build: &CargoBuild) -> Result<Metadata, ScanError> {
    let mut command = MetadataCommand::new();
    command.current_dir(directory);
    if build.all_features {
        command.features(CargoOpt::AllFeatures);
    }
    if build.no_default_features {
        command.features(CargoOpt::NoDefaultFeatures);
    }
    if !build.features.is_empty() {
        command.features(CargoOpt::SomeFeatures(build.features.clone()));
    }
    let target = match &build.target {
        Some(target) => target.clone(),
        None => host(directory)?,
    };
    command.other_options(["--locked".to_owned(), "--filter-platform".to_owned(), target]);
    command.exec().map_err(|error| ScanError::Cargo { reason: error.to_string() })
}

/// The triple that cargo builds for when none is named.
fn host(directory: &Path) -> Result<String, ScanError> {
    let failed = |reason: String| ScanError::Cargo { reason };
    let output = std::process::Command::new("rustc").current_dir(directory).arg("-vV").output();
    let output = output.map_err(|error| failed(format!("cannot run rustc: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| failed("rustc does not name its host".to_owned()))
}

fn root<'m>(metadata: &'m Metadata, build: &CargoBuild) -> Result<&'m Package, ScanError> {
    let failed = |reason: String| ScanError::Cargo { reason };
    let members = metadata.workspace_packages();
    let names = || members.iter().map(|package| package.name.to_string()).collect::<Vec<_>>().join(", ");
    match &build.package {
        Some(name) => {
            let found = members.iter().find(|package| package.name.as_str() == name);
            found.copied().ok_or_else(|| failed(format!("the workspace has no package {name:?}; it has {}", names())))
        }
        None => match (metadata.root_package(), members.as_slice()) {
            (Some(package), _) => Ok(package),
            (None, [only]) => Ok(only),
            _ => Err(failed(format!("the workspace has several packages, name one with --package: {}", names()))),
        },
    }
}

/// The resolved graph, by package id.
struct Walk<'m> {
    packages: BTreeMap<&'m PackageId, &'m Package>,
    nodes: BTreeMap<&'m PackageId, &'m Node>,
    no_dev: bool,
}

impl<'m> Walk<'m> {
    fn new(metadata: &'m Metadata, no_dev: bool) -> Self {
        let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        Self {
            packages: metadata.packages.iter().map(|package| (&package.id, package)).collect(),
            nodes: nodes.map(|node| (&node.id, node)).collect(),
            no_dev,
        }
    }

    /// What a package needs, and when. Development dependencies count for the root alone, as cargo builds no others.
    fn edges(&self, from: &PackageId, is_root: bool) -> Vec<(&'m PackageId, Scope)> {
        let Some(node) = self.nodes.get(from) else { return Vec::new() };
        let mut edges = Vec::new();
        for dependency in &node.deps {
            let scopes = dependency.dep_kinds.iter().filter_map(|kind| match kind.kind {
                DependencyKind::Normal => Some(Scope::Runtime),
                DependencyKind::Build => Some(Scope::Build),
                DependencyKind::Development if is_root && !self.no_dev => Some(Scope::Dev),
                _ => None,
            });
            if let Some(scope) = scopes.max() {
                edges.push((&dependency.pkg, scope));
            }
        }
        edges
    }

    /// Every package that is reached, with the strongest scope of the ways to it: what a build dependency needs at run
    /// time is needed to build.
    fn scopes(&self, root: &'m PackageId) -> BTreeMap<&'m PackageId, Scope> {
        let mut scopes = BTreeMap::from([(root, Scope::Runtime)]);
        let mut pending = BTreeSet::from([root]);
        while let Some(id) = pending.pop_first() {
            let held = scopes.get(id).copied().unwrap_or_default();
            for (to, scope) in self.edges(id, id == root) {
                let scope = scope.min(held);
                let known = scopes.get(to).copied();
                if known.is_none_or(|known| known < scope) {
                    scopes.insert(to, scope);
                    pending.insert(to);
                }
            }
        }
        scopes
    }
}

fn component(package: &Package, workspace: &str) -> Component {
    let version = package.version.to_string();
    let source = package.source.as_ref().map(|source| source.repr.as_str());
    let purl = source.and_then(|source| {
        let builder = Purl::builder("cargo", package.name.as_str()).version(version.as_str());
        let builder = match source.strip_prefix("git+") {
            Some(_) => builder.qualifier("vcs_url", source.replace('#', "@")),
            None if source.contains("crates.io") => builder,
            None => builder
                .qualifier("repository_url", source.trim_start_matches("registry+").trim_start_matches("sparse+")),
        };
        builder.build().ok()
    });
    let mut component = match purl {
        Some(purl) => Component::from_purl(purl),
        None => Component::new(ComponentKind::Library, package.name.as_str()),
    };
    component.version = Some(version.into());
    component.licenses.extend(package.license.as_deref().and_then(License::declared));
    component.description = package.description.as_deref().map(|text| text.trim().into());
    component.author = (!package.authors.is_empty()).then(|| package.authors.join(", ").into());
    let references = [
        (ReferenceKind::Vcs, &package.repository),
        (ReferenceKind::Website, &package.homepage),
        (ReferenceKind::Documentation, &package.documentation),
    ];
    let reference = |(kind, url): (ReferenceKind, &Option<String>)| {
        Some(ExternalReference { kind, url: url.as_deref()?.into(), hashes: Vec::new() })
    };
    component.references.extend(references.into_iter().filter_map(reference));
    // Only paths inside the workspace are told; others are of this machine.
    let manifest = package.manifest_path.as_str().strip_prefix(workspace).and_then(|path| SourcePath::new(path).ok());
    if component.purl.is_none() {
        component.location.clone_from(&manifest);
    }
    let file = manifest.or_else(|| SourcePath::new("Cargo.lock").ok());
    component.evidence.extend(file.map(|file| Evidence {
        file,
        layer: None,
        span: None,
        technique: Technique::ManifestAnalysis,
        confidence: Confidence::STATED,
        extractor: EXTRACTOR,
    }));
    component
}

/// The checksums that the lockfile has of a component.
fn checksums(locked: &ComponentGraph, component: &Component) -> Vec<Digest> {
    let found = locked.find(component.key().as_str()).and_then(|at| locked.get(at));
    found.map(|held| held.hashes.clone()).unwrap_or_default()
}
