//! Provenance v0.1. <https://slsa.dev/spec/v0.1/provenance>

use serde::Deserialize;
use serde_json::Value;

use super::{Builder, Material, OldMetadata};
use crate::resource::absent;

/// `https://slsa.dev/provenance/v0.1`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProvenanceV01 {
    /// Who ran it.
    #[serde(deserialize_with = "absent")]
    pub builder: Builder,
    /// How it was built.
    #[serde(deserialize_with = "absent")]
    pub recipe: Recipe,
    /// When, which run, and how complete this is.
    #[serde(deserialize_with = "absent")]
    pub metadata: OldMetadata,
    /// What went into it.
    #[serde(deserialize_with = "absent")]
    pub materials: Vec<Material>,
}

/// How something was built.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Recipe {
    /// What the rest means: a URI.
    #[serde(rename = "type", deserialize_with = "absent")]
    pub recipe_type: String,
    /// Which of the materials holds the recipe: a number, which Google Cloud Build writes as a text.
    #[serde(deserialize_with = "absent")]
    pub defined_in_material: Value,
    /// What of it was run.
    #[serde(deserialize_with = "absent")]
    pub entry_point: String,
    /// What whoever asked for the build could choose.
    #[serde(deserialize_with = "absent")]
    pub arguments: Value,
    /// What the builder chose.
    #[serde(deserialize_with = "absent")]
    pub environment: Value,
}
