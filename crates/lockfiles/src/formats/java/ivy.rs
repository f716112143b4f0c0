//! Apache Ivy: `ivy.xml`, and the reports of a resolution. <https://ant.apache.org/ivy/history/latest-milestone/ivyfile.html>
//!
//! - `ivy.xml` states what a module wants. A revision may be a range (`1.+`, `latest.release`, `[1.0,2.0[`), or stand in
//!   a property of the build, `${…}`, which is then not known.
//! - A report (`ORGANISATION-MODULE-CONFIGURATION.xml`, as Ivy and sbt write them) has what was taken, with edges: each
//!   revision names its callers. An evicted revision lost to another and is left out.
//! - An `ivy.xml` in a repository or cache describes a published module, not a project.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use syntax::xml::Element;

use crate::maven::{self, Artifact, Version};

/// Reads the files of Ivy.
pub(crate) struct Ivy;

impl Extractor for Ivy {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/ivy")
    }

    fn about(&self) -> About {
        About {
            title: "Ivy ivy.xml, resolution reports 1.0",
            specification: "https://ant.apache.org/ivy/history/latest-milestone/ivyfile.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("ivy.xml"),
            Interest::Path("resolution-cache/reports/*.xml"),
            Interest::Path("ivy-report/*.xml"),
            Interest::Path("ivy-reports/*.xml"),
            Interest::Path("ivy-report*.xml"),
            Interest::Path(".ivy2/cache/*.xml"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let (root, fault) = syntax::xml::parse_partial(&text.text, file.budget().limits());
        match &root {
            Some(root) if root.name() == "ivy-module" => module(root, file.path(), out),
            Some(root) if root.name() == "ivy-report" => report(root, file.path(), out),
            // Other tools write XML into these directories, too.
            Some(_) if file.path().name() != b"ivy.xml" => return Ok(()),
            _ if fault.is_none() => return Err(ExtractError::malformed("no <ivy-module> element")),
            _ => {}
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

/// Whether a file describes a published module: `…/ivys/ivy.xml` in a repository.
fn is_published(path: &SourcePath) -> bool {
    path.parent().ends_with(b"/ivys") || path.parent() == b"ivys"
}

fn attribute<'e>(element: &'e Element<'_>, name: &str) -> &'e str {
    element.attribute(name).map(str::trim).unwrap_or_default()
}

fn project(info: &Element<'_>, path: &SourcePath, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let (group, name) = (attribute(info, "organisation"), attribute(info, "module"));
    if name.is_empty() {
        return None;
    }
    let mut project = Component::new(ComponentKind::Application, name);
    project.group = Some(group).filter(|group| !group.is_empty()).map(Into::into);
    let revision = attribute(info, "revision");
    // What Ant would fill in is not known; `working@HOST` is what Ivy calls a module that has no revision.
    let known = !revision.is_empty() && !revision.contains("${") && !revision.starts_with("working@");
    project.version = known.then(|| revision.into());
    project.location = Some(path.clone());
    project.licenses = info.children("license").filter_map(|one| License::declared(attribute(one, "name"))).collect();
    project.description =
        info.text_of("description").map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ").into());
    Some(out.project(project, info.line()))
}

fn module(root: &Element<'_>, path: &SourcePath, out: &mut Sink<'_>) {
    if is_published(path) {
        return;
    }
    let info = root.child("info");
    let own = info.map(|info| attribute(info, "organisation")).unwrap_or_default();
    if let Some(info) = info {
        project(info, path, out);
    }
    let dependencies = root.child("dependencies");
    let default = dependencies.map(|list| attribute(list, "defaultconf")).unwrap_or_default();
    for entry in dependencies.into_iter().flat_map(|list| list.children("dependency")) {
        let line = entry.line();
        // Without an organisation it is that of the module itself.
        let group = Some(attribute(entry, "org")).filter(|group| !group.is_empty()).unwrap_or(own);
        let name = attribute(entry, "name");
        if name.is_empty() || name.contains("${") || group.contains("${") {
            out.malformed_entry(line, format!("the name of dependency {group}#{name} is not known"));
            continue;
        }
        let revision = attribute(entry, "rev");
        let revision = if revision.contains("${") { "" } else { revision };
        let version = match revision {
            "latest.integration" | "latest.milestone" => Version::Range(revision),
            revision => Version::read(revision),
        };
        let classifier = entry.children("artifact").find_map(|one| one.attribute("m:classifier")).unwrap_or_default();
        let artifact = Artifact { group, name, classifier, kind: "" };
        let Some(mut component) = maven::library(artifact, version, line, out) else { continue };
        match version {
            Version::Exact(_) => {}
            Version::Range(range) => {
                out.diagnose(DiagnosticCode::UNPINNED, line, format!("{group}#{name} is not pinned: {range}"));
            }
            Version::Unknown => {
                let message = format!("the revision of {group}#{name} is not known");
                out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, message);
            }
        }
        let mapping = Some(attribute(entry, "conf")).filter(|conf| !conf.is_empty()).unwrap_or(default);
        component.scope = scope_of(mapping);
        let scope = component.scope;
        let at = out.component(component, line);
        out.direct(at, scope);
    }
}

/// The scope of a mapping, `compile->default;test->default`: the strongest of the configurations on the left.
fn scope_of(mapping: &str) -> Scope {
    let left = mapping.split(';').map(|one| one.split("->").next().unwrap_or_default());
    let names = left.flat_map(|names| names.split(',')).map(str::trim).filter(|name| !name.is_empty());
    names.map(configuration_scope).max().unwrap_or_default()
}

fn configuration_scope(name: &str) -> Scope {
    match name.trim_end_matches("-internal") {
        "compile" | "runtime" | "default" | "master" | "*" => Scope::Runtime,
        "provided" | "system" | "plugin" | "scala-tool" | "scala-doc-tool" | "build" => Scope::Build,
        "optional" => Scope::Optional,
        name if name.contains("test") || name == "it" => Scope::Dev,
        _ => Scope::Unspecified,
    }
}

fn report(root: &Element<'_>, path: &SourcePath, out: &mut Sink<'_>) {
    let info = root.child("info");
    let scope = info.map(|info| configuration_scope(attribute(info, "conf"))).unwrap_or_default();
    let own = info.map(|info| (attribute(info, "organisation"), attribute(info, "module"))).unwrap_or_default();
    if let Some(info) = info {
        project(info, path, out);
    }
    let modules = || root.child("dependencies").into_iter().flat_map(|list| list.children("module"));
    let taken =
        |revision: &&Element<'_>| revision.child("evicted-by").is_none() && revision.attribute("evicted").is_none();
    let mut by_name: HashMap<(&str, &str), ComponentRef> = HashMap::new();
    for module in modules() {
        let (group, name) = (attribute(module, "organisation"), attribute(module, "name"));
        for revision in module.children("revision").filter(taken) {
            let version = attribute(revision, "name");
            if version.is_empty() || name.is_empty() {
                out.malformed_entry(revision.line(), "a revision without name");
                continue;
            }
            let artifact = Artifact::jar(group, name);
            let Some(mut component) = maven::library(artifact, Version::Exact(version), revision.line(), out) else {
                continue;
            };
            complete(&mut component, revision);
            component.scope = scope;
            by_name.insert((group, name), out.component(component, revision.line()));
        }
    }
    for module in modules() {
        let Some(&to) = by_name.get(&(attribute(module, "organisation"), attribute(module, "name"))) else { continue };
        for caller in module.children("revision").filter(taken).flat_map(|revision| revision.children("caller")) {
            let from = (attribute(caller, "organisation"), attribute(caller, "name"));
            match by_name.get(&from) {
                Some(&from) => out.depends(from, to, scope),
                None if from == own => out.direct(to, scope),
                // An evicted revision wanted it.
                None => {}
            }
        }
    }
}

fn complete(component: &mut Component, revision: &Element<'_>) {
    component.licenses =
        revision.children("license").filter_map(|one| License::declared(attribute(one, "name"))).collect();
    let mut add = |kind, url: &str| {
        if url.contains("://") && !url.starts_with("file:") {
            let url = crate::locator::without_password(url).into();
            component.references.push(ExternalReference { kind, url, hashes: Vec::new() });
        }
    };
    add(ReferenceKind::Website, attribute(revision, "homepage"));
    for artifact in revision.children("artifacts").flat_map(|list| list.children("artifact")) {
        let location = artifact.child("origin-location").map(|origin| attribute(origin, "location"));
        add(ReferenceKind::Distribution, location.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings() {
        for (mapping, want) in [
            ("compile->default", Scope::Runtime),
            ("test->default", Scope::Dev),
            ("test->default;runtime->master", Scope::Runtime),
            ("provided,test->*", Scope::Build),
            ("", Scope::Unspecified),
            ("custom->default", Scope::Unspecified),
        ] {
            assert_eq!(scope_of(mapping), want, "{mapping}");
        }
    }
}
