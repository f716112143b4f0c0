//! Images and all that refers to them, from one place to another: registries and layouts, in any direction.
//!
//! Everything keeps its bytes and so its digest. Blobs are streamed and compared on the way; what is there already is not
//! sent. A manifest is written after what it lists, and before what refers to it; the name comes last, so that whoever
//! watches it finds the signatures. Referrers are followed from the image, from each image of an index, and from each
//! other.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;

use plimsoll_model::Digest;

use crate::ends::{From, To};
use crate::layout::{Layout, LayoutReference};
use crate::manifest::malformed;
use crate::{
    Content, CosignTag, Descriptor, ImageReference, Manifest, NetworkOptions, Pushed, RegistryError, Repository,
};

/// Where to copy from or to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyPlace {
    /// `registry:`
    Registry(ImageReference),
    /// `oci-layout:`
    Layout(LayoutReference),
}

impl CopyPlace {
    /// Reads `registry:HOST/REPOSITORY[:TAG][@DIGEST]` and `oci-layout:DIRECTORY[:TAG][@DIGEST]`.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        match text.split_once(':') {
            Some(("registry", name)) => name.parse().map(Self::Registry),
            Some(("oci-layout", name)) => LayoutReference::parse(name).map(Self::Layout),
            _ => Err(RegistryError::Place { text: text.to_owned() }),
        }
    }

    fn tag(&self) -> Option<&str> {
        match self {
            Self::Registry(reference) => reference.tag(),
            Self::Layout(reference) => reference.tag.as_deref(),
        }
    }

    fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Registry(reference) => reference.digest(),
            Self::Layout(reference) => reference.digest.as_ref(),
        }
    }
}

impl fmt::Display for CopyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(reference) => write!(f, "registry:{reference}"),
            Self::Layout(reference) => write!(f, "oci-layout:{reference}"),
        }
    }
}

/// What is copied.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CopyOptions {
    /// Signatures, SBOMs and attestations too.
    pub referrers: bool,
    /// How many referrers of one subject are copied; more are an error.
    pub max_referrers: usize,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self { referrers: true, max_referrers: crate::repository::MAX_REFERRERS }
    }
}

/// Why a manifest was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// It is what was named.
    Root,
    /// An index lists it.
    Member,
    /// It refers to another.
    Referrer,
    /// It is under a tag of cosign's.
    Cosign(String),
}

/// A manifest that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopiedManifest {
    /// What it is; of a referrer with its artifact type.
    pub descriptor: Descriptor,
    /// Why.
    pub role: Role,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// What was named.
    pub digest: Digest,
    /// All manifests: each after what it lists, and before what refers to it.
    pub manifests: Vec<CopiedManifest>,
    /// Blobs that were sent, and their bytes.
    pub sent: u64,
    /// Bytes of those.
    pub sent_bytes: u64,
    /// Blobs that were there, or came from another repository of the registry.
    pub present: u64,
    /// Layers that may not be distributed and that the source does not have.
    pub left_out: Vec<Digest>,
    /// What the user should know, such as a credential helper that failed.
    pub notices: Vec<String>,
}

/// An index in an index, or what refers to what refers.
const MOST_DEPTH: usize = 8;
const MOST_MANIFESTS: usize = 4096;

/// Copies an image or artifact.
///
/// # Errors
/// The source does not have it or is not what its digests name, the target does not take it, or there is more than is
/// copied. What was copied stays; another try goes on from there.
pub fn copy(
    source: &CopyPlace,
    target: &CopyPlace,
    network: &NetworkOptions,
    options: &CopyOptions,
) -> Result<Copied, RegistryError> {
    let from = From::open(source, network, options.max_referrers)?;
    let root = from.resolve()?;
    let digest = root.descriptor().digest.clone();
    if let Some(wanted) = target.digest().filter(|wanted| **wanted != digest) {
        let reason = format!("it is to become {wanted}, and a copy keeps its digest");
        return Err(malformed(&format!("manifest {digest}"), reason));
    }
    let (to, tag) = match target {
        CopyPlace::Registry(reference) => {
            let repository = Repository::open(reference, network);
            let repository = match &from {
                From::Registry(source) => repository.mounting(source),
                From::Layout(..) => repository,
            };
            (To::Registry(Box::new(repository)), target.tag())
        }
        CopyPlace::Layout(reference) => {
            (To::layout(Layout::create(&reference.path)?), target.tag().or_else(|| source.tag()))
        }
    };
    let mut run = Run {
        from: &from,
        to: &to,
        options,
        seen: BTreeSet::new(),
        subjects: VecDeque::new(),
        copied: Copied::new(digest),
    };
    run.all(&root, tag)?;
    to.finish(&root, tag)?;
    let mut copied = run.copied;
    copied.notices = from.notices();
    copied.notices.extend(to.notices());
    copied.notices.dedup();
    Ok(copied)
}

impl Copied {
    fn new(digest: Digest) -> Self {
        let (manifests, left_out, notices) = (Vec::new(), Vec::new(), Vec::new());
        Self { digest, manifests, sent: 0, sent_bytes: 0, present: 0, left_out, notices }
    }
}

struct Run<'a> {
    from: &'a From,
    to: &'a To,
    options: &'a CopyOptions,
    seen: BTreeSet<Digest>,
    /// Manifests that are copied, and what refers to them is not yet.
    subjects: VecDeque<Subject>,
    copied: Copied,
}

struct Subject {
    digest: Digest,
    is_referrer: bool,
    depth: usize,
}

impl Run<'_> {
    fn all(&mut self, root: &Manifest, tag: Option<&str>) -> Result<(), RegistryError> {
        self.manifest(root, Role::Root, tag, 0)?;
        while let Some(Subject { digest, is_referrer, depth }) = self.subjects.pop_front() {
            if !self.options.referrers {
                break;
            }
            let below = depth.saturating_add(1);
            for listed in self.from.referrers(&digest, None)? {
                let referrer = self.from.referrer(&digest, &listed.descriptor)?;
                self.manifest(&referrer, Role::Referrer, None, below)?;
            }
            // Tools that attach referrers do not sign them under tags.
            for kind in CosignTag::ALL.into_iter().filter(|_| !is_referrer) {
                let tag = kind.tag(&digest);
                if let Some(found) = self.from.tagged(&tag)? {
                    self.manifest(&found, Role::Cosign(tag.clone()), Some(&tag), below)?;
                }
            }
        }
        Ok(())
    }

    /// Copies a manifest and what it lists.
    fn manifest(
        &mut self,
        manifest: &Manifest,
        role: Role,
        tag: Option<&str>,
        depth: usize,
    ) -> Result<(), RegistryError> {
        let digest = &manifest.descriptor().digest;
        if !self.seen.insert(digest.clone()) {
            return Ok(());
        }
        if depth > MOST_DEPTH {
            return Err(RegistryError::TooMany { what: "levels of what is copied".into(), limit: MOST_DEPTH as u64 });
        }
        if self.seen.len() > MOST_MANIFESTS {
            return Err(RegistryError::TooMany { what: "manifests to copy".into(), limit: MOST_MANIFESTS as u64 });
        }
        match manifest.content() {
            Content::Index(members) => {
                for member in members {
                    let member = self.from.described(member)?;
                    self.manifest(&member, Role::Member, None, depth.saturating_add(1))?;
                }
            }
            Content::Blobs { config, layers } if !self.to.has_whole(digest)? => {
                for blob in layers.iter().chain([config]) {
                    self.blob(blob)?;
                }
            }
            Content::Blobs { .. } => {}
        }
        self.to.put(manifest, &role, tag)?;
        let is_referrer = role == Role::Referrer;
        self.subjects.push_back(Subject { digest: digest.clone(), is_referrer, depth });
        self.copied.manifests.push(CopiedManifest { descriptor: manifest.descriptor().clone(), role });
        Ok(())
    }

    fn blob(&mut self, blob: &Descriptor) -> Result<(), RegistryError> {
        if blob.is_foreign && !self.from.has_blob(&blob.digest)? {
            self.copied.left_out.push(blob.digest.clone());
            return Ok(());
        }
        match self.to.put_blob(blob, &|| self.from.read(blob))? {
            Pushed::Sent => {
                self.copied.sent = self.copied.sent.saturating_add(1);
                self.copied.sent_bytes = self.copied.sent_bytes.saturating_add(blob.size);
            }
            _ => self.copied.present = self.copied.present.saturating_add(1),
        }
        Ok(())
    }
}
