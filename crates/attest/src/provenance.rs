//! SLSA provenance, in the three shapes that it has had. <https://slsa.dev/spec/v1.2/build-provenance>
//!
//! Each shape is transcribed as it is; what they have in common is made of them where they are verified. By the rules of
//! in-toto unknown fields are ignored, and `null` is the same as nothing.

mod v0_1;
mod v0_2;
mod v1;
mod witness;

use serde::Deserialize;
use serde_json::Value;

use crate::{AttestError, Statement};

pub use v0_1::{ProvenanceV01, Recipe};
pub use v0_2::{Completeness, ConfigSource, Invocation, Material, OldMetadata, ProvenanceV02};
pub use v1::{BuildDefinition, BuildMetadata, Builder, ProvenanceV1, RunDetails};

const WHAT: &str = "SLSA provenance";

/// The type of provenance that is written.
pub const PROVENANCE_V1: &str = "https://slsa.dev/provenance/v1";
/// The type of provenance v0.2.
pub const PROVENANCE_V0_2: &str = "https://slsa.dev/provenance/v0.2";
/// The type of provenance v0.1.
pub const PROVENANCE_V0_1: &str = "https://slsa.dev/provenance/v0.1";
/// What witness writes for v1, though no specification has it.
pub const PROVENANCE_V1_WITNESS: &str = "https://slsa.dev/provenance/v1.0";

/// Provenance of one of the versions.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Provenance {
    /// `https://slsa.dev/provenance/v0.1`
    V01(Box<ProvenanceV01>),
    /// `https://slsa.dev/provenance/v0.2`
    V02(Box<ProvenanceV02>),
    /// `https://slsa.dev/provenance/v1`, which is that of SLSA 1.0, 1.1 and 1.2.
    V1(Box<ProvenanceV1>),
}

impl Provenance {
    /// Whether a predicate of this type is provenance that is read here.
    #[must_use]
    pub fn is_type(predicate_type: &str) -> bool {
        [PROVENANCE_V1, PROVENANCE_V0_2, PROVENANCE_V0_1, PROVENANCE_V1_WITNESS].contains(&predicate_type)
    }

    /// Reads the predicate of a statement, also when it names no builder or type of build, as `BuildKit` often does: to show
    /// it, never to rely on it.
    ///
    /// # Errors
    /// It is no provenance, or not of the shape that its type promises.
    pub fn incomplete(statement: &Statement) -> Result<Self, AttestError> {
        Ok(match statement.predicate_type() {
            PROVENANCE_V1 => Self::V1(shape(statement.predicate())?),
            PROVENANCE_V1_WITNESS => Self::V1(shape(&witness::renamed(statement.predicate()))?),
            PROVENANCE_V0_2 => Self::V02(shape(statement.predicate())?),
            PROVENANCE_V0_1 => Self::V01(shape(statement.predicate())?),
            other => return Err(AttestError::invalid(WHAT, format!("{other:?} is another type of predicate"))),
        })
    }

    /// Reads the predicate of a statement.
    ///
    /// # Errors
    /// It is no provenance, or not of the shape that its type promises, or names no builder or type of build.
    pub fn of(statement: &Statement) -> Result<Self, AttestError> {
        let read = Self::incomplete(statement)?;
        if read.builder_id().is_empty() {
            return Err(AttestError::invalid(WHAT, "it names no builder"));
        }
        if read.build_type().is_empty() {
            return Err(AttestError::invalid(WHAT, "it names no type of build"));
        }
        Ok(read)
    }

    /// Who says to have built it: a URI.
    #[must_use]
    pub fn builder_id(&self) -> &str {
        match self {
            Self::V01(provenance) => &provenance.builder.id,
            Self::V02(provenance) => &provenance.builder.id,
            Self::V1(provenance) => &provenance.run_details.builder.id,
        }
    }

    /// What the parameters mean: a URI. In v0.1 the type of the recipe.
    #[must_use]
    pub fn build_type(&self) -> &str {
        match self {
            Self::V01(provenance) => &provenance.recipe.recipe_type,
            Self::V02(provenance) => &provenance.build_type,
            Self::V1(provenance) => &provenance.build_definition.build_type,
        }
    }
}

fn shape<T: for<'de> Deserialize<'de>>(predicate: &Value) -> Result<Box<T>, AttestError> {
    T::deserialize(predicate).map(Box::new).map_err(|source| AttestError::Malformed { what: WHAT, source })
}

#[cfg(test)]
mod tests;
