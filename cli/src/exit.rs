//! Exit status of every command. Scripts rely on these.

/// Done.
pub(crate) const DONE: u8 = 0;
/// The answer is no.
pub(crate) const NO: u8 = 1;
/// Usage or configuration.
pub(crate) const USAGE: u8 = 2;
/// Could not do the work: the source or a named input cannot be opened, or is not what it claims to be.
pub(crate) const FAILED: u8 = 3;
/// Done but incomplete, under `--strict`.
pub(crate) const INCOMPLETE: u8 = 4;
/// A bug in Plimsoll.
pub(crate) const INTERNAL: u8 = 70;
