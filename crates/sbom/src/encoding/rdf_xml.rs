//! SPDX 2 RDF/XML (<https://www.w3.org/TR/rdf-syntax-grammar/>); only read.
//!
//! A node is written where it is first used, or anywhere: nested, by `rdf:about` in several pieces, or by `rdf:nodeID`.
//! So the file becomes a graph first, and `rdf.table` says what its nodes are in JSON. RDF has no order: the members of
//! a license set come in any. A DOCTYPE is refused, as are nodes that contain themselves where a tree cannot.

mod graph;
mod licenses;
mod read;

#[cfg(test)]
mod tests;

pub(super) use read::read;
