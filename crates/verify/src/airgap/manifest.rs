//! `airgap.json`, `plimsoll.airgap/1`: what a folder holds. `schemas/plimsoll.airgap.1.schema.json` describes it.
//!
//! It is written in one way only, so that the same files make the same bytes. Unknown fields are passed over, as later
//! versions may add some; an object that has a key twice is refused, as readers differ in which of the two counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use plimsoll_model::{Digest, DigestAlgorithm};
use serde::{Deserialize, Serialize};

use super::{BUNDLE, Fault, IMAGES, MANIFEST};
use crate::{Code, VerifyError};

const SCHEMA: &str = "plimsoll.airgap/1";
/// Files, images and whatever else is listed.
pub(super) const MAX_FILES: usize = 1 << 18;
const MAX_PATH: usize = 4096;
pub(super) const MAX_DEPTH: usize = 32;

/// What a folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// When it was packed, where that was said.
    pub created: Option<Timestamp>,
    /// Whether it was packed without a signature.
    pub unsigned: bool,
    /// Images, all in one layout.
    pub images: Vec<Image>,
    /// Instances of Sigstore to trust, for those who import them.
    pub trust: Vec<TrustEntry>,
    /// Artifacts and the bundles about them.
    pub artifacts: Vec<FilePath>,
    /// What else there is, such as `advisories` and `policy`.
    pub sections: Vec<Section>,
    /// Every file, but the manifest and the bundle over it, by its path.
    pub files: BTreeMap<FilePath, PackedFile>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedFile {
    /// Bytes.
    pub size: u64,
    /// SHA-256, in lower-case hex.
    pub sha256: String,
}

/// An image or artifact in the layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Where it was taken from.
    pub source: String,
    /// The repository that it goes to, without a registry.
    pub repository: String,
    /// The tag that it goes to.
    pub tag: Option<String>,
    /// Which it is.
    pub digest: Digest,
    /// Whether what refers to it was taken along.
    pub referrers: bool,
    /// All manifests: its own, those that it lists, and those that refer to them.
    pub manifests: Vec<Digest>,
    /// Layers that may not be distributed and were left where they are.
    pub left_out: Vec<Digest>,
}

/// An instance of Sigstore, as a client trust configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustEntry {
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: FilePath,
}

/// Files that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What they are: `advisories`, `policy`.
    pub name: String,
    /// The files.
    pub files: Vec<FilePath>,
}

/// A path in a folder: relative, with `/`, and nothing in it that means something to a system or a terminal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePath(String);

impl FilePath {
    /// Checks one.
    ///
    /// # Errors
    /// It is absolute, empty, too long, leads upwards, or has characters that names of files should not have.
    pub fn new(text: impl Into<String>) -> Result<Self, VerifyError> {
        let text = text.into();
        let bad = |reason: &str| VerifyError::Airgap { path: text.clone(), reason: reason.to_owned() };
        if text.len() > MAX_PATH || text.split('/').count() > MAX_DEPTH {
            return Err(bad("it is too long for a path"));
        }
        if text.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            return Err(bad("it is no relative path without `.` and `..`"));
        }
        if text.contains('\\') || text.chars().any(plimsoll_model::changes_terminal) {
            return Err(bad("it has a backslash or a character that shows as nothing"));
        }
        Ok(Self(text))
    }

    /// Where paths that begin so would be in the order of paths.
    pub(super) fn bound(prefix: &str) -> Self {
        Self(prefix.to_owned())
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Manifest {
    /// Reads one. Whoever calls has verified the signature over it.
    pub(super) fn parse(document: &[u8]) -> Result<Self, Fault> {
        let bad = |reason: String| Fault::new(Code::FolderManifest, MANIFEST, reason);
        plimsoll_attest::refuse_duplicates(document).map_err(|error| bad(error.to_string()))?;
        let version: Version = serde_json::from_slice(document).map_err(|error| bad(error.to_string()))?;
        if version.schema != SCHEMA {
            return Err(bad("it is of another version".into()).differs(SCHEMA, version.schema));
        }
        let wire: Wire = serde_json::from_slice(document).map_err(|error| bad(error.to_string()))?;
        let manifest = wire.read().map_err(bad)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// It says something of a file that it does not list, or is larger than what is read.
    pub fn to_json(&self) -> Result<Vec<u8>, VerifyError> {
        let fault = |fault: Fault| VerifyError::Airgap { path: fault.path, reason: fault.reason };
        self.check().map_err(fault)?;
        let wire = Wire::from(self);
        let bad = |reason: String| VerifyError::Airgap { path: MANIFEST.to_owned(), reason };
        let mut bytes = serde_json::to_vec_pretty(&wire).map_err(|error| bad(error.to_string()))?;
        bytes.push(b'\n');
        if bytes.len() as u64 > super::MAX_MANIFEST {
            return Err(bad(format!("it would have more than {} bytes", super::MAX_MANIFEST)));
        }
        Ok(bytes)
    }

    /// What it says about a file.
    #[must_use]
    pub fn file(&self, path: &FilePath) -> Option<&PackedFile> {
        self.files.get(path)
    }

    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.values().fold(0, |sum, file| sum.saturating_add(file.size))
    }

    /// Whether what it says of images, instances and sections agrees with the files that it lists.
    fn check(&self) -> Result<(), Fault> {
        let bad = |path: &str, reason: String| Err(Fault::new(Code::FolderManifest, path, reason));
        if self.files.len() > MAX_FILES {
            return bad(MANIFEST, format!("it lists more than {MAX_FILES} files"));
        }
        let named = self.trust.iter().map(|entry| &entry.path);
        let named = named.chain(&self.artifacts).chain(self.sections.iter().flat_map(|section| &section.files));
        if let Some(path) = named.into_iter().find(|path| !self.files.contains_key(path)) {
            return bad(path.as_str(), "it is named, but not listed among the files".into());
        }
        for digest in self.images.iter().flat_map(|image| image.manifests.iter().chain([&image.digest])) {
            let name = blob_path(digest);
            if FilePath::new(name.clone()).map_or(true, |path| !self.files.contains_key(&path)) {
                return bad(&name, "an image needs it, and it is not listed among the files".into());
            }
        }
        if let Some(path) = [MANIFEST, BUNDLE].iter().find(|name| self.files.keys().any(|path| path.0 == **name)) {
            return bad(path, "a manifest cannot list itself, nor what is signed over it".into());
        }
        self.check_blobs()
    }

    /// In a layout a file's name is its digest, so that both have to agree (image-spec, image-layout.md, "Blobs").
    fn check_blobs(&self) -> Result<(), Fault> {
        let prefix = format!("{IMAGES}/");
        for (path, file) in &self.files {
            let Some(below) = path.0.strip_prefix(&prefix) else { continue };
            let bad = |reason: &str| Fault::new(Code::FolderBlob, path.as_str(), reason);
            match below.strip_prefix("blobs/").map(|blob| blob.split_once('/')) {
                None if below == "oci-layout" || below == "index.json" => {}
                Some(Some(("sha256", hex))) if hex == file.sha256 => {}
                Some(Some(("sha256", hex))) => {
                    return Err(bad("its name is not its digest").differs(hex, &file.sha256));
                }
                // Compared when it is read.
                Some(Some(("sha512", hex))) if is_hex(hex, DigestAlgorithm::Sha512) => {}
                _ => return Err(bad("a layout has no such file")),
            }
        }
        Ok(())
    }
}

fn blob_path(digest: &Digest) -> String {
    format!("{IMAGES}/blobs/{}/{}", digest.algorithm().token(), digest.hex())
}

fn is_hex(text: &str, algorithm: DigestAlgorithm) -> bool {
    Digest::from_hex(algorithm, text).is_ok_and(|digest| *digest.hex() == *text)
}

#[derive(Deserialize)]
struct Version {
    schema: String,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    schema: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unsigned: bool,
    images: Vec<WireImage>,
    trust: Vec<WireTrust>,
    artifacts: Vec<String>,
    sections: Vec<WireSection>,
    files: Vec<WireFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireImage {
    source: String,
    repository: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    digest: String,
    referrers: bool,
    manifests: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WireTrust {
    name: String,
    path: String,
}

#[derive(Serialize, Deserialize)]
struct WireSection {
    name: String,
    files: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WireFile {
    path: String,
    size: u64,
    sha256: String,
}

impl From<&Manifest> for Wire {
    fn from(manifest: &Manifest) -> Self {
        let texts = |digests: &[Digest]| digests.iter().map(ToString::to_string).collect();
        let paths = |paths: &[FilePath]| paths.iter().map(ToString::to_string).collect();
        let images = manifest.images.iter().map(|image| WireImage {
            source: image.source.clone(),
            repository: image.repository.clone(),
            tag: image.tag.clone(),
            digest: image.digest.to_string(),
            referrers: image.referrers,
            manifests: texts(&image.manifests),
            left_out: texts(&image.left_out),
        });
        let trust = manifest.trust.iter();
        let sections = manifest.sections.iter();
        let files = manifest.files.iter();
        Self {
            schema: SCHEMA.to_owned(),
            created: manifest.created.map(|time| time.to_string()),
            unsigned: manifest.unsigned,
            images: images.collect(),
            trust: trust.map(|entry| WireTrust { name: entry.name.clone(), path: entry.path.to_string() }).collect(),
            artifacts: paths(&manifest.artifacts),
            sections: sections
                .map(|section| WireSection { name: section.name.clone(), files: paths(&section.files) })
                .collect(),
            files: files
                .map(|(path, file)| WireFile { path: path.to_string(), size: file.size, sha256: file.sha256.clone() })
                .collect(),
        }
    }
}

impl Wire {
    fn read(self) -> Result<Manifest, String> {
        let path = |text: String| FilePath::new(text).map_err(|error| error.to_string());
        let paths = |texts: Vec<String>| texts.into_iter().map(path).collect::<Result<Vec<_>, _>>();
        let created = self.created.map(|text| text.parse().map_err(|_| format!("{text:?} is no time"))).transpose()?;
        let mut files = BTreeMap::new();
        for file in self.files {
            if !is_hex(&file.sha256, DigestAlgorithm::Sha256) {
                return Err(format!("{:?} is no SHA-256 in lower-case hex", file.sha256));
            }
            let name = path(file.path)?;
            if files.insert(name.clone(), PackedFile { size: file.size, sha256: file.sha256 }).is_some() {
                return Err(format!("it lists {name} twice"));
            }
        }
        let mut trust = Vec::new();
        let mut names = BTreeSet::new();
        for entry in self.trust {
            if !names.insert(entry.name.clone()) {
                return Err(format!("it has two instances named {:?}", entry.name));
            }
            trust.push(TrustEntry { name: entry.name, path: path(entry.path)? });
        }
        let mut sections = Vec::new();
        for section in self.sections {
            sections.push(Section { name: section.name, files: paths(section.files)? });
        }
        let images = self.images.into_iter().map(WireImage::read).collect::<Result<_, _>>()?;
        let artifacts = paths(self.artifacts)?;
        Ok(Manifest { created, unsigned: self.unsigned, images, trust, artifacts, sections, files })
    }
}

impl WireImage {
    fn read(self) -> Result<Image, String> {
        let read = |text: String| {
            let digest = Digest::from_prefixed(&text).ok().filter(|digest| digest.to_string() == text);
            digest.ok_or_else(|| format!("{text:?} is no digest"))
        };
        let all = |texts: Vec<String>| texts.into_iter().map(read).collect::<Result<Vec<_>, _>>();
        Ok(Image {
            source: self.source,
            repository: self.repository,
            tag: self.tag,
            digest: read(self.digest)?,
            referrers: self.referrers,
            manifests: all(self.manifests)?,
            left_out: all(self.left_out)?,
        })
    }
}
