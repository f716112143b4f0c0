//! Tags as cosign made them before registries knew referrers: `sha256-HEX.sig`, `.att` and `.sbom` are image manifests
//! whose layers are signatures (of simple signing, with their material in annotations), attestations (DSSE envelopes) and
//! an SBOM. Layers and annotations are handed over as they are.
//!
//! <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>

use std::fmt;

use plimsoll_model::Digest;

use crate::manifest::malformed;
use crate::repository::checked;
use crate::wire::OutManifest;
use crate::{Content, Descriptor, Layer, Manifest, RegistryError, Repository};

/// What a tag of cosign's holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CosignTag {
    /// `.sig`
    Signature,
    /// `.att`
    Attestation,
    /// `.sbom`
    Sbom,
}

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

impl CosignTag {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Signature, Self::Attestation, Self::Sbom];

    /// The end of the tag, without the dot.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Signature => "sig",
            Self::Attestation => "att",
            Self::Sbom => "sbom",
        }
    }

    /// The tag for a subject.
    #[must_use]
    pub fn tag(self, subject: &Digest) -> String {
        format!("{}-{}.{}", subject.algorithm().token(), subject.hex(), self.suffix())
    }
}

impl fmt::Display for CosignTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.suffix())
    }
}

impl Repository {
    /// What one of cosign's tags for a subject holds.
    ///
    /// # Errors
    /// The registry does not say, or it is no image manifest, or it has more layers than referrers are read.
    pub fn cosign(&self, subject: &Digest, kind: CosignTag) -> Result<Option<Manifest>, RegistryError> {
        let tag = kind.tag(subject);
        let Some(manifest) = self.tagged(&tag)? else { return Ok(None) };
        self.check_cosign(&tag, &manifest)?;
        Ok(Some(manifest))
    }

    fn check_cosign(&self, tag: &str, manifest: &Manifest) -> Result<(), RegistryError> {
        let what = format!("tag {tag}");
        if matches!(manifest.content(), Content::Index(_)) {
            return Err(malformed(&what, "it is an index".to_owned()));
        }
        if manifest.layers().len() > self.max_referrers {
            return Err(RegistryError::TooMany { what, limit: self.max_referrers as u64 });
        }
        Ok(())
    }

    /// Adds layers to one of cosign's tags; those that are there stay. One that is there already is not added again.
    ///
    /// # Errors
    /// The registry does not take it, or the tag holds something else.
    pub fn attach_cosign(
        &self,
        subject: &Digest,
        kind: CosignTag,
        layers: &[Layer],
    ) -> Result<Manifest, RegistryError> {
        let tag = kind.tag(subject);
        let held = self.tagged_at_origin(&tag)?.map(checked).transpose()?;
        let mut all: Vec<Descriptor> = Vec::new();
        if let Some(held) = &held {
            self.check_cosign(&tag, held)?;
            all.extend_from_slice(held.layers());
        }
        let before = all.len();
        for layer in layers {
            let descriptor = layer.push(self)?;
            let same =
                |held: &Descriptor| held.digest == descriptor.digest && held.annotations == descriptor.annotations;
            if !all.iter().any(same) {
                all.push(descriptor);
            }
        }
        if let Some(held) = held.as_ref().filter(|_| all.len() == before) {
            return Ok(held.clone());
        }
        // The layers are no tar files, so that they are what they are uncompressed; no clock is asked.
        let digests: Vec<String> = all.iter().map(|layer| layer.digest.to_string()).collect();
        let config = serde_json::json!({
            "architecture": "", "created": "0001-01-01T00:00:00Z", "os": "", "config": {},
            "rootfs": { "type": "layers", "diff_ids": digests },
        });
        let config = self.push_blob(CONFIG, config.to_string().as_bytes())?;
        let annotations = held.as_ref().map(|held| held.annotations().clone()).unwrap_or_default();
        let manifest = Manifest::made(OutManifest::new(&config, &all).annotated(&annotations).bytes()?)?;
        self.put_manifest(&manifest, Some(&tag))?;
        Ok(manifest)
    }
}
