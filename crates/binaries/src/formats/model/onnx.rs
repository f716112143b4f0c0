//! ONNX: a `ModelProto`. <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>
//!
//! The weights are within the graph, of which only the name is looked for. What surprises: the graph's name is that of a
//! function of the exporter more often than that of the model, so the model is called as its file is.

use plimsoll_extract::prelude::*;

use crate::model::{self, Hub};
use crate::protobuf::{Fields, Place, Value};

/// Reads the header of ONNX models.
pub(crate) struct Onnx;

/// Most fields of the model; it has one for each function and property.
const MAX_FIELDS: u32 = 10_000;
/// Most fields of the graph that are looked at for its name: nodes and weights are fields too.
const MAX_GRAPH_FIELDS: u32 = 1_000_000;

impl Extractor for Onnx {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("model/onnx")
    }

    fn about(&self) -> About {
        About {
            title: "ONNX models",
            specification: "https://github.com/onnx/onnx/blob/main/docs/IR.md",
            facts: &[Fact::License],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".onnx")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let mut model = Model::default();
        let outcome = model.read(file);
        if model.ir_version == 0 {
            outcome?;
            return Err(ExtractError::malformed("not an ONNX model: it states no IR version"));
        }
        out.observed(model.component(file), model::READ);
        outcome
    }
}

#[derive(Default)]
struct Model {
    ir_version: u64,
    producer: String,
    producer_version: String,
    domain: String,
    version: u64,
    description: String,
    graph: Option<String>,
    operators: Vec<String>,
    metadata: Vec<(String, String)>,
}

impl Model {
    fn read(&mut self, file: &File<'_>) -> Result<(), ExtractError> {
        let mut fields = Fields::new(file, Place::whole(file), MAX_FIELDS);
        while let Some((number, value)) = fields.next()? {
            match (number, value) {
                (1, Value::Number(version)) => self.ir_version = version,
                (2, Value::Bytes(place)) => self.producer = place.text(file)?.unwrap_or_default(),
                (3, Value::Bytes(place)) => self.producer_version = place.text(file)?.unwrap_or_default(),
                (4, Value::Bytes(place)) => self.domain = place.text(file)?.unwrap_or_default(),
                (5, Value::Number(version)) => self.version = version,
                (6, Value::Bytes(place)) => self.description = place.text(file)?.unwrap_or_default(),
                // A second graph would be merged with the first, and has no name that counts.
                (7, Value::Bytes(place)) if self.graph.is_none() => {
                    self.graph = Some(graph_name(file, place)?.unwrap_or_default());
                }
                (8, Value::Bytes(place)) => {
                    let (domain, _, version) = entry(file, place)?;
                    self.operators.push(format!("{domain} {version}").trim_start().to_owned());
                }
                (14, Value::Bytes(place)) => {
                    let (key, value, _) = entry(file, place)?;
                    self.metadata.push((key, value));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn component(&self, file: &File<'_>) -> Component {
        let version = (self.version > 0).then(|| self.version.to_string());
        let hub = Hub::of_path(file.path());
        let stem = model::stem(file.path());
        let mut component = model::component(hub.as_ref(), None, version.as_deref(), file.path(), &stem);
        let held = &mut component;
        held.description = Some(self.description.as_str()).filter(|text| !text.is_empty()).map(Into::into);
        model::property(held, "plimsoll:model:format", format!("ONNX IR {}", self.ir_version));
        model::property(held, "plimsoll:model:producer", format!("{} {}", self.producer, self.producer_version));
        model::property(held, "plimsoll:model:domain", &self.domain);
        model::property(held, "plimsoll:model:graph", self.graph.as_deref().unwrap_or_default());
        for operators in &self.operators {
            model::property(held, "plimsoll:model:operators", operators);
        }
        for (key, value) in &self.metadata {
            match key.to_ascii_lowercase().as_str() {
                "license" => held.licenses.extend(License::declared(value)),
                "author" => held.author = Some(value.as_str().into()),
                _ => model::property(held, "plimsoll:model:metadata", format!("{key}={value}")),
            }
        }
        component
    }
}

/// A `GraphProto`'s name.
fn graph_name(file: &File<'_>, place: Place) -> Result<Option<String>, ExtractError> {
    let mut fields = Fields::new(file, place, MAX_GRAPH_FIELDS);
    while let Some((number, value)) = fields.next()? {
        if let (2, Value::Bytes(name)) = (number, value) {
            return name.text(file);
        }
    }
    Ok(None)
}

/// A `StringStringEntryProto` (key and value) or an `OperatorSetIdProto` (domain and version).
fn entry(file: &File<'_>, place: Place) -> Result<(String, String, u64), ExtractError> {
    let mut found = (String::new(), String::new(), 0);
    let mut fields = Fields::new(file, place, 16);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Value::Bytes(text)) => found.0 = text.text(file)?.unwrap_or_default(),
            (2, Value::Bytes(text)) => found.1 = text.text(file)?.unwrap_or_default(),
            (2, Value::Number(version)) => found.2 = version,
            _ => {}
        }
    }
    Ok(found)
}
