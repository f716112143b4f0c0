//! `maven_install.json`, the lockfile of rules_jvm_external for Bazel: version 0.1.0, 2 and 3.
//! <https://github.com/bazel-contrib/rules_jvm_external#pinning-artifacts-and-integration-with-bazels-downloader>
//!
//! - Coordinates are `group:artifact[:packaging[:classifier]]`, in version 0.1.0 with `:version` at the end.
//! - Version 2 keeps the versions and digests of all files of an artifact in one entry, `shasums` by classifier (`jar` is
//!   the main one), and names a file with classifier only in `dependencies`. `sources` and `javadoc` are no code.
//! - What the build asks for itself is not told. `null` digests belong to what has no file: a platform.

use std::collections::{BTreeMap, HashMap, HashSet};

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Map, Text, fill};
use plimsoll_extract::syntax::text::LineIndex;

use crate::maven::{self, Artifact, Version};

/// Reads the lockfile of rules_jvm_external.
pub(crate) struct MavenInstall;

type Texts<'a> = Vec<Loose<Text<'a>>>;

loose_object! {
    struct Lock<'a> {
        "version" => version: Text<'a>,
        "artifacts" => artifacts: Map<'a, Loose<Entry<'a>>>,
        "dependencies" => dependencies: Map<'a, Loose<Texts<'a>>>,
        "repositories" => repositories: Map<'a, Loose<Texts<'a>>>,
        "dependency_tree" => tree: Tree<'a>,
    }
}

loose_object! {
    /// An artifact of version 2.
    struct Entry<'a> {
        "version" => version: Text<'a>,
        "shasums" => shasums: Map<'a, Loose<Text<'a>>>,
    }
}

loose_object! {
    /// All of version 0.1.0.
    struct Tree<'a> {
        "dependencies" => dependencies: Vec<Loose<Node<'a>>>,
    }
}

loose_object! {
    /// An artifact of version 0.1.0.
    struct Node<'a> {
        "coord" => coord: Text<'a>,
        "directDependencies" => direct: Texts<'a>,
        "sha256" => sha256: Text<'a>,
        "url" => url: Text<'a>,
        "file" => file: Text<'a>,
    }
}

impl Extractor for MavenInstall {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("bazel/maven-install")
    }

    fn about(&self) -> About {
        About {
            title: "rules_jvm_external maven_install.json 0.1.0, 2 and 3",
            specification: "https://github.com/bazel-contrib/rules_jvm_external",
            facts: &[Fact::Edges, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix("maven_install.json"), Interest::Path("maven_install_*.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let lines = LineIndex::new(&*bytes);
        let mut lock = Loose::<Lock<'_>>::default();
        let outcome = fill(&bytes, file.budget().limits(), &mut lock);
        match (lock.get(), &outcome) {
            (Some(lock), _) => match lock.tree.get() {
                Some(tree) => first_version(tree, &lines, out),
                None => second_version(lock, &lines, out),
            },
            (None, Ok(())) => return Err(ExtractError::malformed("not an object")),
            (None, Err(_)) => {}
        }
        Ok(outcome?)
    }
}

/// The version of each main artifact that a lockfile names, by `group:artifact`; for what declares them.
pub(super) fn versions(bytes: &[u8], file: &File<'_>) -> BTreeMap<String, String> {
    let mut lock = Loose::<Lock<'_>>::default();
    // What is wrong with it is said where it is read for its own sake.
    let _ = fill(bytes, file.budget().limits(), &mut lock);
    let mut versions = BTreeMap::new();
    let Some(lock) = lock.get() else { return versions };
    let nodes = lock.tree.get().into_iter().flat_map(|tree| tree.dependencies.items()).filter_map(Loose::get);
    let first = nodes.filter_map(|node| node.coord.as_str()?.rsplit_once(':'));
    let second = lock.artifacts.entries().iter();
    let second = second.filter_map(|(key, entry)| Some((key.as_str(), entry.get()?.version.as_str()?)));
    for (key, version) in first.chain(second) {
        if let Some(Artifact { group, name, classifier: "", .. }) = artifact(key) {
            versions.entry(format!("{group}:{name}")).or_insert_with(|| version.to_owned());
        }
    }
    versions
}

/// The parts of `group:artifact[:packaging[:classifier]]`; `group:artifact:packaging` is what two colons mean.
fn artifact(key: &str) -> Option<Artifact<'_>> {
    let mut parts = key.split(':');
    let (group, name) = (parts.next()?, parts.next()?);
    let kind = parts.next().unwrap_or_default();
    let classifier = parts.next().unwrap_or_default();
    (parts.next().is_none() && !group.is_empty() && !name.is_empty()).then(|| {
        let kind = if kind == "jar" { "" } else { kind };
        // Old files have `jar` for a classifier, too.
        let classifier = if classifier == "jar" { "" } else { classifier };
        Artifact { group, name, classifier, kind }
    })
}

/// Whether a file has no code in it.
fn is_companion(classifier: &str) -> bool {
    matches!(classifier, "sources" | "javadoc")
}

fn first_version(tree: &Tree<'_>, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    let mut by_coordinates: HashMap<&str, ComponentRef> = HashMap::new();
    for node in tree.dependencies.items() {
        let Some(node) = node.get() else {
            out.malformed_entry(0, "an entry is not an object");
            continue;
        };
        let coordinates = node.coord.as_str().unwrap_or_default();
        let line = lines.line_of(coordinates).unwrap_or_default();
        let split = coordinates.rsplit_once(':').and_then(|(key, version)| Some((artifact(key)?, version)));
        let Some((artifact, version)) = split.filter(|(_, version)| !version.is_empty()) else {
            out.malformed_entry(line, "not 'group:artifact:version'");
            continue;
        };
        if is_companion(artifact.classifier) {
            continue;
        }
        let Some(mut component) = maven::library(artifact, Version::Exact(version), line, out) else { continue };
        component.hashes.extend(sha256(node.sha256.as_str(), line, out));
        if let Some(url) = node.url.as_str().or(node.file.as_str()) {
            let hashes = component.hashes.clone();
            component.references.push(ExternalReference { kind: ReferenceKind::Distribution, url: url.into(), hashes });
        }
        by_coordinates.insert(coordinates, out.component(component, line));
    }
    for node in tree.dependencies.items().iter().filter_map(Loose::get) {
        let Some(&from) = node.coord.as_str().and_then(|coordinates| by_coordinates.get(coordinates)) else { continue };
        for needed in node.direct.items().iter().filter_map(Loose::as_str) {
            if let Some(&to) = by_coordinates.get(needed) {
                out.depends(from, to, Scope::Unspecified);
            }
        }
    }
}

fn second_version(lock: &Lock<'_>, lines: &LineIndex<'_>, out: &mut Sink<'_>) {
    match lock.version.as_str() {
        Some("2" | "3") => {}
        Some(version) => out.diagnose(DiagnosticCode::UNSUPPORTED_VERSION, 1, format!("lockfile version {version}")),
        None => out.malformed_entry(1, "no lockfile version"),
    }
    let urls = repositories(lock);
    let named: HashSet<&str> = dependencies(lock).flat_map(|(key, needed)| needed.chain([key])).collect();
    let mut by_key: HashMap<String, ComponentRef> = HashMap::new();
    for (key, entry) in lock.artifacts.entries() {
        let line = lines.line_of(key).unwrap_or_default();
        let (Some(main), Some(entry)) = (artifact(key), entry.get()) else {
            out.malformed_entry(line, format!("entry {key} is not what is expected"));
            continue;
        };
        let Some(version) = entry.version.as_str() else {
            out.malformed_entry(line, format!("entry {key} has no version"));
            continue;
        };
        let packaging = if main.kind.is_empty() { "jar" } else { main.kind };
        let mut files = entry.shasums.entries().iter().filter(|(name, _)| !is_companion(name)).peekable();
        if files.peek().is_none() {
            let component = maven::library(main, Version::Exact(version), line, out);
            by_key.extend(component.map(|component| (spelt(&main, packaging), out.component(component, line))));
        }
        for (classifier, digest) in files {
            let classifier = if classifier == packaging || classifier == "jar" { "" } else { classifier.as_str() };
            let one = Artifact { classifier, ..main };
            let spelling = spelt(&one, packaging);
            // A digest that is null: nothing was fetched. The entry counts when something needs it, or for itself.
            if digest.as_str().is_none() && !classifier.is_empty() && !named.contains(spelling.as_str()) {
                continue;
            }
            let Some(mut component) = maven::library(one, Version::Exact(version), line, out) else { continue };
            component.hashes.extend(sha256(digest.as_str(), line, out));
            let reference =
                urls.get(spelling.as_str()).map(|repository| reference(repository, &one, version, &component));
            component.references.extend(reference);
            by_key.insert(spelling, out.component(component, line));
        }
    }
    for (key, needed) in dependencies(lock) {
        let Some(from) = find(&by_key, key) else { continue };
        for to in needed.filter_map(|needed| find(&by_key, needed)) {
            out.depends(from, to, Scope::Unspecified);
        }
    }
}

/// The key of a file as `dependencies` and `repositories` write it.
fn spelt(artifact: &Artifact<'_>, packaging: &str) -> String {
    let Artifact { group, name, classifier, .. } = artifact;
    match (packaging, *classifier) {
        ("jar", "") => format!("{group}:{name}"),
        (packaging, "") => format!("{group}:{name}:{packaging}"),
        (packaging, classifier) => format!("{group}:{name}:{packaging}:{classifier}"),
    }
}

/// The component of a key; one of an artifact whose packaging the key leaves out is found as well.
fn find(by_key: &HashMap<String, ComponentRef>, key: &str) -> Option<ComponentRef> {
    by_key.get(key).or_else(|| by_key.get(key.strip_suffix(":jar")?)).copied()
}

fn dependencies<'l>(lock: &'l Lock<'_>) -> impl Iterator<Item = (&'l str, impl Iterator<Item = &'l str> + use<'l>)> {
    let entries = lock.dependencies.entries().iter();
    entries.map(|(key, needed)| (key.as_str(), needed.items().iter().filter_map(Loose::as_str)))
}

/// The repository that each file comes from: the first that has it.
fn repositories<'l>(lock: &'l Lock<'_>) -> HashMap<&'l str, &'l str> {
    let mut urls = HashMap::new();
    for (url, keys) in lock.repositories.entries() {
        for key in keys.items().iter().filter_map(Loose::as_str) {
            urls.entry(key).or_insert(url.as_str());
        }
    }
    urls
}

/// Where a file is: the layout of repositories (<https://maven.apache.org/repository/layout.html>).
fn reference(repository: &str, artifact: &Artifact<'_>, version: &str, component: &Component) -> ExternalReference {
    let Artifact { group, name, classifier, kind } = artifact;
    let repository = crate::locator::without_password(repository.trim_end_matches('/'));
    let extension = if kind.is_empty() { "jar" } else { kind };
    let dash = if classifier.is_empty() { "" } else { "-" };
    let group = group.replace('.', "/");
    let url = format!("{repository}/{group}/{name}/{version}/{name}-{version}{dash}{classifier}.{extension}");
    ExternalReference { kind: ReferenceKind::Distribution, url: url.into(), hashes: component.hashes.clone() }
}

fn sha256(text: Option<&str>, line: u32, out: &mut Sink<'_>) -> Option<Digest> {
    match Digest::from_hex(DigestAlgorithm::Sha256, text?) {
        Ok(digest) => Some(digest),
        Err(error) => {
            out.malformed_entry(line, format!("sha256: {error}"));
            None
        }
    }
}
