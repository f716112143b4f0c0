//! Provenance v0.2. <https://slsa.dev/spec/v0.2/provenance>

use serde::Deserialize;
use serde_json::Value;

use super::Builder;
use crate::DigestSet;
use crate::resource::{absent, digests};

/// `https://slsa.dev/provenance/v0.2`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProvenanceV02 {
    /// Who ran it.
    #[serde(deserialize_with = "absent")]
    pub builder: Builder,
    /// What the parameters mean: a URI.
    #[serde(deserialize_with = "absent")]
    pub build_type: String,
    /// What started it.
    #[serde(deserialize_with = "absent")]
    pub invocation: Invocation,
    /// The steps, as the type of build has them.
    #[serde(deserialize_with = "absent")]
    pub build_config: Value,
    /// When, which run, and how complete this is.
    #[serde(deserialize_with = "absent")]
    pub metadata: OldMetadata,
    /// What went into it.
    #[serde(deserialize_with = "absent")]
    pub materials: Vec<Material>,
}

/// What started a build.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Invocation {
    /// Where the definition of the build was.
    #[serde(deserialize_with = "absent")]
    pub config_source: ConfigSource,
    /// What whoever asked for the build could choose.
    #[serde(deserialize_with = "absent")]
    pub parameters: Value,
    /// What the builder chose.
    #[serde(deserialize_with = "absent")]
    pub environment: Value,
}

/// Where the definition of a build was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigSource {
    /// The repository, often with a ref after `@`.
    #[serde(deserialize_with = "absent")]
    pub uri: String,
    /// The commit.
    #[serde(deserialize_with = "digests")]
    pub digest: DigestSet,
    /// The file within it, or what of it was run.
    #[serde(deserialize_with = "absent")]
    pub entry_point: String,
}

/// When a build ran, in v0.1 and v0.2.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OldMetadata {
    /// The run. Generators also spell it `buildInvocationID`.
    #[serde(deserialize_with = "absent", alias = "buildInvocationID")]
    pub build_invocation_id: String,
    /// When it began: RFC 3339.
    #[serde(deserialize_with = "absent")]
    pub build_started_on: String,
    /// When it ended: RFC 3339.
    #[serde(deserialize_with = "absent")]
    pub build_finished_on: String,
    /// What the builder claims to have told completely.
    #[serde(deserialize_with = "absent")]
    pub completeness: Completeness,
    /// Whether the builder claims that another run gives the same bytes.
    #[serde(deserialize_with = "absent")]
    pub reproducible: bool,
}

/// What a builder claims to have told completely.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Completeness {
    /// The parameters (v0.2) or arguments (v0.1).
    #[serde(deserialize_with = "absent", alias = "arguments")]
    pub parameters: bool,
    /// The environment.
    #[serde(deserialize_with = "absent")]
    pub environment: bool,
    /// The materials.
    #[serde(deserialize_with = "absent")]
    pub materials: bool,
}

/// What went into a build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Material {
    /// Where it came from.
    #[serde(deserialize_with = "absent")]
    pub uri: String,
    /// Its digests.
    #[serde(deserialize_with = "digests")]
    pub digest: DigestSet,
}
