//! Core ML: a `Model` message, whose description has metadata.
//! <https://github.com/apple/coremltools/blob/main/mlmodel/format/Model.proto>
//!
//! Files of other tools have the same extension in their projects; what has no specification version is passed over.

use plimsoll_extract::prelude::*;

use crate::model;
use crate::protobuf::{Fields, Place, Value};

/// Reads the metadata of Core ML models.
pub(crate) struct CoreMl;

/// Most fields of a message; a description has one for each input and output.
const MAX_FIELDS: u32 = 2000;

impl Extractor for CoreMl {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("model/core-ml")
    }

    fn about(&self) -> About {
        About {
            title: "Core ML models (.mlmodel)",
            specification: "https://github.com/apple/coremltools/blob/main/mlmodel/format/Model.proto",
            facts: &[Fact::License],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".mlmodel")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let mut metadata = Metadata::default();
        let outcome = metadata.model(file);
        if metadata.specification == 0 {
            return outcome;
        }
        let stem = model::stem(file.path());
        let version = Some(metadata.version.as_str());
        let mut component = model::component(None, None, version, file.path(), &stem);
        let filled = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Into::into);
        component.author = filled(&metadata.author);
        component.description = filled(&metadata.description);
        component.licenses.extend(License::declared(&metadata.license));
        let format = format!("Core ML specification {}", metadata.specification);
        model::property(&mut component, "plimsoll:model:format", format);
        out.observed(component, model::READ);
        outcome
    }
}

#[derive(Default)]
struct Metadata {
    /// Whether the description was read: of several, the first counts.
    described: bool,
    specification: u64,
    description: String,
    version: String,
    author: String,
    license: String,
}

impl Metadata {
    fn model(&mut self, file: &File<'_>) -> Result<(), ExtractError> {
        let mut fields = Fields::new(file, Place::whole(file), MAX_FIELDS);
        while let Some((number, value)) = fields.next()? {
            match (number, value) {
                (1, Value::Number(version)) => self.specification = version,
                // `ModelDescription`, whose field 100 is `Metadata`.
                (2, Value::Bytes(description)) if !self.described => {
                    self.described = true;
                    let mut fields = Fields::new(file, description, MAX_FIELDS);
                    while let Some((number, value)) = fields.next()? {
                        if let (100, Value::Bytes(place)) = (number, value) {
                            self.metadata(file, place)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn metadata(&mut self, file: &File<'_>, place: Place) -> Result<(), ExtractError> {
        let mut fields = Fields::new(file, place, MAX_FIELDS);
        while let Some((number, value)) = fields.next()? {
            let Value::Bytes(place) = value else { continue };
            let field = match number {
                1 => &mut self.description,
                2 => &mut self.version,
                3 => &mut self.author,
                4 => &mut self.license,
                _ => continue,
            };
            *field = place.text(file)?.unwrap_or_default();
        }
        Ok(())
    }
}
