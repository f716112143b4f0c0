//! CircleCI: `.circleci/config.yml`, its orbs and images.
//! <https://circleci.com/docs/configuration-reference/>, <https://circleci.com/docs/orb-intro/>
//!
//! An orb is `namespace/name@version`; `volatile`, `dev:…` and versions of fewer than three parts may move. There is no
//! purl type for orbs.

use plimsoll_extract::prelude::*;
use syntax::yaml::{self, Node};

use crate::container_image::{self, MOVABLE};

/// Reads the configuration of CircleCI.
pub(crate) struct Circleci;

impl Extractor for Circleci {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ci/circleci")
    }

    fn about(&self) -> About {
        About {
            title: "CircleCI orbs and images",
            specification: "https://circleci.com/docs/configuration-reference/",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path(".circleci/*.yml"), Interest::Path(".circleci/*.yaml")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        if let Some(root) = documents.first() {
            for (_, orb) in root.get("orbs").into_iter().flat_map(Node::entries) {
                // An orb may be written out in the file, and has images of its own.
                match orb.as_str() {
                    Some(text) => emit(text, orb.line(), out),
                    None => images(orb, out),
                }
            }
            images(root, out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn emit(text: &str, line: u32, out: &mut Sink<'_>) {
    let Some((name, version)) = text.split_once('@') else {
        return out.malformed_entry(line, format!("orb left out: {text} has no version"));
    };
    let (namespace, name) = name.rsplit_once('/').unwrap_or(("", name));
    let builder = Purl::builder("generic", name)
        .namespace(namespace)
        .version(version)
        .qualifier("repository_url", "https://circleci.com/developer/orbs");
    let Some(purl) = out.purl(builder, line) else { return };
    let mut component = Component::from_purl(purl);
    component.scope = Scope::Build;
    component.properties.push(("plimsoll:circleci:kind".into(), "orb".into()));
    if version.split('.').count() != 3 {
        component.properties.push((MOVABLE.into(), version.into()));
    }
    let at = out.component(component, line);
    out.direct(at, Scope::Build);
}

/// The images of jobs and executors.
fn images(root: &Node, out: &mut Sink<'_>) {
    for holder in ["jobs", "executors"].into_iter().filter_map(|key| root.get(key)) {
        for (_, entry) in holder.entries() {
            for image in entry.get("docker").into_iter().flat_map(Node::items).filter_map(|item| item.get("image")) {
                if let Some(at) =
                    image.as_str().and_then(|text| container_image::emit(text, image.line(), Scope::Build, out))
                {
                    out.direct(at, Scope::Build);
                }
            }
        }
    }
}
