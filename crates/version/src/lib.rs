//! Orders and ranges versions the way each ecosystem does.
//!
//! A [`Scheme`] turns a version into a key whose order is total by construction: a sequence of atoms compared one by
//! one, the shorter padded. So sorting never panics and never depends on the input's order, whatever the strings are.
//! Numbers are compared as digit strings: no length overflows. Reading a version takes time and memory linear in its
//! length.
//!
//! [`Scheme::compare`] refuses what the ecosystem would refuse; [`Scheme::order`] reads it as far as it goes. A
//! [`Range`] is a set of versions written as VERS, as an ecosystem's own range syntax or as the events of an OSV
//! advisory.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod error;
mod events;
mod intervals;
mod key;
mod native;
mod range;
mod scan;
mod scheme;
mod schemes;
mod vers;
mod version;

#[cfg(test)]
mod properties;

pub use error::VersionError;
pub use events::Event;
pub use range::{Comparator, Constraint, Range};
pub use scheme::Scheme;
pub use version::Version;
