//! JSON (RFC 8259): a pull lexer, a reader that makes trees, and writers.
//!
//! It is our own lexer because a document is validated while it is read, with the line of every fault, numbers kept as
//! they are written and duplicate members seen; serde's interface gives none of these.

mod canonical;
pub(crate) mod lexer;
mod list;
pub(crate) mod peek;
mod read;
mod write;
mod writer;

pub use canonical::{CanonicalError, canonical};
pub(crate) use list::write_list;
pub(crate) use read::{read, tree};
pub(crate) use write::{uuid_of, value as write_value, write};
pub(crate) use writer::JsonWriter;
