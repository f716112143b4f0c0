//! Azure Pipelines: `azure-pipelines.yml`, its repositories, containers and tasks.
//! <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/>
//!
//! A task is `Name@1`: the major version, which moves with every release of it. A task has no purl: it
//! comes from no registry of packages.

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::container_image::{self, MOVABLE};
use crate::repository::Repository;

/// Reads pipelines of Azure.
pub(crate) struct AzurePipelines;

impl Extractor for AzurePipelines {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ci/azure-pipelines")
    }

    fn about(&self) -> About {
        About {
            title: "Azure Pipelines repositories, containers and tasks",
            specification: "https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/",
            facts: &[Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("*azure-pipelines*.yml"),
            Interest::Path("*azure-pipelines*.yaml"),
            Interest::Path(".azure-pipelines/*.yml"),
            Interest::Path(".azure-pipelines/*.yaml"),
            Interest::Path(".pipelines/*.yml"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        if let Some(root) = documents.first() {
            resources(root, out);
            walk(root, out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn resources(root: &Node, out: &mut Sink<'_>) {
    let Some(resources) = root.get("resources") else { return };
    for node in resources.get("repositories").into_iter().flat_map(Node::items) {
        let Some(name) = node.get_str("name") else {
            out.malformed_entry(node.line(), "repository left out: it has no name");
            continue;
        };
        let reference = node.get_str("ref").unwrap_or_default();
        let short = ["refs/heads/", "refs/tags/"].iter().find_map(|prefix| reference.strip_prefix(prefix));
        let url = match node.get_str("type") {
            Some("github") => format!("https://github.com/{name}"),
            Some("bitbucket") => format!("https://bitbucket.org/{name}"),
            _ => String::new(),
        };
        let repository = Repository { url: &url, revision: short.unwrap_or(reference), path: "", name };
        if let Some(component) = repository.component(node.line(), out) {
            add(component, node.line(), out);
        }
    }
    for node in resources.get("containers").into_iter().flat_map(Node::items) {
        image(node.get("image"), out);
    }
}

fn add(mut component: Component, line: u32, out: &mut Sink<'_>) {
    component.scope = Scope::Build;
    let at = out.component(component, line);
    out.direct(at, Scope::Build);
}

fn image(image: Option<&Node>, out: &mut Sink<'_>) {
    let Some((node, text)) = image.and_then(|image| Some((image, image.as_str()?))) else { return };
    if let Some(at) = container_image::emit(text, node.line(), Scope::Build, out) {
        out.direct(at, Scope::Build);
    }
}

/// Steps stand in jobs, in stages, in templates, below conditions. No deeper than the reader allows.
fn walk(node: &Node, out: &mut Sink<'_>) {
    for (key, value) in node.entries() {
        match key {
            "task" => task(value, out),
            // A name of the resources has no tag and no path; an image has one of them.
            "container" => {
                let inline = value.as_str().is_some_and(|text| text.contains([':', '/']) && !text.contains("${{"));
                image(if inline { Some(value) } else { value.get("image") }, out);
            }
            "resources" => {}
            _ => walk(value, out),
        }
    }
    node.items().for_each(|item| walk(item, out));
}

fn task(node: &Node, out: &mut Sink<'_>) {
    let Some(text) = node.as_str() else { return };
    let (name, version) = text.split_once('@').unwrap_or((text, ""));
    // A task of an extension is `publisher.extension.id.Name`, or has its id for a name. No registry of packages has it.
    let mut component = Component::new(ComponentKind::Library, name);
    component.group = Some("azure-pipelines-task".into());
    component.version = Some(version).filter(|version| !version.is_empty()).map(Into::into);
    component.properties.push(("plimsoll:azure:kind".into(), "task".into()));
    if version.split('.').count() != 3 {
        component.properties.push((MOVABLE.into(), version.into()));
    }
    add(component, node.line(), out);
}
