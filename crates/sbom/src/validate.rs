//! What is wrong with a document: held against the tables of its standard, and against the rules that no table says.

pub mod spdx3;
pub(crate) mod walk;
