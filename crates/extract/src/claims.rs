//! What documents in the source claim, beside what was found there.
//!
//! An SBOM that lies in a source is somebody's word about it. It may add: components that nothing else shows, edges, and
//! one more piece of evidence for what was found. It may not remove, rename or describe what was found: a claim about a
//! component that is there leaves its evidence and nothing else.
//!
//! Which component a claim is about is told by purl, less strictly than between two findings: tools differ in the
//! qualifiers that they write (`distro=debian-12`, `distro=debian-12.5`, none). Only qualifiers that tell two packages of
//! one name and version apart count, and only where both say them. A claim without a purl is about what has its name and
//! version.

use std::collections::{HashMap, HashSet};

use plimsoll_model::{Component, ComponentIndex, GraphBuilder, Purl};

/// Qualifiers that tell packages of one name and version apart.
const TELLING: &[&str] = &["arch", "classifier", "epoch", "platform", "type", "vcs_url"];

/// Findings of one name and version that a claim is compared with.
const MAX_NAMESAKES: usize = 64;

/// Type, namespace, name and version of a purl.
type Name = (Box<str>, Option<Box<str>>, Box<str>, Box<str>);

fn name(purl: &Purl) -> Option<Name> {
    Some((purl.kind().into(), purl.namespace().map(Into::into), purl.name().into(), purl.version()?.into()))
}

/// Group, name and version.
type Label = (Option<Box<str>>, Box<str>, Box<str>);

fn label(component: &Component) -> Option<Label> {
    Some((component.group.clone(), component.name.clone(), component.version.clone()?))
}

/// The components that claims may be about.
pub(crate) struct Claims {
    by_name: HashMap<Name, Vec<ComponentIndex>>,
    /// By group, name and version, for claims without a purl.
    by_label: HashMap<Label, ComponentIndex>,
    /// What was found to be related, and so stands as it was found.
    related: HashSet<(ComponentIndex, ComponentIndex)>,
}

impl Claims {
    /// Takes in what was found.
    pub(crate) fn beside(builder: &GraphBuilder) -> Self {
        let related = builder.relationships().iter().map(|edge| (edge.from, edge.to)).collect();
        let mut claims = Self { by_name: HashMap::new(), by_label: HashMap::new(), related };
        for (at, component) in builder.components() {
            claims.remember(at, component);
        }
        claims
    }

    fn remember(&mut self, at: ComponentIndex, component: &Component) {
        if let Some(label) = label(component) {
            self.by_label.entry(label).or_insert(at);
        }
        if let Some(name) = component.purl.as_ref().and_then(name) {
            let namesakes = self.by_name.entry(name).or_default();
            if namesakes.len() < MAX_NAMESAKES && !namesakes.contains(&at) {
                namesakes.push(at);
            }
        }
    }

    /// Whether a claimed edge says nothing new.
    pub(crate) fn relates(&self, from: ComponentIndex, to: ComponentIndex) -> bool {
        self.related.contains(&(from, to))
    }

    /// Adds a claimed component, or its evidence to the one that it is about.
    pub(crate) fn place(&mut self, builder: &mut GraphBuilder, component: Component) -> ComponentIndex {
        let namesakes = component.purl.as_ref().and_then(name).and_then(|name| self.by_name.get(&name));
        let about = |at: &&ComponentIndex| {
            let held = builder.get(**at).and_then(|held| held.purl.as_ref());
            held.zip(component.purl.as_ref()).is_some_and(|(held, claimed)| agree(held, claimed))
        };
        let found = match &component.purl {
            Some(_) => namesakes.and_then(|namesakes| namesakes.iter().find(about)).copied(),
            None => label(&component).and_then(|label| self.by_label.get(&label)).copied(),
        };
        if let Some(at) = found {
            if let Some(held) = builder.get_mut(at) {
                held.evidence.extend(component.evidence);
            }
            return at;
        }
        let at = builder.add(component);
        if let Some(component) = builder.get(at) {
            self.remember(at, component);
        }
        at
    }
}

/// Whether no qualifier that both have tells them apart.
fn agree(one: &Purl, other: &Purl) -> bool {
    let value =
        |purl: &Purl, key: &str| purl.qualifiers().find(|(held, _)| *held == key).map(|(_, value)| value.to_owned());
    TELLING.iter().all(|key| match (value(one, key), value(other, key)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Confidence, Evidence, ExtractorId, License, SourcePath, Technique};

    use super::*;

    fn component(purl: &str, file: &str) -> Component {
        let mut component = Component::from_purl(Purl::parse(purl).unwrap());
        component.evidence.push(Evidence {
            file: SourcePath::new(file).unwrap(),
            layer: None,
            span: None,
            technique: Technique::ManifestAnalysis,
            confidence: Confidence::STATED,
            extractor: ExtractorId::new("test/test"),
        });
        component
    }

    #[test]
    fn a_claim_adds_evidence_and_describes_nothing() {
        let mut builder = GraphBuilder::default();
        let found = builder.add(component("pkg:deb/debian/zlib1g@1.2?arch=amd64&distro=debian-12", "status"));
        let mut claims = Claims::beside(&builder);
        let mut claim = component("pkg:deb/debian/zlib1g@1.2?arch=amd64&distro=debian-12.5", "a.spdx.json");
        claim.licenses.extend(License::declared("MIT"));
        claim.description = Some("harmless".into());
        assert_eq!(claims.place(&mut builder, claim), found);
        let held = builder.get(found).unwrap();
        assert_eq!((held.evidence.len(), held.licenses.len(), held.description.as_deref()), (2, 0, None));
    }

    #[test]
    fn other_architectures_and_versions_are_new() {
        let mut builder = GraphBuilder::default();
        builder.add(component("pkg:deb/debian/zlib1g@1.2?arch=amd64", "status"));
        let mut claims = Claims::beside(&builder);
        for claim in ["pkg:deb/debian/zlib1g@1.2?arch=arm64", "pkg:deb/debian/zlib1g@1.3", "pkg:deb/debian/zlib1g"] {
            let before = builder.len();
            claims.place(&mut builder, component(claim, "a.spdx.json"));
            assert_eq!(builder.len(), before + 1, "{claim}");
        }
        // A second document says the same of what only the first one claims.
        let before = builder.len();
        claims.place(&mut builder, component("pkg:deb/debian/zlib1g@1.3?distro=trixie", "b.spdx.json"));
        assert_eq!(builder.len(), before);
    }

    #[test]
    fn without_a_purl_name_and_version_tell() {
        let mut builder = GraphBuilder::default();
        let found = builder.add(component("pkg:npm/%40a/b@1.0.0", "package-lock.json"));
        let mut claims = Claims::beside(&builder);
        let claim = |version: &str| Component {
            purl: None,
            version: Some(version.into()),
            ..component("pkg:npm/%40a/b@1.0.0", "bom.json")
        };
        assert_eq!(claims.place(&mut builder, claim("1.0.0")), found);
        assert_ne!(claims.place(&mut builder, claim("2.0.0")), found);
    }
}
