//! CycloneDX: what its trees say, and documents as its trees.
//!
//! CycloneDX has two ways to say that something lies in something else: components within a component, which is an
//! assembly, and nothing else. So containment of other documents is a dependency whose target names its container in the
//! property [`CONTAINED_IN`]; what a container image depends on, it contains. An assembly is a [`EdgeKind::Contains`]
//! edge with the comment [`ASSEMBLY`].
//!
//! [`EdgeKind::Contains`]: crate::document::EdgeKind::Contains

mod read;
mod write;

pub(crate) use read::bom_link;
pub(super) use read::{places, read};
pub(super) use write::write;
pub(crate) use write::{component, schema};

/// The property of a component that names what it lies in.
const CONTAINED_IN: &str = "plimsoll:contained-in";

/// The remark on the edge from a component to one that stands within it.
const ASSEMBLY: &str = "assembly";

/// The type of a component that contains whatever it depends on.
const CONTAINER: &str = "container";
