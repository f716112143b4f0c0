//! What a path holds, by its content and, where that leaves a choice, by its name.
//!
//! A jar is a zip file, and an egg or a helm chart a tar file: one thing to its user, so it stays one file. Only what
//! its name calls an archive is taken as a tree of files.

use std::path::Path;

use crate::archive::{Archive, Contents};
use crate::{Scheme, SourceError, disk};

/// Names of tar files. Zip files are archives by their first bytes, unless they have a name of [`PACKAGES`].
const TAR_NAMES: &[&str] =
    &[".tar", ".tgz", ".txz", ".tzst", ".tbz", ".tbz2", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2"];

/// Zip files that are packages or programs.
const PACKAGES: &[&str] = &[
    ".jar", ".war", ".ear", ".par", ".sar", ".nar", ".kar", ".hpi", ".jpi", ".lpkg", ".aar", ".whl", ".egg", ".nupkg",
    ".snupkg", ".apk", ".aab", ".ipa", ".xpi", ".crx", ".vsix", ".docx", ".xlsx", ".pptx", ".odt", ".pyz", ".phar",
];

fn ends_with(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    endings.iter().any(|ending| name.ends_with(ending))
}

/// The scheme of a bare path.
pub(crate) fn scheme(path: &Path) -> Result<Scheme, SourceError> {
    let metadata = std::fs::metadata(path).map_err(|source| SourceError::Open { path: path.to_owned(), source })?;
    if metadata.is_dir() {
        let layout = path.join("oci-layout").is_file() && path.join("index.json").is_file();
        return Ok(if layout { Scheme::OciLayout } else { Scheme::Directory });
    }
    if !metadata.is_file() {
        return Ok(Scheme::File);
    }
    // A file that cannot be looked into is a file, and says so when it is read.
    let archive = Archive::open(path)?;
    Ok(match archive.contents() {
        Contents::Zip if ends_with(path, PACKAGES) => Scheme::File,
        Contents::Zip => Scheme::Archive,
        Contents::Docker => Scheme::DockerArchive,
        Contents::Oci => Scheme::OciArchive,
        Contents::Tar if ends_with(path, TAR_NAMES) => Scheme::Archive,
        Contents::Other if disk::is_disk(path) => Scheme::Disk,
        Contents::Tar | Contents::Other => Scheme::File,
    })
}
