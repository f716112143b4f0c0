//! Provenance that registries hold for the components of an SBOM: found, verified, and held to who was expected.
//!
//! [`dependencies`] lists what a document names; [`check`] asks the registries about each through a [`Fetch`] (the network, or
//! a [`Store`] of recorded answers) and gives a [`Report`] with one of six [`Status`]es for each. Presence is not trust: what
//! is verified but that nobody expected is [`Status::Unpinned`], and a registry's own word is told and never counted.
//!
//! - Each service is one file in `sources/` and one line of its table; how it is asked is there, with what surprises.
//! - What is verified is the digest that the SBOM names. Where it names none, the digest is the registry's word
//!   ([`Binding::Registry`]), which the row says.
//! - Expectations are, in this order: what the user states ([`DependencyExpectation`]), what was seen before ([`Lock`]).
//!   What an SBOM or a registry says about the repository is compared and told, and expects nothing.

mod attestations;
mod check;
mod component;
mod expectation;
mod fetch;
mod http;
mod image;
mod judge;
mod lock;
mod pace;
mod report;
mod repository;
mod signer;
mod snappy;
mod sources;
mod store;
mod tar;

#[cfg(test)]
mod tests;

pub use attestations::{GitHubAttestations, GitHubQuery, GitHubScope};
pub use check::{CheckOptions, check, gather};
pub use component::{Dependency, DependencyFile, DependencyList, LeftOut, dependencies};
pub use expectation::{DependencyExpectation, ExpectationError};
pub use fetch::{Answer, Fetch, FetchError, Request, Service};
pub use http::{HttpFetch, HttpOptions, Registries, Token};
pub use lock::{Lock, LockError, LockedSigner};
pub use report::{Asserted, Binding, Counts, Excuse, ExpectedBy, Piece, Report, Required, Requirement, Row, Status};
pub use signer::{Signer, What};
pub use store::{Recorder, Store, StoreError};
