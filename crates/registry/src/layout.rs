//! An OCI image layout in a directory (image-spec 1.1, image-layout.md), to copy from and to.
//!
//! `index.json` lists what has a name, under `org.opencontainers.image.ref.name`, and whatever refers to something: a
//! layout has no other place where referrers could be looked for. What an index lists is not listed again. An index under
//! the name `sha256-HEX`, as registries without referrers have it, is read as such a list.
//!
//! Nothing in a layout names a path: digests are checked before they become one. A blob is written beside its place and
//! takes it when its digest is right; `index.json` is replaced whole, last.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use plimsoll_model::Digest;
use plimsoll_source::Hasher;
use serde_json::value::RawValue;

use crate::document::{MANIFEST_LIMIT, agree};
use crate::exchange::Open;
use crate::manifest::{IndexText, malformed};
use crate::reference::{is_tag, parse_digest};
use crate::referrers::{fallback_tag, index_bytes};
use crate::repository::has_size;
use crate::wire::OutDescriptor;
use crate::{Content, CosignTag, Descriptor, Manifest, Pushed, RegistryError};

/// Where a tag is kept.
const REF_NAME: &str = "org.opencontainers.image.ref.name";
const INDEX_LIMIT: u64 = 16 << 20;
const MOST_ENTRIES: usize = 1 << 14;

/// A layout, and perhaps what is meant in it: `DIRECTORY[:TAG][@DIGEST]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutReference {
    /// The directory.
    pub path: PathBuf,
    /// A name in it.
    pub tag: Option<String>,
    /// A digest in it.
    pub digest: Option<Digest>,
}

impl LayoutReference {
    /// Reads one. What follows the last colon is a tag when it can be one; a directory whose name ends so is written with
    /// a `/` after it.
    ///
    /// # Errors
    /// It names no directory, or its digest is malformed.
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        let bad = |reason| RegistryError::Reference { text: text.to_owned(), reason };
        let (rest, digest) = match text.rsplit_once('@') {
            Some((rest, digest)) if digest.contains(':') => {
                (rest, Some(parse_digest(digest).ok_or_else(|| bad("its digest is malformed"))?))
            }
            _ => (text, None),
        };
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) if is_tag(tag) => (path, Some(tag.to_owned())),
            _ => (rest, None),
        };
        if path.is_empty() {
            return Err(bad("it names no directory"));
        }
        Ok(Self { path: path.into(), tag, digest })
    }
}

impl fmt::Display for LayoutReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// A layout that is there.
#[derive(Debug)]
pub(crate) struct Layout {
    root: PathBuf,
    /// What refers to what, found when it is first asked for.
    referrers: OnceLock<BTreeMap<Digest, Vec<Descriptor>>>,
}

impl Layout {
    /// Opens a layout.
    pub(crate) fn open(root: &Path) -> Result<Self, RegistryError> {
        let layout = Self { root: root.to_owned(), referrers: OnceLock::new() };
        layout.read_file("oci-layout", 1 << 10)?;
        Ok(layout)
    }

    /// Opens a layout, or makes one in a directory that is empty or not there.
    pub(crate) fn create(root: &Path) -> Result<Self, RegistryError> {
        let failed = |source| RegistryError::Layout { path: root.to_owned(), source };
        fs::create_dir_all(root).map_err(failed)?;
        let is_empty = fs::read_dir(root).map_err(failed)?.next().is_none();
        if is_empty {
            fs::write(root.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).map_err(failed)?;
        }
        Self::open(root)
    }

    fn failed(&self, name: &str, source: io::Error) -> RegistryError {
        RegistryError::Layout { path: self.root.join(name), source }
    }

    /// A regular file, in whole.
    fn read_file(&self, name: &str, limit: u64) -> Result<Vec<u8>, RegistryError> {
        let mut bytes = Vec::new();
        self.open_file(name)?
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| self.failed(name, error))?;
        if bytes.len() as u64 > limit {
            return Err(malformed(name, format!("it has more than {limit} bytes")));
        }
        Ok(bytes)
    }

    fn open_file(&self, name: &str) -> Result<File, RegistryError> {
        let path = self.root.join(name);
        // A pipe would be waited for.
        let open = || match fs::metadata(&path)?.is_file() {
            true => File::open(&path),
            false => Err(io::Error::new(io::ErrorKind::InvalidData, "it is no file")),
        };
        open().map_err(|error| self.failed(name, error))
    }

    fn index(&self) -> Result<IndexText, RegistryError> {
        match self.read_file("index.json", INDEX_LIMIT) {
            Ok(bytes) => IndexText::parse(&bytes, "index.json", MOST_ENTRIES),
            Err(RegistryError::Layout { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(IndexText::default())
            }
            Err(error) => Err(error),
        }
    }

    /// What a name stands for; without one the only thing in the layout that is about nothing else.
    pub(crate) fn resolve(&self, reference: &LayoutReference) -> Result<Manifest, RegistryError> {
        let index = self.index()?;
        let named = |wanted: &str| {
            let is_it = |entry: &&(Descriptor, Box<RawValue>)| {
                entry.0.annotations.get(REF_NAME).is_some_and(|name| name == wanted)
            };
            index.entries.iter().find(is_it).map(|(descriptor, _)| descriptor)
        };
        let missing = |what: String| RegistryError::NotFound { host: self.root.display().to_string(), detail: what };
        let descriptor = match (&reference.digest, &reference.tag) {
            (Some(digest), _) => return self.manifest(digest),
            (None, Some(tag)) => named(tag).ok_or_else(|| missing(format!(": it has nothing named {tag}")))?,
            (None, None) => self.only(&index)?.ok_or_else(|| missing(self.choices(&index)))?,
        };
        self.described(descriptor)
    }

    /// The one entry that is about nothing else.
    fn only<'a>(&self, index: &'a IndexText) -> Result<Option<&'a Descriptor>, RegistryError> {
        let mut found: Option<&Descriptor> = None;
        for (entry, _) in &index.entries {
            let is_about = entry.annotations.get(REF_NAME).is_some_and(|name| name.starts_with("sha256-"));
            if is_about || self.described(entry)?.subject().is_some() {
                continue;
            }
            if found.is_some_and(|found| found.digest != entry.digest) {
                return Ok(None);
            }
            found = Some(entry);
        }
        Ok(found)
    }

    fn choices(&self, index: &IndexText) -> String {
        let names: Vec<&str> =
            index.entries.iter().filter_map(|(entry, _)| entry.annotations.get(REF_NAME)).map(String::as_str).collect();
        if names.is_empty() { ": it is empty".to_owned() } else { format!(": name one of {}", names.join(", ")) }
    }

    pub(crate) fn manifest(&self, digest: &Digest) -> Result<Manifest, RegistryError> {
        Manifest::parse(self.read_file(&blob_name(digest), MANIFEST_LIMIT)?, "", digest)
    }

    pub(crate) fn described(&self, descriptor: &Descriptor) -> Result<Manifest, RegistryError> {
        let bytes = self.read_file(&blob_name(&descriptor.digest), MANIFEST_LIMIT)?;
        has_size(descriptor, bytes.len() as u64)?;
        Manifest::parse(bytes, &descriptor.media_type, &descriptor.digest)
    }

    /// What has a name, if anything does.
    pub(crate) fn tagged(&self, tag: &str) -> Result<Option<Manifest>, RegistryError> {
        let index = self.index()?;
        let entries = || index.entries.iter().map(|(entry, _)| entry);
        let named = entries().find(|entry| entry.annotations.get(REF_NAME).is_some_and(|name| name == tag));
        named.or_else(|| saved(entries(), tag)).map(|entry| self.described(entry)).transpose()
    }

    /// What refers to a manifest.
    pub(crate) fn referrers(&self, subject: &Digest, limit: usize) -> Result<Vec<Descriptor>, RegistryError> {
        if self.referrers.get().is_none() {
            drop(self.referrers.set(self.all_referrers()?));
        }
        let found = self.referrers.get().and_then(|all| all.get(subject)).cloned().unwrap_or_default();
        if found.len() > limit {
            return Err(RegistryError::TooMany { what: format!("referrers of {subject}"), limit: limit as u64 });
        }
        Ok(found)
    }

    fn all_referrers(&self) -> Result<BTreeMap<Digest, Vec<Descriptor>>, RegistryError> {
        let mut all: BTreeMap<Digest, Vec<Descriptor>> = BTreeMap::new();
        let mut add = |manifest: &Manifest| {
            if let Some(subject) = manifest.subject() {
                let held = all.entry(subject.digest.clone()).or_default();
                if !held.iter().any(|held| held.digest == manifest.descriptor().digest) {
                    held.push(manifest.descriptor().clone());
                }
            }
        };
        for (entry, _) in self.index()?.entries {
            let manifest = self.described(&entry)?;
            add(&manifest);
            let name = entry.annotations.get(REF_NAME).filter(|name| name.starts_with("sha") && !name.contains('.'));
            let (Some(_), Content::Index(listed)) = (name, manifest.content()) else { continue };
            for listed in listed {
                let manifest = self.described(listed)?;
                let is_of = manifest.subject().map(|subject| fallback_tag(&subject.digest));
                if is_of.as_ref() == name {
                    add(&manifest);
                }
            }
        }
        Ok(all)
    }

    /// Whether there is a file for a digest, whatever it holds.
    pub(crate) fn has_blob(&self, digest: &Digest) -> bool {
        self.root.join(blob_name(digest)).is_file()
    }

    /// A blob as it is read.
    pub(crate) fn read_blob(&self, digest: &Digest) -> Result<Box<dyn Read + Send>, RegistryError> {
        Ok(Box::new(self.open_file(&blob_name(digest))?))
    }

    /// A blob of at most `limit` bytes, compared with its digest.
    pub(crate) fn blob(&self, blob: &Descriptor, limit: u64) -> Result<Vec<u8>, RegistryError> {
        if blob.size > limit {
            let reason = format!("it has {} bytes, and no more than {limit} are read", blob.size);
            return Err(malformed(&format!("blob {}", blob.digest), reason));
        }
        let mut bytes = Vec::new();
        pour(&mut self.open_file(&blob_name(&blob.digest))?, &mut bytes, blob)?;
        Ok(bytes)
    }

    /// Writes a blob, unless it is there with the right content.
    pub(crate) fn write_blob(&self, blob: &Descriptor, open: &Open<'_>) -> Result<Pushed, RegistryError> {
        let name = blob_name(&blob.digest);
        let path = self.root.join(&name);
        if let Ok(mut held) = self.open_file(&name)
            && pour(&mut held, &mut io::sink(), blob).is_ok()
        {
            return Ok(Pushed::Present);
        }
        let failed = |error| self.failed(&name, error);
        let directory = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(directory).map_err(failed)?;
        let partial = directory.join(format!(".{}.{}.partial", blob.digest.hex(), std::process::id()));
        drop(fs::remove_file(&partial));
        let write = || -> Result<(), RegistryError> {
            let mut file = File::options().write(true).create_new(true).open(&partial).map_err(failed)?;
            pour(&mut *open()?, &mut file, blob)?;
            fs::rename(&partial, &path).map_err(failed)
        };
        let outcome = write();
        if outcome.is_err() {
            drop(fs::remove_file(&partial));
        }
        outcome.map(|()| Pushed::Sent)
    }

    /// Writes a manifest as a blob.
    pub(crate) fn write_manifest(&self, manifest: &Manifest) -> Result<Pushed, RegistryError> {
        self.write_blob(manifest.descriptor(), &|| Ok(Box::new(io::Cursor::new(manifest.bytes().to_vec()))))
    }

    /// Lists manifests in `index.json`, each with the name that it has, if any. A name stands for one manifest.
    pub(crate) fn list(&self, added: &[(Descriptor, Option<String>)]) -> Result<(), RegistryError> {
        let mut index = self.index()?;
        let before = index.entries.len();
        let mut changed = false;
        for (descriptor, name) in added {
            let name_of = |entry: &Descriptor| entry.annotations.get(REF_NAME).cloned();
            let held =
                |entry: &Descriptor| entry.digest == descriptor.digest && (name.is_none() || name_of(entry) == *name);
            if index.entries.iter().any(|(entry, _)| held(entry)) {
                continue;
            }
            index.entries.retain(|(entry, _)| name.is_none() || name_of(entry) != *name);
            let mut descriptor = descriptor.clone();
            if let Some(name) = name {
                descriptor.annotations.insert(REF_NAME.to_owned(), name.clone());
            }
            let text = serde_json::value::to_raw_value(&OutDescriptor::listed(&descriptor));
            index.entries.push((descriptor, text.map_err(|error| malformed("index.json", error.to_string()))?));
            changed = true;
        }
        let path = self.root.join("index.json");
        if !changed && index.entries.len() == before && path.is_file() {
            return Ok(());
        }
        let failed = |error| self.failed("index.json", error);
        let partial = self.root.join(format!(".index.json.{}.partial", std::process::id()));
        let outcome = fs::write(&partial, index_bytes(&index)?).and_then(|()| fs::rename(&partial, &path));
        if outcome.is_err() {
            drop(fs::remove_file(&partial));
        }
        outcome.map_err(failed)
    }
}

/// What has one of cosign's tags in a layout that `cosign save` wrote. It names nothing there: annotations say what is the one
/// image, and what its signatures and attestations are.
/// <https://github.com/sigstore/cosign/blob/v2.6.1/pkg/oci/layout/write.go>
fn saved<'a>(entries: impl Iterator<Item = &'a Descriptor> + Clone, tag: &str) -> Option<&'a Descriptor> {
    let of_kind = |wanted: &'static [&'static str]| {
        let kind =
            |entry: &&Descriptor| entry.annotations.get("kind").is_some_and(|kind| wanted.contains(&kind.as_str()));
        entries.clone().filter(kind)
    };
    let mut images = of_kind(&["dev.cosignproject.cosign/image", "dev.cosignproject.cosign/imageIndex"]);
    let (image, None) = (images.next()?, images.next()) else { return None };
    if CosignTag::Signature.tag(&image.digest) == tag {
        of_kind(&["dev.cosignproject.cosign/sigs"]).next()
    } else if CosignTag::Attestation.tag(&image.digest) == tag {
        of_kind(&["dev.cosignproject.cosign/atts"]).next()
    } else {
        None
    }
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().token(), digest.hex())
}

/// Passes a blob on; it must have the size and the digest that its descriptor says.
fn pour(from: &mut dyn Read, to: &mut dyn Write, blob: &Descriptor) -> Result<(), RegistryError> {
    let what = format!("blob {}", blob.digest);
    let failed = |error: io::Error| match error.downcast::<RegistryError>() {
        Ok(error) => error,
        Err(error) => malformed(&what, error.to_string()),
    };
    let mut hasher = Hasher::new(blob.digest.algorithm());
    let mut from = from.take(blob.size.saturating_add(1));
    let (mut buffer, mut size) = (vec![0; 64 << 10], 0_u64);
    loop {
        let count = from.read(&mut buffer).map_err(failed)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        size = size.saturating_add(bytes.len() as u64);
        if let Some(hasher) = &mut hasher {
            hasher.update(bytes);
        }
        to.write_all(bytes).map_err(failed)?;
    }
    has_size(blob, size)?;
    agree(&what, &blob.digest, hasher.and_then(Hasher::finish))
}
