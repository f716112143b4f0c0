//! Files that hold files: archives of plain files (one layer, no whiteouts), and archives of images.

use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use plimsoll_model::{Diagnostic, DiagnosticCode, DigestAlgorithm};

use crate::compression::Compression;
use crate::hashing::{Hasher, HashingReader};
use crate::image::{self, Expect, Members, Streamed, is_image_member};
use crate::input::Section;
use crate::layer::{Layer, Stored};
use crate::layered::{Layered, Watched};
use crate::open::display_name;
use crate::tar::{BLOCK, Reader, is_header};
use crate::zipped::Zipped;
use crate::{OpenOptions, Source, SourceError, SourceInfo, SourceKind};

/// An open file that may be an archive.
pub(crate) struct Archive {
    path: PathBuf,
    name: String,
    section: Section,
    head: Vec<u8>,
}

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    Zip,
    Docker,
    Oci,
    /// A tar file, perhaps compressed, of other things than an image.
    Tar,
    Other,
}

impl Archive {
    pub(crate) fn open(path: &Path) -> Result<Self, SourceError> {
        let at_open = |source| SourceError::Open { path: path.to_owned(), source };
        // The user named this file: a link is followed.
        let real = std::fs::canonicalize(path).map_err(at_open)?;
        let section = Section::open(&real).map_err(at_open)?;
        let name = display_name(path);
        let head = section.head(BLOCK).map_err(|error| SourceError::reading(&name, error))?;
        Ok(Self { path: path.to_owned(), name, section, head })
    }

    fn compression(&self) -> Compression {
        Compression::detect(&self.head)
    }

    fn is_tar(&self) -> bool {
        is_header(&self.head)
    }

    fn is_zip(&self) -> bool {
        // A local header, or the end of an empty archive (APPNOTE 4.3.7, 4.3.16).
        self.head.starts_with(b"PK\x03\x04") || self.head.starts_with(b"PK\x05\x06")
    }

    fn members(&self) -> Result<Members, SourceError> {
        Members::walk(&self.section, &self.name)
    }

    fn unrecognised(&self, looked_for: &'static str) -> SourceError {
        SourceError::Unrecognised { path: self.path.clone(), looked_for }
    }

    /// What the file looks like: all its headers are read when it is a tar file, the first one when it is compressed.
    pub(crate) fn contents(&self) -> Contents {
        if self.is_zip() {
            return Contents::Zip;
        }
        if self.is_tar() {
            // What cannot be walked is reported when it is opened as what its name says.
            let Ok(members) = self.members() else { return Contents::Tar };
            return match () {
                () if members.has_docker_manifest() => Contents::Docker,
                () if members.has("oci-layout") && members.has("index.json") => Contents::Oci,
                () => Contents::Tar,
            };
        }
        if self.compression() == Compression::None {
            return Contents::Other;
        }
        match self.first_member() {
            Some(name) if is_image_member(&name) => Contents::Docker,
            Some(_) => Contents::Tar,
            None => Contents::Other,
        }
    }

    /// The name of the first member of a compressed tar file.
    fn first_member(&self) -> Option<Vec<u8>> {
        let mut decoder = self.compression().decoder(BufReader::new(self.section.reader())).ok()?;
        let mut start = Vec::new();
        // Enough for a long name before it. What is cut off is found when it is read.
        let _ = decoder.by_ref().take(64 << 10).read_to_end(&mut start);
        first_member(&start)
    }

    /// `archive:`
    pub(crate) fn plain(self, options: &OpenOptions) -> Result<Vec<Box<dyn Source>>, SourceError> {
        let zip = self.is_zip();
        let tar = self.is_tar() || (self.compression() != Compression::None && self.first_member().is_some());
        if !zip && !tar {
            return Err(self.unrecognised("zip, tar, or tar compressed with gzip, xz, zstd or bzip2"));
        }
        let (info, notices) = self.describe(options)?;
        let (exclude, watched) = (options.exclude.clone(), Watched::new(&self.section));
        if zip {
            return Ok(vec![Box::new(Zipped { info, section: self.section, exclude, notices, watched })]);
        }
        // It is hashed again as it is walked: what is looked at has the digest that is reported.
        let digest = info.digests.first().cloned();
        let layers = vec![Layer { what: self.name, blob: Some(Stored::Section(self.section)), digest, diff_id: None }];
        Ok(vec![Box::new(Layered { info, layers, exclude, image: false, notices, files: vec![watched] })])
    }

    /// `docker-archive:`
    pub(crate) fn docker(self, options: &OpenOptions) -> Result<Vec<Box<dyn Source>>, SourceError> {
        if self.compression() != Compression::None {
            return self.streamed(Expect::Image, options);
        }
        if !self.is_tar() {
            return Err(self.unrecognised("a tar file, perhaps compressed"));
        }
        let members = self.members()?;
        if !members.has("manifest.json") {
            return Err(self.unrecognised("a tar file with manifest.json, as `docker save` writes it"));
        }
        image::open_docker(&members, || Watched::new(&self.section), &self.name, options)
    }

    /// `oci-archive:`
    pub(crate) fn oci(self, options: &OpenOptions) -> Result<Vec<Box<dyn Source>>, SourceError> {
        if self.compression() != Compression::None {
            return self.streamed(Expect::Image, options);
        }
        if !self.is_tar() {
            return Err(self.unrecognised("a tar file, perhaps compressed"));
        }
        let members = self.members()?;
        if !members.has("oci-layout") || !members.has("index.json") {
            return Err(self.unrecognised("a tar file with oci-layout and index.json"));
        }
        image::open_archive_layout(&members, || Watched::new(&self.section), &self.name, options)
    }

    fn streamed(self, expect: Expect, options: &OpenOptions) -> Result<Vec<Box<dyn Source>>, SourceError> {
        Ok(vec![Box::new(Streamed::file(self.section, &self.name, expect, options))])
    }

    /// The file as a source of kind archive, with its digest.
    fn describe(&self, options: &OpenOptions) -> Result<(SourceInfo, Vec<Diagnostic>), SourceError> {
        let mut digests = Vec::new();
        let mut notices = Vec::new();
        if options.insecure_skip_digests {
            let message = "the digest of the archive was not made, as asked for";
            notices.push(Diagnostic::new(DiagnosticCode::DIGESTS_SKIPPED, message));
        } else {
            let mut reader = HashingReader::new(self.section.reader(), Hasher::new(DigestAlgorithm::Sha256));
            digests.extend(reader.finish().map_err(|error| SourceError::reading(&self.name, error))?);
        }
        let info = SourceInfo {
            kind: SourceKind::Archive,
            name: self.name.clone(),
            digests,
            image: None,
            digests_checked: !options.insecure_skip_digests,
        };
        Ok((info, notices))
    }
}

/// The name of the first member of a tar file that starts with these bytes; `None` when it is none.
pub(crate) fn first_member(start: &[u8]) -> Option<Vec<u8>> {
    if !is_header(start) {
        return None;
    }
    let mut input = start;
    Some(Reader::new(&mut input).next().ok()??.name)
}

#[cfg(test)]
mod tests;
