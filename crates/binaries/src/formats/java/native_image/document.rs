//! The part of CycloneDX that the compiler writes.

use std::collections::{BTreeSet, HashMap};

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Lenient, Text};
use serde::Deserialize;

/// How everything here is seen.
const RECORDED: Observation<'static> =
    Observation { span: None, technique: Technique::BinaryAnalysis, confidence: Confidence::STATED, member: None };

#[derive(Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow, default)]
    metadata: Lenient<Metadata<'a>>,
    #[serde(borrow, default)]
    components: Vec<Lenient<Described<'a>>>,
    #[serde(borrow, default)]
    dependencies: Vec<Lenient<Needs<'a>>>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    component: Lenient<Described<'a>>,
}

#[derive(Deserialize)]
struct Described<'a> {
    #[serde(borrow, rename = "bom-ref")]
    reference: Option<Text<'a>>,
    #[serde(borrow)]
    group: Option<Text<'a>>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    purl: Option<Text<'a>>,
    #[serde(borrow, default)]
    hashes: Lenient<Vec<Hash<'a>>>,
    #[serde(borrow, default)]
    licenses: Lenient<Vec<Choice<'a>>>,
}

#[derive(Deserialize)]
struct Hash<'a> {
    #[serde(borrow)]
    alg: Text<'a>,
    #[serde(borrow)]
    content: Text<'a>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    expression: Option<Text<'a>>,
    #[serde(borrow)]
    license: Option<Named<'a>>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Needs<'a> {
    #[serde(borrow, rename = "ref")]
    from: Text<'a>,
    #[serde(borrow, default, rename = "dependsOn")]
    to: Vec<Text<'a>>,
}

impl Document<'_> {
    /// Whether it names nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.components.is_empty() && self.metadata.get().is_none()
    }

    /// Emits the program, its components, and what needs what.
    pub(super) fn emit(&self, file: &File<'_>, out: &mut Sink<'_>) {
        let mut places: HashMap<&str, ComponentRef> = HashMap::new();
        let own = self.metadata.get().and_then(|metadata| metadata.component.get());
        let program = own.map(|described| {
            let component = described.component(ComponentKind::Application, file.path());
            let at = out.observed(component, RECORDED);
            places.extend(described.reference.as_deref().map(|reference| (reference, at)));
            at
        });
        let mut inner = Vec::new();
        for described in &self.components {
            let Some(described) = described.get() else {
                out.malformed_entry(0, "a component of the embedded SBOM is not what is expected");
                continue;
            };
            let at = out.observed(described.component(ComponentKind::Library, file.path()), RECORDED);
            let named = [described.reference.as_deref(), described.purl.as_deref()];
            for name in named.into_iter().flatten() {
                places.entry(name).or_insert(at);
            }
            inner.push(at);
        }
        let mut needed = BTreeSet::new();
        for needs in self.dependencies.iter().filter_map(Lenient::get) {
            let Some(&from) = places.get(needs.from.as_str()) else { continue };
            for to in needs.to.iter().filter_map(|to| places.get(to.as_str())) {
                if *to != from {
                    out.depends(from, *to, Scope::Runtime);
                    needed.insert(*to);
                }
            }
        }
        if let Some(program) = program {
            for at in inner.into_iter().filter(|at| !needed.contains(at) && *at != program) {
                out.contains(program, at);
            }
        }
    }
}

impl Described<'_> {
    /// The component; one without a purl, or with one that is not valid, is known by its place.
    fn component(&self, kind: ComponentKind, place: &SourcePath) -> Component {
        let purl = self.purl.as_deref().and_then(|purl| Purl::parse(purl).ok());
        let mut component = match purl {
            Some(purl) => Component::from_purl(purl),
            None => {
                let mut component = Component::new(kind, self.name.as_str());
                component.group = self.group.as_deref().filter(|group| !group.is_empty()).map(Into::into);
                component.version = self.version.as_deref().filter(|version| !version.is_empty()).map(Into::into);
                component.location = Some(place.clone());
                component
            }
        };
        component.kind = kind;
        for hash in self.hashes.get().into_iter().flatten() {
            let digest = DigestAlgorithm::from_name(&hash.alg).map(|of| Digest::from_hex(of, &hash.content));
            component.hashes.extend(digest.and_then(Result::ok));
        }
        for choice in self.licenses.get().into_iter().flatten() {
            let named = choice.license.as_ref().and_then(|license| license.id.as_ref().or(license.name.as_ref()));
            let text = choice.expression.as_ref().or(named);
            component.licenses.extend(text.and_then(|text| License::declared(text)));
        }
        component
    }
}
