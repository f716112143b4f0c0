//! Signatures and records of one file, joined: the record says what it is, and the signature completes it.

use std::collections::{BTreeMap, HashMap, HashSet};

use plimsoll_model::{
    Component, ComponentIndex, ComponentKind, ExtractorId, GraphBuilder, Purl, SourcePath, Technique,
};

use crate::{Extractor, Rank};

/// The extractors that go by signatures.
#[derive(Debug, Default)]
pub(crate) struct Signatures(HashSet<ExtractorId>);

impl Signatures {
    pub(crate) fn of(extractors: &[&dyn Extractor]) -> Self {
        let signatures = extractors.iter().filter(|extractor| extractor.rank() == Rank::Signature);
        Self(signatures.map(|extractor| extractor.id()).collect())
    }

    #[cfg(test)]
    pub(crate) fn new(ids: impl IntoIterator<Item = ExtractorId>) -> Self {
        Self(ids.into_iter().collect())
    }

    /// Whether nothing but signatures shows a component.
    pub(crate) fn alone_show(&self, component: &Component) -> bool {
        !component.evidence.is_empty() && component.evidence.iter().all(|evidence| self.0.contains(&evidence.extractor))
    }

    /// A program that its build recorded without a version, and that a signature in the same file gives one: they are
    /// one. The record of several files that signatures tell apart stays as it is.
    pub(crate) fn join(&self, builder: &mut GraphBuilder) {
        if self.0.is_empty() {
            return;
        }
        let program = |component: &Component| component.kind == ComponentKind::Application;
        let by_file: HashMap<&SourcePath, ComponentIndex> = builder
            .components()
            .filter(|(_, component)| program(component) && component.version.is_some() && self.alone_show(component))
            .flat_map(|(at, component)| component.evidence.iter().map(move |evidence| (&evidence.file, at)))
            .collect();
        let mut replaced = BTreeMap::new();
        for (at, component) in builder.components() {
            let recorded = program(component)
                && component.version.is_none()
                && component.evidence.iter().any(|evidence| !self.0.contains(&evidence.extractor))
                && component.evidence.iter().all(|evidence| evidence.technique == Technique::BinaryAnalysis);
            if !recorded {
                continue;
            }
            let mut others = component.evidence.iter().map(|evidence| by_file.get(&evidence.file).copied());
            let Some(Some(first)) = others.next() else { continue };
            let same = others.all(|other| other == Some(first));
            if same && builder.get(first).is_some_and(|other| agrees(component, other)) {
                replaced.insert(at, first);
            }
        }
        builder.replace(&replaced);
    }
}

/// Whether a recorded program without a version may be this one: it has no name that a registry knows, or the same.
fn agrees(recorded: &Component, signed: &Component) -> bool {
    let name = |purl: &Purl| (purl.kind().to_owned(), purl.namespace().map(str::to_owned), purl.name().to_owned());
    recorded.purl.is_none() || recorded.purl.as_ref().map(name) == signed.purl.as_ref().map(name)
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Confidence, Evidence, Scope};

    use super::*;

    fn seen(mut component: Component, file: &str, extractor: &'static str) -> Component {
        component.kind = ComponentKind::Application;
        component.evidence.push(Evidence {
            file: SourcePath::new(file).unwrap(),
            layer: None,
            span: None,
            technique: Technique::BinaryAnalysis,
            confidence: Confidence::HIGH,
            extractor: ExtractorId::new(extractor),
        });
        component
    }

    #[test]
    fn a_record_without_version_takes_that_of_the_signature() {
        let module = Purl::builder("golang", "traefik").namespace("github.com/traefik");
        let mut builder = GraphBuilder::default();
        let bare = Component::from_purl(module.clone().build().unwrap());
        let main = builder.add(seen(bare, "bin/traefik", "go/binary"));
        let dependency = builder.add(Component::from_purl(Purl::new("golang", "x", "v1").unwrap()));
        builder.relate(main, dependency, plimsoll_model::RelationshipKind::DependsOn, Scope::Runtime);
        let versioned = Component::from_purl(module.version("v3.0.0").build().unwrap());
        builder.add(seen(versioned, "bin/traefik", "test/signature"));
        Signatures::new([ExtractorId::new("test/signature")]).join(&mut builder);
        let graph = builder.finish();
        let keys: Vec<&str> = graph.components().filter_map(|(at, _)| graph.key(at)).map(|key| key.as_str()).collect();
        assert_eq!(keys, ["pkg:golang/github.com/traefik/traefik@v3.0.0", "pkg:golang/x@v1"]);
        assert_eq!(graph.relationships().len(), 1);
    }

    #[test]
    fn a_record_with_another_name_stays() {
        let mut builder = GraphBuilder::default();
        builder.add(seen(
            Component::from_purl(Purl::builder("golang", "other").build().unwrap()),
            "bin/x",
            "go/binary",
        ));
        let signed = Component::from_purl(Purl::new("generic", "x", "1").unwrap());
        builder.add(seen(signed, "bin/x", "test/signature"));
        Signatures::new([ExtractorId::new("test/signature")]).join(&mut builder);
        assert_eq!(builder.finish().len(), 2);
    }
}
