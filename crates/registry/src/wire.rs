//! Descriptors and manifests as they are written: members in the order of the specification, nothing that is empty.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::manifest::MANIFEST;
use crate::{Descriptor, RegistryError, manifest::malformed};

/// A descriptor (image-spec, descriptor.md).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutDescriptor<'a> {
    media_type: &'a str,
    digest: String,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

/// Lent to descriptors without annotations.
static NO_ANNOTATIONS: BTreeMap<String, String> = BTreeMap::new();

impl<'a> OutDescriptor<'a> {
    /// Of a blob in a manifest.
    pub(crate) fn blob(descriptor: &'a Descriptor) -> Self {
        Self {
            media_type: &descriptor.media_type,
            digest: descriptor.digest.to_string(),
            size: descriptor.size,
            artifact_type: None,
            annotations: &descriptor.annotations,
        }
    }

    /// Of a referrer in a list.
    pub(crate) fn listed(descriptor: &'a Descriptor) -> Self {
        Self { artifact_type: descriptor.artifact_type.as_deref(), ..Self::blob(descriptor) }
    }

    /// Of a subject: what names it, and no more.
    pub(crate) fn bare(descriptor: &'a Descriptor) -> Self {
        Self { annotations: &NO_ANNOTATIONS, ..Self::blob(descriptor) }
    }
}

/// A manifest (image-spec, manifest.md).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutManifest<'a> {
    schema_version: u32,
    media_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<&'a str>,
    config: OutDescriptor<'a>,
    layers: Vec<OutDescriptor<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<OutDescriptor<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

impl<'a> OutManifest<'a> {
    pub(crate) fn new(config: &'a Descriptor, layers: &'a [Descriptor]) -> Self {
        Self {
            schema_version: 2,
            media_type: MANIFEST,
            artifact_type: None,
            config: OutDescriptor::blob(config),
            layers: layers.iter().map(OutDescriptor::blob).collect(),
            subject: None,
            annotations: &NO_ANNOTATIONS,
        }
    }

    pub(crate) fn about(
        mut self,
        subject: &'a Descriptor,
        artifact_type: &'a str,
        annotations: &'a BTreeMap<String, String>,
    ) -> Self {
        self.subject = Some(OutDescriptor::bare(subject));
        self.artifact_type = Some(artifact_type);
        self.annotations = annotations;
        self
    }

    pub(crate) fn annotated(mut self, annotations: &'a BTreeMap<String, String>) -> Self {
        self.annotations = annotations;
        self
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>, RegistryError> {
        serde_json::to_vec(self).map_err(|error| malformed("manifest", error.to_string()))
    }
}
