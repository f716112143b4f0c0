//! What refers to an image, to each image of an index, and to what refers to those: a tree to be looked at.
//!
//! It shows what is listed, not what is true: signatures are not verified, and of referrers only the list is read.

use std::collections::BTreeSet;

use plimsoll_model::Digest;

use crate::ends::From;
use crate::{
    Content, CopyPlace, CosignTag, Descriptor, Manifest, NetworkOptions, Referrer, ReferrerPlace, RegistryError,
};

/// What is looked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TreeOptions {
    /// Only referrers of this artifact type, or whose predicate has this type, and all that refers to them.
    pub wanted_type: Option<String>,
    /// How many referrers of one subject are read; more are an error.
    pub max_referrers: usize,
}

impl Default for TreeOptions {
    fn default() -> Self {
        Self { wanted_type: None, max_referrers: crate::repository::MAX_REFERRERS }
    }
}

/// A manifest and what refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReferrerTree {
    /// The manifest.
    pub subject: Descriptor,
    /// What refers to it.
    pub referrers: Vec<ReferrerNode>,
    /// The manifests of an index, each with what refers to it.
    pub members: Vec<ReferrerTree>,
    /// What the user should know, such as a credential helper that failed.
    pub notices: Vec<String>,
}

/// A referrer and what refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReferrerNode {
    /// What was listed, and where.
    pub referrer: Referrer,
    /// What is under a tag of cosign's, or in an attestation of BuildKit's: there each layer is one thing.
    pub layers: Vec<Descriptor>,
    /// What refers to it.
    pub referrers: Vec<ReferrerNode>,
}

const MOST_DEPTH: usize = 8;
const MOST_NODES: usize = 2048;

/// In an index of BuildKit's: what an attestation is about.
const BUILDKIT_SUBJECT: &str = "vnd.docker.reference.digest";

/// Lists what refers to an image.
///
/// # Errors
/// The image or a list cannot be had, or there is more than is read.
pub fn referrer_tree(
    place: &CopyPlace,
    network: &NetworkOptions,
    options: &TreeOptions,
) -> Result<ReferrerTree, RegistryError> {
    let from = From::open(place, network, options.max_referrers)?;
    let mut climb = Climb { from: &from, wanted: options.wanted_type.as_deref(), seen: BTreeSet::new() };
    let root = from.resolve()?;
    let mut tree = climb.tree(&root, root.descriptor().clone(), 0)?;
    tree.notices = from.notices();
    Ok(tree)
}

struct Climb<'a> {
    from: &'a From,
    wanted: Option<&'a str>,
    seen: BTreeSet<Digest>,
}

impl Climb<'_> {
    fn tree(&mut self, manifest: &Manifest, subject: Descriptor, depth: usize) -> Result<ReferrerTree, RegistryError> {
        self.count(&subject.digest, depth)?;
        let mut referrers = self.referrers(&subject.digest, self.wanted, depth)?;
        for kind in CosignTag::ALL {
            let Some(found) = self.from.tagged(&kind.tag(&subject.digest))? else { continue };
            referrers.extend(self.layered(&found, found.descriptor(), ReferrerPlace::CosignTag(kind), depth)?);
        }
        let mut members = Vec::new();
        if let Content::Index(listed) = manifest.content() {
            let (attestations, images): (Vec<_>, Vec<_>) =
                listed.iter().partition(|listed| listed.annotations.contains_key(BUILDKIT_SUBJECT));
            for listed in images {
                let member = self.from.described(listed)?;
                let mut tree = self.tree(&member, listed.clone(), depth.saturating_add(1))?;
                let digest = listed.digest.to_string();
                for about in attestations.iter().filter(|one| one.annotations.get(BUILDKIT_SUBJECT) == Some(&digest)) {
                    let found = self.from.described(about)?;
                    tree.referrers.extend(self.layered(&found, about, ReferrerPlace::Index, depth)?);
                }
                members.push(tree);
            }
            let is_listed = |digest: &String| listed.iter().any(|one| one.digest.to_string() == *digest);
            for about in attestations {
                if about.annotations.get(BUILDKIT_SUBJECT).is_none_or(|digest| !is_listed(digest)) {
                    let found = self.from.described(about)?;
                    referrers.extend(self.layered(&found, about, ReferrerPlace::Index, depth)?);
                }
            }
        }
        Ok(ReferrerTree { subject, referrers, members, notices: Vec::new() })
    }

    fn referrers(
        &mut self,
        subject: &Digest,
        wanted: Option<&str>,
        depth: usize,
    ) -> Result<Vec<ReferrerNode>, RegistryError> {
        // Registries know artifact types; a type of predicates is a URL.
        let asked = wanted.filter(|wanted| !wanted.contains("://"));
        let mut nodes = Vec::new();
        for referrer in self.from.referrers(subject, asked)? {
            let descriptor = &referrer.descriptor;
            let is_wanted = asked.is_some() || wanted.is_none_or(|wanted| is_of_type(descriptor, wanted));
            if !is_wanted || self.seen.contains(&descriptor.digest) {
                continue;
            }
            let below = depth.saturating_add(1);
            self.count(&descriptor.digest, below)?;
            let referrers = self.referrers(&descriptor.digest.clone(), None, below)?;
            nodes.push(ReferrerNode { referrer, layers: Vec::new(), referrers });
        }
        Ok(nodes)
    }

    /// A manifest whose layers are what refers.
    fn layered(
        &mut self,
        found: &Manifest,
        listed: &Descriptor,
        place: ReferrerPlace,
        depth: usize,
    ) -> Result<Option<ReferrerNode>, RegistryError> {
        let layers = found.layers().iter();
        let layers: Vec<Descriptor> =
            layers.filter(|layer| self.wanted.is_none_or(|wanted| is_of_type(layer, wanted))).cloned().collect();
        let is_wanted = self.wanted.is_none_or(|wanted| is_of_type(listed, wanted)) || !layers.is_empty();
        if !is_wanted || self.seen.contains(&listed.digest) {
            return Ok(None);
        }
        let below = depth.saturating_add(1);
        self.count(&listed.digest, below)?;
        let referrers = self.referrers(&listed.digest, None, below)?;
        Ok(Some(ReferrerNode { referrer: Referrer { descriptor: listed.clone(), place }, layers, referrers }))
    }

    /// Lists can claim anything, so that there may be circles and no end.
    fn count(&mut self, digest: &Digest, depth: usize) -> Result<(), RegistryError> {
        self.seen.insert(digest.clone());
        if depth > MOST_DEPTH {
            return Err(RegistryError::TooMany { what: "levels of referrers".into(), limit: MOST_DEPTH as u64 });
        }
        if self.seen.len() > MOST_NODES {
            return Err(RegistryError::TooMany { what: "referrers".into(), limit: MOST_NODES as u64 });
        }
        Ok(())
    }
}

fn is_of_type(descriptor: &Descriptor, wanted: &str) -> bool {
    descriptor.artifact_type.as_deref() == Some(wanted)
        || descriptor.predicate_type() == Some(wanted)
        || (descriptor.artifact_type.is_none() && descriptor.media_type == wanted)
}
