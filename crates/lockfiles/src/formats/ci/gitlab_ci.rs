//! GitLab CI: `.gitlab-ci.yml` and the files that it includes. <https://docs.gitlab.com/ci/yaml/#include>
//!
//! - `include` takes files of this project (`local`, read when their name says so), of another one (`project`, `file`,
//!   `ref`), from a URL (`remote`), that GitLab ships (`template`) or from its catalogue (`component`, with a version).
//! - `image` and `services` stand at the top, under `default` and in each job; a job is any other mapping.
//! - Which server a `project` is on is not in the file. There is no purl type for GitLab's projects.

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::container_image::{self, MOVABLE, substitute};
use crate::locator::without_password;
use crate::repository::{ancestors, is_commit};

/// Reads pipelines of GitLab.
pub(crate) struct GitlabCi;

impl Extractor for GitlabCi {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ci/gitlab-ci")
    }

    fn about(&self) -> About {
        About {
            title: "GitLab CI includes, components and images",
            specification: "https://docs.gitlab.com/ci/yaml/",
            facts: &[Fact::Edges, Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("*.gitlab-ci.yml"),
            Interest::Path("*.gitlab-ci.yaml"),
            Interest::Path(".gitlab/ci/*.yml"),
            Interest::Path(".gitlab/ci/*.yaml"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        let Some(first) = documents.first() else { return fault.map_or(Ok(()), |fault| Err(fault.into())) };
        let mut project = Component::new(ComponentKind::Application, file.path().to_string());
        project.location = Some(file.path().clone());
        out.project(project, first.line());
        let mut local = String::new();
        // A component of the catalogue has a document of its own for its inputs, before the pipeline.
        for root in &documents {
            let variables = root.get("variables");
            for (key, value) in root.entries() {
                match key {
                    "include" => include(value, &mut local, out),
                    "image" => image(value, variables, out),
                    "services" => value.items().for_each(|service| image(service, variables, out)),
                    _ => job(value, variables, out),
                }
            }
        }
        out.keep(local);
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for file in files.files() {
            let kept = String::from_utf8(files.take_kept(file)).unwrap_or_default();
            let Some(from) = files.components(file).next().map(|(at, _)| at) else { continue };
            for (line, path) in kept.lines().filter_map(|entry| entry.split_once('\t')) {
                let found = find_local(files, file, path);
                let target = found.and_then(|found| files.components(found).next().map(|(at, _)| at));
                match target {
                    Some(target) if target != from => {
                        files.relate(from, target, RelationshipKind::DependsOn, Scope::Build);
                    }
                    Some(_) => {}
                    // Patterns and files of other names are not looked for.
                    None if path.contains('*') => {}
                    None => {
                        if let Some(mut sink) = files.sink(file) {
                            let message = format!("the include {path} was not read");
                            sink.diagnose(DiagnosticCode::INCLUDE_MISSING, line.parse().unwrap_or_default(), message);
                        }
                    }
                }
            }
        }
    }
}

/// A local include starts at the root of the repository, which is some directory above the file.
fn find_local(files: &Resolver<'_>, file: FileHandle, path: &str) -> Option<FileHandle> {
    let from = files.path(file)?.parent();
    ancestors(from).find_map(|directory| {
        let place = [directory, b"/", path.trim_start_matches('/').as_bytes()].concat();
        files.find(&SourcePath::new(place).ok()?)
    })
}

fn job(job: &Node, variables: Option<&Node>, out: &mut Sink<'_>) {
    if let Some(found) = job.get("image") {
        image(found, variables, out);
    }
    for service in job.get("services").into_iter().flat_map(Node::items) {
        image(service, variables, out);
    }
    // `trigger: include:` starts a pipeline of its own.
    if let Some(trigger) = job.get("trigger").and_then(|trigger| trigger.get("include")) {
        include(trigger, &mut String::new(), out);
    }
}

/// A reference, or a mapping with `name`.
fn image(node: &Node, variables: Option<&Node>, out: &mut Sink<'_>) {
    let Some(text) = node.as_str().or_else(|| node.get_str("name")).filter(|text| !text.is_empty()) else { return };
    let value = |name: &str| {
        let held = variables?.get(name)?;
        held.as_str().or_else(|| held.get_str("value")).map(ToOwned::to_owned)
    };
    let text = substitute(text, value);
    if let Some(at) = container_image::emit(&text, node.line(), Scope::Build, out) {
        out.direct(at, Scope::Build);
    }
}

/// One include or a list of them; a text is a local path or a URL.
fn include(node: &Node, local: &mut String, out: &mut Sink<'_>) {
    if node.as_seq().is_some() {
        return node.items().filter(|item| item.as_seq().is_none()).for_each(|item| include(item, local, out));
    }
    let line = node.line();
    let text = node.as_str();
    let get = |key: &str| node.get_str(key).filter(|value| !value.is_empty());
    let remote = get("remote").or(text.filter(|text| text.contains("://")));
    let component = if let Some(path) = get("local").or(text.filter(|text| !text.contains("://"))) {
        local.push_str(&format!("{line}\t{path}\n"));
        return;
    } else if let Some(project) = get("project") {
        return files_of(project, node, out);
    } else if let Some(url) = remote {
        from_url(url, line, out)
    } else if let Some(component) = get("component") {
        catalogued(component, line, out)
    } else if let Some(template) = get("template") {
        let mut component = Component::new(ComponentKind::Library, template);
        component.properties.push(("plimsoll:gitlab:include".into(), "template".into()));
        Some(component)
    } else {
        return out.malformed_entry(line, "include left out: it names nothing");
    };
    let Some(component) = component else { return };
    add(component, line, out);
}

fn add(mut component: Component, line: u32, out: &mut Sink<'_>) {
    component.scope = Scope::Build;
    let at = out.component(component, line);
    out.direct(at, Scope::Build);
}

/// `file` is one path or several.
fn files_of(project: &str, node: &Node, out: &mut Sink<'_>) {
    let reference = node.get_str("ref").unwrap_or_default();
    let single = node.get_str("file").into_iter();
    let listed = node.get("file").into_iter().flat_map(Node::items).filter_map(Node::as_str);
    for file in single.chain(listed) {
        let (namespace, name) = project.rsplit_once('/').unwrap_or(("", project));
        let builder = Purl::builder("generic", name)
            .namespace(namespace)
            .version(reference)
            .subpath(file.trim_start_matches('/'));
        let Some(purl) = out.purl(builder, node.line()) else { continue };
        let mut component = Component::from_purl(purl);
        component.properties.push(("plimsoll:gitlab:include".into(), "project".into()));
        mark(&mut component, reference);
        add(component, node.line(), out);
    }
}

fn mark(component: &mut Component, reference: &str) {
    if !is_commit(reference) {
        let reference = if reference.is_empty() { "HEAD" } else { reference };
        component.properties.push((MOVABLE.into(), reference.into()));
    }
}

fn from_url(url: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let url = without_password(url);
    let name = url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let purl = out.purl(Purl::builder("generic", name).qualifier("download_url", url.as_ref()), line)?;
    let mut component = Component::from_purl(purl);
    let (kind, url) = (ReferenceKind::Distribution, url.as_ref().into());
    component.references.push(ExternalReference { kind, url, hashes: Vec::new() });
    component.properties.push(("plimsoll:gitlab:include".into(), "remote".into()));
    Some(component)
}

/// `server/group/project/component@version`; the server may be a variable.
fn catalogued(text: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let (place, version) = text.rsplit_once('@').unwrap_or((text, ""));
    let (server, path) = place.split_once('/').unwrap_or(("", place));
    let (project, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (namespace, repository) = project.rsplit_once('/').unwrap_or(("", project));
    let known = !server.contains('$');
    let locator = format!("git+https://{server}/{project}@{version}");
    let builder = Purl::builder("generic", if repository.is_empty() { name } else { repository })
        .namespace(namespace)
        .version(version)
        .qualifier("vcs_url", if known { locator.as_str() } else { "" })
        .subpath(if repository.is_empty() { "" } else { name });
    let mut component = Component::from_purl(out.purl(builder, line)?);
    component.properties.push(("plimsoll:gitlab:include".into(), "component".into()));
    mark(&mut component, version);
    Some(component)
}
