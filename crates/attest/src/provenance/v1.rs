//! Provenance v1. <https://slsa.dev/spec/v1.2/build-provenance>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ResourceDescriptor;
use crate::resource::{absent, text};

/// `https://slsa.dev/provenance/v1`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProvenanceV1 {
    /// What was built, from what: all that the output may depend on.
    #[serde(deserialize_with = "absent")]
    pub build_definition: BuildDefinition,
    /// This one run.
    #[serde(deserialize_with = "absent")]
    pub run_details: RunDetails,
}

/// What was built, from what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BuildDefinition {
    /// What the parameters mean: a URI.
    #[serde(deserialize_with = "absent")]
    pub build_type: String,
    /// What whoever asked for the build could choose. Whoever verifies has to know every one of them.
    #[serde(deserialize_with = "absent")]
    pub external_parameters: Map<String, Value>,
    /// What the builder chose.
    #[serde(deserialize_with = "absent", skip_serializing_if = "Map::is_empty")]
    pub internal_parameters: Map<String, Value>,
    /// What was fetched to build it, as far as is known.
    #[serde(deserialize_with = "absent", skip_serializing_if = "Vec::is_empty")]
    pub resolved_dependencies: Vec<ResourceDescriptor>,
}

/// One run of a build.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunDetails {
    /// Who ran it, and vouches for this.
    #[serde(deserialize_with = "absent")]
    pub builder: Builder,
    /// When, and which run.
    #[serde(deserialize_with = "absent", skip_serializing_if = "BuildMetadata::is_empty")]
    pub metadata: BuildMetadata,
    /// What else came out: logs, lists of files.
    #[serde(deserialize_with = "absent", skip_serializing_if = "Vec::is_empty")]
    pub byproducts: Vec<ResourceDescriptor>,
}

/// Who ran a build.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Builder {
    /// The platform, with all that it trusts: a URI.
    #[serde(deserialize_with = "absent")]
    pub id: String,
    /// Versions of parts of the platform.
    #[serde(deserialize_with = "absent", skip_serializing_if = "BTreeMap::is_empty")]
    pub version: BTreeMap<String, String>,
    /// What the platform itself consists of.
    #[serde(deserialize_with = "absent", skip_serializing_if = "Vec::is_empty")]
    pub builder_dependencies: Vec<ResourceDescriptor>,
}

/// When a build ran, and which run it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BuildMetadata {
    /// The run, for the logs of the platform. `BuildKit` and GitLab's runner spell it `invocationID`; some write a number.
    #[serde(deserialize_with = "text", alias = "invocationID", skip_serializing_if = "String::is_empty")]
    pub invocation_id: String,
    /// When it began: RFC 3339.
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    pub started_on: String,
    /// When it ended: RFC 3339.
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    pub finished_on: String,
}

impl BuildMetadata {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
