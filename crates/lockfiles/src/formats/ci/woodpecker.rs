//! Woodpecker and Drone: the images of the steps of a pipeline.
//! <https://woodpecker-ci.org/docs/usage/workflow-syntax>, <https://docs.drone.io/pipeline/docker/overview/>
//!
//! Steps and services are a list, or a mapping by name; old files call the steps `pipeline`. A plugin is an image.

use plimsoll_extract::prelude::*;
use syntax::yaml;

use crate::container_image;

/// Reads pipelines of Woodpecker and Drone.
pub(crate) struct Woodpecker;

impl Extractor for Woodpecker {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("ci/woodpecker")
    }

    fn about(&self) -> About {
        About {
            title: "Woodpecker and Drone images",
            specification: "https://woodpecker-ci.org/docs/usage/workflow-syntax",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Name(".drone.yml"),
            Interest::Name(".drone.yaml"),
            Interest::Name(".woodpecker.yml"),
            Interest::Name(".woodpecker.yaml"),
            Interest::Path(".woodpecker/*.yml"),
            Interest::Path(".woodpecker/*.yaml"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes).text;
        let (documents, fault) = yaml::parse_partial(&text, file.budget().limits());
        for root in &documents {
            for holder in ["clone", "steps", "pipeline", "services"].into_iter().filter_map(|key| root.get(key)) {
                let named = holder.entries().map(|(_, step)| step);
                for image in holder.items().chain(named).filter_map(|step| step.get("image")) {
                    let at =
                        image.as_str().and_then(|text| container_image::emit(text, image.line(), Scope::Build, out));
                    if let Some(at) = at {
                        out.direct(at, Scope::Build);
                    }
                }
            }
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}
