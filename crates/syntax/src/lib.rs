//! Budgeted readers of JSON, TOML, XML, YAML and property lists, with the line of everything they read.
//!
//! Each works within [`Limits`], is linear in its input, and keeps what it read before a fault. None of them panics or
//! overflows the stack, whatever the input. [`text`] decodes and counts lines for formats that are none of these;
//! [`trees`] reads the brackets and quotes of the small languages that package managers made up, and [`words`] words messages.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod error;
pub mod json;
pub mod plist;
pub mod text;
pub mod toml;
pub mod trees;
pub mod words;
pub mod xml;
pub mod yaml;

pub use error::Error;

use plimsoll_model::Limits;

/// The deepest nesting whatever the limits say: readers and their callers recurse on a thread's stack.
const DEPTH_CEILING: u32 = 256;

/// The depth that a document may have.
fn depth_limit(limits: &Limits) -> usize {
    usize::try_from(limits.depth.min(DEPTH_CEILING)).unwrap_or(usize::MAX)
}

/// A line number, or the last one there is.
fn line_number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}
