//! Loads policy (TOML) and turns verification results into findings and a verdict.
//!
//! One schema for all commands that decide. There is no policy by default, and whatever a policy does not name is not allowed.
//! Files are read with their lines, an unknown key is an error, and nothing here reads a file, a clock or a network: who calls
//! brings the texts, the time and the evidence.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod error;
mod exceptions;
mod file;
mod name;
mod words;

pub use error::PolicyError;
pub use exceptions::{Exception, Exceptions};
pub use name::{Name, NamePattern};
