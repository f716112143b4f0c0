//! What an encoding cannot hold.

use crate::tree::Pointer;

/// A place of a tree that was written differently, or not at all, since the encoding has no way to say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// Where in the tree.
    pub pointer: Pointer,
    /// What became of it.
    pub message: &'static str,
}

/// The omissions of one writing, and the place where it is.
#[derive(Debug, Default)]
pub(crate) struct Omissions {
    /// Where the writer is.
    pub(crate) at: Pointer,
    /// The name of the version that is written.
    pub(crate) version: &'static str,
    /// What was found.
    pub(crate) found: Vec<Omission>,
}

impl Omissions {
    /// Notes one at the place where the writer is.
    pub(crate) fn note(&mut self, message: &'static str) {
        self.found.push(Omission { pointer: self.at.clone(), message });
    }
}
