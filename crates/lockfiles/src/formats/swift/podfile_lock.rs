//! `Podfile.lock` of CocoaPods. <https://guides.cocoapods.org/using/using-cocoapods.html#what-is-podfilelock>
//!
//! `PODS` lists every pod and subspec as `Name/Subspec (1.0)`, with what it needs below; a subspec is a component of
//! its own, with the subspec as subpath of its purl. `DEPENDENCIES` is what the `Podfile` names. What surprises: a spec
//! repository, an external source and a checksum are of the whole pod, so they are looked up by the first part of the
//! name; the checksum is of the pod's specification, not of its code, so it is a property and no digest.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::yaml::{self, Node};

use crate::locator::without_password;
use crate::vcs::{git_url, reference};

/// Reads the lockfile of CocoaPods.
pub(crate) struct PodfileLock;

/// Names and addresses of the public repository of specifications.
const TRUNK: [&str; 4] = ["trunk", "master", "https://github.com/CocoaPods/Specs.git", "https://cdn.cocoapods.org"];

impl Extractor for PodfileLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("swift/podfile-lock")
    }

    fn about(&self) -> About {
        About {
            title: "CocoaPods Podfile.lock, Pods/Manifest.lock",
            specification: "https://guides.cocoapods.org/using/using-cocoapods.html#what-is-podfilelock",
            facts: &[Fact::Edges, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("Podfile.lock"), Interest::Path("Pods/Manifest.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        match documents.first().filter(|root| root.as_map().is_some()) {
            Some(root) => Lock::new(root, file.path()).emit(root, out),
            None if fault.is_none() => return Err(ExtractError::malformed("not a mapping")),
            None => {}
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

/// Where a pod comes from, when that is no repository of specifications.
#[derive(Clone, Copy, Default)]
struct Source<'y> {
    path: Option<&'y str>,
    git: Option<&'y str>,
    commit: Option<&'y str>,
    tag: Option<&'y str>,
    http: Option<&'y str>,
}

/// What the file says of whole pods.
struct Lock<'y> {
    path: &'y SourcePath,
    repositories: HashMap<&'y str, &'y str>,
    sources: HashMap<&'y str, Source<'y>>,
    checksums: HashMap<&'y str, &'y str>,
    pods: HashMap<&'y str, ComponentRef>,
}

impl<'y> Lock<'y> {
    fn new(root: &'y Node, path: &'y SourcePath) -> Self {
        let section = |name: &str| root.get(name).into_iter().flat_map(Node::entries);
        let mut sources: HashMap<&str, Source<'_>> = HashMap::new();
        // What was checked out in the end says more than what was asked for.
        for (pod, options) in section("EXTERNAL SOURCES").chain(section("CHECKOUT OPTIONS")) {
            let source = sources.entry(pod).or_default();
            for (key, value) in options.entries() {
                let place = match key {
                    ":path" => &mut source.path,
                    ":git" => &mut source.git,
                    ":commit" => &mut source.commit,
                    ":tag" => &mut source.tag,
                    ":http" => &mut source.http,
                    _ => continue,
                };
                *place = value.as_str();
            }
        }
        let repositories = section("SPEC REPOS")
            .flat_map(|(repository, pods)| pods.items().filter_map(Node::as_str).map(move |pod| (pod, repository)));
        Self {
            path,
            repositories: repositories.collect(),
            sources,
            checksums: section("SPEC CHECKSUMS").filter_map(|(pod, sum)| Some((pod, sum.as_str()?))).collect(),
            pods: HashMap::new(),
        }
    }

    fn emit(mut self, root: &'y Node, out: &mut Sink<'_>) {
        let mut needs = Vec::new();
        for node in root.get("PODS").into_iter().flat_map(Node::items) {
            // A pod that needs others is a mapping of one entry.
            let entry = node.as_str().map(|text| (text, None)).or_else(|| {
                let (text, dependencies) = node.entries().next()?;
                Some((text, Some(dependencies)))
            });
            let Some((text, dependencies)) = entry else {
                out.malformed_entry(node.line(), "neither a pod nor a pod with what it needs");
                continue;
            };
            let Some(at) = self.pod(text, node.line(), out) else { continue };
            let dependencies = dependencies.into_iter().flat_map(Node::items).filter_map(Node::as_str);
            needs.extend(dependencies.map(|dependency| (at, name(dependency))));
        }
        for (from, name) in needs {
            if let Some(&to) = self.pods.get(name) {
                out.depends(from, to, Scope::Unspecified);
            }
        }
        for dependency in root.get("DEPENDENCIES").into_iter().flat_map(Node::items).filter_map(Node::as_str) {
            if let Some(&to) = self.pods.get(name(dependency)) {
                out.direct(to, Scope::Unspecified);
            }
        }
    }

    fn pod(&mut self, text: &'y str, line: u32, out: &mut Sink<'_>) -> Option<ComponentRef> {
        let name = name(text);
        let version = text.split_once(" (").and_then(|(_, rest)| rest.strip_suffix(')'));
        let Some(version) = version.filter(|version| !version.is_empty()) else {
            out.malformed_entry(line, format!("{name} has no version"));
            return None;
        };
        let (pod, subspec) = name.split_once('/').unwrap_or((name, ""));
        let source = self.sources.get(pod).copied();
        let component = match source.and_then(|source| source.path) {
            Some(place) => self.local(name, version, place),
            None => self.published((pod, subspec), version, source, line, out)?,
        };
        let at = out.component(component, line);
        self.pods.insert(name, at);
        Some(at)
    }

    fn published(
        &self,
        (pod, subspec): (&str, &str),
        version: &str,
        source: Option<Source<'_>>,
        line: u32,
        out: &mut Sink<'_>,
    ) -> Option<Component> {
        let mut builder = Purl::builder("cocoapods", pod).version(version).subpath(subspec);
        let mut found = None;
        if let Some(source) = source {
            if let Some(remote) = source.git {
                let url = git_url(remote, source.commit.or(source.tag));
                builder = builder.qualifier("vcs_url", url.as_str());
                found = Some(reference(ReferenceKind::Vcs, url));
            } else if let Some(url) = source.http {
                let url = without_password(url);
                builder = builder.qualifier("download_url", url.clone());
                found = Some(reference(ReferenceKind::SourceDistribution, url));
            }
        } else if let Some(repository) = self.repositories.get(pod).filter(|held| !TRUNK.contains(held)) {
            builder = builder.qualifier("repository_url", without_password(repository));
        }
        let mut component = Component::from_purl(out.purl(builder, line)?);
        if !subspec.is_empty() {
            component.name = format!("{pod}/{subspec}").into();
        }
        component.references.extend(found);
        if let Some(checksum) = self.checksums.get(pod) {
            component.properties.push(("plimsoll:cocoapods:spec-sha1".into(), (*checksum).into()));
        }
        Some(component)
    }

    /// A pod in a directory of the project, or of a package of another ecosystem.
    fn local(&self, name: &str, version: &str, place: &str) -> Component {
        let mut component = Component::new(ComponentKind::Library, name);
        component.version = Some(version.into());
        // `Pods/Manifest.lock` is a copy of the lock above it.
        let place = if self.path.name() == b"Manifest.lock" { format!("../{place}") } else { place.to_owned() };
        component.location = Some(self.path.sibling(place).unwrap_or_else(|| self.path.clone()));
        component
    }
}

/// The name in `Name/Subspec (= 1.0)` or ``Name (from `path`)``.
fn name(text: &str) -> &str {
    text.split(" (").next().unwrap_or_default().trim()
}
