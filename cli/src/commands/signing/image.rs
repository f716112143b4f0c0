//! Images in registries: named once, then meant by their digest.

use std::collections::BTreeSet;
use std::rc::Rc;

use plimsoll_attest::DigestSet;
use plimsoll_model::Digest;
use plimsoll_registry::{Attachment, Content, CosignTag, Descriptor, ImageReference, Layer, Manifest, Repository};
use plimsoll_sign::CosignLayer;

use crate::args::NetworkArguments;
use crate::failure::Failure;
use crate::output::Ui;

/// The media type of an envelope as annotations of a bundle say it.
const ENVELOPE: &str = "dsse-envelope";

/// What cosign states when it signs an image: that somebody signed it, and no more.
pub(in crate::commands) const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";

/// Images that one name may stand for, and indexes within indexes.
const MOST_IMAGES: usize = 1024;
const MOST_DEPTH: usize = 8;

/// An image, resolved.
pub(in crate::commands) struct Image {
    repository: Rc<Repository>,
    descriptor: Descriptor,
    /// What an index lists.
    members: Option<Vec<Descriptor>>,
}

/// A manifest that carries a bundle.
pub(in crate::commands) struct Attached {
    /// The image, by digest.
    pub(in crate::commands) to: String,
    /// The digest of the manifest.
    pub(in crate::commands) manifest: String,
}

impl Image {
    /// Asks the registry what a name stands for, and says it.
    pub(in crate::commands) fn resolve(
        reference: &ImageReference,
        network: &NetworkArguments,
        ui: &mut Ui,
    ) -> Result<Self, Failure> {
        let repository = Repository::open(reference, &network.options());
        let manifest = repository.resolve()?;
        let image = Self::of(Rc::new(repository), &manifest);
        if reference.digest().is_none() {
            ui.status(&format!("{reference} is {}", image.descriptor.digest));
        }
        Ok(image)
    }

    fn of(repository: Rc<Repository>, manifest: &Manifest) -> Self {
        let members = match manifest.content() {
            Content::Index(members) => Some(members.clone()),
            _ => None,
        };
        Self { repository, descriptor: manifest.descriptor().clone(), members }
    }

    /// It and all that it lists: what is listed comes first, and everything once. All of it is fetched before anything is
    /// signed.
    pub(in crate::commands) fn with_members(self) -> Result<Vec<Self>, Failure> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        self.gather(0, &mut seen, &mut found)?;
        Ok(found)
    }

    fn gather(self, depth: usize, seen: &mut BTreeSet<Digest>, found: &mut Vec<Self>) -> Result<(), Failure> {
        if !seen.insert(self.descriptor.digest.clone()) {
            return Ok(());
        }
        if depth > MOST_DEPTH || seen.len() > MOST_IMAGES {
            let limits = format!("{MOST_IMAGES} images, and {MOST_DEPTH} indexes within each other");
            return Err(Failure::failed(anyhow::anyhow!("{} is more than {limits}", self.pinned())));
        }
        for member in self.members.iter().flatten().filter(|member| !seen.contains(&member.digest)).collect::<Vec<_>>()
        {
            let manifest = self.repository.described(member)?;
            let member = Self::of(Rc::clone(&self.repository), &manifest);
            member.gather(depth.saturating_add(1), seen, found)?;
        }
        found.push(self);
        Ok(())
    }

    /// The digest, and the name without tag.
    pub(in crate::commands) fn identity(&self) -> (&Digest, String) {
        (&self.descriptor.digest, self.repository.reference().name())
    }

    /// The digest that is signed.
    pub(in crate::commands) fn digests(&self) -> DigestSet {
        let digest = &self.descriptor.digest;
        DigestSet::from([(digest.algorithm().token().to_owned(), digest.hex())])
    }

    /// The name without the tag, which somebody may move, and the digest.
    pub(in crate::commands) fn pinned(&self) -> String {
        format!("{}@{}", self.repository.reference().name(), self.descriptor.digest)
    }

    /// Whether it is several images, for several platforms.
    pub(in crate::commands) fn is_index(&self) -> bool {
        self.members.is_some()
    }

    /// Attaches a bundle as a referrer (OCI 1.1), or under the tag that stands in for it.
    pub(in crate::commands) fn attach(
        &self,
        bundle: &[u8],
        predicate_type: &str,
        ui: &mut Ui,
    ) -> Result<Attached, Failure> {
        let attachment = Attachment::bundle(bundle, ENVELOPE, Some(predicate_type));
        let manifest = self.repository.attach(&self.descriptor, &attachment)?;
        Ok(self.attached(&manifest, ui))
    }

    /// Adds a layer to the image of one of cosign's tags.
    pub(in crate::commands) fn attach_layer(
        &self,
        tag: CosignTag,
        layer: CosignLayer,
        ui: &mut Ui,
    ) -> Result<Attached, Failure> {
        let mut pushed = Layer::new(layer.media_type, layer.bytes);
        pushed.annotations = layer.annotations;
        let manifest = self.repository.attach_cosign(&self.descriptor.digest, tag, &[pushed])?;
        Ok(self.attached(&manifest, ui))
    }

    fn attached(&self, manifest: &Manifest, ui: &mut Ui) -> Attached {
        for notice in self.repository.take_notices() {
            ui.warning(&notice);
        }
        Attached { to: self.pinned(), manifest: manifest.descriptor().digest.to_string() }
    }
}
