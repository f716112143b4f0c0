//! SPDX 2 YAML: the members of its JSON, as YAML 1.2.
//!
//! Scalars are text, also a version `1.10` and a date, but where the table expects a boolean or a number: a reader that
//! resolves them would change documents. The writer quotes all text, as JSON does, so that nothing can be taken for
//! anything else.

mod read;
mod write;

pub(super) use read::read;
pub(super) use write::write;
