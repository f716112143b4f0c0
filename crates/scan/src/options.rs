//! What a scan is asked for.

use std::sync::Arc;

use globset::GlobSet;
use plimsoll_binaries::JarIndex;
use plimsoll_extract::Catalogue;
use plimsoll_model::Limits;
use plimsoll_sbom::{Agent, Timestamp};
use plimsoll_source::LayerScope;

use crate::CargoBuild;

/// What the document says about its subject and itself, when the source does not.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Name of the subject.
    pub name: Option<String>,
    /// Version of the subject.
    pub version: Option<String>,
    /// Who supplies it.
    pub supplier: Option<Agent>,
    /// Who answers for the document.
    pub authors: Vec<Agent>,
    /// When the document was made; the image's `created` stands in.
    pub timestamp: Option<Timestamp>,
}

/// What a scan is asked for.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Which layers of an image count.
    pub scope: LayerScope,
    /// `os/arch[/variant]`, or `all`.
    pub platform: Option<String>,
    /// Do not hash content. Weakens the result, which says so.
    pub insecure_skip_digests: bool,
    /// Paths to leave out.
    pub exclude: GlobSet,
    /// Leave out what belongs to packages of the operating system.
    pub exclude_os_owned: bool,
    /// Take no document's word: SBOMs that lie in the source are passed over. For what a document is held against.
    pub ignore_claims: bool,
    /// Which files to list with their digests.
    pub catalogue: Catalogue,
    /// Ask cargo for the dependencies of one build instead of reading the lockfile of the workspace. Runs cargo.
    pub cargo: Option<CargoBuild>,
    /// Names jars by their digest.
    pub jar_index: Option<Arc<JarIndex>>,
    /// The limits on hostile input.
    pub limits: Limits,
    /// What the document says about its subject and itself.
    pub identity: Identity,
}
