//! The files of a folder: found, measured and compared with what the manifest says.
//!
//! Nothing is followed: a symbolic link, a device or a pipe is a fault, wherever it leads. Files are read in parallel, each
//! once and in pieces, so that their size does not matter.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use plimsoll_model::DigestAlgorithm;
use rayon::prelude::*;

use super::manifest::{FilePath, MAX_DEPTH, MAX_FILES, Manifest, PackedFile};
use super::{BUNDLE, Fault, IMAGES, MANIFEST};
use crate::{Code, Subject, VerifyError};

/// Every file of a folder that is to be packed, but the manifest, by its path.
///
/// # Errors
/// Something in it is no regular file, has a name that cannot be listed, cannot be read, or there is too much of it.
pub fn list(root: &Path) -> Result<BTreeMap<FilePath, PackedFile>, VerifyError> {
    let found = walk(root)?;
    if let Some(fault) = found.faults.into_iter().next() {
        return Err(VerifyError::Airgap { path: fault.path, reason: fault.reason });
    }
    let measured: Vec<(FilePath, PackedFile)> = found
        .files
        .into_par_iter()
        .map(|path| {
            let measured = measure(root, path.as_str(), &[])?;
            let sha256 = measured.digests.hex(DigestAlgorithm::Sha256).unwrap_or_default().to_owned();
            Ok((path, PackedFile { size: measured.size, sha256 }))
        })
        .collect::<Result<_, VerifyError>>()?;
    Ok(measured.into_iter().collect())
}

/// What is wrong with a folder, in the order of the paths.
pub(super) fn compare(root: &Path, manifest: &Manifest) -> Result<Vec<Fault>, VerifyError> {
    let found = walk(root)?;
    let mut faults = found.faults;
    let present: std::collections::BTreeSet<&FilePath> = found.files.iter().collect();
    let refused: std::collections::BTreeSet<String> = faults.iter().map(|fault| fault.path.clone()).collect();
    for path in found.files.iter().filter(|path| manifest.file(path).is_none()) {
        faults.push(Fault::new(Code::FolderExtra, path.as_str(), "the manifest does not list it"));
    }
    for directory in &found.directories {
        let inside = format!("{directory}/");
        let next = manifest.files.range(FilePath::bound(&inside)..).next();
        if next.is_none_or(|(path, _)| !path.as_str().starts_with(&inside)) {
            faults.push(Fault::new(Code::FolderExtra, directory, "the manifest lists nothing in this directory"));
        }
    }
    for path in manifest.files.keys() {
        if !present.contains(path) && !refused.contains(path.as_str()) {
            faults.push(Fault::new(Code::FolderMissing, path.as_str(), "the manifest lists it, and it is not there"));
        }
    }
    let listed: Vec<(&FilePath, &PackedFile)> =
        manifest.files.iter().filter(|(path, _)| present.contains(path)).collect();
    let changed: Vec<Option<Fault>> =
        listed.into_par_iter().map(|(path, file)| changed(root, path, file)).collect::<Result<_, _>>()?;
    faults.extend(changed.into_iter().flatten());
    faults.sort_by(|a, b| (&a.path, a.code).cmp(&(&b.path, b.code)));
    Ok(faults)
}

/// Whether a file is another than the manifest says.
fn changed(root: &Path, path: &FilePath, listed: &PackedFile) -> Result<Option<Fault>, VerifyError> {
    let fault = |reason: &str| Fault::new(Code::FolderChanged, path.as_str(), reason);
    // What has another size need not be read.
    let length = fs::symlink_metadata(root.join(path.as_str())).map_err(VerifyError::Folder)?.len();
    if length != listed.size {
        return Ok(Some(fault("it has another size").differs(listed.size, length)));
    }
    let sha512 = path.as_str().strip_prefix(IMAGES).and_then(|below| below.strip_prefix("/blobs/sha512/"));
    let wanted: &[DigestAlgorithm] = if sha512.is_some() { &[DigestAlgorithm::Sha512] } else { &[] };
    let measured = measure(root, path.as_str(), wanted)?;
    let actual = measured.digests.hex(DigestAlgorithm::Sha256).unwrap_or_default();
    if measured.size != listed.size || actual != listed.sha256 {
        return Ok(Some(fault("it has another content").differs(&listed.sha256, actual)));
    }
    let actual = measured.digests.hex(DigestAlgorithm::Sha512);
    if let Some(name) = sha512.filter(|name| Some(*name) != actual) {
        let fault = Fault::new(Code::FolderBlob, path.as_str(), "its name is not its digest");
        return Ok(Some(fault.differs(name, actual.unwrap_or_default())));
    }
    Ok(None)
}

#[derive(Default)]
struct Found {
    /// Without the manifest and its bundle.
    files: Vec<FilePath>,
    directories: Vec<String>,
    faults: Vec<Fault>,
}

/// All that is below a folder.
fn walk(root: &Path) -> Result<Found, VerifyError> {
    let mut found = Found::default();
    let mut pending = vec![(String::new(), 0_usize)];
    let mut entries = 0_usize;
    while let Some((directory, depth)) = pending.pop() {
        let mut names = Vec::new();
        for entry in fs::read_dir(root.join(&directory)).map_err(VerifyError::Folder)? {
            entries = entries.saturating_add(1);
            if entries > MAX_FILES.saturating_mul(2) {
                let reason = format!("there are more than {} entries", MAX_FILES.saturating_mul(2));
                return Err(VerifyError::Airgap { path: directory, reason });
            }
            names.push(entry.map_err(VerifyError::Folder)?.file_name());
        }
        names.sort();
        for name in names {
            let shown = name.to_string_lossy();
            let path = if directory.is_empty() { shown.into_owned() } else { format!("{directory}/{shown}") };
            let fault = |reason: &str| Fault::new(Code::FolderEntry, path.clone(), reason);
            let Some(checked) = name.to_str().and_then(|_| FilePath::new(path.clone()).ok()) else {
                found.faults.push(fault("no file of a folder may have such a name"));
                continue;
            };
            let kind = fs::symlink_metadata(root.join(&path)).map_err(VerifyError::Folder)?.file_type();
            if kind.is_dir() && depth < MAX_DEPTH {
                found.directories.push(path.clone());
                pending.push((path, depth.saturating_add(1)));
            } else if !kind.is_file() {
                found.faults.push(fault(if kind.is_symlink() { "it is a symbolic link" } else { "it is no file" }));
            } else if ![MANIFEST, BUNDLE].contains(&path.as_str()) {
                found.files.push(checked);
            }
        }
    }
    Ok(found)
}

struct Measured {
    size: u64,
    digests: Subject,
}

fn measure(root: &Path, path: &str, wanted: &[DigestAlgorithm]) -> Result<Measured, VerifyError> {
    let file = open(root, path).map_err(VerifyError::Folder)?;
    let mut counted = Counted { inner: file, size: 0 };
    let digests = Subject::stream(&mut counted, wanted)?;
    Ok(Measured { size: counted.size, digests })
}

struct Counted {
    inner: File,
    size: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.size = self.size.saturating_add(count as u64);
        Ok(count)
    }
}

/// Opens a regular file, and no link to one.
fn open(root: &Path, path: &str) -> io::Result<File> {
    let full = root.join(path);
    let named = fs::symlink_metadata(&full)?;
    let none = || io::Error::new(io::ErrorKind::InvalidData, "it is no regular file");
    if !named.is_file() {
        return Err(none());
    }
    let file = File::open(&full)?;
    // What was looked at has to be what was opened: a link may have taken its place.
    let opened = file.metadata()?;
    if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) { Err(none()) } else { Ok(file) }
}

/// A regular file in whole.
pub(super) fn bytes(root: &Path, path: &str, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(root, path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it has more than {limit} bytes")));
    }
    Ok(bytes)
}
