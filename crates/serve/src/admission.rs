//! A `ValidatingAdmissionWebhook` for Kubernetes: whether the images of an object may run, by the rules of a policy.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/>, `admission.k8s.io/v1`. The API server
//! sends an `AdmissionReview` over TLS and waits at most 30 seconds, by default 10, for every object that somebody makes or changes;
//! all that is here follows from that:
//!
//! - A digest is verified once, however many reviews ask at a time, and the decision is kept for a while ([`flights`]).
//! - Verification needs no network: whom to believe is in the policy. Only evidence and tags come from elsewhere, by an [`ImageSource`].
//! - Work that blocks is done by few threads, with few waiting ([`work`]). When there are more, the answer is an error at once rather
//!   than one that comes too late, and whoever runs it says whether an error denies.
//! - What is unchanged is not asked about again: an object whose images are those that it had may always be updated, so that nothing
//!   that runs is held up, and what is being deleted can be.
//! - Evidence is about digests. The API server hears yes or no, and cannot be told a digest in place of a tag: with a tag the node may
//!   pull another image a moment later. [`AdmissionOptions::require_digest`] refuses tags.

mod answer;
mod code;
mod counters;
mod flights;
mod http;
mod judge;
mod listen;
mod objects;
mod options;
mod review;
mod source;
mod tls;
mod work;

#[cfg(test)]
mod tests;

pub use code::AdmissionCode;
pub use listen::AdmissionServer;
pub use options::{AdmissionOptions, OnError, UnknownKinds};
pub use source::{Asked, Decided, ImageFault, ImageName, ImageSource, Rules};
