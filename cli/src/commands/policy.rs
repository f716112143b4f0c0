//! Policies that the command line names.

pub(super) mod open;
