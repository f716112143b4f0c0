//! Statements that `BuildKit` puts beside the images of an index. Nobody signs them: they say what whoever pushed the image
//! says, and prove nothing.
//! <https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md>
//!
//! Such a manifest is listed for the platform `unknown/unknown`, with what it is about in an annotation; each of its layers is a
//! statement.

use plimsoll_model::Digest;

use crate::bounded::BoundedBlobs;
use crate::ends::From;
use crate::{Content, CopyPlace, Descriptor, EvidenceOptions, Manifest, NetworkOptions, RegistryError};

const KIND: &str = "vnd.docker.reference.type";
const ATTESTATION: &str = "attestation-manifest";
const SUBJECT: &str = "vnd.docker.reference.digest";
const PREDICATE: &str = "in-toto.io/predicate-type";
const STATEMENT: &str = "application/vnd.in-toto";

/// Statements about the images of an index, which nobody signed.
#[derive(Debug)]
#[non_exhaustive]
pub struct UnsignedStatements {
    /// What the name stands for.
    pub manifest: Manifest,
    /// The statements.
    pub statements: Vec<UnsignedStatement>,
    /// What should be one, and cannot be read: where it is, and why not.
    pub unread: Vec<(String, String)>,
    /// What the user should know, such as a credential helper that failed.
    pub notices: Vec<String>,
}

/// A statement that nobody signed.
#[derive(Debug)]
#[non_exhaustive]
pub struct UnsignedStatement {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The image that it is listed for.
    pub about: Option<Digest>,
    /// The platform of that image.
    pub platform: Option<String>,
    /// The type of its predicate, as the manifest has it.
    pub predicate_type: Option<String>,
    /// Where it was found.
    pub place: String,
}

/// Resolves a name once, and fetches the statements beside the images of its index. There are none for a single image, as they
/// are beside it and not in it.
///
/// # Errors
/// The image cannot be had, or there is more than is read.
pub fn unsigned_statements_of(
    place: &CopyPlace,
    network: &NetworkOptions,
    options: &EvidenceOptions,
) -> Result<UnsignedStatements, RegistryError> {
    let from = From::open(place, network, options.max_referrers)?;
    let manifest = from.resolve()?;
    let listed = match manifest.content() {
        Content::Index(listed) => listed.clone(),
        Content::Blobs { .. } => Vec::new(),
    };
    let found = UnsignedStatements { manifest, statements: Vec::new(), unread: Vec::new(), notices: Vec::new() };
    let blobs = BoundedBlobs::new(&from, options, "unsigned statements".to_owned());
    let mut gather = Gather { options, blobs, found };
    let beside = listed.iter().filter(|one| one.annotations.get(KIND).is_some_and(|kind| kind == ATTESTATION));
    for (number, one) in beside.enumerate() {
        if number >= options.max_referrers {
            let what = format!("attestations in {}", gather.found.manifest.descriptor().digest);
            return Err(RegistryError::TooMany { what, limit: options.max_referrers as u64 });
        }
        let place = format!("attestation manifest {}", one.digest);
        match from.described(one) {
            Ok(manifest) => gather.layers(&manifest, one, &listed, &place)?,
            Err(error) => gather.blobs.unread(place, error)?,
        }
    }
    let mut found = gather.found;
    found.unread = gather.blobs.into_unread();
    found.notices = from.notices();
    Ok(found)
}

struct Gather<'a> {
    options: &'a EvidenceOptions,
    blobs: BoundedBlobs<'a>,
    found: UnsignedStatements,
}

impl Gather<'_> {
    fn layers(
        &mut self,
        manifest: &Manifest,
        own: &Descriptor,
        listed: &[Descriptor],
        place: &str,
    ) -> Result<(), RegistryError> {
        if manifest.layers().len() > self.options.max_referrers {
            return Err(RegistryError::TooMany { what: place.to_owned(), limit: self.options.max_referrers as u64 });
        }
        let about = own.annotations.get(SUBJECT);
        let image = about.and_then(|digest| listed.iter().find(|one| one.digest.to_string() == *digest));
        for (number, layer) in (1..).zip(manifest.layers()) {
            let place = format!("{place} layer {number}");
            if !layer.media_type.starts_with(STATEMENT) {
                continue;
            }
            match self.blobs.fetch(layer) {
                Ok(bytes) => self.found.statements.push(UnsignedStatement {
                    bytes,
                    about: image.map(|image| image.digest.clone()),
                    platform: image.and_then(|image| image.platform.clone()),
                    predicate_type: layer.annotations.get(PREDICATE).cloned(),
                    place,
                }),
                Err(error) => self.blobs.unread(place, error)?,
            }
        }
        Ok(())
    }
}
