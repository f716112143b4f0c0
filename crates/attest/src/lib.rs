//! In-toto statements, DSSE envelopes and predicates as types and bytes.
//!
//! Nothing here decides whether a statement is true or a signature valid: that is `plimsoll_verify`. What is here is exact
//! about bytes. An [`Envelope`] keeps the payload it was signed over, a [`Statement`] is read from those bytes and never
//! written back for checking, and JSON that holds a key twice is refused, because two readers may take different ones.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod envelope;
mod error;
mod jsf;
mod json;
mod predicate;
mod provenance;
mod resource;
mod statement;
mod svr;
mod vsa;

pub use envelope::{Envelope, EnvelopeSignature, IN_TOTO_PAYLOAD_TYPE, decode_base64, is_in_toto_payload, pae};
pub use error::AttestError;
pub use jsf::{JsfAlgorithm, JsfCore, JsfDocument, JsfForm, JsfSignature, Jwk};
pub use json::refuse_duplicates;
pub use predicate::{PREDICATES, Predicate, PredicateType};
pub use provenance::{
    BuildDefinition, BuildMetadata, Builder, Completeness, ConfigSource, Invocation, Material, OldMetadata,
    PROVENANCE_V0_1, PROVENANCE_V0_2, PROVENANCE_V1, PROVENANCE_V1_WITNESS, Provenance, ProvenanceV01, ProvenanceV1,
    ProvenanceV02, Recipe, RunDetails,
};
pub use resource::ResourceDescriptor;
pub use statement::{DigestSet, MAX_DIGESTS, MAX_SUBJECTS, Statement, StatementBuilder, StatementVersion, Subject};
pub use svr::{SVR_V0_2, SimpleResult};
pub use vsa::{
    MAX_INPUTS, MAX_LEVEL_NAME, MAX_LEVELS, SlsaResult, VSA_V0_2, VSA_V1, VerificationResult, VerificationSummary,
    Verifier, refuse_two_of_a_track,
};
