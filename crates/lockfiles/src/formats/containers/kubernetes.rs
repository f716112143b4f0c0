//! Kubernetes manifests: the images of containers, and those that a kustomization sets.
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container>,
//! <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/>
//!
//! - No name says that a YAML file is a manifest. Files in directories and with names that people use for manifests are
//!   looked at, and read when they have both `apiVersion:` and `kind:`.
//! - Containers stand at many depths (pod, deployment, cron job, custom resources), always in a list that is called
//!   `containers`, `initContainers` or `ephemeralContainers`; so every such list counts.
//! - A template of Helm is no YAML until it is rendered; a fault in a file with `{{` is no fault.

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::container_image::emit;

/// Reads manifests.
pub(crate) struct Kubernetes;

impl Extractor for Kubernetes {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("containers/kubernetes")
    }

    fn about(&self) -> About {
        About {
            title: "Kubernetes manifests, kustomization.yaml",
            specification: "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name("kustomization.yaml"),
            Interest::Name("kustomization.yml"),
            Interest::Path("*k8s*/*.yaml"),
            Interest::Path("*k8s*/*.yml"),
            Interest::Path("*kube*/*.yaml"),
            Interest::Path("*kube*/*.yml"),
            Interest::Path("*k8s*/*/*.yaml"),
            Interest::Path("*kube*/*/*.yaml"),
            Interest::Path("*manifest*/*.yaml"),
            Interest::Path("*manifest*/*.yml"),
            Interest::Path("*deploy*/*.yaml"),
            Interest::Path("*deploy*/*.yml"),
            Interest::Path("base/*.yaml"),
            Interest::Path("overlays/*/*.yaml"),
            Interest::Path("templates/*.yaml"),
            Interest::Path("*deploy*.yaml"),
            Interest::Path("*deploy*.yml"),
            Interest::Path("*k8s*.yaml"),
            Interest::Path("*k8s*.yml"),
            Interest::Path("*kube*.yaml"),
            Interest::Path("*kube*.yml"),
            Interest::Path("*statefulset*.yaml"),
            Interest::Path("*daemonset*.yaml"),
            Interest::Path("*cronjob*.yaml"),
            Interest::Path("*pod*.yaml"),
            Interest::Path("*job*.yaml"),
            Interest::Name("install.yaml"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let has = |word: &[u8]| memchr::memmem::find(&bytes, word).is_some();
        let kustomization = file.path().name().starts_with(b"kustomization.");
        let manifest = has(b"apiVersion:") && has(b"kind:") && has(b"image:");
        if !kustomization && !manifest {
            return Ok(());
        }
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        for document in &documents {
            if kustomization {
                document.get("images").into_iter().flat_map(Node::items).for_each(|image| replaced(image, out));
            } else if document.get("apiVersion").is_some() && document.get("kind").is_some() {
                walk(document, out);
            }
        }
        match fault {
            Some(fault) if !has(b"{{") => Err(fault.into()),
            _ => Ok(()),
        }
    }
}

/// Looks for lists of containers. A document is no deeper than its reader allows, and aliases cost as what they name.
fn walk(node: &Node, out: &mut Sink<'_>) {
    for (key, value) in node.entries() {
        if matches!(key, "containers" | "initContainers" | "ephemeralContainers") {
            value.items().for_each(|container| image(container, out));
        } else {
            walk(value, out);
        }
    }
    node.items().for_each(|item| walk(item, out));
}

fn image(container: &Node, out: &mut Sink<'_>) {
    let Some(image) = container.get("image") else { return };
    let Some(text) = image.as_str() else {
        if !image.is_null() {
            out.malformed_entry(image.line(), "image left out: it is no text");
        }
        return;
    };
    if let Some(at) = emit(text, image.line(), Scope::Runtime, out) {
        out.direct(at, Scope::Runtime);
    }
}

/// `name`, with `newName`, `newTag` and `digest` in its place.
fn replaced(image: &Node, out: &mut Sink<'_>) {
    let text = |key: &str| image.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
    let Some(name) = text("newName").or_else(|| text("name")) else {
        return out.malformed_entry(image.line(), "image left out: it has no name");
    };
    let mut reference = name.to_owned();
    if let Some(tag) = text("newTag") {
        reference.push_str(&format!(":{tag}"));
    }
    if let Some(digest) = text("digest") {
        reference.push_str(&format!("@{digest}"));
    }
    if let Some(at) = emit(&reference, image.line(), Scope::Runtime, out) {
        out.direct(at, Scope::Runtime);
    }
}
