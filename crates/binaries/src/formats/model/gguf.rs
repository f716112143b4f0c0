//! GGUF, versions 1 to 3: models for llama.cpp and what is built on it.
//! <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>
//!
//! A header of keys and typed values, then the tensors, which are not read. What surprises: version 1 counts with 32
//! bits; a file for a big-endian machine has the same magic, and its version number tells; vocabularies are arrays in
//! the header, of hundreds of thousands of texts, and are stepped over.

mod header;

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

use crate::model::{self, Hub};
use header::{Header, Value};

/// Reads the header of GGUF files.
pub(crate) struct Gguf;

/// Keys of texts that become properties.
const TEXTS: &[(&str, &str)] = &[
    ("general.architecture", "plimsoll:model:architecture"),
    ("general.basename", "plimsoll:model:base-name"),
    ("general.doi", "plimsoll:model:doi"),
    ("general.finetune", "plimsoll:model:fine-tune"),
    ("general.license.link", "plimsoll:model:license-link"),
    ("general.license.name", "plimsoll:model:license-name"),
    ("general.quantized_by", "plimsoll:model:quantized-by"),
    ("general.size_label", "plimsoll:model:size-label"),
    ("general.type", "plimsoll:model:type"),
    ("general.uuid", "plimsoll:model:uuid"),
];
/// Most base models that are listed.
const MAX_BASES: u64 = 64;

impl Extractor for Gguf {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("model/gguf")
    }

    fn about(&self) -> About {
        About {
            title: "GGUF models, versions 1 to 3",
            specification: "https://github.com/ggml-org/ggml/blob/master/docs/gguf.md",
            facts: &[Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".gguf"), Interest::Magic(header::MAGIC)]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let (header, fault) = header::read(file)?;
        out.observed(component(&header, file), model::READ);
        fault.map_or(Ok(()), Err)
    }
}

fn component(header: &Header, file: &File<'_>) -> Component {
    let values = &header.values;
    let text = |key: &str| match values.get(key) {
        Some(Value::Text(text)) => Some(text.as_str()).filter(|text| !text.trim().is_empty()),
        _ => None,
    };
    let repository = text("general.repo_url").or_else(|| text("general.url"));
    let hub = Hub::of_path(file.path()).or_else(|| repository.and_then(Hub::of_url));
    let name = text("general.name");
    let version = text("general.version");
    let mut component = model::component(hub.as_ref(), name, version, file.path(), &model::stem(file.path()));
    component.author = text("general.author").map(Into::into);
    component.supplier = text("general.organization").map(Into::into);
    component.description = text("general.description").map(Into::into);
    component.licenses.extend(text("general.license").and_then(License::declared));
    let held = &mut component;
    for url in [repository, text("general.source.url"), text("general.source.repo_url")].into_iter().flatten() {
        model::reference(held, ReferenceKind::Website, url);
    }
    for (key, property) in TEXTS {
        model::property(held, property, text(key).unwrap_or_default());
    }
    model::property(held, "plimsoll:model:format", format!("GGUF {}", header.version));
    model::property(held, "plimsoll:model:tensors", header.tensors.to_string());
    if let Some(&Value::Number(kind)) = values.get("general.file_type") {
        model::property(held, "plimsoll:model:quantization", quantization(kind).unwrap_or(&kind.to_string()));
    }
    let context = text("general.architecture").and_then(|name| values.get(&format!("{name}.context_length")));
    if let Some(Value::Number(length)) = context {
        model::property(held, "plimsoll:model:context-length", length.to_string());
    }
    bases(values, held);
    component
}

/// The models that this one was made from.
fn bases(values: &BTreeMap<String, Value>, component: &mut Component) {
    let Some(&Value::Number(count)) = values.get("general.base_model.count") else { return };
    for number in 0..count.min(MAX_BASES) {
        let text = |field: &str| match values.get(&format!("general.base_model.{number}.{field}")) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let base = text("repo_url").or_else(|| text("name"));
        model::property(component, "plimsoll:model:base-model", base.unwrap_or_default());
    }
}

/// `general.file_type`, enum `llama_ftype`: how most tensors are quantised.
fn quantization(kind: u64) -> Option<&'static str> {
    Some(match kind {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        21 => "Q2_K_S",
        22 => "IQ3_XS",
        23 => "IQ3_XXS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        26 => "IQ3_S",
        27 => "IQ3_M",
        28 => "IQ2_S",
        29 => "IQ2_M",
        30 => "IQ4_XS",
        31 => "IQ1_M",
        32 => "BF16",
        36 => "TQ1_0",
        37 => "TQ2_0",
        38 => "MXFP4",
        _ => return None,
    })
}
