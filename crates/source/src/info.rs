//! What is known about a source before its files are read.

use std::collections::BTreeMap;

use plimsoll_model::Digest;

/// What sort of source it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceKind {
    /// A directory tree.
    Directory,
    /// One file.
    File,
    /// A tar or zip archive of files.
    Archive,
    /// A container image.
    Image,
}

/// What a source is.
#[derive(Debug, Clone)]
pub struct SourceInfo {
    /// What sort it is.
    pub kind: SourceKind,
    /// A name for it: the last part of its path, or the image's reference. Never an absolute path.
    pub name: String,
    /// Digests of the file, for a file or archive that was read whole.
    pub digests: Vec<Digest>,
    /// The image, when it is one.
    pub image: Option<ImageInfo>,
    /// Whether digests of content were checked; `false` under `--insecure-skip-digests`.
    pub digests_checked: bool,
}

/// What an image's manifest and config say.
#[derive(Debug, Clone, Default)]
pub struct ImageInfo {
    /// Digest of the manifest; `None` in a docker-archive, which has none.
    pub manifest_digest: Option<Digest>,
    /// Digest of the index that the manifest was chosen from; `None` when a registry was not asked for one.
    pub index_digest: Option<Digest>,
    /// Registry and repository of an image that was read from a registry: `ghcr.io/acme/app`.
    pub repository: Option<String>,
    /// Digest of the config: the image id.
    pub config_digest: Option<Digest>,
    /// `os` of the config.
    pub os: Option<String>,
    /// `architecture` of the config.
    pub architecture: Option<String>,
    /// `variant` of the config.
    pub variant: Option<String>,
    /// `created` of the config: RFC 3339, as written.
    pub created: Option<String>,
    /// Names and tags: `RepoTags`, or `org.opencontainers.image.ref.name`.
    pub tags: Vec<String>,
    /// Labels of the config.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// The layers, lowest first.
    pub layers: Vec<LayerInfo>,
}

/// A layer of an image.
#[derive(Debug, Clone)]
pub struct LayerInfo {
    /// Digest of the blob as it is stored; `None` in an old docker-archive.
    pub digest: Option<Digest>,
    /// Digest of the uncompressed tar (`rootfs.diff_ids`).
    pub diff_id: Digest,
    /// Media type, as the manifest gives it.
    pub media_type: String,
    /// Bytes of the blob.
    pub size: u64,
    /// The command that made it, from `history`.
    pub created_by: Option<String>,
}
