//! What a scan is asked for.

use std::sync::Arc;

use globset::GlobSet;
use plimsoll_binaries::{CustomClassifier, JarIndex};
use plimsoll_extract::Catalogue;
use plimsoll_model::{Digest, Limits};
use plimsoll_sbom::{Agent, Timestamp};
use plimsoll_source::{LayerScope, OpenOptions};

use crate::{BaseIndex, CargoBuild, FileCache};

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

/// Whether executables are identified by signatures.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Classify {
    /// By the rules that are compiled in.
    #[default]
    BuiltIn,
    /// By those and by rules of the user's.
    With(Arc<CustomClassifier>),
    /// Not at all.
    Off,
}

/// What a scan is asked for.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Which layers of an image count.
    pub scope: LayerScope,
    /// `os/arch[/variant]`, or `all`.
    pub platform: Option<String>,
    /// Of a layout in a directory the image or index of this digest.
    pub manifest: Option<Digest>,
    /// Do not hash content. Weakens the result, which says so.
    pub insecure_skip_digests: bool,
    /// Paths to leave out.
    pub exclude: GlobSet,
    /// Leave out what belongs to packages of the operating system.
    pub exclude_os_owned: bool,
    /// Whether executables are identified by signatures.
    pub classify: Classify,
    /// Take no document's word: SBOMs that lie in the source are passed over. For what a document is held against.
    pub ignore_claims: bool,
    /// Which files to list with their digests.
    pub catalogue: Catalogue,
    /// Ask cargo for the dependencies of one build instead of reading the lockfile of the workspace. Runs cargo.
    pub cargo: Option<CargoBuild>,
    /// Tells which image an image is built on.
    pub bases: Option<Arc<BaseIndex>>,
    /// Leave out what came with the image that it is built on.
    pub minus_base: bool,
    /// Where facts of layers are kept from one scan to the next. Changes no result.
    pub cache: Option<Arc<FileCache>>,
    /// Names jars by their digest.
    pub jar_index: Option<Arc<JarIndex>>,
    /// The limits on hostile input.
    pub limits: Limits,
    /// What the document says about its subject and itself.
    pub identity: Identity,
}

impl ScanOptions {
    /// How a source is opened that is scanned with these options.
    #[must_use]
    pub fn open_options(&self) -> OpenOptions {
        let mut options = OpenOptions::default();
        options.platform.clone_from(&self.platform);
        options.manifest.clone_from(&self.manifest);
        options.insecure_skip_digests = self.insecure_skip_digests;
        options.exclude = self.exclude.clone();
        options
    }
}
