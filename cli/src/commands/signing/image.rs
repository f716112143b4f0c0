//! Images in registries: named once, then meant by their digest.

use plimsoll_attest::DigestSet;
use plimsoll_registry::{Attachment, Content, Descriptor, ImageReference, Repository};

use crate::args::NetworkArguments;
use crate::failure::Failure;
use crate::output::Ui;

/// The media type of an envelope as annotations of a bundle say it.
const ENVELOPE: &str = "dsse-envelope";

/// What cosign states when it signs an image: that somebody signed it, and no more.
pub(in crate::commands) const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";

/// An image, resolved.
pub(in crate::commands) struct Image {
    repository: Repository,
    descriptor: Descriptor,
    is_index: bool,
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
        let (descriptor, is_index) = (manifest.descriptor().clone(), matches!(manifest.content(), Content::Index(_)));
        if reference.digest().is_none() {
            ui.status(&format!("{reference} is {}", descriptor.digest));
        }
        Ok(Self { repository, descriptor, is_index })
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
        self.is_index
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
        for notice in self.repository.take_notices() {
            ui.warning(&notice);
        }
        Ok(Attached { to: self.pinned(), manifest: manifest.descriptor().digest.to_string() })
    }
}
