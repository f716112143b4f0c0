//! Decides, offline, whether evidence proves what is expected.
//!
//! [`read_evidence`] recognises what a file holds (a Sigstore bundle of any version, JSON lines of them, cosign's older
//! bundle, a bare DSSE envelope, attestations of package registries …). [`verify`] takes all evidence at hand, a
//! [`Subject`], an [`Expectation`] and the [`TrustedRoot`]s to believe, and returns an [`Outcome`]: what was proven, what
//! was refused and why, and what was not checked. A [`Verified`] can be built in no other way, so a statement that proves
//! nothing cannot reach a gate.
//!
//! There is no expectation by default, no clock (the time is an argument) and no network. The cryptography is that of
//! `sigstore-verify`, which only `engine` names; what it does not know is added there (decision record 0014).

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

pub mod airgap;
mod claims;
mod code;
mod ecdsa;
mod engine;
mod error;
mod evidence;
mod expectation;
mod identified;
mod jsf;
mod key;
mod outcome;
mod pattern;
mod provenance;
mod subject;
mod summary;
mod trust;
mod verification;

pub use claims::{Claim, Claims};
pub use code::Code;
pub use error::VerifyError;
pub use evidence::{
    EntryQuery, Evidence, EvidenceKind, InspectedCertificate, InspectedEntry, Inspection, MAX_EVIDENCE_BYTES,
    read_evidence,
};
pub use expectation::{Expectation, LogRule, SignerExpectation};
pub use identified::{Identified, identify};
pub use jsf::{ExcludesRule, JsfExpectation, JsfOutcome, JsfRefusal, JsfRule, JsfVerified, verify_jsf};
pub use key::PublicKey;
pub use outcome::{Check, CheckState, Outcome, Refusal, Verified, VerifiedTime};
pub use pattern::Pattern;
pub use provenance::{
    BuildCheck, BuildCheckState, BuildExpectation, BuildView, BuilderRule, BuilderSigner, NpmExpectation, Parameter,
    ParameterRule, ProvenBuild, ProvenanceExpectation, ProvenanceOutcome, ProvenanceRefusal, RefExpectation,
    RegistryKey, Repository, RunnerRule, SourceView, Stated, builders_known, google_cloud_build_builders,
    npm_registry_keys, verify_npm_package, verify_provenance,
};
pub use subject::{AnySubject, Content, NamedDigest, Subject};
pub use summary::{
    PolicyExpectation, ProvenSummary, ResourceRule, SourceTrust, SummaryExpectation, SummaryKind, SummaryOutcome,
    SummaryRefusal, SummaryView, VerifierRule, verify_source_level, verify_summary,
};
pub use trust::{Authority, BuiltIn, TrustedRoot};
pub use verification::{verify, verify_about};
