//! The header of a safetensors file.

use std::collections::BTreeMap;
use std::fmt;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{self, Map, MapAccess, Text};
use serde::de::{Deserialize, Deserializer, Visitor};

use crate::model;

/// Longest header that the format's own reader takes.
const MAX_HEADER: u64 = 100_000_000;

/// Keys of `__metadata__` that become properties; those of Stability's model specification have a name of their own.
/// <https://github.com/Stability-AI/ModelSpec>
const METADATA: &[(&str, &str)] = &[
    ("format", "plimsoll:model:framework"),
    ("modelspec.architecture", "plimsoll:model:architecture"),
    ("modelspec.date", "plimsoll:model:date"),
    ("modelspec.implementation", "plimsoll:model:implementation"),
    ("modelspec.merged_from", "plimsoll:model:base-model"),
    ("modelspec.title", "plimsoll:model:title"),
    ("ss_sd_model_name", "plimsoll:model:base-model"),
];

/// What the header lists.
#[derive(Default)]
struct Header<'a> {
    metadata: Map<'a, Text<'a>>,
    tensors: u64,
    parameters: u64,
    types: BTreeMap<String, u64>,
}

#[derive(serde::Deserialize)]
struct Tensor<'a> {
    #[serde(borrow)]
    dtype: Text<'a>,
    shape: Vec<u64>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Header<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeaderVisitor;

        impl<'de> Visitor<'de> for HeaderVisitor {
            type Value = Header<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut header = Header::default();
                while let Some(name) = access.next_key::<Text<'de>>()? {
                    if name.as_str() == "__metadata__" {
                        header.metadata = access.next_value()?;
                        continue;
                    }
                    let tensor: Tensor<'de> = access.next_value()?;
                    let size = tensor.shape.iter().fold(1_u64, |size, length| size.saturating_mul(*length));
                    header.tensors = header.tensors.saturating_add(1);
                    header.parameters = header.parameters.saturating_add(size);
                    if header.types.len() < 64 {
                        let count = header.types.entry(tensor.dtype.as_str().to_owned()).or_default();
                        *count = count.saturating_add(1);
                    }
                }
                Ok(header)
            }
        }

        deserializer.deserialize_map(HeaderVisitor)
    }
}

/// Adds what the header says to the component of the model.
pub(super) fn describe(file: &File<'_>, component: &mut Component) -> Result<(), ExtractError> {
    model::property(component, "plimsoll:model:format", "safetensors");
    let cut = || ExtractError::Truncated { message: "the file ends within its header".into() };
    let length = file.range(0, 8.min(file.len()))?.first_chunk().copied().map(u64::from_le_bytes).ok_or_else(cut)?;
    if length > MAX_HEADER {
        return Err(ExtractError::malformed("the header is longer than the format allows"));
    }
    if length.saturating_add(8) > file.len() {
        return Err(cut());
    }
    let bytes = file.range(8, length)?;
    let header: Header<'_> = json::from_slice(&bytes, file.budget().limits())?;
    for (key, value) in &header.metadata {
        let value = value.as_str();
        match key.as_str() {
            "modelspec.author" => component.author = Some(value.into()),
            "modelspec.description" => component.description = Some(value.into()),
            "modelspec.license" => component.licenses.extend(License::declared(value)),
            key => {
                let known = METADATA.iter().filter(|(name, _)| *name == key);
                known.for_each(|(_, property)| model::property(component, property, value));
            }
        }
    }
    for dtype in header.types.keys() {
        model::property(component, "plimsoll:model:dtype", dtype);
    }
    // One of several files has a part of the tensors.
    let part = model::stem(file.path()) != String::from_utf8_lossy(file.path().name()).trim_end_matches(".safetensors");
    if !part {
        model::property(component, "plimsoll:model:tensors", header.tensors.to_string());
        model::property(component, "plimsoll:model:parameters", header.parameters.to_string());
    }
    Ok(())
}
