//! SPDX 3.0.1 and the neutral document. <https://spdx.github.io/spdx-spec/v3.0.1/>
//!
//! What SPDX 3 has a place for goes there. What a [`Document`] says beyond that, as the scope of a component or where a scan
//! saw it, goes to entries of the standard's own `extension_CdxPropertiesExtension` under names of ours (`carry`), so that
//! reading what was written gives the same document, the order of its elements and edges aside. A fact is only carried
//! when its place would not give it back.

mod carry;
mod ids;
mod read;
mod words;
mod write;

pub(super) use read::{places, read};
pub(super) use write::{ids, write};
