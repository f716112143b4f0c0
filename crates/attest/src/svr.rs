//! Simple verification results (SVR): properties that somebody verified, and nothing of how.
//! <https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md>
//!
//! Version 0.2. That `verifier.policies` has to be there, even when it is empty, is the one thing that sets it apart from 0.1,
//! so here `null` is not the same as an empty list: a producer has to say that there is no policy that could be named.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::absent;
use crate::{AttestError, ResourceDescriptor, Statement};

const WHAT: &str = "simple verification result";

/// The type of result that is read and written.
pub const SVR_V0_2: &str = "https://in-toto.io/attestation/svr/v0.2";
/// More properties or policies than this are refused.
const MAX: usize = 1024;

/// Properties that somebody verified.
#[derive(Debug, Clone, PartialEq)]
pub struct SimpleResult {
    /// Who verified: a URI.
    pub verifier: String,
    /// What was verified against, as far as it can be named.
    pub policies: Vec<ResourceDescriptor>,
    /// When: RFC 3339.
    pub time_created: String,
    /// What holds.
    pub properties: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    verifier: WireVerifier,
    #[serde(default, deserialize_with = "absent")]
    time_created: String,
    #[serde(default, deserialize_with = "absent")]
    properties: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WireVerifier {
    #[serde(default, deserialize_with = "absent")]
    id: String,
    policies: Vec<ResourceDescriptor>,
}

impl SimpleResult {
    /// Reads the predicate of a statement.
    ///
    /// # Errors
    /// It is none, or lacks its verifier, policies or time, or has too many of anything.
    pub fn of(statement: &Statement) -> Result<Self, AttestError> {
        if statement.predicate_type() != SVR_V0_2 {
            let reason = format!("{:?} is another type of predicate", statement.predicate_type());
            return Err(AttestError::invalid(WHAT, reason));
        }
        let wire =
            Wire::deserialize(statement.predicate()).map_err(|source| AttestError::Malformed { what: WHAT, source })?;
        Self {
            verifier: wire.verifier.id,
            policies: wire.verifier.policies,
            time_created: wire.time_created,
            properties: wire.properties,
        }
        .checked()
    }

    fn checked(self) -> Result<Self, AttestError> {
        let invalid = |reason: String| Err(AttestError::invalid(WHAT, reason));
        if self.verifier.is_empty() {
            return invalid("it names no verifier".into());
        }
        if self.time_created.is_empty() {
            return invalid("it does not say when".into());
        }
        if self.properties.len() > MAX || self.policies.len() > MAX {
            return invalid(format!("it has more than {MAX} properties or policies"));
        }
        Ok(self)
    }

    /// The predicate to sign, of type [`SVR_V0_2`].
    ///
    /// # Errors
    /// It would not be read back.
    pub fn to_predicate(&self) -> Result<Value, AttestError> {
        let checked = self.clone().checked()?;
        let wire = Wire {
            verifier: WireVerifier { id: checked.verifier, policies: checked.policies },
            time_created: checked.time_created,
            properties: checked.properties,
        };
        serde_json::to_value(wire).map_err(|source| AttestError::Malformed { what: WHAT, source })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{DigestSet, StatementBuilder};

    fn statement(predicate: Value) -> Statement {
        let digest = DigestSet::from([("sha256".to_owned(), "0".repeat(64))]);
        StatementBuilder::new(SVR_V0_2, predicate).subject("a", digest).build().unwrap().0
    }

    #[test]
    fn policies_are_there_even_when_there_are_none() {
        let document = json!({
            "verifier": { "id": "https://verifier.example/v2", "policies": [] },
            "timeCreated": "1985-04-12T23:20:50.52Z",
            "properties": ["SLSA_BUILD_LEVEL_3", "COMPANY_RELEASE_APPROVED"],
        });
        let read = SimpleResult::of(&statement(document.clone())).unwrap();
        assert_eq!(read.to_predicate().unwrap(), document);
        for policies in [Value::Null, json!({}), json!("none")] {
            let mut bad = document.clone();
            bad["verifier"]["policies"] = policies;
            assert!(SimpleResult::of(&statement(bad)).is_err());
        }
        let mut bad = document.clone();
        bad["verifier"] = json!({ "id": "https://verifier.example/v2" });
        assert!(SimpleResult::of(&statement(bad)).is_err());
        for field in ["verifier", "timeCreated"] {
            let mut bad = document.clone();
            bad[field] = Value::Null;
            assert!(SimpleResult::of(&statement(bad)).is_err(), "{field}");
        }
    }
}
