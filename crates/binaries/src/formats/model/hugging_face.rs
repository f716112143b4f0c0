//! Models as the Hugging Face libraries save them: a directory with `*.safetensors`, `config.json` (or
//! `model_index.json` of a pipeline) and a model card, `README.md`, whose front matter names the licence.
//! <https://huggingface.co/docs/safetensors/index#format>, <https://huggingface.co/docs/hub/model-cards>
//!
//! All files of one directory are one model. A safetensors file is the length of its header, the header in JSON, and
//! the tensors, which are not read. What surprises: `config.json` is also what other software calls its settings, so one
//! counts only when it names an architecture; a model card counts only beside such a file.

mod card;
mod safetensors;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{self, Lenient, Text};
use serde::Deserialize;

use crate::model;

/// Reads the headers and settings of models.
pub(crate) struct HuggingFace;

/// Larger settings are of something else.
const MAX_CONFIG: u64 = 8 << 20;

#[derive(Deserialize)]
struct Config<'a> {
    #[serde(borrow, default)]
    architectures: Lenient<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    model_type: Lenient<Text<'a>>,
    #[serde(borrow, default, rename = "_name_or_path")]
    loaded_from: Lenient<Text<'a>>,
    #[serde(borrow, default)]
    transformers_version: Lenient<Text<'a>>,
    #[serde(borrow, default, alias = "dtype")]
    torch_dtype: Lenient<Text<'a>>,
    #[serde(borrow, default, rename = "_class_name")]
    class: Lenient<Text<'a>>,
    #[serde(borrow, default, rename = "_diffusers_version")]
    diffusers_version: Lenient<Text<'a>>,
}

impl Extractor for HuggingFace {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("model/hugging-face")
    }

    fn about(&self) -> About {
        About {
            title: "safetensors, Hugging Face config.json and model cards",
            specification: "https://huggingface.co/docs/safetensors/index#format",
            facts: &[Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        // Any README.md may be a model card; those of source trees are not worth opening.
        &[
            Interest::Suffix(".safetensors"),
            Interest::Name("config.json"),
            Interest::Name("model_index.json"),
            Interest::Path("snapshots/*/README.md"),
            Interest::Path("model/README.md"),
            Interest::Path("models/README.md"),
            Interest::Path("models/*/README.md"),
            Interest::Path("models/*/*/README.md"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        match file.path().name() {
            b"README.md" => {
                if let Some(front) = card::front_matter(file)? {
                    out.keep(front);
                }
            }
            b"config.json" | b"model_index.json" => config(file, out)?,
            _ => {
                let mut component = model::of_directory(file);
                let outcome = safetensors::describe(file, &mut component);
                out.observed(component, model::READ);
                outcome?;
            }
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        for readme in files.named("README.md") {
            let front = files.take_kept(readme);
            let Some(place) = files.path(readme).map(model::directory) else { continue };
            let beside = |file: FileHandle, files: &Resolver<'_>| {
                files.path(file).map(model::directory).as_ref() == Some(&place)
            };
            let models: Vec<Handle> = files
                .files()
                .filter(|&file| file != readme && beside(file, files))
                .flat_map(|file| files.components(file).map(|(at, _)| at).collect::<Vec<_>>())
                .collect();
            if let Some(component) = models.first().and_then(|&at| files.get_mut(at)) {
                card::complete(&front, component);
            }
        }
    }
}

/// Emits the model that the settings are of.
fn config(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    if file.len() > MAX_CONFIG {
        return Ok(());
    }
    let bytes = file.bytes()?;
    let named = ["\"model_type\"", "\"architectures\"", "\"_class_name\""];
    if !named.iter().any(|key| memchr::memmem::find(&bytes, key.as_bytes()).is_some()) {
        return Ok(());
    }
    // Settings of another program may be in a dialect of JSON.
    let Ok(config) = json::from_slice::<Config<'_>>(&bytes, file.budget().limits()) else { return Ok(()) };
    let text = |field: &Lenient<Text<'_>>| field.get().map(|text| text.as_str().to_owned()).unwrap_or_default();
    let architectures = config.architectures.get().map(Vec::as_slice).unwrap_or_default();
    let is_pipeline = !text(&config.class).is_empty() && !text(&config.diffusers_version).is_empty();
    // The settings of a pipeline's part have a class too, but the part is no model of its own.
    let is_model = !architectures.is_empty() && !text(&config.model_type).is_empty()
        || is_pipeline && file.path().name() == b"model_index.json";
    if !is_model {
        return Ok(());
    }
    let mut component = model::of_directory(file);
    for architecture in architectures {
        model::property(&mut component, "plimsoll:model:architecture", architecture);
    }
    for (name, value) in [
        ("plimsoll:model:architecture", &config.class),
        ("plimsoll:model:type", &config.model_type),
        ("plimsoll:model:loaded-from", &config.loaded_from),
        ("plimsoll:model:transformers-version", &config.transformers_version),
        ("plimsoll:model:diffusers-version", &config.diffusers_version),
        ("plimsoll:model:dtype", &config.torch_dtype),
    ] {
        model::property(&mut component, name, text(value));
    }
    out.component(component, 0);
    Ok(())
}
