//! The SBOM of what a build really read.

use plimsoll_model::{Component, ComponentKind, Digest, DigestAlgorithm, GraphBuilder};
use plimsoll_sbom::{Lifecycle, Observation, Subject, Timestamp as Instant, Tool};

use super::{Build, seconds};
use crate::observe::{Class, Group};

impl Build {
    /// The SBOM of what was read: the packages with a purl, with the digests that lockfiles say.
    #[must_use]
    pub fn bill(&self) -> Observation {
        let mut graph = GraphBuilder::default();
        for group in self.inventory.groups.values() {
            graph.add(component(group));
        }
        let graph = graph.finish();
        let subject =
            self.products.first().map_or("build", |product| product.name.rsplit('/').next().unwrap_or("build"));
        let mut component = Component::new(ComponentKind::Application, subject);
        if let [product] = self.products.as_slice() {
            component.hashes = product.digest.iter().filter_map(|(name, value)| digest(name, value)).collect();
        }
        let mut properties = vec![("plimsoll:observed".to_owned(), "build".to_owned())];
        let incomplete = self.incomplete();
        properties.push(("plimsoll:observed:complete".to_owned(), incomplete.is_empty().to_string()));
        properties.extend(incomplete.into_iter().map(|why| ("plimsoll:observed:incomplete".to_owned(), why)));
        Observation {
            subject: Subject { component, direct: graph.roots() },
            graph,
            files: Vec::new(),
            layers: Vec::new(),
            timestamp: Instant::new(&seconds(self.finished)).ok(),
            authors: Vec::new(),
            supplier: None,
            tools: vec![Tool { name: "plimsoll".to_owned(), version: Some(self.version.clone()), vendor: None }],
            lifecycle: Lifecycle::Build,
            properties,
            diagnostics: Vec::new(),
        }
    }
}

fn digest(algorithm: &str, hex: &str) -> Option<Digest> {
    Digest::from_hex(DigestAlgorithm::from_name(algorithm)?, hex).ok()
}

fn component(group: &Group) -> Component {
    let mut component = Component::from_purl(group.purl.clone());
    if group.class == Class::Toolchain {
        component.kind = ComponentKind::Application;
    }
    component.hashes = group.digest.iter().filter_map(|(name, value)| digest(name, value)).collect();
    component.properties = vec![
        ("plimsoll:observed:class".into(), group.class.word().into()),
        ("plimsoll:observed:files".into(), group.files.len().to_string().into()),
        ("plimsoll:observed:files-sha256".into(), group.files_digest().into()),
    ];
    component
}
