//! SPDX 2 XML: the members of its JSON as elements of their names under `Document`.
//!
//! The items of an array repeat the element, so only the table tells an array of one item from a value. An empty array
//! cannot be said, nor can `null`. There are no attributes. A DOCTYPE is refused.

mod read;
mod write;

pub(super) use read::read;
pub(super) use write::write;

/// The element that a document is.
const ROOT: &str = "Document";
