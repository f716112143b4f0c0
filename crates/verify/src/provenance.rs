//! Whether provenance proves that an artifact was built from that source by that builder, and at which level.
//!
//! The order is that of SLSA (`verifying-artifacts`): a signer that is recognised, the subject, the type of predicate, the
//! level by signer and builder, then what is expected. Every shape and type of build is brought into one [`BuildView`] first,
//! by a small adapter for each type. The level is never read from a document; it is looked up in [`BuilderRule`]s.

mod adapters;
mod builders;
mod check;
mod expectation;
mod issuers;
mod judgement;
mod npm;
mod outcome;
mod references;
mod report;
mod repository;
mod view;

pub use builders::{BuilderRule, BuilderSigner, RunnerRule, builders_known, google_cloud_build_builders};
pub(crate) use check::Checks;
pub use check::{BuildCheck, BuildCheckState};
pub use expectation::{BuildExpectation, ParameterRule, ProvenanceExpectation, RefExpectation};
pub use judgement::verify_provenance;
pub use npm::{NpmExpectation, RegistryKey, npm_registry_keys, verify_npm_package};
pub use outcome::{ProvenBuild, ProvenanceOutcome, ProvenanceRefusal};
pub use repository::Repository;
pub use view::{BuildView, Parameter, SourceView, Stated};

#[cfg(test)]
mod tests;
