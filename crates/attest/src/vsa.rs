//! Verification summaries (VSA): what somebody found who verified an artifact, so that others need not.
//! <https://slsa.dev/spec/v1.2/verification_summary>
//!
//! The type `/v1` is that of SLSA 1.0, 1.1 and 1.2; the older `/v0.2`, in snake case and with one level, is read and never
//! written. By the rules of in-toto unknown fields are ignored, and `null` is the same as nothing, with one exception that the
//! specification makes: `dependencyLevels` that are there and empty say that there is no dependency, and none at all say nothing.

mod level;
mod v0_2;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::resource::absent;
use crate::{AttestError, ResourceDescriptor, Statement};

pub use level::{MAX_LEVEL_NAME, SlsaResult, refuse_two_of_a_track};

const WHAT: &str = "verification summary";

/// The type of summary that is written.
pub const VSA_V1: &str = "https://slsa.dev/verification_summary/v1";
/// The type of summary v0.2.
pub const VSA_V0_2: &str = "https://slsa.dev/verification_summary/v0.2";

/// More levels than this in one summary are refused.
pub const MAX_LEVELS: usize = 256;
/// More attestations that were looked at than this are refused.
pub const MAX_INPUTS: usize = 16_384;

/// What somebody found who verified an artifact. As it is written: the words of a verifier, whom the reader may not know.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VerificationSummary {
    /// Who verified.
    #[serde(deserialize_with = "absent")]
    pub verifier: Verifier,
    /// When: RFC 3339. Empty when it is not told.
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    pub time_verified: String,
    /// What the artifact was verified to be: mostly where it is fetched from.
    #[serde(deserialize_with = "absent")]
    pub resource_uri: String,
    /// What it was verified against. Its `uri` is always there.
    #[serde(deserialize_with = "absent")]
    pub policy: ResourceDescriptor,
    /// All attestations that were looked at, or none when they are not told. Each has a digest.
    #[serde(deserialize_with = "absent", skip_serializing_if = "Vec::is_empty")]
    pub input_attestations: Vec<ResourceDescriptor>,
    /// What came of it.
    pub verification_result: VerificationResult,
    /// The highest level of each track, and properties. To be understood with [`VerificationSummary::levels`].
    #[serde(deserialize_with = "absent")]
    pub verified_levels: Vec<String>,
    /// How many of all dependencies, direct or not, were found at each level. `Some` and empty: there is no dependency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dependency_levels: Option<BTreeMap<String, u64>>,
    /// The version of SLSA, such as `1.2`. Empty when it is not told.
    #[serde(deserialize_with = "absent", skip_serializing_if = "String::is_empty")]
    pub slsa_version: String,
}

/// Who verified.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verifier {
    /// A URI.
    #[serde(deserialize_with = "absent")]
    pub id: String,
    /// Versions of its parts.
    #[serde(deserialize_with = "absent", skip_serializing_if = "BTreeMap::is_empty")]
    pub version: BTreeMap<String, String>,
}

/// What came of a verification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum VerificationResult {
    /// The policy is met.
    Passed,
    /// It is not.
    Failed,
    /// It is not told, which no summary may do.
    #[default]
    #[serde(skip)]
    Untold,
}

impl VerificationResult {
    /// The word in documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Failed => "FAILED",
            Self::Untold => "",
        }
    }
}

impl VerificationSummary {
    /// Whether a predicate of this type is a summary that is read here.
    #[must_use]
    pub fn is_type(predicate_type: &str) -> bool {
        [VSA_V1, VSA_V0_2].contains(&predicate_type)
    }

    /// Reads the predicate of a statement.
    ///
    /// # Errors
    /// It is no summary, or lacks what every summary has to have: verifier, resource, policy and result; or one of the
    /// attestations that it looked at has no digest, or there are too many of anything.
    pub fn of(statement: &Statement) -> Result<Self, AttestError> {
        let malformed = |source| AttestError::Malformed { what: WHAT, source };
        let predicate = statement.predicate();
        let read = match statement.predicate_type() {
            VSA_V1 => Self::deserialize(predicate).map_err(malformed)?,
            VSA_V0_2 => v0_2::Old::deserialize(predicate).map_err(malformed)?.into(),
            other => return Err(AttestError::invalid(WHAT, format!("{other:?} is another type of predicate"))),
        };
        read.checked()
    }

    fn checked(self) -> Result<Self, AttestError> {
        let invalid = |reason: &str| Err(AttestError::invalid(WHAT, reason));
        if self.verifier.id.is_empty() {
            return invalid("it names no verifier");
        }
        if self.resource_uri.is_empty() {
            return invalid("it names no resource");
        }
        if self.policy.uri.is_empty() {
            return invalid("it names no policy");
        }
        if self.verification_result == VerificationResult::Untold {
            return invalid("it has no result");
        }
        let dependencies = self.dependency_levels.as_ref().map_or(0, BTreeMap::len);
        if self.verified_levels.len() > MAX_LEVELS || dependencies > MAX_LEVELS {
            return Err(AttestError::invalid(WHAT, format!("it has more than {MAX_LEVELS} levels")));
        }
        if self.input_attestations.len() > MAX_INPUTS {
            return Err(AttestError::invalid(WHAT, format!("it looked at more than {MAX_INPUTS} attestations")));
        }
        if self.input_attestations.iter().any(|input| input.digest.is_empty()) {
            return invalid("one of the attestations that it looked at has no digest");
        }
        Ok(self)
    }

    /// The levels, understood.
    ///
    /// # Errors
    /// One of them begins with `SLSA_` and is none that SLSA has, or there are two of one track.
    pub fn levels(&self) -> Result<Vec<SlsaResult>, AttestError> {
        let levels: Vec<SlsaResult> =
            self.verified_levels.iter().map(|text| SlsaResult::parse(text)).collect::<Result<_, _>>()?;
        refuse_two_of_a_track(&levels)?;
        Ok(levels)
    }

    /// The predicate to sign, of type [`VSA_V1`].
    ///
    /// # Errors
    /// It would not be read back, or says what no summary may: levels that SLSA does not have, two of one track, or a
    /// result that the levels contradict.
    pub fn to_predicate(&self) -> Result<serde_json::Value, AttestError> {
        self.clone().checked()?;
        let failed = self.levels()?.contains(&SlsaResult::Failed);
        if failed != (self.verification_result == VerificationResult::Failed) {
            return Err(AttestError::invalid(WHAT, "the levels are FAILED exactly when the result is"));
        }
        for name in self.dependency_levels.iter().flat_map(BTreeMap::keys) {
            SlsaResult::parse(name)?;
        }
        serde_json::to_value(self).map_err(|source| AttestError::Malformed { what: WHAT, source })
    }
}

#[cfg(test)]
mod tests;
