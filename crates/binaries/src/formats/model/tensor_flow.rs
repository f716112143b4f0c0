//! TensorFlow's `saved_model.pb`, a `SavedModel` in a directory of its own; and `*.keras`, a zip archive of Keras 3.
//! <https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/saved_model.proto>,
//! <https://keras.io/guides/serialization_and_saving/>
//!
//! What surprises: a Keras model may hold code, in `Lambda` layers; a property says that it does.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{self, Lenient, Text};
use serde::Deserialize;

use crate::model::{self, Hub};
use crate::protobuf::{Fields, Place, Value};

/// Reads what TensorFlow and Keras record about a model.
pub(crate) struct TensorFlow;

/// Most fields of a message that is not the graph itself; a model has a few graphs of a few parts.
const MAX_FIELDS: u32 = 1000;
/// Most bytes of a description in JSON.
const MAX_JSON: u64 = 64 << 20;

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    keras_version: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    date_saved: Lenient<Text<'a>>,
}

#[derive(Deserialize)]
struct Config<'a> {
    #[serde(borrow, default)]
    class_name: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    config: Lenient<Named<'a>>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    name: Lenient<Text<'a>>,
}

impl Extractor for TensorFlow {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("model/tensorflow")
    }

    fn about(&self) -> About {
        About {
            title: "TensorFlow SavedModel and Keras 3 archives",
            specification: "https://www.tensorflow.org/guide/saved_model",
            facts: &[],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("saved_model.pb"), Interest::Suffix(".keras")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.path().name() == b"saved_model.pb" {
            let mut component = served(file).unwrap_or_else(|| model::of_directory(file));
            let outcome = saved_model(file, &mut component);
            model::property(&mut component, "plimsoll:model:format", "TensorFlow SavedModel");
            out.observed(component, model::READ);
            return outcome;
        }
        keras(file, out)
    }
}

/// The model in a directory that a server reads: `NAME/VERSION/saved_model.pb`, where the version is a number.
fn served(file: &File<'_>) -> Option<Component> {
    let place = model::directory(file.path())?;
    let version =
        std::str::from_utf8(place.name()).ok().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))?;
    let name = model::directory(&place)?;
    let name = String::from_utf8_lossy(name.name());
    Some(model::component(Hub::of_path(file.path()).as_ref(), None, Some(version), &place, &name))
}

/// `SavedModel.meta_graphs` (2), its `meta_info_def` (1), which has tags (4) and the version of TensorFlow (5).
fn saved_model(file: &File<'_>, component: &mut Component) -> Result<(), ExtractError> {
    let mut fields = Fields::new(file, Place::whole(file), MAX_FIELDS);
    while let Some((number, value)) = fields.next()? {
        let (2, Value::Bytes(graph)) = (number, value) else { continue };
        let mut graph = Fields::new(file, graph, MAX_FIELDS);
        while let Some((number, value)) = graph.next()? {
            let (1, Value::Bytes(about)) = (number, value) else { continue };
            let mut about = Fields::new(file, about, MAX_FIELDS);
            while let Some((number, value)) = about.next()? {
                let Value::Bytes(text) = value else { continue };
                let name = match number {
                    4 => "plimsoll:model:tag",
                    5 => "plimsoll:model:tensorflow-version",
                    _ => continue,
                };
                model::property(component, name, text.text(file)?.unwrap_or_default());
            }
        }
    }
    Ok(())
}

fn keras(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let broken = |error: zip::ZipError| ExtractError::malformed(format!("not an archive of Keras: {error}"));
    let archive = zip::Zip::open(file.body(), file.budget()).map_err(broken)?;
    let member = |name: &[u8]| -> Result<Vec<u8>, ExtractError> {
        let Some(entry) = archive.entries().find(|entry| entry.name() == name) else { return Ok(Vec::new()) };
        let body = entry.body(MAX_JSON).map_err(broken)?;
        Ok((&body as &dyn Body).range(0, body.len(), file.budget())?)
    };
    let (metadata, config) = (member(b"metadata.json")?, member(b"config.json")?);
    if metadata.is_empty() && config.is_empty() {
        return Err(ExtractError::malformed("the archive has no description of a model"));
    }
    let limits = file.budget().limits();
    let metadata = json::from_slice::<Metadata<'_>>(&metadata, limits);
    let described = json::from_slice::<Config<'_>>(&config, limits);
    let text = |field: &Lenient<Text<'_>>| field.get().map(|text| text.as_str().to_owned()).unwrap_or_default();
    let mut component =
        model::component(Hub::of_path(file.path()).as_ref(), None, None, file.path(), &model::stem(file.path()));
    let held = &mut component;
    model::property(held, "plimsoll:model:format", "Keras 3");
    if let Ok(metadata) = &metadata {
        model::property(held, "plimsoll:model:keras-version", text(&metadata.keras_version));
        model::property(held, "plimsoll:model:date", text(&metadata.date_saved));
    }
    if let Ok(described) = &described {
        model::property(held, "plimsoll:model:architecture", text(&described.class_name));
        let name = described.config.get().map(|config| text(&config.name)).unwrap_or_default();
        model::property(held, "plimsoll:model:graph", name);
    }
    if memchr::memmem::find(&config, b"\"Lambda\"").is_some() {
        model::property(held, "plimsoll:model:holds-code", "Lambda layer");
    }
    out.observed(component, model::READ);
    metadata.map(|_| ()).and(described.map(|_| ())).map_err(ExtractError::from)
}
