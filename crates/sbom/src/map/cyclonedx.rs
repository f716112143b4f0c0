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

use crate::standard::{Standard, VersionIndex};

pub(super) use read::{places, read};
pub(super) use write::write;

/// The property of a component that names what it lies in.
const CONTAINED_IN: &str = "plimsoll:contained-in";

/// The remark on the edge from a component to one that stands within it.
const ASSEMBLY: &str = "assembly";

/// The type of a component that contains whatever it depends on.
const CONTAINER: &str = "container";

/// The address of the JSON schema of a version, as documents give it.
pub(crate) fn schema(version: VersionIndex) -> String {
    let standard = Standard::cyclonedx();
    let field = standard.object(standard.root()).and_then(|bom| bom.field("$schema", version));
    let name = standard.version_name(version);
    let usual = || format!("http://cyclonedx.org/schema/bom-{name}.schema.json");
    field.and_then(|field| field.constant).map_or_else(usual, str::to_owned)
}
