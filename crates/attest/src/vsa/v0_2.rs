//! Summaries v0.2: snake case, and one level. <https://slsa.dev/spec/v0.2/verification_summary>

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{VerificationResult, VerificationSummary, Verifier};
use crate::ResourceDescriptor;
use crate::resource::absent;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Old {
    #[serde(deserialize_with = "absent")]
    verifier: Verifier,
    #[serde(deserialize_with = "absent")]
    time_verified: String,
    #[serde(deserialize_with = "absent")]
    resource_uri: String,
    #[serde(deserialize_with = "absent")]
    policy: ResourceDescriptor,
    #[serde(deserialize_with = "absent")]
    input_attestations: Vec<ResourceDescriptor>,
    verification_result: VerificationResult,
    #[serde(deserialize_with = "absent")]
    policy_level: String,
    dependency_levels: Option<BTreeMap<String, u64>>,
}

impl From<Old> for VerificationSummary {
    fn from(old: Old) -> Self {
        Self {
            verifier: old.verifier,
            time_verified: old.time_verified,
            resource_uri: old.resource_uri,
            policy: old.policy,
            input_attestations: old.input_attestations,
            verification_result: old.verification_result,
            verified_levels: Some(old.policy_level).filter(|level| !level.is_empty()).into_iter().collect(),
            dependency_levels: old.dependency_levels,
            slsa_version: String::new(),
        }
    }
}
