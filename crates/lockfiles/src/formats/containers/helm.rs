//! Helm charts: `Chart.yaml` with its dependencies, `Chart.lock`; `requirements.yaml` and `requirements.lock` of Helm 2.
//! <https://helm.sh/docs/topics/charts/#the-chartyaml-file>
//!
//! The lock has the exact versions, `Chart.yaml` the ranges: a dependency that is locked is taken from the lock. Its
//! `digest` is that of the list of dependencies, not of a chart. A repository may be `file://…`, a chart beside this one.
//! `helm` is no type of purl-spec, but the one that other tools use.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::locator::without_password;

/// Reads charts and their locks.
pub(crate) struct Helm;

impl Extractor for Helm {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("containers/helm")
    }

    fn about(&self) -> About {
        About {
            title: "Helm Chart.yaml, Chart.lock, requirements.yaml, requirements.lock",
            specification: "https://helm.sh/docs/topics/charts/#the-chartyaml-file",
            facts: &[Fact::Edges, Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("Chart.yaml"),
            Interest::Name("Chart.yml"),
            Interest::Name("Chart.lock"),
            Interest::Name("requirements.yaml"),
            Interest::Name("requirements.lock"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        // Other tools have requirements too; those of Helm always name repositories.
        let chart = file.path().name().starts_with(b"Chart.");
        if !chart && memchr::memmem::find(&bytes, b"repository:").is_none() {
            return Ok(());
        }
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        if let Some(root) = documents.first() {
            if matches!(file.path().name(), b"Chart.yaml" | b"Chart.yml") {
                project(root, file.path(), out);
            }
            for entry in root.get("dependencies").into_iter().flat_map(Node::items) {
                dependency(entry, file.path(), out);
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for (lock, manifest) in [("Chart.lock", "Chart.yaml"), ("requirements.lock", "requirements.yaml")] {
            for lock in files.named(lock) {
                join(files, lock, manifest);
            }
        }
    }
}

fn project(root: &Node, path: &SourcePath, out: &mut Sink<'_>) {
    let Some(name) = root.get_str("name").filter(|name| !name.is_empty()) else {
        return out.malformed_entry(root.line(), "chart without a name");
    };
    let mut chart = Component::new(ComponentKind::Application, name);
    chart.version = root.get_str("version").map(Into::into);
    chart.location = Some(path.clone());
    chart.description = root.get_str("description").map(Into::into);
    if let Some(version) = root.get_str("appVersion") {
        chart.properties.push(("plimsoll:helm:app-version".into(), version.into()));
    }
    if let Some(url) = root.get_str("home") {
        chart.references.push(ExternalReference { kind: ReferenceKind::Website, url: url.into(), hashes: Vec::new() });
    }
    for source in root.get("sources").into_iter().flat_map(Node::items).filter_map(Node::as_str) {
        let url = without_password(source).as_ref().into();
        chart.references.push(ExternalReference { kind: ReferenceKind::Vcs, url, hashes: Vec::new() });
    }
    out.project(chart, root.line());
}

fn dependency(entry: &Node, path: &SourcePath, out: &mut Sink<'_>) {
    let line = entry.line();
    let Some(name) = entry.get_str("name").filter(|name| !name.is_empty()) else {
        return out.malformed_entry(line, "dependency left out: it has no name");
    };
    let version = entry.get_str("version").unwrap_or_default();
    let repository = entry.get_str("repository").unwrap_or_default();
    let optional = entry.get("condition").is_some() || entry.get("tags").is_some();
    let scope = if optional { Scope::Optional } else { Scope::Runtime };
    let pinned = is_version(version);
    let mut component = if let Some(directory) = repository.strip_prefix("file://") {
        let mut chart = Component::new(ComponentKind::Library, name);
        chart.location = path.sibling(format!("{directory}/Chart.yaml"));
        chart.version = Some(version).filter(|_| pinned).map(Into::into);
        chart
    } else {
        let repository = without_password(repository);
        let builder = Purl::builder("helm", name)
            .version(if pinned { version } else { "" })
            .qualifier("repository_url", repository.as_ref());
        let Some(purl) = out.purl(builder, line) else { return };
        Component::from_purl(purl)
    };
    component.scope = scope;
    if !pinned {
        component.version_range = Some(version).filter(|version| !version.is_empty()).map(Into::into);
    }
    let at = out.component(component, line);
    // The dependencies of a lock hang on the chart beside it.
    if !path.name().ends_with(b".lock") {
        out.direct(at, scope);
    }
}

/// A version, and no range: `1.2.3`, `v1.2.3-rc.1`. `1.2` is a range.
fn is_version(text: &str) -> bool {
    let number = text.trim().strip_prefix('v').unwrap_or(text.trim());
    let core = number.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Takes the dependencies of a manifest back that its lock has, and hangs the locked ones on the chart.
fn join(files: &mut Resolver<'_>, lock: FileHandle, manifest: &str) {
    let locked: HashMap<String, Handle> =
        files.components(lock).map(|(at, component)| (component.name.to_string(), at)).collect();
    let chart = files.find_beside(lock, "Chart.yaml").or_else(|| files.find_beside(lock, "Chart.yml"));
    let manifest = files.find_beside(lock, manifest).or(chart);
    let chart = chart.and_then(|chart| files.components(chart).next().map(|(at, _)| at));
    let mut replaced = Vec::new();
    if let Some(manifest) = manifest {
        let held: Vec<(Handle, Scope, String)> = files
            .components(manifest)
            .filter(|(_, component)| component.kind == ComponentKind::Library)
            .map(|(at, component)| (at, component.scope, component.name.to_string()))
            .collect();
        for (at, scope, name) in held {
            let Some(locked) = locked.get(&name) else { continue };
            if let Some(component) = files.get_mut(*locked) {
                component.scope = scope;
            }
            replaced.push(at.component);
        }
        // The chart itself comes first, so its handle stays.
        files.retain(manifest, |component| !replaced.contains(&component));
    }
    let mut all: Vec<Handle> = locked.into_values().collect();
    all.sort_unstable();
    for at in all {
        let scope = files.get_mut(at).map_or(Scope::Runtime, |component| component.scope);
        match chart {
            Some(chart) => files.relate(chart, at, RelationshipKind::DependsOn, scope),
            None => {
                if let Some(mut sink) = files.sink(at.file) {
                    sink.direct(at.component, scope);
                }
            }
        }
    }
}
