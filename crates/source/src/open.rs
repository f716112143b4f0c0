//! From the text that names a source to the source.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use globset::GlobSet;
use plimsoll_model::Digest;

use crate::archive::Archive;
use crate::directory::{Directory, SingleFile};
use crate::disk::Disk;
use crate::image::{self, Streamed};
use crate::{Source, SourceError, detect};

/// The prefix that says how to read a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// No prefix: the content decides.
    Detect,
    /// `dir:`
    Directory,
    /// `file:`
    File,
    /// `archive:` (tar, tar.gz/xz/zst/bz2, zip)
    Archive,
    /// `docker-archive:`, what `docker save` writes, also compressed.
    DockerArchive,
    /// `oci-archive:`, a tar of an OCI layout.
    OciArchive,
    /// `oci-layout:`, a directory.
    OciLayout,
    /// `disk:` (raw, qcow2 or SIF, with ext2, ext3, ext4 or squashfs, with or without partitions)
    Disk,
    /// `-`: a tar of any sort on standard input.
    Stdin,
}

/// Scheme and path of a source, as the user writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceReference {
    /// How to read it.
    pub scheme: Scheme,
    /// Where it is; empty for standard input.
    pub path: PathBuf,
}

/// Prefixes in the order of the documentation. `oci-dir:` is what other tools call `oci-layout:`.
const SCHEMES: &[(&str, Scheme)] = &[
    ("dir", Scheme::Directory),
    ("file", Scheme::File),
    ("archive", Scheme::Archive),
    ("docker-archive", Scheme::DockerArchive),
    ("oci-archive", Scheme::OciArchive),
    ("oci-layout", Scheme::OciLayout),
    ("oci-dir", Scheme::OciLayout),
    ("disk", Scheme::Disk),
];

impl SourceReference {
    /// Reads `SCHEME:PATH`, a bare path, or `-`.
    ///
    /// # Errors
    /// The text is empty, or its prefix names a kind of source that is not supported.
    pub fn parse(text: &OsStr) -> Result<Self, SourceError> {
        let bad = |reason| SourceError::Reference { text: text.to_string_lossy().into_owned(), reason };
        if text.is_empty() {
            return Err(bad("it is empty"));
        }
        if text == "-" {
            return Ok(Self { scheme: Scheme::Stdin, path: PathBuf::new() });
        }
        let bytes = text.as_encoded_bytes();
        let prefix = bytes.iter().position(|&byte| byte == b':').and_then(|colon| bytes.get(..colon));
        let Some(prefix) = prefix.and_then(|prefix| std::str::from_utf8(prefix).ok()) else {
            return Ok(Self { scheme: Scheme::Detect, path: text.into() });
        };
        if let Some((_, scheme)) = SCHEMES.iter().find(|(name, _)| *name == prefix) {
            let path = text.to_str().and_then(|text| text.get(prefix.len().saturating_add(1)..));
            let path = path.map(PathBuf::from).or_else(|| path_after(text, prefix.len()));
            let path =
                path.filter(|path| !path.as_os_str().is_empty()).ok_or_else(|| bad("no path follows the prefix"))?;
            return Ok(Self { scheme: *scheme, path });
        }
        match prefix {
            // Their bytes come over a connection, which this crate does not open.
            "registry" | "docker" | "podman" => Err(bad("it is not a local source; plimsoll-registry opens it")),
            "sbom" => Err(bad("this kind of source is not supported yet")),
            // A path may hold a colon.
            _ => Ok(Self { scheme: Scheme::Detect, path: text.into() }),
        }
    }
}

/// The rest of a text that is not UTF-8, after the prefix and its colon.
#[cfg(unix)]
fn path_after(text: &OsStr, prefix: usize) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    text.as_bytes().get(prefix.saturating_add(1)..).map(|rest| PathBuf::from(OsStr::from_bytes(rest)))
}

#[cfg(not(unix))]
fn path_after(_text: &OsStr, _prefix: usize) -> Option<PathBuf> {
    None
}

/// Which layers of an image count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LayerScope {
    /// The image as a container sees it.
    #[default]
    Squashed,
    /// Also what later layers removed or replaced.
    AllLayers,
}

/// How to open a source.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct OpenOptions {
    /// `os/arch[/variant]`, or `all`; `None` takes linux/amd64 of an index, with a notice.
    pub platform: Option<String>,
    /// Of a layout in a directory the image or index of this digest, whatever else is in it and whatever it is called.
    pub manifest: Option<Digest>,
    /// Do not hash content. Weakens the result, which says so.
    pub insecure_skip_digests: bool,
    /// Paths to leave out, relative to the root.
    pub exclude: GlobSet,
}

/// Opens what a reference names: one source, or one for each platform under `--platform all`.
///
/// # Errors
/// Nothing is there, it cannot be read, or it is not of the kind that the scheme says.
pub fn open(reference: &SourceReference, options: &OpenOptions) -> Result<Vec<Box<dyn Source>>, SourceError> {
    let path = &reference.path;
    let scheme = match reference.scheme {
        Scheme::Detect => detect::scheme(path)?,
        scheme => scheme,
    };
    match scheme {
        Scheme::Detect | Scheme::File => Ok(vec![Box::new(SingleFile::open(path)?)]),
        Scheme::Directory => Ok(vec![Box::new(Directory::open(path, options.exclude.clone())?)]),
        Scheme::Archive => Archive::open(path)?.plain(options),
        Scheme::DockerArchive => Archive::open(path)?.docker(options),
        Scheme::OciArchive => Archive::open(path)?.oci(options),
        Scheme::Disk => Ok(vec![Box::new(Disk::open(path, options)?)]),
        Scheme::OciLayout => image::open_layout(path, &display_name(path), options),
        Scheme::Stdin => Ok(vec![Box::new(Streamed::stdin(options))]),
    }
}

/// What a file is called in the result: the last part of its path.
pub(crate) fn display_name(path: &Path) -> String {
    let name = path.file_name().map(OsStr::to_owned);
    let name = name.or_else(|| std::fs::canonicalize(path).ok()?.file_name().map(OsStr::to_owned));
    name.map_or_else(|| "root".into(), |name| name.to_string_lossy().into_owned())
}
