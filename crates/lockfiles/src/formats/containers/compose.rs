//! Compose files: `compose.yaml`, `docker-compose*.yml`. <https://github.com/compose-spec/compose-spec/blob/main/spec.md>
//!
//! A service has an image, or is built from a Dockerfile, which is read on its own; with both, the image is what the
//! build makes, and nothing that is taken from elsewhere. Variables have their defaults, `${TAG:-1.0}`.

use plimsoll_extract::prelude::*;
use syntax::yaml;

use crate::container_image::{emit, substitute};

/// Reads compose files.
pub(crate) struct Compose;

impl Extractor for Compose {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("containers/compose")
    }

    fn about(&self) -> About {
        About {
            title: "compose.yaml, docker-compose.yml",
            specification: "https://github.com/compose-spec/compose-spec/blob/main/spec.md",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("*docker-compose*.yml"),
            Interest::Path("*docker-compose*.yaml"),
            Interest::Path("*podman-compose*.yml"),
            Interest::Path("*podman-compose*.yaml"),
            Interest::Path("compose*.yml"),
            Interest::Path("compose*.yaml"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        // Other tools have files of these names; version 1 of the format, without `services`, ended in 2023.
        if memchr::memmem::find(&bytes, b"services").is_none() {
            return Ok(());
        }
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        let Some(root) = documents.first() else { return fault.map_or(Ok(()), |fault| Err(fault.into())) };
        let services = root.get("services");
        for (name, service) in services.into_iter().flat_map(yaml::Node::entries) {
            let Some(image) = service.get_merged("image").filter(|_| service.get_merged("build").is_none()) else {
                continue;
            };
            match image.as_str() {
                Some(text) => {
                    let text = substitute(text, |_| None);
                    if let Some(at) = emit(&text, image.line(), Scope::Runtime, out) {
                        out.direct(at, Scope::Runtime);
                    }
                }
                None => out.malformed_entry(image.line(), format!("image of service {name} left out: it is no text")),
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}
