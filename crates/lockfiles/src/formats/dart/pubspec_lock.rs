//! `pubspec.lock` of pub, with `pubspec.yaml` and `.dart_tool/package_graph.json`.
//! <https://dart.dev/tools/pub/glossary#lockfile>, <https://dart.dev/tools/pub/pubspec>
//!
//! The lock lists packages and no edges. Edges are in the graph that pub 3.5 and later keep under `.dart_tool`, and in
//! the `pubspec.yaml` of each package where a pub cache is part of the source (`hosted/pub.dev/name-1.0.0/`). What
//! surprises: `flutter` and others come with an SDK; their version is always `0.0.0` and they are no published packages,
//! so they are frameworks without a purl. `direct overridden` says nothing of scope. Before Dart 2.19 there are no
//! digests.

mod graph;
mod manifest;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::yaml::{self, Node};

use crate::locator::without_password;
use crate::vcs::{git_url, reference};

/// Reads the lockfile of Dart and Flutter.
pub(crate) struct PubspecLock;

const LOCK: &str = "pubspec.lock";
const MANIFEST: &str = "pubspec.yaml";
const GRAPH: &str = "package_graph.json";

/// The public registry under each of its names; the last is its mirror for China.
const PUBLIC: [&str; 4] = [
    "https://pub.dev",
    "https://pub.dartlang.org",
    "https://pub.flutter-io.cn",
    "https://mirrors.tuna.tsinghua.edu.cn/dart-pub",
];

/// How the project needs a package, in pub's words.
const NEED: &str = "plimsoll:pub:dependency";

impl Extractor for PubspecLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("dart/pubspec-lock")
    }

    fn about(&self) -> About {
        About {
            title: "pub pubspec.lock, pubspec.yaml, .dart_tool/package_graph.json",
            specification: "https://dart.dev/tools/pub/glossary#lockfile",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name(LOCK), Interest::Name(MANIFEST), Interest::Path(".dart_tool/package_graph.json")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        if file.path().name() == GRAPH.as_bytes() {
            return graph::keep(&bytes, file.budget().limits(), out);
        }
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        match documents.first().filter(|root| root.as_map().is_some()) {
            Some(root) if file.path().name() == MANIFEST.as_bytes() => manifest::read(root).keep(out),
            Some(root) => emit(root, file.path(), out),
            None if fault.is_none() => return Err(ExtractError::malformed("not a mapping")),
            None => {}
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        graph::join(files);
        manifest::join(files);
    }
}

fn emit(root: &Node, path: &SourcePath, out: &mut Sink<'_>) {
    let sdks: HashMap<&str, &str> = root
        .get("sdks")
        .into_iter()
        .flat_map(Node::entries)
        .filter_map(|(sdk, range)| Some((sdk, range.as_str()?)))
        .collect();
    let packages = root.get("packages");
    if let Some(wrong) = packages.filter(|packages| packages.as_map().is_none() && !packages.is_null()) {
        out.malformed_entry(wrong.line(), "packages is not a mapping");
    }
    for (key, entry) in packages.into_iter().flat_map(|node| node.as_map().unwrap_or_default()) {
        let line = key.line();
        let Some(name) = key.as_str().filter(|_| entry.as_map().is_some()) else {
            out.malformed_entry(line, "not a package");
            continue;
        };
        let Some(mut component) = package(name, entry, &sdks, path, line, out) else { continue };
        let need = entry.get_str("dependency").unwrap_or_default();
        if need == "direct dev" {
            component.scope = Scope::Dev;
        } else if need == "direct main" {
            component.scope = Scope::Runtime;
        }
        if need.starts_with("direct") {
            component.properties.push((NEED.into(), need.into()));
        }
        out.component(component, line);
    }
}

fn package(
    name: &str,
    entry: &Node,
    sdks: &HashMap<&str, &str>,
    path: &SourcePath,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let description = entry.get("description");
    let option = |key: &str| description.and_then(|node| node.get_str(key));
    let version = entry.get_str("version").filter(|version| !version.is_empty());
    match entry.get_str("source") {
        Some("sdk") => {
            let sdk = description.and_then(Node::as_str).unwrap_or("flutter");
            let mut component = Component::new(ComponentKind::Framework, name);
            component.version_range = sdks.get(sdk).map(|range| (*range).into());
            component.properties.push(("plimsoll:pub:sdk".into(), sdk.into()));
            return Some(component);
        }
        Some("path") => {
            let mut component = Component::new(ComponentKind::Library, name);
            component.version = version.map(Into::into);
            component.location = Some(option("path").and_then(|place| path.sibling(place)).unwrap_or(path.clone()));
            return Some(component);
        }
        _ => {}
    }
    let Some(version) = version else {
        out.malformed_entry(line, format!("{name} has no version"));
        return None;
    };
    if entry.get_str("source") == Some("git") {
        let remote = option("url").unwrap_or_default();
        let mut url = git_url(remote, option("resolved-ref").or_else(|| option("ref")));
        if let Some(place) = option("path").filter(|place| !matches!(*place, "" | ".")) {
            url = format!("{url}#{place}");
        }
        let builder = Purl::builder("pub", name).version(version).qualifier("vcs_url", url.as_str());
        let mut component = Component::from_purl(out.purl(builder, line)?);
        component.references.push(reference(ReferenceKind::Vcs, url));
        return Some(component);
    }
    // The description of old locks is just the name.
    let registry = without_password(option("url").unwrap_or("https://pub.dev").trim_end_matches('/'));
    let public = PUBLIC.contains(&&*registry);
    let name = option("name").unwrap_or(name);
    let builder = Purl::builder("pub", name).version(version);
    let builder = if public { builder } else { builder.qualifier("repository_url", registry.clone()) };
    let mut component = Component::from_purl(out.purl(builder, line)?);
    if let Some(hex) = option("sha256").filter(|hex| !hex.is_empty()) {
        match Digest::from_hex(DigestAlgorithm::Sha256, hex) {
            Ok(digest) => component.hashes.push(digest),
            Err(_) => out.malformed_entry(line, format!("sha256 of {name} is not one")),
        }
    }
    if public {
        let url = format!("https://pub.dev/api/archives/{name}-{version}.tar.gz");
        component.references.push(reference(ReferenceKind::Distribution, url));
    }
    Some(component)
}
