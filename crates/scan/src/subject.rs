//! What a document is about.

use plimsoll_model::{Component, ComponentKind, Diagnostic, DiagnosticCode, Purl};
use plimsoll_sbom::{LayerSummary, Lifecycle, Timestamp};
use plimsoll_source::{ImageInfo, SourceInfo, SourceKind};

use crate::Identity;

/// The subject as a component: what the user says, else what the source says.
pub(crate) fn component(info: &SourceInfo, identity: &Identity) -> Component {
    let (kind, name, version) = match (&info.kind, &info.image) {
        (_, Some(image)) => {
            let (name, version) = image_name(info, image);
            (ComponentKind::Container, name, version)
        }
        (SourceKind::File | SourceKind::Archive, None) => (ComponentKind::File, info.name.clone(), None),
        _ => (ComponentKind::Application, info.name.clone(), None),
    };
    let mut component = Component::new(kind, name);
    component.version = version.map(Into::into);
    let mut component = named(component, identity);
    component.hashes.clone_from(&info.digests);
    if let Some(image) = &info.image {
        component.purl = oci_purl(&component, image);
        component.hashes.extend(image.manifest_digest.iter().cloned());
        let properties = [
            ("plimsoll:image:config-digest", image.config_digest.as_ref().map(ToString::to_string)),
            ("plimsoll:image:index-digest", image.index_digest.as_ref().map(ToString::to_string)),
            ("plimsoll:image:manifest-digest", image.manifest_digest.as_ref().map(ToString::to_string)),
            ("plimsoll:image:platform", Some(platform(image))),
        ];
        component
            .properties
            .extend(properties.into_iter().filter_map(|(name, value)| Some((name.into(), value?.into()))));
        component.properties.extend(image.tags.iter().map(|tag| ("plimsoll:image:tag".into(), tag.as_str().into())));
    }
    component
}

/// Gives a component the name and version that the user says.
pub(crate) fn named(mut component: Component, identity: &Identity) -> Component {
    if let Some(name) = &identity.name {
        component.name = name.as_str().into();
    }
    if let Some(version) = &identity.version {
        component.version = Some(version.as_str().into());
    }
    component
}

/// `os/arch[/variant]` of an image.
pub(crate) fn platform(image: &ImageInfo) -> String {
    let parts = [&image.os, &image.architecture, &image.variant];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("/")
}

/// Repository and tag of an image; the name of its file when it has none.
fn image_name(info: &SourceInfo, image: &ImageInfo) -> (String, Option<String>) {
    let digest = image.manifest_digest.as_ref().or(image.config_digest.as_ref()).map(ToString::to_string);
    let Some(tag) = image.tags.first() else { return (info.name.clone(), digest) };
    match tag.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name.to_owned(), Some(tag.to_owned())),
        // An OCI layout often records the tag alone.
        _ if !tag.contains('/') => (info.name.clone(), Some(tag.clone())),
        _ => (tag.clone(), digest),
    }
}

/// The purl of an image that has a manifest: `pkg:oci/NAME@sha256:…` (purl-spec, `oci`).
fn oci_purl(component: &Component, image: &ImageInfo) -> Option<Purl> {
    let digest = image.manifest_digest.as_ref()?;
    let name = component.name.rsplit('/').next()?;
    let mut purl = Purl::builder("oci", name).version(digest.to_string());
    if let Some(architecture) = &image.architecture {
        purl = purl.qualifier("arch", architecture.as_str());
    }
    // Where an archive came from is not known; its tags are whatever its maker wrote.
    if let Some(repository) = &image.repository {
        purl = purl.qualifier("repository_url", repository.as_str());
    }
    purl.build().ok()
}

/// When in the life of the software a source of this kind stands.
pub(crate) fn lifecycle(info: &SourceInfo) -> Lifecycle {
    match info.kind {
        SourceKind::Directory => Lifecycle::PreBuild,
        _ => Lifecycle::PostBuild,
    }
}

/// The time of the document: the user's, else the image's, else none, which is said.
pub(crate) fn timestamp(
    info: &SourceInfo,
    identity: &Identity,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Timestamp> {
    let created = info.image.as_ref().and_then(|image| image.created.as_deref());
    let time = identity.timestamp.clone().or_else(|| whole_seconds(created?));
    if time.is_none() {
        let message = "give --timestamp now or set SOURCE_DATE_EPOCH to have one";
        diagnostics.push(Diagnostic::new(DiagnosticCode::NO_TIMESTAMP, message));
    }
    time
}

/// `2024-05-01T10:00:00.123456789Z` without its fraction.
fn whole_seconds(text: &str) -> Option<Timestamp> {
    let seconds = text.get(..19)?;
    text.ends_with('Z').then(|| Timestamp::new(&format!("{seconds}Z")).ok()).flatten()
}

/// The layers, as the document names them.
pub(crate) fn layers(info: &SourceInfo) -> Vec<LayerSummary> {
    let layers = info.image.iter().flat_map(|image| &image.layers);
    layers.map(|layer| LayerSummary { diff_id: layer.diff_id.clone(), created_by: layer.created_by.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(tag: Option<&str>) -> (SourceInfo, ImageInfo) {
        let image = ImageInfo { tags: tag.map(str::to_owned).into_iter().collect(), ..ImageInfo::default() };
        let info = SourceInfo {
            kind: SourceKind::Image,
            name: "app.tar".into(),
            digests: Vec::new(),
            image: Some(image.clone()),
            digests_checked: true,
        };
        (info, image)
    }

    #[test]
    fn names_of_images() {
        for (tag, want) in [
            (Some("ghcr.io/acme/app:1.2"), ("ghcr.io/acme/app", Some("1.2"))),
            (Some("localhost:5000/app"), ("localhost:5000/app", None)),
            (Some("latest"), ("app.tar", Some("latest"))),
            (None, ("app.tar", None)),
        ] {
            let (info, image) = image(tag);
            let (name, version) = image_name(&info, &image);
            assert_eq!((name.as_str(), version.as_deref()), want);
        }
    }

    #[test]
    fn fractions_go() {
        assert_eq!(whole_seconds("2024-05-01T10:00:00.12Z").unwrap().as_str(), "2024-05-01T10:00:00Z");
        assert_eq!(whole_seconds("2024-05-01T10:00:00+02:00"), None);
    }
}
