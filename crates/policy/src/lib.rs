//! Loads policy (TOML) and turns verification results into findings and a verdict.
//!
//! One schema for all commands that decide. There is no policy by default, and whatever a policy does not name is not allowed.
//! Files are read with their lines, an unknown key is an error, and nothing here reads a file, a clock or a network: who calls
//! brings the texts, the time and the evidence.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

pub mod audit;
mod builders;
mod cases;
pub mod compliance;
mod dependencies;
mod draft;
mod error;
mod exceptions;
mod expect;
mod explain;
mod file;
pub mod gate;
pub mod import;
mod judgement;
mod name;
mod policy;
mod roots;
mod sources;
mod vex;
mod words;

pub use builders::PolicyBuilder;
pub use cases::{CASE_KEYS, Case, read_cases};
pub use dependencies::{Dependencies, DependencyAction, DependencyIdentity, DependencyRequirement};
pub use draft::Draft;
pub use error::PolicyError;
pub use exceptions::{EXCEPTION_KEYS, Exception, ExceptionProof, ExceptionRules, ExceptionState, Exceptions};
pub use expect::{ArtifactExpectation, AttestationExpectation};
pub use explain::Explanation;
pub use judgement::{Build, BuildState, Evidences, Judgement, Rules, Verdict, VerdictState, judge};
pub use name::{Matched, Name, NamePattern};
pub use policy::{Policy, policy_keys};
pub use roots::PolicyRoot;
pub use vex::VexSigner;
