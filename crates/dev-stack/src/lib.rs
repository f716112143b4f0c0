//! A private Sigstore on loopback.
//!
//! One process and one port hold all that keyless signing needs: issuers of tokens, Fulcio with a CT log, Rekor v1 and v2, a
//! timestamp authority, a TUF repository. It is what signing and verifying are tested against, so it shares no code with
//! either: certificates, timestamps, trees and notes are put together here, from the types of their encodings. And it can be
//! told to be wrong ([`Fault`]), in ways that the real services hopefully never are.
//!
//! Whoever can connect is given tokens. It listens on 127.0.0.1 only, its keys live as long as the process, and nothing that
//! it signs is worth anything elsewhere.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod answer;
mod certificate;
mod checkpoint;
mod connection;
mod ct;
mod error;
mod fault;
mod fulcio;
mod identity;
mod key;
mod log;
mod merkle;
mod oidc;
mod rekor;
mod rekor_v2;
mod routes;
mod stack;
mod text;
mod timestamp;
mod trust;
mod tuf;

pub use error::DevStackError;
pub use fault::{Fault, Outage, Service};
pub use identity::{Identity, Workflow};
pub use stack::{Clock, DevStack, LogKey, Options, RekorVersion};
pub use text::Secret;
